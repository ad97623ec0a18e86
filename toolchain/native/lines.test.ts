// The line table from asc's source map, seen through our reader and through GNU's.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readLineTables } from "../../formats/dwarf-line.ts";
import { writeObject } from "../../formats/elf32-object.ts";
import { algorithmsSource, CORPUS_BASE, compileAssemblyScript } from "./fixtures.ts";
import { compileWasm } from "./index.ts";

async function compileWithLines() {
  const source = algorithmsSource();
  const { wasm, sourceMap } = await compileAssemblyScript("algorithms.ts", source);
  const { object } = compileWasm(wasm, { name: "algorithms", memoryBase: CORPUS_BASE, sourceMap, sourceRoot: "/src" });
  return { object, lines: source.split("\n") };
}

describe("the line table", () => {
  it("leads from code to the line that says it", async () => {
    const { object, lines } = await compileWithLines();
    const section = object.sections.find((s) => s.name === ".debug_line");
    const [table] = readLineTables(section?.data instanceof Uint8Array ? section.data : new Uint8Array(), "algorithms");
    const squareRoot = object.symbols.find((s) => s.name === "squareRoot" && s.size > 0);
    const [from, to] = [squareRoot?.value ?? 0, (squareRoot?.value ?? 0) + (squareRoot?.size ?? 0)];
    const inside = table.rows.filter((row) => row.address >= from && row.address < to && !row.endSequence);
    expect(inside[0].address).toBe(from);
    const first = lines.findIndex((line) => line.startsWith("export function squareRoot")) + 1;
    for (const row of inside) {
      expect(table.files[row.file].name).toBe("algorithms.ts");
      expect(row.line).toBeGreaterThanOrEqual(first);
      expect(row.line).toBeLessThanOrEqual(first + 16);
    }
    expect(new Set(inside.map((row) => row.line)).size).toBeGreaterThan(5);
    expect(inside.some((row) => lines[row.line - 1].includes("root >>= 1"))).toBe(true);
  });

  it.skipIf(spawnSync("addr2line", ["--version"]).status !== 0)(
    "is the same to addr2line, with function names",
    async () => {
      const { object, lines } = await compileWithLines();
      const directory = mkdtempSync(join(tmpdir(), "lines-"));
      try {
        const file = join(directory, "algorithms.o");
        writeFileSync(file, writeObject(object));
        const gcd = object.symbols.find((s) => s.name === "gcd" && s.size > 0);
        const address = `0x${(gcd?.value ?? 0).toString(16)}`;
        const [name, place] = execFileSync("addr2line", ["-f", "-e", file, address]).toString().trim().split("\n");
        expect(name).toBe("gcd");
        const line = Number(/algorithms\.ts:(\d+)/.exec(place)?.[1]);
        const first = lines.findIndex((text) => text.startsWith("export function gcd")) + 1;
        expect(line).toBeGreaterThanOrEqual(first);
        expect(line).toBeLessThanOrEqual(first + 6);
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
  );
});
