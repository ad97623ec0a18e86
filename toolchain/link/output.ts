// The linked program as a file: segments and symbols of an ELF executable, or the bare bytes in memory order.

import * as elf from "../../formats/elf32.ts";
import { type ExecutableSection, writeExecutable } from "../../formats/elf32-executable.ts";
import type { OutputSection } from "./placement.ts";
import type { Resolution } from "./resolve.ts";
import { makeSegments, type SegmentOptions } from "./segments.ts";
import { type Discard, outputSymbols } from "./symbols.ts";

export interface Placed {
  output: OutputSection;
  data: Uint8Array | undefined;
}

/** What is left out of the file. */
export interface Strip {
  symbols: boolean;
  debug: boolean;
  /** Sections that aren't loaded are left out altogether. */
  unloaded?: boolean;
  locals: Discard;
}

export function makeElf(
  placed: readonly Placed[],
  resolution: Resolution,
  entry: number,
  strip: Strip,
  segmentOptions: SegmentOptions,
): Uint8Array {
  const kept = placed.filter(({ output }) => isLoaded(output) || !(strip.unloaded || (strip.debug && isDebug(output))));
  const offsets = new Map<OutputSection, number>();
  const segments = makeSegments(kept, offsets, segmentOptions);
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
  placeUnsegmented([...sections.values()], segments, offsets.size);
  const symbols = strip.symbols ? [] : outputSymbols(resolution, sections, strip.locals);
  return writeExecutable({ entry, segments, sections: [...sections.values()], symbols });
}

/** Sections that have an address but belong to no segment (PHDRS left them out, or they are empty) go behind the segments. */
function placeUnsegmented(
  sections: readonly ExecutableSection[],
  segments: readonly { offset: number; data: Uint8Array }[],
  placed: number,
): void {
  if (placed === sections.length) return;
  let end = Math.max(
    elf.EHDR_SIZE + segments.length * elf.PHDR_SIZE,
    ...segments.map(({ offset, data }) => offset + data.length),
  );
  for (const section of sections) {
    if ((section.flags & elf.SHF_ALLOC) === 0 || section.offset !== 0) continue;
    section.offset = elf.alignUp(end, section.align);
    if (section.data instanceof Uint8Array) end = section.offset + section.data.length;
  }
}

function isLoaded(output: OutputSection): boolean {
  return (output.flags & elf.SHF_ALLOC) !== 0;
}

function isDebug(output: OutputSection): boolean {
  return /^\.(debug|line$|stab|gnu\.debug)/.test(output.name);
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
