// Disks by the BIOS's int 13h: diskettes, hard disks and CDs, all of them as sectors of 512 bytes numbered from 0.

import { geometryOf, hasExtensions, readByNumber, readByPlace, resetDrive, sectorBytesOf } from "./bios.ts";
import { andHex, andNumber, andText, fail } from "./failure.ts";
import { TRANSFER, TRANSFER_BYTES } from "./layout.ts";

export const SECTOR_BYTES: u32 = 512;
const CD_BLOCK_BYTES: u32 = 2048;
const TRANSFER_SECTORS: u32 = TRANSFER_BYTES / SECTOR_BYTES;
const TRIES: i32 = 3;
const NONE: u32 = 0xffff;
/** Cylinders have ten bits where a sector is named by its place. */
const MOST_CYLINDERS: u32 = 1024;
/** What is read along with a few bytes: the rest of a diskette's track, about. */
const READ_AHEAD: u32 = 16;

let current: u32 = NONE;
let canCount: bool = false;
/** Sectors of 512 bytes in the drive's own. */
let unit: u32 = 1;
let heads: u32 = 0;
let sectorsPerTrack: u32 = 0;

// What of the drive is in the transfer buffer.
let heldFirst: u32 = 0;
let heldCount: u32 = 0;

/** Makes `drive` the one that is read. */
export function selectDrive(drive: u32): bool {
  if (drive == current) return true;
  current = NONE;
  heldCount = 0;
  unit = 1;
  // Nobody counts a diskette's sectors from its start but by its geometry.
  canCount = (drive & 0x80) != 0 && hasExtensions(drive);
  if (canCount) {
    if (sectorBytesOf(drive) == CD_BLOCK_BYTES) unit = CD_BLOCK_BYTES / SECTOR_BYTES;
  } else {
    const geometry = geometryOf(drive);
    if (geometry == 0) {
      fail("There is no drive ");
      andHex(drive);
      return andText("h");
    }
    heads = geometry >> 8;
    sectorsPerTrack = geometry & 0xff;
  }
  current = drive;
  return true;
}

export function selectedDrive(): u32 {
  return current;
}

/** Whether the drive is a CD's, by the size of its sectors. */
export function isCd(): bool {
  return unit != 1;
}

/** Reads `count` sectors from `first` on to any address. */
export function readSectors(first: u32, count: u32, address: usize): bool {
  return readBytes(first, 0, count * SECTOR_BYTES, address);
}

/** Reads `count` bytes that begin `offset` behind the start of sector `first`. */
export function readBytes(first: u32, offset: u32, count: u32, address: usize): bool {
  let sector = first + offset / SECTOR_BYTES;
  let skip = offset % SECTOR_BYTES;
  let to = address;
  let left = count;
  while (left > 0) {
    // Division first: skip + left may not fit.
    const wanted = left / SECTOR_BYTES + (skip + (left % SECTOR_BYTES) + SECTOR_BYTES - 1) / SECTOR_BYTES;
    if (!hold(sector, wanted)) return false;
    const at = (sector - heldFirst) * SECTOR_BYTES + skip;
    const size = min<u32>(left, heldCount * SECTOR_BYTES - at);
    memory.copy(to, TRANSFER + at, size);
    to += size;
    left -= size;
    sector += (skip + size) / SECTOR_BYTES;
    skip = (skip + size) % SECTOR_BYTES;
  }
  return true;
}

/** Forgets what was read: the medium may be another one. */
export function forgetDrive(): void {
  current = NONE;
  heldCount = 0;
}

/** Brings sector `first` into the transfer buffer, and up to `wanted` from there on. */
function hold(first: u32, wanted: u32): bool {
  if (first - heldFirst < heldCount) return true;
  heldCount = 0;
  const start = first - (first % unit);
  let count = min<u32>(TRANSFER_SECTORS, max<u32>(first - start + wanted, unit == 1 ? 1 : READ_AHEAD));
  if (unit != 1) count = (count + unit - 1) & ~(unit - 1);
  else if (!canCount) count = min<u32>(max<u32>(count, READ_AHEAD), sectorsPerTrack - (start % sectorsPerTrack));
  let code = transfer(start, count);
  // What was read along may lie beyond the disk's end.
  if (code != 0 && count > unit) {
    count = unit;
    code = transfer(start, count);
  }
  if (code != 0) {
    fail("Disk error ");
    andHex(code);
    andText("h in sector ");
    andNumber(start);
    andText(" of drive ");
    andHex(current);
    return andText("h");
  }
  heldFirst = start;
  heldCount = count;
  return true;
}

function transfer(start: u32, count: u32): u32 {
  let code: u32 = 0;
  for (let tries = TRIES; tries > 0; tries--) {
    if (canCount) code = readByNumber(current, start / unit, count / unit, TRANSFER);
    else {
      const track = start / sectorsPerTrack;
      const cylinder = track / heads;
      if (cylinder >= MOST_CYLINDERS) return 1;
      code = readByPlace(current, cylinder, track % heads, (start % sectorsPerTrack) + 1, count, TRANSFER);
    }
    if (code == 0) return 0;
    resetDrive(current);
  }
  return code;
}
