// clear: empties the screen.

import { print } from "../library/stdio.ts";

export function main(_argc: i32, _argv: usize): i32 {
  return print("\x1b[2J\x1b[H") < 0 ? 1 : 0;
}
