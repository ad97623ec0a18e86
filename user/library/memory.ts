// Memory and bytes, by the names of C's <string.h> and <stdlib.h>. A pointer is an address: usize.

import { attempt } from "./system.external.ts";

/** What asc's heap can name; there is less. */
const MOST_BYTES: usize = 0x3ffffff0;

/** Copies `count` bytes; the two places must not overlap. Returns `to`. */
export function memcpy(to: usize, from: usize, count: usize): usize {
  memory.copy(to, from, count);
  return to;
}

/** Copies `count` bytes; the two places may overlap. Returns `to`. */
export function memmove(to: usize, from: usize, count: usize): usize {
  memory.copy(to, from, count);
  return to;
}

/** Sets `count` bytes to `byte`. Returns `to`. */
export function memset(to: usize, byte: i32, count: usize): usize {
  memory.fill(to, byte as u8, count);
  return to;
}

/** Compares `count` bytes: below 0, 0 or above 0 as the first that differs is smaller, none does, or it is greater. */
export function memcmp(a: usize, b: usize, count: usize): i32 {
  for (let i: usize = 0; i < count; i++) {
    const difference = (load<u8>(a + i) as i32) - (load<u8>(b + i) as i32);
    if (difference != 0) return difference;
  }
  return 0;
}

/** The address of the first `byte` of `count`, or 0. */
export function memchr(at: usize, byte: i32, count: usize): usize {
  for (let i: usize = 0; i < count; i++) if (load<u8>(at + i) == (byte as u8)) return at + i;
  return 0;
}

/** Allocates `bytes` bytes, aligned to 16; 0 if there is no memory. The content is not cleared. */
export function malloc(bytes: usize): usize {
  return realloc(0, bytes);
}

/** Allocates `count` times `bytes` bytes, all 0; 0 if there is no memory. */
export function calloc(count: usize, bytes: usize): usize {
  if (bytes != 0 && count > usize.MAX_VALUE / bytes) return 0;
  const address = malloc(count * bytes);
  if (address != 0) memory.fill(address, 0, count * bytes);
  return address;
}

/** Changes a block's size and maybe its place; 0 for `address` is a new block. Returns 0 if there is no memory: the block stays. */
export function realloc(address: usize, bytes: usize): usize {
  return bytes > MOST_BYTES ? 0 : attempt(resize.index, address, bytes);
}

function resize(address: usize, bytes: usize): usize {
  return address == 0 ? heap.alloc(bytes) : heap.realloc(address, bytes);
}

/** Frees what malloc returned; 0 is nothing. */
export function free(address: usize): void {
  if (address != 0) heap.free(address);
}
