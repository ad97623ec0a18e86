import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, Random, type TestKernel } from "./testing.ts";

// Printing goes to the real screen driver and to a serial port that the test plays.
const SOURCE = `
import { clearConsole, drainConsole, initializeConsole, selectConsole, setConsoleColors } from "./platform/console.ts";
import { digitsOf, formatNumber, print, printBytes, printColumn, printHex, printLine, printNumber } from "./print.ts";
export { clearConsole, drainConsole, initializeConsole, printBytes, selectConsole, setConsoleColors };
export function format(value: u32, base: u32, minimum: i32, to: usize): void {
  const length = formatNumber(value, base, minimum);
  memory.copy(to, digitsOf(length), length);
  store<u8>(to + length, 0);
}
export function sample(): void {
  printLine("one");
  printColumn("ab", 5);
  printNumber(42, 6);
  print("|");
  printHex(0xbeef);
  print("\\tt\\rX\\n");
}
`;
const TEXT = 0x4000;
const LSR = 0x3fd;
const SCRATCH = 0x3ff;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

/** After each byte the line is busy for `busyPolls` reads of its status. */
function start(hasSerial = true, busyPolls = 0): { kernel: TestKernel; sent: () => string } {
  const sent: number[] = [];
  let busy = busyPolls === Number.POSITIVE_INFINITY ? busyPolls : 0;
  const registers = new Map<number, number>();
  const kernel = instantiate(module, {
    cpu: {
      in8: (port = 0) => {
        if (port === LSR) return busy-- > 0 ? 0 : 0x20;
        return port === SCRATCH && !hasSerial ? 0xff : (registers.get(port) ?? 0);
      },
      out8: (port = 0, value = 0) => {
        if (port === 0x3f8 && (registers.get(0x3fb) ?? 0) < 0x80) {
          sent.push(value);
          busy = busyPolls;
        }
        registers.set(port, value);
      },
    },
  });
  kernel.call("initializeConsole");
  return { kernel, sent: () => String.fromCharCode(...sent) };
}

function screen(kernel: TestKernel): string[] {
  return Array.from({ length: 25 }, (_, row) => {
    const cells = Array.from({ length: 80 }, (_, i) => kernel.bytes[0xb8000 + (row * 80 + i) * 2] ?? 0);
    return String.fromCharCode(...cells).trimEnd();
  });
}

function print(kernel: TestKernel, text: string): void {
  kernel.call("printBytes", kernel.writeText(TEXT, text), text.length);
}

describe("print", () => {
  it("formats as JavaScript does", () => {
    const { kernel } = start();
    const random = new Random(3);
    const values = [0, 1, 9, 10, 0xffffffff, 0x80000000, ...Array.from({ length: 300 }, () => random.below(2 ** 32))];
    for (const value of values) {
      const minimum = random.below(9);
      for (const base of [10, 16]) {
        kernel.call("format", value, base, minimum, TEXT);
        expect(kernel.readText(TEXT)).toBe(value.toString(base).padStart(Math.max(minimum, 1), "0"));
      }
    }
    expect(kernel.abortOf("format", 1, 2, 1, TEXT)).toMatch(/base/);
    expect(kernel.abortOf("format", 1, 10, 11, TEXT)).toMatch(/at most 10 digits/);
  });

  it("writes the same to screen and serial line", () => {
    const { kernel, sent } = start();
    kernel.call("sample");
    kernel.call("drainConsole");
    expect(screen(kernel).slice(0, 3)).toEqual(["one", "Xb       42|0000beef    t", ""]);
    expect(sent()).toBe("one\r\nab       42|0000beef\tt\rX\r\n");
    kernel.call("clearConsole");
    kernel.call("drainConsole");
    expect(screen(kernel).join("")).toBe("");
    expect(sent().endsWith("\x1b[2J\x1b[H")).toBe(true);
  });

  it("writes where it is told to", () => {
    const { kernel, sent } = start();
    kernel.call("selectConsole", 1, 0);
    print(kernel, "screen");
    kernel.call("selectConsole", 0, 1);
    print(kernel, "line");
    kernel.call("drainConsole");
    expect(screen(kernel)[0]).toBe("screen");
    expect(sent()).toBe("line");
    expect(kernel.abortOf("selectConsole", 0, 0)).toMatch(/without a device/);
  });

  it("drops serial output when there is no port, or a stuck one", () => {
    const absent = start(false);
    print(absent.kernel, "text");
    absent.kernel.call("drainConsole");
    expect(absent.sent()).toBe("");
    expect(screen(absent.kernel)[0]).toBe("text");

    const stuck = start(true, Number.POSITIVE_INFINITY);
    print(stuck.kernel, "x".repeat(1030));
    expect(stuck.sent()).toBe("");
    expect(screen(stuck.kernel)[12]).toBe("x".repeat(70));
  });

  it("keeps output that comes faster than the line takes it", () => {
    const slow = start(true, 50);
    const lines = Array.from({ length: 60 }, (_, i) => `this is line number ${i}\n`);
    for (const line of lines) print(slow.kernel, line);
    slow.kernel.call("drainConsole");
    expect(slow.sent()).toBe(lines.join("").replaceAll("\n", "\r\n"));
  });
});

describe("VGA screen", () => {
  it("wraps, scrolls and goes back as a model does, over random text", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const { kernel } = start(false);
      const random = new Random(seed);
      let rows: string[] = Array.from({ length: 25 }, () => " ".repeat(80));
      let row = 0;
      let column = 0;
      const newLine = () => {
        column = 0;
        if (row < 24) row++;
        else rows = [...rows.slice(1), " ".repeat(80)];
      };
      const put = (character: string) => {
        if (column === 80) newLine();
        rows[row] = `${rows[row]?.slice(0, column)}${character}${rows[row]?.slice(column + 1)}`;
        column++;
      };
      for (let step = 0; step < 400; step++) {
        const text = random.pick(["\n", "\b", "\r", "\n", "word ", "x".repeat(random.below(90)), "~"]);
        print(kernel, text);
        for (const character of text) {
          if (character === "\n") newLine();
          else if (character === "\r") column = 0;
          else if (character === "\b") column = Math.max(0, column - 1);
          else put(character);
        }
      }
      expect(screen(kernel)).toEqual(rows.map((line) => line.trimEnd()));
    }
  });

  it("uses the colours for what is written and for new rows", () => {
    const { kernel } = start(false);
    kernel.call("setConsoleColors", 0x1e);
    print(kernel, "A\n".repeat(25));
    const attribute = (row: number, column: number) => kernel.bytes[0xb8000 + (row * 80 + column) * 2 + 1];
    expect([attribute(0, 0), attribute(0, 1), attribute(24, 79)]).toEqual([0x1e, 0x07, 0x1e]);
  });
});
