// Operations on open files and directories of a FAT volume.

import { EFBIG, EIO } from "../../abi/errno.ts";
import { DirectoryEntry, O_APPEND, Stat } from "../../abi/files.ts";
import { clearCached, RANK_DATA, readCached, writeCached } from "../cache.ts";
import { FILE_OPERATIONS_BYTES, File, FileOperations } from "../file.ts";
import { nextEntry, startScan } from "./directory.ts";
import { closeNode, clusterAt, clusterForWriting, listFound, Node, statNode } from "./node.ts";
import { cutChain, END, flushVolume, freeLater, makeRoom, syncVolume } from "./table.ts";
import { checkMedium, Volume } from "./volume.ts";

/** A size has 32 bits. */
const MAX_SIZE: u32 = 0xffffffff;

export const fileOperations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));
export const directoryOperations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));

export function initializeOperations(): void {
  fileOperations.read = read;
  fileOperations.write = write;
  fileOperations.size = size;
  fileOperations.stat = stat;
  fileOperations.truncate = truncate;
  fileOperations.sync = sync;
  fileOperations.close = close;
  directoryOperations.readDirectory = readDirectory;
  directoryOperations.stat = stat;
  directoryOperations.sync = sync;
  directoryOperations.close = close;
}

/** Makes the file `length` bytes long; the clusters that it loses are freed once its entry on the disk says so. */
export function resizeNode(volume: Volume, node: Node, length: u32): i32 {
  if (length > node.size) return fillUp(volume, node, length);
  if (length == node.size) return 0;
  const kept = clustersOf(volume, length);
  const first = node.firstCluster;
  // The chain must be whole as far as it is kept.
  const last = kept == 0 ? 0 : clusterAt(volume, node, kept - 1);
  if (last < 0 || last == END) return -EIO;
  node.size = length;
  node.touch();
  if (kept == 0) {
    node.firstCluster = 0;
    node.walkCluster = 0;
    return volume.isCluster(first) ? freeLater(volume, first) : 0;
  }
  const status = flushVolume(volume);
  return status < 0 ? status : cutChain(volume, last as u32);
}

function nodeOf(file: File): Node {
  return changetype<Node>(file.node);
}

function read(file: File, buffer: usize, count: u32): i32 {
  const node = nodeOf(file);
  const volume = node.volume;
  volume.lock();
  let status = checkMedium(volume);
  let done: u32 = 0;
  if (status == 0 && file.position < (node.size as u64)) {
    count = min<u32>(count, node.size - (file.position as u32));
    while (done < count && status >= 0) {
      status = moveRun(volume, node, file.position as u32, buffer + done, count - done, false);
      if (status > 0) {
        done += status;
        file.position += status;
      }
    }
  }
  volume.unlock();
  return done > 0 ? (done as i32) : min<i32>(status, 0);
}

function write(file: File, buffer: usize, count: u32): i32 {
  const node = nodeOf(file);
  const volume = node.volume;
  volume.lock();
  let status = checkMedium(volume);
  if (status == 0) status = makeRoom(volume);
  const start = (file.flags & O_APPEND) != 0 ? (node.size as u64) : file.position;
  if (status == 0 && start >= MAX_SIZE) status = -EFBIG;
  const oldSize = node.size;
  if (status == 0 && start > oldSize) status = fillUp(volume, node, start as u32);
  let done: u32 = 0;
  if (status >= 0) {
    let position = start as u32;
    count = min<u32>(count, MAX_SIZE - position);
    while (done < count && status >= 0) {
      status = moveRun(volume, node, position, buffer + done, count - done, true);
      if (status < 0) break;
      done += status;
      position += status;
      if (position > node.size) node.size = position;
      status = makeRoom(volume);
    }
    if (done > 0) {
      node.touch();
      file.position = position;
    } else if (node.size != oldSize) {
      // Not a byte fitted, so the gap before it isn't filled either.
      resizeNode(volume, node, oldSize);
    }
  }
  volume.unlock();
  return done > 0 ? (done as i32) : min<i32>(status, 0);
}

/**
 * Reads or writes bytes from `position` on, as many as lie in neighbouring clusters: returns how many, or an error. When
 * writing, clusters are allocated as needed. Buffer 0: writes zeros.
 */
function moveRun(volume: Volume, node: Node, position: u32, buffer: usize, count: u32, isWrite: bool): i32 {
  const bytes = volume.clusterBytes;
  let index = position / bytes;
  const first = nodeCluster(volume, node, index, isWrite);
  if (first < 0) return first;
  const offset = position % bytes;
  let length = bytes - offset;
  // An error further on is found again, and told, when the caller comes to it.
  for (let last = first; length < count; length += bytes) {
    if (nodeCluster(volume, node, ++index, isWrite) != ++last) break;
  }
  length = min<u32>(length, count);
  const device = volume.device;
  const block = volume.sectorOf(first as u32) * volume.sectorBlocks;
  let status: i32;
  if (!isWrite) status = readCached(device, block, offset, buffer, length);
  else if (buffer == 0) status = clearCached(device, block, offset, length, RANK_DATA);
  else status = writeCached(device, block, offset, buffer, length, RANK_DATA);
  return status < 0 ? status : (length as i32);
}

function nodeCluster(volume: Volume, node: Node, index: u32, isWrite: bool): i32 {
  if (isWrite) return clusterForWriting(volume, node, index);
  const cluster = clusterAt(volume, node, index);
  return cluster == END ? -EIO : cluster; // shorter than its size says
}

/** Makes the file longer, with zeros; all or nothing but for errors of the disk. */
function fillUp(volume: Volume, node: Node, length: u32): i32 {
  const old = node.size;
  while (node.size < length) {
    let status = moveRun(volume, node, node.size, 0, length - node.size, true);
    if (status > 0) {
      node.size += status;
      status = makeRoom(volume);
    }
    if (status < 0) {
      const undone = resizeNode(volume, node, old);
      return undone < 0 ? undone : status;
    }
  }
  node.touch();
  return 0;
}

function clustersOf(volume: Volume, length: u32): u32 {
  return length / volume.clusterBytes + (length % volume.clusterBytes == 0 ? 0 : 1);
}

function size(file: File): i64 {
  return nodeOf(file).size;
}

function stat(file: File, stat: Stat): i32 {
  const node = nodeOf(file);
  const volume = node.volume;
  volume.lock();
  statNode(volume, node, stat);
  volume.unlock();
  return 0;
}

function truncate(file: File, length: u32): i32 {
  const node = nodeOf(file);
  const volume = node.volume;
  volume.lock();
  let status = checkMedium(volume);
  if (status == 0) status = makeRoom(volume);
  if (status == 0) status = resizeNode(volume, node, length);
  volume.unlock();
  return status;
}

function sync(file: File): i32 {
  const volume = nodeOf(file).volume;
  volume.lock();
  let status = checkMedium(volume);
  if (status == 0) status = syncVolume(volume);
  volume.unlock();
  return status;
}

function close(file: File): i32 {
  const node = nodeOf(file);
  const volume = node.volume;
  volume.lock();
  const status = closeNode(volume, node);
  volume.unlock();
  return status;
}

/** The position is the slot where the next entry is looked for. */
function readDirectory(file: File, entry: usize): i32 {
  const node = nodeOf(file);
  const volume = node.volume;
  volume.lock();
  let status = checkMedium(volume);
  if (status == 0 && !node.isDeleted) {
    startScan(volume, node.firstCluster, file.position as u32);
    status = nextEntry(volume);
    if (status > 0) {
      listFound(volume, changetype<DirectoryEntry>(entry));
      file.position = volume.scanIndex;
    }
  }
  volume.unlock();
  return status;
}
