// The linked program as a file: segments and symbols of an ELF executable, or the bare bytes in memory order.

import * as elf from "../../formats/elf32.ts";
import {
  type ExecutableSection,
  type ExecutableSymbol,
  type Segment,
  writeExecutable,
} from "../../formats/elf32-executable.ts";
import type { ObjectSymbol } from "../../formats/elf32-object.ts";
import type { OutputSection } from "./placement.ts";
import type { Resolution } from "./resolve.ts";

const PAGE_SIZE = 0x1000;

export interface Placed {
  output: OutputSection;
  data: Uint8Array | undefined;
}

/** @param strip leave out symbols and everything that isn't loaded */
export function makeElf(placed: readonly Placed[], resolution: Resolution, entry: number, strip: boolean): Uint8Array {
  const kept = placed.filter(({ output }) => !strip || isLoaded(output));
  const offsets = new Map<OutputSection, number>();
  const segments = makeSegments(kept, offsets);
  const sections = new Map<OutputSection, ExecutableSection>();
  for (const { output, data } of kept)
    sections.set(output, {
      name: output.name,
      type: output.type,
      flags: output.flags,
      address: output.address,
      offset: offsets.get(output) ?? 0,
      align: output.align,
      data: data ?? { size: output.size },
      entrySize: output.entrySize,
    });
  const symbols = strip ? [] : outputSymbols(resolution, sections);
  return writeExecutable({ entry, segments, sections: [...sections.values()], symbols });
}

function isLoaded(output: OutputSection): boolean {
  return (output.flags & elf.SHF_ALLOC) !== 0;
}

/**
 * One segment for each run of sections with the same rights. File offsets equal addresses modulo the page size, and the headers
 * have the first page, so what is linked first (a Multiboot header) lies in the file's first 8 KiB.
 */
function makeSegments(placed: readonly Placed[], offsets: Map<OutputSection, number>): Segment[] {
  const runs: Placed[][] = [];
  const loaded = placed.filter(({ output }) => isLoaded(output) && output.size > 0);
  loaded.sort((a, b) => a.output.address - b.output.address);
  for (const next of loaded) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last && continues(last, next)) run.push(next);
    else runs.push([next]);
  }
  let end = PAGE_SIZE;
  return runs.map((run): Segment => {
    const { output: first } = run[0];
    const offset = end + ((first.address - end) & (PAGE_SIZE - 1));
    let fileSize = 0;
    let memorySize = 0;
    let flags = elf.PF_R;
    for (const { output, data } of run) {
      const at = output.address - first.address;
      offsets.set(output, offset + at);
      memorySize = at + output.size;
      if (data) fileSize = at + data.length;
      if ((output.flags & elf.SHF_WRITE) !== 0) flags |= elf.PF_W;
      if ((output.flags & elf.SHF_EXECINSTR) !== 0) flags |= elf.PF_X;
    }
    const bytes = new Uint8Array(fileSize);
    for (const { output, data } of run) if (data) bytes.set(data, output.address - first.address);
    end = offset + fileSize;
    return {
      type: elf.PT_LOAD,
      flags,
      virtualAddress: first.address,
      physicalAddress: first.loadAddress,
      offset,
      data: bytes,
      memorySize,
      align: PAGE_SIZE,
    };
  });
}

/** Whether a section belongs to the segment of the one before it. */
function continues({ output: last, data }: Placed, { output: next, data: nextData }: Placed): boolean {
  const rights = elf.SHF_WRITE | elf.SHF_EXECINSTR;
  const gap = next.address - (last.address + last.size);
  return (
    (last.flags & rights) === (next.flags & rights) &&
    gap < PAGE_SIZE &&
    next.address - next.loadAddress === last.address - last.loadAddress &&
    !(data === undefined && nextData !== undefined)
  );
}

function outputSymbols(resolution: Resolution, sections: Map<OutputSection, ExecutableSection>): ExecutableSymbol[] {
  const symbols: ExecutableSymbol[] = [];
  const place = (symbol: ObjectSymbol): Pick<ExecutableSymbol, "section" | "value"> | undefined => {
    if (typeof symbol.section === "string")
      return symbol.section === "absolute" ? { section: "absolute", value: symbol.value } : undefined;
    const input = resolution.inputSection(symbol.section);
    const section = input?.output && sections.get(input.output);
    return input?.output && section && { section, value: (input.output.address + input.offset + symbol.value) >>> 0 };
  };
  for (const { object } of resolution.inputs) {
    for (const symbol of object.symbols) {
      if (symbol.binding !== elf.STB_LOCAL || symbol.name === "" || symbol.type === elf.STT_SECTION) continue;
      const found = place(symbol);
      if (found) symbols.push({ ...symbol, ...found });
    }
  }
  for (const global of resolution.globals.values()) {
    if (global.script) {
      const section = (global.script.output && sections.get(global.script.output)) ?? "absolute";
      const type = global.definition?.symbol.type ?? elf.STT_NOTYPE;
      symbols.push({
        name: global.name,
        binding: elf.STB_GLOBAL,
        type,
        section,
        value: global.script.address,
        size: 0,
      });
    } else if (global.definition) {
      const { symbol } = global.definition;
      const found = place(symbol);
      if (found) symbols.push({ ...symbol, ...found });
    }
  }
  return symbols;
}

/**
 * What memory holds from the lowest to the highest load address, without headers: boot sectors, ROMs.
 * @param gap the byte between sections
 */
export function makeFlat(placed: readonly Placed[], gap: number): Uint8Array {
  const parts = placed.filter(({ output, data }) => isLoaded(output) && data !== undefined && data.length > 0);
  if (parts.length === 0) return new Uint8Array(0);
  const start = Math.min(...parts.map(({ output }) => output.loadAddress));
  const end = Math.max(...parts.map(({ output }) => output.loadAddress + output.size));
  const bytes = new Uint8Array(end - start).fill(gap);
  for (const { output, data } of parts) if (data) bytes.set(data, output.loadAddress - start);
  return bytes;
}

/** Bytes that `makeFlat` would have to allocate. */
export function flatSize(placed: readonly Placed[]): number {
  const loaded = placed.filter(({ output, data }) => isLoaded(output) && data !== undefined && data.length > 0);
  if (loaded.length === 0) return 0;
  const start = Math.min(...loaded.map(({ output }) => output.loadAddress));
  return Math.max(...loaded.map(({ output }) => output.loadAddress + output.size)) - start;
}
