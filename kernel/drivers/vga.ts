// The VGA text screen: 80 × 25 cells of a character and its colours, with scroll and the hardware cursor.
// Sources: IBM VGA technical reference: text modes 2 and 3, CRTC registers 0Ah, 0Bh, 0Eh and 0Fh.

import { out8 } from "../platform/pc/instructions.external.ts";

export const COLUMNS: u32 = 80;
export const ROWS: u32 = 25;
const VIDEO_MEMORY: usize = 0xb8000;
const CELL_BYTES: usize = 2;
const ROW_BYTES: usize = (COLUMNS as usize) * CELL_BYTES;
const TAB_COLUMNS: u32 = 8;

const CRTC_INDEX: u32 = 0x3d4;
const CRTC_DATA: u32 = 0x3d5;
const CRTC_CURSOR_START: u32 = 0x0a;
const CRTC_CURSOR_END: u32 = 0x0b;
const CRTC_CURSOR_HIGH: u32 = 0x0e;
const CRTC_CURSOR_LOW: u32 = 0x0f;
const CURSOR_FIRST_LINE: u32 = 14;
const CURSOR_LAST_LINE: u32 = 15;

/** Light grey on black, as the BIOS leaves it. */
export const COLORS_DEFAULT: u8 = 0x07;

let row: u32 = 0;
let column: u32 = 0;
let colors: u8 = 0x07;

export function initializeVga(): void {
  setRegister(CRTC_CURSOR_START, CURSOR_FIRST_LINE); // bit 5 clear: the cursor shows
  setRegister(CRTC_CURSOR_END, CURSOR_LAST_LINE);
  colors = COLORS_DEFAULT;
  clearVga();
}

export function setVgaColors(attribute: u8): void {
  colors = attribute;
}

export function vgaColors(): u8 {
  return colors;
}

/** Fills the screen with blanks in the current colours and goes to its top left. */
export function clearVga(): void {
  fillRows(0, ROWS);
  row = column = 0;
  updateVgaCursor();
}

/** Writes one byte. The cursor follows with updateVgaCursor, since its ports are slow. */
export function writeVga(byte: u8): void {
  if (byte == 0x0a) {
    newLine();
  } else if (byte == 0x0d) {
    column = 0;
  } else if (byte == 0x08) {
    if (column > 0) column--;
  } else if (byte == 0x09) {
    const stop = (column + TAB_COLUMNS) & ~(TAB_COLUMNS - 1);
    while (column < stop && column < COLUMNS) putCell(0x20);
    if (column >= COLUMNS) newLine();
  } else {
    if (column >= COLUMNS) newLine();
    putCell(byte);
  }
}

/** Moves the hardware cursor to where the next character goes. */
export function updateVgaCursor(): void {
  const position = row * COLUMNS + min<u32>(column, COLUMNS - 1);
  setRegister(CRTC_CURSOR_HIGH, position >> 8);
  setRegister(CRTC_CURSOR_LOW, position & 0xff);
}

function putCell(byte: u8): void {
  assert(row < ROWS && column < COLUMNS, "the cursor is off the screen");
  store<u16>(rowAddress(row) + (column as usize) * CELL_BYTES, ((colors as u16) << 8) | (byte as u16));
  column++;
}

function newLine(): void {
  column = 0;
  if (row < ROWS - 1) row++;
  else scroll();
}

function scroll(): void {
  const end = rowAddress(ROWS - 1);
  for (let to = VIDEO_MEMORY; to < end; to += 4) store<u32>(to, load<u32>(to + ROW_BYTES));
  fillRows(ROWS - 1, ROWS);
}

function fillRows(first: u32, end: u32): void {
  const blank = ((colors as u32) << 8) | 0x20;
  const blanks = (blank << 16) | blank;
  const last = rowAddress(end);
  for (let to = rowAddress(first); to < last; to += 4) store<u32>(to, blanks);
}

function rowAddress(index: u32): usize {
  return VIDEO_MEMORY + (index as usize) * ROW_BYTES;
}

function setRegister(index: u32, value: u32): void {
  out8(CRTC_INDEX, index);
  out8(CRTC_DATA, value);
}
