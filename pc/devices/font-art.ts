// Reads glyphs drawn as text: a line "= 41 42 …" names codes, and 16 lines below it hold their rows side by side, # for a dot.

export const GLYPH_ROWS = 16;

/** Glyphs by code: 16 bytes each, the leftmost dot in bit 7. Throws RangeError on art that is not as it should be. */
export function parseGlyphs(art: string): Map<number, Uint8Array> {
  const glyphs = new Map<number, Uint8Array>();
  const lines = art.split("\n").filter((line) => line.trim() !== "");
  for (let at = 0; at < lines.length; at += GLYPH_ROWS + 1) {
    const [mark, ...names] = lines[at].trim().split(" ");
    if (mark !== "=") throw new RangeError(`font: line ${at}: expected "= codes", found "${lines[at]}"`);
    const codes = names.map((name) => Number.parseInt(name, 16));
    for (const code of codes) glyphs.set(code, new Uint8Array(GLYPH_ROWS));
    for (let row = 0; row < GLYPH_ROWS; row++) {
      const parts = (lines[at + 1 + row] ?? "").trim().split(" ");
      codes.forEach((code, i) => {
        const part = parts[i] ?? "";
        if (!/^[.#]{8}$/.test(part))
          throw new RangeError(`font: glyph ${code.toString(16)}h: bad row ${row}: "${part}"`);
        const glyph = glyphs.get(code);
        if (glyph) glyph[row] = Number.parseInt(part.replaceAll(".", "0").replaceAll("#", "1"), 2);
      });
    }
  }
  return glyphs;
}
