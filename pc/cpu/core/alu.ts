// Addition, subtraction, logic and compare. T is u8, u16 or u32.
// Records: destination <- A op B. Source: Intel SDM vol. 2 for the flags of each.

import { Flags } from "./flags";
import { REGISTERS } from "./layout";
import { Record } from "./state";

export class Alu {
  @inline private static addVector<T extends number>(a: T, b: T, result: T): void {
    const x = <u32>a;
    const y = <u32>b;
    Flags.carries<T>((x & y) | ((x | y) & ~(<u32>result)));
  }

  @inline private static subtractVector<T extends number>(a: T, b: T, result: T): void {
    const x = <u32>a;
    const y = <u32>b;
    Flags.carries<T>((~x & y) | (~(x ^ y) & <u32>result));
  }

  @inline static add<T extends number>(record: u32): void {
    const a = Record.a<T>(record);
    const b = Record.b<T>(record);
    const result = <T>(a + b);
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Alu.addVector<T>(a, b, result);
  }

  @inline static adc<T extends number>(record: u32): void {
    const a = Record.a<T>(record);
    const b = Record.b<T>(record);
    const result = <T>(a + b + <T>Flags.carry);
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Alu.addVector<T>(a, b, result);
  }

  @inline static sub<T extends number>(record: u32): void {
    const a = Record.a<T>(record);
    const b = Record.b<T>(record);
    const result = <T>(a - b);
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Alu.subtractVector<T>(a, b, result);
  }

  @inline static sbb<T extends number>(record: u32): void {
    const a = Record.a<T>(record);
    const b = Record.b<T>(record);
    const result = <T>(a - b - <T>Flags.carry);
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Alu.subtractVector<T>(a, b, result);
  }

  @inline static cmp<T extends number>(record: u32): void {
    const a = Record.a<T>(record);
    const b = Record.b<T>(record);
    const result = <T>(a - b);
    Flags.result<T>(result);
    Alu.subtractVector<T>(a, b, result);
  }

  /** Flags of `a - b`, for the string compares. */
  @inline static compareValues<T extends number>(a: T, b: T): void {
    const result = <T>(a - b);
    Flags.result<T>(result);
    Alu.subtractVector<T>(a, b, result);
  }

  @inline static and<T extends number>(record: u32): void {
    const result = <T>(Record.a<T>(record) & Record.b<T>(record));
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Flags.carries<u32>(0);
  }

  @inline static or<T extends number>(record: u32): void {
    const result = <T>(Record.a<T>(record) | Record.b<T>(record));
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Flags.carries<u32>(0);
  }

  @inline static xor<T extends number>(record: u32): void {
    const result = <T>(Record.a<T>(record) ^ Record.b<T>(record));
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Flags.carries<u32>(0);
  }

  @inline static test<T extends number>(record: u32): void {
    const result = <T>(Record.a<T>(record) & Record.b<T>(record));
    Flags.result<T>(result);
    Flags.carries<u32>(0);
  }

  /** INC keeps CF: the carry out of the top bit is replaced, and the bit below it so that OF stays what the sum made it. */
  @inline static inc<T extends number>(record: u32): void {
    const carry = Flags.carry;
    const a = Record.a<T>(record);
    const result = <T>(a + 1);
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Alu.addVector<T>(a, <T>1, result);
    Flags.keepAuxiliary(carry, Flags.overflow);
  }

  @inline static dec<T extends number>(record: u32): void {
    const carry = Flags.carry;
    const a = Record.a<T>(record);
    const result = <T>(a - 1);
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Alu.subtractVector<T>(a, <T>1, result);
    Flags.keepAuxiliary(carry, Flags.overflow);
  }

  @inline static neg<T extends number>(record: u32): void {
    const a = Record.a<T>(record);
    const result = <T>(0 - a);
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Alu.subtractVector<T>(<T>0, a, result);
  }

  @inline static not<T extends number>(record: u32): void {
    Record.setDestination<T>(record, <T>~Record.a<T>(record));
  }

  /**
   * CMPXCHG. A: the destination's old value, B: the new one; the result for the destination goes to a temporary, which a
   * later micro-op moves or stores, because the accumulator may be the destination itself.
   */
  static cmpxchg<T extends number>(record: u32): void {
    const old = Record.a<T>(record);
    const accumulator = load<T>(REGISTERS);
    Alu.compareValues<T>(accumulator, old);
    if (accumulator == old) Record.setDestination<T>(record, Record.b<T>(record));
    else {
      Record.setDestination<T>(record, old);
      store<T>(REGISTERS, old);
    }
  }
}
