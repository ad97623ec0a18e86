// uptime: prints how long the system has run.

import { uptime } from "../library/process.ts";
import { printf } from "../library/stdio.ts";

export function main(_argc: i32, _argv: usize): i32 {
  const milliseconds = uptime();
  const seconds = milliseconds / 1000;
  printf("up %u:%02u:%02u.%02u\n", seconds / 3600, (seconds / 60) % 60, seconds % 60, (milliseconds % 1000) / 10);
  return 0;
}
