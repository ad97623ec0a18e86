// touch: makes files that are not there, and gives the others the time of now.

import { close, fstat, ftruncate, O_CREAT, O_WRONLY, open, STAT_BYTES, Stat } from "../library/files.ts";
import { usageError } from "../library/options.ts";
import { complain } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

const attributes = changetype<Stat>(memory.data(STAT_BYTES, 8));

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  if (words.length < 2) return usageError("touch FILE...");
  let status = 0;
  for (let i = 1; i < words.length; i++) {
    const result = touch(words[i]);
    if (result < 0) {
      complain("touch", words[i], result);
      status = 1;
    }
  }
  return status;
}

/** A change of the length, even to what it is, is a change of the file. */
function touch(path: string): i32 {
  const handle = open(path, O_WRONLY | O_CREAT);
  if (handle < 0) return handle;
  let result = fstat(handle, attributes);
  if (result >= 0) result = ftruncate(handle, attributes.size as u32);
  const closed = close(handle);
  return result < 0 ? result : closed;
}
