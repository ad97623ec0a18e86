// The four operations, square root, remainder and comparison of extended-precision numbers: exact, then rounded once.
// Source: Intel SDM vol. 1, 8.3; vol. 2, FADD, FMUL, FDIV, FSQRT, FPREM, FPREM1, FCOM for the special operands.

import {
  BIAS,
  CLASS_DENORMAL,
  CLASS_QUIET,
  CLASS_SIGNALLING,
  DENORMAL,
  DOWN,
  INTEGER_BIT,
  INVALID,
  Real,
  ZERO_DIVIDE,
} from "./number";
import { Wide } from "./wide";

/** Condition codes C0, C2, C3 of a comparison. */
export const LESS: u32 = 0x100;
export const EQUAL: u32 = 0x4000;
export const UNORDERED: u32 = 0x4500;

export class Arithmetic {
  /** a - b: a + (-b), but a NaN keeps its sign. */
  static subtract(aHead: u32, a: u64, bHead: u32, b: u64): void {
    const ordinary = Real.ordinary(aHead, a) && Real.ordinary(bHead, b);
    if (ordinary || !Real.propagateTwo(aHead, a, bHead, b)) Arithmetic.add(aHead, a, bHead ^ 0x8000, b);
  }

  /** a + b. */
  static add(aHead: u32, a: u64, bHead: u32, b: u64): void {
    if (!Real.ordinary(aHead, a) || !Real.ordinary(bHead, b) || Real.narrowDenormal != 0) {
      if (Real.propagateTwo(aHead, a, bHead, b)) return;
      const aInfinite = (aHead & 0x7fff) == 0x7fff;
      const bInfinite = (bHead & 0x7fff) == 0x7fff;
      if (aInfinite && bInfinite && aHead != bHead) {
        Real.invalid();
        return;
      }
      Real.noteDenormals(aHead, a, bHead, b);
      if (aInfinite) Real.set(aHead, a);
      else if (bInfinite) Real.set(bHead, b);
      else if (b == 0) Arithmetic.addZero(aHead, a, bHead);
      else if (a == 0) Arithmetic.addZero(bHead, b, aHead);
      else Arithmetic.addFinite(aHead, a, bHead, b);
      return;
    }
    Arithmetic.addFinite(aHead, a, bHead, b);
  }

  /** a + 0. */
  private static addZero(head: u32, significand: u64, zeroHead: u32): void {
    if (significand != 0) Arithmetic.roundAgain(head, significand);
    else if (head == zeroHead) Real.set(head, 0);
    else Real.set(Real.rounding == DOWN ? 0x8000 : 0, 0);
  }

  /** A finite operand as a result: to precision control, and with what a tiny result raises. */
  static roundAgain(head: u32, significand: u64): void {
    Real.round(head & 0x8000, Real.exponentOf(head, significand), Real.normalised(significand), 0);
  }

  /** Neither is 0; the same holds for the other functions of finite numbers. */
  static addFinite(aHead: u32, a: u64, bHead: u32, b: u64): void {
    let aExponent = Real.exponentOf(aHead, a);
    let bExponent = Real.exponentOf(bHead, b);
    a = Real.normalised(a);
    b = Real.normalised(b);
    let sign = aHead & 0x8000;
    if (aExponent < bExponent || (aExponent == bExponent && a < b)) {
      const exponent = aExponent;
      aExponent = bExponent;
      bExponent = exponent;
      const significand = a;
      a = b;
      b = significand;
      sign = bHead & 0x8000;
    }
    const distance = <u32>(aExponent - bExponent);
    let bHigh: u64;
    let bLow: u64;
    if (distance < 64) {
      bHigh = b >> distance;
      // In two steps, because a shift by 64 is one by 0.
      bLow = (b << 1) << (63 - distance);
    } else {
      bHigh = Wide.shiftRightJam(b, 0, distance);
      bLow = Wide.low;
    }
    if (((aHead ^ bHead) & 0x8000) == 0) {
      const sum = a + bHigh;
      if (sum >= a) Real.round(sign, aExponent, sum, bLow);
      else Real.round(sign, aExponent + 1, (sum >> 1) | INTEGER_BIT, (bLow >> 1) | (sum << 63) | (bLow & 1));
      return;
    }
    const high = a - bHigh - u64(bLow != 0);
    const low = -bLow;
    if (high != 0) {
      const shift = clz<u64>(high);
      if (shift == 0) Real.round(sign, aExponent, high, low);
      else Real.round(sign, aExponent - <i32>shift, (high << shift) | (low >> (64 - shift)), low << shift);
    } else if (low != 0) {
      const shift = clz<u64>(low);
      Real.round(sign, aExponent - 64 - <i32>shift, low << shift, 0);
    } else Real.set(Real.rounding == DOWN ? 0x8000 : 0, 0);
  }

  static multiply(aHead: u32, a: u64, bHead: u32, b: u64): void {
    const sign = (aHead ^ bHead) & 0x8000;
    if (!Real.ordinary(aHead, a) || !Real.ordinary(bHead, b) || Real.narrowDenormal != 0) {
      if (Real.propagateTwo(aHead, a, bHead, b)) return;
      const infinite = (aHead & 0x7fff) == 0x7fff || (bHead & 0x7fff) == 0x7fff;
      if (infinite && (a == 0 || b == 0)) {
        Real.invalid();
        return;
      }
      Real.noteDenormals(aHead, a, bHead, b);
      if (infinite) {
        Real.setInfinity(sign);
        return;
      }
      if (a == 0 || b == 0) {
        Real.set(sign, 0);
        return;
      }
    }
    Arithmetic.multiplyFinite(aHead, a, bHead, b);
  }

  static multiplyFinite(aHead: u32, a: u64, bHead: u32, b: u64): void {
    const sign = (aHead ^ bHead) & 0x8000;
    const exponent = Real.exponentOf(aHead, a) + Real.exponentOf(bHead, b) - BIAS;
    const high = Wide.multiply(Real.normalised(a), Real.normalised(b));
    const low = Wide.low;
    if (<i64>high < 0) Real.round(sign, exponent + 1, high, low);
    else Real.round(sign, exponent, (high << 1) | (low >> 63), low << 1);
  }

  /** a / b. */
  static divide(aHead: u32, a: u64, bHead: u32, b: u64): void {
    const sign = (aHead ^ bHead) & 0x8000;
    if (!Real.ordinary(aHead, a) || !Real.ordinary(bHead, b) || Real.narrowDenormal != 0) {
      if (Real.propagateTwo(aHead, a, bHead, b)) return;
      const aInfinite = (aHead & 0x7fff) == 0x7fff;
      const bInfinite = (bHead & 0x7fff) == 0x7fff;
      if ((aInfinite && bInfinite) || (a == 0 && b == 0)) {
        Real.invalid();
        return;
      }
      if (b == 0 && !aInfinite) {
        Real.raised |= ZERO_DIVIDE;
        Real.setInfinity(sign);
        return;
      }
      Real.noteDenormals(aHead, a, bHead, b);
      if (aInfinite) {
        Real.setInfinity(sign);
        return;
      }
      if (bInfinite || a == 0) {
        Real.set(sign, 0);
        return;
      }
    }
    Arithmetic.divideFinite(aHead, a, bHead, b);
  }

  static divideFinite(aHead: u32, a: u64, bHead: u32, b: u64): void {
    const sign = (aHead ^ bHead) & 0x8000;
    let exponent = Real.exponentOf(aHead, a) - Real.exponentOf(bHead, b) + BIAS;
    let high = Real.normalised(a);
    let low: u64 = 0;
    const divisor = Real.normalised(b);
    if (high >= divisor) {
      low = high << 63;
      high >>= 1;
    } else exponent--;
    const quotient = Wide.divide(high, low, divisor);
    const rest = Wide.low;
    Real.round(sign, exponent, quotient, Arithmetic.fraction(rest, divisor));
  }

  /** rest / divisor as far as rounding wants to know it: against 0 and a half. */
  private static fraction(rest: u64, divisor: u64): u64 {
    if (rest == 0) return 0;
    const half = divisor - rest;
    return rest > half ? INTEGER_BIT | 1 : rest == half ? INTEGER_BIT : 1;
  }

  static squareRoot(head: u32, significand: u64): void {
    if (Real.propagate(head, significand)) return;
    if (significand == 0) {
      Real.set(head, 0);
      return;
    }
    if (head & 0x8000) {
      Real.invalid();
      return;
    }
    if (head == 0x7fff) {
      Real.set(head, significand);
      return;
    }
    if (head == 0) Real.raised |= DENORMAL;
    Arithmetic.squareRootFinite(head, significand);
  }

  /** Of a positive number. */
  static squareRootFinite(head: u32, significand: u64): void {
    const exponent = Real.exponentOf(head, significand) - BIAS;
    const radicand = Real.normalised(significand);
    // An even exponent leaves a radicand of 1 to 4.
    const root = exponent & 1 ? Wide.squareRoot(radicand, 0) : Wide.squareRoot(radicand >> 1, radicand << 63);
    Real.round(0, (exponent >> 1) + BIAS, root, Wide.low);
  }

  /** The condition codes of a against b. `quiet`: a quiet NaN is not invalid. */
  static compare(aHead: u32, a: u64, bHead: u32, b: u64, quiet: bool): u32 {
    if (!Real.ordinary(aHead, a) || !Real.ordinary(bHead, b) || Real.narrowDenormal != 0) {
      const aKind = Real.classify(aHead, a);
      const bKind = Real.classify(bHead, b);
      if (aKind >= CLASS_QUIET || bKind >= CLASS_QUIET) {
        if (!quiet || aKind >= CLASS_SIGNALLING || bKind >= CLASS_SIGNALLING) Real.raised |= INVALID;
        return UNORDERED;
      }
      Real.noteDenormals(aHead, a, bHead, b);
      if (a == 0 && b == 0) return EQUAL;
      // A pseudo-denormal is the smallest normal number.
      if (aKind == CLASS_DENORMAL && <i64>a < 0) aHead |= 1;
      if (bKind == CLASS_DENORMAL && <i64>b < 0) bHead |= 1;
    }
    if (aHead == bHead && a == b) return EQUAL;
    if ((aHead ^ bHead) & 0x8000) return aHead & 0x8000 ? LESS : 0;
    const aExponent = aHead & 0x7fff;
    const bExponent = bHead & 0x7fff;
    const smaller = aExponent < bExponent || (aExponent == bExponent && a < b);
    return smaller != ((aHead & 0x8000) != 0) ? LESS : 0;
  }

  /** The low bits of the quotient that `remainder` found. */
  static quotient: u64 = 0;
  /** The remainder is only partial: C2. */
  static partial: bool = false;

  /** There was a quotient: no operand was a NaN or otherwise invalid. */
  static divided: bool = false;

  /** FPREM (quotient truncated) and FPREM1 (to nearest) of a by b. */
  static remainder(aHead: u32, a: u64, bHead: u32, b: u64, nearest: bool): void {
    Arithmetic.quotient = 0;
    Arithmetic.partial = false;
    Arithmetic.divided = false;
    if (Real.propagateTwo(aHead, a, bHead, b)) return;
    if ((aHead & 0x7fff) == 0x7fff || b == 0) {
      Real.invalid();
      return;
    }
    Arithmetic.divided = true;
    Real.noteDenormals(aHead, a, bHead, b);
    if (a == 0) {
      Real.set(aHead, 0);
      return;
    }
    if ((bHead & 0x7fff) == 0x7fff) {
      Real.roundExtended(aHead & 0x8000, Real.exponentOf(aHead, a), Real.normalised(a), 0);
      return;
    }
    const aExponent = Real.exponentOf(aHead, a);
    const bExponent = Real.exponentOf(bHead, b);
    const divisor = Real.normalised(b);
    let rest = Real.normalised(a);
    let sign = aHead & 0x8000;
    let distance = aExponent - bExponent;
    if (distance < -1 || (distance < 0 && !nearest)) {
      Real.roundExtended(sign, aExponent, rest, 0);
      return;
    }
    // What a bit of the quotient of this round stands for.
    let scale = bExponent;
    if (distance >= 64) {
      Arithmetic.partial = true;
      const steps = (distance & 31) | 32;
      scale = aExponent - steps;
      distance = steps;
    }
    // The remainder has the divisor's scale: 64 bits, and one more while it is doubled.
    let over = false;
    let quotient: u64 = 0;
    if (distance < 0) {
      // Half the divisor or more, less than the divisor: only FPREM1 looks at it.
      Arithmetic.finishNearest(sign, scale, rest >> 1, rest & 1, divisor, 0);
      return;
    }
    for (let i = distance; ; i--) {
      quotient <<= 1;
      if (over || rest >= divisor) {
        rest -= divisor;
        quotient |= 1;
      }
      if (i == 0) break;
      over = rest >> 63 != 0;
      rest <<= 1;
    }
    if (nearest && !Arithmetic.partial) {
      Arithmetic.finishNearest(sign, scale, rest, 0, divisor, quotient);
      return;
    }
    Arithmetic.finishRemainder(sign, scale, rest, 0, quotient);
  }

  /** Takes the divisor once more if that leaves less: rest and a half bit after it. */
  private static finishNearest(sign: u32, scale: i32, rest: u64, half: u64, divisor: u64, quotient: u64): void {
    const other = divisor - rest - half;
    const more = rest > other || (rest == other && (quotient & 1) != 0);
    if (more) Arithmetic.finishRemainder(sign ^ 0x8000, scale, other, half, quotient + 1);
    else Arithmetic.finishRemainder(sign, scale, rest, half, quotient);
  }

  private static finishRemainder(sign: u32, scale: i32, rest: u64, half: u64, quotient: u64): void {
    Arithmetic.quotient = quotient;
    if ((rest | half) == 0) {
      Real.set(sign, 0);
      return;
    }
    if (rest == 0) {
      Real.roundExtended(sign, scale - 64, INTEGER_BIT, 0);
      return;
    }
    const shift = clz<u64>(rest);
    let significand = rest << shift;
    if (half != 0) significand |= shift == 0 ? 0 : (<u64>1) << (shift - 1);
    Real.roundExtended(sign, scale - <i32>shift, significand, half != 0 && shift == 0 ? INTEGER_BIT : 0);
  }
}
