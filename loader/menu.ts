// The menu: entries one under the other, of which one is chosen; a countdown that any key stops.

import { waitForInterrupt } from "./assembly.external.ts";
import { readTicks, showCursor } from "./bios.ts";
import { entryCount, entryTitle } from "./entries.ts";
import { CHARACTER_ENTER, isInputWaiting, KEY_DOWN, KEY_END, KEY_HOME, KEY_UP, waitForKey } from "./keys.ts";
import { printNotes } from "./notes.ts";
import {
  BRIGHT,
  CHOSEN,
  clearRow,
  clearScreen,
  DIM,
  goTo,
  PLAIN,
  print,
  printNumber,
  printText,
  ROWS,
  setColour,
} from "./screen.ts";
import { rootName } from "./volume.ts";

const TITLE_ROW: u32 = 1;
const FIRST_ROW: u32 = 4;
const LAST_ROW: u32 = 17;
const NOTES_ROW: u32 = 19;
const COUNT_ROW: u32 = ROWS - 4;
const HELP_ROW: u32 = ROWS - 2;
const LEFT: u32 = 4;
const WIDTH: u32 = 72;
const TICKS_A_DAY: u32 = 0x1800b0;

// What the person wants done with the chosen entry.
export const BOOT: u32 = 0;
export const EDIT: u32 = 1;
export const COMMANDS: u32 = 2;

let chosen: u32 = 0;
let top: u32 = 0;
const nameBuffer = memory.data(16);

export function chosenEntry(): u32 {
  return chosen;
}

export function chooseEntry(index: u32): void {
  chosen = min<u32>(index, entryCount() - 1);
}

/** Shows the menu until the person has decided, or the countdown of `seconds` (negative: none) is over; what to do. */
export function runMenu(seconds: i32): u32 {
  draw();
  showCursor(false);
  let choice: u32 = BOOT;
  if (seconds < 0 || !countDown(seconds as u32)) choice = letChoose();
  showCursor(true);
  return choice;
}

function letChoose(): u32 {
  while (true) {
    const key = waitForKey();
    const letter = (key as u8) | 0x20;
    if ((key as u8) == CHARACTER_ENTER) return BOOT;
    if (letter == 0x65) return EDIT;
    if (letter == 0x63) return COMMANDS;
    const last = entryCount() - 1;
    if (key == KEY_UP && chosen > 0) chosen--;
    else if (key == KEY_DOWN && chosen < last) chosen++;
    else if (key == KEY_HOME) chosen = 0;
    else if (key == KEY_END) chosen = last;
    drawEntries();
  }
}

function draw(): void {
  clearScreen();
  goTo(TITLE_ROW, LEFT);
  setColour(BRIGHT);
  print("MiniOS");
  setColour(DIM);
  print("  boot menu of (");
  printText(rootName(nameBuffer));
  print(")");
  drawEntries();
  goTo(NOTES_ROW, LEFT);
  printNotes(LEFT);
  setColour(DIM);
  goTo(HELP_ROW, LEFT);
  print("Up Down  choose     Enter  boot     e  edit     c  command line");
  setColour(PLAIN);
}

function drawEntries(): void {
  const rows = LAST_ROW - FIRST_ROW + 1;
  if (chosen < top) top = chosen;
  if (chosen >= top + rows) top = chosen - rows + 1;
  for (let i: u32 = 0; i < rows; i++) {
    const index = top + i;
    setColour(PLAIN);
    clearRow(FIRST_ROW + i);
    if (index >= entryCount()) continue;
    setColour(index == chosen ? CHOSEN : PLAIN);
    goTo(FIRST_ROW + i, LEFT);
    for (let column: u32 = 0; column < WIDTH; column++) print(" ");
    goTo(FIRST_ROW + i, LEFT);
    print(index == chosen ? " > " : "   ");
    printText(entryTitle(index), WIDTH - 4);
  }
  setColour(PLAIN);
}

/** Whether the time is over; false when a key was pressed, which waits to be read. */
function countDown(seconds: u32): bool {
  let ticks: u32 = readTicks();
  // 1193182 / 65536 ticks a second.
  let left: u32 = min<u32>(seconds, 0xffffff / 18) * 18 + seconds / 5;
  let shown: u32 = 0xffffffff;
  let isStopped = isInputWaiting();
  while (left > 0 && !isStopped) {
    const now = readTicks();
    const passed = now >= ticks ? now - ticks : now + TICKS_A_DAY - ticks;
    ticks = now;
    left -= min<u32>(left, passed);
    const second = (left + 17) / 18;
    if (second != shown && left > 0) {
      shown = second;
      goTo(COUNT_ROW, LEFT);
      print("Starts in ");
      printNumber(min<u32>(second, seconds));
      print(" s  ");
    }
    isStopped = isInputWaiting();
    if (!isStopped && left > 0) waitForInterrupt();
  }
  clearRow(COUNT_ROW);
  return !isStopped;
}
