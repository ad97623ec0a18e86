// help: what commands there are, and with a name how that one is used: the text is /etc/help, a line for each command,
// "name   use   what it does", with two blanks between the parts.

import { STDERR } from "../../kernel/abi/processes.ts";
import { close, open } from "../library/files.ts";
import { LineReader } from "../library/lines.ts";
import { complain, fprintf, print, printf } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

const FILE = "/etc/help";
const NAME_COLUMNS = 10;
const SEPARATOR = " | ";

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  const handle = open(FILE);
  if (handle < 0) {
    complain("help", FILE, handle);
    return 1;
  }
  const lines = new LineReader(handle).all();
  close(handle);
  if (words.length < 2) {
    for (let i = 0; i < lines.length; i++) showShort(lines[i].split(SEPARATOR));
    print('Try "help NAME" for how a command is used. Tab completes, arrows recall lines.\n');
    return 0;
  }
  for (let i = 0; i < lines.length; i++) {
    const parts = lines[i].split(SEPARATOR);
    if (parts.length != 3 || parts[0] != words[1]) continue;
    printf("%s: %s\nusage: %s\n", parts[0], parts[2], parts[1]);
    return 0;
  }
  fprintf(STDERR, "help: %s: no such command\n", words[1]);
  return 1;
}

/** A heading stands alone in its line. */
function showShort(parts: string[]): void {
  if (parts.length != 3) printf("%s\n", parts[0]);
  else printf("  %s%s\n", parts[0].padEnd(NAME_COLUMNS), parts[2]);
}
