// Memory below 1 MiB that is handed out from front to back, and taken back only as a whole stretch: what was handed out since a mark.

import { ARENA, ARENA_END } from "./layout.ts";

let next: usize = ARENA;

/** `bytes` of zeros on a multiple of 16, or 0 if so many are not left. */
export function take(bytes: usize): usize {
  const size = (bytes + 15) & ~15;
  if (size < bytes || size > ARENA_END - next) return 0;
  const address = next;
  next += size;
  memory.fill(address, 0, size);
  return address;
}

/** Bytes that take can still give. */
export function leftInArena(): usize {
  return ARENA_END - next;
}

export function arenaMark(): usize {
  return next;
}

/** Takes back what was handed out since the mark. */
export function returnToMark(mark: usize): void {
  assert(mark >= ARENA && mark <= next, "no mark of this arena");
  next = mark;
}
