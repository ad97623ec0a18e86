// Random numbers that are the same in every run (Mulberry32), and the values at which integer instructions go wrong.

export class Random {
  constructor(private state: number) {}

  /** 32 random bits. */
  bits(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor((this.bits() / 0x1_0000_0000) * limit);
  }

  /** From `first` to `last`, both included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  /** True in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  /** A value of so many bits that is likely to be an edge: ends and middle of the range, single bits, runs of bits. */
  edge(bits: 8 | 16 | 32): number {
    const mask = 0xffff_ffff >>> (32 - bits);
    const top = 1 << (bits - 1);
    switch (this.below(8)) {
      case 0:
        return this.pick([0, 1, 2, mask, mask - 1, top, top - 1, top + 1]) & mask;
      case 1:
        return (1 << this.below(bits)) & mask;
      case 2:
        return (mask >>> this.below(bits)) & mask;
      case 3:
        return this.pick([0xaaaaaaaa, 0x55555555, 0x80808080, 0x7f7f7f7f, 0x00ff00ff, 0xff00ff00]) & mask;
      case 4:
        return this.below(16);
      default:
        return this.bits() & mask;
    }
  }
}
