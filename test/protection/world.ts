// The world that every case starts in: where things lie in the arena, the descriptors that always exist, and the arena's image.
// A case changes what it likes of it; harness.s restores it before the next. Source: Intel SDM vol. 3, 3.4.5, 5.8, 7.2, 4.3.

/** Physical and linear addresses that harness.s knows too. */
export const TEXT = 0x10_0000;
export const STUBS = TEXT + 0x1000;
export const DOUBLE_FAULT_ENTRY = TEXT + 0x3000;
export const ARENA = 0x20_0000;
export const ARENA_BYTES = 0x1_0000;
/** What lies below this, and what a runaway may meet behind the arena, is filled with INT3 once. */
export const LOW_MEMORY_BYTES = 0x9_f000;
/** Code and data that virtual-8086 mode reaches. */
export const LOW_ARENA = 0x5_0000;
export const LOW_ARENA_BYTES = 0x2000;
export const ARENA_IMAGE = 0x32_0000;
/** Page tables of the first 16 MiB, which no case changes. */
export const IDENTITY_TABLES = 0x38_0000;
export const TABLE = 0x40_0000;
export const RESULTS = 0x80_0000;
export const MEMORY_MIB = 16;

/** With paging the arena is seen here once more, through the page table that cases change. */
export const ALIAS = 0x4000_0000;

// The arena, by offset.
export const GDT = 0;
export const GDT_ENTRIES = 256;
export const IDT = 0x800;
export const LDT = 0x1000;
export const LDT_ENTRIES = 16;
export const TSS_MAIN = 0x1200;
export const TSS_DOUBLE_FAULT = 0x1400;
export const TSS_A = 0x1500;
export const TSS_B = 0x1600;
export const TSS16_A = 0x1700;
export const TSS16_B = 0x1780;
/** Where a case with PAE puts its page-directory-pointer table. */
export const PAE_POINTERS = 0x1900;
export const DIRECTORY = 0x2000;
export const ALIAS_TABLE = 0x3000;
export const DIRECTORY_B = 0x4000;
export const CODE = 0x5000;
export const CODE_B = 0x6000;
export const DATA = 0x7000;
export const DATA_B = 0x8000;
export const DATA_C = 0x9000;
/** Tops of the stacks for rings 0 to 3, each a page. */
export const STACK_TOPS = [0xb000, 0xc000, 0xd000, 0xe000] as const;
export const STACK_SPARE_TOP = 0x1_0000;
export const TSS_BYTES = 0x68;
export const TSS16_BYTES = 0x2c;
/** I/O permission bit map of the main TSS: ports 0 to 3Fh are allowed, then it ends. */
const IO_MAP = 0x68;
export const TSS_MAIN_LIMIT = IO_MAP + 8;

// Selectors that always name the same.
export const CODE0 = 0x08;
export const DATA0 = 0x10;
export const SELECT_TSS = 0x18;
export const SELECT_LDT = 0x20;
export const SELECT_DOUBLE_FAULT = 0x28;
/** Flat 32-bit code and data of rings 1, 2 and 3 (RPL included). */
export const CODES = [CODE0, 0x31, 0x42, 0x53] as const;
export const DATAS = [DATA0, 0x39, 0x4a, 0x5b] as const;
/** 16-bit code that begins at CODE, and 16-bit data that begins at the arena, for rings 0 and 3. */
export const CODE16S = [0x60, 0x6b] as const;
export const DATA16S = [0x70, 0x7b] as const;
export const SELECT_TSS_A = 0x80;
export const SELECT_TSS_B = 0x88;
export const SELECT_TSS16_A = 0x90;
export const SELECT_TSS16_B = 0x98;
/** Descriptors from here on are the case's. */
export const FREE = 0x100;

/** The vector that ends a case which came to its end. */
export const END_VECTOR = 0xff;
const FIRST_OPEN_VECTOR = 0x80;
const BREAKPOINT = 3;
const DOUBLE_FAULT = 8;

export interface DescriptorFields {
  base: number;
  /** The 20-bit field. */
  limit: number;
  /** P, DPL, S, type. */
  access: number;
  /** G, D/B, L, AVL in bits 3 to 0. */
  flags: number;
}

export function descriptor({ base, limit, access, flags }: DescriptorFields): [number, number] {
  return [
    (((base & 0xffff) << 16) | (limit & 0xffff)) >>> 0,
    ((base & 0xff00_0000) | (flags << 20) | (limit & 0xf_0000) | (access << 8) | ((base >>> 16) & 0xff)) >>> 0,
  ];
}

export interface GateFields {
  selector: number;
  offset: number;
  access: number;
  parameters?: number;
}

export function gate({ selector, offset, access, parameters = 0 }: GateFields): [number, number] {
  return [((selector << 16) | (offset & 0xffff)) >>> 0, ((offset & 0xffff_0000) | (access << 8) | parameters) >>> 0];
}

/** The arena's image and that of the low arena behind it. */
export function arenaImage(): Uint8Array {
  const bytes = new Uint8Array(ARENA_BYTES + LOW_ARENA_BYTES);
  const view = new DataView(bytes.buffer);
  const pair = (at: number, [low, high]: [number, number]): void => {
    view.setUint32(at, low, true);
    view.setUint32(at + 4, high, true);
  };
  const define = (selector: number, fields: DescriptorFields): void => pair(GDT + (selector & ~7), descriptor(fields));
  const flat = { base: 0, limit: 0xf_ffff, flags: 0xc };
  for (const ring of [0, 1, 2, 3] as const) {
    define(CODES[ring], { ...flat, access: 0x9b | (ring << 5) });
    define(DATAS[ring], { ...flat, access: 0x93 | (ring << 5) });
  }
  for (const index of [0, 1] as const) {
    const ring = index * 3;
    define(CODE16S[index], { base: ARENA + CODE, limit: 0xffff, access: 0x9b | (ring << 5), flags: 0 });
    define(DATA16S[index], { base: ARENA, limit: 0xffff, access: 0x93 | (ring << 5), flags: 0 });
  }
  define(SELECT_TSS, { base: ARENA + TSS_MAIN, limit: TSS_MAIN_LIMIT, access: 0x89, flags: 0 });
  define(SELECT_LDT, { base: ARENA + LDT, limit: LDT_ENTRIES * 8 - 1, access: 0x82, flags: 0 });
  const task = (selector: number, at: number, limit: number, access: number): void =>
    define(selector, { base: ARENA + at, limit, access, flags: 0 });
  task(SELECT_DOUBLE_FAULT, TSS_DOUBLE_FAULT, TSS_BYTES - 1, 0x89);
  task(SELECT_TSS_A, TSS_A, TSS_BYTES - 1, 0xe9);
  task(SELECT_TSS_B, TSS_B, TSS_BYTES - 1, 0xe9);
  task(SELECT_TSS16_A, TSS16_A, TSS16_BYTES - 1, 0xe1);
  task(SELECT_TSS16_B, TSS16_B, TSS16_BYTES - 1, 0xe1);

  for (let vector = 0; vector < 256; vector++) {
    const open = vector === BREAKPOINT || vector >= FIRST_OPEN_VECTOR;
    const target = { selector: CODE0, offset: STUBS + vector * 16, access: open ? 0xee : 0x8e };
    pair(IDT + vector * 8, gate(target));
  }
  pair(IDT + DOUBLE_FAULT * 8, gate({ selector: SELECT_DOUBLE_FAULT, offset: 0, access: 0x85 }));

  writeStacks(view, TSS_MAIN);
  view.setUint32(TSS_MAIN + 0x1c, ARENA + DIRECTORY, true);
  view.setUint16(TSS_MAIN + 0x66, IO_MAP, true);
  view.setUint8(TSS_MAIN + TSS_MAIN_LIMIT, 0xff);
  writeTask(view, TSS_DOUBLE_FAULT, {
    eip: DOUBLE_FAULT_ENTRY,
    eflags: 2,
    general: [0, 0, 0, 0, ARENA + STACK_SPARE_TOP, 0, 0, 0],
    segments: [DATA0, CODE0, DATA0, DATA0, 0, 0],
    ldt: 0,
  });

  for (const directory of [DIRECTORY, DIRECTORY_B]) {
    for (let index = 0; index < 4; index++) {
      view.setUint32(directory + index * 4, (IDENTITY_TABLES + index * 0x1000) | 0x67, true);
    }
    view.setUint32(directory + (ALIAS >>> 22) * 4, (ARENA + ALIAS_TABLE) | 0x67, true);
  }
  for (let at = 0; at < ARENA_BYTES; at += 0x1000) {
    view.setUint32(ALIAS_TABLE + (at >>> 12) * 4, (ARENA + at) | 0x67, true);
  }
  bytes.fill(0xcc, CODE, DATA);
  // Every word another; the lower half is no selector that exists, and no word is an EFLAGS with VM: what runs away returns to nowhere.
  for (let at = DATA; at < ARENA_BYTES; at += 4)
    view.setUint32(at, (((at >>> 2) << 18) | 0xe000 | (at & 0xffc)) >>> 0, true);
  bytes.fill(0xcc, ARENA_BYTES, ARENA_BYTES + 0x1000);
  for (let at = ARENA_BYTES + 0x1000; at < bytes.length; at += 4) view.setUint32(at, 0xe000_0000 + at * 0x11, true);
  return bytes;
}

export interface TaskFields {
  eip: number;
  eflags: number;
  /** EAX ECX EDX EBX ESP EBP ESI EDI. */
  general: readonly number[];
  /** ES CS SS DS FS GS. */
  segments: readonly number[];
  ldt: number;
  cr3?: number;
  link?: number;
  /** The T bit and the I/O map's base. */
  trap?: number;
}

function writeStacks(view: DataView, at: number): void {
  for (const ring of [0, 1, 2] as const) {
    view.setUint32(at + 4 + ring * 8, ARENA + STACK_TOPS[ring], true);
    view.setUint32(at + 8 + ring * 8, DATAS[ring], true);
  }
}

/** A 32-bit TSS, with the stacks that all have. */
export function writeTask(view: DataView, at: number, task: TaskFields): void {
  writeStacks(view, at);
  view.setUint32(at, task.link ?? 0, true);
  view.setUint32(at + 0x1c, task.cr3 ?? ARENA + DIRECTORY, true);
  view.setUint32(at + 0x20, task.eip, true);
  view.setUint32(at + 0x24, task.eflags, true);
  task.general.forEach((value, i) => {
    view.setUint32(at + 0x28 + i * 4, value, true);
  });
  task.segments.forEach((value, i) => {
    view.setUint32(at + 0x48 + i * 4, value, true);
  });
  view.setUint32(at + 0x60, task.ldt, true);
  view.setUint16(at + 0x64, task.trap ?? 0, true);
  view.setUint16(at + 0x66, TSS_BYTES, true);
}

/** A 16-bit TSS, with a stack for ring 0. */
export function writeTask16(view: DataView, at: number, task: TaskFields): void {
  view.setUint16(at + 2, STACK_TOPS[0], true);
  view.setUint16(at + 4, DATA16S[0], true);
  view.setUint16(at, task.link ?? 0, true);
  view.setUint16(at + 0x0e, task.eip, true);
  view.setUint16(at + 0x10, task.eflags, true);
  task.general.forEach((value, i) => {
    view.setUint16(at + 0x12 + i * 2, value, true);
  });
  task.segments.slice(0, 4).forEach((value, i) => {
    view.setUint16(at + 0x22 + i * 2, value, true);
  });
  view.setUint16(at + 0x2a, task.ldt, true);
}
