// The text screen. It is memory, at B8000h: 25 rows of 80 characters. A character is two bytes: its code, then its colours
// (background in the high four bits, foreground in the low four).

const SCREEN: usize = 0xb8000;
const COLUMNS: u32 = 80;
const ROWS: u32 = 25;
const ROW_BYTES: usize = 160;
const BLANK: u16 = 0x0720;

export const GREY: u32 = 0x07;
export const GREEN: u32 = 0x0a;
export const RED: u32 = 0x0c;

// Where the next character goes.
let row: u32 = 0;
let column: u32 = 0;

export function clearScreen(): void {
  // store<u16>(address, value) writes 16 bits of memory. A kernel may write anywhere: take care where.
  for (let i: usize = 0; i < COLUMNS * ROWS; i++) store<u16>(SCREEN + 2 * i, BLANK);
  row = 0;
  column = 0;
}

/** Shows one character; 10 is the end of a line. */
export function putOnScreen(code: u32, colours: u32): void {
  if (code !== 10) {
    store<u16>(SCREEN + row * ROW_BYTES + 2 * column, ((colours << 8) | code) as u16);
    column++;
  }
  if (code === 10 || column === COLUMNS) {
    column = 0;
    row++;
  }
  if (row === ROWS) scroll();
}

/** Moves everything one row up. */
function scroll(): void {
  const lastRow = SCREEN + (ROWS - 1) * ROW_BYTES;
  memory.copy(SCREEN, SCREEN + ROW_BYTES, (ROWS - 1) * ROW_BYTES);
  for (let i: usize = 0; i < COLUMNS; i++) store<u16>(lastRow + 2 * i, BLANK);
  row = ROWS - 1;
}
