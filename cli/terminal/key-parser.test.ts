import { describe, expect, test } from "vitest";
import type { Chord } from "../keys/us-layout.ts";
import { KeyParser } from "./key-parser.ts";

function show(chord: Chord): string {
  const names = [chord.ctrl && "ctrl", chord.alt && "alt", chord.shift && "shift", chord.meta && "meta", chord.code];
  return names.filter(Boolean).join("-");
}

function parse(...chunks: string[]): { keys: string[]; parser: KeyParser } {
  const keys: string[] = [];
  const parser = new KeyParser((chord, pasted) => keys.push((pasted ? "pasted " : "") + show(chord)));
  for (const chunk of chunks) parser.feed(Buffer.from(chunk));
  return { keys, parser };
}

describe("keys as terminals send them", () => {
  test.each([
    ["a", "KeyA"],
    ["A", "shift-KeyA"],
    ["!", "shift-Digit1"],
    [" ", "Space"],
    ["\r", "Enter"],
    ["\n", "ctrl-KeyJ"],
    ["\t", "Tab"],
    ["\x7f", "Backspace"],
    ["\x03", "ctrl-KeyC"],
    ["\x00", "ctrl-shift-Digit2"],
    ["\x1c", "ctrl-Backslash"],
    ["\x1bx", "alt-KeyX"],
    ["\x1bX", "alt-shift-KeyX"],
    ["\x1b\x03", "ctrl-alt-KeyC"],
    ["\x1b[A", "ArrowUp"],
    ["\x1bOD", "ArrowLeft"],
    ["\x1b[1;5A", "ctrl-ArrowUp"],
    ["\x1b[1;4C", "alt-shift-ArrowRight"],
    ["\x1b\x1b[B", "alt-ArrowDown"],
    ["\x1b[H", "Home"],
    ["\x1b[1~", "Home"],
    ["\x1b[7~", "Home"],
    ["\x1bOF", "End"],
    ["\x1b[2~", "Insert"],
    ["\x1b[3;5~", "ctrl-Delete"],
    ["\x1b[5~", "PageUp"],
    ["\x1b[6;2~", "shift-PageDown"],
    ["\x1bOP", "F1"],
    ["\x1b[[A", "F1"],
    ["\x1b[[E", "F5"],
    ["\x1b[11~", "F1"],
    ["\x1b[1;3P", "alt-F1"],
    ["\x1b[1;2Q", "shift-F2"],
    ["\x1b[15~", "F5"],
    ["\x1b[17;5~", "ctrl-F6"],
    ["\x1b[24;3~", "alt-F12"],
    ["\x1b[25~", "shift-F1"],
    ["\x1b[34~", "shift-F8"],
    ["\x1b[Z", "shift-Tab"],
    ["\x1b[3^", "ctrl-Delete"],
    ["\x1b[2$", "shift-Insert"],
    ["\x1b[a", "shift-ArrowUp"],
    ["\x1bOa", "ctrl-ArrowUp"],
    ["\x1bOM", "NumpadEnter"],
    ["\x1bOw", "Numpad7"],
    ["\x1b[97;5u", "ctrl-KeyA"],
    ["\x1b[27;5;93~", "ctrl-BracketRight"],
    ["\x1b[93;5u", "ctrl-BracketRight"],
  ])("%j is %s", (sequence, expected) => {
    const { keys, parser } = parse(sequence);
    expect(keys).toEqual([expected]);
    expect(parser.pending).toBe(false);
  });

  test.each(["\x1b[A", "\x1b[24;3~", "\x1bOP", "\x1b[[C", "\x1bx"])("%j one byte at a time is the same", (sequence) => {
    expect(parse(...sequence).keys).toEqual(parse(sequence).keys);
  });

  test("several keys in one chunk", () => {
    expect(parse("ls\r\x1b[A\x03").keys).toEqual(["KeyL", "KeyS", "Enter", "ArrowUp", "ctrl-KeyC"]);
  });

  test("a release of kitty's protocol is no second key", () => {
    expect(parse("\x1b[97;1:1u\x1b[97;1:3u").keys).toEqual(["KeyA"]);
  });

  test("an unknown sequence is no key and swallows nothing after it", () => {
    expect(parse("\x1b[?62;4cq\x1b[99~x").keys).toEqual(["KeyQ", "KeyX"]);
  });

  test("a character that the US keyboard lacks is no key, in whatever pieces it comes", () => {
    const keys: string[] = [];
    const parser = new KeyParser((chord) => keys.push(show(chord)));
    for (const byte of Buffer.from("é中a")) parser.feed(Uint8Array.of(byte));
    expect(keys).toEqual(["KeyA"]);
  });
});

describe("the Escape key", () => {
  test("comes alone once nothing follows", () => {
    const { keys, parser } = parse("\x1b");
    expect(keys).toEqual([]);
    expect(parser.pending).toBe(true);
    parser.flush();
    expect(keys).toEqual(["Escape"]);
    expect(parser.pending).toBe(false);
  });

  test("is no part of what comes after it was flushed", () => {
    const { keys, parser } = parse("\x1b");
    parser.flush();
    parser.feed(Buffer.from("[A"));
    expect(keys).toEqual(["Escape", "BracketLeft", "shift-KeyA"]);
  });

  test("Alt+[ and Alt+O are seen when nothing follows", () => {
    for (const [sequence, expected] of [
      ["\x1b[", "alt-BracketLeft"],
      ["\x1bO", "alt-shift-KeyO"],
      ["\x1b\x1b", "alt-Escape"],
    ]) {
      const { keys, parser } = parse(sequence);
      parser.flush();
      expect(keys).toEqual([expected]);
    }
  });

  test("before an Alt chord is a key of its own", () => {
    expect(parse("\x1b\x1bx").keys).toEqual(["Escape", "alt-KeyX"]);
  });
});

describe("bracketed paste", () => {
  test("types the text, with one Enter for a line end", () => {
    expect(parse("\x1b[200~a\r\nB\x1b[201~c").keys).toEqual([
      "pasted KeyA",
      "pasted Enter",
      "pasted shift-KeyB",
      "KeyC",
    ]);
  });

  test("ends wherever the chunks are cut", () => {
    const whole = "\x1b[200~ab\x1b[201~c";
    for (let cut = 1; cut < whole.length; cut++) {
      const { keys, parser } = parse(whole.slice(0, cut), whole.slice(cut));
      expect(keys).toEqual(["pasted KeyA", "pasted KeyB", "KeyC"]);
      expect(parser.pending).toBe(false);
    }
  });

  test("a line end cut in two is one Enter", () => {
    const whole = "\x1b[200~aa\r\nbbbb\x1b[201~";
    const parser = new KeyParser((chord) => keys.push(show(chord)));
    const keys: string[] = [];
    for (const byte of whole) parser.feed(Buffer.from(byte));
    expect(keys).toEqual(["KeyA", "KeyA", "Enter", "KeyB", "KeyB", "KeyB", "KeyB"]);
  });
});
