import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../testing.ts";
import { compileThreads, ThreadSimulation } from "../testing-threads.ts";

// Keys are put into the input queue as interrupts do; a thread reads the terminal meanwhile.
const SOURCE = `
import { disableInterrupts, enableInterrupts } from "./platform/interrupts.ts";
import { initializeConsole } from "./platform/console.ts";
import { initializeInput, lostKeys, putKey } from "./drivers/input.ts";
import { decodeTerminalByte } from "./drivers/terminalKeys.ts";
import { Device, findDevice, ioctlDevice, pollDevice, readDevice, writeDevice } from "./device/device.ts";
import { onInterruptKey, registerTerminal } from "./device/tty.ts";
import { textOfKey } from "./device/keyText.ts";
import { interruptThread } from "./thread/scheduler.ts";
export { decodeTerminalByte, lostKeys, putKey, textOfKey };
let tty: Device | null = null;
export function start(): void {
  initializeConsole();
  initializeInput();
  registerTerminal();
  store<u32>(0x3000, 0x30797474); // "tty0"
  tty = findDevice(0x3000);
}
export function ioctl(request: u32, argument: usize): i32 { return ioctlDevice(tty as Device, request, argument); }
export function poll(): u32 { return pollDevice(tty as Device, 5); }
export function write(text: usize, count: u32): i32 { return writeDevice(tty as Device, text, count); }

let result: i32 = 0;
let isDone: bool = true;
let want: u32 = 0;
let reader: KernelThread | null = null;
function readOnce(_: usize): u32 {
  result = readDevice(tty as Device, 0x8000, want);
  isDone = true;
  return 0;
}
/** Lets the reader, if any, go as far as it can. */
export function settle(): void {
  enableInterrupts();
  yieldProcessor();
}
export function beginRead(count: u32): void {
  want = count;
  isDone = false;
  reader = startKernelThread(readOnce, 0, 5, true, "reader");
  settle();
}
export function done(): bool { return isDone; }
export function resultOfRead(): i32 { return result; }
export function interruptReader(): void { disableInterrupts(); interruptThread(reader as KernelThread); settle(); }
let interrupts: u32 = 0;
let hasForeground: bool = true;
function onInterruptKeyPressed(): bool { interrupts++; return hasForeground; }
export function hookInterrupt(foreground: bool): void { hasForeground = foreground; onInterruptKey(onInterruptKeyPressed); }
export function interruptCount(): u32 { return interrupts; }
`;

const [SPECIAL, SHIFT, CTRL, RELEASE] = [0x100, 0x1000, 0x4000, 0x8000];
const EINTR = -4;
const GET_MODE = 0x101;
const SET_MODE = 0x102;
const CANONICAL = 1;
const ENTER = 13;
const BACKSPACE = 8;
const ctrl = (letter: string) => CTRL | letter.charCodeAt(0);

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileThreads(SOURCE);
});

class Terminal {
  readonly simulation = new ThreadSimulation(module, () => false);
  readonly kernel = this.simulation.kernel;

  constructor() {
    this.kernel.call("start");
  }

  /** Presses and releases each key. */
  type(...keys: (number | string)[]): this {
    this.kernel.interruptsEnabled = false; // as in an interrupt
    for (const key of keys) {
      const codes = typeof key === "number" ? [key] : [...key].map((c) => (c === "\n" ? ENTER : c.charCodeAt(0)));
      for (const code of codes) {
        this.kernel.call("putKey", code);
        this.kernel.call("putKey", code | RELEASE);
      }
    }
    this.simulation.run("settle");
    return this;
  }

  read(count = 100): this {
    this.simulation.run("beginRead", count);
    return this;
  }

  /** What the read gave: its text or its error; undefined while it waits. */
  get got(): string | number | undefined {
    if (this.kernel.call("done") === 0) return undefined;
    const result = this.kernel.call("resultOfRead");
    if (result < 0) return result;
    return Buffer.from(this.kernel.bytes.subarray(0x8000, 0x8000 + result)).toString("latin1");
  }

  row(row: number): string {
    const cells = Array.from({ length: 80 }, (_, i) => this.kernel.bytes[0xb8000 + (row * 80 + i) * 2] ?? 0);
    return String.fromCharCode(...cells).trimEnd();
  }

  setMode(mode: number): this {
    expect(this.kernel.call("ioctl", SET_MODE, mode)).toBe(0);
    expect(this.kernel.call("ioctl", GET_MODE, 0)).toBe(mode);
    return this;
  }
}

describe("canonical mode", () => {
  it("gives a line when it ends, not before, and shows it once", () => {
    const terminal = new Terminal().read();
    expect(terminal.got).toBeUndefined();
    expect(terminal.type("hello").got).toBeUndefined();
    expect(terminal.row(0)).toBe("hello");
    expect(terminal.type(ENTER).got).toBe("hello\n");
    expect(terminal.type("x").row(1)).toBe(""); // nobody reads: it is shown when somebody does
    expect(terminal.read().row(1)).toBe("x");
  });

  it("gives what was typed ahead, a line for each read, and the rest of a long line to the next", () => {
    const terminal = new Terminal().type("one\ntwo\nthr");
    expect(terminal.read().got).toBe("one\n");
    expect(terminal.read(2).got).toBe("tw");
    expect(terminal.read(2).got).toBe("o\n");
    expect(terminal.read().got).toBeUndefined();
    expect(terminal.type("ee\n").got).toBe("three\n");
  });

  it.each<[what: string, keys: (number | string)[], line: string, shown: string]>([
    ["backspace", ["abc", BACKSPACE, "d\n"], "abd\n", "abd"],
    ["backspace on nothing", [BACKSPACE, BACKSPACE, "a\n"], "a\n", "a"],
    ["^U", ["abc def", ctrl("u"), "x\n"], "x\n", "x"],
    ["^W", ["abc def  ", ctrl("w"), "x\n"], "abc x\n", "abc x"],
    ["^W on one word", ["abc", ctrl("w"), ctrl("w"), "x\n"], "x\n", "x"],
    ["^H", ["abc", ctrl("h"), "\n"], "ab\n", "ab"],
    ["keys without a character", ["a", SPECIAL | 1, SPECIAL | 129, SHIFT | SPECIAL | 15, "b\n"], "ab\n", "ab"],
    ["the keypad", [0x200 | 0x31, SPECIAL | 0x200 | 131, SPECIAL | 0x200 | 135, 0x200 | ENTER], "1-+\n", "1-+"],
    ["control characters", ["a", ctrl("q"), ctrl("["), "b\n"], "ab\n", "ab"],
    ["^D behind a text", ["abc", ctrl("d")], "abc", "abc"],
    ["^D alone", [ctrl("d")], "", ""],
  ])("edits with %s", (_, keys, line, shown) => {
    const terminal = new Terminal().read().type(...keys);
    expect(terminal.got).toBe(line);
    expect(terminal.row(0)).toBe(shown);
  });

  it("goes on after the end of the input", () => {
    const terminal = new Terminal().read().type(ctrl("d"));
    expect(terminal.got).toBe("");
    expect(terminal.read().type("a\n").got).toBe("a\n");
  });

  it("takes 255 characters of a line and its end", () => {
    const terminal = new Terminal().read(300);
    for (let i = 0; i < 30; i++) terminal.type("0123456789");
    expect(terminal.type(ENTER).got).toBe(`${"0123456789".repeat(26).slice(0, 255)}\n`);
    expect(terminal.kernel.call("lostKeys")).toBe(0);
  });

  it("clears the screen with ^L and shows the line again", () => {
    const terminal = new Terminal().read().type("one\n").read().type("two", ctrl("l"));
    expect([terminal.row(0), terminal.row(1)]).toEqual(["two", ""]);
    expect(terminal.type("!\n").got).toBe("two!\n");
  });

  it("shows nothing without echo", () => {
    const terminal = new Terminal().setMode(CANONICAL).read().type("secret", BACKSPACE, ENTER);
    expect(terminal.got).toBe("secre\n");
    expect(terminal.row(0)).toBe("");
  });

  it("agrees with a simple model over random keys", () => {
    const random = new Random(11);
    const terminal = new Terminal();
    for (let round = 0; round < 60; round++) {
      let model = "";
      terminal.read();
      for (let step = 0; step < 30; step++) {
        const action = random.below(8);
        if (action < 5) {
          const character = random.pick([..."ab  c"]);
          terminal.type(character);
          model += character;
        } else if (action === 5) {
          terminal.type(BACKSPACE);
          model = model.slice(0, -1);
        } else if (action === 6) {
          terminal.type(ctrl("w"));
          model = model.replace(/[^ ]* *$/, "");
        } else if (random.below(6) === 0) {
          terminal.type(ctrl("u"));
          model = "";
        }
      }
      expect(terminal.type(ENTER).got).toBe(`${model}\n`);
    }
  });
});

describe("^C", () => {
  it("ends the foreground process at once, and throws away what was typed", () => {
    const terminal = new Terminal();
    terminal.kernel.call("hookInterrupt", 1);
    terminal.type("lost", ctrl("c"));
    expect(terminal.kernel.call("interruptCount")).toBe(1);
    expect(terminal.row(0)).toBe("^C");
    expect(terminal.read().type("x\n").got).toBe("x\n");
    terminal.read().type("half", ctrl("c"), "new\n");
    expect(terminal.got).toBe("new\n");
  });

  it("gives the line up when there is no foreground process", () => {
    const terminal = new Terminal();
    terminal.kernel.call("hookInterrupt", 0);
    terminal.read().type("half", ctrl("c"));
    expect(terminal.got).toBe(EINTR);
    expect(terminal.row(0)).toBe("half^C");
    expect(terminal.read().type("x\n").got).toBe("x\n");
  });

  it("is a character like others without signals", () => {
    const terminal = new Terminal().setMode(0);
    terminal.kernel.call("hookInterrupt", 1);
    expect(terminal.type(ctrl("c")).read().got).toBe("\x03");
    expect(terminal.kernel.call("interruptCount")).toBe(0);
  });
});

describe("raw mode", () => {
  it("gives bytes as they come, without lines", () => {
    const terminal = new Terminal().setMode(0).read();
    expect(terminal.got).toBeUndefined();
    expect(terminal.type("a").got).toBe("a");
    expect(terminal.type("bc", ENTER, BACKSPACE).read().got).toBe("b");
    expect([1, 2, 3].map(() => terminal.read().got)).toEqual(["c", "\r", "\x7f"]);
    expect(terminal.row(0)).toBe("");
  });

  it("gives the line that was being typed when the mode changes", () => {
    const terminal = new Terminal().read().type("abc");
    terminal.simulation.run("interruptReader");
    expect(terminal.got).toBe(EINTR);
    expect(terminal.setMode(0).read().got).toBe("abc");
  });

  it("sends for each key what the serial line's decoder makes the same key of", () => {
    const { kernel } = new Terminal();
    const keys = [
      ..."aZ0~ ".split("").map((c) => c.charCodeAt(0)),
      ...[128, 129, 130, 132, 134, 136, 137, 138, 139, 140].map((n) => SPECIAL | n),
      ...Array.from({ length: 12 }, (_, i) => SPECIAL | (i + 1)),
      ..."abcdefgklnopqrstuvwxyz".split("").map(ctrl),
      ENTER,
      BACKSPACE,
      9,
    ];
    for (const key of keys) {
      const length = kernel.call("textOfKey", key, 0x9000);
      expect(length, key.toString(16)).toBeGreaterThan(0);
      expect(kernel.call("textOfKey", key | RELEASE, 0x9100)).toBe(0);
      const decoded = Array.from({ length }, (_, i) =>
        kernel.call("decodeTerminalByte", kernel.bytes[0x9000 + i] ?? 0),
      );
      expect(
        decoded.filter((code) => code !== 0),
        key.toString(16),
      ).toEqual([key]);
    }
  });
});

describe("the terminal", () => {
  it("makes only the reader wait, and ends its wait when it is interrupted", () => {
    const terminal = new Terminal().read().type("ab");
    terminal.simulation.run("interruptReader");
    expect(terminal.got).toBe(EINTR);
    expect(terminal.read().type("c\n").got).toBe("abc\n");
  });

  it("has one reader at a time, and lets go of one who waits for his turn and is interrupted", () => {
    const terminal = new Terminal().read().read();
    expect(terminal.got).toBe(undefined);
    terminal.simulation.run("interruptReader");
    expect(terminal.got).toBe(EINTR);
  });

  it("says whether a read would wait", () => {
    const terminal = new Terminal();
    const isReadable = () => terminal.kernel.call("poll");
    expect(isReadable()).toBe(4);
    expect(terminal.type("ab") && isReadable()).toBe(4);
    expect(terminal.type(ENTER) && isReadable()).toBe(5);
    expect(terminal.read().got).toBe("ab\n");
    expect(isReadable()).toBe(4);
  });

  it("has a size, a cursor and colours", () => {
    const { kernel } = new Terminal();
    expect(kernel.call("ioctl", 0x103, 0)).toBe((80 << 16) | 25);
    expect(kernel.call("ioctl", 0x105, (7 << 16) | 3)).toBe(0);
    expect(kernel.call("ioctl", 0x104, 0)).toBe((7 << 16) | 3);
    for (let color = 0; color < 0x80; color++) {
      expect(kernel.call("ioctl", 0x107, color)).toBe(0);
      expect(kernel.call("ioctl", 0x106, 0)).toBe(color);
    }
    expect(kernel.call("write", kernel.writeText(0x4000, "x".repeat(500)), 500)).toBe(500);
    expect(kernel.call("ioctl", 0x104, 0)).toBe(((507 % 80) << 16) | (3 + Math.floor(507 / 80)));
    expect(kernel.call("ioctl", 0x999, 0)).toBe(-25);
  });

  it("moves through the scrollback with Shift and Page Up, while it has lines", () => {
    const terminal = new Terminal();
    const { kernel } = terminal;
    kernel.bytes.fill(0x61, 0x4000, 0x4000 + 9);
    terminal.read().type(SHIFT | SPECIAL | 130);
    expect(terminal.got).toBeUndefined();
    expect(terminal.type("x\n").got).toBe("x\n");
    terminal.setMode(0);
    expect(terminal.type(SHIFT | SPECIAL | 130).read().got).toBe("\x1b[5~");
  });
});

describe("^C that nobody reads", () => {
  const [SIGNALS, FLUSH_INPUT, TAKE_INTERRUPT] = [4, 0x108, 0x109];
  const take = (terminal: Terminal) => terminal.kernel.call("ioctl", TAKE_INTERRUPT, 0);

  it("is told once to who asks, with what was typed thrown away", () => {
    const terminal = new Terminal();
    expect(take(terminal)).toBe(0);
    terminal.type("ab\ncd", ctrl("C"), "ef");
    expect(take(terminal)).toBe(1);
    expect(terminal.row(0)).toBe("^C");
    expect(take(terminal)).toBe(0);
    expect(terminal.read().type("new\n").got).toBe("new\n");
  });

  it("is not told when it has been read, flushed, or ended the foreground process, nor where it is a byte like others", () => {
    const terminal = new Terminal();
    terminal.type(ctrl("C"));
    expect(terminal.read().got).toBe(EINTR);
    expect(take(terminal)).toBe(0);
    terminal.type(ctrl("C"));
    terminal.kernel.call("ioctl", FLUSH_INPUT, 0);
    expect(take(terminal)).toBe(0);
    terminal.kernel.call("hookInterrupt", 1);
    expect(take(terminal.type(ctrl("C")))).toBe(0);
    terminal.kernel.call("hookInterrupt", 0);
    terminal.kernel.call("ioctl", SET_MODE, terminal.kernel.call("ioctl", GET_MODE, 0) & ~SIGNALS);
    expect(take(terminal.type(ctrl("C")))).toBe(0);
  });
});
