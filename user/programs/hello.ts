// hello: greets, and says with what arguments it was called.

import { printf } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  printf("Hello from %s", words[0]);
  for (let i = 1; i < words.length; i++) printf("%s%s", i == 1 ? ": " : ", ", words[i]);
  printf("\n");
  return 0;
}
