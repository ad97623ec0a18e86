// wc: counts lines, words and bytes ("-l", "-w", "-c": only these), of files or of the input.

import { close, open, read, STDIN } from "../library/files.ts";
import { Options, parseOptions } from "../library/options.ts";
import { complain, puts } from "../library/stdio.ts";
import { isspace } from "../library/string.ts";
import { argumentList } from "../library/text.ts";

const COLUMN_WIDTH = 7;
const BUFFER_BYTES: usize = 4096;
const buffer = memory.data(4096);

class Counts {
  lines: u32 = 0;
  words: u32 = 0;
  bytes: u32 = 0;
}

export function main(argc: i32, argv: usize): i32 {
  const options = parseOptions(argumentList(argc, argv), "lwc", "wc [-lwc] [FILE...]");
  if (options === null) return 2;
  const names = options.names;
  const total = new Counts();
  let status = 0;
  for (let i = 0; i < max<i32>(names.length, 1); i++) {
    const name = names.length == 0 ? "" : names[i];
    const handle = names.length == 0 ? STDIN : open(name);
    const counts = new Counts();
    const result = handle < 0 ? handle : count(handle, counts);
    if (handle > 0) close(handle);
    if (result < 0) {
      complain("wc", name, result);
      status = 1;
      continue;
    }
    show(counts, options, name);
    total.lines += counts.lines;
    total.words += counts.words;
    total.bytes += counts.bytes;
  }
  if (names.length > 1) show(total, options, "total");
  return status;
}

function count(handle: i32, counts: Counts): i32 {
  let isInWord = false;
  let got = read(handle, buffer, BUFFER_BYTES);
  while (got > 0) {
    counts.bytes += got;
    for (let i = 0; i < got; i++) {
      const byte: i32 = load<u8>(buffer + i);
      if (byte == 0x0a) counts.lines++;
      const isBlank = isspace(byte);
      if (!isBlank && !isInWord) counts.words++;
      isInWord = !isBlank;
    }
    got = read(handle, buffer, BUFFER_BYTES);
  }
  return got;
}

function show(counts: Counts, options: Options, name: string): void {
  const all = !options.has("l") && !options.has("w") && !options.has("c");
  const columns: string[] = [];
  if (all || options.has("l")) columns.push(`${counts.lines}`.padStart(COLUMN_WIDTH));
  if (all || options.has("w")) columns.push(`${counts.words}`.padStart(COLUMN_WIDTH));
  if (all || options.has("c")) columns.push(`${counts.bytes}`.padStart(COLUMN_WIDTH));
  if (name != "") columns.push(name);
  puts(columns.join(" "));
}
