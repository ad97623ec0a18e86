// Reading files from a FAT12, FAT16 or FAT32 volume. Names as the kernel reads them (kernel/fs/fat/names.ts).
// Source: Microsoft, "FAT: General Overview of On-Disk Format" 1.03.
//
// The volume may be damaged: a chain of clusters is followed to its end before a file is read, and one that loops or leaves the
// volume is refused.

import {
  namesMatch,
  readShortName,
  readSlot,
  SLOT_CHARACTERS,
  SLOT_CHECKSUM,
  SLOT_LAST,
  shortChecksum,
} from "../kernel/fs/fat/names.ts";
import { partLength } from "../kernel/fs/path.ts";
import { take } from "./arena.ts";
import { readBytes, readSectors, SECTOR_BYTES } from "./disk.ts";
import { fail } from "./failure.ts";
import { showName } from "./screen.ts";
import { hasMoreParts, setFileSize, skipSlashes } from "./volume.ts";

const MAX_12: u32 = 4084;
const MAX_16: u32 = 65524;
const MAX_32: u32 = 0x0ffffff5;
const END: u32 = 0x0fffffff;
const BROKEN: u32 = 0xffffffff;

const ENTRY_BYTES: u32 = 32;
const ENTRY_ATTRIBUTES: usize = 11;
const ENTRY_CLUSTER_HIGH: usize = 20;
const ENTRY_CLUSTER_LOW: usize = 26;
const ENTRY_SIZE: usize = 28;
const ATTRIBUTE_LABEL: u8 = 0x08;
const ATTRIBUTE_DIRECTORY: u8 = 0x10;
const ATTRIBUTE_LONG: u8 = 0x0f;
const SLOT_END: u8 = 0;
const SLOT_FREE: u8 = 0xe5;
const DOT: u8 = 0x2e;
/** A directory has at most so many slots. */
const MAX_SLOTS: u32 = 65536;
const MAX_NAME_SLOTS: u32 = 20;
const NO_SECTOR: u32 = 0xffffffff;

const boot = memory.data(64, 4);
const slot = memory.data(32, 4);
const name = take(272);
const shortName = memory.data(16);
/** A sector of the FAT and the next, since an entry of FAT12 may lie in both. */
const WINDOW_SECTORS: u32 = 2;
const windowBytes = take(1024);

// The volume.
let bits: u32 = 0;
let clusterBytes: u32 = 0;
let clusterCount: u32 = 0;
let fatStart: u32 = 0;
let fatEnd: u32 = 0;
let rootStart: u32 = 0;
let rootEntries: u32 = 0;
let rootCluster: u32 = 0;
let dataStart: u32 = 0;
let windowSector: u32 = NO_SECTOR;

// The open file or directory: its first cluster (0: the root of FAT12 and FAT16), and where in the chain the last read was.
let firstCluster: u32 = 0;
let chainIndex: u32 = 0;
let chainCluster: u32 = 0;

/** Reads and checks the volume's boot sector. All sectors of the volume are counted in units of 512 bytes from the disk's start. */
export function mountFat(start: u32): bool {
  windowSector = NO_SECTOR;
  if (!readBytes(start, 0, 64, boot)) return false;
  const sectorBytes: u32 = load<u16>(boot, 11);
  const clusterSectors: u32 = load<u8>(boot, 13);
  const jump = load<u8>(boot);
  const isPower = popcnt<u32>(sectorBytes) == 1 && popcnt<u32>(clusterSectors) == 1;
  if (!isPower || sectorBytes < SECTOR_BYTES || sectorBytes > 4096 || (jump != 0xeb && jump != 0xe9)) return noFat();
  const sectorUnits = sectorBytes / SECTOR_BYTES;
  clusterBytes = clusterSectors * sectorBytes;
  const reserved: u32 = load<u16>(boot, 14);
  const copies: u32 = load<u8>(boot, 16);
  rootEntries = load<u16>(boot, 17);
  let total: u32 = load<u16>(boot, 19);
  if (total == 0) total = load<u32>(boot, 32);
  let fatSectors: u32 = load<u16>(boot, 22);
  const is32 = fatSectors == 0;
  if (is32) fatSectors = load<u32>(boot, 36);
  if (reserved == 0 || copies == 0 || copies > 4 || fatSectors == 0 || fatSectors > total / copies) return noFat();
  if (is32 != (rootEntries == 0)) return noFat();
  const root = reserved + copies * fatSectors;
  const data = root + (rootEntries * ENTRY_BYTES + sectorBytes - 1) / sectorBytes;
  if (data >= total || total > 0xffffffff / sectorUnits) return noFat();
  clusterCount = (total - data) / clusterSectors;
  if (clusterCount == 0 || clusterCount > (is32 ? MAX_32 : MAX_16)) return noFat();
  bits = is32 ? 32 : clusterCount <= MAX_12 ? 12 : 16;
  if ((clusterCount as u64) + 2 > ((fatSectors as u64) * sectorBytes * 8) / bits) return noFat();
  fatStart = start + reserved * sectorUnits;
  // Only one copy may be kept on FAT32.
  const flags: u32 = is32 ? load<u16>(boot, 40) : 0;
  if ((flags & 0x80) != 0 && (flags & 0xf) < copies) fatStart += (flags & 0xf) * fatSectors * sectorUnits;
  fatEnd = fatStart + fatSectors * sectorUnits;
  rootStart = start + root * sectorUnits;
  dataStart = start + data * sectorUnits;
  rootCluster = is32 ? load<u32>(boot, 44) : 0;
  return !is32 || isCluster(rootCluster) || noFat();
}

function noFat(): bool {
  return fail("No file system that this loader can read");
}

/** Opens the file that a path inside the volume names. */
export function findFatFile(path: usize): bool {
  if (!follow(path)) return false;
  if (load<u8>(path) == 0 || (load<u8>(slot, ENTRY_ATTRIBUTES) & ATTRIBUTE_DIRECTORY) != 0)
    return fail("Is a directory");
  const size = load<u32>(slot, ENTRY_SIZE);
  setFileSize(size);
  return size == 0 || checkChain(firstCluster, (size - 1) / clusterBytes + 1);
}

export function isFatDirectory(path: usize): bool {
  return follow(path) && (load<u8>(slot, ENTRY_ATTRIBUTES) & ATTRIBUTE_DIRECTORY) != 0;
}

/** Shows the names in a directory. */
export function listFatDirectory(path: usize): bool {
  if (!follow(path)) return false;
  if ((load<u8>(slot, ENTRY_ATTRIBUTES) & ATTRIBUTE_DIRECTORY) == 0) return fail("Not a directory");
  if (!startScan()) return false;
  while (true) {
    const status = nextEntry();
    if (status <= 0) return status == 0;
    const isDirectory = (load<u8>(slot, ENTRY_ATTRIBUTES) & ATTRIBUTE_DIRECTORY) != 0;
    showName(name, isDirectory, load<u32>(slot, ENTRY_SIZE));
  }
}

/** Reads bytes of the open file, which has them. */
export function readFatFile(offset: u32, count: u32, address: usize): bool {
  let at = offset;
  let to = address;
  let left = count;
  while (left > 0) {
    const cluster = clusterAt(at / clusterBytes);
    if (cluster >= END) return brokenChain(cluster);
    const skip = at % clusterBytes;
    // Clusters that lie one behind the other are read as one.
    let run = clusterBytes - skip;
    while (run < left) {
      const last = chainCluster;
      const next = nextCluster(last);
      if (next != last + 1) break;
      chainCluster = next;
      chainIndex++;
      run += clusterBytes;
    }
    const size = min<u32>(left, run);
    if (!readBytes(sectorOf(cluster), skip, size, to)) return false;
    at += size;
    to += size;
    left -= size;
  }
  return true;
}

/** Follows a path to its directory entry, which is then in `slot`; the root has one that says no more than that. */
function follow(path: usize): bool {
  memory.fill(slot, 0, ENTRY_BYTES);
  store<u8>(slot, ATTRIBUTE_DIRECTORY, ENTRY_ATTRIBUTES);
  openChain(rootCluster);
  for (let part = skipSlashes(path); load<u8>(part) != 0; part = skipSlashes(part + partLength(part))) {
    if ((load<u8>(slot, ENTRY_ATTRIBUTES) & ATTRIBUTE_DIRECTORY) == 0) return fail("Not a directory");
    if (!startScan()) return false;
    const length = partLength(part) as u32;
    while (true) {
      const status = nextEntry();
      if (status < 0) return false;
      if (status == 0) return fail(hasMoreParts(part) ? "No such directory" : "No such file");
      if (namesMatch(name, part, length) || namesMatch(shortName, part, length)) break;
    }
    let cluster: u32 = load<u16>(slot, ENTRY_CLUSTER_LOW);
    if (bits == 32) cluster |= (load<u16>(slot, ENTRY_CLUSTER_HIGH) as u32) << 16;
    const isDirectory = (load<u8>(slot, ENTRY_ATTRIBUTES) & ATTRIBUTE_DIRECTORY) != 0;
    if (!isCluster(cluster) && (isDirectory || load<u32>(slot, ENTRY_SIZE) != 0)) return brokenChain(BROKEN);
    openChain(cluster);
  }
  return true;
}

let scanIndex: u32 = 0;

function startScan(): bool {
  scanIndex = 0;
  return firstCluster == 0 || checkChain(firstCluster, 1);
}

/** Goes to the next entry of the open directory, which is then in `slot`, its names in `name` and `shortName`: 1, 0 at the end, −1. */
function nextEntry(): i32 {
  let expected: u32 = NO_SECTOR;
  let length: u32 = 0;
  let checksum: u8 = 0;
  while (true) {
    const status = readSlotAt(scanIndex);
    if (status <= 0) return status;
    const mark = load<u8>(slot);
    if (mark == SLOT_END) return 0;
    scanIndex++;
    const attributes = load<u8>(slot, ENTRY_ATTRIBUTES);
    if (mark != SLOT_FREE && (attributes & 0x3f) == ATTRIBUTE_LONG) {
      const ordinal: u32 = mark & 0x3f;
      const isLast = (mark & SLOT_LAST) != 0 && ordinal >= 1 && ordinal <= MAX_NAME_SLOTS;
      if (!isLast && (ordinal == 0 || ordinal != expected || checksum != load<u8>(slot, SLOT_CHECKSUM))) {
        expected = NO_SECTOR; // slots that no entry belongs to
        continue;
      }
      const count = readSlot(slot, name);
      if (isLast) {
        checksum = load<u8>(slot, SLOT_CHECKSUM);
        length = (ordinal - 1) * SLOT_CHARACTERS + count;
      }
      expected = isLast || count == SLOT_CHARACTERS ? ordinal - 1 : NO_SECTOR;
      continue;
    }
    if (mark == SLOT_FREE || (attributes & ATTRIBUTE_LABEL) != 0 || mark == DOT) {
      expected = NO_SECTOR;
      continue;
    }
    readShortName(slot, shortName, false);
    const isLong = expected == 0 && checksum == shortChecksum(slot) && length > 0;
    if (isLong) store<u8>(name + length, 0);
    else readShortName(slot, name, true);
    return 1;
  }
}

/** Reads a directory's slot: 1, 0 behind its last, −1. */
function readSlotAt(index: u32): i32 {
  if (index >= MAX_SLOTS) return brokenChain(BROKEN) ? 1 : -1;
  const at = index * ENTRY_BYTES;
  if (firstCluster == 0) {
    if (index >= rootEntries) return 0;
    return readBytes(rootStart, at, ENTRY_BYTES, slot) ? 1 : -1;
  }
  const cluster = clusterAt(at / clusterBytes);
  if (cluster == END) return 0;
  if (cluster == BROKEN) return brokenChain(cluster) ? 1 : -1;
  return readBytes(sectorOf(cluster), at % clusterBytes, ENTRY_BYTES, slot) ? 1 : -1;
}

function openChain(cluster: u32): void {
  firstCluster = cluster;
  chainCluster = cluster;
  chainIndex = 0;
}

/** The cluster with that number in the open chain, END behind its end, or BROKEN. */
function clusterAt(index: u32): u32 {
  if (index < chainIndex) openChain(firstCluster);
  while (chainIndex < index) {
    const next = nextCluster(chainCluster);
    if (next >= END) return next;
    chainCluster = next;
    chainIndex++;
  }
  return chainCluster;
}

/**
 * Whether the chain has `count` clusters, all of them the volume's, and an end. A loop is found after about as many steps as it has
 * clusters, however large the volume is: by Brent's algorithm, which compares each cluster with one that is behind it.
 */
function checkChain(first: u32, count: u32): bool {
  let cluster = first;
  let behind = first;
  let steps: u32 = 0;
  let distance: u32 = 1;
  let seen: u32 = 1;
  while (true) {
    const next = nextCluster(cluster);
    if (next == BROKEN) return brokenChain(next);
    if (next == END) return seen >= count || brokenChain(END);
    seen++;
    if (next == behind) return fail("A chain of clusters is a loop");
    if (++steps == distance) {
      behind = next;
      steps = 0;
      distance <<= 1;
    }
    cluster = next;
  }
}

function brokenChain(next: u32): bool {
  return next == END ? fail("The file's chain of clusters ends too early") : fail("A chain of clusters is damaged");
}

/** The cluster behind `cluster`, END or BROKEN. */
function nextCluster(cluster: u32): u32 {
  const offset = bits == 12 ? cluster + (cluster >> 1) : bits == 16 ? cluster << 1 : cluster << 2;
  const sector = fatStart + offset / SECTOR_BYTES;
  if (sector != windowSector) {
    windowSector = NO_SECTOR;
    const count = min<u32>(WINDOW_SECTORS, fatEnd - sector);
    if (!readSectors(sector, count, windowBytes)) return BROKEN;
    windowSector = sector;
  }
  const address = windowBytes + (offset % SECTOR_BYTES);
  let value: u32 = 0;
  if (bits == 32) value = load<u32>(address) & 0x0fffffff;
  else if (bits == 16) value = load<u16>(address);
  else {
    const word: u32 = load<u16>(address);
    value = (cluster & 1) != 0 ? word >> 4 : word & 0xfff;
  }
  const ends: u32 = bits == 32 ? 0x0ffffff8 : bits == 16 ? 0xfff8 : 0xff8;
  if (value >= ends) return END;
  return isCluster(value) ? value : BROKEN;
}

function isCluster(cluster: u32): bool {
  return cluster >= 2 && cluster - 2 < clusterCount;
}

function sectorOf(cluster: u32): u32 {
  return dataStart + (cluster - 2) * (clusterBytes / SECTOR_BYTES);
}
