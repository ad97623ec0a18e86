// Control instructions: control and status word, and the unit's environment in its four formats.
// Records: A the address of the linear address; MISC bit 0: 16-bit operand size. Source: Intel SDM vol. 1, 8.1.10, figures 8-9 to 8-12.

import {
  FPU_CONTROL,
  FPU_CS,
  FPU_DATA,
  FPU_DATA_SEGMENT,
  FPU_IGNORE,
  FPU_IMAGE,
  FPU_IP,
  FPU_OPCODE,
  FPU_REGISTERS,
  FPU_STATUS,
  FPU_TOP,
  FPU_VALID,
  MISC,
} from "../layout";
import { Memory } from "../memory";
import { Record, Register } from "../state";
import { FpuMoves } from "./moves";
import { CLASS_NORMAL, CLASS_ZERO, Real } from "./number";
import { Fpu, SUMMARY } from "./registers";

/** Masks, precision, rounding and the 287's infinity control; bit 6 always reads as 1. */
const CONTROL_BITS: u32 = 0x1f3f;
const CONTROL_FIXED: u32 = 0x40;
const CONTROL_DEFAULT: u32 = 0x37f;
/** Everything but TOP. */
const STATUS_BITS: u32 = 0xc7ff;
const REGISTER_BYTES: u32 = 10;

export class FpuEnvironment {
  static initialise(): void {
    store<u32>(FPU_CONTROL, CONTROL_DEFAULT);
    store<u32>(FPU_STATUS, 0);
    store<u32>(FPU_TOP, 0);
    store<u32>(FPU_VALID, 0);
    store<u64>(FPU_IP, 0);
    store<u64>(FPU_DATA, 0);
  }

  static clearExceptions(): void {
    store<u32>(FPU_STATUS, load<u32>(FPU_STATUS) & ~(SUMMARY | 0x7f));
    store<u16>(FPU_IGNORE, 0);
  }

  @inline static get status(): u32 {
    return load<u32>(FPU_STATUS) | (load<u32>(FPU_TOP) << 11);
  }

  static setControl(value: u32): void {
    store<u32>(FPU_CONTROL, (value & CONTROL_BITS) | CONTROL_FIXED);
    Fpu.summarise();
  }

  static loadControl(record: u32): void {
    FpuEnvironment.setControl(Memory.load<u16>(record, Record.a<u32>(record)));
  }

  static storeControl(record: u32): void {
    Memory.store<u16>(record, Record.a<u32>(record), <u16>load<u32>(FPU_CONTROL));
  }

  static storeStatus(record: u32): void {
    Memory.store<u16>(record, Record.a<u32>(record), <u16>FpuEnvironment.status);
  }

  /** FNSTSW AX: destination <- status. */
  static readStatus(record: u32): void {
    Record.setDestination<u16>(record, <u16>FpuEnvironment.status);
  }

  /** Two bits for each physical register: valid, zero, special, empty. */
  private static get tags(): u32 {
    let tags: u32 = 0;
    for (let i: u32 = 0; i < 8; i++) {
      let tag: u32 = 3;
      if ((load<u32>(FPU_VALID) >>> i) & 1) {
        const at = FPU_REGISTERS + (i << 4);
        const kind = Real.classify(load<u16>(at + 8), load<u64>(at));
        tag = kind == CLASS_NORMAL ? 0 : kind == CLASS_ZERO ? 1 : 2;
      }
      tags |= tag << (i << 1);
    }
    return tags;
  }

  @inline private static narrow(record: u32): bool {
    return (load<u8>(record, MISC) & 1) != 0;
  }

  @inline private static get segmented(): bool {
    return Register.protectedMode && !Register.virtual8086;
  }

  /** Bytes of the environment. */
  @inline private static size(record: u32): u32 {
    return FpuEnvironment.narrow(record) ? 14 : 28;
  }

  /** One of the environment's seven fields; in the 32-bit formats the upper half of the words reads as ones. */
  @inline private static put(record: u32, at: u32, index: u32, value: u32): void {
    if (FpuEnvironment.narrow(record)) Memory.store<u16>(record, at + index * 2, <u16>value);
    else Memory.store<u32>(record, at + index * 4, value);
  }

  private static storeTo(record: u32, at: u32): void {
    FpuEnvironment.put(record, at, 0, 0xffff0000 | load<u32>(FPU_CONTROL));
    FpuEnvironment.put(record, at, 1, 0xffff0000 | FpuEnvironment.status);
    FpuEnvironment.put(record, at, 2, 0xffff0000 | FpuEnvironment.tags);
    const opcode: u32 = load<u16>(FPU_OPCODE);
    if (FpuEnvironment.segmented) {
      FpuEnvironment.put(record, at, 3, load<u32>(FPU_IP));
      FpuEnvironment.put(record, at, 4, load<u16>(FPU_CS) | (opcode << 16));
      FpuEnvironment.put(record, at, 5, load<u32>(FPU_DATA));
      FpuEnvironment.put(record, at, 6, 0xffff0000 | load<u16>(FPU_DATA_SEGMENT));
      return;
    }
    const instruction = load<u32>(FPU_IP) + ((<u32>load<u16>(FPU_CS)) << 4);
    const data = load<u32>(FPU_DATA) + ((<u32>load<u16>(FPU_DATA_SEGMENT)) << 4);
    const shift: u32 = 4;
    FpuEnvironment.put(record, at, 3, FpuEnvironment.lower(record, instruction));
    FpuEnvironment.put(record, at, 4, (FpuEnvironment.upper(record, instruction) >>> shift) | opcode);
    FpuEnvironment.put(record, at, 5, FpuEnvironment.lower(record, data));
    FpuEnvironment.put(record, at, 6, FpuEnvironment.upper(record, data) >>> shift);
  }

  /** Real-address formats: bits 0-15 of a linear address. */
  @inline private static lower(record: u32, linear: u32): u32 {
    return FpuEnvironment.narrow(record) ? linear & 0xffff : (linear & 0xffff) | 0xffff0000;
  }

  /** Bits 16-31 (or 16-19) at 16; the caller shifts them to 12. */
  @inline private static upper(record: u32, linear: u32): u32 {
    return FpuEnvironment.narrow(record) ? linear & 0xf0000 : linear & 0xffff0000;
  }

  /** The operand is aligned by its words or doublewords. */
  @inline private static aligned(record: u32, at: u32): void {
    Memory.aligned(record, at, FpuEnvironment.narrow(record) ? 2 : 4);
  }

  /** FNSTENV: the environment; then all exceptions are masked. */
  static store(record: u32): void {
    const at = Record.a<u32>(record);
    FpuEnvironment.aligned(record, at);
    FpuMoves.checkWrite(record, at, FpuEnvironment.size(record));
    FpuEnvironment.storeTo(record, at);
    FpuEnvironment.setControl(load<u32>(FPU_CONTROL) | 0x3f);
  }

  /** FNSAVE: the environment and the stack, ST(0) first; then as FNINIT. */
  static save(record: u32): void {
    const at = Record.a<u32>(record);
    const size = FpuEnvironment.size(record);
    FpuEnvironment.aligned(record, at);
    FpuMoves.checkWrite(record, at, size + 8 * REGISTER_BYTES);
    FpuEnvironment.storeTo(record, at);
    for (let i: u32 = 0; i < 8; i++) {
      const to = at + size + i * REGISTER_BYTES;
      // In parts of two bytes, because that is how they are aligned.
      const significand = Fpu.significand(i);
      for (let part: u32 = 0; part < 4; part++)
        Memory.store<u16>(record, to + part * 2, <u16>(significand >> (part << 4)));
      Memory.store<u16>(record, to + 8, <u16>Fpu.head(i));
    }
    FpuEnvironment.initialise();
  }

  /** Everything is read before anything changes. */
  private static read(record: u32, bytes: u32): void {
    const at = Record.a<u32>(record);
    FpuEnvironment.aligned(record, at);
    for (let i: u32 = 0; i < bytes; i += 2) store<u16>(FPU_IMAGE + i, Memory.load<u16>(record, at + i));
  }

  @inline private static field(record: u32, index: u32): u32 {
    return FpuEnvironment.narrow(record) ? load<u16>(FPU_IMAGE + index * 2) : load<u32>(FPU_IMAGE + index * 4);
  }

  private static loadFrom(record: u32): void {
    const status = FpuEnvironment.field(record, 1);
    store<u32>(FPU_STATUS, status & STATUS_BITS);
    store<u32>(FPU_TOP, (status >>> 11) & 7);
    const tags = FpuEnvironment.field(record, 2);
    let valid: u32 = 0;
    for (let i: u32 = 0; i < 8; i++) if (((tags >>> (i << 1)) & 3) != 3) valid |= 1 << i;
    store<u32>(FPU_VALID, valid);
    FpuEnvironment.setControl(FpuEnvironment.field(record, 0));
    const instruction = FpuEnvironment.field(record, 3);
    const selector = FpuEnvironment.field(record, 4);
    const data = FpuEnvironment.field(record, 5);
    const dataSelector = FpuEnvironment.field(record, 6);
    if (FpuEnvironment.segmented) {
      store<u32>(FPU_IP, instruction);
      store<u16>(FPU_CS, <u16>selector);
      store<u16>(FPU_OPCODE, <u16>(selector >>> 16) & 0x7ff);
      store<u32>(FPU_DATA, data);
      store<u16>(FPU_DATA_SEGMENT, <u16>dataSelector);
      return;
    }
    store<u32>(FPU_IP, (instruction & 0xffff) | ((selector << 4) & 0xffff0000));
    store<u16>(FPU_CS, 0);
    store<u16>(FPU_OPCODE, <u16>selector & 0x7ff);
    store<u32>(FPU_DATA, (data & 0xffff) | ((dataSelector << 4) & 0xffff0000));
    store<u16>(FPU_DATA_SEGMENT, 0);
  }

  static load(record: u32): void {
    FpuEnvironment.read(record, FpuEnvironment.size(record));
    FpuEnvironment.loadFrom(record);
  }

  static restore(record: u32): void {
    const size = FpuEnvironment.size(record);
    FpuEnvironment.read(record, size + 8 * REGISTER_BYTES);
    FpuEnvironment.loadFrom(record);
    for (let i: u32 = 0; i < 8; i++) {
      const from = FPU_IMAGE + size + i * REGISTER_BYTES;
      const to = Fpu.address(i);
      store<u64>(to, load<u64>(from));
      store<u16>(to + 8, load<u16>(from + 8));
    }
  }
}
