// grep: prints the lines that contain a text. "-i" large and small letters are the same, "-v" the other lines, "-n" with line
// numbers, "-c" only how many. "^" at the pattern's start and "$" at its end hold it to the line's start and end.

import { close, open, STDIN } from "../library/files.ts";
import { LineReader } from "../library/lines.ts";
import { Options, parseOptions, usageError } from "../library/options.ts";
import { complain, printf } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

const USAGE = "grep [-ivnc] PATTERN [FILE...]";

export function main(argc: i32, argv: usize): i32 {
  const options = parseOptions(argumentList(argc, argv), "ivnc", USAGE);
  if (options === null) return 2;
  if (options.names.length == 0) return usageError(USAGE);
  const pattern = options.names[0];
  const names = options.names.slice(1);
  let matches = 0;
  let hasFailed = false;
  if (names.length == 0) matches = search(STDIN, pattern, "", options);
  for (let i = 0; i < names.length; i++) {
    const handle = open(names[i]);
    const result = handle < 0 ? handle : search(handle, pattern, names.length > 1 ? `${names[i]}:` : "", options);
    if (handle > 0) close(handle);
    if (result < 0) {
      complain("grep", names[i], result);
      hasFailed = true;
    } else {
      matches += result;
    }
  }
  return hasFailed ? 2 : matches > 0 ? 0 : 1;
}

/** Prints the matching lines: how many, or a negated error number. */
function search(handle: i32, text: string, prefix: string, options: Options): i32 {
  const isFolded = options.has("i");
  const pattern = isFolded ? text.toLowerCase() : text;
  const reader = new LineReader(handle);
  let number = 0;
  let matches = 0;
  for (let line = reader.next(); line !== null; line = reader.next()) {
    number++;
    if (contains(isFolded ? line.toLowerCase() : line, pattern) == options.has("v")) continue;
    matches++;
    if (options.has("c")) continue;
    if (options.has("n")) printf("%s%d:%s\n", prefix, number, line);
    else printf("%s%s\n", prefix, line);
  }
  if (reader.error < 0) return reader.error;
  if (options.has("c")) printf("%s%d\n", prefix, matches);
  return matches;
}

function contains(line: string, pattern: string): bool {
  const isAtStart = pattern.startsWith("^");
  const isAtEnd = pattern.endsWith("$");
  const text = pattern.substring(isAtStart ? 1 : 0, isAtEnd ? pattern.length - 1 : pattern.length);
  if (isAtStart && isAtEnd) return line == text;
  if (isAtStart) return line.startsWith(text);
  return isAtEnd ? line.endsWith(text) : line.includes(text);
}
