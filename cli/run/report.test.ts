import { expect, test } from "vitest";
import { registersText, screenText } from "./report.ts";

test("registers: four in a line, those with parts in their own", () => {
  const registers = {
    eax: 0x1234,
    ecx: 0,
    edx: 0,
    ebx: -1,
    eip: 0xfff0,
    cs: 8,
    "cs.base": 0x10000,
    "cs.limit": 0xffffffff,
    "gdtr.base": 0x800,
    "gdtr.limit": 0x17,
  };
  expect(registersText(registers).split("\n")).toEqual([
    "  eax    00001234  ecx    00000000  edx    00000000  ebx    ffffffff",
    "  eip    0000fff0",
    "  cs     00000008  base 00010000  limit ffffffff",
    "  gdtr   base 00000800  limit 00000017",
  ]);
});

test("the screen ends with its last line that has text", () => {
  expect(screenText({ text: () => ["a", "", "b  ", "", ""] })).toBe("a\n\nb\n");
  expect(screenText({ text: () => ["", ""] })).toBe("");
});
