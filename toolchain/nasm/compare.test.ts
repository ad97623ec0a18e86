// Judged by NASM: the same sources through both, byte for byte.

import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isInstalled, missing, scratchDirectory } from "../../test/support.ts";
import { assembleNasm } from "./index.ts";
import { InstructionGenerator, LINES_BEFORE, surround } from "./testing/instructions.ts";

const FIXTURES = new URL("fixtures", import.meta.url).pathname;
const scratch = scratchDirectory("nasm");
afterAll(scratch.remove);
missing("nasm");

type Format = "bin" | "elf32";

/** NASM's result, in the directory of the fixtures so that names in objects are the same. */
function theirs(source: string, format: Format, extra: string[] = []): { output: Buffer; listing: string } {
  writeFileSync(join(scratch.path, "x.asm"), source);
  execFileSync("nasm", ["-w-all", "-f", format, "x.asm", "-o", "x.out", "-l", "x.lst", ...extra], {
    cwd: scratch.path,
    stdio: ["ignore", "ignore", "pipe"],
  });
  return {
    output: readFileSync(join(scratch.path, "x.out")),
    listing: readFileSync(join(scratch.path, "x.lst"), "utf8"),
  };
}

function ours(source: string, format: Format, extra = {}) {
  const result = assembleNasm(source, { file: "x.asm", format, listing: true, ...extra });
  return { output: Buffer.from(result.output), listing: result.listing ?? "" };
}

/** Lines with an address of their own, without what NASM adds for warnings and what a loop that was left still lists. */
function significant(listing: string): string[] {
  return listing.split("\n").filter((line) => /^ *\d+ [0-9A-F]{8} /.test(line));
}

describe.skipIf(!isInstalled("nasm"))("as NASM assembles", () => {
  for (const name of readdirSync(FIXTURES))
    for (const format of ["bin", "elf32"] as const) {
      const source = readFileSync(join(FIXTURES, name), "utf8");
      if (format === "bin" && /^\s*\[?extern/im.test(source)) continue;
      if (format === "elf32" && /^\s*\[?org/im.test(source)) continue;
      it(`${name} to ${format}`, () => {
        const expected = theirs(source, format);
        const actual = ours(source, format);
        expect(significant(actual.listing)).toEqual(significant(expected.listing));
        expect(actual.output.equals(expected.output)).toBe(true);
      });
    }

  it("without optimisation", () => {
    const source = "bits 32\nadd eax, 1\njmp $\njz $\npush 1\nadd ax, byte 3\nmov eax, [ebx+4]\ncall $\nimul eax, 3\n";
    expect(ours(source, "bin", { optimise: false }).output).toEqual(theirs(source, "bin", ["-O0"]).output);
  });

  for (const bits of [16, 32] as const)
    it(`10000 instructions of ${bits}-bit code`, { timeout: 60_000 }, () => {
      const lines = new InstructionGenerator(bits, bits).lines(10_000);
      const refused = leaveOutRefused(lines, bits);
      expect(refused).toBeLessThan(500);
      const source = surround(bits, lines);
      const expected = theirs(source, "bin");
      const actual = ours(source, "bin");
      if (!actual.output.equals(expected.output)) {
        const [mine, judged] = [significant(actual.listing), significant(expected.listing)];
        const at = judged.findIndex((line, i) => line !== mine[i]);
        expect(mine[at]).toBe(judged[at]);
      }
      expect(actual.output.equals(expected.output)).toBe(true);
    });
});

/** Makes lines that NASM refuses empty; tells how many there were. */
function leaveOutRefused(lines: string[], bits: 16 | 32): number {
  let refused = 0;
  for (let round = 0; round < 20; round++) {
    writeFileSync(join(scratch.path, "x.asm"), surround(bits, lines));
    const run = spawnSync("nasm", ["-w-all", "-f", "bin", "x.asm", "-o", "x.out"], {
      cwd: scratch.path,
      encoding: "utf8",
    });
    const found = [...run.stderr.matchAll(/^x\.asm:(\d+): error:/gm)].map((match) => Number(match[1]));
    if (found.length === 0) return refused;
    for (const line of new Set(found)) {
      lines[line - 1 - LINES_BEFORE] = "";
      refused++;
    }
  }
  return lines.length;
}
