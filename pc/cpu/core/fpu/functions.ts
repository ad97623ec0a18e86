// Sine, cosine, arc tangent, logarithm and exponential of 128-bit numbers, by series and what brings an argument near 0.
// Sources: Abramowitz and Stegun, 4.1-4.4; Intel SDM vol. 1, 8.3.8, for the pi that arguments are reduced by.

import { BIAS, INTEGER_BIT } from "./number";
import { Precise } from "./precise";

/** pi / 2 as the unit knows it: 66 bits, the binary point after the first. */
const HALF_PI_HIGH: u64 = 0x3;
const HALF_PI_LOW: u64 = 0x243f6a8885a308d3;

/** Scratch numbers. 0 to 5 belong to the functions here, the rest to their callers. */
const TERM: u32 = 0;
const SQUARE: u32 = 1;
const ONE: u32 = 2;
const SUM: u32 = 3;
const SPARE: u32 = 4;
const TURN: u32 = 5;

export class Functions {
  @inline private static setPi(to: u32, exponent: i32): void {
    Precise.set(to, 0, exponent, 0xc90fdaa22168c234, 0xc4c6628b80dc1cd1);
  }

  /** pi * 2^exponent. */
  static pi(to: u32, exponent: i32): void {
    Functions.setPi(to, 1 + exponent);
  }

  /** 2 / ln 2. */
  static twoLog2E(to: u32): void {
    Precise.set(to, 0, 1, 0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88);
  }

  static ln2(to: u32): void {
    Precise.set(to, 0, -1, 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af);
  }

  /**
   * The alternating series 1 - x²/((m)(m+1)) (1 - x²/((m+2)(m+3)) (…)): m = 1 for the cosine, 2 for the sine by x.
   * |x| is at most pi / 4.
   */
  private static circular(to: u32, x: u32, first: u32): void {
    const square = Precise.slot(SQUARE);
    const one = Precise.slot(ONE);
    const sum = Precise.slot(SUM);
    Precise.multiply(square, x, x);
    Precise.integer(one, 1);
    Precise.copy(sum, one);
    for (let m = <i32>first + 32; m >= <i32>first; m -= 2) {
      Precise.multiply(sum, sum, square);
      Precise.divideSmall(sum, sum, m * (m + 1));
      Precise.subtract(sum, one, sum);
    }
    Precise.copy(to, sum);
  }

  static sine(to: u32, x: u32): void {
    Functions.circular(Precise.slot(TERM), x, 2);
    Precise.multiply(to, Precise.slot(TERM), x);
  }

  static cosine(to: u32, x: u32): void {
    Functions.circular(to, x, 1);
  }

  /**
   * Reduces a finite number below 2^63: to <- x - n pi / 2, at most pi / 4 from 0. Returns n modulo 4.
   */
  static reduce(to: u32, head: u32, significand: u64): u32 {
    Precise.from(to, head, significand);
    const exponent = Precise.exponent(to);
    if (exponent < -1) return 0;
    // Both in units of 2^-65.
    let high: u64 = exponent == 62 ? significand : significand >> (62 - exponent);
    let low: u64 = exponent == 62 ? 0 : significand << (exponent + 2);
    let quotient: u32 = 0;
    for (let i: i32 = 62; i >= 0; i--) {
      const pHigh = i == 0 ? HALF_PI_HIGH : (HALF_PI_HIGH << i) | (HALF_PI_LOW >> (64 - i));
      const pLow = HALF_PI_LOW << i;
      quotient <<= 1;
      if (high > pHigh || (high == pHigh && low >= pLow)) {
        high = high - pHigh - u64(low < pLow);
        low -= pLow;
        quotient |= 1;
      }
    }
    let sign = head & 0x8000;
    const otherHigh = HALF_PI_HIGH - high - u64(HALF_PI_LOW < low);
    const otherLow = HALF_PI_LOW - low;
    if (high > otherHigh || (high == otherHigh && low > otherLow)) {
      high = otherHigh;
      low = otherLow;
      sign ^= 0x8000;
      quotient++;
    }
    Precise.setNormalised(to, sign, 62, high, low);
    return (head & 0x8000 ? -quotient : quotient) & 3;
  }

  /** sin (quadrant 0), cos (1), -sin (2), -cos (3) of a reduced argument. */
  static ofQuadrant(to: u32, x: u32, quadrant: u32): void {
    if (quadrant & 1) Functions.cosine(to, x);
    else Functions.sine(to, x);
    if (quadrant & 2) Precise.setSign(to, Precise.sign(to) ^ 0x8000);
  }

  /** x (1 ∓ x²/3 + x⁴/5 ∓ …) to `terms` terms: arc tangent with sign 8000h, area tangent with 0. */
  private static odd(to: u32, x: u32, terms: u32, sign: u32): void {
    const square = Precise.slot(SQUARE);
    const one = Precise.slot(ONE);
    const sum = Precise.slot(SUM);
    const term = Precise.slot(TERM);
    Precise.multiply(square, x, x);
    Precise.setSign(square, sign);
    Precise.integer(one, 1);
    Precise.divideSmall(sum, one, 2 * terms + 1);
    for (let k: i32 = terms - 1; k >= 0; k--) {
      Precise.multiply(sum, sum, square);
      Precise.divideSmall(term, one, 2 * k + 1);
      Precise.add(sum, term, sum);
    }
    Precise.multiply(to, sum, x);
  }

  /** arctan(numerator / denominator), both positive, the quotient at most 1. */
  static arcTangent(to: u32, numerator: u32, denominator: u32): void {
    const turn = Precise.slot(TURN);
    const spare = Precise.slot(SPARE);
    Precise.divide(to, numerator, denominator);
    // arctan q = arctan c + arctan((q - c) / (1 + q c)) for the c = j / 8 nearest to q.
    const j = Functions.eighths(to);
    if (j == 0) {
      Functions.odd(to, to, 17, 0x8000);
      return;
    }
    Precise.integer(turn, j);
    Precise.divideSmall(turn, turn, 8);
    Precise.multiply(spare, to, turn);
    Precise.subtract(to, to, turn);
    Precise.integer(turn, 1);
    Precise.add(spare, spare, turn);
    Precise.divide(to, to, spare);
    Functions.odd(to, to, 17, 0x8000);
    Functions.arcTangentOfEighths(turn, j);
    Precise.add(to, turn, to);
  }

  /** The nearest number of eighths to a number from 0 to 1. */
  private static eighths(x: u32): i32 {
    const exponent = Precise.exponent(x);
    if (exponent < -4) return 0;
    return <i32>(((load<u64>(x) >> (59 - exponent)) + 1) >> 1);
  }

  private static arcTangentOfEighths(to: u32, j: i32): void {
    if (j == 1) Precise.set(to, 0, -4, 0xfeadd4d5617b6e32, 0xc897989f3e888ef7);
    else if (j == 2) Precise.set(to, 0, -3, 0xfadbafc96406eb15, 0x6dc79ef5f7a217e5);
    else if (j == 3) Precise.set(to, 0, -2, 0xb7b0ca0f26f78473, 0x8aa32122dcfe4483);
    else if (j == 4) Precise.set(to, 0, -2, 0xed63382b0dda7b45, 0x6fe445ecbc3a8d03);
    else if (j == 5) Precise.set(to, 0, -1, 0x8f005d5ef7f59f9b, 0x5c835e1665c43747);
    else if (j == 6) Precise.set(to, 0, -1, 0xa4bc7d1934f70924, 0x19a87f2a457dac9e);
    else if (j == 7) Precise.set(to, 0, -1, 0xb8053e2bc2319e73, 0xcb2da55210a4443d);
    else Functions.setPi(to, -1);
  }

  /** log2((1 + z) / (1 - z)), for |z| up to 3 - 2 sqrt(2). */
  private static logarithmOfRatio(to: u32, z: u32): void {
    Functions.odd(to, z, 26, 0);
    Functions.twoLog2E(Precise.slot(SPARE));
    Precise.multiply(to, to, Precise.slot(SPARE));
  }

  /** log2 of a positive number other than 1; `to` is its place. */
  static logarithm(to: u32): void {
    let exponent = Precise.exponent(to);
    const one = Precise.slot(ONE);
    const spare = Precise.slot(SPARE);
    // From the square root of a half to that of 2.
    if (load<u64>(to) > 0xb504f333f9de6484) exponent++;
    Precise.setExponent(to, Precise.exponent(to) - exponent);
    Precise.integer(one, 1);
    Precise.add(spare, to, one);
    Precise.subtract(to, to, one);
    if (!Precise.isZero(to)) {
      Precise.divide(to, to, spare);
      Functions.logarithmOfRatio(to, to);
    }
    Precise.integer(spare, exponent);
    Precise.add(to, spare, to);
  }

  /** log2(1 + x), for x above -1, not 0; `to` is its place. */
  static logarithmNearOne(to: u32): void {
    const spare = Precise.slot(SPARE);
    if (Precise.exponent(to) >= -2) {
      Precise.integer(spare, 1);
      Precise.add(to, spare, to);
      if (load<u64>(to) == INTEGER_BIT && load<u64>(to + 8) == 0) Precise.integer(to, Precise.exponent(to));
      else Functions.logarithm(to);
      return;
    }
    Precise.integer(spare, 2);
    Precise.add(spare, spare, to);
    Precise.divide(to, to, spare);
    Functions.logarithmOfRatio(to, to);
  }

  /** 2^x - 1, for x from -1 to 1, not 0. */
  static exponential(to: u32, head: u32, significand: u64): void {
    const term = Precise.slot(TERM);
    const one = Precise.slot(ONE);
    const sum = Precise.slot(SUM);
    Precise.from(to, head, significand);
    Functions.ln2(term);
    Precise.multiply(to, to, term);
    // e^t - 1 = t (1 + t/2 (1 + t/3 (…))).
    Precise.integer(one, 1);
    Precise.copy(sum, one);
    for (let k: u32 = 34; k > 1; k--) {
      Precise.multiply(sum, sum, to);
      Precise.divideSmall(sum, sum, k);
      Precise.add(sum, one, sum);
    }
    Precise.multiply(to, to, sum);
  }

  /** Whether a number is 1: neither its logarithm nor its cosine needs a series. */
  @inline static isOne(head: u32, significand: u64): bool {
    return head == <u32>BIAS && significand == INTEGER_BIT;
  }
}
