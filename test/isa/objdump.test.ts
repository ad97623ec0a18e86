// Instruction text against GNU objdump: every form of the table with varied operands, both syntaxes, 16- and 32-bit code, line for line.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { formatInstruction } from "../../isa/format.ts";
import { isInstalled, scratchDirectory } from "../support.ts";
import { samplesOf } from "./samples.ts";

const PER_FORM = 25;
const folder = scratchDirectory("isa");
afterAll(folder.remove);

/** What objdump prints for each of the pieces of code, which lie 16 bytes apart. */
function objdump(pieces: readonly Uint8Array[], bits: 16 | 32, syntax: "att" | "intel"): string[] {
  const code = new Uint8Array(pieces.length * 16).fill(0x90);
  for (const [i, bytes] of pieces.entries()) code.set(bytes, i * 16);
  const path = join(folder.path, `${bits}.bin`);
  writeFileSync(path, code);
  const machine = ["-m", bits === 32 ? "i386" : "i8086", "-M", syntax === "att" ? "att" : "intel"];
  const listing = execFileSync("objdump", ["-D", "-z", "-w", "-b", "binary", ...machine, path], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const lines = new Map<number, string>();
  for (const [, address, text] of listing.matchAll(/^ *([0-9a-f]+):\t[0-9a-f ]+?\t(.*)$/gm))
    lines.set(Number.parseInt(address, 16), text);
  return pieces.map((_, i) => lines.get(i * 16) ?? "(no line)");
}

describe.skipIf(!isInstalled("objdump"))("GNU objdump prints the same", () => {
  for (const bits of [16, 32] as const) {
    const all = samplesOf(bits, bits, PER_FORM);
    for (const syntax of ["att", "intel"] as const) {
      test(`${syntax} syntax, ${bits}-bit code`, () => {
        const theirs = objdump(
          all.map((sample) => sample.bytes),
          bits,
          syntax,
        );
        const differences = all.flatMap(({ bytes, instruction }, i) => {
          const ours = formatInstruction(instruction, { syntax, address: i * 16 });
          return ours === theirs[i] ? [] : [`${Buffer.from(bytes).toString("hex")}: ${ours} | ${theirs[i]}`];
        });
        expect(differences).toEqual([]);
        expect(all.length).toBeGreaterThan(15_000);
      });
    }
  }
});
