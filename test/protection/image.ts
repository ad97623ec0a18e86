// The Multiboot kernel that runs a list of cases: harness.s, the arena's image and the table.

import { readFileSync } from "node:fs";
import * as elf from "../../formats/elf32.ts";
import { readExecutable, type Segment, writeExecutable } from "../../formats/elf32-executable.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { link } from "../../toolchain/link/index.ts";
import { OFFSETS, SAVED_WORDS, type SystemCase, writeTable } from "./record.ts";
import * as world from "./world.ts";

const PAGE = 0x1000;

/** What harness.s includes as "world.inc". */
function constants(): string {
  const numbers = Object.entries(world).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  const all = [...numbers, ...Object.entries(OFFSETS), ["SAVED_WORDS", SAVED_WORDS] as const];
  return all
    .filter(([name]) => name !== "CODE0" && name !== "DATA0")
    .map(([name, value]) => `.set ${name}, ${value}\n`)
    .join("");
}

let harness: ReturnType<typeof readExecutable> | undefined;

function assembleHarness(): ReturnType<typeof readExecutable> {
  const source = readFileSync(new URL("harness.s", import.meta.url), "utf8");
  const { object } = assemble(source, { file: "harness.s", include: () => constants() });
  const { elf: bytes } = link([{ name: "harness", object }], { textAddress: world.TEXT, entry: "_start" });
  return readExecutable(bytes, "harness");
}

export function kernelOf(cases: readonly SystemCase[]): Uint8Array {
  harness ??= assembleHarness();
  const segments: Segment[] = [];
  let offset = PAGE;
  const add = (address: number, data: Uint8Array, memorySize = data.length): void => {
    segments.push({
      type: elf.PT_LOAD,
      flags: elf.PF_R | elf.PF_W | elf.PF_X,
      virtualAddress: address,
      physicalAddress: address,
      offset,
      data,
      memorySize,
      align: PAGE,
    });
    offset = elf.alignUp(offset + data.length, PAGE);
  };
  for (const { type, virtualAddress, data, memorySize } of harness.segments) {
    if (type === elf.PT_LOAD && memorySize > 0) add(virtualAddress, data, memorySize);
  }
  add(world.ARENA_IMAGE, world.arenaImage());
  add(world.TABLE, writeTable(cases));
  return writeExecutable({ entry: harness.entry, segments, sections: [], symbols: [] });
}
