// Open files: what a handle of a process points to. A File belongs to whoever implements its operations (a file system,
// a pipe, a device) and is shared by all handles that were copied from one another: they have one position.
//
// Results follow POSIX: at least 0, or a negated error number. These functions may block the calling thread and are
// called with interrupts on. What two threads do with one File at a time is put in order by its operations: those of a
// file system under the volume's mutex, with the position; devices have no position.

import { EBADF, EINVAL, EISDIR, ENOTDIR, ENOTTY, ESPIPE } from "../abi/errno.ts";
import { O_ACCMODE, O_RDONLY, O_WRONLY, POLL_IN, POLL_OUT, SEEK_CUR, SEEK_END, SEEK_SET, Stat } from "../abi/files.ts";
import { calloc, free } from "../memory/heap.ts";
import { enterCritical, leaveCritical } from "../thread/scheduler.ts";
import { Mount } from "./mount.ts";

export type FileTransfer = (file: File, buffer: usize, count: u32) => i32;
export type FileSize = (file: File) => i64;
export type FileReadDirectory = (file: File, entry: usize) => i32;
export type FileStat = (file: File, stat: Stat) => i32;
export type FileControl = (file: File, request: u32, argument: usize) => i32;
export type FilePoll = (file: File, events: u32) => u32;
export type FileTruncate = (file: File, length: u32) => i32;
export type FileFunction = (file: File) => i32;

/** Bytes of FileOperations, for static memory; all zero is a table without operations. */
export const FILE_OPERATIONS_BYTES: i32 = 40;

/** The operations that the files of one kind share: indexes of the function table, 0 for none. */
@unmanaged
export class FileOperations {
  readIndex: u32;
  writeIndex: u32;
  sizeIndex: u32;
  readDirectoryIndex: u32;
  statIndex: u32;
  ioctlIndex: u32;
  pollIndex: u32;
  truncateIndex: u32;
  syncIndex: u32;
  closeIndex: u32;

  /** Reads up to `count` bytes at the file's position and moves it; returns how many, 0 at the end. */
  set read(operation: FileTransfer) {
    this.readIndex = operation.index;
  }

  /** Writes at the file's position (with O_APPEND: at its end) and moves it; returns how many bytes. */
  set write(operation: FileTransfer) {
    this.writeIndex = operation.index;
  }

  /** The file's bytes; a file without this operation cannot seek. */
  set size(operation: FileSize) {
    this.sizeIndex = operation.index;
  }

  /** Fills a DirectoryEntry in: 1, or 0 at the end. */
  set readDirectory(operation: FileReadDirectory) {
    this.readDirectoryIndex = operation.index;
  }

  set stat(operation: FileStat) {
    this.statIndex = operation.index;
  }

  set ioctl(operation: FileControl) {
    this.ioctlIndex = operation.index;
  }

  /** Those of `events` that hold now; a file without this operation is always ready. */
  set poll(operation: FilePoll) {
    this.pollIndex = operation.index;
  }

  set truncate(operation: FileTruncate) {
    this.truncateIndex = operation.index;
  }

  /** Returns when all that was written is on the medium. */
  set sync(operation: FileFunction) {
    this.syncIndex = operation.index;
  }

  /** Called once, by the last closeFile. */
  set close(operation: FileFunction) {
    this.closeIndex = operation.index;
  }
}

@unmanaged
export class File {
  operations: FileOperations;
  /** O_ flags of the open. */
  flags: u32;
  /** The next byte; for directories, where the next entry is looked for. */
  position: u64;
  /** Handles that point here. */
  references: u32;
  /** Where it was opened; null for what is in no file system, a pipe for one. */
  mount: Mount | null;
  /** The implementation's own. */
  node: usize;
  /** A directory's path, in its own block of the heap; 0 for others. */
  path: usize;
  /** How many mounts inside the directory were listed, after its own entries. */
  listedMounts: u32;
}

let openFiles: u32 = 0;

/** Files that are open, for statistics and tests. */
export function openFileCount(): u32 {
  return openFiles;
}

/** Makes a File with one reference; null if there is no memory. */
export function newFile(operations: FileOperations, flags: u32): File | null {
  const address = calloc(offsetof<File>());
  if (address == 0) return null;
  const file = changetype<File>(address);
  file.operations = operations;
  file.flags = flags;
  file.references = 1;
  const wereEnabled = enterCritical();
  openFiles++;
  leaveCritical(wereEnabled);
  return file;
}

/** Gives back a File that newFile made and that was never opened: its close operation isn't called. */
export function discardFile(file: File): void {
  assert(file.references <= 1, "the file is in use");
  if (file.path != 0) free(file.path);
  const wereEnabled = enterCritical();
  openFiles--;
  leaveCritical(wereEnabled);
  free(changetype<usize>(file));
}

/** Another handle points to the file. */
export function retainFile(file: File): void {
  const wereEnabled = enterCritical();
  assert(file.references > 0, "a file that nobody has is retained");
  file.references++;
  leaveCritical(wereEnabled);
}

/** A handle less points to the file; the last one closes it, and that can give an error (the file is closed all the same). */
export function closeFile(file: File): i32 {
  const wereEnabled = enterCritical();
  assert(file.references > 0, "a file is closed more often than opened");
  const isLast = --file.references == 0;
  leaveCritical(wereEnabled);
  if (!isLast) return 0;
  const index = file.operations.closeIndex;
  const status = index == 0 ? 0 : call_indirect<i32>(index, file);
  const mount = file.mount;
  if (mount !== null) mount.release();
  discardFile(file);
  return status;
}

/** Reads up to `count` bytes at the position, and moves it; returns how many, 0 at the end of the file. */
export function readFile(file: File, buffer: usize, count: u32): i32 {
  if ((file.flags & O_ACCMODE) == O_WRONLY) return -EBADF;
  const index = file.operations.readIndex;
  if (index == 0) return isDirectory(file) ? -EISDIR : -EINVAL;
  if (count == 0) return 0;
  return call_indirect<i32>(index, file, buffer, min<u32>(count, i32.MAX_VALUE));
}

/** Writes up to `count` bytes at the position (with O_APPEND: at the end), and moves it; returns how many. */
export function writeFile(file: File, buffer: usize, count: u32): i32 {
  if ((file.flags & O_ACCMODE) == O_RDONLY) return -EBADF;
  const index = file.operations.writeIndex;
  if (index == 0) return isDirectory(file) ? -EISDIR : -EINVAL;
  if (count == 0) return 0;
  return call_indirect<i32>(index, file, buffer, min<u32>(count, i32.MAX_VALUE));
}

/** Moves the position to `offset` from the start, the position or the end (SEEK_…); returns the new one. */
export function seekFile(file: File, offset: i64, whence: u32): i64 {
  const index = file.operations.sizeIndex;
  if (isDirectory(file)) {
    // Directories only start again.
    if (offset != 0 || whence != SEEK_SET) return -EINVAL;
    file.listedMounts = 0;
    file.position = 0;
    return 0;
  }
  if (index == 0) return -ESPIPE;
  let base: i64 = 0;
  if (whence == SEEK_CUR) base = file.position as i64;
  else if (whence == SEEK_END) base = call_indirect<i64>(index, file);
  else if (whence != SEEK_SET) return -EINVAL;
  if (base < 0) return base;
  if (offset > i64.MAX_VALUE - base || base + offset < 0) return -EINVAL;
  file.position = (base + offset) as u64;
  return base + offset;
}

/** Fills the DirectoryEntry at `entry` in: 1, or 0 after the last one. "." and ".." are not among them. */
export function readDirectory(file: File, entry: usize): i32 {
  const index = file.operations.readDirectoryIndex;
  if (index == 0) return -ENOTDIR;
  const result = file.listedMounts == 0 ? call_indirect<i32>(index, file, entry) : 0;
  const mount = file.mount;
  if (result != 0 || mount === null) return result;
  return mount.readMountPoint(file, entry);
}

/** Fills the Stat at `stat` in. */
export function statFile(file: File, stat: usize): i32 {
  const index = file.operations.statIndex;
  if (index == 0) return -EINVAL;
  const result = changetype<Stat>(stat);
  memory.fill(stat, 0, offsetof<Stat>());
  const mount = file.mount;
  if (mount !== null) result.device = mount.id;
  return call_indirect<i32>(index, file, result);
}

/** Does a device's request (kernel/abi/ioctl.ts). */
export function ioctlFile(file: File, request: u32, argument: usize): i32 {
  const index = file.operations.ioctlIndex;
  return index == 0 ? -ENOTTY : call_indirect<i32>(index, file, request, argument);
}

/** Those of `events` (POLL_…) that hold now; does not block. */
export function pollFile(file: File, events: u32): u32 {
  const index = file.operations.pollIndex;
  return index == 0 ? events & (POLL_IN | POLL_OUT) : call_indirect<u32>(index, file, events);
}

/** Makes the file `length` bytes long: cuts it off, or fills it up with zeros. The position stays. */
export function truncateFile(file: File, length: u64): i32 {
  if ((file.flags & O_ACCMODE) == O_RDONLY) return -EBADF;
  const index = file.operations.truncateIndex;
  if (index == 0) return -EINVAL;
  // No file system here knows larger files; its own limit may be lower.
  if (length > u32.MAX_VALUE) return -EINVAL;
  return call_indirect<i32>(index, file, length as u32);
}

/** Returns when all that was written to the file is on the medium. */
export function syncFile(file: File): i32 {
  const index = file.operations.syncIndex;
  return index == 0 ? 0 : call_indirect<i32>(index, file);
}

function isDirectory(file: File): bool {
  return file.operations.readDirectoryIndex != 0;
}
