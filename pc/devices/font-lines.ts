// The line-drawing characters and blocks of code page 437 (B0h to DFh), made from a description of their arms.

import { GLYPH_ROWS } from "./font-art.ts";

const WIDTH = 8;

/** Arms of each character from B3h on: left, right, up, down; 1 is a single line, 2 a double one. */
const ARMS = [
  "0011",
  "1011",
  "2011",
  "1022",
  "1002",
  "2001",
  "2022",
  "0022",
  "2002",
  "2020",
  "1020",
  "2010",
  "1001", // B3h │ ┤ ╡ ╢ ╖ ╕ ╣ ║ ╗ ╝ ╜ ╛ ┐
  "0110",
  "1110",
  "1101",
  "0111",
  "1100",
  "1111",
  "0211",
  "0122",
  "0220",
  "0202",
  "2220",
  "2202",
  "0222", // C0h └ ┴ ┬ ├ ─ ┼ ╞ ╟ ╚ ╔ ╩ ╦ ╠
  "2200",
  "2222",
  "2210",
  "1120",
  "2201",
  "1102",
  "0120",
  "0210",
  "0201",
  "0102",
  "1122",
  "2211",
  "1010", // CDh ═ ╬ ╧ ╨ ╤ ╥ ╙ ╘ ╒ ╓ ╫ ╪ ┘
  "0101", // DAh ┌
];
const FIRST = 0xb3;

// The middle of the cell: a single line fills the inner rows or columns, a double one the outer.
const OUTER_LEFT = 2;
const INNER_LEFT = 3;
const INNER_RIGHT = 4;
const OUTER_RIGHT = 5;
const OUTER_TOP = 6;
const INNER_TOP = 7;
const INNER_BOTTOM = 8;
const OUTER_BOTTOM = 9;

class Canvas {
  readonly rows = new Uint8Array(GLYPH_ROWS);

  /** Sets (or clears) the dots of a rectangle, its edges included. */
  fill(left: number, top: number, right: number, bottom: number, on = true): void {
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        if (on) this.rows[y] |= 0x80 >> x;
        else this.rows[y] &= ~(0x80 >> x);
      }
    }
  }
}

/** The glyph of a line-drawing character, or undefined when `code` is none. */
export function lineGlyph(code: number): Uint8Array | undefined {
  const arms = ARMS[code - FIRST];
  if (arms === undefined) return undefined;
  const [left, right, up, down] = Array.from(arms, Number);
  const canvas = new Canvas();
  const across = Math.max(left, right);
  const along = Math.max(up, down);
  if (across === 2 && along === 2) doubleLines(canvas, left, right, up, down);
  else {
    // Where a single line meets a double one: through it, up to its near line, or to the far one at a corner.
    const farX = left && right ? OUTER_LEFT : OUTER_RIGHT;
    const farY = up && down ? OUTER_TOP : OUTER_BOTTOM;
    const endX = along === 2 && !(left && right) ? (up && down ? OUTER_LEFT : farX) : INNER_RIGHT;
    const endY = across === 2 && !(up && down) ? (left && right ? OUTER_TOP : farY) : INNER_BOTTOM;
    if (left) horizontal(canvas, left, 0, endX);
    if (right) horizontal(canvas, right, WIDTH - 1 - endX, WIDTH - 1);
    if (up) vertical(canvas, up, 0, endY);
    if (down) vertical(canvas, down, GLYPH_ROWS - 1 - endY, GLYPH_ROWS - 1);
  }
  return canvas.rows;
}

function horizontal(canvas: Canvas, kind: number, from: number, to: number): void {
  if (kind === 1) canvas.fill(from, INNER_TOP, to, INNER_BOTTOM);
  else {
    canvas.fill(from, OUTER_TOP, to, OUTER_TOP);
    canvas.fill(from, OUTER_BOTTOM, to, OUTER_BOTTOM);
  }
}

function vertical(canvas: Canvas, kind: number, from: number, to: number): void {
  if (kind === 1) canvas.fill(INNER_LEFT, from, INNER_RIGHT, to);
  else {
    canvas.fill(OUTER_LEFT, from, OUTER_LEFT, to);
    canvas.fill(OUTER_RIGHT, from, OUTER_RIGHT, to);
  }
}

/** Double lines only: broad bars whose inside is cut out again, which leaves the outline of the crossing. */
function doubleLines(canvas: Canvas, left: number, right: number, up: number, down: number): void {
  const bars = (west: number, north: number, east: number, south: number, on: boolean): void => {
    if (left) canvas.fill(0, north, east, south, on);
    if (right) canvas.fill(west, north, WIDTH - 1, south, on);
    if (up) canvas.fill(west, 0, east, south, on);
    if (down) canvas.fill(west, north, east, GLYPH_ROWS - 1, on);
  };
  bars(OUTER_LEFT, OUTER_TOP, OUTER_RIGHT, OUTER_BOTTOM, true);
  bars(INNER_LEFT, INNER_TOP, INNER_RIGHT, INNER_BOTTOM, false);
}

/** The glyph of a shade or block (B0h..B2h, DBh..DFh), or undefined when `code` is none. */
export function blockGlyph(code: number): Uint8Array | undefined {
  const canvas = new Canvas();
  const half = GLYPH_ROWS / 2;
  switch (code) {
    case 0xb0: // a quarter of the dots
      return canvas.rows.map((_, y) => (y % 2 ? 0x88 : 0x22));
    case 0xb1: // half
      return canvas.rows.map((_, y) => (y % 2 ? 0xaa : 0x55));
    case 0xb2: // three quarters
      return canvas.rows.map((_, y) => (y % 2 ? 0x77 : 0xdd));
    case 0xdb:
      canvas.fill(0, 0, WIDTH - 1, GLYPH_ROWS - 1);
      return canvas.rows;
    case 0xdc:
      canvas.fill(0, half, WIDTH - 1, GLYPH_ROWS - 1);
      return canvas.rows;
    case 0xdd:
      canvas.fill(0, 0, WIDTH / 2 - 1, GLYPH_ROWS - 1);
      return canvas.rows;
    case 0xde:
      canvas.fill(WIDTH / 2, 0, WIDTH - 1, GLYPH_ROWS - 1);
      return canvas.rows;
    case 0xdf:
      canvas.fill(0, 0, WIDTH - 1, half - 1);
      return canvas.rows;
    default:
      return undefined;
  }
}
