// The shell: reads a line, finds the command, runs it, and again.

import { waitForKey } from "../drivers/input.ts";
import { waitForRoot } from "../fs/start.ts";
import { wantsMonitor } from "../options.ts";
import { clearConsole } from "../platform/console.ts";
import { print, printText } from "../print.ts";
import { splitWords, wordAt } from "../words.ts";
import { addCrashCommand } from "./commands/crash.ts";
import { addDeviceCommands } from "./commands/devices.ts";
import { addFileCommands } from "./commands/files.ts";
import { addKeysCommand } from "./commands/keys.ts";
import { addMeasureCommand } from "./commands/measure.ts";
import { addPowerCommands } from "./commands/power.ts";
import { addProgramCommands } from "./commands/programs.ts";
import { addScreenCommands } from "./commands/screen.ts";
import { addStressCommand } from "./commands/stress.ts";
import { addSystemCommands } from "./commands/system.ts";
import { addThreadsCommand } from "./commands/threads.ts";
import { editLine, LineEvent, lineText, redrawLine, startLine } from "./line.ts";
import { findCommand } from "./table.ts";
import { runUserShell } from "./userShell.ts";

const PROMPT = "minios> ";

/** The shell thread's function. */
export function runShell(_argument: usize): u32 {
  waitForRoot(); // what comes later would find the heap as it happens to be
  addScreenCommands();
  addSystemCommands();
  addFileCommands();
  addThreadsCommand();
  addDeviceCommands();
  addProgramCommands();
  addKeysCommand();
  addMeasureCommand();
  addStressCommand();
  addCrashCommand();
  addPowerCommands();
  if (!wantsMonitor()) runUserShell();
  while (true) {
    if (readLine()) runLine(lineText());
  }
}

/** Prompts for a line; false if the user gave it up. */
function readLine(): bool {
  print(PROMPT);
  startLine();
  while (true) {
    switch (editLine(waitForKey() as u16)) {
      case LineEvent.Done:
        return true;
      case LineEvent.Cancelled:
        return false;
      case LineEvent.Clear:
        clearConsole();
        print(PROMPT);
        redrawLine();
        break;
    }
  }
}

/** Runs the command that `line` names. */
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
