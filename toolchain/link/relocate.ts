// Contents of output sections: the pieces put together, and relocations filled in.
// Source: System V ABI, Intel386 supplement, "Relocation Types"; the 16- and 8-bit ones are GNU's.

import * as elf from "../../formats/elf32.ts";
import { type ObjectSymbol, type Relocation, relocationFieldSize } from "../../formats/elf32-object.ts";
import { GOT_SYMBOL, type OffsetTable, type Relaxation, relaxation } from "./got.ts";
import type { SourceLines } from "./lines.ts";
import type { OutputSection, Piece } from "./placement.ts";
import type { InputSection, Resolution } from "./resolve.ts";

/** Beyond this a section's contents are taken for a mistake in the script. */
const MAX_CONTENTS = 256 * 1024 * 1024;

export class Relocator {
  readonly problems: string[] = [];
  private readonly undefinedSymbols = new Map<string, string[]>();

  constructor(
    private readonly resolution: Resolution,
    private readonly lines: SourceLines,
    private readonly table: OffsetTable,
  ) {}

  /** The bytes of an output section; undefined when it has none in the file. */
  contents(output: OutputSection): Uint8Array | undefined {
    if (output.type === elf.SHT_NOBITS) return undefined;
    if (output.size > MAX_CONTENTS) {
      this.problems.push(`section ${output.name} would have ${output.size} bytes in the file`);
      return undefined;
    }
    const bytes = new Uint8Array(output.size);
    let { fill } = output;
    let end = 0;
    for (const piece of output.pieces) {
      const size = pieceSize(piece);
      if (size > 0) {
        fillGap(bytes.subarray(end, piece.offset), fill, output);
        end = piece.offset + size;
      }
      if (piece.kind === "fill") {
        fillGap(bytes.subarray(end, piece.offset), fill, output);
        end = piece.offset;
        fill = piece.bytes;
      }
      if (piece.kind === "data") {
        const view = new DataView(bytes.buffer);
        for (let i = 0; i < Math.min(4, piece.size); i++)
          view.setUint8(piece.offset + i, (piece.number >>> (8 * i)) & 0xff);
      } else if (piece.kind === "input") {
        const data = piece.input.rewritten?.data ?? piece.input.section.data;
        if (!(data instanceof Uint8Array)) continue;
        bytes.set(data, piece.offset);
        this.relocate(piece.input, output, bytes);
      }
    }
    fillGap(bytes.subarray(end), fill, output);
    return bytes;
  }

  /** To be called at the end: undefined symbols with the places that need them. */
  undefinedProblems(): string[] {
    return [...this.undefinedSymbols].map(([name, places]) => {
      const shown = places.slice(0, 3).join(", ");
      const more = places.length > 3 ? ` and ${places.length - 3} more` : "";
      return `undefined symbol '${name}': needed by ${shown}${more}`;
    });
  }

  private relocate(input: InputSection, output: OutputSection, bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer);
    for (const { offset, target } of input.rewritten?.distances ?? []) {
      const distance = input.offset + offset - (target.input.offset + target.to);
      view.setUint32(input.offset + offset, distance >>> 0, true);
    }
    for (const relocation of (input.rewritten ?? input.section).relocations) {
      const offset = input.offset + relocation.offset;
      const target =
        this.mergedTarget(relocation, view, offset) ?? this.targetAddress(relocation.symbol, input, relocation);
      if (target === undefined) continue;
      this.apply(view, offset, output.address + offset, target, relocation, input);
    }
  }

  /**
   * A section symbol and what is added to it mean a place in the object's section. When contents have moved, the place must be
   * looked up as a whole.
   */
  private mergedTarget({ symbol, type }: Relocation, view: DataView, offset: number): number | undefined {
    if (symbol.type !== elf.STT_SECTION || typeof symbol.section === "string" || relocationFieldSize(type) !== 4)
      return undefined;
    if (!this.resolution.inputSection(symbol.section)?.moved) return undefined;
    const addend = view.getInt32(offset, true);
    const address = this.resolution.addressOf(symbol.section, symbol.value + addend);
    return address === undefined ? undefined : address - addend;
  }

  private apply(
    view: DataView,
    offset: number,
    address: number,
    target: number,
    relocation: Relocation,
    input: InputSection,
  ): void {
    const { type } = relocation;
    switch (type) {
      case elf.R_386_32:
        view.setUint32(offset, (target + view.getUint32(offset, true)) >>> 0, true);
        return;
      case elf.R_386_PC32:
      case elf.R_386_PLT32:
        view.setUint32(offset, (target + view.getUint32(offset, true) - address) >>> 0, true);
        return;
      case elf.R_386_GOTPC:
      case elf.R_386_GOTOFF:
      case elf.R_386_GOT32:
      case elf.R_386_GOT32X:
        this.applyTable(view, offset, address, target, relocation, input);
        return;
      case elf.R_386_16:
      case elf.R_386_PC16: {
        const relative = type === elf.R_386_PC16;
        const value = signed(target) + view.getInt16(offset, true) - (relative ? signed(address) : 0);
        // A jump in 16-bit code wraps around its segment, so a distance of either sign may take all 16 bits.
        if (value < (relative ? -0xffff : -0x8000) || value > 0xffff) this.overflow(value, 2, relocation, input);
        view.setUint16(offset, value & 0xffff, true);
        return;
      }
      case elf.R_386_8:
      case elf.R_386_PC8: {
        const relative = type === elf.R_386_PC8;
        const value = signed(target) + view.getInt8(offset) - (relative ? signed(address) : 0);
        if (value < -0x80 || value > (relative ? 0x7f : 0xff)) this.overflow(value, 1, relocation, input);
        view.setUint8(offset, value & 0xff);
        return;
      }
      default:
        this.problems.push(`${this.place(input, relocation)}: relocation type ${type} is not one of static i386 code`);
    }
  }

  /** Relocations of position-independent code. */
  private applyTable(
    view: DataView,
    offset: number,
    address: number,
    target: number,
    relocation: Relocation,
    input: InputSection,
  ): void {
    const { type, symbol } = relocation;
    const table = this.resolution.globals.get(GOT_SYMBOL)?.definition?.symbol.section;
    const start = table && typeof table !== "string" ? this.resolution.addressOf(table, 0) : undefined;
    if (start === undefined) {
      this.problems.push(`${this.place(input, relocation)}: the global offset table has no place in the output`);
      return;
    }
    const addend = view.getUint32(offset, true);
    const put = (value: number) => view.setUint32(offset, value >>> 0, true);
    if (type === elf.R_386_GOTPC) put(start + addend - address);
    else if (type === elf.R_386_GOTOFF) put(target + addend - start);
    else {
      const { data } = input.section;
      const relaxed = data instanceof Uint8Array ? relaxation(data, relocation) : undefined;
      if (relaxed) this.relax(view, offset, address, target, relaxed);
      else {
        const slot = this.table.slot(symbol);
        const at = slot && this.resolution.addressOf(slot.section, slot.offset);
        if (at === undefined) {
          this.problems.push(
            `${this.place(input, relocation)}: '${symbol.name}' has no slot in the global offset table`,
          );
          return;
        }
        // Without a base register the slot's address itself is wanted.
        const isAbsolute = offset > 0 && (view.getUint8(offset - 1) & 0xc7) === 0x05;
        put(at + addend - (isAbsolute ? 0 : start));
      }
    }
  }

  private relax(view: DataView, offset: number, address: number, target: number, relaxed: Relaxation): void {
    const { opcode, operand, filler, isRelative } = relaxed;
    view.setUint8(offset - 2, opcode);
    // With a byte behind it the field itself moves forward.
    const at = filler === undefined ? offset : offset - 1;
    if (filler === undefined) view.setUint8(offset - 1, operand);
    else view.setUint8(offset + 3, filler);
    const next = address + (at - offset) + 4;
    view.setUint32(at, (isRelative ? target - next : target) >>> 0, true);
  }

  private overflow(value: number, size: number, relocation: Relocation, input: InputSection): void {
    const name = relocation.symbol.name || symbolSection(relocation.symbol);
    const shown = value < 0 ? `-${elf.hex(-value)}` : elf.hex(value);
    this.problems.push(
      `${this.place(input, relocation)}: the ${size * 8}-bit ${relocation.type === elf.R_386_16 || relocation.type === elf.R_386_8 ? "address of" : "distance to"} '${name}' does not fit: ${shown}`,
    );
  }

  /** The address a relocation refers to; undefined (and noted) when there is none. */
  private targetAddress(symbol: ObjectSymbol, input: InputSection, relocation: Relocation): number | undefined {
    if (symbol.binding === elf.STB_LOCAL) {
      if (symbol.section === "absolute") return symbol.value;
      if (typeof symbol.section === "string") return this.missing(symbol.name || "(no name)", input, relocation);
      return (
        this.resolution.addressOf(symbol.section, symbol.value) ??
        this.discarded(symbol.name || symbol.section.name, input, relocation)
      );
    }
    const global = this.resolution.global(symbol.name);
    if (global.script) return global.script.address;
    const definition = global.definition?.symbol;
    if (!definition) return global.onlyWeakReferences ? 0 : this.missing(symbol.name, input, relocation);
    if (typeof definition.section === "string") return definition.value;
    return (
      this.resolution.addressOf(definition.section, definition.value) ?? this.discarded(symbol.name, input, relocation)
    );
  }

  private missing(name: string, input: InputSection, relocation: Relocation): undefined {
    const places = this.undefinedSymbols.get(name);
    const place = this.place(input, relocation);
    if (places) places.push(place);
    else this.undefinedSymbols.set(name, [place]);
    return undefined;
  }

  /** Debug information may speak of sections that were thrown away; code and data may not. */
  private discarded(name: string, input: InputSection, relocation: Relocation): undefined {
    if ((input.section.flags & elf.SHF_ALLOC) !== 0)
      this.problems.push(`${this.place(input, relocation)}: '${name}' is in a section that was discarded`);
    return undefined;
  }

  /** "boot.o (boot.s:12)", or with the offset in the section when no line is known. */
  private place(input: InputSection, relocation: Relocation): string {
    const line = this.lines.find(input.input, input.section, relocation.offset);
    return `${input.input.name} (${line ?? `${input.section.name}+${elf.hex(relocation.offset)}`})`;
  }
}

function symbolSection(symbol: ObjectSymbol): string {
  return typeof symbol.section === "string" ? symbol.section : symbol.section.name;
}

/** Addresses above 2 GiB as negative numbers, so that sums of 16-bit fields come out right. */
function signed(value: number): number {
  return value | 0;
}

function pieceSize(piece: Piece): number {
  return piece.kind === "input" ? piece.input.size : piece.kind === "data" ? piece.size : 0;
}

const NOP = 0x90;
const OPERAND_SIZE_PREFIX = 0x66;

/** Fills with the pattern, as often as it goes. */
function fillGap(space: Uint8Array, pattern: readonly number[] | undefined, output: OutputSection): void {
  if (pattern === undefined) {
    if ((output.flags & elf.SHF_EXECINSTR) !== 0) fillWithNops(space);
    return;
  }
  space.forEach((_, i) => {
    space[i] = pattern[i % pattern.length];
  });
}

/** No-operations of two bytes, and one of one byte at the end if it must be. */
export function fillWithNops(space: Uint8Array): void {
  space.forEach((_, i) => {
    space[i] = i % 2 === 0 && i + 1 < space.length ? OPERAND_SIZE_PREFIX : NOP;
  });
}
