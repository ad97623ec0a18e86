// Renaming and moving inside a FAT volume. The old name goes from the disk before the new one comes, unless both lie in one
// block and change at once: so a crash never leaves two names for one chain, at worst a chain without a name. A file that
// is there already under the new name keeps its entry, which then names the other chain.

import { EACCES, EBUSY, EINVAL, EIO, EISDIR, ENOENT, ENOTDIR } from "../../abi/errno.ts";
import { RANK_DIRECTORY } from "../cache.ts";
import { Mount } from "../mount.ts";
import {
  ATTRIBUTE_READ_ONLY,
  ENTRY_ATTRIBUTES,
  ENTRY_CREATED_TENTHS,
  entryCluster,
  findParent,
  freeSlots,
  prepareEntry,
  setParent,
  slotBlock,
  writeSlots,
} from "./directory.ts";
import { checkEmpty, FOUND, isDirectoryFound, lookup, MISSING, ROOT } from "./lookup.ts";
import { dropChain, findNode, Node, storeDirtyNodes } from "./node.ts";
import { flushVolume, makeRoom } from "./table.ts";
import { checkMedium, ENTRY_BYTES, Volume } from "./volume.ts";

export function rename(mount: Mount, from: usize, to: usize): i32 {
  const volume = changetype<Volume>(mount.volume);
  volume.lock();
  const status = renameLocked(volume, from, to);
  volume.unlock();
  return status;
}

function renameLocked(volume: Volume, from: usize, to: usize): i32 {
  let status = checkMedium(volume);
  // Entries are copied, so they must be up to date.
  if (status == 0) status = storeDirtyNodes(volume);
  if (status == 0) status = makeRoom(volume);
  if (status == 0) status = lookup(volume, from);
  if (status == MISSING) return -ENOENT;
  if (status == ROOT) return -EBUSY;
  if (status < 0) return status;
  const node = findNode(volume, volume.entrySector, volume.entryOffset);
  const sector = volume.entrySector;
  const offset = volume.entryOffset;
  volume.sourceDirectory = volume.parent;
  volume.sourceFirst = volume.entryFirst;
  volume.sourceIndex = volume.entryIndex;
  memory.copy(volume.sourceEntry, volume.entry, ENTRY_BYTES);
  const isDirectory = isDirectoryFound(volume);

  const cluster = entryCluster(volume, volume.entry);
  if (isDirectory && !volume.isCluster(cluster)) return -EIO;
  volume.watched = isDirectory ? cluster : 0;
  status = lookup(volume, to);
  volume.watched = 0;
  if (status < 0) return status;
  if (status == ROOT) return -EBUSY;
  if (volume.hasPassedWatched) return -EINVAL; // a directory into itself
  if (status == FOUND && (volume.entrySector != sector || volume.entryOffset != offset)) {
    return replace(volume, node, isDirectory);
  }
  if (status == FOUND && volume.nameLength == volume.lastLength) {
    if (memory.compare(volume.name, volume.last, volume.lastLength) == 0) return 0;
  }
  return move(volume, node, isDirectory);
}

/** The target is there: its entry gets all of the source's but the name. */
function replace(volume: Volume, node: Node | null, isDirectory: bool): i32 {
  const directory = volume.parent;
  const sector = volume.entrySector;
  const offset = volume.entryOffset;
  const index = volume.entryIndex;
  const cluster = entryCluster(volume, volume.entry);
  const target = findNode(volume, sector, offset);
  if (isDirectoryFound(volume) != isDirectory) return isDirectory ? -ENOTDIR : -EISDIR;
  if ((load<u8>(volume.entry, ENTRY_ATTRIBUTES) & ATTRIBUTE_READ_ONLY) != 0) return -EACCES;
  if (isDirectory) {
    const empty = checkEmpty(volume, cluster);
    if (empty < 0) return empty;
  }
  let status = removeSource(volume, directory, index, index, isDirectory);
  if (status == 0) status = volume.read(sector, offset, volume.entry, ENTRY_BYTES);
  if (status < 0) return status;
  copyFields(volume);
  status = volume.write(sector, offset, volume.entry, ENTRY_BYTES, RANK_DIRECTORY);
  if (status < 0) return status;
  volume.entrySector = sector;
  volume.entryOffset = offset;
  moveNode(volume, node);
  return dropChain(volume, target, cluster);
}

/** Nothing is at the target, or the source itself under a name that differs in case. */
function move(volume: Volume, node: Node | null, isDirectory: bool): i32 {
  const directory = volume.parent;
  let status = prepareEntry(volume, directory, volume.last, volume.lastLength);
  if (status < 0) return status;
  copyFields(volume);
  status = removeSource(volume, directory, volume.entryFirst, volume.entryIndex, isDirectory);
  if (status == 0) status = writeSlots(volume, directory, volume.last, volume.lastLength);
  if (status == 0) moveNode(volume, node);
  return status;
}

/** Frees the source's slots; slots `first` to `last` of `directory` are written next, so that waits if it can't be at once. */
function removeSource(volume: Volume, directory: u32, first: u32, last: u32, isDirectory: bool): i32 {
  const block = slotBlock(volume, directory, first);
  const isAtOnce =
    block == slotBlock(volume, directory, last) &&
    block == slotBlock(volume, volume.sourceDirectory, volume.sourceFirst) &&
    block == slotBlock(volume, volume.sourceDirectory, volume.sourceIndex);
  const cluster = entryCluster(volume, volume.sourceEntry);
  const hasNewParent = isDirectory && directory != volume.sourceDirectory;
  let status = hasNewParent ? findParent(volume, cluster) : 0;
  if (status == 0) status = freeSlots(volume, volume.sourceDirectory, volume.sourceFirst, volume.sourceIndex);
  if (status == 0 && !isAtOnce) status = flushVolume(volume);
  if (status < 0 || !hasNewParent) return status;
  status = setParent(volume, cluster, directory);
  return status < 0 ? status : flushVolume(volume);
}

/** Copies all of the source's entry but the name and its case bits. */
function copyFields(volume: Volume): void {
  store<u8>(volume.entry, load<u8>(volume.sourceEntry, ENTRY_ATTRIBUTES), ENTRY_ATTRIBUTES);
  const rest = ENTRY_CREATED_TENTHS;
  memory.copy(volume.entry + rest, volume.sourceEntry + rest, (ENTRY_BYTES as usize) - rest);
}

/** The open file's entry is now where the volume's entry… is. */
function moveNode(volume: Volume, node: Node | null): void {
  if (node === null) return;
  node.entrySector = volume.entrySector;
  node.entryOffset = volume.entryOffset;
}
