// The Multiboot kernel that runs test cases in user mode on a PC: the harness (guest.s), the descriptor and page tables that give the
// cases the same world as Linux gives them (environment.ts), and the table of records.

import * as elf from "../../formats/elf32.ts";
import { type ElfExecutable, type Segment, writeExecutable } from "../../formats/elf32-executable.ts";
import * as at from "./environment.ts";
import { type Outcome, RECORD_SIZE, readOutcome, type TestCase, writeCase } from "./record.ts";

export const TABLE = 0x0100_0000;
const TABLE_FINISHED = 4;
const TABLE_NEXT = 8;
const TABLE_FAULT = 12;
const TABLE_RECORDS = 0x1000;

// The layout that guest.s knows.
const SYSTEM = 0x0020_0000;
const GDT = 0;
const IDT = 0x1000;
const LDT = 0x2000;
const TSS = 0x3000;
const HANDLER = 0x3800;
const STUBS = 0x4000;
const STUB_SIZE = 16;
const PAGE_DIRECTORY = 0x6000;
const PAGE_TABLES = 0x7000;
const KERNEL_CODE = 0x08;
const TSS_SIZE = 104;

const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const VECTORS_WITH_ERROR_CODE = new Set([8, 10, 11, 12, 13, 14, 17]);
const VECTORS_FOR_USERS = new Set([3, 4]);

export interface GuestProgram {
  /** A Multiboot ELF. */
  kernel: Uint8Array;
  /** Where the table is that must be read back, and its size. */
  tableAddress: number;
  tableSize: number;
  /** RAM that it needs. */
  memoryMiB: number;
}

export function guestProgram(harness: ElfExecutable, cases: readonly TestCase[]): GuestProgram {
  const table = new Uint8Array(TABLE_RECORDS + cases.length * RECORD_SIZE);
  const view = new DataView(table.buffer);
  view.setUint32(0, cases.length, true);
  cases.forEach((test, i) => {
    writeCase(view, TABLE_RECORDS + i * RECORD_SIZE, test);
  });
  const tableEnd = elf.alignUp(TABLE + table.length, at.PAGE_SIZE);

  const segments: Segment[] = [];
  let offset = at.PAGE_SIZE;
  const add = (address: number, data: Uint8Array, memorySize = data.length): void => {
    segments.push({
      type: elf.PT_LOAD,
      flags: elf.PF_R | elf.PF_W | elf.PF_X,
      virtualAddress: address,
      physicalAddress: address,
      offset,
      data,
      memorySize,
      align: at.PAGE_SIZE,
    });
    offset = elf.alignUp(offset + data.length, at.PAGE_SIZE);
  };
  for (const segment of harness.segments) {
    if (segment.type === elf.PT_LOAD && segment.memorySize > 0)
      add(segment.virtualAddress, segment.data, segment.memorySize);
  }
  add(SYSTEM, systemTables(tableEnd));
  add(at.CODE_PAGE, new Uint8Array(at.PAGE_SIZE).fill(0xcc));
  add(at.DATA_PAGE, new Uint8Array(at.PAGE_SIZE));
  add(at.READ_ONLY_PAGE, new Uint8Array(at.PAGE_SIZE));
  add(TABLE, table);
  const kernel = writeExecutable({ entry: harness.entry, segments, sections: [], symbols: [] });
  return { kernel, tableAddress: TABLE, tableSize: table.length, memoryMiB: Math.ceil(tableEnd / 0x10_0000) + 1 };
}

export interface GuestProgress {
  state: "running" | "finished" | "harness fault";
  /** Cases that have run. */
  done: number;
  /** For a fault in the harness. */
  fault: { vector: number; errorCode: number; eip: number };
}

/** How far the guest has come, from the beginning of its table. */
export function progressOf(table: Uint8Array): GuestProgress {
  const view = new DataView(table.buffer, table.byteOffset, table.length);
  const word = (offset: number): number => view.getUint32(offset, true);
  const finished = word(TABLE_FINISHED);
  return {
    state: finished === 0 ? "running" : finished === 1 ? "finished" : "harness fault",
    done: word(TABLE_NEXT),
    fault: { vector: word(TABLE_FAULT), errorCode: word(TABLE_FAULT + 4), eip: word(TABLE_FAULT + 8) },
  };
}

/** The outcomes of the cases that have run. */
export function outcomesOf(table: Uint8Array): Outcome[] {
  const view = new DataView(table.buffer, table.byteOffset, table.length);
  const outcomes: Outcome[] = [];
  for (let i = 0; i < progressOf(table).done; i++) {
    const outcome = readOutcome(view, TABLE_RECORDS + i * RECORD_SIZE);
    if (outcome) outcomes.push(outcome);
  }
  return outcomes;
}

/** Descriptor tables, exception stubs and page tables, to be loaded at SYSTEM. */
function systemTables(tableEnd: number): Uint8Array {
  const tables = pageTables(tableEnd);
  const bytes = new Uint8Array(PAGE_TABLES + tables.length * at.PAGE_SIZE);
  const view = new DataView(bytes.buffer);
  const descriptor = (table: number, selector: number, low: number, high: number): void => {
    view.setUint32(table + (selector & ~7), low, true);
    view.setUint32(table + (selector & ~7) + 4, high >>> 0, true);
  };
  const flat = (access: number): [number, number] => [0x0000_ffff, 0x00cf_0000 | (access << 8)];
  descriptor(GDT, KERNEL_CODE, ...flat(0x9b));
  descriptor(GDT, at.KERNEL_CODE, ...flat(0x9b));
  descriptor(GDT, at.KERNEL_DATA, ...flat(0x93));
  descriptor(GDT, at.USER_CODE, ...flat(0xfb));
  descriptor(GDT, at.USER_DATA, ...flat(0xf3));
  const system = (selector: number, base: number, limit: number, type: number): void =>
    descriptor(
      GDT,
      selector,
      ((base & 0xffff) << 16) | limit,
      (base & 0xff00_0000) | ((base >> 16) & 0xff) | (type << 8),
    );
  system(0x38, SYSTEM + LDT, at.LDT.length * 8 - 1, 0x82);
  system(0x40, SYSTEM + TSS, TSS_SIZE - 1, 0x89);
  descriptor(GDT, 0x48, ...flat(0x93));
  at.LDT.forEach((entry, index) => {
    descriptor(LDT, index * 8, ...at.descriptorOf(entry));
  });
  // No I/O permission bitmap: it would begin beyond the limit.
  view.setUint16(TSS + 102, TSS_SIZE, true);
  for (let vector = 0; vector < 256; vector++) {
    const stub = STUBS + vector * STUB_SIZE;
    const pushZero = VECTORS_WITH_ERROR_CODE.has(vector) ? [] : [0x6a, 0x00];
    // push $vector; jmp *%cs:HANDLER — DS is still the case's.
    bytes.set([...pushZero, 0x68, vector, 0, 0, 0, 0x2e, 0xff, 0x25], stub);
    view.setUint32(stub + pushZero.length + 8, SYSTEM + HANDLER, true);
    const gate = VECTORS_FOR_USERS.has(vector) ? 0xee00 : 0x8e00;
    const target = SYSTEM + stub;
    descriptor(IDT, vector * 8, (KERNEL_CODE << 16) | (target & 0xffff), (target & 0xffff_0000) | gate);
  }
  tables.forEach(({ directoryIndex, entries }, i) => {
    const place = PAGE_TABLES + i * at.PAGE_SIZE;
    view.setUint32(PAGE_DIRECTORY + directoryIndex * 4, (SYSTEM + place) | PRESENT | WRITABLE | USER, true);
    entries.forEach((entry, page) => {
      view.setUint32(place + page * 4, entry, true);
    });
  });
  return bytes;
}

/** Identity maps: the harness and its tables for itself, three pages for the cases, nothing else. */
function pageTables(tableEnd: number): { directoryIndex: number; entries: Uint32Array }[] {
  const byIndex = new Map<number, Uint32Array>();
  const map = (from: number, to: number, rights: number): void => {
    for (let page = from; page < to; page += at.PAGE_SIZE) {
      const index = page >>> 22;
      const entries = byIndex.get(index) ?? new Uint32Array(1024);
      byIndex.set(index, entries);
      entries[(page >>> 12) & 1023] = page | rights | PRESENT;
    }
  };
  map(0x0010_0000, 0x0030_0000, WRITABLE);
  map(at.CODE_PAGE, at.CODE_PAGE + at.PAGE_SIZE, WRITABLE | USER);
  map(at.DATA_PAGE, at.DATA_PAGE + at.PAGE_SIZE, WRITABLE | USER);
  map(at.READ_ONLY_PAGE, at.READ_ONLY_PAGE + at.PAGE_SIZE, USER);
  map(TABLE, tableEnd, WRITABLE);
  return [...byIndex].map(([directoryIndex, entries]) => ({ directoryIndex, entries }));
}
