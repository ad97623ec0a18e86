// Extended-precision numbers: their classes, NaNs, and rounding to a register. A number is sign and exponent (16 bits) and significand
// (64 bits, the integer bit explicit); a function's result is left in `Real.head` and `Real.significand`, what it raised in `Real.raised`.
// Source: Intel SDM vol. 1, 4.8, 4.9 and 8.2-8.5; table 4-7 for NaNs.

import { FPU_CONTROL } from "../layout";
import { Wide } from "./wide";

export const INVALID: u32 = 1;
export const DENORMAL: u32 = 2;
export const ZERO_DIVIDE: u32 = 4;
export const OVERFLOW: u32 = 8;
export const UNDERFLOW: u32 = 0x10;
export const INEXACT: u32 = 0x20;

export const NEAREST: u32 = 0;
export const DOWN: u32 = 1;
export const UP: u32 = 2;

export const INTEGER_BIT: u64 = 0x8000000000000000;
export const QUIET_BIT: u64 = 0x4000000000000000;
export const BIAS: i32 = 0x3fff;
/** What an unmasked overflow subtracts from the exponent, and an unmasked underflow adds. */
const WRAP: i32 = 0x6000;

/** Classes of numbers, so that the finite ones come first. */
export const CLASS_ZERO: u32 = 0;
export const CLASS_NORMAL: u32 = 1;
export const CLASS_DENORMAL: u32 = 2;
export const CLASS_INFINITY: u32 = 3;
export const CLASS_QUIET: u32 = 4;
export const CLASS_SIGNALLING: u32 = 5;
/** Unnormals, pseudo-infinities and pseudo-NaNs, which the 387 no longer supports. */
export const CLASS_UNSUPPORTED: u32 = 6;

export class Real {
  /** The result's sign (bit 15) and exponent. */
  static head: u32 = 0;
  static significand: u64 = 0;
  /** Exceptions of the instruction so far. */
  static raised: u32 = 0;
  /** 1 if the result's magnitude was rounded up: C1. */
  static roundedUp: u32 = 0;
  /** DENORMAL if the operand from memory was a denormal of its own, narrower format. */
  static narrowDenormal: u32 = 0;
  /** Masks, precision and rounding as the x87's control word has them. */
  static control: u32 = 0;

  @inline static begin(): void {
    Real.control = load<u32>(FPU_CONTROL);
    Real.raised = 0;
    Real.roundedUp = 0;
    Real.narrowDenormal = 0;
  }

  @inline static set(head: u32, significand: u64): void {
    Real.head = head;
    Real.significand = significand;
  }

  /** The masked response to an invalid operation: the default NaN. */
  static invalid(): void {
    Real.raised |= INVALID;
    Real.set(0xffff, 0xc000000000000000);
  }

  static setInfinity(sign: u32): void {
    Real.set(sign | 0x7fff, INTEGER_BIT);
  }

  @inline static get rounding(): u32 {
    return (Real.control >>> 10) & 3;
  }

  /** Whether control masks this exception. */
  @inline static masked(exception: u32): bool {
    return (Real.control & exception) != 0;
  }

  /** A normal number, which needs no second look. */
  @inline static ordinary(head: u32, significand: u64): bool {
    return ((head + 1) & 0x7fff) > 1 && <i64>significand < 0;
  }

  static classify(head: u32, significand: u64): u32 {
    const exponent = head & 0x7fff;
    if (exponent == 0) return significand == 0 ? CLASS_ZERO : CLASS_DENORMAL;
    if (<i64>significand >= 0) return CLASS_UNSUPPORTED;
    if (exponent != 0x7fff) return CLASS_NORMAL;
    if (significand == INTEGER_BIT) return CLASS_INFINITY;
    return significand & QUIET_BIT ? CLASS_QUIET : CLASS_SIGNALLING;
  }

  /** The exponent of a finite number other than 0 once its significand is shifted left until its integer bit is set. */
  @inline static exponentOf(head: u32, significand: u64): i32 {
    const exponent = <i32>(head & 0x7fff);
    return exponent != 0 ? exponent : 1 - <i32>clz<u64>(significand);
  }

  @inline static normalised(significand: u64): u64 {
    return significand << clz<u64>(significand);
  }

  /** The result of an instruction with one operand that is a NaN or unsupported; false for any other operand. */
  static propagate(head: u32, significand: u64): bool {
    const kind = Real.classify(head, significand);
    if (kind < CLASS_QUIET) return false;
    if (kind == CLASS_UNSUPPORTED) {
      Real.invalid();
      return true;
    }
    if (kind == CLASS_SIGNALLING) Real.raised |= INVALID;
    Real.set(head, significand | QUIET_BIT);
    return true;
  }

  /** The same for two operands: the NaN with the larger significand, but a quiet one rather than a signalling one. */
  static propagateTwo(aHead: u32, a: u64, bHead: u32, b: u64): bool {
    const aKind = Real.classify(aHead, a);
    const bKind = Real.classify(bHead, b);
    if (aKind < CLASS_QUIET && bKind < CLASS_QUIET) return false;
    if (aKind == CLASS_UNSUPPORTED || bKind == CLASS_UNSUPPORTED) {
      Real.invalid();
      return true;
    }
    if (aKind == CLASS_SIGNALLING || bKind == CLASS_SIGNALLING) Real.raised |= INVALID;
    let first: bool;
    if (aKind < CLASS_QUIET) first = false;
    else if (bKind < CLASS_QUIET) first = true;
    else if (aKind != bKind) first = aKind == CLASS_QUIET;
    else if (a != b) first = a > b;
    else first = aHead < bHead;
    if (first) Real.set(aHead, a | QUIET_BIT);
    else Real.set(bHead, b | QUIET_BIT);
    return true;
  }

  /** Raises DENORMAL if an operand is one. */
  static noteDenormals(aHead: u32, a: u64, bHead: u32, b: u64): void {
    const aDenormal = (aHead & 0x7fff) == 0 && a != 0;
    const bDenormal = (bHead & 0x7fff) == 0 && b != 0;
    Real.raised |= Real.narrowDenormal | (aDenormal || bDenormal ? DENORMAL : 0);
  }

  /** The bits of precision control as the significand's last bit: 64, 53 or 24 bits. */
  @inline static get unit(): u64 {
    const control = Real.control & 0x300;
    return control == 0x200 ? 0x800 : control == 0 ? 0x10000000000 : 1;
  }

  /** Result <- (-1)^sign * significand.low * 2^(exponent - bias), rounded to precision control. The significand has bit 63 set. */
  @inline static round(sign: u32, exponent: i32, significand: u64, low: u64): void {
    if (Real.exact) Real.keep(sign, exponent, significand, low);
    else Real.roundTo(sign, exponent, significand, low, Real.unit);
  }

  /** The next result is wanted as it is, for another format to round: `round` leaves it here, a zero in head and significand alone. */
  static exact: bool = false;
  static exponent: i32 = 0;
  static low: u64 = 0;

  private static keep(sign: u32, exponent: i32, significand: u64, low: u64): void {
    Real.set(sign, significand);
    Real.exponent = exponent;
    Real.low = low;
  }

  /** The same, rounded to 64 bits whatever precision control says. */
  @inline static roundExtended(sign: u32, exponent: i32, significand: u64, low: u64): void {
    Real.roundTo(sign, exponent, significand, low, 1);
  }

  static roundTo(sign: u32, exponent: i32, significand: u64, low: u64, unit: u64): void {
    if (exponent <= 0) {
      Real.roundTiny(sign, exponent, significand, low, unit);
      return;
    }
    const rounded = Real.roundBits(sign, significand, low, unit);
    if (Real.carried) exponent++;
    if (exponent >= 0x7fff) Real.overflow(sign, exponent, rounded, unit);
    else Real.set(sign | <u32>exponent, rounded);
  }

  /** `roundBits` carried out of bit 63: the exponent is one more. */
  static carried: bool = false;
  /** The result lies below the normal numbers of the narrower format that it was rounded to. */
  static tiny: bool = false;
  /** It would be inexact even if the format's exponent had no bounds. */
  static lost: bool = false;
  /** `roundBits` lost something. */
  static inexact: bool = false;

  /** The significand rounded to `unit`. Raises INEXACT. */
  @inline static roundBits(sign: u32, significand: u64, low: u64, unit: u64): u64 {
    const rest = unit == 1 ? low : ((significand & (unit - 1)) << clz<u64>(unit - 1)) | u64(low != 0);
    const kept = significand & ~(unit - 1);
    Real.carried = false;
    Real.roundedUp = 0;
    Real.inexact = rest != 0;
    if (rest == 0) return kept;
    Real.raised |= INEXACT;
    if (!Real.increments(sign, rest, (kept & unit) != 0)) return kept;
    Real.roundedUp = 1;
    const rounded = kept + unit;
    // What carried out of the top of a denormal only became normal.
    Real.carried = rounded == 0;
    return rounded == 0 ? INTEGER_BIT : rounded;
  }

  /** Whether the rounding mode adds one, `rest` (not 0) being the fraction of it that was cut off. */
  @inline static increments(sign: u32, rest: u64, odd: bool): bool {
    const mode = Real.rounding;
    if (mode == NEAREST) return rest > INTEGER_BIT || (rest == INTEGER_BIT && odd);
    return mode == DOWN ? sign != 0 : mode == UP ? sign == 0 : false;
  }

  private static overflow(sign: u32, exponent: i32, rounded: u64, unit: u64): void {
    Real.raised |= OVERFLOW;
    if (!Real.masked(OVERFLOW)) {
      const wrapped = exponent - WRAP;
      // Only FSCALE gets so far that wrapping does not help.
      if (wrapped >= 0x7fff) {
        Real.raised |= INEXACT;
        Real.roundedUp = 1;
        Real.setInfinity(sign);
      } else Real.set(sign | <u32>wrapped, rounded);
      return;
    }
    Real.raised |= INEXACT;
    const mode = Real.rounding;
    const toInfinity = mode == NEAREST || (mode == DOWN && sign != 0) || (mode == UP && sign == 0);
    Real.roundedUp = u32(toInfinity);
    if (toInfinity) Real.setInfinity(sign);
    else Real.set(sign | 0x7ffe, ~(unit - 1));
  }

  /** Below the smallest normal number. It is tiny if it stays there when rounded as if the exponent had no bounds. */
  private static roundTiny(sign: u32, exponent: i32, significand: u64, low: u64, unit: u64): void {
    const before = Real.raised;
    let rounded = Real.roundBits(sign, significand, low, unit);
    const tiny = exponent < 0 || !Real.carried;
    if (!Real.masked(UNDERFLOW) && tiny) {
      Real.raised |= UNDERFLOW;
      const wrapped = exponent + WRAP + i32(Real.carried);
      if (wrapped <= 0) {
        Real.raised |= INEXACT;
        Real.set(sign, 0);
      } else Real.set(sign | <u32>wrapped, rounded);
      return;
    }
    Real.raised = before;
    const count = <u32>(1 - exponent);
    const shifted = Wide.shiftRightJam(significand, low, count);
    rounded = Real.roundBits(sign, shifted, Wide.low, unit);
    if (Real.inexact && tiny) Real.raised |= UNDERFLOW;
    Real.set(sign | u32(<i64>rounded < 0), rounded);
  }
}
