// Paging on the PC. Linear addresses are divided so:
//
//   00000000–07FFFFFF  the kernel's: the first 128 MiB of memory at their own addresses, out of reach for programs
//   08000000–BFFFFFFF  a program's own pages (userPaging.ts)
//   C0000000–FFFFFFFF  free, for windows of the kernel to what lies elsewhere
//
// The kernel's part has holes that catch mistakes. Page 0 is not mapped, so a null dereference is a page fault; the page below
// each stack is not mapped, so an overflow is one too; the kernel's code can't be written. All address spaces share the page
// tables of this part. Source: Intel SDM volume 3, section 4.3 (32-bit paging).

import { allocateFrames, FRAME_BYTES, KERNEL_LIMIT } from "../../memory/frames.ts";
import { memoryTop } from "../../memory/layout.ts";
import { readOnlyEndAddress, readOnlyStartAddress } from "./assembly.external.ts";
import { invlpg, readCr0, readCr2, readCr3, writeCr0, writeCr3 } from "./instructions.external.ts";
import { setTaskPageDirectory } from "./segments.ts";

export const PAGE_PRESENT: u32 = 1;
export const PAGE_WRITABLE: u32 = 2;
export const PAGE_USER: u32 = 4;
const TABLE_REACH: usize = 0x400000;
const ENTRIES: u32 = 1024;

const CR0_WRITE_PROTECT: u32 = 1 << 16;
const CR0_PAGING: u32 = 1 << 31;

// The error code of a page fault.
export const FAULT_PRESENT: u32 = 1;
export const FAULT_WRITE: u32 = 2;
export const FAULT_USER: u32 = 4;

let directory: usize = 0;
/** A 386 has neither CR0.WP nor INVLPG. */
let is386: bool = false;

/** Maps memory from page 1 to the end of RAM or of the kernel's part to itself and turns paging on. */
export function initializePaging(): void {
  assert(directory == 0, "paging is on already");
  directory = allocateTable(0);
  const top = min<usize>(memoryTop(), KERNEL_LIMIT);
  for (let address: usize = 0; address < top; address += TABLE_REACH) {
    const pages = min<u32>(((top - address) / FRAME_BYTES) as u32, ENTRIES);
    const table = allocateTable(pages);
    store<u32>(directory + ((address >> 22) << 2), (table as u32) | PAGE_PRESENT | PAGE_WRITABLE);
    let entry = (address as u32) | PAGE_PRESENT | PAGE_WRITABLE;
    for (let slot = table, end = table + (pages << 2); slot < end; slot += 4) {
      store<u32>(slot, entry);
      entry += FRAME_BYTES as u32;
    }
  }
  store<u32>(entryAddress(0), 0);
  for (let page = readOnlyStartAddress(); page < readOnlyEndAddress(); page += FRAME_BYTES) {
    store<u32>(entryAddress(page), (page as u32) | PAGE_PRESENT);
  }
  setTaskPageDirectory(directory);
  writeCr3(directory as u32);
  writeCr0(readCr0() | CR0_PAGING | CR0_WRITE_PROTECT);
  is386 = (readCr0() & CR0_WRITE_PROTECT) == 0;
}

/** The page directory of threads without an address space of their own. */
export function kernelDirectory(): usize {
  return directory;
}

/** Takes the page at `address` away: whoever touches it gets a page fault. */
export function unmapPage(address: usize): void {
  const entry = entryAddress(address);
  assert((load<u32>(entry) & PAGE_PRESENT) != 0, "the page is not mapped");
  store<u32>(entry, 0);
  forgetTranslation(address);
}

/** The processor asks the page tables anew about the page at `address`, in the address space that it is in. */
export function forgetTranslation(address: usize): void {
  if (is386) writeCr3(readCr3());
  else invlpg(address);
}

/** Gives the page at `address`, which `unmapPage` took away, back. */
export function mapPage(address: usize): void {
  const entry = entryAddress(address);
  assert((load<u32>(entry) & PAGE_PRESENT) == 0, "the page is mapped already");
  store<u32>(entry, (address as u32) | PAGE_PRESENT | PAGE_WRITABLE);
}

/** Whether a read of `address` is safe: used by a panic, which must not fault again. */
export function isMapped(address: usize): bool {
  if (directory == 0) return address >= FRAME_BYTES && address < memoryTop();
  if ((load<u32>(directory + ((address >> 22) << 2)) & PAGE_PRESENT) == 0) return false;
  return (load<u32>(entryAddress(address)) & PAGE_PRESENT) != 0;
}

/** The address whose access made the last page fault. */
export function faultAddress(): usize {
  return readCr2();
}

function entryAddress(address: usize): usize {
  assert((load<u32>(directory + ((address >> 22) << 2)) & PAGE_PRESENT) != 0, "no page table there: beyond memory");
  const table = (load<u32>(directory + ((address >> 22) << 2)) as usize) & ~(FRAME_BYTES - 1);
  return table + (((address >> 12) & (ENTRIES - 1)) << 2);
}

/** A table whose first `filled` entries the caller writes; the others say that nothing is there. */
function allocateTable(filled: u32): usize {
  const table = allocateFrames(1);
  assert(table != 0, "no memory for a page table");
  memory.fill(table + (filled << 2), 0, (ENTRIES - filled) << 2);
  return table;
}
