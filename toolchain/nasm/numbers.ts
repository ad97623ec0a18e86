// NASM's number formats: 0x1F $1F 1Fh, 0d10 10d 10t, 0o17 17q 17o, 0b1 1b 1y, `_` between digits; and floating-point numbers as bytes.
// Source: the NASM manual, section 3.4; IEEE 754.

const RADIX_LETTERS: Readonly<Record<string, number>> = { x: 16, h: 16, d: 10, t: 10, o: 8, q: 8, b: 2, y: 2 };

/** The value of an integer constant, or undefined when the text is none. */
export function parseInteger(text: string): bigint | undefined {
  const word = text.replaceAll("_", "").toLowerCase();
  if (word[0] === "$") return digits(word.slice(1), 16);
  if (/^\d+$/.test(word)) return BigInt(word);
  if (word[0] === "0" && word.length > 2 && word[1] in RADIX_LETTERS) {
    const value = digits(word.slice(2), RADIX_LETTERS[word[1]]);
    // 0bh and 0d4h are hexadecimal: the letter at the end decides.
    if (value !== undefined && !word.endsWith("h")) return value;
  }
  const radix = RADIX_LETTERS[word.at(-1) ?? ""];
  return radix === undefined || word.at(-1) === "x" ? undefined : digits(word.slice(0, -1), radix);
}

function digits(text: string, radix: number): bigint | undefined {
  const pattern = { 16: /^[0-9a-f]+$/, 10: /^\d+$/, 8: /^[0-7]+$/, 2: /^[01]+$/ }[radix];
  if (!pattern?.test(text)) return undefined;
  if (radix === 10) return BigInt(text);
  return BigInt(`${radix === 16 ? "0x" : radix === 8 ? "0o" : "0b"}${text}`);
}

export function isFloat(text: string): boolean {
  return /^\d[\d_]*\.[\d_]*(?:[eE][+-]?\d[\d_]*)?$|^\d[\d_]*[eE][+-]?\d[\d_]*$/.test(text);
}

/** Bits of exponent and of fraction; an 80-bit number shows its leading one. */
interface FloatFormat {
  exponent: number;
  fraction: number;
  explicit: boolean;
}

/** By size in bytes. */
const FORMATS: Readonly<Record<number, FloatFormat>> = {
  1: { exponent: 4, fraction: 3, explicit: false },
  2: { exponent: 5, fraction: 10, explicit: false },
  4: { exponent: 8, fraction: 23, explicit: false },
  8: { exponent: 11, fraction: 52, explicit: false },
  10: { exponent: 15, fraction: 63, explicit: true },
  16: { exponent: 15, fraction: 112, explicit: false },
};

/** `__?float32?__(…)` and its kin: a number's bits as an integer; of the long ones the low (m, l) or high (e, h) part. */
const FLOAT_FUNCTIONS: ReadonlyMap<string, (text: string, negative: boolean) => bigint | undefined> = new Map([
  ["float8", bitsOf(FORMATS[1])],
  ["float16", bitsOf(FORMATS[2])],
  ["bfloat16", bitsOf({ exponent: 8, fraction: 7, explicit: false })],
  ["float32", bitsOf(FORMATS[4])],
  ["float64", bitsOf(FORMATS[8])],
  ["float80m", bitsOf(FORMATS[10], 0n)],
  ["float80e", bitsOf(FORMATS[10], 64n)],
  ["float128l", bitsOf(FORMATS[16], 0n)],
  ["float128h", bitsOf(FORMATS[16], 64n)],
]);

function bitsOf(format: FloatFormat, from?: bigint): (text: string, negative: boolean) => bigint | undefined {
  return (text, negative) => {
    const bits = floatBits(text, negative, format);
    return bits === undefined || from === undefined ? bits : BigInt.asUintN(64, bits >> from);
  };
}

/** The function of that name, with or without question marks. */
export function floatFunction(name: string): ((text: string, negative: boolean) => bigint | undefined) | undefined {
  const word = /^__(\??)(b?float\d+[mehl]?)\1__$/.exec(name)?.[2];
  return word === undefined ? undefined : FLOAT_FUNCTIONS.get(word);
}

const SPECIAL = /^__(\??)(Infinity|NaN|QNaN|SNaN)\1__$/;

/** Infinity, and what is not a number. */
export function isSpecialFloat(name: string): boolean {
  return SPECIAL.test(name);
}

const MAX_DECIMAL_EXPONENT = 6000;

/**
 * A decimal number, or the name of a special one, to IEEE 754, rounded to nearest even.
 * @param size in bytes: 1, 2, 4, 8, 10 or 16
 * @returns the bytes, low byte first; undefined when there is no such size or the exponent is absurd
 */
export function floatBytes(text: string, negative: boolean, size: number): Uint8Array | undefined {
  const format = FORMATS[size];
  const bits = format && floatBits(text, negative, format);
  if (bits === undefined) return undefined;
  return Uint8Array.from({ length: size }, (_, i) => Number((bits >> BigInt(8 * i)) & 0xffn));
}

function floatBits(text: string, negative: boolean, format: FloatFormat): bigint | undefined {
  const parts = specialParts(text, format) ?? decimalParts(text, format);
  if (!parts) return undefined;
  const { biased, fraction } = parts;
  const leading = format.explicit ? (biased > 0 ? 1n << BigInt(format.fraction) : 0n) : 0n;
  const mantissaBits = BigInt(format.fraction + (format.explicit ? 1 : 0));
  const bits = (BigInt(biased) << mantissaBits) | leading | fraction;
  return negative ? bits | (1n << (mantissaBits + BigInt(format.exponent))) : bits;
}

function specialParts(text: string, format: FloatFormat): { biased: number; fraction: bigint } | undefined {
  const name = SPECIAL.exec(text)?.[2];
  if (name === undefined) return undefined;
  const quiet = 1n << BigInt(format.fraction - 1);
  return { biased: 2 ** format.exponent - 1, fraction: name === "Infinity" ? 0n : name === "SNaN" ? 1n : quiet };
}

function decimalParts(text: string, format: FloatFormat): { biased: number; fraction: bigint } | undefined {
  const match = /^(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/.exec(text.replaceAll("_", "").toLowerCase());
  if (!match) return undefined;
  const fractionDigits = match[2] ?? "";
  const exponent = Number(match[3] ?? 0) - fractionDigits.length;
  if (Math.abs(exponent) > MAX_DECIMAL_EXPONENT || text.length > MAX_DECIMAL_EXPONENT) return undefined;
  let numerator = BigInt(match[1] + fractionDigits);
  let denominator = 1n;
  if (exponent >= 0) numerator *= 10n ** BigInt(exponent);
  else denominator = 10n ** BigInt(-exponent);
  return round(numerator, denominator, format.exponent, format.fraction);
}

/** The nearest number with that many bits: its biased exponent (0: denormal) and the fraction without the leading one. */
function round(numerator: bigint, denominator: bigint, exponentBits: number, fractionBits: number) {
  if (numerator === 0n) return { biased: 0, fraction: 0n };
  const bias = 2 ** (exponentBits - 1) - 1;
  // 2^power ≤ value < 2^(power+1)
  let power = bitLength(numerator) - bitLength(denominator);
  if (shifted(numerator, -power) < denominator * shiftScale(power)) power--;
  const unit = Math.max(power, 1 - bias) - fractionBits;
  const top = unit < 0 ? numerator << BigInt(-unit) : numerator;
  const bottom = unit > 0 ? denominator << BigInt(unit) : denominator;
  let mantissa = top / bottom;
  const rest = (top % bottom) * 2n;
  if (rest > bottom || (rest === bottom && (mantissa & 1n) === 1n)) mantissa++;
  let biased = unit + fractionBits + bias;
  const one = 1n << BigInt(fractionBits);
  if (mantissa >= one * 2n) {
    mantissa >>= 1n;
    biased++;
  }
  if (mantissa < one) return { biased: 0, fraction: mantissa };
  if (biased >= 2 ** exponentBits - 1) return { biased: 2 ** exponentBits - 1, fraction: 0n };
  return { biased, fraction: mantissa - one };
}

/** numerator · 2^by where that is whole; a shift right is done on the other side (`shiftScale`). */
function shifted(numerator: bigint, by: number): bigint {
  return by > 0 ? numerator << BigInt(by) : numerator;
}

function shiftScale(power: number): bigint {
  return power > 0 ? 1n << BigInt(power) : 1n;
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}
