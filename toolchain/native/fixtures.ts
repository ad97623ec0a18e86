// Programs with known results, for everybody who runs i386 code: AssemblyScript and random functions, compiled by the native
// compiler, and for each call what the same function gives as WebAssembly in Node. The calls of an entry run in order in one
// memory; `memory` says what the window must hold after the last.

import { readdirSync, readFileSync } from "node:fs";
import type { ElfObject } from "../../formats/elf32-object.ts";
import type { Opcode } from "../../formats/wasm/opcodes.ts";
import { type CompileOptions, compileWasm } from "./index.ts";
import { argumentWords, type Case, makeCases, runInNode } from "./testing/compare.ts";
import { applying, edgeCases, floatOpcodes, integerOpcodes } from "./testing/float-cases.ts";
import { Random, randomModule } from "./testing/random.ts";
import { readScript } from "./testing/text.ts";
import { buildModule } from "./testing/wasm-builder.ts";

export interface CorpusCase {
  export: string;
  args: (number | bigint)[];
  /** The arguments as the caller pushes them, first to last. */
  words: number[];
  /** EAX, and EDX when the result is an i64. Of a call that traps: nothing. */
  result: number[];
  traps: boolean;
}

export interface CorpusEntry {
  name: string;
  wasm: Uint8Array<ArrayBuffer>;
  object: ElfObject;
  /** Address at which .wasm.data has to be. */
  memoryBase: number;
  /** The memory that the functions read and write: all of .wasm.data. */
  window: { address: number; size: number };
  cases: CorpusCase[];
  /** Contents of the window after all cases. */
  memory: Uint8Array;
}

/** Above the lowest pages, which Linux doesn't give to programs, and above the code of a kernel. */
export const CORPUS_BASE = 0x20_0000;

export interface CorpusOptions {
  /** How many modules of random functions, and how many functions in each. */
  randomModules: number;
  functionsEach: number;
}

export async function buildCorpus(
  options: CorpusOptions = { randomModules: 4, functionsEach: 60 },
): Promise<CorpusEntry[]> {
  const entries = [await algorithms()];
  for (let i = 0; i < options.randomModules; i++) entries.push(await randomEntry(1 + 7919 * i, options.functionsEach));
  return entries;
}

/** Random functions with twelve argument vectors each. */
export async function randomEntry(
  seed: number,
  functions: number,
  target?: CompileOptions["target"],
  floats = false,
): Promise<CorpusEntry> {
  const module = randomModule({ seed, functions, base: CORPUS_BASE, floats });
  module.memoryPages = (CORPUS_BASE >>> 16) + 1;
  const cases = makeCases(module.functions, 12, seed);
  return makeEntry(`random ${seed}`, buildModule(module), cases, target);
}

/** Every float instruction on edge values, of which two-operand ones get so many pairs at random; conversions only where they don't trap. */
export async function floatEntry(pairs: number): Promise<CorpusEntry> {
  const entry = await edgeEntry("float instructions", floatOpcodes(), pairs);
  return { ...entry, cases: entry.cases.filter((c) => !c.traps) };
}

/** The same of every integer instruction. */
export function integerEntry(pairs: number): Promise<CorpusEntry> {
  return edgeEntry("integer instructions", integerOpcodes(), pairs);
}

function edgeEntry(name: string, opcodes: Opcode[], pairs: number): Promise<CorpusEntry> {
  const random = new Random(11);
  const data = [{ offset: CORPUS_BASE, bytes: [0] }];
  const memoryPages = (CORPUS_BASE >>> 16) + 1;
  const wasm = buildModule({ functions: opcodes.map(applying), globals: [], data, memoryPages });
  const cases = opcodes.flatMap((opcode) => edgeCases(opcode, random, pairs));
  return makeEntry(name, wasm, cases, undefined, true);
}

/** Compiles AssemblyScript with the options that the kernel is compiled with. */
export async function compileAssemblyScript(
  name: string,
  source: string,
): Promise<{ wasm: Uint8Array<ArrayBuffer>; sourceMap: string }> {
  const asc = await import("assemblyscript/asc");
  const written = new Map<string, string | Uint8Array>();
  const options = [
    "-O3",
    "--runtime",
    "stub",
    "--importMemory",
    "--exportTable",
    "--sourceMap",
    "--debug",
    "--use",
    "abort=",
  ];
  const { error, stderr } = await asc.main(
    [name, ...options, "--memoryBase", `${CORPUS_BASE}`, "--outFile", "out.wasm"],
    {
      readFile: (file) => (file === name ? source : null),
      writeFile: (file, contents) => {
        written.set(file, contents);
      },
      listFiles: () => [],
    },
  );
  const wasm = written.get("out.wasm");
  const sourceMap = written.get("out.wasm.map");
  if (error || !(wasm instanceof Uint8Array) || typeof sourceMap !== "string")
    throw new RangeError(`${name} doesn't compile: ${error?.message} ${stderr.toString()}`);
  return { wasm: Uint8Array.from(wasm), sourceMap };
}

export function algorithmsSource(): string {
  return readFileSync(new URL("./fixtures/algorithms.ts", import.meta.url), "utf8");
}

async function algorithms(): Promise<CorpusEntry> {
  const { wasm } = await compileAssemblyScript("algorithms.ts", algorithmsSource());
  const call = (name: string, ...lists: (number | bigint)[][]): Case[] => lists.map((args) => ({ export: name, args }));
  const cases = [
    ...call("fibonacci", [0], [1], [2], [15]),
    ...call("fibonacci64", [0], [1], [47], [48], [93]),
    ...call("ackermann", [0, 0], [1, 5], [2, 4], [3, 3]),
    ...call("gcd", [0, 0], [12, 18], [0x7fffffff, 0x40000000], [-1, -6]),
    ...call("crc32", [0], [1], [255], [1000]),
    ...call("random", [], [], []),
    ...call("sieve", [2], [100], [512], [0]),
    ...call("sort", [], []),
    ...call("quickSort", [0], [1], [17], [64]),
    ...call("hashText", [0], [1], [9]),
    ...call("decimal", [0n, 10], [-1n, 10], [-(2n ** 63n), 2], [2n ** 63n - 1n, 36], [123456789012345n, 16], [5n, 1]),
    ...call("insert", [5], [-3], [100], [7], [7], [0], [0x7fffffff], [-0x80000000]),
    ...call("sumList", []),
    ...call("remove", [7], [-0x80000000], [12345], [0x7fffffff]),
    ...call("sumList", []),
    ...call("apply", [0, 5, 6], [1, 5, 6], [2, -5, 60000], [3, 17, 5], [3, 17, 0], [3, -0x80000000, -1]),
    ...call("classify", [0], [1], [2], [3], [4], [5], [6], [7], [8], [9], [10], [-1]),
    ...call("manyArguments", [1, 2n, 3, 4, 5, 6n, 7, 1], [-1, -(2n ** 62n), 255, -300, -1, 2n ** 40n, -7, 0]),
    ...call("callMany", [0], [1], [20]),
    ...call("overlap", [0, 8, 60], [8, 0, 60], [5, 5, 33], [0, 63, 63], [63, 1, 63], [3, 4, 0]),
    ...call("matrix", [0], [1], [5], [7]),
    ...call("squareRoot", [0n], [1n], [2n], [10n ** 18n], [2n ** 63n]),
    ...call("nanoseconds", [0n, 1193182], [123456789n, 1193182], [10n ** 15n, 1193182], [5n, 0], [2n ** 50n, -1]),
    ...call("calendar", [0], [86399], [1234567890], [-1234567], [-0x80000000]),
    ...call("bits", [0], [1], [-1], [0x80000000 | 0], [0x00f00f00]),
    ...call(
      "shifts",
      [1n, 0],
      [-1n, 31],
      [2n ** 62n + 12345n, 32],
      [-(2n ** 63n), 33],
      [0x123456789abcdefn, 63],
      [-5n, 64],
    ),
  ];
  return makeEntry("algorithms", wasm, cases);
}

/** The scripts of fixtures/core: control flow, calls, variables, memory and traps, as the core test suite divides them. */
export async function coreEntries(target?: CompileOptions["target"]): Promise<CorpusEntry[]> {
  const folder = new URL("./fixtures/core/", import.meta.url);
  const entries: CorpusEntry[] = [];
  for (const file of readdirSync(folder).sort()) {
    const modules = readScript(readFileSync(new URL(file, folder), "utf8"));
    for (const [i, { wasm, cases }] of modules.entries())
      entries.push(await makeEntry(`${file} module ${i + 1}`, wasm, cases, target, true));
  }
  return entries;
}

/** Compiles a module and asks Node for the results. */
export async function makeEntry(
  name: string,
  wasm: Uint8Array<ArrayBuffer>,
  cases: Case[],
  target?: CompileOptions["target"],
  mayTrap = false,
): Promise<CorpusEntry> {
  const { object, stats } = compileWasm(wasm, { name, memoryBase: CORPUS_BASE, target });
  const window = { address: CORPUS_BASE, size: stats.dataBytes };
  const run = await runInNode(wasm, (CORPUS_BASE >>> 16) + 1, cases, window);
  return {
    name,
    wasm,
    object,
    memoryBase: CORPUS_BASE,
    window,
    memory: run.memory,
    cases: cases.map((c, i) => {
      const value = run.results[i];
      const traps = value === "trap";
      if (traps && !mayTrap) throw new RangeError(`${name}: ${c.export}(${c.args.join(", ")}) traps in Node`);
      const result = traps || value === undefined ? [] : argumentWords([value]);
      return { export: c.export, args: c.args, words: argumentWords(c.args), result, traps };
    }),
  };
}
