// The 8 × 8 font, for 50 rows on the screen: each glyph of the large font with its sixteen rows put together to eight, so that capitals
// have seven rows, small letters five, and what hangs below the line one.

import { font8x16 } from "./font.ts";
import { GLYPH_ROWS } from "./font-art.ts";

export const SMALL_ROWS = 8;

/** The rows of the large glyph that become a row of the small one; without row 10, round bottoms stay round. */
const LETTER_ROWS = [[0, 1, 2], [3], [4, 5], [6], [7, 8], [9], [11], [12, 13, 14, 15]];
/** Blocks must fill their halves exactly. */
const BLOCK_ROWS = Array.from({ length: SMALL_ROWS }, (_, row) => [2 * row]);
/** Shades are patterns, which would run together. */
const SHADE_ROWS = Array.from({ length: SMALL_ROWS }, (_, row) => [row]);

const SHADES = { first: 176, last: 178 };
const BLOCKS = { first: 219, last: 223 };

function rowsFor(code: number): readonly number[][] {
  if (code >= SHADES.first && code <= SHADES.last) return SHADE_ROWS;
  return code >= BLOCKS.first && code <= BLOCKS.last ? BLOCK_ROWS : LETTER_ROWS;
}

/** The font: 256 glyphs of 8 bytes, one byte a row, the leftmost dot in bit 7. */
export function font8x8(): Uint8Array {
  const large = font8x16();
  const small = new Uint8Array(256 * SMALL_ROWS);
  for (let code = 0; code < 256; code++) {
    rowsFor(code).forEach((rows, at) => {
      small[code * SMALL_ROWS + at] = rows.reduce((dots, row) => dots | large[code * GLYPH_ROWS + row], 0);
    });
  }
  return small;
}
