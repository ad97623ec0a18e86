// The VGA in text mode: where its cells are, and its hardware cursor. A cell is a character and, in the high byte, its colours.
// Sources: IBM VGA technical reference: text modes 2 and 3, CRTC registers 0Ah, 0Bh, 0Eh and 0Fh.

import { out8 } from "../platform/pc/instructions.external.ts";

export const COLUMNS: u32 = 80;
export const ROWS: u32 = 25;
export const VIDEO_MEMORY: usize = 0xb8000;
export const CELL_BYTES: usize = 2;
export const ROW_BYTES: usize = (COLUMNS as usize) * CELL_BYTES;
export const SCREEN_BYTES: usize = (ROWS as usize) * ROW_BYTES;

const CRTC_INDEX: u32 = 0x3d4;
const CRTC_DATA: u32 = 0x3d5;
const CRTC_CURSOR_START: u32 = 0x0a;
const CRTC_CURSOR_END: u32 = 0x0b;
const CRTC_CURSOR_HIGH: u32 = 0x0e;
const CRTC_CURSOR_LOW: u32 = 0x0f;
const CURSOR_OFF: u32 = 0x20;
const CURSOR_FIRST_LINE: u32 = 14;
const CURSOR_LAST_LINE: u32 = 15;

/** Shows the hardware cursor as a line below the character, or hides it. */
export function showVgaCursor(isVisible: bool): void {
  setRegister(CRTC_CURSOR_START, isVisible ? CURSOR_FIRST_LINE : CURSOR_OFF);
  setRegister(CRTC_CURSOR_END, CURSOR_LAST_LINE);
}

/** Moves the hardware cursor. Its ports are slow: so not for every character. */
export function moveVgaCursor(row: u32, column: u32): void {
  const position = row * COLUMNS + column;
  setRegister(CRTC_CURSOR_HIGH, position >> 8);
  setRegister(CRTC_CURSOR_LOW, position & 0xff);
}

function setRegister(index: u32, value: u32): void {
  out8(CRTC_INDEX, index);
  out8(CRTC_DATA, value);
}
