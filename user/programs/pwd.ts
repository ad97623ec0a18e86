// pwd: prints the current directory.

import { getcwd } from "../library/files.ts";
import { puts } from "../library/stdio.ts";

export function main(_argc: i32, _argv: usize): i32 {
  return puts(getcwd()) < 0 ? 1 : 0;
}
