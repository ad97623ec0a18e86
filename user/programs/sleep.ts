// sleep: waits for a number of seconds, which may have a fraction: sleep 0.5

import { usageError } from "../library/options.ts";
import { sleep } from "../library/process.ts";
import { argumentList } from "../library/text.ts";

const MOST_SECONDS: f64 = 1000000;

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  const seconds = words.length == 2 ? parseFloat(words[1]) : NaN;
  if (!(seconds >= 0 && seconds <= MOST_SECONDS)) return usageError("sleep SECONDS");
  return sleep((seconds * 1000) as u32) < 0 ? 1 : 0;
}
