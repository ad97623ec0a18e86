// Operands at which floating-point arithmetic goes wrong, in each of the unit's formats. Bit patterns as bigints.

import type { Random } from "./random.ts";

const BIAS = 0x3fff;

/** An extended-precision number: sign, biased exponent, significand. */
function extended(sign: number, exponent: number, significand: bigint): bigint {
  return (BigInt(sign) << 79n) | (BigInt(exponent) << 64n) | significand;
}

const TOP = 1n << 63n;
const ALL = (1n << 64n) - 1n;

/** Significands around the last bits of single, double and extended precision, and halfway between them. */
const SIGNIFICANDS: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n, 0x3ffn, 0x400n, 0x401n, 0x7ffn, 0x800n, 0xc00n, 0x7fffffffffn, 0x8000000000n, 0x8000000001n],
  ...[0x18000000000n, 0x10000000000n, 0x4000000000000000n, 0x2000000000000000n, 0x7fffffffffffffffn],
  ...[0x7ffffffffffffffen, 0x7ffffffffffffc00n, 0x7ffffffffffff800n, 0x7fffff8000000000n, 0x7fffff0000000000n],
  ...[0x490fdaa22168c235n, 0x2aaaaaaaaaaaaaabn, 0x5555555555555555n, 0x7ffffffffffffbffn, 0x3504f333f9de6484n],
].map((bits) => TOP | bits);

/** NaNs, infinities, what the 387 no longer supports, denormals and zeros. */
const SPECIAL: readonly bigint[] = [
  ...[0n, 1n, 2n, 0x400n, 0x8000000000n, 0x4000000000000000n, TOP - 1n, TOP, TOP | 1n, ALL].map((s) =>
    extended(0, 0, s),
  ),
  ...[TOP, 0xc000000000000000n, 0xc000000000000001n, 0xdead000000000000n, ALL, TOP | 1n, 0xa000000000000000n].map((s) =>
    extended(0, 0x7fff, s),
  ),
  ...[0n, 1n, 0x4000000000000000n, TOP - 1n].map((s) => extended(0, 0x7fff, s)),
  ...[0n, 1n, 0x4000000000000000n, TOP - 1n].map((s) => extended(0, 0x3fff, s)),
  extended(0, 1, 0n),
  extended(0, 0x7ffe, 0x7000000000000000n),
];

/** Exponents at the ends of each format, and of each integer's range. */
const EXPONENTS: readonly number[] = [
  ...[1, 2, 0x40, 0x41, 0x42, 0x1fff, 0x2000, 0x5ffe, 0x5fff, 0x6000, 0x7ffd, 0x7ffe],
  ...[-150, -149, -127, -126, -125, 126, 127, 128].map((e) => e + BIAS),
  ...[-1076, -1075, -1074, -1023, -1022, -1021, 1022, 1023, 1024].map((e) => e + BIAS),
  ...[-66, -65, -64, -63, -33, -24, -2, -1, 0, 1, 2, 3, 13, 14, 15, 16, 30, 31, 32, 33].map((e) => e + BIAS),
  ...[57, 58, 59, 60, 61, 62, 63, 64, 65, 66].map((e) => e + BIAS),
];

export function randomBits(random: Random, count: number): bigint {
  let bits = 0n;
  for (let i = 0; i < count; i += 32) bits = (bits << 32n) | BigInt(random.bits());
  return bits & ((1n << BigInt(count)) - 1n);
}

function significand(random: Random): bigint {
  switch (random.below(5)) {
    case 0:
      return TOP | randomBits(random, 63);
    case 1:
      // As a double or a single has it.
      return TOP | ((randomBits(random, 63) >> 11n) << 11n);
    case 2:
      return TOP | ((randomBits(random, 63) >> 40n) << 40n);
    default:
      return random.pick(SIGNIFICANDS);
  }
}

/** Any extended-precision number. */
export function extendedValue(random: Random): bigint {
  const sign = random.below(2);
  switch (random.below(10)) {
    case 0:
    case 1:
      return random.pick(SPECIAL) | (BigInt(sign) << 79n);
    case 2:
    case 3:
      return extended(sign, random.pick(EXPONENTS), significand(random));
    case 4:
      return extended(sign, 1 + random.below(0x7ffe), significand(random));
    default:
      return extended(sign, BIAS + random.between(-4, 4), significand(random));
  }
}

/** Two of them, often such that their exponents have something to do with each other. */
export function extendedPair(random: Random): [bigint, bigint] {
  const first = extendedValue(random);
  if (random.chance(50)) return [first, extendedValue(random)];
  const exponent = Number((first >> 64n) & 0x7fffn);
  const other = Math.min(0x7ffe, Math.max(0, exponent + random.between(-70, 70)));
  if (random.chance(20)) return [first, first ^ (BigInt(random.below(4)) << 79n) ^ BigInt(random.below(2))];
  return [first, extended(random.below(2), random.chance(60) ? other : 0x7ffe - other, significand(random))];
}

/** What FSIN and its kin are used on, from tiny to far, and values near multiples of pi / 4. */
export function angle(random: Random): bigint {
  if (random.chance(25)) return extendedValue(random);
  if (random.chance(25)) {
    const near = (0xc90fdaa22168c235n * BigInt(random.between(1, 16))) / 16n;
    const length = near.toString(2).length;
    return extended(
      random.below(2),
      BIAS + random.between(-1, 8),
      ((near << BigInt(64 - length)) & ALL) + BigInt(random.below(3)),
    );
  }
  return extended(random.below(2), BIAS + random.between(-40, 62), TOP | randomBits(random, 63));
}

/** A single- or double-precision number. */
export function narrowValue(random: Random, fractionBits: number, exponentBits: number): bigint {
  const largest = (1 << exponentBits) - 1;
  const exponent = random.pick([
    0,
    0,
    largest,
    largest,
    1,
    largest - 1,
    largest >> 1,
    (largest >> 1) + 1,
    random.below(largest),
  ]);
  const all = (1n << BigInt(fractionBits)) - 1n;
  const fraction = random.pick([
    0n,
    0n,
    1n,
    all,
    all >> 1n,
    (all >> 1n) + 1n,
    (all >> 1n) + 2n,
    randomBits(random, fractionBits),
  ]);
  return (((BigInt(random.below(2)) << BigInt(exponentBits)) | BigInt(exponent)) << BigInt(fractionBits)) | fraction;
}

export function integerValue(random: Random, bits: number): bigint {
  const top = 1n << BigInt(bits - 1);
  switch (random.below(4)) {
    case 0:
      return random.pick([0n, 1n, 2n, top, top - 1n, top + 1n, 2n * top - 1n, 10n, 100n]);
    case 1:
      return 1n << BigInt(random.below(bits));
    default:
      return randomBits(random, bits) >> BigInt(random.below(bits));
  }
}

/** Eighteen decimal digits and a sign. */
export function decimalValue(random: Random): bigint {
  let digits = BigInt(random.below(2)) << 79n;
  const count = random.pick([0, 1, 2, 9, 17, 18, 18]);
  for (let i = 0; i < count; i++) digits |= BigInt(random.chance(20) ? 9 : random.below(10)) << BigInt(4 * i);
  return digits;
}
