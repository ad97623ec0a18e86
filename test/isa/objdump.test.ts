// Instruction text against GNU objdump: every form of the table with varied operands, both syntaxes, 16- and 32-bit code, line for line.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { disassemble } from "../../isa/disassemble.ts";
import { BAD, formatInstruction } from "../../isa/format.ts";
import { Random } from "../hardware/random.ts";
import { isInstalled, scratchDirectory } from "../support.ts";
import { samplesOf } from "./samples.ts";

const PER_FORM = 25;
const folder = scratchDirectory("isa");
afterAll(folder.remove);

/** objdump's reading of bytes: address, length and text of each line. */
function listing(
  bytes: Uint8Array,
  bits: 16 | 32,
  syntax: "att" | "intel",
): { at: number; length: number; text: string }[] {
  const path = join(folder.path, `${bits}.bin`);
  writeFileSync(path, bytes);
  const machine = ["-m", bits === 32 ? "i386" : "i8086", "-M", syntax];
  const output = execFileSync("objdump", ["-D", "-z", "-w", "-b", "binary", ...machine, path], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return [...output.matchAll(/^ *([0-9a-f]+):\t((?:[0-9a-f]{2} )+) *\t(.*)$/gm)].map(([, address, code, text]) => ({
    at: Number.parseInt(address, 16),
    length: code.length / 3,
    text,
  }));
}

/** What objdump prints for each of the pieces of code, which lie 16 bytes apart. */
function objdump(pieces: readonly Uint8Array[], bits: 16 | 32, syntax: "att" | "intel"): string[] {
  const code = new Uint8Array(pieces.length * 16).fill(0x90);
  for (const [i, bytes] of pieces.entries()) code.set(bytes, i * 16);
  const lines = new Map(listing(code, bits, syntax).map(({ at, text }) => [at, text]));
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

describe.skipIf(!isInstalled("objdump"))("GNU objdump goes through random bytes the same way", () => {
  test.each([16, 32] as const)("%i-bit code", (bits) => {
    const random = new Random(6);
    const code = Uint8Array.from({ length: 100_000 }, () =>
      random.chance(8) ? random.pick([0x0f, 0x66, 0x9b, 0xd9, 0xdb, 0xf0, 0xf2, 0xf3]) : random.below(256),
    );
    const lines = listing(code, bits, "intel");
    const differences = lines.flatMap(({ at, length, text }) => {
      const ours = disassemble(code, at, bits, { syntax: "intel", address: at });
      return ours.text === text && ours.length === length ? [] : [{ ours: ours.text, text }];
    });
    expect(lines.length).toBeGreaterThan(35_000);
    // What is left: instructions that came after SSE2, and registers that do not exist.
    expect(differences.length / lines.length).toBeLessThan(0.01);
    const unexplained = differences.filter(
      ({ ours, text }) => !ours.includes(BAD) && !/\bbnd|cldemote|\(bad\)/.test(text),
    );
    expect(unexplained).toEqual([]);
  });

  test("and through what a compiler wrote", (context) => {
    const library = "/usr/lib32/libc.so.6";
    if (!existsSync(library)) return context.skip("no 32-bit C library here");
    const path = join(folder.path, "libc.bin");
    execFileSync("objcopy", ["-O", "binary", "-j", ".text", library, path]);
    const code = new Uint8Array(readFileSync(path)).subarray(0, 300_000);
    const lines = listing(code, 32, "att");
    const differences = lines.flatMap(({ at, length, text }) => {
      const ours = disassemble(code, at, 32, { syntax: "att", address: at });
      const same = ours.text === text && ours.length === length;
      return same || ours.text === BAD ? [] : [`${at.toString(16)}: ${ours.text} | ${text}`];
    });
    expect(differences).toEqual([]);
    expect(lines.length).toBeGreaterThan(50_000);
  });
});
