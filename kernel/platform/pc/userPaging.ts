// A program's page directory: the kernel's part, which all share, and pages of its own above. What a program can't reach by its
// page tables doesn't exist for it. Source: Intel SDM volume 3, section 4.3 (32-bit paging).

import { allocateFrames, FRAME_BYTES, KERNEL_LIMIT, releaseFrames } from "../../memory/frames.ts";
import { readCr3, writeCr3 } from "./instructions.external.ts";
import { forgetTranslation, kernelDirectory, PAGE_PRESENT, PAGE_USER, PAGE_WRITABLE } from "./paging.ts";

/** A program's addresses: from here … */
export const USER_START: usize = 0x8000000;
/** … up to but not including this one. */
export const USER_END: usize = 0xc0000000;

const ADDRESS_BITS: usize = ~(FRAME_BYTES - 1);
const FIRST_USER_ENTRY: usize = USER_START >> 22;
const USER_ENTRIES_END: usize = USER_END >> 22;
const ENTRIES: usize = 1024;

/** A page directory with nothing but the kernel's part; 0 if there is no memory. */
export function createDirectory(): usize {
  const directory = allocateFrames(1);
  if (directory == 0) return 0;
  memory.copy(directory, kernelDirectory(), FRAME_BYTES);
  return directory;
}

/** Frees a directory with its tables and the frames of all its pages; returns how many pages there were. */
export function destroyDirectory(directory: usize): u32 {
  assert(directory != kernelDirectory(), "the kernel's page directory is for ever");
  // A thread without an address space keeps the one of the thread before it: it may be this.
  if (readCr3() == (directory as u32)) writeCr3(kernelDirectory() as u32);
  let pages: u32 = 0;
  for (let i = FIRST_USER_ENTRY; i < USER_ENTRIES_END; i++) {
    const table = tableOf(load<u32>(directory + (i << 2)));
    if (table == 0) continue;
    for (let slot = table; slot < table + FRAME_BYTES; slot += 4) {
      const entry = load<u32>(slot);
      if ((entry & PAGE_PRESENT) == 0) continue;
      releaseFrames((entry as usize) & ADDRESS_BITS, 1);
      pages++;
    }
    releaseFrames(table, 1);
  }
  releaseFrames(directory, 1);
  return pages;
}

/** Puts `frame` at `address`, where there is no page yet; false if there is no memory for a page table. */
export function mapUserPage(directory: usize, address: usize, frame: usize, isWritable: bool): bool {
  assertUserPage(address);
  const slot = directory + ((address >> 22) << 2);
  let table = tableOf(load<u32>(slot));
  if (table == 0) {
    table = allocateFrames(1);
    if (table == 0) return false;
    memory.fill(table, 0, FRAME_BYTES);
    store<u32>(slot, (table as u32) | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER);
  }
  const entry = table + (((address >> 12) & (ENTRIES - 1)) << 2);
  assert((load<u32>(entry) & PAGE_PRESENT) == 0, "the page is mapped already");
  store<u32>(entry, (frame as u32) | PAGE_PRESENT | PAGE_USER | (isWritable ? PAGE_WRITABLE : 0));
  return true;
}

/** Takes the page at `address` away and returns its frame, which is the caller's now; 0 if there was none. */
export function unmapUserPage(directory: usize, address: usize): usize {
  const slot = entryOf(directory, address);
  if (slot == 0) return 0;
  const entry = load<u32>(slot);
  store<u32>(slot, 0);
  forgetPage(directory, address);
  return (entry as usize) & ADDRESS_BITS;
}

/** Makes the page at `address`, which is mapped, read-only. */
export function protectUserPage(directory: usize, address: usize): void {
  const slot = entryOf(directory, address);
  assert(slot != 0, "the page is not mapped");
  store<u32>(slot, load<u32>(slot) & ~PAGE_WRITABLE);
  forgetPage(directory, address);
}

/** What is at `address`: 0 nothing, PAGE_PRESENT a page that can be read, PAGE_WRITABLE besides if it can be written. */
export function userPageFlags(directory: usize, address: usize): u32 {
  const slot = entryOf(directory, address);
  return slot == 0 ? 0 : load<u32>(slot) & (PAGE_PRESENT | PAGE_WRITABLE);
}

/** Goes to another address space. */
export function useDirectory(directory: usize): void {
  if (readCr3() != (directory as u32)) writeCr3(directory as u32);
}

/** Goes to the kernel's own, which has no program's pages. */
export function leaveDirectory(): void {
  useDirectory(kernelDirectory());
}

/** Where the entry of a page that is there stands; 0 if there is none. */
function entryOf(directory: usize, address: usize): usize {
  assertUserPage(address);
  const table = tableOf(load<u32>(directory + ((address >> 22) << 2)));
  if (table == 0) return 0;
  const slot = table + (((address >> 12) & (ENTRIES - 1)) << 2);
  return (load<u32>(slot) & PAGE_PRESENT) != 0 ? slot : 0;
}

function tableOf(entry: u32): usize {
  if ((entry & PAGE_PRESENT) == 0) return 0;
  assert(((entry as usize) & ADDRESS_BITS) < KERNEL_LIMIT, "a page table out of the kernel's reach");
  return (entry as usize) & ADDRESS_BITS;
}

function forgetPage(directory: usize, address: usize): void {
  if (readCr3() == (directory as u32)) forgetTranslation(address);
}

function assertUserPage(address: usize): void {
  assert(address >= USER_START && address < USER_END, "not an address of programs");
  assert((address & (FRAME_BYTES - 1)) == 0, "a page's address is a multiple of 4096");
}
