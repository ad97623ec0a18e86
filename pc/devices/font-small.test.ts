import { expect, it } from "vitest";
import { font8x8 } from "./font-small.ts";

const font = font8x8();
const glyph = (code: number | string): number[] => {
  const at = 8 * (typeof code === "string" ? code.charCodeAt(0) : code);
  return [...font.subarray(at, at + 8)];
};

it("draws every character of ASCII differently, on one base line", () => {
  const seen = new Set<string>();
  for (let code = 0x20; code < 0x7f; code++) seen.add(glyph(code).join());
  expect(seen.size).toBe(0x7f - 0x20);
  for (const capital of "ABCDEFGHIJKLMNOPRSTUVWXYZ") {
    expect(glyph(capital)[0] && glyph(capital)[6], capital).not.toBe(0);
    expect(glyph(capital)[7], capital).toBe(0);
  }
  for (const small of "acemnorsuvwxz") expect(glyph(small).slice(0, 2), small).toEqual([0, 0]);
  for (const hanging of "gpqy") expect(glyph(hanging)[7], hanging).not.toBe(0);
});

it("draws lines that meet and blocks that fill", () => {
  const [vertical, horizontal, cross] = [179, 196, 197].map(glyph);
  expect(vertical.every((row) => row === vertical[0])).toBe(true);
  expect(cross).toEqual(vertical.map((row, at) => row | horizontal[at]));
  expect(glyph(219)).toEqual(Array(8).fill(0xff));
  expect(glyph(220)).toEqual([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  expect(glyph(223)).toEqual([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
  // A quarter, a half and three quarters of the dots.
  const dots = (code: number) => glyph(code).reduce((sum, row) => sum + row.toString(2).replaceAll("0", "").length, 0);
  expect([176, 177, 178].map(dots)).toEqual([16, 32, 48]);
});
