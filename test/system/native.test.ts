// Functions that the native compiler compiled, run as i386 on our PC's CPU: they give what the same WebAssembly gives in Node.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readExecutable } from "../../formats/elf32-executable.ts";
import { Cpu } from "../../pc/cpu/cpu.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { link } from "../../toolchain/link/index.ts";
import { buildCorpus, type CorpusEntry, floatEntry, randomEntry } from "../../toolchain/native/fixtures.ts";
import { enterFlatMode } from "../hardware/our-cpu.ts";
import { artefact, ROOT } from "../support.ts";

const MEMORY_BYTES = 16 << 20;
const TEXT = 0x0010_0000;
const RESULT_BYTES = 12;
const INSTRUCTION_LIMIT = 500_000_000;

interface Run {
  results: { words: number[]; preserved: boolean }[];
  window: Uint8Array;
}

function runOnOurCpu(core: WebAssembly.Module, entry: CorpusEntry): Run {
  const calls = entry.cases.map((c) => `.long ${[c.export, c.words.length, ...c.words].join(", ")}`);
  const table = [".data", ".globl cases, results", "cases:", ...calls, ".long 0", ".bss", ".balign 4"];
  table.push("results:", `.skip ${entry.cases.length * RESULT_BYTES}`, "");
  const inputs = [
    { name: "call-cases", object: assemble(source("call-cases.s"), { file: "call-cases.s" }).object },
    { name: "cases", object: assemble(table.join("\n"), { file: "cases" }).object },
    { name: entry.name, object: entry.object },
  ];
  const script = `SECTIONS {
    . = ${entry.memoryBase}; .wasm.data : { *(.wasm.data) }
    . = ${TEXT}; .text : { *(.text) } .rodata : { *(.rodata*) } .data : { *(.data) } .bss : { *(.bss) }
  }`;
  const program = link(inputs, { script, entry: "_start" });
  const cpu = Cpu.create({
    module: core,
    memoryBytes: MEMORY_BYTES,
    bus: {
      readPort: () => 0xff,
      writePort: () => {},
      readMemory: () => 0xff,
      writeMemory: () => {},
      acknowledgeInterrupt: () => 0,
    },
  });
  const { segments } = readExecutable(program.elf, entry.name);
  for (const segment of segments) cpu.memory.write(segment.physicalAddress, segment.data);
  enterFlatMode(cpu, program.entry);
  cpu.run(INSTRUCTION_LIMIT);
  const word = (address: number): number => new DataView(cpu.memory.read(address, 4).buffer).getInt32(0, true);
  const done = word(addressOf(program.symbols, "done"));
  if (done !== entry.cases.length)
    throw new Error(`${entry.name}: case ${done} (${entry.cases[done].export}) did not return`);
  const base = addressOf(program.symbols, "results");
  return {
    results: entry.cases.map((_, i) => {
      const at = base + i * RESULT_BYTES;
      return { words: [word(at), word(at + 4)], preserved: word(at + 8) === 1 };
    }),
    window: cpu.memory.read(entry.window.address, entry.window.size),
  };
}

function source(name: string): string {
  return readFileSync(join(ROOT, "test/system", name), "utf8");
}

function addressOf(symbols: Map<string, number>, name: string): number {
  const address = symbols.get(name);
  if (address === undefined) throw new Error(`no symbol ${name}`);
  return address;
}

describe("compiled functions on our CPU", () => {
  let core: WebAssembly.Module;
  let corpus: CorpusEntry[];
  beforeAll(async () => {
    core = await WebAssembly.compile(Uint8Array.from(artefact("core")));
    corpus = await buildCorpus();
    corpus.push(await floatEntry(200), await randomEntry(0xf10a7, 40, "i386", true));
  });

  test("give what WebAssembly gives in Node", () => {
    const wrong: string[] = [];
    let count = 0;
    for (const entry of corpus) {
      const { results, window } = runOnOurCpu(core, entry);
      entry.cases.forEach((c, i) => {
        count++;
        const { words, preserved } = results[i];
        const got = words.slice(0, c.result.length);
        const expected = c.result.map((w) => w | 0);
        const call = `${entry.name}: ${c.export}(${c.args.join(", ")})`;
        if (got.join() !== expected.join()) wrong.push(`${call} is ${got}, expected ${expected}`);
        if (!preserved) wrong.push(`${call} changed EBX, ESI, EDI or EBP`);
      });
      expect(Buffer.from(window).equals(Buffer.from(entry.memory)), `memory of ${entry.name}`).toBe(true);
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(1000);
  });
});
