// Control transfers that load CS: far jump, call and return, through call gates and task gates too.
// Nothing changes before all checks and stack accesses are done. Source: Intel SDM vol. 2, JMP, CALL, RET; vol. 3, 5.8.

import { Frame } from "./frame";
import { CS, EIP, EXTRA, HIGH, MISC, SS } from "./layout";
import { DEFAULT32, Descriptor, FAULT_GP, FAULT_NP, FAULT_SS, Segments } from "./segments";
import { Stack } from "./stack";
import { Raise, Record, Register } from "./state";
import { Tasks } from "./tasks";

/** Where a transfer goes: the code segment as its descriptor says, kept while other descriptors are read. */
export class Target {
  static selector: u32 = 0;
  static base: u32 = 0;
  static limit: u32 = 0;
  static attributes: u32 = 0;
  /** Where its descriptor is, and that one's second word. */
  private static address: u32 = 0;
  private static high: u32 = 0;

  /** Takes the descriptor just read; CS will hold `selector` with `cpl` as its RPL. */
  static take(selector: u32, cpl: u32): void {
    if (!Descriptor.present) Descriptor.raise(FAULT_NP, selector);
    Target.address = Descriptor.address;
    Target.high = Descriptor.high;
    Target.selector = (selector & 0xfffc) | cpl;
    Target.base = Descriptor.base;
    Target.limit = Descriptor.limit;
    Target.attributes = Descriptor.attributes;
  }

  static check(offset: u32): void {
    if (offset > Target.limit) Raise.generalProtection(Descriptor.external);
  }

  /** Marks the segment as accessed: after every check, and before anything of the processor changes, for it may fault. */
  static touch(): void {
    Descriptor.touch(Target.address, Target.high);
  }

  static commit(offset: u32): void {
    Segments.set(CS, Target.selector, Target.base, Target.limit, Target.attributes | 1);
    Segments.setCpl(Target.selector & 3);
    store<u32>(EIP, offset);
    Segments.updateMode();
  }
}

export class Far {
  @inline static get realAddressing(): bool {
    return !Register.protectedMode || Register.virtual8086;
  }

  /** CS:EIP in real or virtual-8086 mode. */
  static setReal(selector: u32, offset: u32): void {
    if (offset > load<u32>(Segments.cache(CS), HIGH)) Raise.generalProtection(0);
    if (Register.virtual8086) Segments.setVirtual8086(CS, selector);
    else Segments.setReal(CS, selector);
    store<u32>(EIP, offset);
    Segments.updateMode();
  }

  /** Checks a code segment for a direct transfer (not through a gate) and takes it at the present CPL. */
  private static takeDirect(selector: u32): void {
    const cpl = Register.cpl;
    const dpl = Descriptor.dpl;
    if (Descriptor.conforming) {
      if (dpl > cpl) Descriptor.raise(FAULT_GP, selector);
    } else if ((selector & 3) > cpl || dpl != cpl) Descriptor.raise(FAULT_GP, selector);
    Target.take(selector, cpl);
  }

  /** JMP far. A: selector; EXTRA address of the offset (u32). MISC bit 0: 16-bit operand size. */
  static jump(record: u32): void {
    Raise.at(record);
    const selector: u32 = Record.a<u16>(record);
    const offset = load<u32>(load<u32>(record, EXTRA));
    if (Far.realAddressing) {
      Far.setReal(selector, offset);
      return;
    }
    if ((selector & 0xfffc) == 0) Raise.generalProtection(0);
    Descriptor.read(selector, FAULT_GP);
    if (!Descriptor.system) {
      if (!Descriptor.code) Descriptor.raise(FAULT_GP, selector);
      Far.takeDirect(selector);
      Target.check(offset);
      Target.touch();
      Target.commit(offset);
      return;
    }
    const type = Descriptor.type;
    if (Descriptor.dpl < Register.cpl || Descriptor.dpl < (selector & 3)) Descriptor.raise(FAULT_GP, selector);
    if (type == 4 || type == 12) {
      if (!Descriptor.present) Descriptor.raise(FAULT_NP, selector);
      const entry = Far.gateOffset(type);
      const code = Descriptor.low >>> 16;
      Far.readGateCode(code);
      const cpl = Register.cpl;
      if (Descriptor.conforming ? Descriptor.dpl > cpl : Descriptor.dpl != cpl) Descriptor.raise(FAULT_GP, code);
      Target.take(code, cpl);
      Target.check(entry);
      Target.touch();
      Target.commit(entry);
    } else Far.task(selector, type, Tasks.JUMP, Record.after(record));
  }

  private static task(selector: u32, type: u32, kind: u32, after: u32): void {
    if (type == 5) {
      if (!Descriptor.present) Descriptor.raise(FAULT_NP, selector);
      Tasks.change(Descriptor.low >>> 16, kind, after);
    } else if (type == 1 || type == 9) Tasks.change(selector, kind, after);
    else Descriptor.raise(FAULT_GP, selector);
  }

  static gateOffset(type: u32): u32 {
    return type & 8 ? (Descriptor.low & 0xffff) | (Descriptor.high & 0xffff0000) : Descriptor.low & 0xffff;
  }

  private static readGateCode(selector: u32): void {
    if ((selector & 0xfffc) == 0) Raise.generalProtection(0);
    Descriptor.read(selector, FAULT_GP);
    if (!Descriptor.code || Descriptor.dpl > Register.cpl) Descriptor.raise(FAULT_GP, selector);
  }

  /** CALL far; fields as `jump`. */
  static call(record: u32): void {
    Raise.at(record);
    const selector: u32 = Record.a<u16>(record);
    const offset = load<u32>(load<u32>(record, EXTRA));
    const size: u32 = load<u8>(record, MISC) & 1 ? 2 : 4;
    const after = Record.after(record);
    if (Far.realAddressing) {
      if (offset > load<u32>(Segments.cache(CS), HIGH)) Raise.generalProtection(0);
      Far.pushReturn(after, size);
      Frame.commit();
      Far.setReal(selector, offset);
      return;
    }
    if ((selector & 0xfffc) == 0) Raise.generalProtection(0);
    Descriptor.read(selector, FAULT_GP);
    if (!Descriptor.system) {
      if (!Descriptor.code) Descriptor.raise(FAULT_GP, selector);
      Far.takeDirect(selector);
      Target.check(offset);
      Far.pushReturn(after, size);
      Target.touch();
      Frame.commit();
      Target.commit(offset);
      return;
    }
    const type = Descriptor.type;
    if (Descriptor.dpl < Register.cpl || Descriptor.dpl < (selector & 3)) Descriptor.raise(FAULT_GP, selector);
    if (type == 4 || type == 12) {
      if (!Descriptor.present) Descriptor.raise(FAULT_NP, selector);
      Far.callGate(type, after);
    } else Far.task(selector, type, Tasks.CALL, after);
  }

  private static pushReturn(after: u32, size: u32): void {
    Frame.here();
    Frame.push(Segments.selector(CS), size);
    Frame.push(after, size);
  }

  private static callGate(type: u32, after: u32): void {
    const size: u32 = type & 8 ? 4 : 2;
    const entry = Far.gateOffset(type);
    const parameters = Descriptor.high & 31;
    const code = Descriptor.low >>> 16;
    Far.readGateCode(code);
    const cpl = Register.cpl;
    const dpl = Descriptor.dpl;
    if (Descriptor.conforming || dpl == cpl) {
      Target.take(code, cpl);
      Target.check(entry);
      Far.pushReturn(after, size);
    } else {
      Target.take(code, dpl);
      Frame.inner(dpl);
      Target.check(entry);
      const from = Stack.pointer;
      Frame.push(Segments.selector(SS), size);
      Frame.push(Register.esp, size);
      for (let i = parameters; i > 0; i--) {
        const at = Stack.move(from, (i - 1) * size);
        Frame.push(size == 4 ? Stack.at<u32>(0, at) : <u32>Stack.at<u16>(0, at), size);
      }
      Frame.push(Segments.selector(CS), size);
      Frame.push(after, size);
    }
    Target.touch();
    Frame.touch();
    Frame.commit();
    Target.commit(entry);
  }

  /** RET far. IMMEDIATE: bytes of arguments to release; MISC bit 0: 16-bit operand size. */
  static ret(record: u32): void {
    Raise.at(record);
    const size: u32 = load<u8>(record, MISC) & 1 ? 2 : 4;
    const release = Record.immediate(record);
    const start = Stack.pointer;
    const offset = Far.word(record, start, 0, size);
    const selector = Far.word(record, start, 1, size) & 0xffff;
    const after = Stack.move(start, 2 * size + release);
    if (Far.realAddressing) {
      Far.setReal(selector, offset);
      Stack.pointer = after;
      return;
    }
    Far.takeReturn(selector);
    if ((selector & 3) == Register.cpl) {
      Target.check(offset);
      Target.touch();
      Stack.pointer = after;
      Target.commit(offset);
      return;
    }
    const outerPointer = Far.wordAt(record, after, size);
    const outerStack = Far.wordAt(record, Stack.move(after, size), size) & 0xffff;
    Far.outward(offset, outerStack, outerPointer, release);
  }

  /** Element `index` of the frame at the top of the stack. */
  static word(record: u32, start: u32, index: u32, size: u32): u32 {
    return Far.wordAt(record, Stack.move(start, index * size), size);
  }

  private static wordAt(record: u32, offset: u32, size: u32): u32 {
    return size == 4 ? Stack.at<u32>(record, offset) : <u32>Stack.at<u16>(record, offset);
  }

  /** Checks and takes the code segment that a far return or IRET goes to. */
  static takeReturn(selector: u32): void {
    if ((selector & 0xfffc) == 0) Raise.generalProtection(0);
    Descriptor.read(selector, FAULT_GP);
    const rpl = selector & 3;
    if (!Descriptor.code || rpl < Register.cpl) Descriptor.raise(FAULT_GP, selector);
    if (Descriptor.conforming ? Descriptor.dpl > rpl : Descriptor.dpl != rpl) Descriptor.raise(FAULT_GP, selector);
    Target.take(selector, rpl);
  }

  /** The rest of a return to an outer level, once Target is taken. */
  static outward(offset: u32, stack: u32, pointer: u32, release: u32): void {
    const level = Target.selector & 3;
    if ((stack & 0xfffc) == 0) Raise.generalProtection(0);
    Descriptor.read(stack, FAULT_GP);
    if ((stack & 3) != level || Descriptor.dpl != level || !Descriptor.writableData) Descriptor.raise(FAULT_GP, stack);
    if (!Descriptor.present) Descriptor.raise(FAULT_SS, stack);
    Target.check(offset);
    Target.touch();
    Descriptor.setAccessed();
    Segments.setFromDescriptor(SS, stack);
    if (Descriptor.attributes & DEFAULT32) Register.set(4, pointer + release);
    else Register.set(4, (Register.esp & 0xffff0000) | ((pointer + release) & 0xffff));
    Target.commit(offset);
    Segments.dropPrivileged();
    Segments.updateMode();
  }
}
