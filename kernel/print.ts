// Writing text and numbers to the console. A call's output is never cut by another thread's.

import { flushConsole, writeConsole } from "./platform/console.ts";
import { disableInterrupts, restoreInterrupts } from "./platform/interrupts.ts";

const DIGITS = "0123456789abcdef";
const MAX_DIGITS: i32 = 10;
const digits = memory.data(16);

/** Writes `text`, which must be ASCII. "\n" starts a new line, "\b" goes back one column. */
export function print(text: string): void {
  const wereEnabled = disableInterrupts();
  for (let i = 0; i < text.length; i++) writeConsole(text.charCodeAt(i) as u8);
  flushConsole();
  restoreInterrupts(wereEnabled);
}

export function printLine(text: string): void {
  const wereEnabled = disableInterrupts();
  print(text);
  print("\n");
  restoreInterrupts(wereEnabled);
}

/** Writes `text` and blanks up to `width` columns. */
export function printColumn(text: string, width: i32): void {
  print(text);
  printBlanks(width - text.length);
}

export function printBlanks(count: i32): void {
  for (let i = 0; i < count; i++) print(" ");
}

/** Writes the `length` bytes at `address`. */
export function printBytes(address: usize, length: usize): void {
  const wereEnabled = disableInterrupts();
  for (let i: usize = 0; i < length; i++) writeConsole(load<u8>(address + i));
  flushConsole();
  restoreInterrupts(wereEnabled);
}

/** Writes the NUL-terminated text at `address`. */
export function printText(address: usize): void {
  let length: usize = 0;
  while (load<u8>(address + length) != 0) length++;
  printBytes(address, length);
}

/** Writes `value` in decimal, right-aligned in `width` columns (0: as many as it needs). */
export function printNumber(value: u32, width: i32 = 0): void {
  const wereEnabled = disableInterrupts(); // the digits' buffer is shared
  const length = formatNumber(value, 10, 1);
  printBlanks(width - length);
  printBytes(digitsOf(length), length);
  restoreInterrupts(wereEnabled);
}

/** Writes `value` in hexadecimal with `count` digits (more if it needs them). */
export function printHex(value: u32, count: i32 = 8): void {
  const wereEnabled = disableInterrupts(); // the digits' buffer is shared
  const length = formatNumber(value, 16, count);
  printBytes(digitsOf(length), length);
  restoreInterrupts(wereEnabled);
}

/** Puts the digits of `value`, at least `minimum` of them, at the end of a buffer; returns how many. */
export function formatNumber(value: u32, base: u32, minimum: i32): i32 {
  assert(base >= 10 && base <= 16, "a number's base is 10 to 16");
  assert(minimum >= 0 && minimum <= MAX_DIGITS, "a number has at most 10 digits");
  let length = 0;
  do {
    length++;
    store<u8>(digits + MAX_DIGITS - length, DIGITS.charCodeAt(value % base) as u8);
    value /= base;
  } while (value != 0 || length < minimum);
  return length;
}

/** Where formatNumber left a number of `length` digits; the next call overwrites it. */
export function digitsOf(length: i32): usize {
  return digits + MAX_DIGITS - length;
}
