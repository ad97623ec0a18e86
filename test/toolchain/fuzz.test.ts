// Damaged sources, through the commands: each is assembled or refused with messages that say where, and nothing is half written.
// MINIOS_FUZZ=100000 tries that many for each assembler, and says how long the slowest took; two seconds are a hang then.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FakeIo } from "../../cli/testing/fake-io.ts";
import { as } from "../../cli/tools/as.ts";
import { nasm } from "../../cli/tools/nasm.ts";
import { readObject } from "../../formats/elf32-object.ts";
import { type Random, seeded, textMutator } from "../../toolchain/testing/mutate.ts";
import { ROOT, scratchDirectory } from "../support.ts";

const ASKED = process.env["MINIOS_FUZZ"];
const HANG_MS = 2000;
const CHARACTERS = "\"'`\\\n;#/*()[]{}$%.:,@+-<>=!~&|^?0129abfhlqx \t\0é";

const scratch = scratchDirectory("fuzz");
afterAll(() => scratch.remove());

interface Assembler {
  seeds: string[];
  /** What it is called with; output goes to the second file. */
  run: (io: FakeIo, source: string, output: string, random: Random) => Promise<number>;
  isWhole: (output: Uint8Array) => void;
}

const text = (path: string) => readFileSync(join(ROOT, path), "utf8");
const texts = (folder: string) => readdirSync(join(ROOT, folder)).map((name) => text(join(folder, name)));

const ASSEMBLERS: Record<string, Assembler> = {
  as: {
    seeds: [
      text("test/toolchain/fuzz/seed.s"),
      text("test/toolchain/tutorial/loader.s"),
      text("test/toolchain/xen/h.s"),
    ],
    run: (io, source, output, random) =>
      as(io, random(2) === 0 ? [source, "-o", output] : ["-g", "-a=/dev/null", source, "-o", output]),
    isWhole: (output) => readObject(output, "output"),
  },
  nasm: {
    seeds: texts("toolchain/nasm/fixtures"),
    run: (io, source, output, random) =>
      nasm(io, ["-f", random(2) === 0 ? "bin" : "elf32", "-l", "/dev/null", source, "-o", output]),
    isWhole: (output) => {
      if (output[0] === 0x7f && output[1] === 0x45) readObject(output, "output");
    },
  },
};

/** A few lines of a seed, or all of one, damaged. A few lines are often still good afterwards, the whole hardly ever. */
function mutants(seeds: readonly string[], random: Random): () => string {
  const words = seeds.join("\n").split(/(\s+|[,()[\]$%:;"'])/);
  const mutate = textMutator(
    random,
    words.filter((word) => word.trim() !== ""),
    CHARACTERS,
  );
  return () => {
    const seed = seeds[random(seeds.length)];
    const lines = seed.split("\n");
    const start = random(lines.length);
    let source = random(5) === 0 ? seed : lines.slice(start, start + 1 + random(5)).join("\n");
    for (let n = random(3); n >= 0; n--) source = mutate(source);
    return source;
  };
}

describe.each(Object.entries(ASSEMBLERS))("minios %s", (name, assembler) => {
  const rounds = ASKED ? Number(ASKED) : 1200;

  it(`lives through ${rounds} damaged sources`, { timeout: 60_000 + rounds * 50 }, async () => {
    const random = seeded(name.length);
    const mutant = mutants(assembler.seeds, random);
    const [source, output] = [join(scratch.path, `${name}.source`), join(scratch.path, `${name}.out`)];
    const counts = [0, 0];
    let slowest = 0;
    for (let round = 0; round < rounds; round++) {
      const damaged = mutant();
      writeFileSync(source, damaged);
      const io = new FakeIo();
      const before = process.cpuUsage();
      const status = await assembler.run(io, source, output, random).catch((error: unknown) => {
        throw new Error(`round ${round}, source:\n${damaged}`, { cause: error });
      });
      const { user, system } = process.cpuUsage(before);
      slowest = Math.max(slowest, (user + system) / 1000);
      if (ASKED && (user + system) / 1000 > HANG_MS) expect.fail(`round ${round}, ${slowest} ms for:\n${damaged}`);
      expect([0, 1], damaged).toContain(status);
      counts[status]++;
      expect(existsSync(output), damaged).toBe(status === 0);
      if (status === 0) assembler.isWhole(readFileSync(output));
      else expect(io.stderr.text, damaged).toMatch(/^[^\n]*:\d+:\d+: error: \S/m);
      rmSync(output, { force: true });
    }
    // Nor has a temporary file stayed.
    const left = readdirSync(scratch.path).filter((file) => file.startsWith(name));
    expect(left).toEqual([basename(source)]);
    expect(counts[0]).toBeGreaterThan(rounds * 0.03);
    expect(counts[1]).toBeGreaterThan(rounds * 0.2);
    if (ASKED)
      console.log(`minios ${name}: ${counts[0]} assembled, ${counts[1]} refused, slowest ${Math.round(slowest)} ms`);
  });
});
