// Vitest's set-up file while contracts are broken: the tests compile the sources with switches, and one switch is set.
// What is compiled is kept, and so are the numbers of the contracts that a test file has asked for.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, inject } from "vitest";
import { MEMORY_BYTES, setInstrument } from "../../kernel/testing.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The file with all sources that have switches, by path. */
    switchedSources: string;
    /** The number of the contract that is broken; -1: none. */
    brokenContract: number;
    /** Where the numbers of the contracts that were asked for go, if somebody wants them. */
    askedFile: string;
  }
}

const sourcesFile = inject("switchedSources");
const broken = inject("brokenContract");
const askedFile = inject("askedFile");
/** The instrument's page has room for as many. */
const MAX_CONTRACTS = 0x8000;
const allSources = readFileSync(sourcesFile, "utf8");
const sources: Record<string, string> = JSON.parse(allSources);
const folder = `${sourcesFile}.wasm`;

/** Of the test that runs. */
let memories: WebAssembly.Memory[] = [];
/** Of tests before, which later ones may go on with. */
let earlier: WeakRef<WebAssembly.Memory>[] = [];
const asked = new Set<number>();

function wasmFile(entry: string, ascOptions: readonly string[]): string {
  return join(
    folder,
    createHash("sha1")
      .update(JSON.stringify([allSources, entry, ascOptions]))
      .digest("hex"),
  );
}

setInstrument({
  read: (path) => sources[path],
  find: (entry, ascOptions) => {
    const path = wasmFile(entry, ascOptions);
    return existsSync(path) ? readFileSync(path) : undefined;
  },
  keep: (entry, ascOptions, wasm) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(wasmFile(entry, ascOptions), wasm);
  },
  start: (memory) => {
    new DataView(memory.buffer).setUint32(MEMORY_BYTES, broken + 1, true);
    if (askedFile !== "") memories.push(memory);
  },
});

function collect(): void {
  for (const memory of [...memories, ...earlier.flatMap((reference) => reference.deref() ?? [])]) {
    const bytes = new Uint8Array(memory.buffer, MEMORY_BYTES + 4, MAX_CONTRACTS);
    for (let at = bytes.indexOf(1); at >= 0; at = bytes.indexOf(1, at + 1)) asked.add(at);
  }
}

afterEach(() => {
  if (askedFile === "") return;
  collect();
  earlier = [...earlier.filter((reference) => reference.deref()), ...memories.map((memory) => new WeakRef(memory))];
  memories = [];
});
afterAll(() => {
  if (askedFile === "") return;
  collect();
  writeFileSync(askedFile, JSON.stringify([...asked]));
});
