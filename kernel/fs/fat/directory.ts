// FAT directories: a row of 32-byte slots. A file has one, its entry; a long name has more before it, last part first.
// A directory is named by its first cluster; 0 is the root of FAT12 and FAT16, which has a place of its own.
//
// There is one scan at a time: nextEntry leaves what it came to in the volume (entry…, name, shortName).

import { EIO, ENOSPC } from "../../abi/errno.ts";
import { clearCached, flushRank, RANK_DATA, RANK_DIRECTORY } from "../cache.ts";
import { fileTime, toFatTime } from "../time.ts";
import {
  checkName,
  makeAlias,
  makeShortName,
  makeSlot,
  namesMatch,
  readShortName,
  readSlot,
  SHORT_BYTES,
  SLOT_CHARACTERS,
  SLOT_CHECKSUM,
  SLOT_LAST,
  shortChecksum,
  slotCount,
} from "./names.ts";
import { allocateCluster, END, freeUnused, linkCluster, nextCluster } from "./table.ts";
import { ENTRY_BYTES, UNKNOWN, Volume } from "./volume.ts";

// An entry's fields.
export const ENTRY_ATTRIBUTES: usize = 11;
export const ENTRY_CREATED_TENTHS: usize = 13;
export const ENTRY_CREATED_TIME: usize = 14;
export const ENTRY_CREATED_DATE: usize = 16;
export const ENTRY_ACCESSED_DATE: usize = 18;
export const ENTRY_CLUSTER_HIGH: usize = 20;
export const ENTRY_MODIFIED_TIME: usize = 22;
export const ENTRY_MODIFIED_DATE: usize = 24;
export const ENTRY_CLUSTER_LOW: usize = 26;
export const ENTRY_SIZE: usize = 28;

export const ATTRIBUTE_READ_ONLY: u8 = 0x01;
export const ATTRIBUTE_LABEL: u8 = 0x08;
export const ATTRIBUTE_DIRECTORY: u8 = 0x10;
export const ATTRIBUTE_ARCHIVE: u8 = 0x20;
const ATTRIBUTE_LONG: u8 = 0x0f;

// First bytes of slots.
const SLOT_END: u8 = 0;
const SLOT_FREE: u8 = 0xe5;
const DOT: u8 = 0x2e;
const DOT_DOT: u16 = 0x2e2e;

/** A directory has at most so many slots (2 MiB): a longer one is a loop. */
const MAX_SLOTS: u32 = 65536;
/** A long name has at most so many slots. */
const MAX_NAME_SLOTS: u32 = 20;
/** A short name, the attributes (0) and the case bits. */
const ALIAS_BYTES: u32 = 13;
/** Families of aliases that are tried, with nine names each. */
const MAX_FAMILIES: u32 = 64;

/** Starts a scan of `directory` at its slot `index`. */
export function startScan(volume: Volume, directory: u32, index: u32): void {
  volume.scanDirectory = directory;
  volume.scanIndex = index;
  volume.scanCluster = directory;
  volume.scanClusterIndex = 0;
  volume.sectorNumber = 0; // the sector at hand may be old
}

/** Goes to the next entry of a file or directory: 1, 0 at the end, or an error. "." and ".." are passed over. */
export function nextEntry(volume: Volume): i32 {
  // The ordinal of the slot of a long name that must come next; 0: it is complete.
  let expected = UNKNOWN;
  let first: u32 = 0;
  let checksum: u8 = 0;
  while (true) {
    const index = volume.scanIndex;
    const status = readSlotAt(volume, index);
    if (status <= 0) return status;
    const slot = slotAddress(volume);
    const mark = load<u8>(slot);
    if (mark == SLOT_END) return 0;
    volume.scanIndex = index + 1;
    const attributes = load<u8>(slot, ENTRY_ATTRIBUTES);
    if (mark != SLOT_FREE && (attributes & 0x3f) == ATTRIBUTE_LONG) {
      const ordinal: u32 = mark & 0x3f;
      const isLast = (mark & SLOT_LAST) != 0 && ordinal >= 1 && ordinal <= MAX_NAME_SLOTS;
      if (!isLast && (ordinal == 0 || ordinal != expected || checksum != load<u8>(slot, SLOT_CHECKSUM))) {
        expected = UNKNOWN; // slots that no entry belongs to
        continue;
      }
      const count = readSlot(slot, volume.name);
      if (isLast) {
        first = index;
        checksum = load<u8>(slot, SLOT_CHECKSUM);
        volume.nameLength = (ordinal - 1) * SLOT_CHARACTERS + count;
      }
      expected = isLast || count == SLOT_CHARACTERS ? ordinal - 1 : UNKNOWN;
      continue;
    }
    if (mark == SLOT_FREE || (attributes & ATTRIBUTE_LABEL) != 0 || mark == DOT) {
      expected = UNKNOWN;
      continue;
    }
    volume.entryIndex = index;
    memory.copy(volume.entry, slot, ENTRY_BYTES);
    readShortName(slot, volume.shortName, false);
    const isLong = expected == 0 && checksum == shortChecksum(slot) && volume.nameLength > 0;
    volume.entryFirst = isLong ? first : index;
    if (isLong) store<u8>(volume.name + volume.nameLength, 0);
    else volume.nameLength = readShortName(slot, volume.name, true);
    return 1;
  }
}

/** Looks for a name: 1 and the volume's entry… is it, 0 if there is none, or an error. */
export function findEntry(volume: Volume, directory: u32, name: usize, length: u32): i32 {
  startScan(volume, directory, 0);
  while (true) {
    const status = nextEntry(volume);
    if (status <= 0) return status;
    if (namesMatch(volume.name, name, length) || namesMatch(volume.shortName, name, length)) return 1;
  }
}

/** Whether nothing but "." and ".." is in the directory: 1 or 0, or an error. */
export function isDirectoryEmpty(volume: Volume, directory: u32): i32 {
  startScan(volume, directory, 0);
  const status = nextEntry(volume);
  return status < 0 ? status : 1 - status;
}

/**
 * Finds room for an entry of that name, which must not be there: 0 or an error (-EINVAL, -ENOSPC). entryFirst and entryIndex
 * are its slots; `entry` has its short name, and zeros.
 */
export function prepareEntry(volume: Volume, directory: u32, name: usize, length: u32): i32 {
  let status = checkName(name, length);
  if (status < 0) return status;
  memory.fill(volume.alias, 0, ALIAS_BYTES);
  let slots: u32 = 1;
  if (!makeShortName(name, length, volume.alias)) {
    slots += slotCount(length);
    status = chooseAlias(volume, directory, name, length);
  }
  if (status == 0) status = findRoom(volume, directory, slots);
  memory.fill(volume.entry, 0, ENTRY_BYTES);
  memory.copy(volume.entry, volume.alias, ALIAS_BYTES);
  return status;
}

/** Writes the slots that prepareEntry found; entrySector and entryOffset say where the entry is, whose fields are in `entry`. */
export function writeSlots(volume: Volume, directory: u32, name: usize, length: u32): i32 {
  const last = volume.entryIndex;
  const checksum = shortChecksum(volume.entry);
  startScan(volume, directory, 0);
  if (volume.isRoomAtEnd) {
    // Behind the last entry anything may stand, so the mark of the end moves first.
    const status = readSlotAt(volume, last + 1);
    if (status < 0) return status;
    if (status > 0 && load<u8>(slotAddress(volume)) != SLOT_END) {
      const marked = clearCached(
        volume.device,
        volume.entrySector * volume.sectorBlocks,
        volume.entryOffset,
        ENTRY_BYTES,
        RANK_DIRECTORY,
      );
      if (marked < 0) return marked;
    }
    startScan(volume, directory, 0);
  }
  for (let index = volume.entryFirst; index <= last; index++) {
    const status = readSlotAt(volume, index);
    if (status <= 0) return status < 0 ? status : -EIO;
    const slot = slotAddress(volume);
    if (index == last) memory.copy(slot, volume.entry, ENTRY_BYTES);
    else makeSlot(name, length, last - index, checksum, slot);
    const written = volume.write(volume.entrySector, volume.entryOffset, slot, ENTRY_BYTES, RANK_DIRECTORY);
    if (written < 0) return written;
  }
  return 0;
}

/** Frees the slots `first` to `last` of a directory. */
export function freeSlots(volume: Volume, directory: u32, first: u32, last: u32): i32 {
  startScan(volume, directory, 0);
  for (let index = first; index <= last; index++) {
    const status = readSlotAt(volume, index);
    if (status <= 0) return status < 0 ? status : -EIO;
    const slot = slotAddress(volume);
    store<u8>(slot, SLOT_FREE);
    const written = volume.write(volume.entrySector, volume.entryOffset, slot, 1, RANK_DIRECTORY);
    if (written < 0) return written;
  }
  return 0;
}

/** The block of the device that slot `index` lies in, or an error. */
export function slotBlock(volume: Volume, directory: u32, index: u32): i64 {
  startScan(volume, directory, 0);
  const status = readSlotAt(volume, index);
  if (status <= 0) return status < 0 ? status : -EIO;
  return (volume.entrySector * volume.sectorBlocks + volume.entryOffset / volume.device.blockBytes) as i64;
}

/** Brings the directory's ".." to hand: 0, or -EIO if it has none. */
export function findParent(volume: Volume, directory: u32): i32 {
  startScan(volume, directory, 0);
  const status = readSlotAt(volume, 1);
  if (status < 0) return status;
  return status > 0 && load<u16>(slotAddress(volume)) == DOT_DOT ? 0 : -EIO;
}

/** Makes the directory's ".." name `parent`. */
export function setParent(volume: Volume, directory: u32, parent: u32): i32 {
  const status = findParent(volume, directory);
  if (status < 0) return status;
  const slot = slotAddress(volume);
  storeCluster(slot, parentReference(volume, parent));
  return volume.write(volume.entrySector, volume.entryOffset, slot, ENTRY_BYTES, RANK_DIRECTORY);
}

/** What ".." says of the directory `parent`: the root is 0 on all kinds of FAT. */
export function parentReference(volume: Volume, parent: u32): u32 {
  return parent == volume.rootCluster ? 0 : parent;
}

/** The first cluster that an entry names; 0: none. */
export function entryCluster(volume: Volume, entry: usize): u32 {
  const low: u32 = load<u16>(entry, ENTRY_CLUSTER_LOW);
  return volume.bits == 32 ? low | ((load<u16>(entry, ENTRY_CLUSTER_HIGH) as u32) << 16) : low;
}

export function storeCluster(entry: usize, cluster: u32): void {
  store<u16>(entry, cluster as u16, ENTRY_CLUSTER_LOW);
  store<u16>(entry, (cluster >> 16) as u16, ENTRY_CLUSTER_HIGH);
}

/** Makes the only cluster of a new directory, whose ".." is `parent`; returns its number or an error. */
export function makeDirectoryCluster(volume: Volume, parent: u32): i32 {
  return allocateCleared(volume, true, parent);
}

/** Makes a cluster of zeros, on the disk at once: nothing of what was there before can ever be taken for entries. */
function allocateCleared(volume: Volume, isFirst: bool, parent: u32): i32 {
  const cluster = allocateCluster(volume);
  if (cluster < 0) return cluster;
  const sector = volume.sectorOf(cluster as u32);
  const block = sector * volume.sectorBlocks;
  let status = clearCached(volume.device, block, 0, volume.clusterBytes, RANK_DATA);
  if (isFirst && status == 0) status = writeDots(volume, sector, 0, cluster as u32);
  if (isFirst && status == 0) status = writeDots(volume, sector, 1, parentReference(volume, parent));
  if (status == 0)
    status = flushRank(volume.device, block, volume.clusterSectors * volume.sectorBlocks, RANK_DATA, 0, 0);
  if (status == 0) return cluster;
  freeUnused(volume, cluster as u32);
  return status;
}

/** Writes the entry "." (0) or ".." (1) of a new directory. */
function writeDots(volume: Volume, sector: u32, index: u32, cluster: u32): i32 {
  const entry = volume.nodeEntry;
  memory.fill(entry, 0, ENTRY_BYTES);
  initializeEntry(entry, ATTRIBUTE_DIRECTORY, cluster);
  memory.fill(entry, 0x20, SHORT_BYTES);
  memory.fill(entry, DOT, index + 1);
  return volume.write(sector, index * ENTRY_BYTES, entry, ENTRY_BYTES, RANK_DATA);
}

/** Fills in a new entry, but for its name: all other fields, with the time now. */
export function initializeEntry(entry: usize, attributes: u8, cluster: u32): void {
  const time = toFatTime(fileTime());
  store<u8>(entry, attributes, ENTRY_ATTRIBUTES);
  store<u8>(entry, 0, ENTRY_CREATED_TENTHS);
  store<u16>(entry, time as u16, ENTRY_CREATED_TIME);
  store<u16>(entry, (time >> 16) as u16, ENTRY_CREATED_DATE);
  store<u16>(entry, (time >> 16) as u16, ENTRY_ACCESSED_DATE);
  store<u16>(entry, time as u16, ENTRY_MODIFIED_TIME);
  store<u16>(entry, (time >> 16) as u16, ENTRY_MODIFIED_DATE);
  store<u32>(entry, 0, ENTRY_SIZE);
  storeCluster(entry, cluster);
}

/** Chooses an alias that no entry of the directory has, in `alias`. */
function chooseAlias(volume: Volume, directory: u32, name: usize, length: u32): i32 {
  for (let family: u32 = 0; family < MAX_FAMILIES; family++) {
    const digitAt = makeAlias(name, length, family, volume.alias);
    let used: u32 = 0; // bit d: the alias with digit d
    startScan(volume, directory, 0);
    let status = nextEntry(volume);
    while (status > 0) {
      const digit: u32 = load<u8>(volume.entry + digitAt) - 0x30;
      store<u8>(volume.alias + digitAt, load<u8>(volume.entry + digitAt));
      if (digit <= 9 && memory.compare(volume.alias, volume.entry, SHORT_BYTES) == 0) used |= 1 << digit;
      status = nextEntry(volume);
    }
    if (status < 0) return status;
    const digit = ctz<u32>(~(used | 1));
    if (digit <= 9) {
      store<u8>(volume.alias + digitAt, 0x30 + (digit as u8));
      return 0;
    }
  }
  return -ENOSPC;
}

/** Finds that many free slots in a row; the directory grows if it must. */
function findRoom(volume: Volume, directory: u32, slots: u32): i32 {
  startScan(volume, directory, 0);
  volume.isRoomAtEnd = false;
  let run: u32 = 0;
  let index: u32 = 0;
  while (run < slots) {
    const status = readSlotAt(volume, index);
    if (status < 0) return status;
    if (status == 0) {
      const grown = growDirectory(volume, index);
      if (grown < 0) return grown;
      continue;
    }
    const mark = load<u8>(slotAddress(volume));
    if (mark == SLOT_END) volume.isRoomAtEnd = true;
    run = volume.isRoomAtEnd || mark == SLOT_FREE ? run + 1 : 0;
    index++;
  }
  volume.entryIndex = index - 1;
  volume.entryFirst = index - slots;
  return 0;
}

/** Adds a cluster to the directory, whose scan has come to its end with `slots` slots. */
function growDirectory(volume: Volume, slots: u32): i32 {
  if (volume.scanDirectory == 0 || slots >= MAX_SLOTS) return -ENOSPC;
  const last = volume.scanCluster;
  const cluster = allocateCleared(volume, false, 0);
  if (cluster < 0) return cluster;
  return linkCluster(volume, last, cluster as u32);
}

function slotAddress(volume: Volume): usize {
  return volume.sector + volume.entryOffset;
}

/** Brings slot `index` of the scanned directory to hand: 1 and entrySector, entryOffset; 0 if the directory has ended; or an error. */
function readSlotAt(volume: Volume, index: u32): i32 {
  const perSector = volume.sectorBytes / ENTRY_BYTES;
  let sector: u32;
  if (volume.scanDirectory == 0) {
    if (index >= volume.rootEntries) return 0;
    sector = volume.rootStart + index / perSector;
  } else {
    if (!volume.isCluster(volume.scanDirectory)) return -EIO;
    const wanted = index / (perSector * volume.clusterSectors);
    assert(volume.scanClusterIndex <= wanted, "a scan goes forward");
    while (volume.scanClusterIndex < wanted) {
      const next = nextCluster(volume, volume.scanCluster);
      if (next == END) return 0;
      if (next < 0) return next;
      volume.scanCluster = next as u32;
      volume.scanClusterIndex++;
    }
    if (index >= MAX_SLOTS) return -EIO;
    sector = volume.sectorOf(volume.scanCluster) + ((index / perSector) % volume.clusterSectors);
  }
  if (volume.sectorNumber != sector) {
    volume.sectorNumber = 0;
    const status = volume.read(sector, 0, volume.sector, volume.sectorBytes);
    if (status < 0) return status;
    volume.sectorNumber = sector;
  }
  volume.entrySector = sector;
  volume.entryOffset = (index % perSector) * ENTRY_BYTES;
  return 1;
}
