// Whatever the script, the object or the archive, the linker makes a whole program or throws one of its errors.

import { describe, expect, it } from "vitest";
import { ArchiveError, readArchive, writeArchive } from "../../formats/ar.ts";
import { Elf32Error } from "../../formats/elf32.ts";
import { readExecutable } from "../../formats/elf32-executable.ts";
import { readObject, writeObject } from "../../formats/elf32-object.ts";
import { assemble } from "../asm/index.ts";
import { byteMutator, FuzzRun, fuzzRounds, fuzzTimeout } from "../testing/fuzz.ts";
import { seeded, textMutator } from "../testing/mutate.ts";
import { LinkError, type LinkItem, link, linkItems, linkRelocatable, parseScript, ScriptError } from "./index.ts";

const SEED_SCRIPT = `
VERSION { V1 { global: a*; local: *; }; V2 { extern "C" { b; }; } V1; }
OUTPUT_FORMAT("elf32-i386") ENTRY(_start)
MEMORY { ROM (rx!w) : ORIGIN = 0x100000, LENGTH = 2M RAM : org = ORIGIN(ROM) + LENGTH(ROM), l = 1M }
PHDRS { code PT_LOAD FILEHDR PHDRS; data PT_LOAD FLAGS(6) AT(0x5000); note PT_NOTE; }
STACK = 4K;
PROVIDE(base = DEFINED(base) ? base : 0x100000);
SECTIONS
{
  . = base; /* here */
  .boot : { KEEP(*(.boot)) BYTE(1) }
  .text ALIGN(0x1000) : AT(ADDR(.text) - 0x1000) { first = .; *(.text .text.*) *(EXCLUDE_FILE(*b.o) .data) } > ROM AT> RAM :code =0x90
  . = ALIGN(. + 1, 16) + SIZEOF(.boot) * 2;
  .data : ALIGN(8) SUBALIGN(4) { *(SORT_BY_ALIGNMENT(.data.*)) . += 3; LONG(SIZEOF(.text) >> 1) }
  . = DATA_SEGMENT_ALIGN(CONSTANT(MAXPAGESIZE), 4096);
  .strings : ONLY_IF_RO { KEEP(*(SORT_BY_INIT_PRIORITY(.strings*) SORT_BY_NAME(SORT_BY_ALIGNMENT(.eh_frame)))) FILL(0x1234) QUAD(1) } :data
  . = DATA_SEGMENT_RELRO_END(SIZEOF_HEADERS, .);
  .bss (NOLOAD) : { *(.bss) *(COMMON) } > RAM
  last_of_data = DATA_SEGMENT_END(SEGMENT_START("data", .));
  OVERLAY 0x380000 : NOCROSSREFS AT(0x3c0000) { .one { *(.one) LONG(__load_start_two) } .two { *(.two) BYTE(7) } :data =0x90 } > RAM
  /DISCARD/ : { *(.junk) }
  last = MAX(., first) - MIN(1, 2) | ~0xfff & -1;
  ASSERT(last != 0, "nothing")
}`;

/** Added to the default script. */
const INSERTED_SCRIPT = `SECTIONS { .boot : { early = .; *(.boot) LONG(early) } } INSERT BEFORE .text;
SECTIONS { .strings : { *(.strings*) } last = .; } INSERT AFTER .data
first = 4; ASSERT(first, "none")`;

const OBJECT = {
  name: "a.o",
  object: assemble(
    '.globl _start\n_start: mov $x, %eax\ncall y\n.data\nx: .long first, last\n.bss\n.skip 9\ny: .comm c, 4\n.section .boot,"ax"\nret\n.section .strings,"aMS",@progbits,1\n.asciz "one", "a one", ""\n.section .junk\n.byte 1\n.section .orphan,"a"\n.long y',
    { file: "a.s" },
  ).object,
};

const CHARACTERS = "\"'(){};:,=+-*/%&|^~!?<>. \n019kMx[]\\_";

/** What becomes of it: "linked", when it is whole, or "refused". */
function outcomeOf(work: () => Uint8Array): string {
  let elf: Uint8Array;
  try {
    elf = work();
  } catch (error) {
    if ([ScriptError, LinkError, Elf32Error, ArchiveError].some((kind) => error instanceof kind)) return "refused";
    throw error;
  }
  readExecutable(elf, "mutant.elf");
  return "linked";
}

describe("scripts of any kind", () => {
  it(
    "are followed or refused",
    () => {
      expect(link([OBJECT], { script: SEED_SCRIPT }).symbols.get("first")).toBe(0x101000);
      const random = seeded(3);
      const words = SEED_SCRIPT.split(/\s+/).filter((word) => word !== "");
      const mutate = textMutator(random, words, CHARACTERS);
      const rounds = fuzzRounds(4000);
      const run = new FuzzRun("linker scripts");
      for (let round = 0; round < rounds; round++) {
        let script = round % 4 === 0 ? INSERTED_SCRIPT : SEED_SCRIPT;
        for (let n = random(3); n >= 0; n--) script = mutate(script);
        run.round(script, () => outcomeOf(() => link([OBJECT], { script }).elf));
      }
      run.report();
      expect(run.of("refused")).toBeGreaterThan(rounds / 4);
      expect(run.of("linked")).toBeGreaterThan(rounds / 40);
    },
    fuzzTimeout(fuzzRounds(4000)),
  );
});

describe("objects and archives of any kind", () => {
  const script = "SECTIONS { . = 0x100000; .text : { *(.text*) } .data : { *(.data*) } .bss : { *(.bss) *(COMMON) } }";
  const good = writeObject(OBJECT.object);
  const rounds = fuzzRounds(3000);

  it(
    "objects are linked, joined or refused",
    () => {
      const mutate = byteMutator(seeded(4));
      const run = new FuzzRun("objects");
      const needs = {
        name: "needs.o",
        object: assemble(".globl first\nfirst: .globl last\nlast: .byte 1", { file: "n.s" }).object,
      };
      for (let round = 0; round < rounds; round++) {
        const bytes = mutate(good);
        run.round(`round ${round}`, () =>
          outcomeOf(() => {
            const items: LinkItem[] = [
              { kind: "object", input: { name: "mutant.o", object: readObject(bytes, "mutant.o") } },
            ];
            if (round % 4 === 0) readObject(writeObject(linkRelocatable(items, {})), "joined.o");
            items.push({ kind: "object", input: needs });
            return linkItems(items, {
              script: parseScript(script, "script"),
              entry: "_start",
              collectGarbage: round % 3 === 0,
            }).elf;
          }),
        );
      }
      run.report();
      expect(run.of("refused")).toBeGreaterThan(rounds / 10);
      expect(run.of("linked")).toBeGreaterThan(rounds / 10);
    },
    fuzzTimeout(rounds),
  );

  it(
    "archives are searched or refused",
    () => {
      const main = assemble(".globl _start\n_start: call f\n", { file: "main.s" }).object;
      const member = {
        name: "f.o",
        data: writeObject(assemble(".globl f\nf: ret\n.data\n.long f", { file: "f.s" }).object),
      };
      const other = { name: "another-name-that-is-long.o", data: good };
      const archive = writeArchive({
        members: [other, member],
        symbols: [
          { name: "f", member },
          { name: "_start", member: other },
        ],
      });
      const mutate = byteMutator(seeded(5));
      const run = new FuzzRun("archives");
      for (let round = 0; round < rounds; round++) {
        const bytes = mutate(archive);
        run.round(`round ${round}`, () =>
          outcomeOf(() => {
            const { members, symbols } = readArchive(bytes, "mutant.a");
            const items: LinkItem[] = [
              { kind: "object", input: { name: "main.o", object: main } },
              {
                kind: "archive",
                whole: false,
                archive: {
                  name: "mutant.a",
                  members: members.map((m) => ({
                    name: m.name,
                    ...(symbols && { defines: symbols.filter((s) => s.member === m).map((s) => s.name) }),
                    object: () => readObject(m.data, m.name),
                  })),
                },
              },
            ];
            return linkItems(items, { script: parseScript(script, "script"), entry: "_start" }).elf;
          }),
        );
      }
      run.report();
      expect(run.of("refused")).toBeGreaterThan(rounds / 10);
      expect(run.of("linked")).toBeGreaterThan(rounds / 10);
    },
    fuzzTimeout(rounds),
  );
});
