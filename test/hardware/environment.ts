// What a test case finds in memory and in the descriptor tables: the same for the processor of a Linux machine (native.s builds it
// with modify_ldt) and for our PC (guest.s builds it in ring 0).

/** Where the instruction under test lies, in a page full of breakpoints (CCh). */
export const CODE_PAGE = 0x0040_0000;
export const CODE_OFFSET = 0x800;
/** A page that cases read and write: the last 256 bytes hold the case's data, the rest zeros, and the next page is not there. */
export const DATA_PAGE = 0x0050_0000;
export const WINDOW_OFFSET = 0xf00;
export const WINDOW = DATA_PAGE + WINDOW_OFFSET;
export const WINDOW_SIZE = 256;
/** A page of zeros that user code may only read. */
export const READ_ONLY_PAGE = 0x0060_0000;
export const PAGE_SIZE = 0x1000;

/** The selectors that Linux gives 32-bit programs on a 64-bit kernel. */
export const USER_CODE = 0x23;
export const USER_DATA = 0x2b;

/** In the order of modify_ldt's numbers and of the descriptor's type bits; Linux gives nobody conforming code. */
const CONTENTS = ["data", "expandDown", "code"] as const;

/** What Linux's modify_ldt takes (struct user_desc), by the names of the Intel SDM where they are shorter. */
export interface LdtEntry {
  base: number;
  limit: number;
  /** D/B: 32-bit. */
  big: boolean;
  contents: (typeof CONTENTS)[number];
  /** Data that can't be written; code that can't be read. */
  restricted: boolean;
  present: boolean;
}

const data = (more: Partial<LdtEntry>): LdtEntry => ({
  base: DATA_PAGE,
  limit: 0xffff,
  big: false,
  contents: "data",
  restricted: false,
  present: true,
  ...more,
});

/** The local descriptor table; an absent entry is all zeros. */
export const LDT: readonly (LdtEntry | undefined)[] = [
  data({}),
  data({ limit: WINDOW_OFFSET + 0x7f }),
  data({ base: CODE_PAGE, contents: "code" }),
  data({ limit: WINDOW_OFFSET + 0x7f, contents: "expandDown" }),
  data({ restricted: true }),
  data({ present: false }),
  data({ base: CODE_PAGE, contents: "code", restricted: true, big: true }),
  data({ base: CODE_PAGE, contents: "code", big: true }),
  data({ big: true }),
  undefined,
  data({ base: CODE_PAGE, contents: "code", big: true, present: false }),
  data({ contents: "expandDown", limit: WINDOW_OFFSET + 0x3f, big: true }),
];

const selector = (index: number): number => index * 8 + 7;
export const DATA_16 = selector(0);
/** Ends in the middle of the window. */
export const DATA_LIMITED = selector(1);
export const CODE_16 = selector(2);
/** Begins in the middle of the window. */
export const DATA_EXPAND_DOWN = selector(3);
export const DATA_READ_ONLY = selector(4);
export const DATA_NOT_PRESENT = selector(5);
export const CODE_EXECUTE_ONLY = selector(6);
export const CODE_32 = selector(7);
export const DATA_32 = selector(8);
export const EMPTY = selector(9);
export const CODE_NOT_PRESENT = selector(10);
export const DATA_EXPAND_DOWN_32 = selector(11);
export const BEYOND_LDT = selector(200);
/** Kernel descriptors (DPL 0), here asked for with RPL 3. */
export const KERNEL_CODE = 0x10 | 3;
export const KERNEL_DATA = 0x18 | 3;

/** Where the segment of a selector begins; undefined for a selector that can't be used for data. */
export function segmentBase(value: number): number | undefined {
  if (value === USER_CODE || value === USER_DATA) return 0;
  return (value & 4) !== 0 ? LDT[value >> 3]?.base : undefined;
}

/** An LDT entry as the eight bytes of a descriptor, with the type bits as modify_ldt sets them (DPL 3, accessed). */
export function descriptorOf(entry: LdtEntry | undefined): [low: number, high: number] {
  if (entry === undefined) return [0, 0];
  const contents = CONTENTS.indexOf(entry.contents);
  const type = 1 | (entry.restricted ? 0 : 2) | (contents << 2);
  const access = 0x70 | type | (entry.present ? 0x80 : 0);
  const low = (entry.limit & 0xffff) | ((entry.base & 0xffff) << 16);
  const high =
    ((entry.base >>> 16) & 0xff) |
    (access << 8) |
    (entry.limit & 0xf0000) |
    (entry.big ? 1 << 22 : 0) |
    (entry.base & 0xff000000);
  return [low >>> 0, high >>> 0];
}

/** An LDT entry as Linux's struct user_desc: entry number, base, limit, bit flags. */
export function userDescriptorOf(index: number, entry: LdtEntry | undefined): [number, number, number, number] {
  // The kernel's spelling of "clear this entry": not present, execute-only data, everything else zero.
  if (entry === undefined) return [index, 0, 0, 0b101000];
  const contents = CONTENTS.indexOf(entry.contents);
  const flags = (entry.big ? 1 : 0) | (contents << 1) | (entry.restricted ? 8 : 0) | (entry.present ? 0 : 32);
  return [index, entry.base, entry.limit, flags];
}
