// The console font: all 256 glyphs of code page 437 in 8 × 16 dots, our own. ASCII and signs are drawn (font-ascii.ts,
// font-symbols.ts), lines and blocks are made by rule (font-lines.ts), letters with accents are put together here.

import { GLYPH_ROWS } from "./font-art.ts";
import { ASCII_GLYPHS } from "./font-ascii.ts";
import { blockGlyph, lineGlyph } from "./font-lines.ts";
import { SYMBOL_GLYPHS } from "./font-symbols.ts";

/** Accents for small letters, from row 1 down; the letter begins in row 5. */
const ACCENTS: Record<string, string[]> = {
  acute: ["....##..", "...##...", "..##...."],
  grave: [".##.....", "..##....", "...##..."],
  circumflex: ["...#....", "..###...", ".##.##.."],
  diaeresis: ["........", ".##.##..", ".##.##.."],
  ring: ["..###...", "..#.#...", "..###..."],
  tilde: ["........", ".###.##.", "##.###.."],
  /** Those of capitals are flat and go to the top. */
  acuteCapital: ["...##...", "..##...."],
  diaeresisCapital: [".##.##..", ".##.##.."],
  ringCapital: ["..###...", "..#.#..."],
  tildeCapital: [".###.##.", "##.###.."],
};

/** Row in which an accent begins. */
const ACCENT_ROW = 1;

const CEDILLA = ["...##...", "....##..", "..###..."];
const CEDILLA_ROW = 12;

/** Code of a composed letter: base letter and accent. */
const COMPOSED: Record<number, [base: string, accent: string]> = {
  128: ["C", "cedilla"],
  129: ["u", "diaeresis"],
  130: ["e", "acute"],
  131: ["a", "circumflex"],
  132: ["a", "diaeresis"],
  133: ["a", "grave"],
  134: ["a", "ring"],
  135: ["c", "cedilla"],
  136: ["e", "circumflex"],
  137: ["e", "diaeresis"],
  138: ["e", "grave"],
  139: ["i", "diaeresis"],
  140: ["i", "circumflex"],
  141: ["i", "grave"],
  142: ["A", "diaeresis"],
  143: ["A", "ring"],
  144: ["E", "acute"],
  147: ["o", "circumflex"],
  148: ["o", "diaeresis"],
  149: ["o", "grave"],
  150: ["u", "circumflex"],
  151: ["u", "grave"],
  152: ["y", "diaeresis"],
  153: ["O", "diaeresis"],
  154: ["U", "diaeresis"],
  160: ["a", "acute"],
  161: ["i", "acute"],
  162: ["o", "acute"],
  163: ["u", "acute"],
  164: ["n", "tilde"],
  165: ["N", "tilde"],
};

function row(dots: string): number {
  return Number.parseInt(dots.replaceAll(".", "0").replaceAll("#", "1"), 2);
}

function drawn(code: number): Uint8Array {
  const glyph = ASCII_GLYPHS.get(code) ?? SYMBOL_GLYPHS.get(code);
  if (glyph === undefined) throw new RangeError(`font: no glyph ${code.toString(16)}h`);
  return glyph.slice();
}

function mapRows(glyph: Uint8Array, change: (dots: number, row: number) => number): Uint8Array {
  return glyph.map((dots, at) => change(dots, at) & 0xff);
}

function mirrored(glyph: Uint8Array): Uint8Array {
  return mapRows(glyph, (dots) => {
    let out = 0;
    for (let bit = 0; bit < 8; bit++) if ((dots >> bit) & 1) out |= 0x80 >> bit;
    return out;
  });
}

/** Upside down within rows `first` to `last`. */
function flipped(glyph: Uint8Array, first: number, last: number): Uint8Array {
  return mapRows(glyph, (dots, at) => (at < first || at > last ? dots : glyph[first + last - at]));
}

function inverse(glyph: Uint8Array): Uint8Array {
  return mapRows(glyph, (dots) => ~dots);
}

function compose(base: string, accent: string): Uint8Array {
  let glyph = drawn(base.charCodeAt(0));
  if (accent === "cedilla") {
    CEDILLA.forEach((dots, i) => {
      glyph[CEDILLA_ROW + i] = row(dots);
    });
    return glyph;
  }
  const capital = base >= "A" && base <= "Z";
  if (capital) glyph = lowerCapital(glyph);
  else if (base === "i") glyph = mapRows(glyph, (dots, at) => (at < 5 ? 0 : dots));
  const rows = ACCENTS[capital ? `${accent}Capital` : accent];
  rows.forEach((dots, i) => {
    glyph[i + (capital ? 0 : ACCENT_ROW)] |= row(dots);
  });
  return glyph;
}

/** A capital one row shorter, so that an accent has room above: of its first two equal rows one goes. */
function lowerCapital(glyph: Uint8Array): Uint8Array {
  let twin = 3;
  while (twin < 11 && glyph[twin] !== glyph[twin - 1]) twin++;
  return mapRows(glyph, (dots, at) => (at > twin ? dots : at > 2 ? glyph[at - 1] : 0));
}

/** What a rule makes of a drawn glyph. */
const DERIVED: Record<number, () => Uint8Array> = {
  // The dark face: the light one filled, its eyes and mouth left open.
  2: () => {
    const face = drawn(1);
    const inside = [0, 0, 0, 0x7e, 0xff, 0xdb, 0xff, 0xff, 0xdb, 0xe7, 0xff, 0x7e, 0, 0, 0, 0];
    return mapRows(face, (_dots, at) => inside[at]);
  },
  8: () => inverse(drawn(0x07)),
  10: () => inverse(drawn(0x09)),
  17: () => mirrored(mapRows(drawn(0x10), (dots) => dots >> 1)),
  23: () => mapRows(drawn(0x12), (dots, at) => (at === 13 ? 0x7e : dots)),
  25: () => flipped(drawn(0x18), 2, 11),
  27: () => mirrored(mapRows(drawn(0x1a), (dots) => dots >> 1)),
  31: () => flipped(drawn(0x1e), 4, 11),
  // Exclamation and question mark stand on their heads in Spanish.
  168: () => mirrored(mapRows(flipped(drawn(0x3f), 2, 11), (dots) => dots >> 1)),
  170: () => mirrored(mapRows(drawn(0xa9), (dots) => dots >> 1)),
  173: () => flipped(drawn(0x21), 2, 11),
  175: () => mirrored(mapRows(drawn(0xae), (dots) => dots >> 1)),
};

function glyph(code: number): Uint8Array {
  const composed = COMPOSED[code];
  if (composed !== undefined) return compose(composed[0], composed[1]);
  const derived = DERIVED[code];
  if (derived !== undefined) return derived();
  // NUL and the two spaces.
  if (code === 0 || code === 0x20 || code === 0xff) return new Uint8Array(GLYPH_ROWS);
  return lineGlyph(code) ?? blockGlyph(code) ?? drawn(code);
}

let font: Uint8Array | undefined;

/** The font: 256 glyphs of 16 bytes, one byte a row, the leftmost dot in bit 7. The caller must not change it. */
export function font8x16(): Uint8Array {
  if (font === undefined) {
    font = new Uint8Array(256 * GLYPH_ROWS);
    for (let code = 0; code < 256; code++) font.set(glyph(code), code * GLYPH_ROWS);
  }
  return font;
}
