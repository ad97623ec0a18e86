// tail: prints the last lines of files or of the input: ten, or as many as "-n" says.

import { showEnds } from "../library/ends.ts";
import { LineReader } from "../library/lines.ts";
import { puts } from "../library/stdio.ts";

export function main(argc: i32, argv: usize): i32 {
  return showEnds(argc, argv, show);
}

/** Keeps the last `count` lines in a ring. */
function show(handle: i32, count: i32): i32 {
  const reader = new LineReader(handle);
  const kept: string[] = [];
  let oldest = 0;
  for (let line = reader.next(); line !== null; line = reader.next()) {
    if (kept.length < count) {
      kept.push(line);
    } else if (count > 0) {
      kept[oldest] = line;
      oldest = (oldest + 1) % count;
    }
  }
  for (let i = 0; i < kept.length; i++) puts(kept[(oldest + i) % kept.length]);
  return reader.error;
}
