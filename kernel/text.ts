// Texts as bytes in memory, NUL-terminated: command lines and their words. String constants of the program are UTF-16
// and read only; these functions let the two meet.

/** The address of a static ASCII text with the characters of `constant`. The next call overwrites it. */
const scratch = memory.data(64);
const SCRATCH_BYTES: i32 = 64;

export function textAddress(constant: string): usize {
  assert(constant.length < SCRATCH_BYTES, "the text is too long for its buffer");
  return copyText(constant, scratch);
}

/** Writes `constant`, which is ASCII, and a NUL to `to`; returns `to`. */
export function copyText(constant: string, to: usize): usize {
  for (let i = 0; i < constant.length; i++) store<u8>(to + i, constant.charCodeAt(i) as u8);
  store<u8>(to + constant.length, 0);
  return to;
}

export function textLength(text: usize): usize {
  let end = text;
  while (load<u8>(end) != 0) end++;
  return end - text;
}

/** Whether the text is `constant`. */
export function textEquals(text: usize, constant: string): bool {
  return textStartsWith(text, constant) && load<u8>(text + constant.length) == 0;
}

/** Whether the text's first characters are `constant`. */
export function textStartsWith(text: usize, constant: string): bool {
  for (let i = 0; i < constant.length; i++) {
    if (load<u8>(text + i) != (constant.charCodeAt(i) as u8)) return false;
  }
  return true;
}

/** Whether the text contains `byte`. */
export function textContains(text: usize, byte: u8): bool {
  for (let at = text; load<u8>(at) != 0; at++) {
    if (load<u8>(at) == byte) return true;
  }
  return false;
}

/** The text's value as a decimal number up to 2^31 − 1; −1 if it isn't one. */
export function parseNumber(text: usize): i32 {
  if (load<u8>(text) == 0) return -1;
  let value: i64 = 0;
  for (let at = text; load<u8>(at) != 0; at++) {
    const digit = (load<u8>(at) as i32) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > i32.MAX_VALUE) return -1;
  }
  return value as i32;
}
