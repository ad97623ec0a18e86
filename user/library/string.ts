// Texts of bytes that end with a NUL, by the names of C's <string.h>. For TypeScript strings see text.ts.

import { malloc, memcpy } from "./memory.ts";

export function strlen(text: usize): usize {
  let end = text;
  while (load<u8>(end) != 0) end++;
  return end - text;
}

/** Copies `from` with its NUL. Returns `to`. */
export function strcpy(to: usize, from: usize): usize {
  return memcpy(to, from, strlen(from) + 1);
}

/** Copies at most `count` bytes, and fills the rest of them with NULs; without a NUL if `from` is that long. Returns `to`. */
export function strncpy(to: usize, from: usize, count: usize): usize {
  let i: usize = 0;
  for (; i < count && load<u8>(from + i) != 0; i++) store<u8>(to + i, load<u8>(from + i));
  for (; i < count; i++) store<u8>(to + i, 0);
  return to;
}

/** Copies as much of `from` as fits into `size` bytes with a NUL. Returns the length of `from`: not below `size` if it was cut. */
export function strlcpy(to: usize, from: usize, size: usize): usize {
  const length = strlen(from);
  if (size > 0) {
    const count = min<usize>(length, size - 1);
    memcpy(to, from, count);
    store<u8>(to + count, 0);
  }
  return length;
}

/** Appends `from` to `to`. Returns `to`. */
export function strcat(to: usize, from: usize): usize {
  strcpy(to + strlen(to), from);
  return to;
}

/** Compares: below 0, 0 or above 0. */
export function strcmp(a: usize, b: usize): i32 {
  return strncmp(a, b, usize.MAX_VALUE);
}

/** Compares at most `count` bytes. */
export function strncmp(a: usize, b: usize, count: usize): i32 {
  for (let i: usize = 0; i < count; i++) {
    const difference = (load<u8>(a + i) as i32) - (load<u8>(b + i) as i32);
    if (difference != 0 || load<u8>(a + i) == 0) return difference;
  }
  return 0;
}

/** The address of the first `byte`, the NUL included, or 0. */
export function strchr(text: usize, byte: i32): usize {
  let at = text;
  while (load<u8>(at) != (byte as u8)) {
    if (load<u8>(at) == 0) return 0;
    at++;
  }
  return at;
}

/** The address of the last `byte`, the NUL included, or 0. */
export function strrchr(text: usize, byte: i32): usize {
  let at = text + strlen(text);
  while (load<u8>(at) != (byte as u8)) {
    if (at == text) return 0;
    at--;
  }
  return at;
}

/** The address of the first `part` in `text`, or 0. */
export function strstr(text: usize, part: usize): usize {
  const length = strlen(part);
  let at = text;
  while (strncmp(at, part, length) != 0) {
    if (load<u8>(at) == 0) return 0;
    at++;
  }
  return at;
}

/** A copy from malloc, or 0. */
export function strdup(text: usize): usize {
  const bytes = strlen(text) + 1;
  const copy = malloc(bytes);
  return copy == 0 ? 0 : memcpy(copy, text, bytes);
}

/** Where strtol stopped: the first byte that is not of the number. */
export let strtolEnd: usize = 0;

/** The number at the start of `text`, after blanks, with a sign; `base` 2 to 36, or 0 for decimal, 0x… and 0…. */
export function strtol(text: usize, base: i32): i32 {
  let at = text;
  while (isspace(load<u8>(at))) at++;
  const isNegative = load<u8>(at) == 0x2d;
  if (isNegative || load<u8>(at) == 0x2b) at++;
  const isHex = load<u8>(at) == 0x30 && (load<u8>(at + 1) | 0x20) == 0x78 && digitOf(load<u8>(at + 2)) < 16;
  if (isHex && (base == 0 || base == 16)) {
    at += 2;
    base = 16;
  } else if (base == 0) {
    base = load<u8>(at) == 0x30 ? 8 : 10;
  }
  strtolEnd = text;
  let value: i64 = 0;
  for (; digitOf(load<u8>(at)) < base; at++) {
    value = min<i64>(value * base + digitOf(load<u8>(at)), 0x80000000);
    strtolEnd = at + 1;
  }
  if (isNegative) return max<i64>(-value, i32.MIN_VALUE) as i32;
  return min<i64>(value, i32.MAX_VALUE) as i32;
}

/** The decimal number at the start of `text`. */
export function atoi(text: usize): i32 {
  return strtol(text, 10);
}

function digitOf(byte: u8): i32 {
  if (isdigit(byte)) return byte - 0x30;
  const letter = (byte | 0x20) as i32;
  return letter >= 0x61 && letter <= 0x7a ? letter - 0x61 + 10 : 99;
}

export function isdigit(byte: i32): bool {
  return byte >= 0x30 && byte <= 0x39;
}

export function isalpha(byte: i32): bool {
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x7a;
}

export function isalnum(byte: i32): bool {
  return isdigit(byte) || isalpha(byte);
}

export function isspace(byte: i32): bool {
  return byte == 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

export function isprint(byte: i32): bool {
  return byte >= 0x20 && byte < 0x7f;
}

export function isupper(byte: i32): bool {
  return byte >= 0x41 && byte <= 0x5a;
}

export function islower(byte: i32): bool {
  return byte >= 0x61 && byte <= 0x7a;
}

export function toupper(byte: i32): i32 {
  return islower(byte) ? byte - 0x20 : byte;
}

export function tolower(byte: i32): i32 {
  return isupper(byte) ? byte + 0x20 : byte;
}
