// Position-independent code in a program that has one position: the global offset table, of which only the address and a few slots
// are needed, and loads from it that become plain constants. Source: System V ABI, Intel386 supplement, "Global Offset Table".

import * as elf from "../../formats/elf32.ts";
import type { ObjectSection, ObjectSymbol, Relocation } from "../../formats/elf32-object.ts";
import type { LinkInput } from "./resolve.ts";

export const GOT_SYMBOL = "_GLOBAL_OFFSET_TABLE_";
/** The first three words are the dynamic linker's. */
const RESERVED_SIZE = 12;
const SLOT_SIZE = 4;

/** The table for a set of objects. */
export class OffsetTable {
  private readonly slots = new Map<string | ObjectSymbol, number>();
  private readonly table: ObjectSection = section(".got", new Uint8Array(0), 0);
  private readonly reserved: ObjectSection = section(".got.plt", new Uint8Array(RESERVED_SIZE), SLOT_SIZE);
  private readonly symbols: ObjectSymbol[] = [];
  /** An object that holds the table; undefined when nobody asks for one. */
  readonly input: LinkInput | undefined;

  constructor(inputs: readonly LinkInput[]) {
    let isNeeded = false;
    for (const { object } of inputs) {
      for (const { data, relocations } of object.sections) {
        for (const relocation of relocations) {
          const { type, symbol } = relocation;
          if (symbol.name === GOT_SYMBOL || isTableRelative(type)) isNeeded = true;
          const needsSlot = type === elf.R_386_GOT32 || type === elf.R_386_GOT32X;
          if (needsSlot && !(data instanceof Uint8Array && relaxation(data, relocation))) this.addSlot(symbol);
        }
      }
    }
    const isDefined = inputs.some(({ object }) =>
      object.symbols.some(({ name, section: where }) => name === GOT_SYMBOL && where !== "undefined"),
    );
    if (!isNeeded || isDefined) return;
    this.table.data = new Uint8Array(this.slots.size * SLOT_SIZE);
    const start: ObjectSymbol = {
      name: GOT_SYMBOL,
      binding: elf.STB_GLOBAL,
      type: elf.STT_OBJECT,
      section: this.reserved,
      value: 0,
      size: 0,
    };
    const sections = this.slots.size > 0 ? [this.table, this.reserved] : [this.reserved];
    const object = { sections, symbols: [start, ...this.symbols] };
    this.input = { name: "(linker)", object, isSynthetic: true };
  }

  /** Where a symbol's slot is. */
  slot(symbol: ObjectSymbol): { section: ObjectSection; offset: number } | undefined {
    const offset = this.slots.get(slotKey(symbol));
    return offset === undefined ? undefined : { section: this.table, offset };
  }

  private addSlot(symbol: ObjectSymbol): void {
    const key = slotKey(symbol);
    if (this.slots.has(key)) return;
    const offset = this.slots.size * SLOT_SIZE;
    this.slots.set(key, offset);
    const target = symbol.binding === elf.STB_LOCAL ? symbol : { ...symbol, section: "undefined" as const };
    if (target !== symbol) this.symbols.push(target);
    this.table.relocations.push({ offset, type: elf.R_386_32, symbol: target });
  }
}

/** Globals of one name share a slot; a local symbol has its own. */
function slotKey(symbol: ObjectSymbol): string | ObjectSymbol {
  return symbol.binding === elf.STB_LOCAL ? symbol : symbol.name;
}

function section(name: string, data: Uint8Array, entrySize: number): ObjectSection {
  const flags = elf.SHF_ALLOC | elf.SHF_WRITE;
  return { name, type: elf.SHT_PROGBITS, flags, align: SLOT_SIZE, data, relocations: [], entrySize };
}

function isTableRelative(type: number): boolean {
  return type === elf.R_386_GOTPC || type === elf.R_386_GOTOFF || type === elf.R_386_GOT32 || type === elf.R_386_GOT32X;
}

/** What an instruction that reads a slot becomes: its first two bytes, what follows the field, and the field's kind. */
export interface Relaxation {
  opcode: number;
  operand: number;
  /** A one-byte instruction behind the field, when the new one is shorter. */
  filler: number | undefined;
  isRelative: boolean;
}

/**
 * `mov x@GOT(%ebx), %eax` loads the address of x: `mov $x, %eax` does the same, and `call *x@GOT(%ebx)` is a call of x. The
 * relocation R_386_GOT32X says that the instruction may be changed so.
 */
export function relaxation(code: Uint8Array, { type, offset }: Relocation): Relaxation | undefined {
  if (type !== elf.R_386_GOT32X || offset < 2) return undefined;
  const opcode = code[offset - 2];
  const operand = code[offset - 1];
  const mode = operand >> 6;
  const isMemory = (mode === 2 && (operand & 7) !== 4) || (mode === 0 && (operand & 7) === 5);
  if (!isMemory || code.slice(offset, offset + 4).some((byte) => byte !== 0)) return undefined;
  const register = (operand >> 3) & 7;
  const plain = { filler: undefined, isRelative: false };
  if (opcode === 0x8b) return { opcode: 0xc7, operand: 0xc0 | register, ...plain };
  if (opcode === 0x85) return { opcode: 0xf7, operand: 0xc0 | register, ...plain };
  // add, or, adc, sbb, and, sub, xor, cmp: 0x03 | number << 3 is 0x81 /number.
  if ((opcode & 0xc7) === 0x03) return { opcode: 0x81, operand: 0xc0 | (opcode & 0x38) | register, ...plain };
  // An address-size prefix does nothing to a near call but fill the byte.
  if (opcode === 0xff && register === 2) return { opcode: 0x67, operand: 0xe8, filler: undefined, isRelative: true };
  if (opcode === 0xff && register === 4) return { opcode: 0xe9, operand: 0, filler: 0x90, isRelative: true };
  return undefined;
}
