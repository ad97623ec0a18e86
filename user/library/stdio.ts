// Printing and reading, by the names of C's <stdio.h>. What is printed is written before the function returns.

import { strerror } from "./errno.ts";
import { read, STDERR, STDIN, STDOUT, writeAll } from "./files.ts";
import { formatEnd, formatInto, formatTo, formatValue, Nothing, none, putUnit } from "./format.ts";
import { fromBytesOf } from "./text.ts";

/** Prints `format` with values in its places (format.ts): printf("%5d %s\n", count, name). At most eight. */
export function printf<
  A = Nothing,
  B = Nothing,
  C = Nothing,
  D = Nothing,
  E = Nothing,
  F = Nothing,
  G = Nothing,
  H = Nothing,
>(
  format: string,
  a: A = none<A>(),
  b: B = none<B>(),
  c: C = none<C>(),
  d: D = none<D>(),
  e: E = none<E>(),
  f: F = none<F>(),
  g: G = none<G>(),
  h: H = none<H>(),
): i32 {
  formatTo(STDOUT, format);
  formatValue(a);
  formatValue(b);
  formatValue(c);
  formatValue(d);
  formatValue(e);
  formatValue(f);
  formatValue(g);
  formatValue(h);
  return formatEnd();
}

/** As printf, to a handle. */
export function fprintf<A = Nothing, B = Nothing, C = Nothing, D = Nothing, E = Nothing, F = Nothing>(
  handle: i32,
  format: string,
  a: A = none<A>(),
  b: B = none<B>(),
  c: C = none<C>(),
  d: D = none<D>(),
  e: E = none<E>(),
  f: F = none<F>(),
): i32 {
  formatTo(handle, format);
  formatValue(a);
  formatValue(b);
  formatValue(c);
  formatValue(d);
  formatValue(e);
  formatValue(f);
  return formatEnd();
}

/** As printf, to `bytes` bytes of memory with a NUL. Returns the length that the text has, or would have had. */
export function snprintf<A = Nothing, B = Nothing, C = Nothing, D = Nothing, E = Nothing, F = Nothing>(
  to: usize,
  bytes: usize,
  format: string,
  a: A = none<A>(),
  b: B = none<B>(),
  c: C = none<C>(),
  d: D = none<D>(),
  e: E = none<E>(),
  f: F = none<F>(),
): i32 {
  formatInto(to, bytes, format);
  formatValue(a);
  formatValue(b);
  formatValue(c);
  formatValue(d);
  formatValue(e);
  formatValue(f);
  return formatEnd();
}

/** Prints `text`. */
export function print(text: string): i32 {
  return fputs(text, STDOUT);
}

/** Prints `text` and a new line. */
export function puts(text: string): i32 {
  return printf("%s\n", text);
}

/** Prints `text` to a handle. */
export function fputs(text: string, handle: i32): i32 {
  formatTo(handle, "");
  for (let i = 0; i < text.length; i++) putUnit(text.charCodeAt(i));
  return formatEnd();
}

const byte = memory.data(1);

/** Prints one byte. */
export function putchar(character: i32): i32 {
  store<u8>(byte, character as u8);
  const result = writeAll(STDOUT, byte, 1);
  return result < 0 ? result : character;
}

/** What went wrong with `name`, on the error output: "cat: notes: no such file or directory". */
export function complain(program: string, name: string, error: i32): void {
  fprintf(STDERR, "%s: %s: %s\n", program, name, strerror(error < 0 ? -error : error));
}

const INPUT_BYTES: usize = 512;
const input = memory.data(512);
let inputAt: usize = 0;
let inputEnd: usize = 0;

/** The next byte of the input, or -1 at its end. */
export function getchar(): i32 {
  if (inputAt == inputEnd) {
    const got = read(STDIN, input, INPUT_BYTES);
    if (got <= 0) return -1;
    inputAt = 0;
    inputEnd = got as usize;
  }
  return load<u8>(input + inputAt++);
}

const LINE_BYTES: i32 = 1024;
const line = memory.data(1024);

/** Reads a line of the input, without its end; null at the input's end. A longer one than 1023 bytes comes in pieces. */
export function readLine(): string | null {
  let length = 0;
  let character = getchar();
  if (character < 0) return null;
  while (character >= 0 && character != 0x0a) {
    store<u8>(line + length++, character as u8);
    if (length == LINE_BYTES - 1) break;
    character = getchar();
  }
  return fromBytesOf(line, length);
}
