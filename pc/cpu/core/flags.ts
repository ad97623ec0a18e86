// The arithmetic flags, kept lazily in three words: see ZERO_RESULT, SIGN_RESULT and CARRY in layout.ts.
// A carry vector has in bit i the carry (borrow) out of bit i. Source: Intel SDM vol. 1, 3.4.3; Hacker's Delight, 2-13.

import { Access } from "./access";
import { CARRY, FLAGS, MODEL_FLAGS, SIGN_RESULT, ZERO_RESULT } from "./layout";

export const CF: u32 = 1;
export const PF: u32 = 4;
export const AF: u32 = 0x10;
export const ZF: u32 = 0x40;
export const SF: u32 = 0x80;
export const TF: u32 = 0x100;
export const IF: u32 = 0x200;
export const DF: u32 = 0x400;
export const OF: u32 = 0x800;
export const IOPL: u32 = 0x3000;
export const NT: u32 = 0x4000;
export const RF: u32 = 0x10000;
export const VM: u32 = 0x20000;
export const AC: u32 = 0x40000;
export const VIF: u32 = 0x80000;
export const VIP: u32 = 0x100000;
export const ID: u32 = 0x200000;
const ARITHMETIC: u32 = 0x8d5;

export class Flags {
  /** ZF, SF and PF of a result. */
  @inline static result<T extends number>(value: T): void {
    let wide: u32;
    if (sizeof<T>() == 1) wide = <u32>(<i32>(<i8>value));
    else if (sizeof<T>() == 2) wide = <u32>(<i32>(<i16>value));
    else wide = <u32>value;
    store<u32>(ZERO_RESULT, wide);
    store<u32>(SIGN_RESULT, wide);
  }

  /** CF, OF and AF from the carries out of each bit of an operation on T. */
  @inline static carries<T extends number>(vector: u32): void {
    if (sizeof<T>() == 1) store<u32>(CARRY, (vector << 24) | (vector & 8));
    else if (sizeof<T>() == 2) store<u32>(CARRY, (vector << 16) | (vector & 8));
    else store<u32>(CARRY, vector);
  }

  /** CF and OF as given, AF clear. */
  @inline static carryOverflow(carry: u32, overflow: u32): void {
    store<u32>(CARRY, (carry << 31) | ((carry ^ overflow) << 30));
  }

  /** CF and OF as given, AF as it was. */
  @inline static keepAuxiliary(carry: u32, overflow: u32): void {
    store<u32>(CARRY, (carry << 31) | ((carry ^ overflow) << 30) | (load<u32>(CARRY) & 8));
  }

  @inline static get carry(): u32 {
    return load<u32>(CARRY) >>> 31;
  }

  @inline static get overflow(): u32 {
    const vector = load<u32>(CARRY);
    return (vector ^ (vector << 1)) >>> 31;
  }

  @inline static get auxiliary(): u32 {
    return (load<u32>(CARRY) >>> 3) & 1;
  }

  @inline static get zero(): u32 {
    return u32(load<u32>(ZERO_RESULT) == 0);
  }

  @inline static get sign(): u32 {
    return load<u32>(SIGN_RESULT) >>> 31;
  }

  @inline static get parity(): u32 {
    return (popcnt(load<u32>(SIGN_RESULT) & 0xff) & 1) ^ 1;
  }

  @inline static get less(): u32 {
    return Flags.sign ^ Flags.overflow;
  }

  @inline static setCarry(value: u32): void {
    const overflow = Flags.overflow;
    Flags.keepAuxiliary(value, overflow);
  }

  /** The six arithmetic flags at their places in EFLAGS. */
  static get arithmetic(): u32 {
    return (
      Flags.carry |
      (Flags.parity << 2) |
      (Flags.auxiliary << 4) |
      (Flags.zero << 6) |
      (Flags.sign << 7) |
      (Flags.overflow << 11)
    );
  }

  static setArithmetic(value: u32): void {
    store<u32>(ZERO_RESULT, (value & ZF) ^ ZF);
    // A low byte of 0 has even parity, of 1 odd.
    store<u32>(SIGN_RESULT, ((value & SF) << 24) | (value & PF ? 0 : 1));
    const carry = value & CF;
    const overflow = (value >>> 11) & 1;
    store<u32>(CARRY, (carry << 31) | ((carry ^ overflow) << 30) | ((value & AF) >>> 1));
  }

  static get all(): u32 {
    return Flags.arithmetic | load<u32>(FLAGS) | 2;
  }

  /** Replaces the flags in `mask`; the reserved bits, and those that the model does not have, keep their constant values. */
  static change(value: u32, mask: u32): void {
    if (mask & ARITHMETIC) {
      const old = Flags.arithmetic;
      Flags.setArithmetic((old & ~mask) | (value & mask & ARITHMETIC));
    }
    const rest = mask & ~ARITHMETIC & load<u32>(MODEL_FLAGS);
    const old = load<u32>(FLAGS);
    const changed = (old & ~rest) | (value & rest);
    store<u32>(FLAGS, changed);
    if ((old ^ changed) & AC) Access.derive();
  }

  /** A condition code (0 to 15) as Jcc, SETcc and CMOVcc encode it. */
  static condition(code: u32): u32 {
    let met: u32;
    switch (code >>> 1) {
      case 0:
        met = Flags.overflow;
        break;
      case 1:
        met = Flags.carry;
        break;
      case 2:
        met = Flags.zero;
        break;
      case 3:
        met = Flags.carry | Flags.zero;
        break;
      case 4:
        met = Flags.sign;
        break;
      case 5:
        met = Flags.parity;
        break;
      case 6:
        met = Flags.less;
        break;
      default:
        met = Flags.less | Flags.zero;
        break;
    }
    return met ^ (code & 1);
  }
}
