// rootfs: an empty directory for "/" while there is no disk for it, so that /dev and /proc can be listed.

import { EISDIR, ENOENT, EROFS } from "../abi/errno.ts";
import { O_ACCMODE, O_CREAT, O_RDONLY, Stat } from "../abi/files.ts";
import { FILE_OPERATIONS_BYTES, File, FileOperations } from "./file.ts";
import { statDirectory } from "./listing.ts";
import { FILE_SYSTEM_BYTES, FileSystem, Mount, registerFileSystem } from "./mount.ts";

const operations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));
const fileSystem = changetype<FileSystem>(memory.data(FILE_SYSTEM_BYTES, 4));

export function initializeRootfs(): void {
  operations.readDirectory = readDirectory;
  operations.stat = statOpen;
  fileSystem.open = open;
  fileSystem.stat = stat;
  registerFileSystem(fileSystem, "rootfs");
}

function open(_mount: Mount, path: usize, flags: u32, file: File): i32 {
  if (load<u8>(path) != 0) return (flags & O_CREAT) != 0 ? -EROFS : -ENOENT;
  if ((flags & (O_ACCMODE | O_CREAT)) != O_RDONLY) return -EISDIR;
  file.operations = operations;
  return 0;
}

function stat(_mount: Mount, path: usize, stat: Stat): i32 {
  if (load<u8>(path) != 0) return -ENOENT;
  statDirectory(stat);
  return 0;
}

function statOpen(_file: File, stat: Stat): i32 {
  statDirectory(stat);
  return 0;
}

function readDirectory(_file: File, _entry: usize): i32 {
  return 0;
}
