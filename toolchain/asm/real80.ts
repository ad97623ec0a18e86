// Decimal text to the x87's extended precision, rounded to nearest even: a sign, 15 bits of exponent, 64 bits of significand.
// Source: Intel SDM, volume 1, section 4.2.2.

const BIAS = 16383;
const SIGNIFICAND_BITS = 64;
const MAX_EXPONENT = 5000;

/** @param text digits with an optional sign, point and exponent */
export function extendedBytes(text: string): Uint8Array {
  const parts = /^([-+]?)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/.exec(text);
  const digits = BigInt(`${parts?.[2] ?? ""}${parts?.[3] ?? ""}` || "0");
  const scale = Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, Number(parts?.[4] ?? 0))) - (parts?.[3].length ?? 0);
  const sign = parts?.[1] === "-" ? 0x8000 : 0;
  if (digits === 0n) return bytesOf(sign, 0n);
  const numerator = scale > 0 ? digits * 10n ** BigInt(scale) : digits;
  const denominator = scale < 0 ? 10n ** BigInt(-scale) : 1n;
  // The quotient gets one bit more than the significand, or two; what is left over decides ties.
  let shift = SIGNIFICAND_BITS + 1 - (bitLength(numerator) - bitLength(denominator));
  // Below the smallest exponent the significand loses bits.
  shift = Math.min(shift, BIAS - 2 + SIGNIFICAND_BITS);
  const scaled = shift >= 0 ? numerator << BigInt(shift) : numerator;
  const divisor = shift >= 0 ? denominator : denominator << BigInt(-shift);
  let significand = scaled / divisor;
  let sticky = scaled % divisor !== 0n;
  let exponent = -shift;
  const least = 2 - BIAS - SIGNIFICAND_BITS;
  while (bitLength(significand) > SIGNIFICAND_BITS || exponent < least) {
    const half = (significand & 1n) !== 0n;
    significand >>= 1n;
    exponent++;
    const last = bitLength(significand) <= SIGNIFICAND_BITS && exponent >= least;
    if (last && half && (sticky || (significand & 1n) !== 0n)) significand++;
    sticky ||= half;
  }
  if (bitLength(significand) > SIGNIFICAND_BITS) {
    significand >>= 1n;
    exponent++;
  }
  const biased = exponent + SIGNIFICAND_BITS - 1 + BIAS;
  if (biased >= 0x7fff) return bytesOf(sign | 0x7fff, 1n << 63n);
  return bytesOf(sign | (bitLength(significand) < SIGNIFICAND_BITS ? 0 : biased), significand);
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

function bytesOf(head: number, significand: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(10));
  view.setBigUint64(0, significand, true);
  view.setUint16(8, head, true);
  return new Uint8Array(view.buffer);
}
