// date: prints the date and the time of the real-time clock (UTC).

import { time } from "../library/process.ts";
import { printf } from "../library/stdio.ts";
import { formatTime, gmtime } from "../library/time.ts";

export function main(_argc: i32, _argv: usize): i32 {
  const now = time();
  const names = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
  printf("%s %s UTC\n", names[gmtime(now).weekday], formatTime(now));
  return 0;
}
