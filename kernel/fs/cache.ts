// The buffer cache: blocks of block devices in memory, in pages of 4 KiB, least recently used first out. Writes stay here
// until they are flushed or their page is needed for something else.
//
// What goes to the disk when matters: a file system must be whole after a crash at any moment. So each dirty block has a
// rank. Rank 0, the contents of files, may be written at any time. Blocks of the other ranks wait until the file system
// flushes that rank, in its order; it must do so before half the cache is full of them (heldPageCount).
//
// Who may do what:
//  - The lists and all fields but a page's contents are changed with interrupts off, for short.
//  - A page's contents and its valid and dirty bits belong to who holds its mutex, which is held over I/O. A thread holds
//    one page at a time and takes no other lock meanwhile: so pages can't deadlock, whatever their callers hold.
//  - `pins` counts who holds or waits for a page's mutex: a pinned page isn't reused.
// A partition's blocks are cached as blocks of its disk, so both show the same bytes.

import { EIO, ENOMEM } from "../abi/errno.ts";
import { transferBlocks } from "../device/block.ts";
import { Device, DeviceKind } from "../device/device.ts";
import { allocateFrames, FRAME_BYTES } from "../memory/frames.ts";
import { calloc } from "../memory/heap.ts";
import { interruptsEnabled } from "../platform/interrupts.ts";
import { Mutex } from "../thread/mutex.ts";
import { enterCritical, leaveCritical } from "../thread/scheduler.ts";
import { WaitQueue } from "../thread/waitQueue.ts";

export const PAGE_BYTES: u32 = FRAME_BYTES as u32;
const MIN_PAGES: u32 = 8;
const BUCKETS: u32 = 64;

/** Ranks of dirty blocks, in the order in which a file system flushes them. */
export const RANK_DATA: u32 = 0;
export const RANK_TABLE: u32 = 1;
export const RANK_LINK: u32 = 2;
export const RANK_DIRECTORY: u32 = 3;
const HIGHEST_RANK: u32 = 3;

@unmanaged
class CachePage extends Mutex {
  /** The disk, never a partition; null: nothing is cached here. */
  device: Device | null;
  /** Which page of the disk. */
  index: u32;
  data: usize;
  /** Bit b: block b of the page is what the device has, or newer. */
  valid: u32;
  /** Bit b: block b must be written. */
  dirty: u32;
  /** Byte r − 1: those of the dirty blocks that have rank r. */
  held: u32;
  pins: u32;
  /** Writing it back has failed: it is tried again only by a flush, which tells somebody. */
  hasFailed: bool;
  nextInBucket: CachePage | null;
  /** The list by use: the most recently used page is first. */
  newer: CachePage | null;
  older: CachePage | null;

  ofRank(rank: u32): u32 {
    if (rank > RANK_DATA) return (this.held >> ((rank - 1) << 3)) & 0xff;
    return this.dirty & ~(this.held | (this.held >> 8) | (this.held >> 16));
  }
}

/** What the cache did since the start. */
@unmanaged
export class CacheStatistics {
  hits: u32;
  misses: u32;
  reads: u32;
  writes: u32;
  blocksRead: u32;
  blocksWritten: u32;
  evictions: u32;
}
export const cacheStatistics = changetype<CacheStatistics>(memory.data(28, 4));

let pages: usize = 0;
let pageCount: u32 = 0;
let dirtyPages: u32 = 0;
/** Pages with a block of a rank above 0. */
let heldPages: u32 = 0;
const buckets = memory.data(256, 4);
let newest: CachePage | null = null;
let oldest: CachePage | null = null;
/** Threads that found every page pinned. */
const pageWaiters = changetype<WaitQueue>(memory.data(8, 4));

/** Takes memory for at most `count` pages, once; false if there is not even enough for a few. */
export function initializeCache(count: u32): bool {
  if (pageCount > 0) return true;
  if (pages == 0) pages = calloc(count * offsetof<CachePage>());
  if (pages == 0) return false;
  for (; pageCount < count; pageCount++) {
    const data = allocateFrames(1);
    if (data == 0) break;
    const page = pageAt(pageCount);
    page.data = data;
    linkOldest(page);
  }
  return pageCount >= MIN_PAGES;
}

export function cachePageCount(): u32 {
  return pageCount;
}

/** Pages with blocks that only a flush of their rank writes. */
export function heldPageCount(): u32 {
  return heldPages;
}

/** Whether there is anything to write to `device`. */
export function isDirty(device: Device): bool {
  for (let i: u32 = 0; i < pageCount; i++) {
    if (blocksOf(pageAt(i), device, pageAt(i).dirty) != 0) return true;
  }
  return false;
}

export function dirtyPageCount(): u32 {
  return dirtyPages;
}

/** Reads `count` bytes from `offset` bytes behind the start of `block` on: 0 or an error. */
export function readCached(device: Device, block: u32, offset: u32, buffer: usize, count: u32): i32 {
  return transfer(device, block, offset, buffer, count, Direction.Read, RANK_DATA);
}

/** Writes bytes likewise; they go to the disk when a block of that rank may. */
export function writeCached(device: Device, block: u32, offset: u32, buffer: usize, count: u32, rank: u32): i32 {
  assert(rank <= HIGHEST_RANK, "no such rank");
  return transfer(device, block, offset, buffer, count, Direction.Write, rank);
}

/** Writes `count` zero bytes likewise. */
export function clearCached(device: Device, block: u32, offset: u32, count: u32, rank: u32): i32 {
  assert(rank <= HIGHEST_RANK, "no such rank");
  return transfer(device, block, offset, 0, count, Direction.Clear, rank);
}

/**
 * Writes the dirty blocks of `rank` among `count` blocks from `first` on, in ascending order; each one also `mirrors` times
 * more, `mirrorBlocks` blocks on (copies of a table). Returns 0 or the first error; the blocks that failed stay dirty.
 */
export function flushRank(device: Device, first: u32, count: u32, rank: u32, mirrors: u32, mirrorBlocks: u32): i32 {
  assert(interruptsEnabled(), "a flush needs interrupts on");
  const disk = diskOf(device);
  const start = device.firstBlock + first;
  let status: i32 = 0;
  let next: u32 = 0;
  while (true) {
    const page = pinNext(disk, next, rank, start, count);
    if (page === null) return status;
    next = page.index + 1;
    page.lock();
    const mask = page.ofRank(rank) & rangeMask(page, start, count);
    for (let copy: u32 = 1; copy <= mirrors; copy++) {
      const result = writeCopy(page, mask, copy * mirrorBlocks);
      if (status == 0) status = result;
    }
    const result = writeBack(page, mask);
    if (status == 0) status = result;
    unpin(page);
    for (let copy: u32 = 1; copy <= mirrors; copy++) forgetBlocks(disk, next - 1, mask, copy * mirrorBlocks);
  }
}

/** Writes the dirty blocks of rank 0 of the whole device. */
export function flushData(device: Device): i32 {
  return flushRank(device, 0, device.blockCount, RANK_DATA, 0, 0);
}

/** Forgets all that is cached of `device`, written or not: it is not mounted, or gone. */
export function discardCached(device: Device): void {
  const disk = diskOf(device);
  for (let i: u32 = 0; i < pageCount; i++) {
    const page = pageAt(i);
    const wereEnabled = enterCritical();
    const isHere = page.device === disk;
    if (isHere) page.pins++;
    leaveCritical(wereEnabled);
    if (!isHere) continue;
    page.lock();
    const mask = rangeMask(page, device.firstBlock, device.blockCount);
    page.valid &= ~mask;
    setDirty(page, page.dirty & ~mask, page.held & ~(mask * 0x10101));
    unpin(page);
  }
}

const enum Direction {
  Read,
  Write,
  Clear,
}

function transfer(
  device: Device,
  block: u32,
  offset: u32,
  buffer: usize,
  count: u32,
  direction: Direction,
  rank: u32,
): i32 {
  assert(device.kind === DeviceKind.Block, "only block devices are cached");
  assert(interruptsEnabled(), "the cache may wait: it needs interrupts on");
  const blockBytes = device.blockBytes;
  assert(blockBytes <= PAGE_BYTES && PAGE_BYTES / blockBytes <= 8, "a page has 1 to 8 blocks");
  block += offset / blockBytes;
  offset %= blockBytes;
  // Blocks that the transfer touches, all on the device.
  if (count > 0 && block >= device.blockCount) return -EIO;
  if (count > 0 && (offset + count - 1) / blockBytes >= device.blockCount - block) return -EIO;
  const disk = diskOf(device);
  block += device.firstBlock;
  const perPage = PAGE_BYTES / blockBytes;
  while (count > 0) {
    const page = lockPage(disk, block / perPage);
    if (page === null) return -ENOMEM;
    const from = (block % perPage) * blockBytes + offset;
    const length = min<u32>(count, PAGE_BYTES - from);
    const status = access(page, from, length, buffer, direction, rank);
    unpin(page);
    if (status < 0) return status;
    buffer += length;
    count -= length;
    offset = 0;
    block += perPage - (block % perPage);
  }
  return 0;
}

/** Moves bytes between a locked page and the caller's memory. */
function access(page: CachePage, from: u32, length: u32, buffer: usize, direction: Direction, rank: u32): i32 {
  const blockBytes = (page.device as Device).blockBytes;
  const first = from / blockBytes;
  const end = (from + length + blockBytes - 1) / blockBytes;
  const touched = mask(first, end);
  let needed = touched;
  if (direction !== Direction.Read) {
    // Blocks that are written as a whole need not be read.
    const wholeFirst = (from + blockBytes - 1) / blockBytes;
    const wholeEnd = (from + length) / blockBytes;
    if (wholeFirst < wholeEnd) needed &= ~mask(wholeFirst, wholeEnd);
  }
  if ((needed & ~page.valid) != 0) {
    cacheStatistics.misses++;
    const status = fill(page, needed & ~page.valid, direction === Direction.Read);
    if (status < 0) return status;
  } else {
    cacheStatistics.hits++;
  }
  const data = page.data + from;
  if (direction === Direction.Read) {
    memory.copy(buffer, data, length);
    return 0;
  }
  if (direction === Direction.Write) memory.copy(data, buffer, length);
  else memory.fill(data, 0, length);
  page.valid |= touched;
  setDirty(page, page.dirty | touched, rank > RANK_DATA ? raise(page.held, touched, rank) : page.held);
  return 0;
}

/** `held` with `blocks` at `rank`, but for those that have a higher one. */
function raise(held: u32, blocks: u32, rank: u32): u32 {
  for (let higher = rank + 1; higher <= HIGHEST_RANK; higher++) blocks &= ~(held >> ((higher - 1) << 3));
  return (held & ~(blocks * 0x10101)) | (blocks << ((rank - 1) << 3));
}

/** Reads the blocks `missing` from the device; with `ahead`, also what else is not valid up to the page's end. */
function fill(page: CachePage, missing: u32, ahead: bool): i32 {
  const disk = page.device as Device;
  const perPage = PAGE_BYTES / disk.blockBytes;
  const start = page.index * perPage;
  const onDevice = min<u32>(perPage, disk.blockCount - start);
  if (ahead) missing = ~page.valid & mask(ctz<u32>(missing), onDevice);
  while (missing != 0) {
    const first = ctz<u32>(missing);
    const count = ctz<u32>(~(missing >> first));
    const status = transferBlocks(disk, false, start + first, count, page.data + first * disk.blockBytes);
    if (status < 0) return status;
    cacheStatistics.reads++;
    cacheStatistics.blocksRead += count;
    missing &= ~mask(first, first + count);
    page.valid |= mask(first, first + count);
  }
  return 0;
}

/** Writes those blocks of a locked page. */
function writeBack(page: CachePage, blocks: u32): i32 {
  let left = blocks;
  while (left != 0) {
    const first = ctz<u32>(left);
    const count = ctz<u32>(~(left >> first));
    const status = writeRun(page, first, count, 0);
    if (status < 0) {
      page.hasFailed = true;
      return status;
    }
    const run = mask(first, first + count);
    setDirty(page, page.dirty & ~run, page.held & ~(run * 0x10101));
    left &= ~run;
  }
  page.hasFailed = false;
  return 0;
}

/** The blocks of page `index`, `distance` blocks on, were written past the cache. */
function forgetBlocks(disk: Device, index: u32, blocks: u32, distance: u32): void {
  const perPage = PAGE_BYTES / disk.blockBytes;
  for (; blocks != 0; blocks &= blocks - 1) {
    const block = index * perPage + ctz<u32>(blocks) + distance;
    const wereEnabled = enterCritical();
    const page = find(disk, block / perPage);
    if (page !== null) page.pins++;
    leaveCritical(wereEnabled);
    if (page === null) continue;
    page.lock();
    page.valid &= ~(1 << (block % perPage));
    unpin(page);
  }
}

/** Writes those blocks of a locked page a second time, `distance` blocks on. */
function writeCopy(page: CachePage, blocks: u32, distance: u32): i32 {
  while (blocks != 0) {
    const first = ctz<u32>(blocks);
    const count = ctz<u32>(~(blocks >> first));
    const status = writeRun(page, first, count, distance);
    if (status < 0) return status;
    blocks &= ~mask(first, first + count);
  }
  return 0;
}

function writeRun(page: CachePage, first: u32, count: u32, distance: u32): i32 {
  const disk = page.device as Device;
  const block = page.index * (PAGE_BYTES / disk.blockBytes) + first + distance;
  cacheStatistics.writes++;
  cacheStatistics.blocksWritten += count;
  return transferBlocks(disk, true, block, count, page.data + first * disk.blockBytes);
}

/** The page, pinned and locked; null if all pages are full of what may not be written now. */
function lockPage(disk: Device, index: u32): CachePage | null {
  const wereEnabled = enterCritical();
  let page = find(disk, index);
  while (page === null) {
    if (dirtyPages < pageCount) page = oldestUnpinned(true);
    if (page !== null) {
      rebind(page, disk, index);
      break;
    }
    const dirty = oldestUnpinned(false);
    if (dirty !== null) {
      dirty.pins++;
      leaveCritical(wereEnabled);
      dirty.lock();
      writeBack(dirty, dirty.ofRank(RANK_DATA));
      unpin(dirty);
      enterCritical();
    } else if (isAnyPinned()) {
      pageWaiters.wait();
    } else {
      break;
    }
    page = find(disk, index); // another thread may have brought it meanwhile
  }
  if (page !== null) {
    page.pins++;
    unlinkUse(page);
    linkNewest(page);
  }
  leaveCritical(wereEnabled);
  if (page !== null) page.lock();
  return page;
}

/** Unlocks a page and lets others have it. */
function unpin(page: CachePage): void {
  page.unlock();
  const wereEnabled = enterCritical();
  page.pins--;
  if (page.pins == 0 && !pageWaiters.isEmpty) pageWaiters.wakeAll();
  leaveCritical(wereEnabled);
}

/** Pins the page with the lowest number from `from` on that has blocks of `rank` in the range. */
function pinNext(disk: Device, from: u32, rank: u32, start: u32, count: u32): CachePage | null {
  const wereEnabled = enterCritical();
  // Mostly it is the very next one.
  let best = find(disk, from);
  if (best !== null && (best.ofRank(rank) & rangeMask(best, start, count)) == 0) best = null;
  if (best === null) {
    for (let i: u32 = 0; i < pageCount; i++) {
      const page = pageAt(i);
      if (page.dirty == 0 || page.device !== disk || page.index < from) continue;
      if (best !== null && page.index > best.index) continue;
      if ((page.ofRank(rank) & rangeMask(page, start, count)) != 0) best = page;
    }
  }
  if (best !== null) best.pins++;
  leaveCritical(wereEnabled);
  return best;
}

/** The blocks of the page that lie among the `count` of its disk from `start` on. */
function rangeMask(page: CachePage, start: u32, count: u32): u32 {
  const perPage = PAGE_BYTES / (page.device as Device).blockBytes;
  const first = page.index * perPage;
  const from = max<u32>(first, start);
  const to = min<u32>(first + perPage, start + count);
  return from < to ? mask(from - first, to - first) : 0;
}

function blocksOf(page: CachePage, device: Device, blocks: u32): u32 {
  if (page.device !== diskOf(device)) return 0;
  return blocks & rangeMask(page, device.firstBlock, device.blockCount);
}

function setDirty(page: CachePage, dirty: u32, held: u32): void {
  const wereEnabled = enterCritical();
  if (dirty != 0 && page.dirty == 0) dirtyPages++;
  if (dirty == 0 && page.dirty != 0) dirtyPages--;
  if (held != 0 && page.held == 0) heldPages++;
  if (held == 0 && page.held != 0) heldPages--;
  page.dirty = dirty;
  page.held = held;
  leaveCritical(wereEnabled);
}

/** Bits `from` to `to` − 1. */
function mask(from: u32, to: u32): u32 {
  return (((1 as u32) << to) - 1) & ~(((1 as u32) << from) - 1);
}

function diskOf(device: Device): Device {
  const parent = device.parent;
  return parent === null ? device : parent;
}

function pageAt(index: u32): CachePage {
  return changetype<CachePage>(pages + index * offsetof<CachePage>());
}

/** The page that was used longest ago of those that are clean, or that rank 0 alone makes dirty. Interrupts are off. */
function oldestUnpinned(isClean: bool): CachePage | null {
  let page = oldest;
  while (page !== null && (page.pins > 0 || page.held != 0 || (page.dirty != 0 && (isClean || page.hasFailed)))) {
    page = page.newer;
  }
  return page;
}

function isAnyPinned(): bool {
  for (let i: u32 = 0; i < pageCount; i++) if (pageAt(i).pins > 0) return true;
  return false;
}

/** Makes a clean page that of another place. Interrupts are off. */
function rebind(page: CachePage, disk: Device, index: u32): void {
  const old = page.device;
  if (old !== null) {
    unlinkBucket(page, bucketOf(old, page.index));
    cacheStatistics.evictions++;
  }
  page.device = disk;
  page.index = index;
  page.valid = 0;
  page.hasFailed = false;
  const bucket = bucketOf(disk, index);
  page.nextInBucket = changetype<CachePage | null>(load<u32>(bucket) as usize);
  store<u32>(bucket, changetype<usize>(page) as u32);
}

function find(disk: Device, index: u32): CachePage | null {
  let page = changetype<CachePage | null>(load<u32>(bucketOf(disk, index)) as usize);
  while (page !== null && (page.index != index || page.device !== disk)) page = page.nextInBucket;
  return page;
}

function bucketOf(disk: Device, index: u32): usize {
  return buckets + (((((changetype<usize>(disk) as u32) >> 4) + index) % BUCKETS) << 2);
}

function unlinkBucket(page: CachePage, bucket: usize): void {
  let at = changetype<CachePage | null>(load<u32>(bucket) as usize);
  if (at === page) {
    store<u32>(bucket, changetype<usize>(page.nextInBucket) as u32);
    return;
  }
  while (at !== null && at.nextInBucket !== page) at = at.nextInBucket;
  if (at !== null) at.nextInBucket = page.nextInBucket;
}

function linkNewest(page: CachePage): void {
  const next = newest;
  page.newer = null;
  page.older = next;
  if (next === null) oldest = page;
  else next.newer = page;
  newest = page;
}

function linkOldest(page: CachePage): void {
  const next = oldest;
  page.older = null;
  page.newer = next;
  if (next === null) newest = page;
  else next.older = page;
  oldest = page;
}

function unlinkUse(page: CachePage): void {
  const newer = page.newer;
  const older = page.older;
  if (newer === null) newest = older;
  else newer.older = older;
  if (older === null) oldest = newer;
  else older.newer = newer;
}
