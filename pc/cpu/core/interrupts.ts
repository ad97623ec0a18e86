// Interrupts and exceptions: delivery through the vector table or gates, and IRET.
// Source: Intel SDM vol. 3, 6.11-6.15 and 20.1 (real mode), 20.2-20.3 (virtual-8086); vol. 2, INT, IRET.

import { Far, Target } from "./far";
import { AC, Flags, IF, IOPL, NT, RF, TF, VIF, VIP, VM } from "./flags";
import { Frame } from "./frame";
import { trap } from "./host.external";
import {
  ATTRIBUTES,
  BASE,
  BLOCK,
  BLOCK_COUNT,
  CS,
  CURRENT,
  DEBUG_TRAPS,
  DELIVERING,
  DS,
  EIP,
  ES,
  FAULT_ERROR,
  FAULT_HAS_ERROR,
  FAULT_VECTOR,
  FLAGS,
  FS,
  GS,
  HALTED,
  HOST_TRAPS,
  IDTR_BASE,
  IDTR_LIMIT,
  INDEX,
  INHIBIT,
  MISC,
  NMI_MASKED,
  REMAINING,
  SHUTDOWN,
  SOURCE_EXCEPTION,
  SOURCE_SOFTWARE,
  SS,
  START,
  TR,
  TRAP_CANCELLED,
} from "./layout";
import { Memory } from "./memory";
import { Descriptor, FAULT_GP, FAULT_NP, Segments } from "./segments";
import { Stack } from "./stack";
import { Raise, Record, Register } from "./state";
import { Tasks } from "./tasks";
import { VirtualInterrupts } from "./virtual";

const DOUBLE_FAULT: u32 = 8;
const PAGE_FAULT: u32 = 14;
const RESERVED_GATE_BITS: u32 = 2;
const ALL_FLAGS: u32 = 0x3f7fd7;

export class Interrupts {
  /** #DE, #TS, #NP, #SS, #GP: two of them make a double fault. */
  private static contributory(vector: u32): bool {
    return vector == 0 || (vector >= 10 && vector <= 13);
  }

  /** Takes the CPU back to the start of the instruction that faulted. */
  static restart(): void {
    const record = load<u32>(CURRENT);
    if (record == 0) return;
    store<u32>(CURRENT, 0);
    const block = load<u32>(BLOCK);
    const unused = load<i32>(block + BLOCK_COUNT) - <i32>load<u8>(record, INDEX);
    store<i32>(REMAINING, load<i32>(REMAINING) + unused);
    store<u32>(EIP, load<u32>(EIP) + load<u16>(record, START));
  }

  /** Delivers the exception that `unwind` announced: called by the wrapper once the stack is unwound. */
  static fault(): void {
    Interrupts.restart();
    let vector = load<u32>(FAULT_VECTOR);
    const first = load<i32>(DELIVERING);
    // An exception costs the time of an instruction: a handler that itself faults for ever must not stop the clock.
    // One that arises while another is delivered is part of the same delivery.
    if (first < 0) store<i32>(REMAINING, load<i32>(REMAINING) - 1);
    if (first >= 0) {
      const a = <u32>first;
      if (a == DOUBLE_FAULT) {
        store<u32>(SHUTDOWN, 1);
        store<i32>(DELIVERING, -1);
        return;
      }
      const both = Interrupts.contributory(a) && Interrupts.contributory(vector);
      if (both || (a == PAGE_FAULT && (vector == PAGE_FAULT || Interrupts.contributory(vector)))) {
        vector = DOUBLE_FAULT;
        store<u32>(FAULT_ERROR, 0);
        store<u32>(FAULT_HAS_ERROR, 1);
      }
    }
    const hasError = load<u32>(FAULT_HAS_ERROR);
    if (vector != 1) store<u32>(FLAGS, Register.flags | RF);
    Interrupts.deliver(vector, SOURCE_EXCEPTION, hasError, load<u32>(FAULT_ERROR), load<u32>(EIP));
  }

  /** Delivers an event; on return CS:EIP is the handler's. */
  static deliver(vector: u32, source: u32, hasError: u32, error: u32, eip: u32): void {
    // Software interrupts are benign as a first event, whatever their number.
    store<i32>(DELIVERING, source == SOURCE_EXCEPTION ? <i32>vector : 0x100);
    Descriptor.external = source == SOURCE_SOFTWARE ? 0 : 1;
    store<u32>(INHIBIT, 0);
    store<u32>(DEBUG_TRAPS, 0);
    store<u32>(HALTED, 0);
    store<u32>(TRAP_CANCELLED, 1);
    if (load<u32>(HOST_TRAPS)) Interrupts.host(vector, source, hasError, error, eip);
    else if (Register.protectedMode) Interrupts.protectedMode(vector, source, hasError, error, eip);
    else Interrupts.realMode(vector, eip);
    Descriptor.external = 0;
    store<i32>(DELIVERING, -1);
  }

  /** To the host, which finds the processor between two instructions, with EIP where a handler would return to. */
  private static host(vector: u32, source: u32, hasError: u32, error: u32, eip: u32): void {
    store<u32>(EIP, eip);
    store<u32>(CURRENT, 0);
    trap(vector, source, hasError, error);
  }

  private static realMode(vector: u32, eip: u32): void {
    if (vector * 4 + 3 > load<u32>(IDTR_LIMIT)) Raise.generalProtection(vector * 8 + RESERVED_GATE_BITS);
    const entry = Memory.loadAs<u32>(load<u32>(IDTR_BASE) + vector * 4, 0);
    Frame.here();
    Frame.push(Flags.all & 0xffff, 2);
    Frame.push(Segments.selector(CS), 2);
    Frame.push(eip, 2);
    Frame.commit();
    store<u32>(FLAGS, Register.flags & ~(IF | TF | AC | RF));
    Segments.setReal(CS, entry >>> 16);
    store<u32>(EIP, entry & 0xffff);
    Segments.updateMode();
  }

  private static protectedMode(vector: u32, source: u32, hasError: u32, error: u32, eip: u32): void {
    const gateError = vector * 8 + RESERVED_GATE_BITS + Descriptor.external;
    if (vector * 8 + 7 > load<u32>(IDTR_LIMIT)) Raise.generalProtection(gateError);
    const low = Memory.loadAs<u32>(load<u32>(IDTR_BASE) + vector * 8, 0);
    const high = Memory.loadAs<u32>(load<u32>(IDTR_BASE) + vector * 8 + 4, 0);
    const type = (high >>> 8) & 31;
    if (type != 5 && type != 6 && type != 7 && type != 14 && type != 15) Raise.generalProtection(gateError);
    if (source == SOURCE_SOFTWARE && ((high >>> 13) & 3) < Register.cpl) Raise.generalProtection(gateError);
    if ((high & 0x8000) == 0) Raise.withError(FAULT_NP, gateError);
    if (type == 5) {
      Tasks.change(low >>> 16, Tasks.INTERRUPT, eip);
      if (hasError) {
        Frame.here();
        Frame.push(error, load<u32>(Segments.cache(TR), ATTRIBUTES) & 8 ? 4 : 2);
        Frame.commit();
      }
      return;
    }
    const size: u32 = type & 8 ? 4 : 2;
    const entry = type & 8 ? (low & 0xffff) | (high & 0xffff0000) : low & 0xffff;
    const code = low >>> 16;
    if ((code & 0xfffc) == 0) Raise.generalProtection(Descriptor.external);
    Descriptor.read(code, FAULT_GP);
    const dpl = Descriptor.dpl;
    const cpl = Register.cpl;
    if (!Descriptor.code || dpl > cpl) Descriptor.raise(FAULT_GP, code);
    const virtual8086 = Register.virtual8086;
    const flags = Flags.all;
    if (!Descriptor.conforming && dpl < cpl) {
      if (virtual8086 && dpl != 0) Descriptor.raise(FAULT_GP, code);
      Target.take(code, dpl);
      Frame.inner(dpl);
      Target.check(entry);
      if (virtual8086) {
        Frame.push(Segments.selector(GS), size);
        Frame.push(Segments.selector(FS), size);
        Frame.push(Segments.selector(DS), size);
        Frame.push(Segments.selector(ES), size);
      }
      Frame.push(Segments.selector(SS), size);
      Frame.push(Register.esp, size);
    } else {
      if (virtual8086) Descriptor.raise(FAULT_GP, code);
      Target.take(code, cpl);
      Target.check(entry);
      Frame.here();
    }
    Frame.push(flags, size);
    Frame.push(Segments.selector(CS), size);
    Frame.push(eip, size);
    if (hasError) Frame.push(error, size);
    Target.touch();
    Frame.touch();
    Frame.commit();
    const cleared = TF | NT | RF | VM | (type & 1 ? 0 : IF);
    store<u32>(FLAGS, Register.flags & ~cleared);
    if (virtual8086)
      for (let segment: u32 = 0; segment < 6; segment++) {
        if (segment != CS && segment != SS) Segments.setNull(segment, 0);
      }
    Target.commit(entry);
  }

  /**
   * INT n, INT3, INT1. IMMEDIATE: the vector; MISC: 1 for INT n, which virtual-8086 mode allows only at IOPL 3, 2 for INT1, which
   * the gate's DPL does not stop.
   */
  static software(record: u32): void {
    Raise.at(record);
    const kind: u32 = load<u8>(record, MISC);
    if (kind == 1 && Register.virtual8086) {
      if (VirtualInterrupts.redirect(Record.immediate(record), Record.after(record))) return;
      if (Register.ioPrivilege != 3) Raise.generalProtection(0);
    }
    const source = kind == 2 ? SOURCE_EXCEPTION : SOURCE_SOFTWARE;
    Interrupts.deliver(Record.immediate(record), source, 0, 0, Record.after(record));
  }

  /** IRET. MISC: bit 0 16-bit operand size. */
  static ret(record: u32): void {
    Raise.at(record);
    store<u32>(NMI_MASKED, 0);
    const size: u32 = load<u8>(record, MISC) & 1 ? 2 : 4;
    const start = Stack.pointer;
    if (Register.protectedMode && !Register.virtual8086) {
      if (Register.flags & NT) {
        const back: u32 = Memory.loadAs<u16>(load<u32>(Segments.cache(TR), BASE), 0);
        Tasks.change(back, Tasks.RETURN, Record.after(record));
        return;
      }
      Interrupts.protectedReturn(record, start, size);
      return;
    }
    const virtual = VirtualInterrupts.inVirtual8086 && size == 2;
    if (Register.virtual8086 && Register.ioPrivilege != 3 && !virtual) Raise.generalProtection(0);
    const offset = Far.word(record, start, 0, size);
    const selector = Far.word(record, start, 1, size) & 0xffff;
    const flags = Far.word(record, start, 2, size);
    if (virtual) VirtualInterrupts.check(flags);
    Far.setReal(selector, offset);
    Stack.pointer = Stack.move(start, 3 * size);
    if (virtual) {
      VirtualInterrupts.load(flags);
      return;
    }
    let mask = ALL_FLAGS & ~(VM | VIF | VIP);
    if (Register.virtual8086) mask &= ~IOPL;
    if (size == 2) mask &= 0xffff;
    Flags.change(flags, mask);
  }

  private static protectedReturn(record: u32, start: u32, size: u32): void {
    const offset = Far.word(record, start, 0, size);
    const selector = Far.word(record, start, 1, size) & 0xffff;
    const flags = Far.word(record, start, 2, size);
    const cpl = Register.cpl;
    if (size == 4 && (flags & VM) != 0 && cpl == 0) {
      Interrupts.toVirtual8086(record, start, offset, selector, flags);
      return;
    }
    Far.takeReturn(selector);
    let mask = ALL_FLAGS & ~(VM | VIF | VIP | IF | IOPL);
    if (cpl <= Register.ioPrivilege) mask |= IF;
    if (cpl == 0) mask |= IOPL | VIF | VIP;
    if (size == 2) mask &= 0xffff;
    if ((selector & 3) == cpl) {
      Target.check(offset);
      Target.touch();
      Stack.pointer = Stack.move(start, 3 * size);
      Target.commit(offset);
    } else {
      const pointer = Far.word(record, start, 3, size);
      const stack = Far.word(record, start, 4, size) & 0xffff;
      Far.outward(offset, stack, pointer, 0);
    }
    Flags.change(flags, mask);
  }

  private static toVirtual8086(record: u32, start: u32, offset: u32, selector: u32, flags: u32): void {
    const pointer = Far.word(record, start, 3, 4);
    const ss = Far.word(record, start, 4, 4) & 0xffff;
    const es = Far.word(record, start, 5, 4) & 0xffff;
    const ds = Far.word(record, start, 6, 4) & 0xffff;
    const fs = Far.word(record, start, 7, 4) & 0xffff;
    const gs = Far.word(record, start, 8, 4) & 0xffff;
    Flags.change(flags, ALL_FLAGS);
    Register.set(4, pointer);
    Segments.setCpl(3);
    Segments.setVirtual8086(CS, selector);
    Segments.setVirtual8086(SS, ss);
    Segments.setVirtual8086(ES, es);
    Segments.setVirtual8086(DS, ds);
    Segments.setVirtual8086(FS, fs);
    Segments.setVirtual8086(GS, gs);
    store<u32>(EIP, offset & 0xffff);
    Segments.updateMode();
  }
}
