// What physical memory there is: the ranges that are RAM, and the ranges in them that must be left alone (firmware,
// the kernel itself, boot data, modules). The platform fills this at boot; frames.ts starts from it.
// Ranges may overlap and needn't be page aligned: what is reserved anywhere is reserved.

const MAX_RANGES: u32 = 64;
const RANGE_BYTES: usize = 8;
const PAGE_MASK: usize = 0xfff;

const available = memory.data(512, 4);
const reserved = memory.data(512, 4);
let availableCount: u32 = 0;
let reservedCount: u32 = 0;

/** One range of addresses: `start` up to but not including `end`. */
@unmanaged
export class MemoryRange {
  start: usize;
  end: usize;
}

/** Adds RAM; only whole pages of it count. */
export function addAvailable(start: usize, end: usize): void {
  assert(start <= end, "a memory range ends before it starts");
  assert(availableCount < MAX_RANGES, "more memory ranges than the table holds");
  const range = availableRange(availableCount);
  range.start = (start + PAGE_MASK) & ~PAGE_MASK;
  range.end = end & ~PAGE_MASK;
  if (range.start < range.end) availableCount++;
}

/** Keeps every page that the range touches from being allocated. */
export function addReserved(start: usize, end: usize): void {
  assert(start <= end, "a memory range ends before it starts");
  assert(reservedCount < MAX_RANGES, "more reserved ranges than the table holds");
  const range = reservedRange(reservedCount);
  range.start = start & ~PAGE_MASK;
  range.end = (end + PAGE_MASK) & ~PAGE_MASK;
  if (range.end < end) range.end = ~PAGE_MASK; // the last page of 4 GiB
  reservedCount++;
}

export function availableRanges(): u32 {
  return availableCount;
}

export function reservedRanges(): u32 {
  return reservedCount;
}

export function availableRange(index: u32): MemoryRange {
  return changetype<MemoryRange>(available + (index as usize) * RANGE_BYTES);
}

export function reservedRange(index: u32): MemoryRange {
  return changetype<MemoryRange>(reserved + (index as usize) * RANGE_BYTES);
}

/** The first address above all RAM. */
export function memoryTop(): usize {
  let top: usize = 0;
  for (let i: u32 = 0; i < availableCount; i++) top = max<usize>(top, availableRange(i).end);
  return top;
}

/** The lowest page-aligned address of `bytes` bytes of RAM that nothing reserves; 0 if there is none. */
export function findUnreserved(bytes: usize): usize {
  let best: usize = 0;
  for (let i: u32 = 0; i < availableCount; i++) {
    const range = availableRange(i);
    let start = range.start;
    for (let overlap = firstOverlap(start, bytes); overlap >= 0; overlap = firstOverlap(start, bytes)) {
      start = reservedRange(overlap as u32).end;
    }
    if (start >= range.start && start <= range.end && range.end - start >= bytes && (best == 0 || start < best)) {
      best = start;
    }
  }
  return best;
}

function firstOverlap(start: usize, bytes: usize): i32 {
  for (let i: u32 = 0; i < reservedCount; i++) {
    const range = reservedRange(i);
    if (range.start < start + bytes && start < range.end) return i as i32;
  }
  return -1;
}
