// Why something did not work: one line of text, made where it happens and shown by whoever began it. The functions return false, so
// that what fails can say `return fail("…")`.

import { digitsOf, formatNumber } from "../kernel/print.ts";
import { take } from "./arena.ts";

const LINE_BYTES: usize = 160;
const line = take(160);
let length: usize = 0;

/** Begins the line with `reason`. */
export function fail(reason: string): bool {
  length = 0;
  return andText(reason);
}

/** The reason as text. */
export function failure(): usize {
  store<u8>(line + length, 0);
  return line;
}

export function andText(text: string): bool {
  for (let i = 0; i < text.length; i++) add(text.charCodeAt(i) as u8);
  return false;
}

/** Adds the NUL-terminated text at `address`. */
export function andBytes(address: usize): bool {
  for (let at = address; load<u8>(at) != 0; at++) add(load<u8>(at));
  return false;
}

export function andNumber(value: u32): bool {
  const count = formatNumber(value, 10, 1);
  store<u8>(digitsOf(count) + count, 0);
  return andBytes(digitsOf(count));
}

export function andHex(value: u32): bool {
  const count = formatNumber(value, 16, 1);
  store<u8>(digitsOf(count) + count, 0);
  return andBytes(digitsOf(count));
}

function add(byte: u8): void {
  if (length < LINE_BYTES - 1) store<u8>(line + length++, byte);
}
