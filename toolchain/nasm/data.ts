// db, dw, dd, dq and dt: the items' bytes, and relocations for the addresses among them.
// Source: the NASM manual, section 3.2.

import type { Position } from "../asm/error.ts";
import { MAX_SECTION_SIZE } from "../asm/section.ts";
import type { Assembler } from "./assembler.ts";
import { type Expression, evaluate, isSimple } from "./expression.ts";
import type { Relocation } from "./section.ts";
import type { DataItem } from "./statement.ts";

/** What dup repeats is listed byte for byte, up to this many. */
const MAX_LISTED = 4096;

/** Puts the items `count` times at the end of the section; in all passes but the last only their size counts. */
export function putData(
  assembler: Assembler,
  { items, size }: { items: readonly DataItem[]; size: number },
  count: number,
  position: Position,
  isRepeated: boolean,
): void {
  const start = assembler.offset;
  const length = itemsSize(assembler, items, size, position);
  assembler.advance(length * count, position);
  if (!assembler.final || count === 0) return;
  const space = assembler.space(length * count, position);
  const writer = new DataWriter(assembler, size, space.subarray(0, length), start);
  const relocations = writer.relocationsOf(() => writer.put(items));
  repeatStart(space, length);
  writer.repeatRelocations(relocations, length, count, position);
  if (isRepeated && count > 1) assembler.listing?.note(assembler.offset, "rep", count);
}

function itemsSize(assembler: Assembler, items: readonly DataItem[], size: number, position: Position): number {
  let total = 0;
  for (const item of items) {
    if (item.kind === "bytes") total += item.bytes.length;
    else if (item.kind === "repeat")
      total +=
        assembler.count(item.count, item.position, DUP_COUNT) * itemsSize(assembler, item.items, size, item.position);
    else total += size;
    if (total > MAX_SECTION_SIZE) assembler.fail(position, "too much data");
  }
  return total;
}

const DUP_COUNT = "the count of dup";

class DataWriter {
  private at = 0;

  constructor(
    private readonly assembler: Assembler,
    private readonly size: number,
    private readonly space: Uint8Array,
    /** Offset of the space in the section. */
    private readonly start: number,
  ) {}

  put(items: readonly DataItem[]): void {
    const { listing } = this.assembler;
    for (const item of items)
      switch (item.kind) {
        case "bytes":
          this.space.set(item.bytes, this.at);
          listing?.bytes(this.start + this.at, item.bytes);
          this.at += item.bytes.length;
          break;
        case "reserve":
          listing?.reserved(this.start + this.at, this.size);
          this.at += this.size;
          break;
        case "value":
          this.putValue(item.expression, item.position);
          this.at += this.size;
          break;
        case "repeat":
          this.putRepeated(item);
      }
  }

  private putRepeated(item: Extract<DataItem, { kind: "repeat" }>): void {
    const { listing } = this.assembler;
    const count = this.assembler.count(item.count, item.position, DUP_COUNT);
    if (count === 0) return;
    const { at } = this;
    const relocations = this.relocationsOf(() => this.put(item.items));
    const length = this.at - at;
    const whole = this.space.subarray(at, at + length * count);
    repeatStart(whole, length);
    this.repeatRelocations(relocations, length, count, item.position);
    this.at = at + whole.length;
    if (whole.length <= MAX_LISTED) listing?.bytes(this.start + at + length, whole.subarray(length));
    else listing?.note(this.start + this.at, "rep", count);
  }

  private putValue(expression: Expression, position: Position): void {
    const { assembler, size } = this;
    const offset = this.start + this.at;
    const field = this.space.subarray(this.at, this.at + size);
    const value = evaluate(expression, assembler.scope);
    if (value.unknown) assembler.fail(position, "the value is not known");
    if (value.terms.some((term) => term.what.kind === "register")) assembler.fail(position, "a register is no data");
    if (isSimple(value)) {
      store(field, value.constant);
      const bits = BigInt(size * 8);
      if (size < 8 && (value.constant < -(1n << (bits - 1n)) || value.constant >= 1n << bits))
        assembler.warn(
          position,
          `value ${value.constant} does not fit into ${size === 1 ? "a byte" : `${size} bytes`}`,
        );
      assembler.listing?.bytes(offset, field);
      return;
    }
    const relocation = { offset, size: size as Relocation["size"], kind: "absolute", value, position } as const;
    assembler.section.relocations.push(relocation);
    const shown = new Uint8Array(size);
    store(shown, value.constant);
    assembler.listing?.relocation(offset, shown, value.terms.length > 1 ? "relative" : "absolute");
  }

  /** The relocations that the action makes. */
  relocationsOf(action: () => void): Relocation[] {
    const { relocations } = this.assembler.section;
    const before = relocations.length;
    action();
    return relocations.slice(before);
  }

  repeatRelocations(relocations: readonly Relocation[], step: number, count: number, position: Position): void {
    if (relocations.length === 0) return;
    this.assembler.checkRepeats(count * relocations.length, position);
    for (let i = 1; i < count; i++)
      for (const relocation of relocations)
        this.assembler.section.relocations.push({ ...relocation, offset: relocation.offset + i * step });
  }
}

/** Fills the space with its first bytes, again and again. */
export function repeatStart(space: Uint8Array, length: number): void {
  for (let done = length; done > 0 && done < space.length; done *= 2)
    space.copyWithin(done, 0, Math.min(done, space.length - done));
}

/** Stores a number, low byte first, in as many bytes as there are. */
export function store(space: Uint8Array, value: bigint): void {
  for (let i = 0; i < space.length; i++) space[i] = Number((value >> BigInt(8 * i)) & 0xffn);
}
