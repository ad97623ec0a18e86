// The register stack, and how an instruction ends: its exceptions in the status word, its result written or not.
// Source: Intel SDM vol. 1, 8.1 and 8.4-8.7.

import { numericError } from "../host.external";
import {
  BASE,
  CS,
  CURRENT,
  EXTRA,
  FPU_CONTROL,
  FPU_CS,
  FPU_DATA,
  FPU_DATA_SEGMENT,
  FPU_IGNORE,
  FPU_IP,
  FPU_OPCODE,
  FPU_REGISTERS,
  FPU_STATUS,
  FPU_TOP,
  FPU_VALID,
  HALTED,
  SEGMENT_BYTES,
  SEGMENTS,
  SELECTOR,
  TRAP_CANCELLED,
} from "../layout";
import { Raise, Record, Register } from "../state";
import { INEXACT, INVALID, Real, ZERO_DIVIDE } from "./number";

const STACK_FAULT: u32 = 0x40;
/** Error summary, and busy, which repeats it. */
export const SUMMARY: u32 = 0x8080;
const C1: u32 = 0x200;
const C1_BIT: u32 = 9;
/** C0, C2 and C3. */
export const CONDITION: u32 = 0x4500;
const EXCEPTIONS: u32 = 0x3f;
/** Those that stop an instruction before it has a result. */
const BEFORE: u32 = INVALID | 2 | ZERO_DIVIDE;
const CR0_NE: u32 = 0x20;

export class Fpu {
  /** Address of ST(index). */
  @inline static address(index: u32): u32 {
    return FPU_REGISTERS + (((load<u32>(FPU_TOP) + index) & 7) << 4);
  }

  @inline static head(index: u32): u32 {
    return load<u16>(Fpu.address(index) + 8);
  }

  @inline static significand(index: u32): u64 {
    return load<u64>(Fpu.address(index));
  }

  @inline static valid(index: u32): bool {
    return ((load<u32>(FPU_VALID) >>> ((load<u32>(FPU_TOP) + index) & 7)) & 1) != 0;
  }

  /** ST(index) <- the result. */
  @inline static write(index: u32): void {
    const physical = (load<u32>(FPU_TOP) + index) & 7;
    const at = FPU_REGISTERS + (physical << 4);
    store<u64>(at, Real.significand);
    store<u16>(at + 8, <u16>Real.head);
    store<u32>(FPU_VALID, load<u32>(FPU_VALID) | (1 << physical));
  }

  @inline static pop(): void {
    const top = load<u32>(FPU_TOP);
    store<u32>(FPU_VALID, load<u32>(FPU_VALID) & ~(1 << top));
    store<u32>(FPU_TOP, (top + 1) & 7);
  }

  /** TOP moves down; the register there is to be written next. */
  @inline static makeRoom(): void {
    store<u32>(FPU_TOP, (load<u32>(FPU_TOP) - 1) & 7);
  }

  /** Pushes the result, unless an invalid operation or a full stack keeps it from that. A denormal is pushed in any case. */
  static push(): void {
    if (Fpu.valid(7)) Fpu.stackFault(1);
    if (!Fpu.commit() && Real.raised & INVALID) return;
    Fpu.makeRoom();
    Fpu.write(0);
  }

  /** ST(0) <- the number given, then pushes the result. */
  static finishTwo(head: u32, significand: u64): void {
    if (!Fpu.commit()) return;
    const topHead = Real.head;
    const top = Real.significand;
    Real.set(head, significand);
    Fpu.write(0);
    Fpu.makeRoom();
    Real.set(topHead, top);
    Fpu.write(0);
  }

  /** A register that is empty, or (overflow 1) is not: an invalid operation and nothing else. */
  static stackFault(overflow: u32): void {
    Real.raised = 0;
    Real.invalid();
    Real.roundedUp = overflow;
    store<u32>(FPU_STATUS, load<u32>(FPU_STATUS) | STACK_FAULT);
  }

  /** Puts what was raised into the status word; false if an unmasked exception leaves the destination as it was. */
  @inline static commit(): bool {
    const raised = Real.raised;
    const status = (load<u32>(FPU_STATUS) & ~C1) | (Real.roundedUp << C1_BIT);
    store<u32>(FPU_STATUS, status | raised);
    if ((raised & ~load<u32>(FPU_CONTROL) & EXCEPTIONS) == 0) return true;
    return Fpu.unmasked(status, raised);
  }

  private static unmasked(status: u32, raised: u32): bool {
    if ((raised & ~load<u32>(FPU_CONTROL) & BEFORE) == 0) {
      store<u32>(FPU_STATUS, status | raised | SUMMARY);
      return true;
    }
    // What was computed, and perhaps rounded up, does not count.
    const kept = raised & INEXACT ? status & ~C1 : status;
    store<u32>(FPU_STATUS, kept | (raised & BEFORE) | SUMMARY);
    return false;
  }

  /** Whether a result for memory or an integer is not to be stored: an unmasked exception other than the inexact one. */
  @inline static get withheld(): bool {
    return (Real.raised & ~load<u32>(FPU_CONTROL) & 0x1f) != 0;
  }

  /** Whether an unmasked exception ends the instruction before it has a result. */
  @inline static get stopped(): bool {
    return (Real.raised & ~load<u32>(FPU_CONTROL) & BEFORE) != 0;
  }

  static setCondition(codes: u32): void {
    store<u32>(FPU_STATUS, (load<u32>(FPU_STATUS) & ~CONDITION) | codes);
  }

  /** The summary bits follow from the flags and their masks. */
  static summarise(): void {
    const status = load<u32>(FPU_STATUS);
    const waiting = (status & ~load<u32>(FPU_CONTROL) & EXCEPTIONS) != 0;
    store<u32>(FPU_STATUS, waiting ? status | SUMMARY : status & ~SUMMARY);
    if (!waiting) store<u16>(FPU_IGNORE, 0);
  }

  /** For an instruction that only a stack fault makes touch C1. */
  @inline static keepC1(): void {
    Real.roundedUp = (load<u32>(FPU_STATUS) >>> C1_BIT) & 1;
  }

  /** Starts an instruction that computes: the last-instruction pointer, nothing raised. EXTRA: opcode in bits 0-10. */
  @inline static begin(record: u32): void {
    Real.begin();
    store<u32>(FPU_IP, Record.eip(record));
    store<u16>(FPU_CS, load<u16>(SEGMENTS + CS * SEGMENT_BYTES + SELECTOR));
    store<u16>(FPU_OPCODE, load<u16>(record, EXTRA) & 0x7ff);
  }

  /** The same for one whose operand is in memory: the last-data pointer too. EXTRA: segment in bits 11-13. */
  @inline static beginMemory(record: u32, linear: u32): void {
    Fpu.begin(record);
    const cache = SEGMENTS + ((load<u32>(record, EXTRA) >>> 11) & 7) * SEGMENT_BYTES;
    store<u32>(FPU_DATA, linear - load<u32>(cache, BASE));
    store<u16>(FPU_DATA_SEGMENT, load<u16>(cache, SELECTOR));
  }

  /** Before every instruction: #NM with EM or TS. */
  static available(record: u32): void {
    if (Register.cr0 & 0xc) {
      Raise.at(record);
      Raise.fault(7);
    }
  }

  /** Before every instruction that waits: #MF too. False if the processor now waits for an interrupt instead. */
  @inline static ready(record: u32): bool {
    if ((Register.cr0 & 0xc) == 0 && (load<u32>(FPU_STATUS) & SUMMARY) == 0) return true;
    return Fpu.notReady(record);
  }

  private static notReady(record: u32): bool {
    Fpu.available(record);
    return Fpu.checkError(record);
  }

  /** With CR0.NE a pending exception is #MF; without, FERR# tells the PC, and the processor stops until an interrupt or IGNNE#. */
  private static checkError(record: u32): bool {
    if ((load<u32>(FPU_STATUS) & SUMMARY) == 0) return true;
    Raise.at(record);
    if (Register.cr0 & CR0_NE) Raise.fault(16);
    store<u32>(CURRENT, 0);
    if (load<u16>(FPU_IGNORE)) return true;
    store<u32>(HALTED, 1);
    store<u32>(TRAP_CANCELLED, 1);
    numericError();
    return false;
  }

  static wait(record: u32): bool {
    if ((Register.cr0 & 0xa) == 0xa) {
      Raise.at(record);
      Raise.fault(7);
    }
    return Fpu.checkError(record);
  }
}
