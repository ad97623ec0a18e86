// Between a document and its file. A unit of a line is a byte of the file.

import { EFBIG, ENOENT } from "../../kernel/abi/errno.ts";
import { close, O_CREAT, O_TRUNC, O_WRONLY, open, read, writeAll } from "../library/files.ts";
import { bytesToUnits } from "../library/text.ts";
import { Document } from "./document.ts";

const BUFFER_BYTES: i32 = 4096;
const buffer = memory.data(4096);
const MOST_BYTES: i32 = 0x40000;
const LINE_END: u8 = 0x0a;

/** Reads a file into an empty document: 0, or a negated error number. A file that is not there is an empty one. */
export function loadDocument(document: Document, path: string): i32 {
  const handle = open(path);
  if (handle == -ENOENT) return 0;
  if (handle < 0) return handle;
  const lines: string[] = [];
  let line = "";
  let total = 0;
  let got = read(handle, buffer, BUFFER_BYTES);
  while (got > 0 && total <= MOST_BYTES) {
    total += got;
    let start = 0;
    for (let i = 0; i < got; i++) {
      if (load<u8>(buffer + i) != LINE_END) continue;
      lines.push(line + bytesToUnits(buffer + start, i - start));
      line = "";
      start = i + 1;
    }
    line += bytesToUnits(buffer + start, got - start);
    got = read(handle, buffer, BUFFER_BYTES);
  }
  close(handle);
  if (got < 0) return got;
  if (total > MOST_BYTES) return -EFBIG;
  // What follows the last line's end is a line only if there is something.
  if (line != "" || lines.length == 0) lines.push(line);
  document.lines = lines;
  return 0;
}

/** Writes the document; the last line gets its end, too. Returns the bytes, or a negated error number. */
export function saveDocument(document: Document, path: string): i32 {
  const handle = open(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (handle < 0) return handle;
  const lines = document.lines;
  const isEmpty = lines.length == 1 && lines[0] == "";
  let filled = 0;
  let total = 0;
  let result = 0;
  for (let row = 0; row < lines.length && !isEmpty && result >= 0; row++) {
    const line = lines[row];
    for (let i = 0; i <= line.length && result >= 0; i++) {
      store<u8>(buffer + filled++, i < line.length ? (line.charCodeAt(i) as u8) : LINE_END);
      total++;
      if (filled < BUFFER_BYTES) continue;
      result = writeAll(handle, buffer, filled);
      filled = 0;
    }
  }
  if (result >= 0 && filled > 0) result = writeAll(handle, buffer, filled);
  const closed = close(handle);
  if (result >= 0) result = closed;
  if (result < 0) return result;
  document.isChanged = false;
  return total;
}
