// Operands at which SIMD instructions go wrong: floats of both formats alone and in pairs, integers in lanes. They are written into a
// block at once, since there are many.

import type { Random } from "./random.ts";

/** A float's format: bits of the exponent and of the fraction. */
export interface Format {
  bytes: 4 | 8;
  exponentBits: number;
  fractionBits: number;
}
export const SINGLE: Format = { bytes: 4, exponentBits: 8, fractionBits: 23 };
export const DOUBLE: Format = { bytes: 8, exponentBits: 11, fractionBits: 52 };

/** A float in pieces; the fraction as its upper 20 (or 23) bits and its lower 32 (or none). */
interface Pieces {
  sign: number;
  exponent: number;
  high: number;
  low: number;
}

function fraction(random: Random, { bytes }: Format): { high: number; low: number } {
  const top = bytes === 4 ? 0x7f_ffff : 0xf_ffff;
  const half = (top + 1) >>> 1;
  switch (random.below(8)) {
    case 0:
      return { high: 0, low: 0 };
    case 1:
      return { high: bytes === 4 ? random.below(4) : 0, low: random.below(4) };
    case 2:
      return { high: top, low: 0xffff_ffff - random.below(4) };
    case 3:
      return { high: half + random.between(-1, 1), low: random.pick([0, 1, 0xffff_ffff]) };
    case 4:
      // Few bits set: products and quotients come out exact or end in a tie.
      return { high: (1 << random.below(bytes === 4 ? 23 : 20)) | (1 << random.below(20)), low: 0 };
    case 5:
      // A double that a single nearly holds.
      return { high: random.bits() & top, low: random.pick([0x1000_0000, 0x1000_0001, 0x3000_0000, 0xe000_0000, 0]) };
    default:
      return { high: random.bits() & top, low: random.bits() };
  }
}

function exponent(random: Random, { exponentBits }: Format): number {
  const largest = (1 << exponentBits) - 1;
  const bias = largest >> 1;
  switch (random.below(8)) {
    case 0:
      return 0;
    case 1:
      return random.chance(50) ? largest : random.pick([1, 2, largest - 1, largest - 2]);
    case 2:
      // The borders of integers and of the other format, and the halves of the range.
      return bias + random.pick([30, 31, 32, 33, 22, 23, 24, 51, 52, 53, 62, 63, 64, -1, -2, -24, -64]);
    case 3:
      return exponentBits === 8
        ? random.pick([1, 23, 24, 63, 64, 190, 191, 254])
        : bias + random.pick([-1022, -511, 511, 1023, 127, 128, -126, -127, -149, -150, -151]);
    case 4:
      return random.below(largest + 1);
    default:
      return bias + random.between(-4, 4);
  }
}

function put(view: DataView, at: number, { bytes }: Format, { sign, exponent: e, high, low }: Pieces): void {
  if (bytes === 4) view.setUint32(at, ((sign << 31) | (e << 23) | high) >>> 0, true);
  else {
    view.setUint32(at, low, true);
    view.setUint32(at + 4, ((sign << 31) | (e << 20) | high) >>> 0, true);
  }
}

function get(view: DataView, at: number, { bytes }: Format): Pieces {
  const top = view.getUint32(bytes === 4 ? at : at + 4, true);
  return bytes === 4
    ? { sign: top >>> 31, exponent: (top >>> 23) & 0xff, high: top & 0x7f_ffff, low: 0 }
    : { sign: top >>> 31, exponent: (top >>> 20) & 0x7ff, high: top & 0xf_ffff, low: view.getUint32(at, true) };
}

export function putFloat(random: Random, view: DataView, at: number, format: Format): void {
  put(view, at, format, { sign: random.below(2), exponent: exponent(random, format), ...fraction(random, format) });
}

/** A float that has to do with the one at `other`: near it, its opposite, or such that product or quotient end at a border. */
export function putPartner(random: Random, view: DataView, at: number, other: number, format: Format): void {
  if (random.chance(45)) putFloat(random, view, at, format);
  else put(view, at, format, partner(random, get(view, other, format), format));
}

function partner(random: Random, first: Pieces, format: Format): Pieces {
  const largest = (1 << format.exponentBits) - 1;
  const bias = largest >> 1;
  const within = (e: number): number => Math.min(largest - 1, Math.max(0, e));
  const sign = random.below(2);
  const borders = [0, 1, 1 - format.fractionBits, -format.fractionBits, largest - 1, largest];
  switch (random.below(5)) {
    case 0:
      return { ...first, sign };
    case 1:
      return { ...first, sign, low: (first.low ^ random.below(4)) >>> 0 };
    case 2: {
      const distance = random.between(-format.fractionBits - 3, format.fractionBits + 3);
      return { sign, exponent: within(first.exponent + distance), ...fraction(random, format) };
    }
    case 3: {
      const exponent = within(random.pick(borders) - first.exponent + bias + random.between(-1, 1));
      return { sign, exponent, ...fraction(random, format) };
    }
    default: {
      const exponent = within(first.exponent + bias - random.pick(borders) + random.between(-1, 1));
      return { sign, exponent, ...fraction(random, format) };
    }
  }
}

/** `count` bytes of integers, all in lanes of one width. */
export function putIntegers(random: Random, view: DataView, at: number, count: number): void {
  const width = random.pick([1, 2, 4]);
  for (let i = 0; i < count; i += width) {
    if (width === 1) view.setUint8(at + i, random.edge(8));
    else if (width === 2) view.setUint16(at + i, random.edge(16), true);
    else view.setUint32(at + i, random.edge(32), true);
  }
}
