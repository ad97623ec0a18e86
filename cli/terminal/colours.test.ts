import { expect, test } from "vitest";
import { attributeSequences, colourDepth } from "./colours.ts";

test.each([
  [{ COLORTERM: "truecolor", TERM: "xterm" }, "truecolor"],
  [{ COLORTERM: "24bit" }, "truecolor"],
  [{ TERM: "xterm-direct" }, "truecolor"],
  [{ TERM: "xterm-256color" }, "256"],
  [{ TERM: "tmux-256color", COLORTERM: "" }, "256"],
  [{ TERM: "linux" }, "16"],
  [{}, "16"],
])("%j has %s colours", (env, depth) => {
  expect(colourDepth(env)).toBe(depth);
});

test("yellow on blue in each depth", () => {
  expect(attributeSequences("truecolor")[0x1e]).toBe("\x1b[0;38;2;255;255;85;48;2;0;0;170m");
  expect(attributeSequences("256")[0x1e]).toBe("\x1b[0;38;5;227;48;5;19m");
  expect(attributeSequences("16")[0x1e]).toBe("\x1b[0;93;44m");
});

test("bit 7 blinks and leaves the background dark", () => {
  expect(attributeSequences("16")[0xc7]).toBe("\x1b[0;37;41;5m");
});

test("no two attributes look the same", () => {
  for (const depth of ["truecolor", "256", "16"] as const) expect(new Set(attributeSequences(depth)).size).toBe(256);
});
