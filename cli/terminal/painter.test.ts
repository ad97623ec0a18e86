import { describe, expect, test } from "vitest";
import { FakeScreen } from "../testing/fake-guest.ts";
import { VtScreen } from "../testing/vt-screen.ts";
import { attributeSequences } from "./colours.ts";
import { Painter } from "./painter.ts";

const glyphs = Array.from({ length: 256 }, (_, code) =>
  code === 0xdb ? "█" : code < 0x20 || code > 0x7e ? "·" : String.fromCharCode(code),
);

function setUp(columns: number, rows: number) {
  const screen = new FakeScreen();
  const terminal = new VtScreen(columns, rows);
  const painter = new Painter(attributeSequences("truecolor"), glyphs);
  const paint = (status = "status") => {
    const output = painter.paint(
      { columns: 80, rows: 25, cells: screen.cells(), cursor: screen.cursor, status },
      { columns, rows },
    );
    terminal.write(output);
    return output;
  };
  return { screen, terminal, painter, paint };
}

describe("painting", () => {
  test("shows every cell with its colours, the cursor and the status", () => {
    const { screen, terminal, paint } = setUp(80, 26);
    screen.put(0, 78, "ab", 0x1e);
    screen.put(24, 0, "prompt>");
    paint();
    expect(terminal.line(0)).toBe(`${" ".repeat(78)}ab`);
    expect(terminal.cells[0][79].style).toBe("0;38;2;255;255;85;48;2;0;0;170");
    expect(terminal.line(24).trimEnd()).toBe("prompt>");
    expect(terminal.line(25).trimEnd()).toBe(" status");
    expect(terminal.cursor).toEqual({ row: 24, column: 7 });
    expect(terminal.modes.has("?25")).toBe(true);
  });

  test("writes only what changed", () => {
    const { screen, terminal, paint } = setUp(80, 26);
    paint();
    expect(paint()).toBe("");
    screen.put(3, 10, "xyz");
    const output = paint();
    expect(output).toContain("xyz");
    expect(output.length).toBeLessThan(120);
    expect(terminal.line(3).trimEnd()).toBe(`${" ".repeat(10)}xyz`);
  });

  test("any series of changes leaves what a whole repaint would", () => {
    const { screen, terminal, paint } = setUp(80, 26);
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    for (let step = 0; step < 200; step++) {
      const text = String.fromCharCode(...Array.from({ length: 1 + random(8) }, () => random(256)));
      screen.put(random(25), random(72), text, random(256));
      screen.cursor.column = Math.min(79, screen.cursor.column);
      paint(`step ${step % 3}`);
    }
    const fresh = new VtScreen(80, 26);
    const whole = new Painter(attributeSequences("truecolor"), glyphs);
    fresh.write(
      whole.paint(
        { columns: 80, rows: 25, cells: screen.cells(), cursor: screen.cursor, status: "step 1" },
        { columns: 80, rows: 26 },
      ),
    );
    expect(terminal.cells).toEqual(fresh.cells);
    expect(terminal.cursor).toEqual(fresh.cursor);
  });

  test("places the cell after a character whose width is ambiguous anew", () => {
    const { screen, paint } = setUp(80, 26);
    screen.put(0, 0, "\xdbA");
    expect(paint()).toContain("\x1b[1;1H\x1b[0;38;2;170;170;170;48;2;0;0;0m█\x1b[1;2HA");
  });

  test("hides a hidden cursor, and shows it when only the cursor changed", () => {
    const { screen, terminal, paint } = setUp(80, 26);
    screen.cursor = { row: 1, column: 1, visible: false };
    paint();
    expect(terminal.modes.has("?25")).toBe(false);
    screen.cursor = { row: 1, column: 1, visible: true };
    expect(paint()).not.toBe("");
    expect(terminal.modes.has("?25")).toBe(true);
  });

  test("paints all again after the contents were lost", () => {
    const { screen, terminal, painter, paint } = setUp(80, 26);
    screen.put(0, 0, "hello");
    paint();
    terminal.write("\x1b[2J");
    painter.invalidate();
    paint();
    expect(terminal.line(0).trimEnd()).toBe("hello");
    expect(terminal.line(25).trimEnd()).toBe(" status");
  });
});

describe("a window smaller than the screen", () => {
  test("shows the part with the cursor, and says so", () => {
    const { screen, terminal, paint } = setUp(70, 10);
    screen.put(0, 0, "top");
    paint();
    expect(terminal.line(0).trimEnd()).toBe("top");
    expect(terminal.line(9)).toContain("enlarge the window to 80x26");
    screen.put(24, 0, "prompt>");
    paint();
    expect(terminal.line(8).trimEnd()).toBe("prompt>");
    expect(terminal.cursor).toEqual({ row: 8, column: 7 });
  });

  test("scrolls sideways to a cursor at the right", () => {
    const { screen, terminal, paint } = setUp(40, 26);
    screen.put(0, 60, "right");
    paint();
    expect(terminal.line(0)).toContain("right");
    expect(terminal.cursor).toEqual({ row: 0, column: 39 });
  });

  test.each([
    [1, 1],
    [80, 1],
    [3, 2],
    [200, 60],
  ])("of %i×%i still works", (columns, rows) => {
    const { screen, terminal, paint } = setUp(columns, rows);
    screen.put(12, 40, "middle");
    paint();
    expect(terminal.cells).toHaveLength(rows);
    expect(terminal.line(rows - 1)[0]).toBe(" ");
  });
});
