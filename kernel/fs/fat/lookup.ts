// From a path inside a FAT volume to a directory entry.

import { EIO, ENOENT, ENOTDIR, ENOTEMPTY } from "../../abi/errno.ts";
import { partLength } from "../path.ts";
import { ATTRIBUTE_DIRECTORY, ENTRY_ATTRIBUTES, entryCluster, findEntry, isDirectoryEmpty } from "./directory.ts";
import { Volume } from "./volume.ts";

/** What lookup returns if it is no error: the last part is not there, is there, or the path is that of the root. */
export const MISSING: i32 = 0;
export const FOUND: i32 = 1;
export const ROOT: i32 = 2;

/**
 * Follows `path`. With FOUND the volume's entry… is what it names; with MISSING, too, `parent` is the directory of the last
 * part, and `last` and `lastLength` are the part. -ENOENT or -ENOTDIR if the path ends before its last part.
 */
export function lookup(volume: Volume, path: usize): i32 {
  volume.hasPassedWatched = false;
  if (load<u8>(path) == 0) return ROOT;
  let directory = volume.rootCluster;
  let at = path;
  while (true) {
    if (volume.watched != 0 && directory == volume.watched) volume.hasPassedWatched = true;
    const length = partLength(at);
    const status = findEntry(volume, directory, at, length as u32);
    if (status < 0) return status;
    if (load<u8>(at + length) == 0) {
      volume.parent = directory;
      volume.last = at;
      volume.lastLength = length as u32;
      return status;
    }
    if (status == 0) return -ENOENT;
    if (!isDirectoryFound(volume)) return -ENOTDIR;
    directory = entryCluster(volume, volume.entry);
    // A subdirectory has a cluster: 0, the root of FAT12 and FAT16, is nobody's child.
    if (!volume.isCluster(directory)) return -EIO;
    at += length + 1;
  }
}

export function isDirectoryFound(volume: Volume): bool {
  return (load<u8>(volume.entry, ENTRY_ATTRIBUTES) & ATTRIBUTE_DIRECTORY) != 0;
}

/** 0 if nothing is in the directory; -ENOTEMPTY or another error. */
export function checkEmpty(volume: Volume, directory: u32): i32 {
  if (!volume.isCluster(directory)) return -EIO;
  const empty = isDirectoryEmpty(volume, directory);
  return empty < 0 ? empty : empty > 0 ? 0 : -ENOTEMPTY;
}
