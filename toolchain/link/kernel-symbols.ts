// The kernel's own symbol table (.ksyms), from which a panic names functions, files and lines. Made from a linked kernel's symbols
// and line table.

import * as elf from "../../formats/elf32.ts";
import { type ExecutableSymbol, readExecutable } from "../../formats/elf32-executable.ts";
import type { ElfObject } from "../../formats/elf32-object.ts";
import { writeKernelSymbols } from "../../formats/kernel-symbols.ts";
import { LinkError, type LinkInput, type LinkOptions, type LinkResult, link } from "./index.ts";
import { type AddressLine, executableLines } from "./lines.ts";

const MAX_ROUNDS = 8;

export interface KernelFunction {
  address: number;
  name: string;
  /** The source file without its extension, where the symbol's full name tells it. */
  module?: string;
}

/**
 * The table of a linked kernel.
 * @param file the kernel's name, for errors
 * @throws elf.Elf32Error, DwarfError when the file can't be read
 */
export function kernelSymbols(kernel: Uint8Array, file: string): Uint8Array {
  const executable = readExecutable(kernel, file);
  return encodeKernelSymbols(functionsOf(executable.symbols), executableLines(executable, file));
}

/** An object that puts a table into the section .ksyms. */
export function kernelSymbolsObject(table: Uint8Array): ElfObject {
  const section = {
    name: ".ksyms",
    type: elf.SHT_PROGBITS,
    flags: elf.SHF_ALLOC,
    align: 4,
    data: table,
    relocations: [],
  };
  return { sections: [section], symbols: [] };
}

/**
 * Links a kernel together with the table that describes it. Where the table stands before the code, putting it in moves the code:
 * it is made anew until it fits.
 * @throws LinkError, ScriptError as `link` does
 */
export function linkWithKernelSymbols(inputs: readonly LinkInput[], options: Omit<LinkOptions, "strip">): LinkResult {
  const name = options.scriptName ?? "kernel";
  let result = link(inputs, options);
  let table = kernelSymbols(result.elf, name);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    result = link([...inputs, { name: ".ksyms", object: kernelSymbolsObject(table) }], options);
    const next = kernelSymbols(result.elf, name);
    if (sameBytes(table, next)) return result;
    table = next;
  }
  throw new LinkError(["the kernel's symbol table moves the code that it describes, and never settles"]);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Functions, and global labels in code, as assembly has them. One name for each address, sorted. */
function functionsOf(symbols: readonly ExecutableSymbol[]): KernelFunction[] {
  const best = new Map<number, ExecutableSymbol>();
  for (const symbol of symbols) {
    if (typeof symbol.section === "string" || symbol.name === "") continue;
    const isCode = (symbol.section.flags & elf.SHF_EXECINSTR) !== 0;
    const isLabel = symbol.type === elf.STT_NOTYPE && symbol.binding === elf.STB_GLOBAL;
    if (!isCode || !(symbol.type === elf.STT_FUNC || isLabel)) continue;
    const present = best.get(symbol.value);
    if (!present || preference(symbol) > preference(present)) best.set(symbol.value, symbol);
  }
  return [...best.values()]
    .map((symbol) => ({ address: symbol.value, name: shortName(symbol.name), module: moduleOf(symbol.name) }))
    .sort((a, b) => a.address - b.address);
}

/** Of several names for one address: the compiler's own, which says the class; then a function's; then a label. */
function preference(symbol: ExecutableSymbol): number {
  if (symbol.name.includes("/")) return 3;
  return symbol.type === elf.STT_FUNC ? 2 : 1;
}

/** `kernel/thread/Scheduler#pick` reads best as `Scheduler#pick`: the file is told apart. */
export function shortName(name: string): string {
  return name.replace(/[\w.~@-]+\//g, "");
}

/** `kernel/thread/scheduler/Scheduler#pick` is in the module `kernel/thread/scheduler`. */
function moduleOf(name: string): string | undefined {
  const [path] = name.split("<", 1);
  const slash = path.lastIndexOf("/");
  return slash > 0 ? path.slice(0, slash) : undefined;
}

/** @param lines sorted by address; an entry holds up to the next one */
export function encodeKernelSymbols(functions: readonly KernelFunction[], lines: readonly AddressLine[]): Uint8Array {
  return writeKernelSymbols(
    functions.map((entry, i) => {
      const list = linesOf(entry, lines, functions[i + 1]?.address ?? 2 ** 32);
      return { address: entry.address, name: entry.name, file: list.at(0)?.file, lines: list };
    }),
  );
}

interface Line {
  address: number;
  file: string;
  line: number;
}

/**
 * The entries of one function, up to `end`: all of its own file (code inlined from another keeps the line before it, or at the
 * function's start the line after it), without those that repeat a line.
 */
function linesOf({ address: start, module }: KernelFunction, lines: readonly AddressLine[], end: number): Line[] {
  const all: Line[] = [];
  const bytes = new Map<string, number>();
  for (let i = firstIn(lines, start); i < lines.length && lines[i].address < end; i++) {
    const { file, line } = lines[i];
    if (file === undefined) continue;
    const address = Math.max(start, lines[i].address);
    if (all.at(-1)?.address === address) all.pop();
    all.push({ address, file, line });
    const next = Math.min(end, lines[i + 1]?.address ?? end);
    bytes.set(file, (bytes.get(file) ?? 0) + next - address);
  }
  const own = ownFile(bytes, module);
  const found: Line[] = [];
  for (const entry of all) {
    if (entry.file !== own || entry.line === found.at(-1)?.line) continue;
    found.push(found.length === 0 ? { ...entry, address: all[0].address } : entry);
  }
  return found;
}

/** The file that the function's name tells, if any code is of it; else the one that most of the code comes from. */
function ownFile(bytes: ReadonlyMap<string, number>, module: string | undefined): string | undefined {
  const files = [...bytes].sort((a, b) => b[1] - a[1]).map(([file]) => file);
  const named = files.find((file) => module !== undefined && `/${file.replace(/\.\w+$/, "")}`.endsWith(`/${module}`));
  return named ?? files[0];
}

/** Index of the entry that holds at `address`. */
function firstIn(lines: readonly AddressLine[], address: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].address <= address) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
