import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, Random, type TestKernel } from "../testing.ts";

// The editor draws on the real screen driver; what the test compares is the row on the screen.
const SOURCE = `
import { initializeConsole } from "./platform/console.ts";
import { editLine, lineText, redrawLine, startLine } from "./shell/line.ts";
import { print } from "./print.ts";
export { editLine, lineText, redrawLine, startLine };
export function start(): void { initializeConsole(); prompt(); }
export function prompt(): void { print("minios> "); startLine(); }
`;
const CTRL = 0x4000;
const [LEFT, RIGHT, HOME, END, DELETE, UP, DOWN] = [0x184, 0x186, 0x180, 0x188, 0x18c, 0x181, 0x189];
const BACKSPACE = 8;
const ENTER = 13;
const ctrl = (letter: string) => CTRL | letter.charCodeAt(0);

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

class Screen {
  cursor = 0;
  private index = 0;
  readonly kernel: TestKernel;

  constructor() {
    this.kernel = instantiate(module, {
      cpu: {
        // The CRTC's cursor position: registers 0Eh and 0Fh.
        out8: (port, value) => {
          if (port === 0x3d4) this.index = value;
          if (port === 0x3d5 && this.index === 0x0e) this.cursor = (this.cursor & 0xff) | (value << 8);
          if (port === 0x3d5 && this.index === 0x0f) this.cursor = (this.cursor & 0xff00) | value;
        },
      },
    });
    this.kernel.call("start");
  }

  row(row: number): string {
    const cells = Array.from({ length: 80 }, (_, i) => this.kernel.bytes[0xb8000 + (row * 80 + i) * 2] ?? 0);
    return String.fromCharCode(...cells).trimEnd();
  }

  keys(...keys: (number | string)[]): number {
    let event = 0;
    for (const key of keys) {
      if (typeof key === "number") event = this.kernel.call("editLine", key);
      else for (const letter of key) event = this.kernel.call("editLine", letter.charCodeAt(0));
    }
    return event;
  }

  get line(): string {
    return this.kernel.readText(this.kernel.call("lineText"));
  }

  get column(): number {
    return this.cursor % 80;
  }
}

describe("line editor", () => {
  it("keeps line, screen and cursor together over random keys", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const screen = new Screen();
      const random = new Random(seed);
      let text = "";
      let cursor = 0;
      for (let step = 0; step < 700; step++) {
        const action = random.below(13);
        if (action < 6) {
          const typed = random.below(9) === 0 ? " " : String.fromCharCode(0x21 + random.below(0x5e));
          screen.keys(typed);
          if (text.length < 71) {
            text = text.slice(0, cursor) + typed + text.slice(cursor);
            cursor++;
          }
        } else if (action === 6) {
          screen.keys(BACKSPACE);
          if (cursor > 0) text = text.slice(0, --cursor) + text.slice(cursor + 1);
        } else if (action === 7) {
          screen.keys(DELETE);
          text = text.slice(0, cursor) + text.slice(cursor + 1);
        } else if (action === 8) {
          screen.keys(LEFT);
          cursor = Math.max(0, cursor - 1);
        } else if (action === 9) {
          screen.keys(RIGHT);
          cursor = Math.min(text.length, cursor + 1);
        } else if (action === 10) {
          const toEnd = random.below(2) === 0;
          screen.keys(toEnd ? END : HOME);
          cursor = toEnd ? text.length : 0;
        } else if (action === 11 && random.below(8) === 0) {
          const isKill = random.below(2) === 0;
          screen.keys(ctrl(isKill ? "k" : "u"));
          text = isKill ? text.slice(0, cursor) : text.slice(cursor);
          if (!isKill) cursor = 0;
        } else if (action === 12 && random.below(4) === 0) {
          screen.keys(ctrl("w"));
          const kept = text.slice(0, cursor).replace(/[^ ]* *$/, "");
          text = kept + text.slice(cursor);
          cursor = kept.length;
        }
        const where = `seed ${seed}, step ${step}`;
        expect(screen.line, where).toBe(text);
        expect(screen.row(0), where).toBe(`minios> ${text}`.trimEnd());
        expect(screen.column, where).toBe(8 + cursor);
      }
    }
  });

  it("takes no more than a row holds", () => {
    const screen = new Screen();
    screen.keys("x".repeat(100));
    expect(screen.line).toBe("x".repeat(71));
    expect(screen.row(0)).toBe(`minios> ${"x".repeat(71)}`);
    expect(screen.row(1)).toBe("");
    expect(screen.column).toBe(79);
  });

  it("ends with Enter anywhere in the line, gives up with ^C, and asks for a clear screen with ^L", () => {
    const screen = new Screen();
    expect(screen.keys("echo hi", LEFT, LEFT, ENTER)).toBe(1);
    expect(screen.line).toBe("echo hi");
    expect(screen.cursor).toBe(80);
    screen.kernel.call("prompt");
    expect(screen.keys("no", LEFT, ctrl("c"))).toBe(2);
    expect(screen.row(1)).toBe("minios> no^C");
    screen.kernel.call("prompt");
    expect(screen.keys("x", ctrl("l"))).toBe(3);
    expect(screen.keys(0x8061, 0x2061, 0x101)).toBe(0); // a release, alt and F1 do nothing
    expect(screen.line).toBe("x");
  });

  it("recalls lines, and the draft below them", () => {
    const screen = new Screen();
    for (const line of ["one", "two", "two", "", "three"]) {
      screen.keys(line, ENTER);
      screen.kernel.call("prompt");
    }
    const recalled = (...keys: (number | string)[]) => {
      screen.keys(...keys);
      expect(screen.row(5)).toBe(`minios> ${screen.line}`.trimEnd());
      return screen.line;
    };
    expect(recalled("draft")).toBe("draft");
    expect(recalled(UP)).toBe("three");
    expect(recalled(UP)).toBe("two");
    expect(recalled(UP)).toBe("one");
    expect(recalled(UP)).toBe("one");
    expect(recalled(DOWN, DOWN)).toBe("three");
    expect(recalled(DOWN)).toBe("draft");
    expect(recalled(DOWN)).toBe("draft");
    expect(recalled(UP, "!", LEFT, BACKSPACE)).toBe("thre!");
  });

  it("remembers sixteen lines", () => {
    const screen = new Screen();
    for (let i = 1; i <= 20; i++) {
      screen.keys(`line ${i}`, ENTER);
      screen.kernel.call("prompt");
    }
    for (let i = 0; i < 30; i++) screen.keys(UP);
    expect(screen.line).toBe("line 5");
  });
});
