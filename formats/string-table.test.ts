import { describe, expect, it } from "vitest";
import { Elf32Error } from "./elf32.ts";
import { StringTable } from "./string-table.ts";

describe("StringTable", () => {
  it("stores each name once, and none that another one ends with", () => {
    const table = new StringTable([".text", "", ".rel.text", "main", ".text", "xt", "domain", "é"]);
    expect(new TextDecoder().decode(table.bytes)).toBe("\0.rel.text\0domain\0é\0");
    expect(["", ".rel.text", ".text", "xt", "domain", "main", "é"].map((name) => table.offsetOf(name))).toEqual([
      0, 1, 5, 8, 11, 13, 18,
    ]);
  });

  it("knows only the names that it was made with", () => {
    expect(() => new StringTable(["a"]).offsetOf("b")).toThrow(Elf32Error);
  });
});
