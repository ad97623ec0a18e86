// 128-bit integers as pairs of u64, for significands: products, quotients, square roots and shifts that remember what fell out.
// A function with two results leaves the lower one in `Wide.low`. Source: Hacker's Delight, 2nd ed., 8-2, 9-4, 11-1.

export class Wide {
  /** The lower half of the last result, or the remainder. */
  static low: u64 = 0;

  /** a * b: the upper half; `low` is the lower. */
  @inline static multiply(a: u64, b: u64): u64 {
    const a0 = a & 0xffffffff;
    const a1 = a >> 32;
    const b0 = b & 0xffffffff;
    const b1 = b >> 32;
    const p00 = a0 * b0;
    const p01 = a0 * b1;
    const p10 = a1 * b0;
    const middle = (p00 >> 32) + (p01 & 0xffffffff) + (p10 & 0xffffffff);
    Wide.low = (middle << 32) | (p00 & 0xffffffff);
    return a1 * b1 + (p01 >> 32) + (p10 >> 32) + (middle >> 32);
  }

  /** high:low / divisor, for high < divisor and a divisor with bit 63 set; `low` is the remainder. */
  static divide(high: u64, low: u64, divisor: u64): u64 {
    const d1 = divisor >> 32;
    const d0 = divisor & 0xffffffff;
    const upper = Wide.digit(high, low >> 32, divisor, d1, d0);
    const lower = Wide.digit(Wide.low, low & 0xffffffff, divisor, d1, d0);
    return (upper << 32) | lower;
  }

  /** One 32-bit digit of a quotient; `low` is the remainder. */
  private static digit(high: u64, next: u64, divisor: u64, d1: u64, d0: u64): u64 {
    let digit = high / d1;
    let rest = high - digit * d1;
    while (digit >> 32 != 0 || digit * d0 > ((rest << 32) | next)) {
      digit--;
      rest += d1;
      if (rest >> 32 != 0) break;
    }
    Wide.low = ((high << 32) | next) - digit * divisor;
    return digit;
  }

  /** high:low >> count; `low` is the lower half, its bit 0 set if a one was shifted out. */
  static shiftRightJam(high: u64, low: u64, count: u32): u64 {
    if (count == 0) {
      Wide.low = low;
      return high;
    }
    if (count < 64) {
      const lost = low << (64 - count);
      Wide.low = (high << (64 - count)) | (low >> count) | u64(lost != 0);
      return high >> count;
    }
    if (count < 128) {
      const lost = low | (count == 64 ? 0 : high << (128 - count));
      Wide.low = (high >> (count - 64)) | u64(lost != 0);
      return 0;
    }
    Wide.low = u64((high | low) != 0);
    return 0;
  }

  /** The integer part of the square root of high:low, for high with bit 63 or 62 set; `low` says what is left: 0 nothing, else the bits after it, jammed. */
  static squareRoot(high: u64, low: u64): u64 {
    let root: u64 = 0;
    // The remainder has at most 66 bits.
    let restHigh: u64 = 0;
    let rest: u64 = 0;
    for (let i = 0; i < 64; i++) {
      restHigh = (restHigh << 2) | (rest >> 62);
      rest = (rest << 2) | (high >> 62);
      high = (high << 2) | (low >> 62);
      low <<= 2;
      const trialHigh = root >> 62;
      const trial = (root << 2) | 1;
      root <<= 1;
      if (restHigh > trialHigh || (restHigh == trialHigh && rest >= trial)) {
        restHigh = restHigh - trialHigh - u64(rest < trial);
        rest -= trial;
        root |= 1;
      }
    }
    if ((restHigh | rest) == 0) Wide.low = 0;
    else Wide.low = restHigh != 0 || rest > root ? 0x8000000000000001 : 1;
    return root;
  }
}
