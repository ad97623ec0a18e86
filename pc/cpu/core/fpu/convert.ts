// Between extended precision and the other formats: single and double precision, integers, packed decimal; rounding to an integer.
// Source: Intel SDM vol. 1, 4.2.2, 4.7, 8.1.2; vol. 2, FLD, FST, FIST, FBLD, FBSTP, FRNDINT.

import {
  BIAS,
  CLASS_INFINITY,
  CLASS_SIGNALLING,
  CLASS_UNSUPPORTED,
  DENORMAL,
  INEXACT,
  INTEGER_BIT,
  INVALID,
  OVERFLOW,
  QUIET_BIT,
  Real,
  UNDERFLOW,
} from "./number";
import { Wide } from "./wide";

/** A format with an implicit integer bit: bits of the fraction, the largest exponent, the bias. */
const DOUBLE_FRACTION: u32 = 52;
const SINGLE_FRACTION: u32 = 23;
const LARGEST_DECIMAL: u64 = 999999999999999999;

export class Convert {
  /** Result <- a single-precision number, exactly. A signalling NaN stays one. */
  static fromSingle(bits: u32): void {
    const sign = (bits >>> 16) & 0x8000;
    const exponent = (bits >>> 23) & 0xff;
    const fraction = <u64>(bits & 0x7fffff);
    if (exponent == 0) Convert.fromDenormal(sign, fraction, 64 - SINGLE_FRACTION, BIAS - 127);
    else {
      const biased: u32 = exponent == 0xff ? 0x7fff : exponent + (BIAS - 127);
      Real.set(sign | biased, INTEGER_BIT | (fraction << 40));
    }
  }

  static fromDouble(bits: u64): void {
    const sign = <u32>(bits >> 48) & 0x8000;
    const exponent = <u32>(bits >> 52) & 0x7ff;
    const fraction = bits & 0xfffffffffffff;
    if (exponent == 0) Convert.fromDenormal(sign, fraction, 64 - DOUBLE_FRACTION, BIAS - 1023);
    else {
      const biased: u32 = exponent == 0x7ff ? 0x7fff : exponent + (BIAS - 1023);
      Real.set(sign | biased, INTEGER_BIT | (fraction << 11));
    }
  }

  private static fromDenormal(sign: u32, fraction: u64, shift: u32, zeroExponent: u32): void {
    if (fraction == 0) {
      Real.set(sign, 0);
      return;
    }
    Real.narrowDenormal = DENORMAL;
    const places = <u32>clz<u64>(fraction);
    Real.set(sign | (zeroExponent + shift - places), fraction << places);
  }

  static fromInteger(value: i64): void {
    if (value == 0) {
      Real.set(0, 0);
      return;
    }
    const magnitude: u64 = value < 0 ? -value : value;
    const places = <u32>clz<u64>(magnitude);
    Real.set((value < 0 ? 0x8000 : 0) | (BIAS + 63 - places), magnitude << places);
  }

  /** The number as double (or single) precision; what it raises is in `Real.raised`. Means nothing if an unmasked exception was. */
  static toDouble(head: u32, significand: u64): u64 {
    return Convert.narrow(head, significand, DOUBLE_FRACTION, 0x7ff, 1023);
  }

  static toSingle(head: u32, significand: u64): u32 {
    return <u32>Convert.narrow(head, significand, SINGLE_FRACTION, 0xff, 127);
  }

  @inline private static narrow(head: u32, significand: u64, fractionBits: u32, largest: i32, bias: i32): u64 {
    const sign = head & 0x8000;
    const signBit = (<u64>(sign >>> 15)) << (fractionBits + (largest == 0xff ? 8 : 11));
    const drop = 63 - fractionBits;
    const fractionMask = ((<u64>1) << fractionBits) - 1;
    const infinity = (<u64>largest) << fractionBits;
    if (!Real.ordinary(head, significand)) {
      const kind = Real.classify(head, significand);
      if (kind == CLASS_UNSUPPORTED) {
        Real.raised |= INVALID;
        return ((<u64>1) << (fractionBits + (largest == 0xff ? 8 : 11))) | infinity | ((fractionMask >> 1) + 1);
      }
      if (kind >= CLASS_INFINITY) {
        if (kind == CLASS_SIGNALLING) Real.raised |= INVALID;
        const quiet: u64 = kind == CLASS_INFINITY ? 0 : QUIET_BIT;
        return signBit | infinity | (((significand | quiet) >> drop) & fractionMask);
      }
      if (significand == 0) return signBit;
    }
    const exponent = Real.exponentOf(head, significand) - BIAS;
    return Convert.narrowFinite(sign, exponent, Real.normalised(significand), 0, fractionBits, largest, bias);
  }

  /** The exact result that `Real.exact` kept, rounded once. */
  static exactToDouble(): u64 {
    return Convert.narrowExact(DOUBLE_FRACTION, 0x7ff, 1023);
  }

  static exactToSingle(): u32 {
    return <u32>Convert.narrowExact(SINGLE_FRACTION, 0xff, 127);
  }

  @inline private static narrowExact(fractionBits: u32, largest: i32, bias: i32): u64 {
    const sign = Real.head & 0x8000;
    Real.exact = false;
    Real.tiny = false;
    if (Real.significand == 0) return (<u64>(sign >>> 15)) << (fractionBits + (largest == 0xff ? 8 : 11));
    const exponent = Real.exponent - BIAS;
    return Convert.narrowFinite(sign, exponent, Real.significand, Real.low, fractionBits, largest, bias);
  }

  /** (-1)^sign * normal.low * 2^exponent, the significand with bit 63 set. */
  @inline private static narrowFinite(
    sign: u32,
    exponent: i32,
    normal: u64,
    low: u64,
    fractionBits: u32,
    largest: i32,
    bias: i32,
  ): u64 {
    const signBit = (<u64>(sign >>> 15)) << (fractionBits + (largest == 0xff ? 8 : 11));
    const drop = 63 - fractionBits;
    const unit = (<u64>1) << drop;
    const fractionMask = ((<u64>1) << fractionBits) - 1;
    const infinity = (<u64>largest) << fractionBits;
    exponent += bias;
    const before = Real.raised;
    if (exponent > 0) {
      const rounded = Real.roundBits(sign, normal, low, unit);
      Real.lost = Real.inexact;
      if (Real.carried) exponent++;
      if (exponent < largest) return signBit | ((<u64>exponent) << fractionBits) | ((rounded >> drop) & fractionMask);
      Real.raised = before | OVERFLOW;
      // Nothing is stored, so nothing is inexact.
      if (!Real.masked(OVERFLOW)) {
        Real.roundedUp = 0;
        return 0;
      }
      Real.raised |= INEXACT;
      // All ones is what rounds up to infinity.
      const outward = Real.increments(sign, ~(<u64>0), true);
      Real.roundedUp = u32(outward);
      return signBit | (outward ? infinity : infinity - 1);
    }
    Real.roundBits(sign, normal, low, unit);
    const tiny = exponent < 0 || !Real.carried;
    Real.raised = before;
    Real.tiny = tiny;
    Real.lost = Real.inexact;
    if (tiny && !Real.masked(UNDERFLOW)) {
      Real.raised |= UNDERFLOW;
      Real.roundedUp = 0;
      return 0;
    }
    const shifted = Wide.shiftRightJam(normal, low, <u32>(1 - exponent));
    const rounded = Real.roundBits(sign, shifted, Wide.low, unit);
    if (tiny && Real.inexact) Real.raised |= UNDERFLOW;
    return signBit | (rounded >> drop);
  }

  /** The magnitude of a finite number's integer part, rounded; ~0 with INVALID raised if it has more than 63 bits and a half. */
  private static magnitude(head: u32, significand: u64): u64 {
    if (significand == 0) return 0;
    const exponent = <i32>(head & 0x7fff) - BIAS;
    if (exponent > 63) {
      Real.raised |= INVALID;
      return ~(<u64>0);
    }
    if (exponent == 63) return significand;
    const whole = Wide.shiftRightJam(significand, 0, <u32>(63 - exponent));
    const rounded = Real.roundBits(head & 0x8000, whole, Wide.low, 1);
    if (Real.carried) {
      Real.raised |= INVALID;
      return ~(<u64>0);
    }
    return rounded;
  }

  /** The number as an integer of so many bits, or the most negative one with INVALID raised. */
  static toInteger(head: u32, significand: u64, bits: u32): i64 {
    const indefinite = <i64>(~(<u64>0) << (bits - 1));
    if (Real.classify(head, significand) < CLASS_INFINITY) {
      const magnitude = Convert.magnitude(head, significand);
      const negative = (head & 0x8000) != 0;
      const limit = ((<u64>1) << (bits - 1)) - u64(!negative);
      if (magnitude <= limit) return negative ? -(<i64>magnitude) : <i64>magnitude;
    }
    Real.raised = INVALID;
    Real.roundedUp = 0;
    return indefinite;
  }

  /** Result <- the number rounded to an integer. */
  static roundToInteger(head: u32, significand: u64): void {
    if (Real.propagate(head, significand)) return;
    const exponent = <i32>(head & 0x7fff) - BIAS;
    if (exponent >= 63 || significand == 0) {
      Real.set(head, significand);
      return;
    }
    if ((head & 0x7fff) == 0) Real.raised |= DENORMAL;
    const magnitude = Convert.magnitude(head, significand);
    if (magnitude == 0) Real.set(head & 0x8000, 0);
    else {
      const places = <u32>clz<u64>(magnitude);
      Real.set((head & 0x8000) | (BIAS + 63 - places), magnitude << places);
    }
  }

  /** Result <- 18 decimal digits, two a byte, and the sign byte's bit. */
  static fromDecimal(digits: u64, top: u32): void {
    let value: u64 = (top & 15) + ((top >>> 4) & 15) * 10;
    for (let i = 60; i >= 0; i -= 4) value = value * 10 + ((digits >> i) & 15);
    Convert.fromInteger(<i64>value);
    Real.head |= top & 0x8000;
  }

  /** The upper 16 bits of a packed decimal, whose lower 64 are in `decimal`. */
  static toDecimal(head: u32, significand: u64): u32 {
    if (Real.classify(head, significand) < CLASS_INFINITY) {
      let value = Convert.magnitude(head, significand);
      if (value <= LARGEST_DECIMAL) {
        let digits: u64 = 0;
        for (let i = 0; i < 64; i += 4) {
          digits |= (value % 10) << i;
          value /= 10;
        }
        Convert.decimal = digits;
        return <u32>((value % 10) | ((value / 10) << 4)) | (head & 0x8000);
      }
    }
    Real.raised = INVALID;
    Real.roundedUp = 0;
    Convert.decimal = 0xc000000000000000;
    return 0xffff;
  }

  static decimal: u64 = 0;

  /** The exponent, without bias, of a finite number other than 0. */
  static exponent(head: u32, significand: u64): i64 {
    return Real.exponentOf(head, significand) - BIAS;
  }
}
