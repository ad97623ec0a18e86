// Files and directories, by the names of POSIX. Paths are TypeScript strings. Each function returns what the system call does: from 0 on what
// was asked for, below 0 a negated error number (errno.ts).

import {
  DIRECTORY_ENTRY_BYTES,
  DirectoryEntry,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  PATH_MAX,
  POLL_IN,
  POLL_OUT,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  STAT_BYTES,
  Stat,
} from "../../kernel/abi/files.ts";
import { STDERR, STDIN, STDOUT } from "../../kernel/abi/processes.ts";
import {
  SYS_CHDIR,
  SYS_CLOSE,
  SYS_DUP,
  SYS_FSTAT,
  SYS_GETCWD,
  SYS_IOCTL,
  SYS_MKDIR,
  SYS_MOUNT,
  SYS_OPEN,
  SYS_PIPE,
  SYS_POLL,
  SYS_READ,
  SYS_READDIR,
  SYS_RENAME,
  SYS_RMDIR,
  SYS_SEEK,
  SYS_STAT,
  SYS_SYNC,
  SYS_TRUNCATE,
  SYS_UNLINK,
  SYS_UNMOUNT,
  SYS_WRITE,
} from "../../kernel/abi/systemCalls.ts";
import { systemCall } from "./system.external.ts";
import { addressOf, fromBytes, toBytes } from "./text.ts";

export {
  DIRECTORY_ENTRY_BYTES,
  DirectoryEntry,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  POLL_IN,
  POLL_OUT,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  STAT_BYTES,
  STDERR,
  STDIN,
  STDOUT,
  Stat,
};

/** Opens a file (O_…): a handle. */
export function open(path: string, flags: u32 = O_RDONLY): i32 {
  return systemCall(SYS_OPEN, addressOf(toBytes(path)), flags, 0, 0, 0);
}

export function close(handle: i32): i32 {
  return systemCall(SYS_CLOSE, handle, 0, 0, 0, 0);
}

/** Reads up to `count` bytes: how many, 0 at the end. */
export function read(handle: i32, buffer: usize, count: usize): i32 {
  return systemCall(SYS_READ, handle, buffer, count, 0, 0);
}

/** Writes up to `count` bytes: how many. */
export function write(handle: i32, buffer: usize, count: usize): i32 {
  return systemCall(SYS_WRITE, handle, buffer, count, 0, 0);
}

/** Writes all of `count` bytes: 0, or a negated error number. */
export function writeAll(handle: i32, buffer: usize, count: usize): i32 {
  for (let done: usize = 0; done < count; ) {
    const put = write(handle, buffer + done, count - done);
    if (put < 0) return put;
    done += put;
  }
  return 0;
}

/** Moves the position (SEEK_…): the new one. */
export function lseek(handle: i32, offset: i32, whence: u32): i32 {
  return systemCall(SYS_SEEK, handle, offset, whence, 0, 0);
}

/** Fills a Stat of STAT_BYTES in. */
export function stat(path: string, out: Stat): i32 {
  return systemCall(SYS_STAT, addressOf(toBytes(path)), changetype<usize>(out), 0, 0, 0);
}

export function fstat(handle: i32, out: Stat): i32 {
  return systemCall(SYS_FSTAT, handle, changetype<usize>(out), 0, 0, 0);
}

/** Fills a DirectoryEntry of DIRECTORY_ENTRY_BYTES in with the next file of an open directory: 1, or 0 after the last. */
export function readdir(handle: i32, out: DirectoryEntry): i32 {
  return systemCall(SYS_READDIR, handle, changetype<usize>(out), 0, 0, 0);
}

export function mkdir(path: string): i32 {
  return systemCall(SYS_MKDIR, addressOf(toBytes(path)), 0, 0, 0, 0);
}

export function unlink(path: string): i32 {
  return systemCall(SYS_UNLINK, addressOf(toBytes(path)), 0, 0, 0, 0);
}

export function rmdir(path: string): i32 {
  return systemCall(SYS_RMDIR, addressOf(toBytes(path)), 0, 0, 0, 0);
}

export function rename(from: string, to: string): i32 {
  const source = toBytes(from);
  const target = toBytes(to);
  return systemCall(SYS_RENAME, addressOf(source), addressOf(target), 0, 0, 0);
}

export function ftruncate(handle: i32, length: u32): i32 {
  return systemCall(SYS_TRUNCATE, handle, length, 0, 0, 0);
}

export function chdir(path: string): i32 {
  return systemCall(SYS_CHDIR, addressOf(toBytes(path)), 0, 0, 0, 0);
}

const cwd = memory.data(256);

/** The current directory. */
export function getcwd(): string {
  return systemCall(SYS_GETCWD, cwd, PATH_MAX, 0, 0, 0) < 0 ? "/" : fromBytes(cwd);
}

/** Another handle for the same open file: the lowest that is free. */
export function dup(handle: i32): i32 {
  return systemCall(SYS_DUP, handle, -1, 0, 0, 0);
}

/** Makes `to` a handle for the same open file; what it was is closed. */
export function dup2(handle: i32, to: i32): i32 {
  return systemCall(SYS_DUP, handle, to, 0, 0, 0);
}

/** Makes a pipe: the handle to read from goes to `out`, the one to write to behind it, 4 bytes each. */
export function pipe(out: usize): i32 {
  return systemCall(SYS_PIPE, out, 0, 0, 0, 0);
}

/** Those of `events` (POLL_…) that hold now; doesn't wait. */
export function poll(handle: i32, events: u32): i32 {
  return systemCall(SYS_POLL, handle, events, 0, 0, 0);
}

/** A device's request (kernel/abi/ioctl.ts). */
export function ioctl(handle: i32, request: u32, argument: usize): i32 {
  return systemCall(SYS_IOCTL, handle, request, argument, 0, 0);
}

/** Mounts the device as a file system of the type; flags are 0, or 1 for read-only. */
export function mount(device: string, path: string, type: string, flags: u32): i32 {
  const deviceBytes = toBytes(device);
  const pathBytes = toBytes(path);
  const typeBytes = toBytes(type);
  return systemCall(SYS_MOUNT, addressOf(deviceBytes), addressOf(pathBytes), addressOf(typeBytes), flags, 0);
}

export function umount(path: string): i32 {
  return systemCall(SYS_UNMOUNT, addressOf(toBytes(path)), 0, 0, 0, 0);
}

/** Writes all that is not on its medium yet. */
export function sync(): i32 {
  return systemCall(SYS_SYNC, 0, 0, 0, 0, 0);
}
