// What head and tail have in common: a number of lines of each file, or of the input.

import { close, open, STDIN } from "./files.ts";
import { numberOf, parseOptions, usageError } from "./options.ts";
import { complain, printf } from "./stdio.ts";
import { argumentList } from "./text.ts";

/** The main of a program that shows `count` lines of a handle: `show` returns 0 or a negated error number. */
export function showEnds(argc: i32, argv: usize, show: (handle: i32, count: i32) => i32): i32 {
  const words = argumentList(argc, argv);
  const program = words[0];
  const usage = `${program} [-n LINES] [FILE...]`;
  const options = parseOptions(words, "n:", usage);
  if (options === null) return 2;
  const count = numberOf(options.value("n", "10"));
  if (count < 0) return usageError(usage);
  const names = options.names;
  if (names.length == 0) return show(STDIN, count) < 0 ? 1 : 0;
  let status = 0;
  for (let i = 0; i < names.length; i++) {
    const handle = open(names[i]);
    if (names.length > 1) printf("%s==> %s <==\n", i > 0 ? "\n" : "", names[i]);
    const result = handle < 0 ? handle : show(handle, count);
    if (handle > 0) close(handle);
    if (result < 0) {
      complain(program, names[i], result);
      status = 1;
    }
  }
  return status;
}
