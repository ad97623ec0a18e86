import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, Random, type TestKernel } from "../testing.ts";

const SOURCE = `
import { decodeScanCode, keyboardLocks } from "./drivers/scanCodes.ts";
import { decodeTerminalByte } from "./drivers/terminalKeys.ts";
export { decodeScanCode, decodeTerminalByte, keyboardLocks };
`;

// The codes as GeekOS's keyboard.h has them.
const SPECIAL = 0x100;
const KEYPAD = 0x200;
const SHIFT = 0x1000;
const ALT = 0x2000;
const CTRL = 0x4000;
const RELEASE = 0x8000;
const UP = SPECIAL | 129;
const HOME = SPECIAL | 128;
const DELETE = SPECIAL | 140;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

function decode(kernel: TestKernel, name: string, ...bytes: number[]): number[] {
  return bytes.map((byte) => kernel.call(name, byte)).filter((key) => key !== 0);
}
const keys = (kernel: TestKernel, ...bytes: number[]) => decode(kernel, "decodeScanCode", ...bytes);
const ascii = (text: string) => text.charCodeAt(0);

describe("scan codes", () => {
  it("type the US layout, without and with shift", () => {
    const rows: [number, string, string][] = [
      [0x02, "1234567890-=", "!@#$%^&*()_+"],
      [0x10, "qwertyuiop[]", "QWERTYUIOP{}"],
      [0x1e, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
      [0x2b, "\\zxcvbnm,./", "|ZXCVBNM<>?"],
    ];
    for (const [first, plain, shifted] of rows) {
      const kernel = instantiate(module);
      const codes = [...plain].map((_, i) => first + i);
      expect(keys(kernel, ...codes)).toEqual([...plain].map(ascii));
      keys(kernel, 0x2a);
      expect(keys(kernel, ...codes)).toEqual([...shifted].map((c) => ascii(c) | SHIFT));
      expect(keys(kernel, 0xaa)).toEqual([SPECIAL | 15 | RELEASE]);
      expect(keys(kernel, ...codes)).toEqual([...plain].map(ascii));
    }
    const kernel = instantiate(module);
    expect(keys(kernel, 0x1c, 0x9c, 0x0e, 0x0f, 0x01, 0x39)).toEqual([13, 13 | RELEASE, 8, 9, 27, 32]);
  });

  it("carry the modifiers that are down, each key of a pair for itself", () => {
    const kernel = instantiate(module);
    keys(kernel, 0x1d, 0xe0, 0x1d); // both ctrls
    expect(keys(kernel, 0x2e)).toEqual([ascii("c") | CTRL]);
    keys(kernel, 0x9d);
    expect(keys(kernel, 0x2e)).toEqual([ascii("c") | CTRL]);
    keys(kernel, 0xe0, 0x9d, 0x38);
    expect(keys(kernel, 0x2e)).toEqual([ascii("c") | ALT]);
    keys(kernel, 0x2a, 0x36, 0xaa);
    expect(keys(kernel, 0x2e)).toEqual([ascii("C") | ALT | SHIFT]);
  });

  it("caps lock turns letters around, and only letters; a held key doesn't toggle again", () => {
    const kernel = instantiate(module);
    keys(kernel, 0x3a, 0x3a, 0x3a, 0xba);
    expect(kernel.call("keyboardLocks")).toBe(4);
    expect(keys(kernel, 0x1e, 0x02)).toEqual([ascii("A"), ascii("1")]);
    keys(kernel, 0x2a);
    expect(keys(kernel, 0x1e, 0x02)).toEqual([ascii("a") | SHIFT, ascii("!") | SHIFT]);
    keys(kernel, 0xaa, 0x3a, 0xba);
    expect(kernel.call("keyboardLocks")).toBe(0);
    expect(keys(kernel, 0x1e)).toEqual([ascii("a")]);
  });

  it("tell the keypad from the keys that E0 marks", () => {
    const kernel = instantiate(module);
    expect(keys(kernel, 0x48)).toEqual([UP | KEYPAD]);
    expect(keys(kernel, 0xe0, 0x48)).toEqual([UP]);
    expect(keys(kernel, 0xe0, 0xc8)).toEqual([UP | RELEASE]);
    expect(keys(kernel, 0xe0, 0x47, 0xe0, 0x53)).toEqual([HOME, DELETE]);
    keys(kernel, 0x45, 0xc5);
    expect(keys(kernel, 0x48, 0x53, 0xe0, 0x48)).toEqual([ascii("8") | KEYPAD, ascii(".") | KEYPAD, UP]);
    expect(keys(kernel, 0xe0, 0x1c, 0xe0, 0x35)).toEqual([13 | KEYPAD, ascii("/") | KEYPAD]);
  });

  it("know F1 to F12, and skip Pause and the shifts that keyboards make up", () => {
    const kernel = instantiate(module);
    const f = [0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41, 0x42, 0x43, 0x44, 0x57, 0x58];
    expect(keys(kernel, ...f)).toEqual(f.map((_, i) => SPECIAL | (i + 1)));
    expect(keys(kernel, 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5)).toEqual([]);
    expect(keys(kernel, 0xe0, 0x2a, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0xaa)).toEqual([
      SPECIAL | 19,
      SPECIAL | 19 | RELEASE,
    ]);
    expect(keys(kernel, 0x1e)).toEqual([ascii("a")]);
  });

  it("forget no modifier over random bytes: after all releases a letter is plain again", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const kernel = instantiate(module);
      const random = new Random(seed);
      for (let i = 0; i < 300; i++) kernel.call("decodeScanCode", random.below(256));
      keys(kernel, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01); // ends a prefix or a Pause sequence
      keys(kernel, 0xaa, 0xb6, 0x9d, 0xb8, 0xe0, 0x9d, 0xe0, 0xb8, 0xba);
      const isCaps = (kernel.call("keyboardLocks") & 4) !== 0;
      expect(keys(kernel, 0x1e)).toEqual([ascii(isCaps ? "A" : "a")]);
    }
  });
});

describe("terminal keys", () => {
  it.each<[string, number[]]>([
    ["aZ~ ", [..."aZ~ "].map(ascii)],
    ["\r", [13]],
    ["\n", [13]],
    ["\x7f\b", [8, 8]],
    ["\x03", [CTRL | ascii("c")]],
    ["\x15", [CTRL | ascii("u")]],
    ["\x1b[A\x1b[B\x1b[C\x1b[D", [UP, SPECIAL | 137, SPECIAL | 134, SPECIAL | 132]],
    ["\x1bOH\x1bOF", [HOME, SPECIAL | 136]],
    ["\x1b[1~\x1b[3~\x1b[4~\x1b[5~\x1b[6~", [HOME, DELETE, SPECIAL | 136, SPECIAL | 130, SPECIAL | 138]],
    ["\x1b[99~x", [ascii("x")]],
    ["\x1bx", [ascii("x")]],
    ["\xff\x00x", [ascii("x")]],
  ])("%j", (text, expected) => {
    const kernel = instantiate(module);
    expect(decode(kernel, "decodeTerminalByte", ...[...text].map(ascii))).toEqual(expected);
  });
});
