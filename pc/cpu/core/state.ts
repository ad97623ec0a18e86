// The CPU's registers as the core reads and writes them. Everything lives in the shared memory at the addresses of layout.ts;
// these accessors only give it names and types.

import { unwind } from "./host.external";
import {
  A,
  AFTER,
  B,
  CONTROL,
  CPL,
  CURRENT,
  DST,
  EIP,
  EXTRA,
  FAULT_ERROR,
  FAULT_HAS_ERROR,
  FAULT_VECTOR,
  FLAGS,
  IMMEDIATE,
  MISC,
  REGISTERS,
  START,
} from "./layout";

export class Register {
  @inline static get(index: u32): u32 {
    return load<u32>(REGISTERS + (index << 2));
  }

  @inline static set(index: u32, value: u32): void {
    store<u32>(REGISTERS + (index << 2), value);
  }

  @inline static get eax(): u32 {
    return load<u32>(REGISTERS);
  }

  @inline static get ecx(): u32 {
    return load<u32>(REGISTERS + 4);
  }

  @inline static get edx(): u32 {
    return load<u32>(REGISTERS + 8);
  }

  @inline static get ebx(): u32 {
    return load<u32>(REGISTERS + 12);
  }

  @inline static get esp(): u32 {
    return load<u32>(REGISTERS + 16);
  }

  @inline static get ebp(): u32 {
    return load<u32>(REGISTERS + 20);
  }

  @inline static get esi(): u32 {
    return load<u32>(REGISTERS + 24);
  }

  @inline static get edi(): u32 {
    return load<u32>(REGISTERS + 28);
  }

  @inline static get eip(): u32 {
    return load<u32>(EIP);
  }

  @inline static get cpl(): u32 {
    return load<u32>(CPL);
  }

  /** EFLAGS without the six arithmetic flags. */
  @inline static get flags(): u32 {
    return load<u32>(FLAGS);
  }

  @inline static get cr0(): u32 {
    return load<u32>(CONTROL);
  }

  @inline static get cr4(): u32 {
    return load<u32>(CONTROL + 16);
  }

  @inline static get protectedMode(): bool {
    return (load<u32>(CONTROL) & 1) != 0;
  }

  @inline static get virtual8086(): bool {
    return (load<u32>(FLAGS) & 0x20000) != 0;
  }

  @inline static get ioPrivilege(): u32 {
    return (load<u32>(FLAGS) >>> 12) & 3;
  }
}

/** Fields of a micro-op record. */
export class Record {
  @inline static misc(record: u32): u32 {
    return load<u8>(record, MISC);
  }

  @inline static immediate(record: u32): i32 {
    return load<i32>(record, IMMEDIATE);
  }

  @inline static extra(record: u32): u32 {
    return load<u32>(record, EXTRA);
  }

  /** Value of the first source. */
  @inline static a<T extends number>(record: u32): T {
    return load<T>(load<u32>(record, A));
  }

  @inline static b<T extends number>(record: u32): T {
    return load<T>(load<u32>(record, B));
  }

  @inline static setDestination<T extends number>(record: u32, value: T): void {
    store<T>(load<u32>(record, DST), value);
  }

  /** EIP of the record's instruction. */
  @inline static eip(record: u32): u32 {
    return load<u32>(EIP) + load<u16>(record, START);
  }

  /** EIP of the instruction after the record's. */
  @inline static after(record: u32): u32 {
    return load<u32>(EIP) + load<u16>(record, AFTER);
  }
}

/** Exceptions. Each call leaves the core by a JavaScript exception that the wrapper catches; `Interrupts.fault` delivers it. */
export class Raise {
  static fault(vector: u32): void {
    store<u32>(FAULT_VECTOR, vector);
    store<u32>(FAULT_ERROR, 0);
    store<u32>(FAULT_HAS_ERROR, 0);
    unwind();
  }

  static withError(vector: u32, error: u32): void {
    store<u32>(FAULT_VECTOR, vector);
    store<u32>(FAULT_ERROR, error);
    store<u32>(FAULT_HAS_ERROR, 1);
    unwind();
  }

  /** Says which record's instruction a fault or a bus access from here on belongs to. */
  @inline static at(record: u32): void {
    store<u32>(CURRENT, record);
  }

  static divide(record: u32): void {
    Raise.at(record);
    Raise.fault(0);
  }

  static invalidOpcode(): void {
    Raise.fault(6);
  }

  static generalProtection(error: u32): void {
    Raise.withError(13, error);
  }
}
