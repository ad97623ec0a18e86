// Guest memory by the guest's virtual addresses, as a hypercall's arguments name it: through the present page tables, with their
// rights, and never a byte of the hypervisor's part of the address space.

import type { PhysicalMemory } from "../cpu/physical.ts";
import { HYPERVISOR_VIRT_START, PAGE } from "./abi.ts";
import { ACCESSED, DIRTY, directoryIndex, ENTRY_BYTES, PRESENT, READ_WRITE, tableIndex } from "./page-tables.ts";

const WORD = 4;

export class GuestMemoryAccess {
  /** @param directory the frame of the present page directory */
  constructor(
    private readonly memory: PhysicalMemory,
    private readonly directory: () => number,
  ) {}

  /** The bytes, or undefined if one of them is not mapped. Page-wise: `length` costs what it touches. */
  read(linear: number, length: number): Uint8Array | undefined {
    if (!inGuest(linear, length)) return undefined;
    const pieces = this.pieces(linear, length, false);
    if (!pieces) return undefined;
    const bytes = new Uint8Array(length);
    for (const { physical, offset, count } of pieces) bytes.set(this.memory.read(physical, count), offset);
    return bytes;
  }

  /** True if all of it could be written; else nothing was. */
  write(linear: number, bytes: Uint8Array): boolean {
    if (!inGuest(linear, bytes.length)) return false;
    const pieces = this.pieces(linear, bytes.length, true);
    if (!pieces) return false;
    for (const { physical, offset, count } of pieces) {
      this.memory.write(physical, bytes.subarray(offset, offset + count));
    }
    return true;
  }

  words(linear: number, count: number): number[] | undefined {
    const bytes = this.read(linear, count * WORD);
    if (!bytes) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return Array.from({ length: count }, (_, i) => view.getUint32(i * WORD, true));
  }

  word(linear: number): number | undefined {
    return this.words(linear, 1)?.[0];
  }

  writeWords(linear: number, ...values: number[]): boolean {
    const bytes = new Uint8Array(values.length * WORD);
    const view = new DataView(bytes.buffer);
    values.forEach((value, i) => {
      view.setUint32(i * WORD, value, true);
    });
    return this.write(linear, bytes);
  }

  private pieces(
    linear: number,
    length: number,
    write: boolean,
  ): { physical: number; offset: number; count: number }[] | undefined {
    const pieces: { physical: number; offset: number; count: number }[] = [];
    for (let offset = 0; offset < length; ) {
      const physical = this.translate(linear + offset, write);
      if (physical === undefined) return undefined;
      const count = Math.min(PAGE - (physical % PAGE), length - offset);
      pieces.push({ physical, offset, count });
      offset += count;
    }
    return pieces;
  }

  /** Physical address, as the processor would translate it in ring 1; also the accessed and dirty bits are set as it does. */
  translate(linear: number, write: boolean): number | undefined {
    const branchAt = this.directory() * PAGE + directoryIndex(linear) * ENTRY_BYTES;
    const branch = this.memory.word(branchAt);
    if ((branch & PRESENT) === 0) return undefined;
    const leafAt = ((branch & -PAGE) >>> 0) + tableIndex(linear) * ENTRY_BYTES;
    const leaf = this.memory.word(leafAt);
    if ((leaf & PRESENT) === 0) return undefined;
    if (write && (branch & leaf & READ_WRITE) === 0) return undefined;
    if ((branch & ACCESSED) === 0) this.memory.setWord(branchAt, branch | ACCESSED);
    const used = leaf | ACCESSED | (write ? DIRTY : 0);
    if (used !== leaf) this.memory.setWord(leafAt, used);
    return ((leaf & -PAGE) >>> 0) + (linear % PAGE);
  }
}

function inGuest(linear: number, length: number): boolean {
  return linear >= 0 && linear + length <= HYPERVISOR_VIRT_START;
}
