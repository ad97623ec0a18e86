// The command run: starts a program that the boot loader brought as a module, and waits for it.

import { ENDED_BY_FAULT, ENDED_BY_KILL, SPAWN_FOREGROUND } from "../../abi/processes.ts";
import { closeFile, File } from "../../fs/file.ts";
import { print, printLine, printNumber, printText } from "../../print.ts";
import { openModule } from "../../process/bootModules.ts";
import { openConsole } from "../../process/consoleFile.ts";
import { kernelProcess, spawnProcess, waitForChild } from "../../process/process.ts";
import { textLength } from "../../text.ts";
import { wordAt } from "../../words.ts";
import { addCommand } from "../table.ts";

const texts = memory.data(256);
const status = memory.data(4, 4);

export function addProgramCommands(): void {
  addCommand("run", "run a program that the boot loader brought: run NAME ARGUMENT...", run);
}

function run(count: u32): void {
  if (count < 2) {
    printLine("usage: run NAME ARGUMENT...");
    return;
  }
  const name = wordAt(1);
  const file = openModule(name);
  if (file === null) {
    print("run: no module is called ");
    printText(name);
    print("\n");
    return;
  }
  const console = openConsole();
  let bytes: usize = 0;
  for (let i: u32 = 1; i < count; i++) {
    const length = textLength(wordAt(i)) + 1;
    memory.copy(texts + bytes, wordAt(i), length);
    bytes += length;
  }
  const parent = kernelProcess();
  const id = spawnProcess(parent, file, name, texts, bytes as u32, count - 1, null, console, console, SPAWN_FOREGROUND);
  if (console !== null) closeFile(console as File);
  if (id < 0) {
    print("run: error ");
    printNumber(-id);
    print("\n");
    return;
  }
  waitForChild(parent, id, 0, status);
  const result = load<u32>(status);
  if (result == 0) return;
  if ((result & ENDED_BY_FAULT) != 0) printLine("run: ended by a fault");
  else if ((result & ENDED_BY_KILL) != 0) printLine("run: killed");
  else {
    print("run: exit status ");
    printNumber(result);
    print("\n");
  }
}
