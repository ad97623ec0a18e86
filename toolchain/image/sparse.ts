// An executable for a medium, as small as can be: long runs of zeros inside a segment need not lie in the file, since a loader
// clears what memory has beyond a segment's bytes. A kernel's static buffers, which WebAssembly keeps among its data, are such.

import { readExecutable, type Segment, writeExecutable } from "../../formats/elf32-executable.ts";

const PT_LOAD = 1;
/** A shorter run isn't worth the program header that its end needs, and the copying in small pieces. */
const SHORTEST_RUN = 256;

/**
 * The same program without the zeros, and without sections and symbols.
 * @param name for errors
 * @throws Elf32Error when `executable` is none
 */
export function withoutZeros(executable: Uint8Array, name: string): Uint8Array {
  const { entry, segments } = readExecutable(executable, name);
  const pieces = segments.flatMap((segment) => (segment.type === PT_LOAD ? splitAtZeros(segment) : [segment]));
  let offset = 52 + 32 * pieces.length;
  for (const piece of pieces) {
    piece.offset = offset;
    piece.align = 1;
    offset += piece.data.length;
  }
  return writeExecutable({ entry, segments: pieces, sections: [], symbols: [] });
}

/** The segment in pieces, each with the zeros that follow it. */
function splitAtZeros(segment: Segment): Segment[] {
  const { data } = segment;
  const pieces: Segment[] = [];
  let start = 0;
  while (start < segment.memorySize) {
    const end = endOfBytes(data, start);
    const next = nextNonZero(data, end) ?? segment.memorySize;
    pieces.push({
      ...segment,
      virtualAddress: segment.virtualAddress + start,
      physicalAddress: segment.physicalAddress + start,
      data: data.subarray(start, end),
      memorySize: next - start,
    });
    start = next;
  }
  return pieces;
}

/** Where the first long run of zeros from `start` on begins, or the data ends. */
function endOfBytes(data: Uint8Array, start: number): number {
  let end = start;
  for (let at = start; at < data.length; at++) {
    if (data[at] !== 0) end = at + 1;
    else if (at + 1 - end >= SHORTEST_RUN) return end;
  }
  return end;
}

function nextNonZero(data: Uint8Array, from: number): number | undefined {
  const index = data.subarray(from).findIndex((byte) => byte !== 0);
  return index < 0 ? undefined : from + index;
}
