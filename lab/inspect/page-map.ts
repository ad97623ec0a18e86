// The page tables of 32-bit paging, walked as the processor walks them. Source: SDM vol. 3, section 4.3.

export interface PageEntry {
  /** Index in its table. */
  index: number;
  /** First linear address that it stands for. */
  linear: number;
  isPresent: boolean;
  isWritable: boolean;
  isUser: boolean;
  wasAccessed: boolean;
  wasWritten: boolean;
  /** A page of 4 MB, in the directory. */
  isLarge: boolean;
  /** Where the page or the table stands in physical memory. */
  physical: number;
}

const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const ACCESSED = 0x20;
const DIRTY = 0x40;
const LARGE = 0x80;

/** The 1024 entries of a directory. `hasLarge` is CR4.PSE. */
export function directoryOf(bytes: Uint8Array, hasLarge: boolean): PageEntry[] {
  return entriesOf(bytes, 0, 0x40_0000, (word) => hasLarge && (word & LARGE) !== 0);
}

/** The 1024 entries of the table that covers the 4 MB from `linear` on. */
export function tableOf(bytes: Uint8Array, linear: number): PageEntry[] {
  return entriesOf(bytes, linear, 0x1000, () => false);
}

function entriesOf(bytes: Uint8Array, first: number, step: number, isLarge: (word: number) => boolean): PageEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => {
    const word = view.getUint32(index * 4, true);
    const large = isLarge(word);
    return {
      index,
      linear: (first + index * step) >>> 0,
      isPresent: (word & PRESENT) !== 0,
      isWritable: (word & WRITABLE) !== 0,
      isUser: (word & USER) !== 0,
      wasAccessed: (word & ACCESSED) !== 0,
      wasWritten: (word & DIRTY) !== 0,
      isLarge: large,
      physical: (word & (large ? 0xffc0_0000 : 0xffff_f000)) >>> 0,
    };
  });
}
