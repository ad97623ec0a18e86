// umount: takes file systems away, with all that was written on their media.

import { umount } from "../library/files.ts";
import { usageError } from "../library/options.ts";
import { complain } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  if (words.length < 2) return usageError("umount DIRECTORY...");
  let status = 0;
  for (let i = 1; i < words.length; i++) {
    const result = umount(words[i]);
    if (result < 0) {
      complain("umount", words[i], result);
      status = 1;
    }
  }
  return status;
}
