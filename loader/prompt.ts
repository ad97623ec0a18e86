// The command line: one command at a time, until Esc.

import { failure } from "./failure.ts";
import { CHARACTER_BACKSPACE, CHARACTER_ENTER, CHARACTER_ESCAPE, waitForKey } from "./keys.ts";
import { runCommands } from "./run.ts";
import {
  cursorColumn,
  cursorRow,
  goTo,
  PLAIN,
  placeCursor,
  print,
  printByte,
  printText,
  setColour,
  WARNING,
} from "./screen.ts";

const MAX_BYTES: usize = 70;
const line = memory.data(72);

/** Returns when the person wants the menu. */
export function runPrompt(): void {
  while (true) {
    print("boot> ");
    const length = readLine();
    print("\n");
    if (length < 0) return;
    if (runCommands(line, length as usize, 1)) continue;
    setColour(WARNING);
    printText(failure());
    setColour(PLAIN);
    print("\n");
  }
}

/** Reads a line: its length, or −1 after Esc. */
function readLine(): i32 {
  let length: usize = 0;
  while (true) {
    placeCursor();
    const character = waitForKey() as u8;
    if (character == CHARACTER_ENTER) return length as i32;
    if (character == CHARACTER_ESCAPE) return -1;
    if (character == CHARACTER_BACKSPACE) {
      if (length == 0) continue;
      length--;
      goTo(cursorRow(), cursorColumn() - 1);
      print(" ");
      goTo(cursorRow(), cursorColumn() - 1);
    } else if (character >= 0x20 && character < 0x7f && length < MAX_BYTES) {
      store<u8>(line + length++, character);
      printByte(character);
    }
  }
}
