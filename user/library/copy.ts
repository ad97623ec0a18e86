// Copying the contents of files.

import { close, O_CREAT, O_TRUNC, O_WRONLY, open, read, writeAll } from "./files.ts";

const BUFFER_BYTES: usize = 8192;
const buffer = memory.data(8192);

/** Writes what is left to read of `from` to `to`: 0, or a negated error number. */
export function copyRest(from: i32, to: i32): i32 {
  while (true) {
    const got = read(from, buffer, BUFFER_BYTES);
    if (got <= 0) return got;
    const put = writeAll(to, buffer, got);
    if (put < 0) return put;
  }
}

/** Makes the file `to` a copy of the file `from`: 0, or a negated error number. */
export function copyFile(from: string, to: string): i32 {
  const source = open(from);
  if (source < 0) return source;
  const target = open(to, O_WRONLY | O_CREAT | O_TRUNC);
  let result = target;
  if (target >= 0) {
    result = copyRest(source, target);
    const closed = close(target);
    if (result >= 0) result = closed;
  }
  close(source);
  return result;
}
