// Formatting as C's printf does it: text with places for values. The functions that print are in stdio.ts.
//
//   %d %i  a signed number      %u  an unsigned one      %x %X  in hexadecimal      %o  in octal
//   %c     a character          %s  a string, or the address of NUL-terminated bytes
//   %f     a fraction, six digits unless "." and a number say how many
//   %%     a percent sign
//
// Between "%" and the letter: "-" (to the left), "0" (zeros, not blanks), "+" (a sign always), a width, "." and a precision
// (digits of a fraction, most characters of a string). Any integer type goes with any of the letters for numbers.

import { writeAll } from "./files.ts";

const PERCENT = 0x25;
const MINUS = 0x2d;
const PLUS = 0x2b;
const ZERO = 0x30;
const BLANK = 0x20;
const DOT = 0x2e;

/** What is missing among the arguments of printf. */
@unmanaged
export class Nothing {}

/** The value of an argument that is not there. */
export function none<T>(): T {
  if (isReference<T>()) return changetype<T>(0 as usize);
  else return 0 as T;
}

/** A sink: bytes go to a handle, a buffer at a time, or to memory up to `limit`. */
const BUFFER_BYTES: usize = 512;
const buffer = memory.data(512);
let handle: i32 = 0;
let start: usize = 0;
let end: usize = 0;
let limit: usize = 0;
/** Bytes that were put, also those that did not fit into memory. */
let total: i32 = 0;
let failure: i32 = 0;

let format: string = "";
let at: i32 = 0;

// The place that is being filled.
let isLeft: bool = false;
let hasZeros: bool = false;
let hasPlus: bool = false;
let width: i32 = 0;
let precision: i32 = -1;
let letter: i32 = 0;

/** Starts to format to a handle. */
export function formatTo(toHandle: i32, text: string): void {
  handle = toHandle;
  start = buffer;
  limit = buffer + BUFFER_BYTES;
  begin(text);
}

/** Starts to format to memory: what doesn't fit into `bytes` with a NUL is dropped. */
export function formatInto(address: usize, bytes: usize, text: string): void {
  handle = -1;
  start = address;
  limit = address + (bytes == 0 ? 0 : bytes - 1);
  begin(text);
}

function begin(text: string): void {
  end = start;
  total = 0;
  failure = 0;
  format = text;
  at = 0;
}

/** Fills the next place with an argument of whatever type. */
export function formatValue<T>(value: T): void {
  if (isString<T>()) {
    if (nextPlace()) putString(changetype<string>(changetype<usize>(value)));
  } else if (isFloat<T>()) {
    if (nextPlace()) putFloat(value as f64);
  } else if (isInteger<T>()) {
    if (nextPlace()) putInteger(value as i64, isSigned<T>() ? 8 * sizeof<T>() : 0);
  }
}

/** Puts the rest. Returns how many bytes there were in all, or a negated error number. */
export function formatEnd(): i32 {
  while (nextPlace()) putByte(0x3f); // a place without an argument
  format = "";
  if (handle < 0) {
    store<u8>(end, 0);
    return total;
  }
  flush();
  return failure < 0 ? failure : total;
}

/** Puts text up to the next place, and reads that; false at the end. */
function nextPlace(): bool {
  while (at < format.length) {
    const unit = format.charCodeAt(at++);
    if (unit != PERCENT) {
      putUnit(unit);
    } else if (at < format.length && format.charCodeAt(at) == PERCENT) {
      at++;
      putByte(PERCENT);
    } else {
      readPlace();
      return true;
    }
  }
  return false;
}

function readPlace(): void {
  isLeft = hasZeros = hasPlus = false;
  for (; at < format.length; at++) {
    const unit = format.charCodeAt(at);
    if (unit == MINUS) isLeft = true;
    else if (unit == ZERO) hasZeros = true;
    else if (unit == PLUS) hasPlus = true;
    else break;
  }
  width = readNumber();
  precision = -1;
  if (at < format.length && format.charCodeAt(at) == DOT) {
    at++;
    precision = readNumber();
  }
  letter = at < format.length ? format.charCodeAt(at++) : 0;
}

function readNumber(): i32 {
  let value = 0;
  while (at < format.length) {
    const digit = format.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) break;
    value = min<i32>(value * 10 + digit, 4096);
    at++;
  }
  return value;
}

const digits = memory.data(32);
const DIGITS_END: usize = 32;

/** @param signedBits of the argument's type; 0: it has no sign */
function putInteger(value: i64, signedBits: u32): void {
  if (letter == 0x63) {
    pad(1, BLANK, !isLeft);
    putByte(value as i32);
    pad(1, BLANK, isLeft);
    return;
  }
  if (letter == 0x73) {
    putBytes(value as usize);
    return;
  }
  const isDecimal = letter == 0x64 || letter == 0x69;
  let magnitude = value as u64;
  let sign = 0;
  if (isDecimal && signedBits != 0 && value < 0) {
    sign = MINUS;
    magnitude = (0 - value) as u64;
  } else if (isDecimal && hasPlus) {
    sign = PLUS;
  } else if (!isDecimal && signedBits > 0 && signedBits < 64) {
    magnitude &= ((1 as u64) << (signedBits as u64)) - 1; // %x of −1 shows as many bits as its type has
  }
  let base: u64 = 10;
  if ((letter | 0x20) == 0x78) base = 16;
  else if (letter == 0x6f) base = 8;
  putNumber(digitsOf(magnitude, base, letter == 0x58), sign);
}

/** Writes the digits to the end of `digits`; returns how many. */
function digitsOf(value: u64, base: u64, isUpper: bool): usize {
  let count: usize = 0;
  let rest = value;
  do {
    const digit = (rest % base) as i32;
    count++;
    const letterStart = isUpper ? 0x41 : 0x61;
    store<u8>(digits + DIGITS_END - count, (digit < 10 ? ZERO + digit : letterStart + digit - 10) as u8);
    rest /= base;
  } while (rest != 0);
  return count;
}

function putNumber(count: usize, sign: i32): void {
  const length = (count as i32) + (sign != 0 ? 1 : 0);
  const zeros = hasZeros && !isLeft;
  if (!zeros) pad(length, BLANK, !isLeft);
  if (sign != 0) putByte(sign);
  if (zeros) pad(length, ZERO, true);
  for (let i = count; i > 0; i--) putByte(load<u8>(digits + DIGITS_END - i));
  pad(length, BLANK, isLeft);
}

/** Fractions up to 2^63 / 10^precision; larger ones show as "large". */
function putFloat(value: f64): void {
  if (isNaN(value)) {
    putString("nan");
    return;
  }
  const places = min<i32>(precision < 0 ? 6 : precision, 15);
  let scale: u64 = 1;
  for (let i = 0; i < places; i++) scale *= 10;
  const magnitude = value < 0 ? -value : value;
  if (magnitude * (scale as f64) > 9.2e18) {
    putString(value < 0 ? "-large" : "large");
    return;
  }
  const scaled = (magnitude * (scale as f64) + 0.5) as u64;
  const fraction = digitsOf(scaled % scale, 10, false);
  // "12.034": the digits of 12, the point, and 34 with zeros before it.
  const wholeLength = lengthOf(scaled / scale);
  const sign = value < 0 ? MINUS : hasPlus ? PLUS : 0;
  const length = wholeLength + (places > 0 ? places + 1 : 0) + (sign != 0 ? 1 : 0);
  const zeros = hasZeros && !isLeft;
  if (!zeros) pad(length, BLANK, !isLeft);
  if (sign != 0) putByte(sign);
  if (zeros) pad(length, ZERO, true);
  const whole = digitsOf(scaled / scale, 10, false);
  for (let i = whole; i > 0; i--) putByte(load<u8>(digits + DIGITS_END - i));
  if (places > 0) {
    putByte(DOT);
    for (let i = fraction as i32; i < places; i++) putByte(ZERO);
    digitsOf(scaled % scale, 10, false);
    for (let i = fraction; i > 0; i--) putByte(load<u8>(digits + DIGITS_END - i));
  }
  pad(length, BLANK, isLeft);
}

function lengthOf(value: u64): i32 {
  let length = 1;
  for (let rest = value / 10; rest != 0; rest /= 10) length++;
  return length;
}

function putString(text: string): void {
  const length = precision < 0 ? text.length : min<i32>(precision, text.length);
  pad(length, BLANK, !isLeft);
  for (let i = 0; i < length; i++) putUnit(text.charCodeAt(i));
  pad(length, BLANK, isLeft);
}

function putBytes(text: usize): void {
  let length = 0;
  while ((precision < 0 || length < precision) && load<u8>(text + length) != 0) length++;
  pad(length, BLANK, !isLeft);
  for (let i = 0; i < length; i++) putByte(load<u8>(text + i));
  pad(length, BLANK, isLeft);
}

function pad(length: i32, byte: i32, isWanted: bool): void {
  if (isWanted) for (let i = length; i < width; i++) putByte(byte);
}

let highSurrogate: i32 = 0;

/** Puts a unit of UTF-16 as UTF-8. */
export function putUnit(unit: i32): void {
  if (unit < 0x80) {
    putByte(unit);
  } else if (unit < 0x800) {
    putByte(0xc0 | (unit >> 6));
    putByte(0x80 | (unit & 0x3f));
  } else if ((unit & 0xfc00) == 0xd800) {
    highSurrogate = unit;
  } else if ((unit & 0xfc00) == 0xdc00) {
    const code = 0x10000 + ((highSurrogate & 0x3ff) << 10) + (unit & 0x3ff);
    putByte(0xf0 | (code >> 18));
    putByte(0x80 | ((code >> 12) & 0x3f));
    putByte(0x80 | ((code >> 6) & 0x3f));
    putByte(0x80 | (code & 0x3f));
  } else {
    putByte(0xe0 | (unit >> 12));
    putByte(0x80 | ((unit >> 6) & 0x3f));
    putByte(0x80 | (unit & 0x3f));
  }
}

function putByte(byte: i32): void {
  total++;
  if (end == limit) {
    if (handle < 0) return;
    flush();
  }
  store<u8>(end++, byte as u8);
}

function flush(): void {
  const result = writeAll(handle, start, end - start);
  if (result < 0) failure = result;
  end = start;
}
