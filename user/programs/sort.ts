// sort: prints the lines of files or of the input in order. "-r" backwards, "-n" by the number at the start, "-u" equal ones once.

import { close, open, STDIN } from "../library/files.ts";
import { LineReader } from "../library/lines.ts";
import { parseOptions } from "../library/options.ts";
import { complain, puts } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

export function main(argc: i32, argv: usize): i32 {
  const options = parseOptions(argumentList(argc, argv), "rnu", "sort [-rnu] [FILE...]");
  if (options === null) return 2;
  const names = options.names;
  let lines: string[] = [];
  if (names.length == 0) lines = new LineReader(STDIN).all();
  let status = 0;
  for (let i = 0; i < names.length; i++) {
    const handle = open(names[i]);
    let result = handle;
    if (handle >= 0) {
      const reader = new LineReader(handle);
      lines = lines.concat(reader.all());
      result = reader.error;
      close(handle);
    }
    if (result < 0) {
      complain("sort", names[i], result);
      status = 1;
    }
  }
  if (options.has("n")) lines.sort(byNumber);
  else lines.sort(byText);
  if (options.has("r")) lines.reverse();
  for (let i = 0; i < lines.length; i++) {
    if (!options.has("u") || i == 0 || lines[i] != lines[i - 1]) puts(lines[i]);
  }
  return status;
}

function byText(a: string, b: string): i32 {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byNumber(a: string, b: string): i32 {
  const first = leadingNumber(a);
  const second = leadingNumber(b);
  return first < second ? -1 : first > second ? 1 : byText(a, b);
}

/** The number that a line starts with, after blanks; 0 if there is none. */
function leadingNumber(line: string): i64 {
  const text = line.trimStart();
  const isNegative = text.startsWith("-");
  let value: i64 = 0;
  for (let i = isNegative ? 1 : 0; i < text.length && i < 18; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return isNegative ? -value : value;
}
