// What the person should know of the configuration, one line each: shown under the menu. The first few are kept.

import { copyText, textLength } from "../kernel/text.ts";
import { take } from "./arena.ts";
import { andBytes, andNumber, andText, fail, failure } from "./failure.ts";
import { goTo, printText, setColour, WARNING } from "./screen.ts";

const MAX_NOTES: u32 = 2;
const NOTE_BYTES: usize = 76;
const notes = take(152);
const reason = take(160);
let count: u32 = 0;

/** Notes that at this line of the configuration what the failure says happened. */
export function noteFailure(line: u32): void {
  if (count == MAX_NOTES) return;
  memory.copy(reason, failure(), min<usize>(textLength(failure()) + 1, 160));
  fail("grub.cfg, line ");
  andNumber(line);
  andText(": ");
  andBytes(reason);
  const note = notes + count++ * NOTE_BYTES;
  const length = min<usize>(textLength(failure()), NOTE_BYTES - 1);
  memory.copy(note, failure(), length);
  store<u8>(note + length, 0);
}

export function forgetNotes(): void {
  count = 0;
}

export function noteCount(): u32 {
  return count;
}

export function noteText(index: u32): usize {
  return index < count ? notes + index * NOTE_BYTES : copyText("", reason);
}

/** Prints the notes from the cursor's row down. */
export function printNotes(column: u32): void {
  setColour(WARNING);
  for (let i: u32 = 0; i < count; i++) {
    goTo(19 + i, column);
    printText(notes + i * NOTE_BYTES);
  }
}
