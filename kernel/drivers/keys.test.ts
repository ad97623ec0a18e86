import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, Random, type TestKernel } from "../testing.ts";

const SOURCE = `
import { decodeScanCode, keyboardLocks, setKeyboardLayout, setKeyboardLocks } from "./drivers/scanCodes.ts";
import { decodeTerminalByte } from "./drivers/terminalKeys.ts";
export { decodeScanCode, decodeTerminalByte, keyboardLocks, setKeyboardLayout, setKeyboardLocks };
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

  it("know F1 to F12, Pause, and skip the shifts that keyboards make up", () => {
    const kernel = instantiate(module);
    const f = [0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41, 0x42, 0x43, 0x44, 0x57, 0x58];
    expect(keys(kernel, ...f)).toEqual(f.map((_, i) => SPECIAL | (i + 1)));
    expect(keys(kernel, 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5)).toEqual([SPECIAL | 24, SPECIAL | 24 | RELEASE]);
    expect(keys(kernel, 0xe1, 0x1d, 0x46, 0xe1, 0x1e, 0x45)).toEqual([]);
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

/** A character of code page 437, for those that aren't ASCII. */
const CP437: Record<string, number> = {
  "£": 0x9c,
  "¬": 0xaa,
  á: 0xa0,
  é: 0x82,
  í: 0xa1,
  ó: 0xa2,
  ú: 0xa3,
  ß: 0xe1,
  ü: 0x81,
  ö: 0x94,
  ä: 0x84,
  Ü: 0x9a,
  Ö: 0x99,
  Ä: 0x8e,
  "°": 0xf8,
  "²": 0xfd,
  µ: 0xe6,
};

// Every key of a 104-key board and the 102nd key: its bytes, and what it types plain and with Shift in the layouts US, UK
// and German ("": nothing); or, for a key that types nothing, its code.
type Types = [us: string, uk: string, german: string];
const CHARACTER_KEYS: [bytes: number[], plain: Types, shifted: Types][] = [
  [[0x29], ["`", "`", "^"], ["~", "¬", "°"]],
  [[0x02], ["1", "1", "1"], ["!", "!", "!"]],
  [[0x03], ["2", "2", "2"], ["@", '"', '"']],
  [[0x04], ["3", "3", "3"], ["#", "£", ""]],
  [[0x05], ["4", "4", "4"], ["$", "$", "$"]],
  [[0x06], ["5", "5", "5"], ["%", "%", "%"]],
  [[0x07], ["6", "6", "6"], ["^", "^", "&"]],
  [[0x08], ["7", "7", "7"], ["&", "&", "/"]],
  [[0x09], ["8", "8", "8"], ["*", "*", "("]],
  [[0x0a], ["9", "9", "9"], ["(", "(", ")"]],
  [[0x0b], ["0", "0", "0"], [")", ")", "="]],
  [[0x0c], ["-", "-", "ß"], ["_", "_", "?"]],
  [[0x0d], ["=", "=", "'"], ["+", "+", "`"]],
  [[0x0e], ["\b", "\b", "\b"], ["\b", "\b", "\b"]],
  [[0x0f], ["\t", "\t", "\t"], ["\t", "\t", "\t"]],
  [[0x10], ["q", "q", "q"], ["Q", "Q", "Q"]],
  [[0x11], ["w", "w", "w"], ["W", "W", "W"]],
  [[0x12], ["e", "e", "e"], ["E", "E", "E"]],
  [[0x13], ["r", "r", "r"], ["R", "R", "R"]],
  [[0x14], ["t", "t", "t"], ["T", "T", "T"]],
  [[0x15], ["y", "y", "z"], ["Y", "Y", "Z"]],
  [[0x16], ["u", "u", "u"], ["U", "U", "U"]],
  [[0x17], ["i", "i", "i"], ["I", "I", "I"]],
  [[0x18], ["o", "o", "o"], ["O", "O", "O"]],
  [[0x19], ["p", "p", "p"], ["P", "P", "P"]],
  [[0x1a], ["[", "[", "ü"], ["{", "{", "Ü"]],
  [[0x1b], ["]", "]", "+"], ["}", "}", "*"]],
  [[0x1c], ["\r", "\r", "\r"], ["\r", "\r", "\r"]],
  [[0x1e], ["a", "a", "a"], ["A", "A", "A"]],
  [[0x1f], ["s", "s", "s"], ["S", "S", "S"]],
  [[0x20], ["d", "d", "d"], ["D", "D", "D"]],
  [[0x21], ["f", "f", "f"], ["F", "F", "F"]],
  [[0x22], ["g", "g", "g"], ["G", "G", "G"]],
  [[0x23], ["h", "h", "h"], ["H", "H", "H"]],
  [[0x24], ["j", "j", "j"], ["J", "J", "J"]],
  [[0x25], ["k", "k", "k"], ["K", "K", "K"]],
  [[0x26], ["l", "l", "l"], ["L", "L", "L"]],
  [[0x27], [";", ";", "ö"], [":", ":", "Ö"]],
  [[0x28], ["'", "'", "ä"], ['"', "@", "Ä"]],
  [[0x2b], ["\\", "#", "#"], ["|", "~", "'"]],
  [[0x56], ["\\", "\\", "<"], ["|", "|", ">"]],
  [[0x2c], ["z", "z", "y"], ["Z", "Z", "Y"]],
  [[0x2d], ["x", "x", "x"], ["X", "X", "X"]],
  [[0x2e], ["c", "c", "c"], ["C", "C", "C"]],
  [[0x2f], ["v", "v", "v"], ["V", "V", "V"]],
  [[0x30], ["b", "b", "b"], ["B", "B", "B"]],
  [[0x31], ["n", "n", "n"], ["N", "N", "N"]],
  [[0x32], ["m", "m", "m"], ["M", "M", "M"]],
  [[0x33], [",", ",", ","], ["<", "<", ";"]],
  [[0x34], [".", ".", "."], [">", ">", ":"]],
  [[0x35], ["/", "/", "-"], ["?", "?", "_"]],
  [[0x39], [" ", " ", " "], [" ", " ", " "]],
  [[0x01], ["\x1b", "\x1b", "\x1b"], ["\x1b", "\x1b", "\x1b"]],
];
const SPECIAL_KEYS: [bytes: number[], key: number][] = [
  ...[0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41, 0x42, 0x43, 0x44, 0x57, 0x58].map((code, i): [number[], number] => [
    [code],
    SPECIAL | (i + 1),
  ]),
  [[0xe0, 0x37], SPECIAL | 19], // Print Screen
  [[0x54], SPECIAL | 23], // SysRq: Alt and Print Screen
  [[0xe0, 0x46], SPECIAL | 25], // Break: Ctrl and Pause
  [[0xe0, 0x52], SPECIAL | 139], // Insert
  [[0xe0, 0x47], HOME],
  [[0xe0, 0x49], SPECIAL | 130], // Page Up
  [[0xe0, 0x53], DELETE],
  [[0xe0, 0x4f], SPECIAL | 136], // End
  [[0xe0, 0x51], SPECIAL | 138], // Page Down
  [[0xe0, 0x48], UP],
  [[0xe0, 0x4b], SPECIAL | 132], // Left
  [[0xe0, 0x50], SPECIAL | 137], // Down
  [[0xe0, 0x4d], SPECIAL | 134], // Right
  [[0xe0, 0x5b], SPECIAL | 26], // the Windows keys and Menu
  [[0xe0, 0x5c], SPECIAL | 27],
  [[0xe0, 0x5d], SPECIAL | 28],
  [[0xe0, 0x1c], KEYPAD | 13], // the keypad's Enter, slash, star, minus and plus
  [[0xe0, 0x35], KEYPAD | 0x2f],
  [[0x37], KEYPAD | 0x2a],
  [[0x4a], KEYPAD | SPECIAL | 131],
  [[0x4e], KEYPAD | SPECIAL | 135],
];
/** Keypad keys: the code without num lock, the character with it. */
const KEYPAD_KEYS: [code: number, plain: number, character: string][] = [
  [0x47, HOME, "7"],
  [0x48, UP, "8"],
  [0x49, SPECIAL | 130, "9"],
  [0x4b, SPECIAL | 132, "4"],
  [0x4c, SPECIAL | 133, "5"],
  [0x4d, SPECIAL | 134, "6"],
  [0x4f, SPECIAL | 136, "1"],
  [0x50, SPECIAL | 137, "2"],
  [0x51, SPECIAL | 138, "3"],
  [0x52, SPECIAL | 139, "0"],
  [0x53, DELETE, "."],
];
/** Modifiers and locks: the code, and the flag that is set while the key is down. */
const MODIFIER_KEYS: [bytes: number[], key: number, flag: number][] = [
  [[0x2a], SPECIAL | 15, SHIFT],
  [[0x36], SPECIAL | 16, SHIFT],
  [[0x1d], SPECIAL | 13, CTRL],
  [[0xe0, 0x1d], SPECIAL | 14, CTRL],
  [[0x38], SPECIAL | 17, ALT],
  [[0xe0, 0x38], SPECIAL | 18, ALT],
  [[0x3a], SPECIAL | 20, 0],
  [[0x45], SPECIAL | 21, 0],
  [[0x46], SPECIAL | 22, 0],
];

const cp437 = (character: string) => (character === "" ? 0 : (CP437[character] ?? ascii(character)));
const release = (bytes: number[]) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte | 0x80 : byte));
/** What a press and a release of the key give. */
const stroke = (kernel: TestKernel, bytes: number[]) => keys(kernel, ...bytes, ...release(bytes));
const both = (key: number) => (key === 0 ? [] : [key, key | RELEASE]);
const LAYOUTS = ["US", "UK", "German"] as const;

describe.each([0, 1, 2] as const)("layout %i", (layout) => {
  let kernel: TestKernel;
  beforeAll(() => {
    kernel = instantiate(module);
    expect(kernel.call("setKeyboardLayout", layout)).toBe(1);
  });

  it(`types each key of the ${LAYOUTS[layout]} board, plain, with either Shift, and with Caps Lock`, () => {
    for (const [bytes, plain, shifted] of CHARACTER_KEYS) {
      const name = `key ${bytes[0]?.toString(16)}`;
      const small = cp437(plain[layout]);
      const capital = cp437(shifted[layout]);
      expect(stroke(kernel, bytes), name).toEqual(both(small));
      for (const shift of [0x2a, 0x36]) {
        keys(kernel, shift);
        expect(stroke(kernel, bytes), name).toEqual(both(capital === 0 ? 0 : capital | SHIFT));
        keys(kernel, shift | 0x80);
      }
      const isLetter = /[a-zäöü]/.test(plain[layout]);
      kernel.call("setKeyboardLocks", 4);
      expect(stroke(kernel, bytes), name).toEqual(both(isLetter ? capital : small));
      keys(kernel, 0x2a);
      expect(keys(kernel, ...bytes), name).toEqual(capital === 0 ? [] : [(isLetter ? small : capital) | SHIFT]);
      keys(kernel, 0xaa);
      kernel.call("setKeyboardLocks", 0);
    }
  });

  it("has the special keys and the keypad, under each lock and modifier", () => {
    for (const [bytes, key] of SPECIAL_KEYS) {
      for (let locks = 0; locks < 8; locks++) {
        kernel.call("setKeyboardLocks", locks);
        expect(stroke(kernel, bytes), `${bytes}`).toEqual(both(key));
      }
    }
    for (const [code, plain, typed] of KEYPAD_KEYS) {
      const character = ascii(typed === "." && layout === 2 ? "," : typed);
      kernel.call("setKeyboardLocks", 0);
      expect(stroke(kernel, [code])).toEqual(both(plain | KEYPAD));
      keys(kernel, 0x2a);
      expect(stroke(kernel, [code])).toEqual(both(character | KEYPAD | SHIFT));
      kernel.call("setKeyboardLocks", 2);
      expect(stroke(kernel, [code])).toEqual(both(plain | KEYPAD | SHIFT));
      keys(kernel, 0xaa);
      expect(stroke(kernel, [code])).toEqual(both(character | KEYPAD));
    }
    kernel.call("setKeyboardLocks", 0);
  });

  it("sets a modifier's flag on every key while it is down, and a lock at every second stroke", () => {
    for (const [bytes, key, flag] of MODIFIER_KEYS) {
      expect(keys(kernel, ...bytes)).toEqual([key | flag]);
      expect(stroke(kernel, [0x3b])).toEqual(both(SPECIAL | 1 | flag));
      expect(stroke(kernel, [0xe0, 0x48])).toEqual(both(UP | flag));
      expect(keys(kernel, ...release(bytes))).toEqual([key | RELEASE]);
    }
    expect(kernel.call("keyboardLocks")).toBe(7);
    for (const [bytes, , flag] of MODIFIER_KEYS) if (flag === 0) stroke(kernel, bytes);
    expect(kernel.call("keyboardLocks")).toBe(0);
  });
});

describe("AltGr", () => {
  it.each<[number, string, [number, string][]]>([
    [0, "", []],
    [
      1,
      "UK",
      [
        [0x12, "é"],
        [0x16, "ú"],
        [0x17, "í"],
        [0x18, "ó"],
        [0x1e, "á"],
        [0x29, "|"],
      ],
    ],
    [
      2,
      "German",
      [
        [0x03, "²"],
        [0x08, "{"],
        [0x09, "["],
        [0x0a, "]"],
        [0x0b, "}"],
        [0x0c, "\\"],
        [0x10, "@"],
        [0x1b, "~"],
        [0x32, "µ"],
        [0x56, "|"],
      ],
    ],
  ])("types the third characters of layout %i (%s), and is Alt for the others", (layout, _, third) => {
    const kernel = instantiate(module);
    kernel.call("setKeyboardLayout", layout);
    const characters = new Map(third);
    keys(kernel, 0xe0, 0x38);
    for (const [[code = 0], plain] of CHARACTER_KEYS) {
      const expected = characters.get(code);
      const key = expected === undefined ? cp437(plain[layout as 0 | 1 | 2]) | ALT : cp437(expected);
      expect(stroke(kernel, [code]), `key ${code.toString(16)}`).toEqual(both(key));
    }
    keys(kernel, 0xe0, 0xb8, 0x38); // the left Alt key is no AltGr
    expect(keys(kernel, 0x10)).toEqual([ascii("q") | ALT]);
  });

  it("is chosen among the layouts that exist", () => {
    expect(instantiate(module).call("setKeyboardLayout", 3)).toBe(0);
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
