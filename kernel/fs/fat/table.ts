// The file allocation table: an entry for each cluster says which cluster follows, or that the chain ends, or that the
// cluster is free. And the order in which a volume's changes reach the disk, so that a crash leaves at worst clusters that
// nobody owns:
//
//   contents, then entries of the FAT, then the one block of it with links from chains that the disk has already,
//   then the copies' directories; and what a directory named until now becomes free only after that.
//
// A link between two blocks of the FAT makes the first depend on the second. At most one block may depend on others: before
// a second one would, everything is written. (A FAT12 entry may straddle two blocks; that write can be cut in half.)

import { EIO, ENOSPC } from "../../abi/errno.ts";
import {
  cachePageCount,
  flushRank,
  heldPageCount,
  RANK_DATA,
  RANK_DIRECTORY,
  RANK_LINK,
  RANK_TABLE,
} from "../cache.ts";
import { storeDirtyNodes } from "./node.ts";
import { INFO_FREE_COUNT, INFO_NEXT_FREE, MAX_PENDING, UNKNOWN, Volume, WINDOW_BYTES } from "./volume.ts";

/** What nextCluster returns at the end of a chain. */
export const END: i32 = 0x0fffffff;
const FREE: u32 = 0;
const ENTRY_MASK_32: u32 = 0x0fffffff;

/**
 * The cluster after `cluster`, or END. -EIO if the chain is broken: an entry that is free, bad or no cluster's.
 */
export function nextCluster(volume: Volume, cluster: u32): i32 {
  const value = readEntry(volume, cluster);
  if (value < 0 || value == END) return value;
  return volume.isCluster(value as u32) ? value : -EIO;
}

/** Takes a free cluster and makes it a chain of its own; returns it or an error. */
export function allocateCluster(volume: Volume): i32 {
  let found = findFree(volume);
  if (found == -ENOSPC && volume.pendingCount > 0) {
    const status = flushVolume(volume);
    if (status < 0) return status;
    found = findFree(volume);
  }
  if (found < 0) return found;
  const status = writeEntry(volume, found as u32, END as u32, RANK_TABLE);
  if (status < 0) return status;
  volume.nextFree = (found as u32) + 1;
  if (volume.freeClusters != UNKNOWN) volume.freeClusters--;
  volume.isInfoDirty = true;
  return found;
}

/** Puts the new cluster `cluster` behind `last`, the end of a chain; if that fails, the cluster is free again. */
export function linkCluster(volume: Volume, last: u32, cluster: u32): i32 {
  const from = blockOf(volume, last);
  let status: i32 = 0;
  let rank = RANK_TABLE;
  if (from != blockOf(volume, cluster)) {
    rank = RANK_LINK;
    if (volume.linkBlock != UNKNOWN && volume.linkBlock != from) status = flushVolume(volume);
    if (status == 0) volume.linkBlock = from;
  }
  if (status == 0) status = writeEntry(volume, last, cluster, rank);
  if (status < 0) freeUnused(volume, cluster);
  return status;
}

/** Lets the chain that begins with `first` be freed as soon as the directories on the disk don't name it any more. */
export function freeLater(volume: Volume, first: u32): i32 {
  if (volume.pendingCount == MAX_PENDING) {
    const status = flushVolume(volume);
    if (status < 0) return status;
  }
  store<u32>(volume.pending + (volume.pendingCount << 2), first);
  volume.pendingCount++;
  return 0;
}

/** Frees a cluster that was just allocated and that nothing names. */
export function freeUnused(volume: Volume, cluster: u32): i32 {
  return freeEntry(volume, cluster);
}

/** Ends the chain at `last`; what followed is freed later. */
export function cutChain(volume: Volume, last: u32): i32 {
  const next = nextCluster(volume, last);
  if (next < 0) return next;
  if (next == END) return 0;
  const status = writeEntry(volume, last, END as u32, RANK_TABLE);
  return status < 0 ? status : freeLater(volume, next as u32);
}

/** Writes all that is not on the disk yet, in the order above. The first error. */
export function flushVolume(volume: Volume): i32 {
  const device = volume.device;
  let first = storeDirtyNodes(volume);
  const dataStatus = flushRank(device, 0, device.blockCount, RANK_DATA, 0, 0);
  if (first == 0) first = dataStatus;
  // From here on an error ends it: what comes next relies on what came before.
  let status = flushTable(volume, RANK_TABLE);
  if (status == 0) status = flushTable(volume, RANK_LINK);
  if (status < 0) return status;
  volume.linkBlock = UNKNOWN;
  status = storeInformation(volume);
  if (status == 0) status = flushRank(device, 0, device.blockCount, RANK_DIRECTORY, 0, 0);
  if (status < 0) return status;
  const freed = freePending(volume);
  return first == 0 ? freed : first;
}

/** Writes everything, so that the disk is a volume as if unmounted. */
export function syncVolume(volume: Volume): i32 {
  const hadPending = volume.pendingCount > 0;
  const status = flushVolume(volume);
  return status == 0 && hadPending ? flushVolume(volume) : status;
}

/** Flushes if the cache has much that waits for it. Operations that change something begin with this. */
export function makeRoom(volume: Volume): i32 {
  return heldPageCount() > cachePageCount() >> 2 ? flushVolume(volume) : 0;
}

/** Free clusters; counts them the first time. */
export function countFree(volume: Volume): i32 {
  if (volume.freeClusters != UNKNOWN) return 0;
  let count: u32 = 0;
  for (let cluster: u32 = 2; volume.isCluster(cluster); cluster++) {
    const value = readEntry(volume, cluster);
    if (value < 0) return value;
    if (value == FREE) count++;
  }
  volume.freeClusters = count;
  volume.isInfoDirty = true;
  return 0;
}

function freePending(volume: Volume): i32 {
  let first: i32 = 0;
  while (volume.pendingCount > 0) {
    volume.pendingCount--;
    const status = freeChain(volume, load<u32>(volume.pending + (volume.pendingCount << 2)));
    if (first == 0) first = status;
  }
  return first;
}

/** Each step frees a cluster, and a free one ends the chain: so a loop ends, too. */
function freeChain(volume: Volume, first: u32): i32 {
  let cluster = first;
  while (true) {
    const next = nextCluster(volume, cluster);
    if (next < 0) return next;
    const status = freeEntry(volume, cluster);
    if (status < 0) return status;
    if (next == END) return 0;
    cluster = next as u32;
  }
}

function freeEntry(volume: Volume, cluster: u32): i32 {
  const status = writeEntry(volume, cluster, FREE, RANK_TABLE);
  if (status < 0) return status;
  if (volume.freeClusters != UNKNOWN) volume.freeClusters++;
  volume.isInfoDirty = true;
  return 0;
}

function flushTable(volume: Volume, rank: u32): i32 {
  const blocks = volume.fatSectors * volume.sectorBlocks;
  return flushRank(volume.device, volume.fatStart * volume.sectorBlocks, blocks, rank, volume.mirrors, blocks);
}

function storeInformation(volume: Volume): i32 {
  if (volume.infoSector == 0 || !volume.isInfoDirty) return 0;
  volume.isInfoDirty = false;
  // Both words stand side by side.
  store<u32>(volume.nodeEntry, volume.freeClusters);
  store<u32>(
    volume.nodeEntry,
    volume.isCluster(volume.nextFree) ? volume.nextFree : 2,
    INFO_NEXT_FREE - INFO_FREE_COUNT,
  );
  return volume.write(volume.infoSector, INFO_FREE_COUNT, volume.nodeEntry, 8, RANK_DIRECTORY);
}

/** The first free cluster from where the last search ended, or -ENOSPC. */
function findFree(volume: Volume): i32 {
  // The count comes from the disk, and may be wrong: only a look at all entries says that none is free.
  const end = volume.clusterCount + 2;
  let cluster = volume.isCluster(volume.nextFree) ? volume.nextFree : 2;
  for (let left = volume.clusterCount; left > 0; left--) {
    const value = readEntry(volume, cluster);
    if (value < 0) return value;
    if (value == FREE) return cluster as i32;
    if (++cluster == end) cluster = 2;
  }
  volume.freeClusters = 0;
  return -ENOSPC;
}

/** The entry's value; all marks of a chain's end are END. */
function readEntry(volume: Volume, cluster: u32): i32 {
  assert(volume.isCluster(cluster), "no such cluster");
  const at = entryOffset(volume, cluster);
  if (at - volume.windowStart >= volume.windowBytes) {
    const status = moveWindow(volume, at);
    if (status < 0) return status;
  }
  const address = volume.window + (at - volume.windowStart);
  if (volume.bits == 32) {
    const value = load<u32>(address) & ENTRY_MASK_32;
    return value >= 0x0ffffff8 ? END : (value as i32);
  }
  let value: u32 = load<u16>(address);
  if (volume.bits == 16) return value >= 0xfff8 ? END : (value as i32);
  value = (cluster & 1) != 0 ? value >> 4 : value & 0xfff;
  return value >= 0xff8 ? END : (value as i32);
}

function writeEntry(volume: Volume, cluster: u32, value: u32, rank: u32): i32 {
  const old = readEntry(volume, cluster); // brings the window there
  if (old < 0) return old;
  const at = entryOffset(volume, cluster);
  const address = volume.window + (at - volume.windowStart);
  let count: u32 = 2;
  if (volume.bits == 32) {
    // The top four bits aren't ours.
    store<u32>(address, (load<u32>(address) & ~ENTRY_MASK_32) | value);
    count = 4;
  } else if (volume.bits == 16) {
    store<u16>(address, value as u16);
  } else {
    const word: u32 = load<u16>(address);
    const short = value & 0xfff;
    store<u16>(address, ((cluster & 1) != 0 ? (word & 0xf) | (short << 4) : (word & 0xf000) | short) as u16);
  }
  return volume.write(volume.fatStart, at, address, count, rank);
}

function moveWindow(volume: Volume, at: u32): i32 {
  const start = at - (at % WINDOW_BYTES);
  volume.windowBytes = 0;
  const count = min<u32>(WINDOW_BYTES, volume.fatSectors * volume.sectorBytes - start);
  const status = volume.read(volume.fatStart, start, volume.window, count);
  if (status < 0) return status;
  volume.windowStart = start;
  volume.windowBytes = count;
  return 0;
}

/** Bytes from the FAT's start to the entry. */
function entryOffset(volume: Volume, cluster: u32): u32 {
  if (volume.bits == 12) return cluster + (cluster >> 1);
  return volume.bits == 16 ? cluster << 1 : cluster << 2;
}

function blockOf(volume: Volume, cluster: u32): u32 {
  return entryOffset(volume, cluster) / volume.device.blockBytes;
}
