// head: prints the first lines of files or of the input: ten, or as many as "-n" says.

import { showEnds } from "../library/ends.ts";
import { LineReader } from "../library/lines.ts";
import { puts } from "../library/stdio.ts";

export function main(argc: i32, argv: usize): i32 {
  return showEnds(argc, argv, show);
}

function show(handle: i32, count: i32): i32 {
  const reader = new LineReader(handle);
  for (let i = 0; i < count; i++) {
    const line = reader.next();
    if (line === null) break;
    puts(line);
  }
  return reader.error;
}
