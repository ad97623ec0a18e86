// The kernel's own shell, the monitor: reads a line from the terminal, finds the command, runs it, and again. It has the commands that
// look at the kernel from inside; all that a program can do is a program.

import { Device, findDevice, openDevice, readDevice } from "../device/device.ts";
import { waitForRoot } from "../fs/start.ts";
import { wantsMonitor } from "../options.ts";
import { print, printText } from "../print.ts";
import { copyText } from "../text.ts";
import { splitWords, wordAt } from "../words.ts";
import { addCrashCommand } from "./commands/crash.ts";
import { addFileCommands } from "./commands/files.ts";
import { addMeasureCommand } from "./commands/measure.ts";
import { addPowerCommands } from "./commands/power.ts";
import { addProgramCommands } from "./commands/programs.ts";
import { addScreenCommands } from "./commands/screen.ts";
import { addStressCommand } from "./commands/stress.ts";
import { addThreadsCommand } from "./commands/threads.ts";
import { findCommand } from "./table.ts";
import { runUserShell } from "./userShell.ts";

const PROMPT = "minios> ";
const LINE_BYTES: u32 = 256;

/** A line as the terminal gives it. */
const typed = memory.data(256);

/** The shell thread's function. */
export function runShell(_argument: usize): u32 {
  waitForRoot(); // what comes later would find the heap as it happens to be
  addScreenCommands();
  addFileCommands();
  addThreadsCommand();
  addProgramCommands();
  addMeasureCommand();
  addStressCommand();
  addCrashCommand();
  addPowerCommands();
  if (!wantsMonitor()) runUserShell();
  const terminal = findDevice(copyText("console", typed)) as Device; // registered before the threads run
  openDevice(terminal);
  while (true) {
    print(PROMPT);
    const bytes = readDevice(terminal, typed, LINE_BYTES);
    if (bytes <= 0) continue; // given up by ^C, or the end of the input, which a terminal has not
    store<u8>(typed + bytes - 1, 0); // in the place of the line's end
    runLine(typed);
  }
}

/** Runs the command that `line` names. Its words are changed in place. */
export function runLine(line: usize): void {
  const count = splitWords(line);
  if (count < 0) {
    print("A quote has no end.\n");
    return;
  }
  if (count == 0) return;
  const command = findCommand(wordAt(0));
  if (command !== null) {
    command.run(count);
    return;
  }
  printText(wordAt(0));
  print(": no such command (try help)\n");
}
