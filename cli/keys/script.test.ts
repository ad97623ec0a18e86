import { describe, expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { parseKeyScript } from "./script.ts";
import { chordOf, strokeOf } from "./us-layout.ts";

const strokes = (text: string) =>
  parseKeyScript(text).map((chord) => {
    const { code, modifiers } = strokeOf(chord);
    return [...modifiers, code].join(" ");
  });

describe("text of --type", () => {
  test.each<[string, string[]]>([
    ["aB1!", ["KeyA", "ShiftLeft KeyB", "Digit1", "ShiftLeft Digit1"]],
    ["\\n\\t\\e\\b\\\\", ["Enter", "Tab", "Escape", "Backspace", "Backslash"]],
    ["\\x41\\x03", ["ShiftLeft KeyA", "ControlLeft KeyC"]],
    ["<up><F1><PgDn>", ["ArrowUp", "F1", "PageDown"]],
    ["<ctrl-c><alt-f2>", ["ControlLeft KeyC", "AltLeft F2"]],
    ["<ctrl-alt-del>", ["ControlLeft AltLeft Delete"]],
    ["<shift-tab>", ["ShiftLeft Tab"]],
    ["<ctrl-]>", ["ControlLeft BracketRight"]],
    ["<ctrl-->", ["ControlLeft Minus"]],
    ["a < b", ["KeyA", "Space", "ShiftLeft Comma", "Space", "KeyB"]],
    ["<<", ["ShiftLeft Comma", "ShiftLeft Comma"]],
    ["\\<up>", ["ShiftLeft Comma", "KeyU", "KeyP", "ShiftLeft Period"]],
    ["", []],
  ])("%j", (text, expected) => {
    expect(strokes(text)).toEqual(expected);
  });

  test.each([
    ["a\\q", /unknown escape \\q \(position 1\)/],
    ["\\x4", /two hexadecimal digits/],
    ["a\\", /lone \\/],
    ["<nokey>", /no key is named <nokey> \(position 0/],
    ["<hyper-a>", /no key is named/],
    ["é", /no key for "é"/],
  ])("%j is refused", (text, message) => {
    expect(() => parseKeyScript(text)).toThrow(UsageError);
    expect(() => parseKeyScript(text)).toThrow(message);
  });
});

describe("the US layout", () => {
  test("has a key for every printable ASCII character, and no two characters share one", () => {
    const seen = new Set<string>();
    for (let value = 0x20; value < 0x7f; value++) {
      const chord = chordOf(String.fromCharCode(value));
      expect(chord).toBeDefined();
      seen.add(JSON.stringify(chord));
    }
    expect(seen.size).toBe(0x7f - 0x20);
  });

  test("has a Ctrl chord for every control character without a key of its own", () => {
    expect(chordOf("\x01")).toEqual({ code: "KeyA", ctrl: true });
    expect(chordOf("\x1d")).toEqual({ code: "BracketRight", ctrl: true });
    for (let value = 0; value < 0x20; value++) expect(chordOf(String.fromCharCode(value))).toBeDefined();
  });
});
