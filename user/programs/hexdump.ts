// hexdump: prints the bytes of files or of the input in hexadecimal and as characters; "-n" only so many, "-s" from there on.

import { close, lseek, open, read, SEEK_SET, STDIN } from "../library/files.ts";
import { numberOf, parseOptions, usageError } from "../library/options.ts";
import { complain, print, printf } from "../library/stdio.ts";
import { isprint } from "../library/string.ts";
import { argumentList } from "../library/text.ts";

const USAGE = "hexdump [-n BYTES] [-s OFFSET] [FILE...]";
const ROW_BYTES: i32 = 16;
const row = memory.data(16);

export function main(argc: i32, argv: usize): i32 {
  const options = parseOptions(argumentList(argc, argv), "n:s:", USAGE);
  if (options === null) return 2;
  const most = numberOf(options.value("n", "999999999"));
  const offset = numberOf(options.value("s", "0"));
  if (most < 0 || offset < 0) return usageError(USAGE);
  const names = options.names;
  if (names.length == 0) return dump(STDIN, 0, most) < 0 ? 1 : 0;
  let status = 0;
  for (let i = 0; i < names.length; i++) {
    const handle = open(names[i]);
    let result = handle;
    if (handle >= 0) {
      result = offset > 0 ? lseek(handle, offset, SEEK_SET) : 0;
      if (result >= 0) result = dump(handle, offset, most);
      close(handle);
    }
    if (result < 0) {
      complain("hexdump", names[i], result);
      status = 1;
    }
  }
  return status;
}

function dump(handle: i32, start: u32, most: i32): i32 {
  let offset = start;
  let left = most;
  while (left > 0) {
    const got = readRow(handle, min<i32>(left, ROW_BYTES));
    if (got < 0) return got;
    if (got == 0) break;
    showRow(offset, got);
    offset += got;
    left -= got;
  }
  printf("%08x\n", offset);
  return 0;
}

/** Reads up to `count` bytes, waiting for them where they come in pieces. */
function readRow(handle: i32, count: i32): i32 {
  let length = 0;
  while (length < count) {
    const got = read(handle, row + length, count - length);
    if (got < 0) return got;
    if (got == 0) break;
    length += got;
  }
  return length;
}

function showRow(offset: u32, count: i32): void {
  printf("%08x ", offset);
  for (let i = 0; i < ROW_BYTES; i++) {
    if (i == ROW_BYTES / 2) print(" ");
    if (i < count) printf(" %02x", load<u8>(row + i));
    else print("   ");
  }
  print("  |");
  for (let i = 0; i < count; i++) {
    const byte: i32 = load<u8>(row + i);
    printf("%c", isprint(byte) ? byte : 0x2e);
  }
  print("|\n");
}
