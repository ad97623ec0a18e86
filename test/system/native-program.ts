// A program of compiled functions and the calls of a corpus entry, which leaves their results in memory: for our CPU, and as a
// Multiboot kernel for other people's PCs. call-cases.s is its main loop.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assemble } from "../../toolchain/asm/index.ts";
import { type LinkResult, link } from "../../toolchain/link/index.ts";
import type { CorpusCase, CorpusEntry } from "../../toolchain/native/fixtures.ts";
import { ROOT } from "../support.ts";

const TEXT = 0x0010_0000;
const RESULT_BYTES = 12;
/** The third word of a result: the preserved registers were, or the function trapped. */
const RETURNED = 1;
const TRAPPED = 2;
/** Magic, flags, checksum. */
const MULTIBOOT = '.section .multiboot, "a"\n.long 0x1badb002, 0, -0x1badb002\n';

export function linkCases(entry: CorpusEntry): LinkResult {
  const calls = entry.cases.map((c) => `.long ${[`"${c.export}"`, c.words.length, ...c.words].join(", ")}`);
  const table = [".data", ".globl cases, results", "cases:", ...calls, ".long 0", ".bss", ".balign 4"];
  table.push("results:", `.skip ${entry.cases.length * RESULT_BYTES}`, "");
  const main = readFileSync(join(ROOT, "test/system/call-cases.s"), "utf8");
  const inputs = [
    { name: "multiboot", object: assemble(MULTIBOOT, { file: "multiboot" }).object },
    { name: "call-cases", object: assemble(main, { file: "call-cases.s" }).object },
    { name: "cases", object: assemble(table.join("\n"), { file: "cases" }).object },
    { name: entry.name, object: entry.object },
  ];
  const script = `SECTIONS {
    . = ${TEXT}; .multiboot : { *(.multiboot) }
    .text : { *(.text) } .rodata : { *(.rodata*) } .data : { *(.data) } .bss : { *(.bss) }
    . = ${entry.memoryBase}; .wasm.data : { *(.wasm.data) }
  }`;
  return link(inputs, { script, entry: "_start" });
}

/** Where things are that whoever runs the program has to read. */
export function placesOf(entry: CorpusEntry, { symbols }: LinkResult): { done: number; results: number; size: number } {
  const address = (name: string): number => {
    const found = symbols.get(name);
    if (found === undefined) throw new Error(`no symbol ${name}`);
    return found;
  };
  return { done: address("done"), results: address("results"), size: entry.cases.length * RESULT_BYTES };
}

/** Whether a result that is not the expected one is good enough. */
export type Tolerance = (called: CorpusCase, got: number[]) => boolean;

/** What is wrong with the results, one line a case. */
export function mistakes(
  entry: CorpusEntry,
  results: Uint8Array,
  window: Uint8Array,
  isTolerated: Tolerance = () => false,
): string[] {
  const view = new DataView(results.buffer, results.byteOffset, results.byteLength);
  const wrong = entry.cases.flatMap((c, i) => {
    const at = i * RESULT_BYTES;
    const got = [view.getInt32(at, true), view.getInt32(at + 4, true)].slice(0, c.result.length);
    const expected = c.result.map((word) => word | 0);
    const call = `${entry.name}: ${c.export}(${c.args.join(", ")})`;
    const end = view.getInt32(at + 8, true);
    if (c.traps || end === TRAPPED)
      return c.traps && end === TRAPPED ? [] : [`${call} ${c.traps ? "does not trap" : "traps"}`];
    if (got.join() !== expected.join() && !isTolerated(c, got)) return [`${call} is ${got}, expected ${expected}`];
    return end === RETURNED ? [] : [`${call} changed EBX, ESI, EDI or EBP`];
  });
  if (!Buffer.from(window).equals(Buffer.from(entry.memory))) wrong.push(`memory of ${entry.name}`);
  return wrong;
}
