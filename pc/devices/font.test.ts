import { describe, expect, it } from "vitest";
import { cp437Text, cp437ToUnicode } from "./cp437.ts";
import { font8x16 } from "./font.ts";

const font = font8x16();
const glyph = (code: number): number[] => [...font.subarray(16 * code, 16 * code + 16)];
const codeOf = (character: string): number => {
  for (let code = 0; code < 256; code++) if (cp437ToUnicode(code) === character) return code;
  throw new RangeError(character);
};

describe("the console font", () => {
  it("draws every character, no two of them alike but the blanks", () => {
    const seen = new Map<string, number>();
    for (let code = 0; code < 256; code++) {
      const dots = glyph(code).join();
      if (cp437ToUnicode(code).trim() === "") {
        expect(glyph(code).every((row) => row === 0)).toBe(true);
        continue;
      }
      expect(seen.get(dots), `${code.toString(16)}h`).toBeUndefined();
      seen.set(dots, code);
    }
    expect(seen.size).toBe(253);
  });

  it("keeps ASCII off the right column, capitals on the base line", () => {
    for (let code = 0x21; code < 0x7f; code++) {
      expect(
        glyph(code).every((row) => (row & 1) === 0),
        String.fromCharCode(code),
      ).toBe(true);
    }
    for (const capital of "ABCDEFGHIJKLMNOPRSTUVWXYZ") {
      const rows = glyph(capital.charCodeAt(0));
      expect(rows[1] | rows[12], capital).toBe(0);
      expect(rows[2] && rows[11], capital).not.toBe(0);
    }
  });

  it("joins lines from cell to cell", () => {
    // Whether each edge of the cell has a line, from the names of the arms: left, right, up, down.
    const edges = (character: string): boolean[] => {
      const rows = glyph(codeOf(character));
      return [rows.some((row) => row & 0x80), rows.some((row) => row & 1), rows[0] !== 0, rows[15] !== 0];
    };
    expect(edges("│")).toEqual([false, false, true, true]);
    expect(edges("─")).toEqual([true, true, false, false]);
    expect(edges("┌")).toEqual([false, true, false, true]);
    expect(edges("╝")).toEqual([true, false, true, false]);
    expect(edges("╤")).toEqual([true, true, false, true]);
    expect(edges("╫")).toEqual([true, true, true, true]);
    expect(glyph(codeOf("─"))[7]).toBe(0xff);
    // A single line is the same line wherever it leaves the cell.
    for (const character of "┬┼├┐┌") expect(glyph(codeOf(character))[15]).toBe(glyph(codeOf("│"))[15]);
    for (const character of "╦╬╠╗╔╥╓╖╫") expect(glyph(codeOf(character))[15]).toBe(glyph(codeOf("║"))[15]);
  });

  it("mirrors what is symmetrical", () => {
    const mirror = (row: number): number =>
      Number.parseInt(row.toString(2).padStart(8, "0").split("").reverse().join(""), 2);
    for (const [one, other] of ["┌┐", "└┘", "├┤", "╔╗", "╚╝", "╠╣", "╒╕", "╘╛", "╞╡", "╓╖", "╙╜", "╟╢", "▌▐"]) {
      expect(glyph(codeOf(one)).map(mirror), one).toEqual(glyph(codeOf(other)));
    }
    for (const [one, other] of ["┌└", "╔╚", "╦╩", "╤╧", "╥╨", "╒╘", "╓╙", "▀▄"]) {
      expect(glyph(codeOf(one)).reverse(), one).toEqual(glyph(codeOf(other)));
    }
  });

  it("puts accents above their letters without touching them", () => {
    for (const letter of "éâäàåêëèïîìôöòûùÿáíóúñ") {
      const rows = glyph(codeOf(letter));
      expect(rows[4], letter).toBe(0);
      expect(
        rows.slice(0, 4).some((row) => row !== 0),
        letter,
      ).toBe(true);
    }
  });
});

describe("code page 437", () => {
  it("is Unicode's mapping", () => {
    expect(cp437ToUnicode(0x41)).toBe("A");
    expect(cp437ToUnicode(0x7f)).toBe("⌂");
    expect(cp437ToUnicode(0x80)).toBe("Ç");
    expect(cp437ToUnicode(0xb3)).toBe("│");
    expect(cp437ToUnicode(0xda)).toBe("┌");
    expect(cp437ToUnicode(0xe1)).toBe("ß");
    expect(cp437ToUnicode(0xfe)).toBe("■");
    expect(cp437Text([0xc9, 0xcd, 0xbb])).toBe("╔═╗");
    const all = new Set(Array.from({ length: 255 }, (_, i) => cp437ToUnicode(i + 1)));
    expect(all.size).toBe(255);
  });
});
