// The shell that people meet is a program, /bin/sh. The kernel starts it, and again when it ends. Where there is none, or none that
// can be loaded, the kernel's own shell is there: the monitor.

import { STAT_BYTES } from "../abi/files.ts";
import { waitForRoot } from "../fs/start.ts";
import { statPath } from "../fs/tree.ts";
import { printLine } from "../print.ts";
import { runOnConsole } from "../process/start.ts";
import { copyText, textLength } from "../text.ts";

const path = memory.data(16);
const words = memory.data(4);
const status = memory.data(4, 4);
const stat = memory.data(STAT_BYTES, 8);

/** Runs the shell as long as there is one. */
export function runUserShell(): void {
  if (!waitForRoot()) return;
  while (statPath(copyText("/bin/sh", path), stat) >= 0) {
    copyText("sh", words);
    if (runOnConsole(path, words, (textLength(words) + 1) as u32, 1, 0, status) < 0) {
      printLine("/bin/sh cannot be run");
      return;
    }
    if (load<u32>(status) != 0) printLine("The shell ended; here is a new one.");
  }
}
