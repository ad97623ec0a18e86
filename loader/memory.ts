// The machine's memory: the BIOS's map in the form that Multiboot hands over, and what of it is taken. Kernels and modules lie above
// 1 MiB only: below it are the BIOS's data, this loader, and the video memory.
// Sources: Multiboot Specification 0.6.96, section 3.3 (mmap_*); ACPI specification, "INT 15H, E820H".

import { take } from "./arena.ts";
import { blocksAbove16, lowMemoryKib, nextContinuation, readMapEntry, sizeAboveMegabyte } from "./bios.ts";
import { fail } from "./failure.ts";
import { ONE_MEGABYTE } from "./layout.ts";

/** An entry: 4 bytes of size, and E820's 20. */
export const MAP_ENTRY_BYTES: u32 = 24;
const MAX_ENTRIES: u32 = 40;
const map = take(960);
const BASE: usize = 4;
const LENGTH: usize = 12;
const TYPE: usize = 20;
const RAM: u32 = 1;
const ADDRESS_LIMIT: u64 = 0x100000000;

let mapEntries: u32 = 0;
let lowerKib: u32 = 0;
let upperKib: u32 = 0;

const MAX_CLAIMS: u32 = 96;
const claims = take(768);
let claimCount: u32 = 0;

export function readMemoryMap(): void {
  mapEntries = 0;
  lowerKib = lowMemoryKib();
  let continuation: u32 = 0;
  while (mapEntries < MAX_ENTRIES && readMapEntry(continuation, map + mapEntries * MAP_ENTRY_BYTES + BASE)) {
    store<u32>(map + mapEntries * MAP_ENTRY_BYTES, MAP_ENTRY_BYTES - 4);
    mapEntries++;
    continuation = nextContinuation;
    if (continuation == 0) break;
  }
  if (mapEntries == 0) makeMap();
  upperKib = ((contiguousEnd() - ONE_MEGABYTE) >> 10) as u32;
}

/** From what BIOSes without a map know. */
function makeMap(): void {
  addRange(0, lowerKib << 10);
  const below16 = sizeAboveMegabyte();
  if (below16 >= 15 * 1024 && blocksAbove16 > 0) addRange(ONE_MEGABYTE, (below16 << 10) + (blocksAbove16 << 16));
  else {
    addRange(ONE_MEGABYTE, below16 << 10);
    addRange(16 * ONE_MEGABYTE, blocksAbove16 << 16);
  }
}

/** Adds a range of RAM to the map; for a test, too. */
export function addRange(base: u32, length: u32): void {
  if (length == 0 || mapEntries == MAX_ENTRIES) return;
  const entry = map + mapEntries * MAP_ENTRY_BYTES;
  store<u32>(entry, MAP_ENTRY_BYTES - 4);
  store<u64>(entry, base as u64, BASE);
  store<u64>(entry, length as u64, LENGTH);
  store<u32>(entry, RAM, TYPE);
  mapEntries++;
}

export function memoryMap(): usize {
  return map;
}

export function memoryMapEntries(): u32 {
  return mapEntries;
}

/** KiB of RAM from 0, and from 1 MiB to the first hole. */
export function lowerMemory(): u32 {
  return lowerKib;
}

export function upperMemory(): u32 {
  return upperKib;
}

/** Where the RAM around `address` ends; `address` itself if there is none. */
function ramEnd(address: u64): u64 {
  let end = address;
  // Ranges may come in any order and touch each other.
  for (let rounds: u32 = 0; rounds <= mapEntries; rounds++) {
    const before = end;
    for (let i: u32 = 0; i < mapEntries; i++) {
      const entry = map + i * MAP_ENTRY_BYTES;
      const base = load<u64>(entry, BASE);
      const stop = base + load<u64>(entry, LENGTH);
      if (load<u32>(entry, TYPE) == RAM && base <= end && stop > end) end = stop;
    }
    if (end == before) break;
  }
  return min<u64>(end, ADDRESS_LIMIT);
}

function contiguousEnd(): u64 {
  return ramEnd(ONE_MEGABYTE);
}

export function forgetClaims(): void {
  claimCount = 0;
}

/** Takes the memory from `start` on for a kernel, if it may lie there. */
export function claim(start: u32, bytes: u32): bool {
  if (start < ONE_MEGABYTE) return fail("The kernel wants to lie below 1 MiB, where the BIOS and this loader are");
  const end = (start as u64) + bytes;
  if (ramEnd(start) < end) return fail("Not enough memory: there is no RAM where the kernel wants to lie");
  if (overlapEnd(start, end) != 0) return fail("The kernel wants to lie where something is loaded already");
  return record(start, bytes);
}

/** Finds room for `bytes` and takes it, behind what is taken if that is possible; 0 if there is none. `alignment` is a power of two. */
export function place(bytes: u32, alignment: u32): u32 {
  let top: u32 = ONE_MEGABYTE;
  for (let i: u32 = 0; i < claimCount; i++) top = max<u32>(top, load<u32>(claims + (i << 3), 4));
  let start = findRoom(top, bytes, alignment);
  if (start == 0) start = findRoom(ONE_MEGABYTE, bytes, alignment);
  if (start == 0) {
    fail("Not enough memory");
    return 0;
  }
  return record(start, bytes) ? start : 0;
}

function record(start: u32, bytes: u32): bool {
  if (claimCount == MAX_CLAIMS) return fail("Too many pieces to load");
  store<u32>(claims + (claimCount << 3), start);
  store<u32>(claims + (claimCount << 3), start + bytes, 4);
  claimCount++;
  return true;
}

/** The end of something taken that the range overlaps, or 0. */
function overlapEnd(start: u64, end: u64): u32 {
  for (let i: u32 = 0; i < claimCount; i++) {
    const taken = claims + (i << 3);
    if (start < (load<u32>(taken, 4) as u64) && end > (load<u32>(taken) as u64)) return load<u32>(taken, 4);
  }
  return 0;
}

function findRoom(from: u32, bytes: u32, alignment: u32): u32 {
  let at = from as u64;
  // Each round passes something that is taken or a range of the map.
  for (let rounds: u32 = 0; rounds < MAX_CLAIMS + 2 * MAX_ENTRIES; rounds++) {
    at = (at + alignment - 1) & ~((alignment as u64) - 1);
    const end = at + bytes;
    if (end > ADDRESS_LIMIT) return 0;
    const taken = overlapEnd(at, end);
    if (taken != 0) at = taken as u64;
    else if (ramEnd(at) >= end && bytes > 0) return at as u32;
    else {
      const next = nextRange(at);
      if (next == 0) return 0;
      at = next;
    }
  }
  return 0;
}

/** Where the first range of RAM above `address` starts, or 0. */
function nextRange(address: u64): u64 {
  let found: u64 = 0;
  for (let i: u32 = 0; i < mapEntries; i++) {
    const entry = map + i * MAP_ENTRY_BYTES;
    const base = load<u64>(entry, BASE);
    if (load<u32>(entry, TYPE) == RAM && base > address && (found == 0 || base < found)) found = base;
  }
  return found;
}
