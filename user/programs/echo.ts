// echo: prints its arguments, with blanks between them; "-n" as the first leaves the new line out.

import { print } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv).slice(1);
  const isPlain = words.length == 0 || words[0] != "-n";
  const line = (isPlain ? words : words.slice(1)).join(" ");
  return print(isPlain ? `${line}\n` : line) < 0 ? 1 : 0;
}
