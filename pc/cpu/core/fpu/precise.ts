// Numbers with 128 bits of significand, which the transcendental functions compute with so that their results round right. A number is
// a place in memory, (-1)^sign * high.low * 2^exponent with 1 <= high.low < 2, or 0 (high is 0). An operation may leave the last few
// bits wrong, but never makes a sum of unequal terms equal to one of them: what is far below still pulls at the last bit.

import { FPU_SCRATCH } from "../layout";
import { BIAS, INTEGER_BIT, Real } from "./number";
import { Wide } from "./wide";

const LOW: u32 = 8;
const EXPONENT: u32 = 16;
/** 0 or 8000h, as in a register. */
const SIGN: u32 = 20;

export class Precise {
  /** The address of scratch number `index`, 0 to 15. */
  @inline static slot(index: u32): u32 {
    return FPU_SCRATCH + (index << 5);
  }

  static set(to: u32, sign: u32, exponent: i32, high: u64, low: u64): void {
    store<u64>(to, high);
    store<u64>(to, low, LOW);
    store<i32>(to, exponent, EXPONENT);
    store<u32>(to, sign, SIGN);
  }

  /** Any bits as a significand: shifted left until the uppermost is set. `exponent` is that of bit 63 of `high`. */
  static setNormalised(to: u32, sign: u32, exponent: i32, high: u64, low: u64): void {
    if (high == 0) {
      high = low;
      low = 0;
      exponent -= 64;
    }
    const places = <u32>clz<u64>(high);
    if (high != 0 && places != 0) {
      high = (high << places) | (low >> (64 - places));
      low <<= places;
      exponent -= places;
    }
    Precise.set(to, sign, exponent, high, low);
  }

  /** A finite extended-precision number, exactly. */
  static from(to: u32, head: u32, significand: u64): void {
    if (significand == 0) Precise.set(to, head & 0x8000, 0, 0, 0);
    else Precise.set(to, head & 0x8000, Real.exponentOf(head, significand) - BIAS, Real.normalised(significand), 0);
  }

  static integer(to: u32, value: i32): void {
    const magnitude = value < 0 ? -value : value;
    Precise.setNormalised(to, value < 0 ? 0x8000 : 0, 63, magnitude, 0);
  }

  static copy(to: u32, from: u32): void {
    memory.copy(to, from, 24);
  }

  @inline static isZero(at: u32): bool {
    return load<u64>(at) == 0;
  }

  @inline static sign(at: u32): u32 {
    return load<u32>(at, SIGN);
  }

  @inline static setSign(at: u32, sign: u32): void {
    store<u32>(at, sign, SIGN);
  }

  @inline static exponent(at: u32): i32 {
    return load<i32>(at, EXPONENT);
  }

  @inline static setExponent(at: u32, exponent: i32): void {
    store<i32>(at, exponent, EXPONENT);
  }

  static multiply(to: u32, a: u32, b: u32): void {
    const sign = Precise.sign(a) ^ Precise.sign(b);
    const aHigh = load<u64>(a);
    const bHigh = load<u64>(b);
    if (aHigh == 0 || bHigh == 0) {
      Precise.set(to, sign, 0, 0, 0);
      return;
    }
    const crossA = Wide.multiply(aHigh, load<u64>(b, LOW));
    const crossB = Wide.multiply(load<u64>(a, LOW), bHigh);
    let high = Wide.multiply(aHigh, bHigh);
    let low = Wide.low + crossA;
    if (low < crossA) high++;
    low += crossB;
    if (low < crossB) high++;
    Precise.setNormalised(to, sign, Precise.exponent(a) + Precise.exponent(b) + 1, high, low);
  }

  /** a + b. */
  static add(to: u32, a: u32, b: u32): void {
    if (Precise.isZero(b)) {
      Precise.copy(to, a);
      return;
    }
    if (Precise.isZero(a)) {
      Precise.copy(to, b);
      return;
    }
    if (Precise.below(a, b)) {
      const larger = b;
      b = a;
      a = larger;
    }
    const sign = Precise.sign(a);
    const opposite = sign != Precise.sign(b);
    let exponent = Precise.exponent(a);
    const distance = <u32>(exponent - Precise.exponent(b));
    const bHigh = Wide.shiftRightJam(load<u64>(b), load<u64>(b, LOW), distance);
    const bLow = Wide.low;
    const aHigh = load<u64>(a);
    const aLow = load<u64>(a, LOW);
    if (opposite) {
      Precise.setNormalised(to, sign, exponent, aHigh - bHigh - u64(aLow < bLow), aLow - bLow);
      return;
    }
    let low = aLow + bLow;
    const carry = u64(low < aLow);
    let high = aHigh + bHigh + carry;
    if (high < aHigh || (carry != 0 && high == aHigh)) {
      low = (low >> 1) | (high << 63) | (low & 1);
      high = (high >> 1) | INTEGER_BIT;
      exponent++;
    }
    Precise.set(to, sign, exponent, high, low);
  }

  static subtract(to: u32, a: u32, b: u32): void {
    const sign = Precise.sign(b);
    Precise.setSign(b, sign ^ 0x8000);
    Precise.add(to, a, b);
    if (to != b) Precise.setSign(b, sign);
  }

  /** Whether |a| < |b|; neither is 0. */
  static below(a: u32, b: u32): bool {
    if (Precise.exponent(a) != Precise.exponent(b)) return Precise.exponent(a) < Precise.exponent(b);
    if (load<u64>(a) != load<u64>(b)) return load<u64>(a) < load<u64>(b);
    return load<u64>(a, LOW) < load<u64>(b, LOW);
  }

  /** a / b, for b other than 0. */
  static divide(to: u32, a: u32, b: u32): void {
    const sign = Precise.sign(a) ^ Precise.sign(b);
    const exponent = Precise.exponent(a) - Precise.exponent(b);
    let restHigh = load<u64>(a);
    let rest = load<u64>(a, LOW);
    if (restHigh == 0) {
      Precise.set(to, sign, 0, 0, 0);
      return;
    }
    const bHigh = load<u64>(b);
    const bLow = load<u64>(b, LOW);
    let high: u64 = 0;
    let low: u64 = 0;
    let over = false;
    // One bit of the quotient a time, from that of 2^0 down.
    for (let i = 0; i < 128; i++) {
      high = (high << 1) | (low >> 63);
      low <<= 1;
      if (over || restHigh > bHigh || (restHigh == bHigh && rest >= bLow)) {
        restHigh = restHigh - bHigh - u64(rest < bLow);
        rest -= bLow;
        low |= 1;
      }
      over = restHigh >> 63 != 0;
      restHigh = (restHigh << 1) | (rest >> 63);
      rest <<= 1;
    }
    Precise.setNormalised(to, sign, exponent, high, low);
  }

  /** a / divisor. */
  static divideSmall(to: u32, a: u32, divisor: u32): void {
    const d = <u64>divisor;
    const high = load<u64>(a);
    const low = load<u64>(a, LOW);
    const q3 = (high >> 32) / d;
    let part = (((high >> 32) % d) << 32) | (high & 0xffffffff);
    const q2 = part / d;
    part = ((part % d) << 32) | (low >> 32);
    const q1 = part / d;
    part = ((part % d) << 32) | (low & 0xffffffff);
    const q0 = part / d;
    const sign = Precise.sign(a);
    // The bits that normalising shifts in.
    const fraction = ((part % d) << 32) / d;
    const newHigh = (q3 << 32) | q2;
    const newLow = (q1 << 32) | q0;
    const places = <u32>clz<u64>(newHigh);
    Precise.setNormalised(to, sign, Precise.exponent(a), newHigh, newLow);
    if (places != 0 && places <= 32) store<u64>(to, load<u64>(to, LOW) | (fraction >> (32 - places)), LOW);
  }

  /** The function's result: rounded to 64 bits, and taken for inexact. */
  static toResult(from: u32): void {
    const exponent = Precise.exponent(from) + BIAS;
    Real.roundExtended(Precise.sign(from), exponent, load<u64>(from), load<u64>(from, LOW) | 1);
  }
}
