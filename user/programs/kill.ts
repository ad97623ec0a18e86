// kill: ends programs by their numbers, which ps shows.

import { numberOf, usageError } from "../library/options.ts";
import { kill } from "../library/process.ts";
import { complain } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  let status = words.length < 2 ? 2 : 0;
  for (let i = 1; i < words.length; i++) {
    if (numberOf(words[i]) < 1) status = 2;
  }
  if (status != 0) {
    return usageError("kill NUMBER...");
  }
  for (let i = 1; i < words.length; i++) {
    const result = kill(numberOf(words[i]));
    if (result < 0) {
      complain("kill", words[i], result);
      status = 1;
    }
  }
  return status;
}
