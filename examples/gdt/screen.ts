// Text on the screen. The screen is memory, at B8000h: 25 rows of 80 characters. A character is two bytes: its code, then its colours.

export const SCREEN: usize = 0xb8000;
const COLUMNS: u32 = 80;
const ROWS: u32 = 25;
const GREY: u32 = 0x0700;
const LINE_FEED: u32 = 10;

/** Where the next character goes. */
let place: u32 = 0;

export function clearScreen(): void {
  for (let i: u32 = 0; i < COLUMNS * ROWS; i++) setCell(i, GREY | 32);
  place = 0;
}

export function print(text: string): void {
  for (let i = 0; i < text.length; i++) put(text.charCodeAt(i));
}

/** A number in hexadecimal, with so many digits. */
export function printHex(value: u32, digits: u32): void {
  for (let shift = 4 * (digits as i32) - 4; shift >= 0; shift -= 4) {
    const digit = (value >> shift) & 15;
    put(digit < 10 ? 48 + digit : 87 + digit); // "0" and "a" - 10
  }
}

/** One character; 10 is the end of a line. What does not fit is lost. */
export function put(code: u32): void {
  if (code === LINE_FEED) place += COLUMNS - (place % COLUMNS);
  else if (place < COLUMNS * ROWS) setCell(place++, GREY | (code & 0xff));
}

/** @param cell code and colours of the character at a place, counted from the top left corner */
export function setCell(at: u32, cell: u32): void {
  store<u16>(SCREEN + 2 * (at as usize), cell as u16);
}
