// sync: writes all that is not on its medium yet.

import { sync } from "../library/files.ts";
import { complain } from "../library/stdio.ts";

export function main(_argc: i32, _argv: usize): i32 {
  const result = sync();
  if (result < 0) complain("sync", "file systems", result);
  return result < 0 ? 1 : 0;
}
