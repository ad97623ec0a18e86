import { describe, expect, it } from "vitest";
import { seeded } from "../toolchain/testing/mutate.ts";
import { findKernelSymbol, MAX_TEXT, type SymbolFunction, writeKernelSymbols } from "./kernel-symbols.ts";
import { MAX_NESTING, packTexts, unpackText } from "./packed-texts.ts";

describe("packed texts", () => {
  it("come out as they went in", () => {
    const random = seeded(7);
    const parts = ["kernel/", "thread", "Queue", "#", "wait", "initialize", "For", ".ts", "<T>", "~lib/", "z"];
    const texts = Array.from({ length: 300 }, () =>
      Array.from({ length: random(6) }, () => parts[random(parts.length)]).join(""),
    );
    const { pairs, texts: packed } = packTexts(texts);
    expect(packed.map((text) => unpackText(text, pairs, 1000))).toEqual(texts);
    const bytes = (list: readonly { length: number }[]) => list.reduce((sum, { length }) => sum + length, 0);
    expect(bytes(packed)).toBeLessThan(bytes(texts) / 3);
  });

  it("pack runs of one character, and say ? for what is not ASCII", () => {
    const texts = ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "naïve 🙂\n"];
    const { pairs, texts: packed } = packTexts(texts);
    expect(packed.map((text) => unpackText(text, pairs, 1000))).toEqual([texts[0], "na?ve ??"]);
  });

  it("nest no deeper than a reader's stack allows", () => {
    const { pairs } = packTexts(["x".repeat(1 << 19)]);
    const depth = (code: number): number =>
      code < 0x80 ? 0 : 1 + Math.max(depth(pairs[2 * (code - 0x80)]), depth(pairs[2 * (code - 0x80) + 1]));
    const depths = Array.from({ length: 128 }, (_, i) => (pairs[2 * i] === 0 ? 0 : depth(0x80 + i)));
    expect(Math.max(...depths)).toBe(MAX_NESTING);
  });

  it("are cut where a table makes them endless", () => {
    const pairs = new Uint8Array(256).fill(0x80);
    pairs.set([0x61, 0x81], 2);
    expect(unpackText(Uint8Array.of(0x81), pairs, 5)).toBe("aaaaa");
  });
});

describe("a kernel's symbols", () => {
  it("are found again at every address", () => {
    const random = seeded(11);
    const functions: SymbolFunction[] = [];
    let address = 0x100000;
    for (let i = 0; i < 100; i++) {
      const start = address;
      const lines = [];
      for (let n = random(12); n > 0; n--) {
        lines.push({ address, line: random(8) === 0 ? 1 + random(1 << 20) : 1 + random(300) });
        address += 1 + random(random(9) === 0 ? 1 << 20 : 40);
      }
      address += 1 + random(200);
      functions.push({ address: start, name: `f${i}`, ...(lines.length > 0 && { file: `kernel/${i % 9}.ts` }), lines });
    }
    const table = writeKernelSymbols(functions);
    expect(findKernelSymbol(table, 0xfffff)).toBeUndefined();
    for (const [i, entry] of functions.entries()) {
      const next = functions[i + 1]?.address ?? entry.address + 100;
      for (const at of [entry.address, next - 1, ...entry.lines.flatMap((line) => [line.address, line.address + 1])]) {
        if (at >= next) continue;
        const line = entry.lines.findLast((candidate) => candidate.address <= at)?.line ?? 0;
        expect(findKernelSymbol(table, at)).toEqual({
          name: entry.name,
          ...(entry.file && { file: entry.file }),
          line,
        });
      }
    }
  });

  it("may be none, or have names of any length", () => {
    expect(findKernelSymbol(writeKernelSymbols([]), 0x100000)).toBeUndefined();
    const long = Array.from({ length: 40 }, (_, i) => `part${i}`).join("/");
    const table = writeKernelSymbols([{ address: 5, name: long, lines: [] }]);
    expect(findKernelSymbol(table, 5)).toEqual({ name: long.slice(0, MAX_TEXT), line: 0 });
  });
});
