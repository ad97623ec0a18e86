// Mergeable sections (SHF_MERGE): of equal strings or constants one is kept, and a string that another one ends with is found in
// there. What is left of a section stays in its place. Source: System V ABI, "Section Attribute Flags".

import * as elf from "../../formats/elf32.ts";
import type { OutputSection } from "./placement.ts";
import type { InputSection } from "./resolve.ts";

/** One string, with its NUL, or one constant; the first of its equals. */
interface Entry {
  owner: InputSection;
  bytes: Uint8Array;
  /** As characters, for looking up and for comparing ends. */
  text: string;
  align: number;
  /** The longer entry that ends with this one. */
  partOf: Entry | undefined;
  /** In the owner's section, when it is not part of another. */
  offset: number;
}

/** Merges what may be merged in each output section, and says where every byte went. */
export function mergeContents(outputs: readonly OutputSection[]): void {
  for (const output of outputs) {
    const groups = new Map<string, InputSection[]>();
    for (const piece of output.pieces) {
      if (piece.kind !== "input" || !isMergeable(piece.input)) continue;
      const { flags, entrySize, align } = piece.input.section;
      const kind = `${flags & elf.SHF_STRINGS} ${entrySize} ${align}`;
      groups.set(kind, [...(groups.get(kind) ?? []), piece.input]);
    }
    for (const inputs of groups.values()) mergeGroup(inputs);
  }
}

function isMergeable(input: InputSection): boolean {
  const { flags, entrySize = 0, data, relocations, align } = input.section;
  if ((flags & elf.SHF_MERGE) === 0 || entrySize === 0 || !(data instanceof Uint8Array) || data.length === 0)
    return false;
  if (relocations.length > 0 || data.length % entrySize !== 0) return false;
  const isStrings = (flags & elf.SHF_STRINGS) !== 0;
  // Entries of more than their alignment would have to be padded.
  if (align > entrySize ? !isStrings || align % entrySize !== 0 : entrySize % align !== 0) return false;
  return !isStrings || data.subarray(-entrySize).every((byte) => byte === 0);
}

function mergeGroup(inputs: readonly InputSection[]): void {
  const [{ section: first }] = inputs;
  const entrySize = first.entrySize ?? 1;
  const isStrings = (first.flags & elf.SHF_STRINGS) !== 0;
  const known = new Map<string, Entry>();
  const order: Entry[] = [];
  const starts = new Map<InputSection, { at: number; entry: Entry }[]>();
  for (const input of inputs) {
    const list: { at: number; entry: Entry }[] = [];
    starts.set(input, list);
    const data = input.section.data;
    if (!(data instanceof Uint8Array)) continue;
    for (const { at, size } of isStrings ? strings(data, entrySize, first.align) : constants(data, entrySize)) {
      const bytes = data.subarray(at, at + size);
      const text = latin1(bytes);
      const align = isStrings ? Math.min(first.align, at === 0 ? first.align : at & -at) : first.align;
      let entry = known.get(text);
      if (!entry || entry.align < align) {
        const added: Entry = { owner: input, bytes, text, align, partOf: undefined, offset: 0 };
        if (entry) entry.partOf = added;
        entry = added;
        known.set(text, added);
        order.push(added);
      }
      list.push({ at, entry });
    }
  }
  if (isStrings) findEnds([...known.values()]);
  const sizes = new Map<InputSection, number>();
  for (const entry of order) {
    if (entry.partOf) continue;
    entry.offset = elf.alignUp(sizes.get(entry.owner) ?? 0, entry.align);
    sizes.set(entry.owner, entry.offset + entry.bytes.length);
  }
  const contents = new Map(inputs.map((input) => [input, new Uint8Array(sizes.get(input) ?? 0)]));
  for (const { owner, partOf, bytes, offset } of order) if (!partOf) contents.get(owner)?.set(bytes, offset);
  for (const [input, data] of contents) {
    input.rewritten = { data, relocations: [] };
    input.size = data.length;
    const list = starts.get(input) ?? [];
    input.moved = (offset) => moved(list, offset);
  }
}

/** Where the strings of a section start; zeros that only align the next one are left out. */
function strings(data: Uint8Array, entrySize: number, align: number): { at: number; size: number }[] {
  const found: { at: number; size: number }[] = [];
  const isZero = (at: number) => data.subarray(at, at + entrySize).every((byte) => byte === 0);
  for (let at = 0; at < data.length; ) {
    let end = at;
    while (end < data.length && !isZero(end)) end += entrySize;
    found.push({ at, size: end + entrySize - at });
    at = end + entrySize;
    let hasEmpty = false;
    for (; at < data.length && align > entrySize && isZero(at); at += entrySize) {
      if (at % align !== 0 || hasEmpty) continue;
      hasEmpty = true;
      found.push({ at, size: entrySize });
    }
  }
  return found;
}

function constants(data: Uint8Array, entrySize: number): { at: number; size: number }[] {
  return Array.from({ length: data.length / entrySize }, (_, i) => ({ at: i * entrySize, size: entrySize }));
}

/** Sorted from their ends, a string stands right before those that end with it. */
function findEnds(entries: Entry[]): void {
  const reversed = new Map(entries.map((entry) => [entry, [...entry.text].reverse().join("")]));
  const sorted = entries
    .map((entry) => ({ entry, key: reversed.get(entry) ?? "" }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  let longer = sorted.at(-1);
  for (const candidate of sorted.reverse().slice(1)) {
    if (!longer) break;
    const { entry } = candidate;
    const distance = longer.entry.bytes.length - entry.bytes.length;
    if (
      distance > 0 &&
      distance % entry.align === 0 &&
      longer.entry.align >= entry.align &&
      longer.key.startsWith(candidate.key)
    )
      entry.partOf = longer.entry;
    else longer = candidate;
  }
}

function moved(
  list: readonly { at: number; entry: Entry }[],
  offset: number,
): { input: InputSection; offset: number } | undefined {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].at <= offset) low = middle + 1;
    else high = middle;
  }
  const found = list[low - 1];
  if (!found) return undefined;
  let { entry } = found;
  let within = offset - found.at;
  while (entry.partOf) {
    within += entry.partOf.bytes.length - entry.bytes.length;
    entry = entry.partOf;
  }
  return { input: entry.owner, offset: entry.offset + within };
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
