// A program's address space: its page directory, and what it is told there is.
//
//   08000000   the program's segments, as the executable says
//   then       the heap, from `heapStart` up to `heapEnd`, which brk moves
//   ...
//   BFEFF000   the stack, up to 1 MiB
//   BFFFF000   nothing: an argument too many is a fault
//
// Pages of heap and stack come into being, zero-filled, when they are first touched; segments' pages are there from the
// start. What a system call gets as an address is checked here before the kernel touches it.

import { EFAULT, ENAMETOOLONG, ENOMEM } from "../abi/errno.ts";
import {
  createDirectory,
  destroyDirectory,
  mapUserPage,
  PAGE_WRITABLE,
  protectUserPage,
  USER_END,
  USER_START,
  unmapUserPage,
  useDirectory,
  userPageFlags,
} from "../platform/paging.ts";
import { allocateUserFrame, FRAME_BYTES, releaseFrames, spareFrameCount } from "./frames.ts";
import { calloc, free } from "./heap.ts";

const PAGE_MASK: usize = FRAME_BYTES - 1;

export const STACK_TOP: usize = 0xbffff000;
export const STACK_BYTES_MAX: usize = 0x100000;
const STACK_START: usize = STACK_TOP - STACK_BYTES_MAX;
/** Segments lie below this, and so does the heap. */
export const SEGMENTS_START: usize = USER_START;
export const SEGMENTS_END: usize = 0xb0000000;

@unmanaged
export class AddressSpace {
  directory: usize;
  /** The page-aligned end of the segments. */
  heapStart: usize;
  heapEnd: usize;
  /** Pages that are there. */
  pageCount: u32;

  /** Makes this the address space that the processor uses. */
  use(): void {
    useDirectory(this.directory);
  }

  /** Adds zero-filled, writable pages from `start` (rounded down) to `end` (rounded up): 0 or -ENOMEM. It must be in use. */
  addPages(start: usize, end: usize): i32 {
    for (let page = start & ~PAGE_MASK; page < end; page += FRAME_BYTES) {
      if (!this.addPage(page)) return -ENOMEM;
    }
    return 0;
  }

  /** Makes the pages from `start` to `end`, which are there, read-only. */
  protect(start: usize, end: usize): void {
    for (let page = start & ~PAGE_MASK; page < end; page += FRAME_BYTES) protectUserPage(this.directory, page);
  }

  /** Where the heap starts: behind the segments, which end at `end`. */
  setHeapStart(end: usize): void {
    this.heapStart = (end + PAGE_MASK) & ~PAGE_MASK;
    this.heapEnd = this.heapStart;
  }

  /** Moves the heap's end; false if there is no room or no memory for it. */
  setHeapEnd(end: usize): bool {
    if (end < this.heapStart || end > SEGMENTS_END) return false;
    const oldPages = (this.heapEnd + PAGE_MASK) & ~PAGE_MASK;
    const newPages = (end + PAGE_MASK) & ~PAGE_MASK;
    // Pages come when they are touched, but who asks for more than there is learns it now.
    if (newPages > oldPages && (((newPages - oldPages) / FRAME_BYTES) as u32) > spareFrameCount()) return false;
    for (let page = newPages; page < oldPages; page += FRAME_BYTES) {
      const frame = unmapUserPage(this.directory, page);
      if (frame == 0) continue;
      releaseFrames(frame, 1);
      this.pageCount--;
    }
    this.heapEnd = end;
    return true;
  }

  /** Makes the page with `address` if it belongs to the heap or the stack and isn't there yet: true if it is there now. */
  touch(address: usize): bool {
    const isHeap = address >= this.heapStart && address < this.heapEnd;
    const isStack = address >= STACK_START && address < STACK_TOP;
    if (!isHeap && !isStack) return false;
    const page = address & ~PAGE_MASK;
    return userPageFlags(this.directory, page) == 0 && this.addPage(page);
  }

  /** Whether a program may read (and, with `isWrite`, write) `count` bytes at `address`; heap and stack come into being. */
  allows(address: usize, count: usize, isWrite: bool): bool {
    if (count == 0) return true;
    if (address < USER_START || address >= USER_END || count > USER_END - address) return false;
    const end = address + count;
    for (let page = address & ~PAGE_MASK; page < end; page += FRAME_BYTES) {
      const flags = userPageFlags(this.directory, page);
      if (flags == 0) {
        if (!this.touch(page)) return false;
      } else if (isWrite && (flags & PAGE_WRITABLE) == 0) {
        return false;
      }
    }
    return true;
  }

  /** Copies `count` bytes from the program's `from`: 0 or -EFAULT. This must be the address space in use. */
  copyIn(to: usize, from: usize, count: usize): i32 {
    if (!this.allows(from, count, false)) return -EFAULT;
    memory.copy(to, from, count);
    return 0;
  }

  /** Copies `count` bytes to the program's `to`: 0 or -EFAULT. This must be the address space in use. */
  copyOut(to: usize, from: usize, count: usize): i32 {
    if (!this.allows(to, count, true)) return -EFAULT;
    memory.copy(to, from, count);
    return 0;
  }

  /** Copies the program's NUL-terminated text into a buffer of `limit` bytes: its length, -EFAULT or -ENAMETOOLONG. */
  copyText(to: usize, from: usize, limit: usize): i32 {
    for (let i: usize = 0; i < limit; i++) {
      const at = from + i;
      // A page is looked up once.
      if ((i == 0 || (at & PAGE_MASK) == 0) && !this.allows(at, 1, false)) return -EFAULT;
      const byte = load<u8>(at);
      store<u8>(to + i, byte);
      if (byte == 0) return i as i32;
    }
    return -ENAMETOOLONG;
  }

  private addPage(page: usize): bool {
    const frame = allocateUserFrame();
    if (frame == 0) return false;
    if (!mapUserPage(this.directory, page, frame, true)) {
      releaseFrames(frame, 1);
      return false;
    }
    // The frame may lie where only the program's page tables reach it.
    memory.fill(page, 0, FRAME_BYTES);
    this.pageCount++;
    return true;
  }
}

/** An address space without a page of its own; null if there is no memory. */
export function createAddressSpace(): AddressSpace | null {
  const address = calloc(offsetof<AddressSpace>());
  if (address == 0) return null;
  const space = changetype<AddressSpace>(address);
  space.directory = createDirectory();
  if (space.directory == 0) {
    free(address);
    return null;
  }
  return space;
}

/** Frees an address space with all its pages. */
export function destroyAddressSpace(space: AddressSpace): void {
  const pages = destroyDirectory(space.directory);
  assert(pages == space.pageCount, "an address space lost count of its pages");
  free(changetype<usize>(space));
}
