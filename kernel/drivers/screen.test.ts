import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, Random, type TestKernel } from "../testing.ts";

const SOURCE = `
import { addAvailable } from "./memory/layout.ts";
import { initializeFrames } from "./memory/frames.ts";
import { writeScreen } from "./drivers/ansi.ts";
import { initializeScreen, screenColors, screenColumn, screenRow, updateScreenCursor } from "./drivers/screen.ts";
import { initializeScrollback, scrollBack } from "./drivers/scrollback.ts";
export { screenColors, screenColumn, screenRow, scrollBack };
export function start(): void {
  addAvailable(0x200000, 0x300000);
  initializeFrames();
  initializeScreen();
  initializeScrollback();
}
export function write(text: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i++) writeScreen(load<u8>(text + i));
  updateScreenCursor();
}
`;
const TEXT = 0x4000;
const VIDEO = 0xb8000;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

class Terminal {
  readonly kernel: TestKernel;
  isCursorVisible = false;
  private index = 0;

  constructor() {
    this.kernel = instantiate(module, {
      cpu: {
        out8: (port, value = 0) => {
          if (port === 0x3d4) this.index = value;
          if (port === 0x3d5 && this.index === 0x0a) this.isCursorVisible = (value & 0x20) === 0;
        },
      },
    });
    this.kernel.call("start");
  }

  write(text: string): this {
    this.kernel.call("write", this.kernel.writeText(TEXT, text), text.length);
    return this;
  }

  row(row: number): string {
    const cells = Array.from({ length: 80 }, (_, i) => this.kernel.bytes[VIDEO + (row * 80 + i) * 2] ?? 0);
    return String.fromCharCode(...cells).trimEnd();
  }

  rows(count: number): string[] {
    return Array.from({ length: count }, (_, i) => this.row(i));
  }

  colors(row: number, column: number): number {
    return this.kernel.bytes[VIDEO + (row * 80 + column) * 2 + 1] ?? 0;
  }

  get cursor(): [row: number, column: number] {
    return [this.kernel.call("screenRow"), this.kernel.call("screenColumn")];
  }
}

const FIVE = "aaaa\nbbbb\ncccc\ndddd\neeee";

describe("the screen", () => {
  it.each<[what: string, text: string, rows: string[], cursor: [number, number]]>([
    ["plain text, new lines and tabs", "one\ntwo\r2\n\tx\b\by", ["one", "2wo", "       yx"], [2, 8]],
    ["a row that is full", `${"x".repeat(80)}y`, ["x".repeat(80), "y"], [1, 1]],
    ["cursor positions", "\x1b[3;5Hx\x1b[Hy\x1b[2Hz\x1b[2;99Hr", ["y", `z${" ".repeat(78)}r`, "    x"], [1, 79]],
    ["cursor moves", "\x1b[5;5H\x1b[2A\x1b[3D\x1b[BX\x1b[4CY", ["", "", "", " X    Y"], [3, 7]],
    ["moves that end at the border", "\x1b[9A\x1b[9DX\x1b[99B\x1b[999CY\x1b[F\x1b[99FZ", ["Z"], [0, 1]],
    ["columns and rows alone", "\x1b[4Gx\x1b[3dy\x1b[Ez", ["   x", "", "    y", "z"], [3, 1]],
    ["erase to the end of the row", `${FIVE}\x1b[2;3H\x1b[K`, ["aaaa", "bb", "cccc"], [1, 2]],
    ["erase from the row's start", `${FIVE}\x1b[2;3H\x1b[1K`, ["aaaa", "   b", "cccc"], [1, 2]],
    ["erase the row", `${FIVE}\x1b[2;3H\x1b[2K`, ["aaaa", "", "cccc"], [1, 2]],
    ["erase to the end", `${FIVE}\x1b[2;3H\x1b[J`, ["aaaa", "bb", "", "", ""], [1, 2]],
    ["erase from the start", `${FIVE}\x1b[4;2H\x1b[1J`, ["", "", "", "  dd", "eeee"], [3, 1]],
    ["erase all", `${FIVE}\x1b[2J`, ["", "", "", "", ""], [4, 4]],
    ["insert and delete characters", "abcdef\x1b[1;3H\x1b[2@\x1b[1;7H\x1b[P", ["ab  cdf"], [0, 6]],
    ["delete more than there is", "abcdef\x1b[1;3H\x1b[999P", ["ab"], [0, 2]],
    ["blank characters", "abcdef\x1b[1;3H\x1b[2X", ["ab  ef"], [0, 2]],
    ["insert lines", `${FIVE}\x1b[2H\x1b[2L`, ["aaaa", "", "", "bbbb", "cccc", "dddd"], [1, 0]],
    ["delete lines", `${FIVE}\x1b[2H\x1b[2M`, ["aaaa", "dddd", "eeee", ""], [1, 0]],
    ["a scroll region", `${FIVE}\x1b[2;4r\x1b[4;1H\n\nx`, ["aaaa", "dddd", "", "x", "eeee"], [3, 1]],
    ["reverse line feed in a region", `${FIVE}\x1b[2;4r\x1b[2;1H\x1bMx`, ["aaaa", "x", "bbbb", "cccc", "eeee"], [1, 1]],
    ["insert lines in a region", `${FIVE}\x1b[2;4r\x1b[3;1H\x1b[L`, ["aaaa", "bbbb", "", "cccc", "eeee"], [2, 0]],
    [
      "insert lines outside a region",
      `${FIVE}\x1b[2;4r\x1b[1;1H\x1b[L`,
      ["aaaa", "bbbb", "cccc", "dddd", "eeee"],
      [0, 0],
    ],
    ["scroll up and down", `${FIVE}\x1b[2S\x1b[T`, ["", "cccc", "dddd", "eeee", ""], [4, 4]],
    ["a region that is none", `${FIVE}\x1b[4;2r\x1b[9;9r`, ["aaaa"], [4, 4]],
    ["save and restore", "ab\x1b[s\x1b[3;3Hx\x1b[uc\x1b7\x1b[9;9H\x1b8d", ["abcd", "", "  x"], [0, 4]],
    ["line feeds by ESC", "ab\x1bDc\x1bEd", ["ab", "  c", "d"], [2, 1]],
    ["reset", `${FIVE}\x1b[2;4r\x1bcx`, ["x", "", ""], [0, 1]],
    [
      "what it doesn't know",
      "a\x1b[5zb\x1b(Bc\x1b[?7hd\x1b[1;2;3;4;5;6;7;8;9;10;11qe\x1b[31\x18f\x07\x01g",
      ["abcdefg"],
      [0, 7],
    ],
    ["control characters inside a sequence", "abc\x1b[\b1\bCX", ["abX"], [0, 3]],
    ["huge numbers", "a\x1b[99999999999999999999Cb\x1b[99999999999Dc", [`c${" ".repeat(78)}b`], [0, 1]],
  ])("shows %s", (_, text, rows, cursor) => {
    const terminal = new Terminal().write(text);
    expect(terminal.rows(rows.length)).toEqual(rows);
    expect(terminal.cursor).toEqual(cursor);
  });

  it.each<[text: string, colors: number]>([
    ["\x1b[31m", 0x04],
    ["\x1b[34m", 0x01],
    ["\x1b[1;33m", 0x0e],
    ["\x1b[44;37m", 0x17],
    ["\x1b[96m", 0x0b],
    ["\x1b[7m", 0x70],
    ["\x1b[31;7m", 0x40],
    ["\x1b[31;7m\x1b[7m", 0x40],
    ["\x1b[31;7;27m", 0x04],
    ["\x1b[1;31;22m", 0x04],
    ["\x1b[31;44;39m", 0x17],
    ["\x1b[31;44;49m", 0x04],
    ["\x1b[1;31;45m\x1b[m", 0x07],
    ["\x1b[31;0;42m", 0x27],
    ["\x1b[103m", 0x67],
  ])("colours %j", (text, colors) => {
    const terminal = new Terminal().write(`a${text}b`);
    expect([terminal.colors(0, 0), terminal.colors(0, 1)]).toEqual([7, colors]);
    expect(terminal.kernel.call("screenColors")).toBe(colors);
    // What is erased and what scrolls in takes the colours too.
    terminal.write("\x1b[25;1H\n\x1b[2;1H\x1b[K");
    expect([terminal.colors(24, 9), terminal.colors(1, 9), terminal.colors(3, 9)]).toEqual([colors, colors, 7]);
  });

  it("shows and hides its cursor", () => {
    const terminal = new Terminal().write("x");
    expect(terminal.isCursorVisible).toBe(true);
    expect(terminal.write("\x1b[?25l").isCursorVisible).toBe(false);
    expect(terminal.write("\x1b[?25h").isCursorVisible).toBe(true);
  });

  it("survives any bytes: the cursor stays on the screen, and nothing outside of it changes", () => {
    const random = new Random(7);
    const terminal = new Terminal();
    const alphabet = "\x1b\x1b[[[;;?0123456789ABCDEFGHJKLMPSTXdfhlmrsu78@\n\t\b\rxyz";
    const { bytes } = terminal.kernel;
    for (let round = 0; round < 300; round++) {
      let text = "";
      for (let i = 0; i < 300; i++) {
        text += random.below(9) === 0 ? String.fromCharCode(random.below(256)) : random.pick([...alphabet]);
      }
      terminal.kernel.call("write", terminal.kernel.writeText(TEXT, text), text.length);
      const [row, column] = terminal.cursor;
      expect(row).toBeLessThan(25);
      expect(column).toBeLessThan(80);
    }
    expect(bytes.subarray(VIDEO - 4000, VIDEO).every((byte) => byte === 0)).toBe(true);
    expect(bytes.subarray(VIDEO + 4000, VIDEO + 8000).every((byte) => byte === 0)).toBe(true);
  });
});

describe("the scrollback", () => {
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => `\nline ${i}`).join("");
  const look = (terminal: Terminal, rows: number) => {
    terminal.kernel.call("scrollBack", rows);
    return [terminal.row(0), terminal.row(24)];
  };

  it("shows rows that left, as far back as it has them, and the real screen again", () => {
    const terminal = new Terminal().write(`first${numbered(60)}`);
    expect([terminal.row(0), terminal.row(24)]).toEqual(["line 35", "line 59"]);
    expect(look(terminal, 12)).toEqual(["line 23", "line 47"]);
    expect(terminal.isCursorVisible).toBe(false);
    expect(look(terminal, 12)).toEqual(["line 11", "line 35"]);
    expect(look(terminal, 99)).toEqual(["first", "line 23"]);
    expect(look(terminal, -36)).toEqual(["line 35", "line 59"]);
    expect(terminal.isCursorVisible).toBe(true);
    expect(look(terminal, -1)).toEqual(["line 35", "line 59"]);
  });

  it("gives way to what is written", () => {
    const terminal = new Terminal().write(numbered(60));
    look(terminal, 30);
    terminal.write("!\nnew");
    expect([terminal.row(0), terminal.row(23), terminal.row(24)]).toEqual(["line 36", "line 59!", "new"]);
    expect(look(terminal, 1)).toEqual(["line 35", "line 59!"]);
  });

  it("keeps the last 204 rows, and none that scrolled inside a region or were deleted", () => {
    const terminal = new Terminal().write(numbered(400));
    expect(look(terminal, 1000)).toEqual(["line 171", "line 195"]);
    terminal.write("\x1b[2;24r\x1b[24;1H\n\n\n\x1b[1;1H\x1b[M\x1b[r");
    expect(look(terminal, 1)[0]).toBe("line 374");
  });
});
