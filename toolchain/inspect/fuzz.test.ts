// Whatever the bytes, every tool shows something or refuses them with an error that names the place; none hangs.

import { describe, expect, it } from "vitest";
import { ArchiveError } from "../../formats/ar.ts";
import { Elf32Error } from "../../formats/elf32.ts";
import { nm } from "./nm.ts";
import { type ObjdumpView, objdump } from "./objdump/index.ts";
import { ALL_VIEWS, readelf } from "./readelf/index.ts";
import type { InputFile } from "./report.ts";
import { Sizes } from "./size.ts";
import { strip } from "./strip.ts";
import { sampleFiles } from "./testing.ts";

/** So many mutants go through every tool; MINIOS_FUZZ_ROUNDS sets it for a longer run than CI has time for. */
const ROUNDS = Number(process.env["MINIOS_FUZZ_ROUNDS"] ?? 6_000);
/** The disassembler has a fuzz test of its own; here it takes its turn. */
const DISASSEMBLE_EVERY = 4;
/** No tool may take longer over one of these small files. */
const LIMIT_MS = 1000;

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

let seed = 7;
function random(limit: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}

/** Numbers at the edges of what fields can hold. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfff1, 0xfff2];

function mutate({ name, bytes }: InputFile): InputFile {
  const copy = random(8) === 0 ? bytes.slice(0, random(bytes.length)) : bytes.slice();
  for (let n = random(4); n >= 0 && copy.length > 4; n--) {
    // The tables that hold the file together stand at its ends.
    const from = [0, 0, Math.floor(copy.length / 2)][random(3)];
    const at = from + random(copy.length - from);
    if (random(2) === 0) copy[at] = random(256);
    else new DataView(copy.buffer).setUint32(Math.min(at & ~3, copy.length - 4), EDGES[random(EDGES.length)], true);
  }
  return { name, bytes: copy };
}

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
  it("are shown or refused", () => {
    const seeds = Object.values(sampleFiles());
    const shown: Record<string, number> = {};
    const refused: Record<string, number> = {};
    for (let round = 0; round < ROUNDS; round++) {
      const file = mutate(seeds[round % seeds.length]);
      for (const [name, tool] of Object.entries(TOOLS)) {
        const start = performance.now();
        try {
          tool(file, round);
          shown[name] = (shown[name] ?? 0) + 1;
        } catch (error) {
          if (!(error instanceof Elf32Error || error instanceof ArchiveError))
            throw new Error(`${name}, round ${round}`, { cause: error });
          refused[name] = (refused[name] ?? 0) + 1;
        }
        if (performance.now() - start > LIMIT_MS) throw new Error(`${name}, round ${round}: too slow`);
      }
    }
    for (const name of Object.keys(TOOLS)) {
      expect(shown[name], `${name}: shown`).toBeGreaterThan(ROUNDS / 10);
      expect(refused[name], `${name}: refused`).toBeGreaterThan(ROUNDS / 100);
    }
  }, 600_000);
});
