// Whatever the script, the linker either links or throws one of its two errors.

import { describe, expect, it } from "vitest";
import { readExecutable } from "../../formats/elf32-executable.ts";
import { assemble } from "../asm/index.ts";
import { LinkError, link, ScriptError } from "./index.ts";

const SEED_SCRIPT = `
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
  /DISCARD/ : { *(.junk) }
  last = MAX(., first) - MIN(1, 2) | ~0xfff & -1;
  ASSERT(last != 0, "nothing")
}`;

const OBJECT = {
  name: "a.o",
  object: assemble(
    '.globl _start\n_start: mov $x, %eax\ncall y\n.data\nx: .long first, last\n.bss\n.skip 9\ny: .comm c, 4\n.section .boot,"ax"\nret\n.section .strings,"aMS",@progbits,1\n.asciz "one", "a one", ""\n.section .junk\n.byte 1\n.section .orphan,"a"\n.long y',
    { file: "a.s" },
  ).object,
};

let seed = 3;
function random(limit: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}

const WORDS = SEED_SCRIPT.split(/\s+/).filter((word) => word !== "");
const CHARACTERS = "\"'(){};:,=+-*/%&|^~!?<>. \n019kMx[]\\_";

function mutate(text: string): string {
  const at = random(text.length);
  switch (random(5)) {
    case 0:
      return text.slice(0, at) + CHARACTERS[random(CHARACTERS.length)] + text.slice(at + random(2));
    case 1:
      return text.slice(0, at) + text.slice(at + random(8));
    case 2:
      return `${text.slice(0, at)} ${WORDS[random(WORDS.length)]} ${text.slice(at)}`;
    case 3:
      return text.slice(0, at) + String(random(2 ** random(33))) + text.slice(at);
    default: {
      const from = random(text.length);
      return text.slice(0, at) + text.slice(from, from + random(80)) + text.slice(at);
    }
  }
}

describe("scripts of any kind", () => {
  it("are followed or refused", () => {
    expect(link([OBJECT], { script: SEED_SCRIPT }).symbols.get("first")).toBe(0x101000);
    let refused = 0;
    let linked = 0;
    for (let round = 0; round < 4000; round++) {
      let script = SEED_SCRIPT;
      for (let n = random(4); n >= 0; n--) script = mutate(script);
      try {
        const { elf } = link([OBJECT], { script });
        readExecutable(elf, "mutant.elf");
        linked++;
      } catch (error) {
        if (!(error instanceof ScriptError || error instanceof LinkError))
          throw new Error(`script:\n${script}`, { cause: error });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
    expect(linked).toBeGreaterThan(100);
  });
});
