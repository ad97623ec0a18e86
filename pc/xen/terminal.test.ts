// The console's terminal: line ends, wrapping, scrolling, escape sequences, the picture, and 100,000 random bytes.

import { describe, expect, test } from "vitest";
import { xorshift } from "../devices/testbench.ts";
import { COLUMNS, ROWS, Terminal } from "./terminal.ts";

function shown(text: string, terminal = new Terminal()): Terminal {
  for (const character of text) terminal.put(character.charCodeAt(0));
  return terminal;
}

describe("a terminal", () => {
  test("knows line ends, tabs and backspace", () => {
    const terminal = shown("one\ntwo\r\nxx\rth\tree\b!");
    expect(terminal.text().slice(0, 4)).toEqual(["one", "two", "th      re!", ""]);
    expect(terminal.cursor).toEqual({ column: 11, row: 2, visible: true });
  });

  test("wraps after the last column and scrolls after the last row", () => {
    const terminal = shown(`${"x".repeat(COLUMNS)}y\n`);
    expect(terminal.text().slice(0, 2)).toEqual(["x".repeat(COLUMNS), "y"]);
    shown(Array.from({ length: 30 }, (_, i) => `line ${i}\n`).join(""), terminal);
    expect(terminal.text()[0]).toBe("line 6");
    expect(terminal.text()[ROWS - 2]).toBe("line 29");
  });

  test("obeys the sequences that place, clear and colour, and passes over others", () => {
    const terminal = shown("junk\x1b[2J\x1b[3;5Hred:\x1b[1;31mR\x1b[0m.\x1b[?25l\x1b(Bend\x1b[3;6H\x1b[K");
    expect(terminal.text()[2]).toBe("    r");
    shown("\x1b[31;44mX", terminal);
    expect(terminal.cells()[2 * COLUMNS + 5]).toBe(0x1458);
  });

  test("draws itself with the VGA's font", () => {
    const blank = new Terminal().pixels();
    const picture = shown("A").pixels();
    expect([picture.width, picture.height]).toEqual([720, 400]);
    expect(Buffer.from(picture.rgba).equals(Buffer.from(blank.rgba))).toBe(false);
  });

  test("saved and loaded goes on as it was, in the middle of a sequence too", () => {
    const terminal = shown("text\x1b[3");
    const other = new Terminal();
    other.load(terminal.save());
    for (const each of [terminal, other]) shown("2mgreen", each);
    expect(other.cells()).toEqual(terminal.cells());
    expect(other.text()[0]).toBe("textgreen");
  });

  test("takes any bytes", () => {
    const random = xorshift(5);
    const terminal = new Terminal();
    const LIKELY = [0x1b, 0x5b, 0x3b, 0x31, 0x39, 0x48, 0x4a, 0x4b, 0x6d, 0x0a, 0x08];
    for (let i = 0; i < 100_000; i++) {
      terminal.put(random() % 3 === 0 ? random() & 0xff : LIKELY[random() % LIKELY.length]);
      const { column, row } = terminal.cursor;
      if (!(column >= 0 && column < COLUMNS && row >= 0 && row < ROWS))
        throw new RangeError(`cursor at ${column}, ${row}`);
    }
    expect(terminal.cells()).toHaveLength(COLUMNS * ROWS);
  });
});
