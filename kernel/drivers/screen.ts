// The screen as a terminal has it: a cursor, the colours of what comes next, a region that scrolls, and cells to insert,
// delete and erase. What leaves at the top goes to the scrollback. ansi.ts turns bytes into calls of these functions.
// Rows and columns count from 0; the column may be COLUMNS, just behind the last: the next character begins a new row.

import { endScrollback, keepRow } from "./scrollback.ts";
import {
  CELL_BYTES,
  COLUMNS,
  moveVgaCursor,
  ROW_BYTES,
  ROWS,
  SCREEN_BYTES,
  showVgaCursor,
  VIDEO_MEMORY,
} from "./vga.ts";

const TAB_COLUMNS: u32 = 8;
const BLANK: u32 = 0x20;
/** Light grey on black, as the BIOS leaves it. */
export const COLORS_DEFAULT: u8 = 0x07;

let row: u32 = 0;
let column: u32 = 0;
let colors: u8 = COLORS_DEFAULT;
/** The rows that scroll: `top` up to but not including `bottom`. */
let top: u32 = 0;
let bottom: u32 = ROWS;
let savedRow: u32 = 0;
let savedColumn: u32 = 0;
let savedColors: u8 = COLORS_DEFAULT;

/** Clears everything and goes back to how a terminal starts. */
export function initializeScreen(): void {
  colors = savedColors = COLORS_DEFAULT;
  savedRow = savedColumn = 0;
  top = 0;
  bottom = ROWS;
  showVgaCursor(true);
  eraseRows(0, ROWS);
  row = column = 0;
  updateScreenCursor();
}

export function screenRow(): u32 {
  return row;
}

export function screenColumn(): u32 {
  return min<u32>(column, COLUMNS - 1);
}

/** The colours of what is written: background in bits 4 to 6, foreground in bits 0 to 3. */
export function screenColors(): u8 {
  return colors;
}

export function setScreenColors(attribute: u8): void {
  colors = attribute;
}

/** Shows the hardware cursor where the next character goes. */
export function updateScreenCursor(): void {
  endScrollback();
  moveVgaCursor(row, screenColumn());
}

export function putCharacter(byte: u8): void {
  if (column >= COLUMNS) {
    column = 0;
    lineFeed();
  }
  store<u16>(cellAddress(row, column), ((colors as u16) << 8) | (byte as u16));
  column++;
}

/** One row down; at the bottom of the region its rows move up. */
export function lineFeed(): void {
  if (row == bottom - 1) scrollUp(top, 1);
  else if (row < ROWS - 1) row++;
}

/** One row up; at the top of the region its rows move down. */
export function reverseLineFeed(): void {
  if (row == top) scrollDown(top, 1);
  else if (row > 0) row--;
}

export function carriageReturn(): void {
  column = 0;
}

export function backspace(): void {
  if (column > 0) column--;
}

/** Blanks up to the next multiple of eight columns. */
export function tab(): void {
  const stop = (column + TAB_COLUMNS) & ~(TAB_COLUMNS - 1);
  while (column < stop && column < COLUMNS) putCharacter(BLANK as u8);
  if (column >= COLUMNS) {
    column = 0;
    lineFeed();
  }
}

/** Moves the cursor, as far as the screen goes. */
export function moveCursor(toRow: i32, toColumn: i32): void {
  row = max<i32>(0, min<i32>(toRow, ROWS - 1));
  column = max<i32>(0, min<i32>(toColumn, COLUMNS - 1));
}

export function saveCursor(): void {
  savedRow = row;
  savedColumn = column;
  savedColors = colors;
}

export function restoreCursor(): void {
  row = savedRow;
  column = savedColumn;
  colors = savedColors;
}

/** Rows `first` up to `end` scroll from now on; the cursor goes to the top left. */
export function setScrollRegion(first: u32, end: u32): void {
  if (end > ROWS || first + 1 >= end) return;
  top = first;
  bottom = end;
  row = column = 0;
}

/** Erases from the cursor to the end of the screen (0), from its start to the cursor (1), or all of it (2). */
export function eraseScreen(part: u32): void {
  eraseLine(part);
  if (part != 1) eraseRows(row + 1, ROWS);
  if (part != 0) eraseRows(0, row);
}

/** The same within the cursor's row. */
export function eraseLine(part: u32): void {
  const at = screenColumn();
  if (part == 0) eraseCells(row, at, COLUMNS);
  else eraseCells(row, 0, part == 1 ? at + 1 : COLUMNS);
}

/** Blanks `count` cells from the cursor on. */
export function eraseCharacters(count: u32): void {
  const at = screenColumn();
  eraseCells(row, at, at + min<u32>(count, COLUMNS - at));
}

/** Moves the rest of the row right or left by `count` cells, at the cursor. */
export function insertCharacters(count: u32): void {
  const at = screenColumn();
  const moved = min<u32>(count, COLUMNS - at);
  memory.copy(cellAddress(row, at + moved), cellAddress(row, at), ((COLUMNS - at - moved) as usize) * CELL_BYTES);
  eraseCells(row, at, at + moved);
}

export function deleteCharacters(count: u32): void {
  const at = screenColumn();
  const moved = min<u32>(count, COLUMNS - at);
  memory.copy(cellAddress(row, at), cellAddress(row, at + moved), ((COLUMNS - at - moved) as usize) * CELL_BYTES);
  eraseCells(row, COLUMNS - moved, COLUMNS);
}

/** Moves the region's rows from the cursor's on down or up, if the cursor is in it. */
export function insertLines(count: u32): void {
  if (row >= top && row < bottom) scrollDown(row, count);
}

export function deleteLines(count: u32): void {
  if (row >= top && row < bottom) scrollRows(row, count);
}

/** Moves the whole region. */
export function scrollRegionUp(count: u32): void {
  scrollUp(top, count);
}

export function scrollRegionDown(count: u32): void {
  scrollDown(top, count);
}

/** Moves the rows from `first` to the region's end up; what leaves the screen at its top is kept for the scrollback. */
function scrollUp(first: u32, count: u32): void {
  if (first == 0) {
    for (let i: u32 = 0; i < min<u32>(count, bottom); i++) keepRow(cellAddress(i, 0));
  }
  scrollRows(first, count);
}

function scrollRows(first: u32, count: u32): void {
  const moved = min<u32>(count, bottom - first);
  memory.copy(cellAddress(first, 0), cellAddress(first + moved, 0), ((bottom - first - moved) as usize) * ROW_BYTES);
  eraseRows(bottom - moved, bottom);
}

function scrollDown(first: u32, count: u32): void {
  const moved = min<u32>(count, bottom - first);
  memory.copy(cellAddress(first + moved, 0), cellAddress(first, 0), ((bottom - first - moved) as usize) * ROW_BYTES);
  eraseRows(first, first + moved);
}

function eraseRows(first: u32, end: u32): void {
  const blank = ((colors as u32) << 8) | BLANK;
  const blanks = (blank << 16) | blank;
  const last = VIDEO_MEMORY + min<usize>((end as usize) * ROW_BYTES, SCREEN_BYTES);
  for (let to = VIDEO_MEMORY + (first as usize) * ROW_BYTES; to < last; to += 4) store<u32>(to, blanks);
}

function eraseCells(ofRow: u32, first: u32, end: u32): void {
  const blank = ((colors as u32) << 8) | BLANK;
  for (let i = first; i < end; i++) store<u16>(cellAddress(ofRow, i), blank as u16);
}

function cellAddress(ofRow: u32, ofColumn: u32): usize {
  return VIDEO_MEMORY + (ofRow as usize) * ROW_BYTES + (ofColumn as usize) * CELL_BYTES;
}
