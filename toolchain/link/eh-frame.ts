// Unwind tables (.eh_frame): what speaks of discarded code is left out, and of equal headers one is kept.
// Source: Linux Standard Base Core 5.0, "Exception Frames": records of a length, a kind and contents. Kind 0 is a common header
// (CIE); any other is a function's record (FDE), and the number is the distance back to its header.

import * as elf from "../../formats/elf32.ts";
import type { ObjectSymbol, Relocation } from "../../formats/elf32-object.ts";
import type { OutputSection } from "./placement.ts";
import type { InputSection, Resolution } from "./resolve.ts";

const NAME = ".eh_frame";
/** In a record: after length and kind. */
const CODE_FIELD = 8;

interface Frame {
  input: InputSection;
  /** In the input, and in what is left of it. */
  at: number;
  to: number;
  bytes: Uint8Array;
  relocations: Relocation[];
  /** Of a function's record. */
  header: Frame | undefined;
  kept: boolean;
}

/** Rewrites the unwind tables of each output section. One that can't be read stays as it is. */
export function trimUnwindTables(resolution: Resolution, outputs: readonly OutputSection[]): void {
  for (const output of outputs) {
    const headers = new Map<string, Frame>();
    const names = new Map<ObjectSymbol | string, number>();
    for (const piece of output.pieces) {
      if (piece.kind !== "input" || piece.input.section.name !== NAME) continue;
      const frames = readFrames(piece.input);
      if (!frames) continue;
      for (const frame of frames) {
        if (!frame.header || !describesKeptCode(resolution, frame)) continue;
        frame.kept = true;
        const key = keyOf(frame.header, names);
        const first = headers.get(key);
        if (first) frame.header = first;
        else {
          headers.set(key, frame.header);
          frame.header.kept = true;
        }
      }
      rewrite(piece.input, frames);
    }
  }
}

function readFrames(input: InputSection): Frame[] | undefined {
  const { data, relocations } = input.section;
  if (!(data instanceof Uint8Array)) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const frames: Frame[] = [];
  const headers = new Map<number, Frame>();
  const sorted = [...relocations].sort((a, b) => a.offset - b.offset);
  let next = 0;
  for (let at = 0; at < data.length; ) {
    if (at + 4 > data.length) return undefined;
    const length = view.getUint32(at, true);
    const end = at + 4 + length;
    // Zero ends the table; it stays only behind everything, where start-up code's last object has it.
    if (length === 0) return end === data.length && frames.length > 0 ? frames : undefined;
    if (length < 4 || end > data.length) return undefined;
    const kind = view.getUint32(at + 4, true);
    const header = kind === 0 ? undefined : headers.get(at + 4 - kind);
    if (kind !== 0 && !header) return undefined;
    const own: Relocation[] = [];
    while (next < sorted.length && sorted[next].offset < end) own.push(sorted[next++]);
    const frame: Frame = { input, at, to: 0, bytes: data.subarray(at, end), relocations: own, header, kept: false };
    frames.push(frame);
    if (kind === 0) headers.set(at, frame);
    at = end;
  }
  return frames;
}

function describesKeptCode(resolution: Resolution, frame: Frame): boolean {
  const symbol = frame.relocations.find(({ offset }) => offset === frame.at + CODE_FIELD)?.symbol;
  if (!symbol) return true;
  const definition =
    symbol.binding === elf.STB_LOCAL ? symbol : resolution.globals.get(symbol.name)?.definition?.symbol;
  if (!definition || typeof definition.section === "string") return true;
  return resolution.inputSection(definition.section)?.discarded !== true;
}

/** Equal for headers of equal bytes that refer to the same symbols. */
function keyOf(header: Frame, names: Map<ObjectSymbol | string, number>): string {
  const symbols = header.relocations.map(({ offset, type, symbol }) => {
    const name = symbol.binding === elf.STB_LOCAL ? symbol : symbol.name;
    const number = names.get(name) ?? names.size;
    names.set(name, number);
    return `${offset - header.at}:${type}:${number}`;
  });
  return `${header.bytes.join(",")} ${symbols.join(" ")}`;
}

function rewrite(input: InputSection, frames: readonly Frame[]): void {
  const kept = frames.filter((frame) => frame.kept);
  let size = 0;
  for (const frame of kept) {
    frame.to = size;
    size += frame.bytes.length;
  }
  const data = new Uint8Array(size);
  for (const frame of kept) data.set(frame.bytes, frame.to);
  input.rewritten = {
    data,
    relocations: kept.flatMap(({ at, to, relocations }) =>
      relocations.map((relocation) => ({ ...relocation, offset: relocation.offset - at + to })),
    ),
    distances: kept.flatMap(({ to, header }) => (header ? [{ offset: to + 4, target: header }] : [])),
  };
  input.size = size;
  input.moved = (offset) => {
    const frame = kept.find(({ at, bytes }) => offset >= at && offset < at + bytes.length);
    return frame && { input, offset: offset - frame.at + frame.to };
  };
}
