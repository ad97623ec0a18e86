// The lines that were typed before, for the up and down keys: the last sixteen, without repeats in a row.

import { MAX_LINE } from "./line.ts";

const SLOTS: u32 = 16;
const SLOT_BYTES: usize = 72; // a line and its NUL
const lines = memory.data(1152);
/** Lines ever added; the newest is in slot (added − 1) mod 16. */
let added: u32 = 0;

/** Lines that can be recalled. */
export function historyCount(): u32 {
  return min<u32>(added, SLOTS);
}

/** The line that was added `age` lines before the newest (0: the newest), NUL-terminated. */
export function historyLine(age: u32): usize {
  assert(age < historyCount(), "no such line in the history");
  return slot(added - 1 - age);
}

/** Remembers the `length` bytes at `line`, unless there are none or they are the newest line again. */
export function addHistory(line: usize, length: usize): void {
  assert(length <= MAX_LINE, "a line is longer than a line can be");
  if (length == 0) return;
  if (added > 0 && isSame(slot(added - 1), line, length)) return;
  const to = slot(added++);
  for (let i: usize = 0; i < length; i++) store<u8>(to + i, load<u8>(line + i));
  store<u8>(to + length, 0);
}

function slot(index: u32): usize {
  return lines + ((index & (SLOTS - 1)) as usize) * SLOT_BYTES;
}

function isSame(text: usize, line: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i++) {
    if (load<u8>(text + i) != load<u8>(line + i)) return false;
  }
  return load<u8>(text + length) == 0;
}
