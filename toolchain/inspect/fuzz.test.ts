// Whatever the bytes, every tool shows something or refuses them with an error that names the place; none hangs.

import { describe, expect, it } from "vitest";
import { ArchiveError } from "../../formats/ar.ts";
import { Elf32Error } from "../../formats/elf32.ts";
import { byteMutator, FuzzRun, fuzzRounds, fuzzTimeout } from "../testing/fuzz.ts";
import { seeded } from "../testing/mutate.ts";
import { nm } from "./nm.ts";
import { type ObjdumpView, objdump } from "./objdump/index.ts";
import { ALL_VIEWS, readelf } from "./readelf/index.ts";
import type { InputFile } from "./report.ts";
import { Sizes } from "./size.ts";
import { strip } from "./strip.ts";
import { sampleFiles } from "./testing.ts";

const ROUNDS = fuzzRounds(6_000);
/** The disassembler has a fuzz test of its own; here it takes its turn. */
const DISASSEMBLE_EVERY = 4;
const HEADERS = new Set<ObjdumpView>([
  "archive",
  "header",
  "private",
  "sections",
  "symbols",
  "relocations",
  "contents",
]);
const CODE = new Set<ObjdumpView>(["disassemble", "relocations"]);

const TOOLS: Record<string, (file: InputFile, round: number) => unknown> = {
  nm: (file) => nm(file, { all: true, size: true, sort: "address" }),
  size: (file) => new Sizes({ format: "sysv", radix: 16, totals: false }).file(file),
  readelf: (file) =>
    readelf(file, {
      show: new Set(ALL_VIEWS),
      wide: false,
      dumps: [
        { kind: "hex", section: ".data" },
        { kind: "string", section: "3" },
      ],
    }),
  objdump: (file, round) => {
    const disassembly = {
      syntax: "att",
      bits: 32,
      zeros: false,
      bytes: true,
      all: true,
      start: 0,
      stop: 2 ** 32,
    } as const;
    const options = { sections: [], binary: false, adjust: 0, disassembly };
    objdump(file, { ...options, show: HEADERS });
    if (round % DISASSEMBLE_EVERY === 0) objdump(file, { ...options, show: CODE, source: { lines: true } });
  },
};

const MODES = ["all", "debug", "unneeded", "none"] as const;
TOOLS["strip"] = (file, round) =>
  strip(file, { what: MODES[round % MODES.length], sections: [".data"], keep: ["shared"], drop: ["zeros"] });

describe("files of any kind", () => {
  it(
    "are shown or refused",
    () => {
      const seeds = Object.values(sampleFiles());
      const mutate = byteMutator(seeded(7));
      const runs = Object.entries(TOOLS).map(([name, tool]) => ({ name, tool, run: new FuzzRun(name) }));
      for (let round = 0; round < ROUNDS; round++) {
        const { name, bytes } = seeds[round % seeds.length];
        const file = { name, bytes: mutate(bytes) };
        for (const { tool, run } of runs)
          run.round(`round ${round}`, () => {
            try {
              tool(file, round);
              return "shown";
            } catch (error) {
              if (error instanceof Elf32Error || error instanceof ArchiveError) return "refused";
              throw error;
            }
          });
      }
      for (const { name, run } of runs) {
        run.report();
        expect(run.of("shown"), `${name}: shown`).toBeGreaterThan(ROUNDS / 10);
        expect(run.of("refused"), `${name}: refused`).toBeGreaterThan(ROUNDS / 100);
      }
    },
    fuzzTimeout(5 * ROUNDS),
  );
});
