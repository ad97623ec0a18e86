// What is known of an open file or directory of a FAT volume: one Node for all who have it open. Its entry on the disk is
// brought up to date when the volume is flushed or the last one closes it.
//
// Where a chain of clusters was walked to is kept, so reading on costs one step.

import { EIO } from "../../abi/errno.ts";
import { DirectoryEntry, S_IFDIR, S_IFREG, Stat } from "../../abi/files.ts";
import { calloc, free } from "../../memory/heap.ts";
import { RANK_DIRECTORY } from "../cache.ts";
import { fileTime, fromFatTime, toFatTime } from "../time.ts";
import {
  ATTRIBUTE_ARCHIVE,
  ATTRIBUTE_DIRECTORY,
  ATTRIBUTE_READ_ONLY,
  ENTRY_ACCESSED_DATE,
  ENTRY_ATTRIBUTES,
  ENTRY_CREATED_DATE,
  ENTRY_CREATED_TIME,
  ENTRY_MODIFIED_DATE,
  ENTRY_MODIFIED_TIME,
  ENTRY_SIZE,
  entryCluster,
  storeCluster,
} from "./directory.ts";
import { allocateCluster, END, freeLater, linkCluster, nextCluster } from "./table.ts";
import { ENTRY_BYTES, Volume } from "./volume.ts";

@unmanaged
export class Node {
  next: Node | null;
  volume: Volume;
  references: u32;
  /** Where its entry is; sector 0: it is the root. */
  entrySector: u32;
  entryOffset: u32;
  /** 0: an empty file, or the root of FAT12 and FAT16. */
  firstCluster: u32;
  size: u32;
  attributes: u8;
  /** The entry on the disk is older. */
  isDirty: bool;
  /** It has no entry any more; its clusters are freed by the last close. */
  isDeleted: bool;
  modified: u32;
  /** The chain's cluster number `walkIndex`; 0: none yet. */
  walkCluster: u32;
  walkIndex: u32;

  get isDirectory(): bool {
    return (this.attributes & ATTRIBUTE_DIRECTORY) != 0;
  }

  /** Its contents have changed. */
  touch(): void {
    this.modified = fileTime();
    this.attributes |= ATTRIBUTE_ARCHIVE;
    this.isDirty = true;
  }
}

/** The open node of the entry there, or null. */
export function findNode(volume: Volume, sector: u32, offset: u32): Node | null {
  let node = volume.firstNode;
  while (node !== null && (node.entrySector != sector || node.entryOffset != offset || node.isDeleted))
    node = node.next;
  return node;
}

/** The node, with one reference more, of the entry that was found or written last; null if there is no memory. */
export function openNode(volume: Volume): Node | null {
  const known = findNode(volume, volume.entrySector, volume.entryOffset);
  if (known !== null) {
    known.references++;
    return known;
  }
  const node = newNode(volume);
  if (node === null) return null;
  const entry = volume.entry;
  node.entrySector = volume.entrySector;
  node.entryOffset = volume.entryOffset;
  node.firstCluster = entryCluster(volume, entry);
  node.size = load<u32>(entry, ENTRY_SIZE);
  node.attributes = load<u8>(entry, ENTRY_ATTRIBUTES);
  node.modified = fromFatTime(load<u16>(entry, ENTRY_MODIFIED_DATE), load<u16>(entry, ENTRY_MODIFIED_TIME));
  return node;
}

export function openRoot(volume: Volume): Node | null {
  const known = findNode(volume, 0, 0);
  if (known !== null) {
    known.references++;
    return known;
  }
  const node = newNode(volume);
  if (node === null) return null;
  node.firstCluster = volume.rootCluster;
  node.attributes = ATTRIBUTE_DIRECTORY;
  return node;
}

/** One reference less; the last one writes the entry to the cache, or frees a deleted file's clusters. 0 or an error. */
export function closeNode(volume: Volume, node: Node): i32 {
  assert(node.references > 0, "a node is closed more often than opened");
  if (--node.references > 0) return 0;
  let status: i32 = 0;
  if (node.isDeleted) {
    if (volume.isCluster(node.firstCluster)) status = freeLater(volume, node.firstCluster);
  } else if (node.isDirty) {
    status = storeNode(volume, node);
  }
  let before: Node | null = null;
  let at = volume.firstNode;
  while (at !== null && at !== node) {
    before = at;
    at = at.next;
  }
  if (before === null) volume.firstNode = node.next;
  else before.next = node.next;
  free(changetype<usize>(node));
  return status;
}

/**
 * The entry that named the chain from `cluster` on is gone: it is freed once that is on the disk, and once nobody has the file
 * open any more (`node`, or null).
 */
export function dropChain(volume: Volume, node: Node | null, cluster: u32): i32 {
  if (node !== null) node.isDeleted = true;
  else if (volume.isCluster(cluster)) return freeLater(volume, cluster);
  return 0;
}

/** Brings the entries of all open files up to date, in the cache: 0 or the first error. */
export function storeDirtyNodes(volume: Volume): i32 {
  let first: i32 = 0;
  for (let node = volume.firstNode; node !== null; node = (node as Node).next) {
    const changed = node as Node;
    const status = changed.isDirty && !changed.isDeleted ? storeNode(volume, changed) : 0;
    if (first == 0) first = status;
  }
  return first;
}

/** The cluster number `index` of the file's chain; END if it has fewer, -EIO if the chain is broken or a loop. */
export function clusterAt(volume: Volume, node: Node, index: u32): i32 {
  if (index >= volume.clusterCount) return -EIO;
  if (node.walkCluster == 0 || node.walkIndex > index) {
    if (node.firstCluster == 0) return END;
    if (!volume.isCluster(node.firstCluster)) return -EIO;
    node.walkCluster = node.firstCluster;
    node.walkIndex = 0;
  }
  while (node.walkIndex < index) {
    const next = nextCluster(volume, node.walkCluster);
    if (next < 0 || next == END) return next;
    node.walkCluster = next as u32;
    node.walkIndex++;
  }
  return node.walkCluster as i32;
}

/** The same for writing: the cluster is allocated if it is the next one of the chain. */
export function clusterForWriting(volume: Volume, node: Node, index: u32): i32 {
  const cluster = clusterAt(volume, node, index);
  if (cluster != END) return cluster;
  assert(node.firstCluster == 0 ? index == 0 : node.walkIndex + 1 == index, "a file grows cluster by cluster");
  const last = node.walkCluster;
  const added = allocateCluster(volume);
  if (added < 0) return added;
  if (node.firstCluster == 0) {
    node.firstCluster = added as u32;
    node.isDirty = true;
  } else {
    const status = linkCluster(volume, last, added as u32);
    if (status < 0) return status;
  }
  node.walkCluster = added as u32;
  node.walkIndex = index;
  return added;
}

/** Fills in what programs see of the node. */
export function statNode(volume: Volume, node: Node, stat: Stat): void {
  statEntry(volume, node.attributes, node.size, node.modified, stat);
  stat.node = nodeNumber(volume, node.entrySector, node.entryOffset);
  // The node keeps what changes; the rest is in its entry.
  const hasEntry = node.entrySector != 0 && !node.isDeleted;
  if (hasEntry && volume.read(node.entrySector, node.entryOffset, volume.nodeEntry, ENTRY_BYTES) == 0) {
    statTimes(volume.nodeEntry, stat);
  }
}

/** Fills in what programs see of the root. */
export function statRoot(volume: Volume, stat: Stat): void {
  statEntry(volume, ATTRIBUTE_DIRECTORY, 0, 0, stat);
}

/** Fills in what programs see of the entry that was found last. */
export function statFound(volume: Volume, stat: Stat): void {
  const node = findNode(volume, volume.entrySector, volume.entryOffset);
  if (node !== null) {
    statNode(volume, node, stat);
    return;
  }
  const entry = volume.entry;
  const modified = fromFatTime(load<u16>(entry, ENTRY_MODIFIED_DATE), load<u16>(entry, ENTRY_MODIFIED_TIME));
  statEntry(volume, load<u8>(entry, ENTRY_ATTRIBUTES), load<u32>(entry, ENTRY_SIZE), modified, stat);
  statTimes(entry, stat);
  stat.node = nodeNumber(volume, volume.entrySector, volume.entryOffset);
}

/** Fills in a DirectoryEntry for the entry that was found last. */
export function listFound(volume: Volume, entry: DirectoryEntry): void {
  const node = findNode(volume, volume.entrySector, volume.entryOffset);
  const found = volume.entry;
  entry.node = nodeNumber(volume, volume.entrySector, volume.entryOffset);
  entry.mode = modeOf(load<u8>(found, ENTRY_ATTRIBUTES));
  entry.size = node === null ? load<u32>(found, ENTRY_SIZE) : node.size;
  entry.modified =
    node === null
      ? fromFatTime(load<u16>(found, ENTRY_MODIFIED_DATE), load<u16>(found, ENTRY_MODIFIED_TIME))
      : node.modified;
  entry.nameBytes = volume.nameLength;
  memory.copy(entry.name, volume.name, volume.nameLength + 1);
}

function newNode(volume: Volume): Node | null {
  const address = calloc(offsetof<Node>());
  if (address == 0) return null;
  const node = changetype<Node>(address);
  node.volume = volume;
  node.references = 1;
  node.next = volume.firstNode;
  volume.firstNode = node;
  return node;
}

function storeNode(volume: Volume, node: Node): i32 {
  assert(node.entrySector != 0, "the root has no entry");
  const entry = volume.nodeEntry;
  let status = volume.read(node.entrySector, node.entryOffset, entry, ENTRY_BYTES);
  if (status < 0) return status;
  const time = toFatTime(node.modified);
  store<u8>(entry, node.attributes, ENTRY_ATTRIBUTES);
  store<u32>(entry, node.size, ENTRY_SIZE);
  store<u16>(entry, (time >> 16) as u16, ENTRY_MODIFIED_DATE);
  store<u16>(entry, (time >> 16) as u16, ENTRY_ACCESSED_DATE);
  store<u16>(entry, time as u16, ENTRY_MODIFIED_TIME);
  storeCluster(entry, node.firstCluster);
  status = volume.write(node.entrySector, node.entryOffset, entry, ENTRY_BYTES, RANK_DIRECTORY);
  if (status == 0) node.isDirty = false;
  return status;
}

function statTimes(entry: usize, stat: Stat): void {
  stat.created = fromFatTime(load<u16>(entry, ENTRY_CREATED_DATE), load<u16>(entry, ENTRY_CREATED_TIME));
  stat.accessed = fromFatTime(load<u16>(entry, ENTRY_ACCESSED_DATE), 0);
}

function statEntry(volume: Volume, attributes: u8, size: u32, modified: u32, stat: Stat): void {
  stat.mode = modeOf(attributes);
  stat.links = 1;
  stat.size = size;
  stat.modified = modified;
  stat.blockBytes = volume.clusterBytes;
  stat.blocks = size / volume.clusterBytes + (size % volume.clusterBytes == 0 ? 0 : 1);
}

function modeOf(attributes: u8): u32 {
  if ((attributes & ATTRIBUTE_DIRECTORY) != 0) return S_IFDIR | 0o755;
  return S_IFREG | ((attributes & ATTRIBUTE_READ_ONLY) != 0 ? 0o444 : 0o644);
}

/** The entry's place on the disk is the file's number. */
function nodeNumber(volume: Volume, sector: u32, offset: u32): u32 {
  return sector * (volume.sectorBytes / ENTRY_BYTES) + offset / ENTRY_BYTES;
}
