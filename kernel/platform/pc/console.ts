// The PC's console: the VGA text screen and the first serial port, one of them or both, the same text on each.

import { writeScreen } from "../../drivers/ansi.ts";
import {
  eraseScreen,
  initializeScreen,
  moveCursor,
  screenColors,
  screenColumn,
  screenRow,
  setScreenColors,
  updateScreenCursor,
} from "../../drivers/screen.ts";
import { scrollBack } from "../../drivers/scrollback.ts";
import {
  clearSerial,
  drainSerial,
  flushSerial,
  initializeSerial,
  serialIsBusy,
  writeSerial,
} from "../../drivers/serial.ts";
import { COLUMNS, ROWS } from "../../drivers/vga.ts";

let vgaSelected: bool = true;
let serialSelected: bool = true;

export function initializeConsole(): void {
  initializeScreen();
  initializeSerial();
}

/** Chooses which devices show what is written from now on. */
export function selectConsole(vga: bool, serial: bool): void {
  assert(vga || serial, "a console without a device");
  vgaSelected = vga;
  serialSelected = serial;
}

/** Writes one byte: a character, "\n" (new line), "\t", "\r", "\b" (one column back), or a part of an escape sequence (ansi.ts). */
export function writeConsole(byte: u8): void {
  if (vgaSelected) writeScreen(byte);
  if (serialSelected) writeSerial(byte);
}

/** Makes what was written visible; `print` does it once for each text. */
export function flushConsole(): void {
  if (vgaSelected) updateScreenCursor();
  if (serialSelected) flushSerial();
}

/** Waits until all output has left the machine, for those who stop it. */
export function drainConsole(): void {
  flushConsole();
  drainSerial();
}

export function clearConsole(): void {
  if (vgaSelected) {
    moveCursor(0, 0);
    eraseScreen(2);
    updateScreenCursor();
  }
  if (serialSelected) clearSerial();
}

/** The colours of what is written, as a VGA attribute: background in bits 4 to 6, foreground in bits 0 to 3. */
export function setConsoleColors(attribute: u8): void {
  setScreenColors(attribute);
}

export function consoleColors(): u8 {
  return screenColors();
}

/** Where the next character goes. */
export function consoleRow(): u32 {
  return screenRow();
}

export function consoleColumn(): u32 {
  return screenColumn();
}

/** Columns in the high 16 bits, rows in the low. */
export function consoleSize(): u32 {
  return (COLUMNS << 16) | ROWS;
}

/** Looks `rows` further back in what was written, or forward if it is negative. */
export function scrollConsole(rows: i32): void {
  scrollBack(rows);
}

/** Whether so much output waits for the serial line that a thread should wait before it writes more. */
export function consoleIsBusy(): bool {
  return serialSelected && serialIsBusy();
}
