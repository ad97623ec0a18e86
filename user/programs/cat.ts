// cat: writes files to the output, one after the other; without a name, or for "-", the input.

import { close, open, read, STDIN, STDOUT, writeAll } from "../library/files.ts";
import { complain } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

const BUFFER_BYTES: usize = 4096;
const buffer = memory.data(4096);

export function main(argc: i32, argv: usize): i32 {
  const names = argumentList(argc, argv).slice(1);
  if (names.length == 0) names.push("-");
  let status = 0;
  for (let i = 0; i < names.length; i++) {
    const handle = names[i] == "-" ? STDIN : open(names[i]);
    const result = handle < 0 ? handle : copy(handle);
    if (result < 0) {
      complain("cat", names[i], result);
      status = 1;
    }
    if (handle > 0) close(handle);
  }
  return status;
}

/** Writes the rest of the file: 0 or a negated error number. */
function copy(handle: i32): i32 {
  while (true) {
    const got = read(handle, buffer, BUFFER_BYTES);
    if (got <= 0) return got;
    const put = writeAll(STDOUT, buffer, got);
    if (put < 0) return put;
  }
}
