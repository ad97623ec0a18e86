// The guest's GDT: fourteen pages that may be the guest's, each descriptor of which is checked, then Xen's page with the flat
// segments; and selectors as a trap or a callback names them.
// Source: Xen public headers arch-x86/xen.h, arch-x86/xen-x86_32.h; Intel SDM vol. 3, 3.4.5.

import type { PhysicalMemory } from "../cpu/physical.ts";
import type { SegmentCache } from "../cpu/registers.ts";
import {
  EINVAL,
  FIRST_RESERVED_GDT_PAGE,
  FLAT_RING1_CS,
  FLAT_RING1_DS,
  FLAT_RING3_CS,
  FLAT_RING3_DS,
  MACH2PHYS_VIRT_END,
  PAGE,
} from "./abi.ts";
import { DESCRIPTORS, type FrameTable, UNTYPED, WRITABLE } from "./frames.ts";
import { MFN_EMPTY_GDT, MFN_RESERVED_GDT } from "./layout.ts";

const DESCRIPTOR_BYTES = 8;
export const DESCRIPTORS_A_PAGE = PAGE / DESCRIPTOR_BYTES;
const TABLE_INDICATOR = 4;

// Bits of a descriptor's high word.
const HIGH_ACCESSED = 0x100;
const HIGH_CODE = 0x800;
const HIGH_CONFORMING = 0x400;
const HIGH_NOT_SYSTEM = 0x1000;
const HIGH_PRESENT = 0x8000;
const HIGH_LONG = 0x20_0000;
const HIGH_GRANULAR = 0x80_0000;
const dplOf = (high: number): number => (high >>> 13) & 3;

/** Ring 1 and 3, code and data: 32 bits, up to the end of the machine-to-physical table. */
const FLAT_ACCESS: readonly (readonly [selector: number, access: number])[] = [
  [FLAT_RING1_CS, 0xbb],
  [FLAT_RING1_DS, 0xb3],
  [FLAT_RING3_CS, 0xfb],
  [FLAT_RING3_DS, 0xf3],
];
const FLAT_LIMIT_PAGES = MACH2PHYS_VIRT_END / PAGE - 1;

interface Descriptor {
  low: number;
  high: number;
}

/** What Xen's own page of the GDT holds. */
export function writeReservedDescriptors(memory: PhysicalMemory): void {
  memory.write(MFN_RESERVED_GDT * PAGE, new Uint8Array(PAGE));
  memory.write(MFN_EMPTY_GDT * PAGE, new Uint8Array(PAGE));
  for (const [selector, access] of FLAT_ACCESS) {
    const at = MFN_RESERVED_GDT * PAGE + (selector & 0xff8);
    memory.setWord(at, FLAT_LIMIT_PAGES & 0xffff);
    memory.setWord(at + 4, (access << 8) | (FLAT_LIMIT_PAGES & 0xf0000) | 0xc0_0000);
  }
}

/**
 * A descriptor as it may stand in a guest's table: none at all, or a code or data segment for ring 1 to 3 that ends below the
 * hypervisor. The accessed bit is set, because the processor cannot: guests' tables are mapped read-only.
 */
function checked({ low, high }: Descriptor): Descriptor | undefined {
  if ((high & HIGH_PRESENT) === 0) return { low, high };
  if ((high & HIGH_NOT_SYSTEM) === 0 || (high & HIGH_LONG) !== 0 || dplOf(high) === 0) return undefined;
  // A conforming segment would run at the caller's ring whatever its own.
  if ((high & HIGH_CODE) !== 0 && (high & HIGH_CONFORMING) !== 0) return undefined;
  const { base, limit, attributes } = cacheOf(0, { low, high });
  const expandsDown = (attributes & 0xc) === 4;
  if (expandsDown || base + limit >= MACH2PHYS_VIRT_END) return undefined;
  return { low, high: (high | HIGH_ACCESSED) >>> 0 };
}

function cacheOf(selector: number, { low, high }: Descriptor): SegmentCache {
  const pages = (low & 0xffff) | (high & 0xf0000);
  return {
    selector,
    base: ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff00_0000)) >>> 0,
    limit: (high & HIGH_GRANULAR) !== 0 ? pages * PAGE + PAGE - 1 : pages,
    attributes: (high >>> 8) & 0xf0ff,
  };
}

export class DescriptorTable {
  /** The frames of the guest's pages. */
  private pages: number[] = [];

  constructor(
    private readonly memory: PhysicalMemory,
    private readonly frames: FrameTable,
    /** Maps page `index` of the GDT to a frame. */
    private readonly map: (index: number, mfn: number) => void,
  ) {}

  /** The guest's frames from the first page on; 0 or an error, and then nothing changed. */
  set(mfns: readonly number[]): number {
    const taken: number[] = [];
    for (const mfn of mfns) {
      if (!this.take(mfn)) {
        for (const other of taken) this.drop(other);
        return EINVAL;
      }
      taken.push(mfn);
    }
    const before = this.pages;
    this.pages = taken;
    this.mapAll();
    for (const mfn of before) this.drop(mfn);
    return 0;
  }

  private mapAll(): void {
    for (let page = 0; page < FIRST_RESERVED_GDT_PAGE; page++) this.map(page, this.pages[page] ?? MFN_EMPTY_GDT);
    this.map(FIRST_RESERVED_GDT_PAGE, MFN_RESERVED_GDT);
    this.map(FIRST_RESERVED_GDT_PAGE + 1, MFN_EMPTY_GDT);
  }

  private take(mfn: number): boolean {
    const fresh = !this.frames.inUseAsType(mfn);
    if (!this.frames.isOwned(mfn) || !this.frames.takeType(mfn, DESCRIPTORS)) return false;
    if (fresh && !this.checkPage(mfn)) {
      this.frames.dropType(mfn);
      return false;
    }
    this.frames.reference(mfn);
    return true;
  }

  private drop(mfn: number): void {
    this.frames.dropType(mfn);
    this.frames.release(mfn);
  }

  private checkPage(mfn: number): boolean {
    const good: Descriptor[] = [];
    for (let index = 0; index < DESCRIPTORS_A_PAGE; index++) {
      const descriptor = checked(this.at(mfn, index));
      if (!descriptor) return false;
      good.push(descriptor);
    }
    good.forEach((descriptor, index) => {
      this.put(mfn, index, descriptor);
    });
    return true;
  }

  /** Writes one descriptor into a frame of the guest's; 0 or an error. */
  update(mfn: number, index: number, low: number, high: number): number {
    const descriptor = checked({ low, high });
    if (!descriptor || !this.frames.isOwned(mfn)) return EINVAL;
    const type = this.frames.typeOf(mfn);
    if (type !== UNTYPED && type !== WRITABLE && type !== DESCRIPTORS) return EINVAL;
    this.put(mfn, index, descriptor);
    return 0;
  }

  private at(mfn: number, index: number): Descriptor {
    const address = mfn * PAGE + index * DESCRIPTOR_BYTES;
    return { low: this.memory.word(address), high: this.memory.word(address + 4) };
  }

  private put(mfn: number, index: number, { low, high }: Descriptor): void {
    const address = mfn * PAGE + index * DESCRIPTOR_BYTES;
    this.memory.setWord(address, low);
    this.memory.setWord(address + 4, high);
  }

  private find(selector: number): Descriptor | undefined {
    if ((selector & TABLE_INDICATOR) !== 0) return undefined;
    const index = selector >>> 3;
    const page = Math.floor(index / DESCRIPTORS_A_PAGE);
    const mfn = page === FIRST_RESERVED_GDT_PAGE ? MFN_RESERVED_GDT : this.pages[page];
    const descriptor = mfn === undefined ? undefined : this.at(mfn, index % DESCRIPTORS_A_PAGE);
    return descriptor && (descriptor.high & HIGH_PRESENT) !== 0 ? descriptor : undefined;
  }

  /** A code segment that the guest may be entered at; its ring is the selector's. */
  code(selector: number): SegmentCache | undefined {
    const descriptor = this.find(selector);
    if (!descriptor || (descriptor.high & HIGH_CODE) === 0 || dplOf(descriptor.high) !== (selector & 3))
      return undefined;
    return cacheOf(selector, descriptor);
  }

  /** A writable data segment of ring `ring`, as a stack must be. */
  stack(selector: number, ring: number): SegmentCache | undefined {
    const descriptor = this.find(selector);
    if (!descriptor || (descriptor.high & (HIGH_CODE | 0x200)) !== 0x200) return undefined;
    if (dplOf(descriptor.high) !== ring || (selector & 3) !== ring) return undefined;
    return cacheOf(selector, descriptor);
  }

  save(): number[] {
    return [...this.pages];
  }

  /** The frames' counts come with the frame table. */
  load(pages: number[]): void {
    this.pages = [...pages];
    this.mapAll();
  }

  reset(): void {
    this.pages = [];
    this.mapAll();
  }
}

/** Selectors that a guest names come without a ring or with that of the hypervisor: they are the kernel's. */
export const kernelSelector = (selector: number): number => ((selector & 3) === 0 ? selector | 1 : selector) & 0xffff;
