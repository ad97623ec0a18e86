// The command run: runs a program from a boot module or a disk, and waits for it.

import { ENDED_BY_FAULT, ENDED_BY_INTERRUPT, ENDED_BY_KILL, SPAWN_FOREGROUND } from "../../abi/processes.ts";
import { print, printLine, printNumber } from "../../print.ts";
import { runOnConsole } from "../../process/start.ts";
import { textLength } from "../../text.ts";
import { wordAt } from "../../words.ts";
import { addCommand } from "../table.ts";

/** The shell's thread is the only one that runs commands. */
const texts = memory.data(256);
const status = memory.data(4, 4);

export function addProgramCommands(): void {
  addCommand("run", "run a program: run NAME ARGUMENT...", run);
}

function run(count: u32): void {
  if (count < 2) {
    printLine("usage: run NAME ARGUMENT...");
    return;
  }
  let bytes: usize = 0;
  for (let i: u32 = 1; i < count; i++) {
    const length = textLength(wordAt(i)) + 1;
    memory.copy(texts + bytes, wordAt(i), length);
    bytes += length;
  }
  const result = runOnConsole(wordAt(1), texts, bytes as u32, count - 1, SPAWN_FOREGROUND, status);
  if (result < 0) printCount("run: error ", -result);
  else printStatus(load<u32>(status));
}

/** Says how a program ended, unless all went well. */
function printStatus(value: u32): void {
  if (value == 0) return;
  if ((value & ENDED_BY_FAULT) != 0) printLine("run: ended by a fault");
  else if ((value & ENDED_BY_KILL) != 0) printLine("run: killed");
  else if ((value & ENDED_BY_INTERRUPT) != 0) printLine("\nrun: interrupted");
  else printCount("run: exit status ", value);
}

function printCount(label: string, value: u32): void {
  print(label);
  printNumber(value);
  print("\n");
}
