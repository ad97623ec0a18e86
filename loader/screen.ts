// The screen: 80 by 25 characters of text memory, and a cursor that prints. Colours are VGA attributes. A serial line may show the same.

import { moveCursor } from "./bios.ts";
import { mirrorByte, mirrorClear, mirrorClearRow, mirrorCursor, mirrorScroll } from "./serial.ts";

export const ROWS: u32 = 25;
export const COLUMNS: u32 = 80;
const TEXT_MEMORY: usize = 0xb8000;
const ROW_BYTES: usize = 160;
const BLANK: u16 = 0x20;

export const PLAIN: u8 = 0x07;
export const BRIGHT: u8 = 0x0f;
export const DIM: u8 = 0x08;
/** White on blue: what is chosen. */
export const CHOSEN: u8 = 0x1f;
export const WARNING: u8 = 0x0e;

let row: u32 = 0;
let column: u32 = 0;
let colour: u8 = PLAIN;

export function setColour(to: u8): void {
  colour = to;
}

export function clearScreen(): void {
  colour = PLAIN;
  for (let i: u32 = 0; i < ROWS; i++) blankRow(i);
  mirrorClear();
  goTo(0, 0);
}

/** Fills a row with blanks of the present colour. */
export function clearRow(index: u32): void {
  blankRow(index);
  mirrorClearRow(index);
}

function blankRow(index: u32): void {
  const start = TEXT_MEMORY + index * ROW_BYTES;
  for (let at = start; at < start + ROW_BYTES; at += 2) store<u16>(at, BLANK | ((colour as u16) << 8));
}

export function goTo(toRow: u32, toColumn: u32): void {
  row = toRow;
  column = toColumn;
}

/** Puts the blinking cursor where the next character will be. */
export function placeCursor(): void {
  moveCursor(row, min<u32>(column, COLUMNS - 1));
  mirrorCursor(row, min<u32>(column, COLUMNS - 1));
}

export function printByte(byte: u8): void {
  if (byte == 0x0a) {
    newLine();
    return;
  }
  if (byte == 0x0d) return;
  if (column == COLUMNS) newLine();
  store<u16>(TEXT_MEMORY + row * ROW_BYTES + column * 2, (byte as u16) | ((colour as u16) << 8));
  mirrorByte(row, column, byte, colour);
  column++;
}

export function print(text: string): void {
  for (let i = 0; i < text.length; i++) printByte(text.charCodeAt(i) as u8);
}

/** Prints the NUL-terminated text, at most `limit` characters of it. */
export function printText(text: usize, limit: u32 = 0xffffffff): void {
  let left = limit;
  for (let at = text; load<u8>(at) != 0 && left > 0; at++, left--) printByte(load<u8>(at));
}

export function printNumber(value: u32): void {
  if (value >= 10) printTens(value);
  printByte((0x30 + (value % 10)) as u8);
}

/** All digits but the last, from the left. */
function printTens(value: u32): void {
  let power: u32 = 10;
  while (value / power >= 10) power *= 10;
  for (; power >= 10; power /= 10) printByte((0x30 + ((value / power) % 10)) as u8);
}

/** A line of a directory's list. */
export function showName(name: usize, isDirectory: bool, bytes: u32): void {
  print("  ");
  printText(name);
  if (isDirectory) print("/");
  else {
    print("  ");
    printNumber(bytes);
  }
  newLine();
}

function newLine(): void {
  column = 0;
  if (row < ROWS - 1) {
    row++;
    return;
  }
  memory.copy(TEXT_MEMORY, TEXT_MEMORY + ROW_BYTES, ROW_BYTES * (ROWS - 1));
  blankRow(ROWS - 1);
  mirrorScroll(ROWS - 1);
}

export function cursorRow(): u32 {
  return row;
}

export function cursorColumn(): u32 {
  return column;
}
