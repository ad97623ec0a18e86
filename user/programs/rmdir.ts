// rmdir: removes empty directories.

import { rmdir } from "../library/files.ts";
import { usageError } from "../library/options.ts";
import { complain } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  if (words.length < 2) return usageError("rmdir DIRECTORY...");
  let status = 0;
  for (let i = 1; i < words.length; i++) {
    const result = rmdir(words[i]);
    if (result < 0) {
      complain("rmdir", words[i], result);
      status = 1;
    }
  }
  return status;
}
