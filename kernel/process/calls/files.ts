// System calls about files and directories. Data goes through the process's transfer buffer: a driver may fill it from an
// interrupt, when another program's pages are in use.

import { EBADF, EFAULT, EINVAL, EMFILE, ERANGE } from "../../abi/errno.ts";
import {
  DIRECTORY_ENTRY_BYTES,
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NONBLOCK,
  O_TRUNC,
  PATH_MAX,
  POLL_ERROR,
  POLL_HANGUP,
  POLL_IN,
  POLL_OUT,
  SEEK_SET,
  STAT_BYTES,
} from "../../abi/files.ts";
import { HANDLE_COUNT } from "../../abi/processes.ts";
import {
  SYS_CHDIR,
  SYS_CLOSE,
  SYS_DUP,
  SYS_FSTAT,
  SYS_GETCWD,
  SYS_MKDIR,
  SYS_OPEN,
  SYS_POLL,
  SYS_READ,
  SYS_READDIR,
  SYS_RENAME,
  SYS_RMDIR,
  SYS_SEEK,
  SYS_STAT,
  SYS_TRUNCATE,
  SYS_UNLINK,
  SYS_WRITE,
} from "../../abi/systemCalls.ts";
import {
  closeFile,
  File,
  pollFile,
  readDirectory,
  readFile,
  retainFile,
  seekFile,
  statFile,
  truncateFile,
  writeFile,
} from "../../fs/file.ts";
import {
  checkDirectory,
  makeDirectory,
  openFile,
  removeDirectory,
  removeFile,
  renameFile,
  statPath,
} from "../../fs/tree.ts";
import { InterruptFrame } from "../../platform/pc/interruptFrame.ts";
import { textLength } from "../../text.ts";
import { currentProcess, TRANSFER_BYTES } from "../process.ts";
import { setSystemCall } from "../systemCall.ts";
import { currentSpace, fileOfHandle, pathAt, takePath } from "./arguments.ts";

const OPEN_FLAGS: u32 = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_NONBLOCK | O_DIRECTORY;
/** What dup takes instead of a handle for "the lowest free one". */
const ANY_HANDLE: u32 = 0xffffffff;

export function addFileCalls(): void {
  setSystemCall(SYS_OPEN, open);
  setSystemCall(SYS_CLOSE, close);
  setSystemCall(SYS_READ, read);
  setSystemCall(SYS_WRITE, write);
  setSystemCall(SYS_SEEK, seek);
  setSystemCall(SYS_READDIR, readDir);
  setSystemCall(SYS_STAT, stat);
  setSystemCall(SYS_FSTAT, fstat);
  setSystemCall(SYS_MKDIR, mkdir);
  setSystemCall(SYS_UNLINK, unlink);
  setSystemCall(SYS_RMDIR, rmdir);
  setSystemCall(SYS_RENAME, rename);
  setSystemCall(SYS_CHDIR, chdir);
  setSystemCall(SYS_GETCWD, getCwd);
  setSystemCall(SYS_DUP, dup);
  setSystemCall(SYS_POLL, poll);
  setSystemCall(SYS_TRUNCATE, truncate);
}

/** open(path, flags) */
function open(frame: InterruptFrame): i32 {
  if ((frame.ecx & ~OPEN_FLAGS) != 0) return -EINVAL;
  const process = currentProcess();
  const handle = process.freeHandle();
  if (handle == HANDLE_COUNT) return -EMFILE;
  const taken = takePath(process, frame.ebx, 0);
  if (taken < 0) return taken;
  // The File's address goes behind the paths.
  const out = process.transfer + 4 * PATH_MAX;
  const opened = openFile(pathAt(process, 0), frame.ecx, out);
  if (opened < 0) return opened;
  process.setFile(handle, changetype<File>(load<u32>(out) as usize));
  return handle as i32;
}

/** close(handle) */
function close(frame: InterruptFrame): i32 {
  const file = fileOfHandle(frame.ebx);
  if (file === null) return -EBADF;
  currentProcess().setFile(frame.ebx, null);
  return closeFile(file);
}

/** read(handle, buffer, count) */
function read(frame: InterruptFrame): i32 {
  const file = fileOfHandle(frame.ebx);
  if (file === null) return -EBADF;
  const count = min<u32>(frame.edx, i32.MAX_VALUE);
  if (!currentSpace().allows(frame.ecx, count, true)) return -EFAULT;
  const transfer = currentProcess().transfer;
  let done: u32 = 0;
  do {
    const wanted = min<u32>(count - done, TRANSFER_BYTES);
    const got = readFile(file, transfer, wanted);
    if (got < 0) return done > 0 ? (done as i32) : got;
    memory.copy(frame.ecx + done, transfer, got);
    done += got;
    // A terminal that has given all it has would wait for more.
    if ((got as u32) < wanted || (done < count && (pollFile(file, POLL_IN) & POLL_IN) == 0)) break;
  } while (done < count);
  return done as i32;
}

/** write(handle, buffer, count) */
function write(frame: InterruptFrame): i32 {
  const file = fileOfHandle(frame.ebx);
  if (file === null) return -EBADF;
  const count = min<u32>(frame.edx, i32.MAX_VALUE);
  if (!currentSpace().allows(frame.ecx, count, false)) return -EFAULT;
  const transfer = currentProcess().transfer;
  let done: u32 = 0;
  do {
    const wanted = min<u32>(count - done, TRANSFER_BYTES);
    memory.copy(transfer, frame.ecx + done, wanted);
    const put = writeFile(file, transfer, wanted);
    if (put < 0) return done > 0 ? (done as i32) : put;
    done += put;
    if ((put as u32) < wanted) break;
  } while (done < count);
  return done as i32;
}

/** seek(handle, offset, whence): the new position; files are shorter than 2 GiB for programs. */
function seek(frame: InterruptFrame): i32 {
  const file = fileOfHandle(frame.ebx);
  if (file === null) return -EBADF;
  const before = file.position;
  const position = seekFile(file, frame.ecx as i32 as i64, frame.edx);
  if (position <= i32.MAX_VALUE) return position as i32;
  seekFile(file, before as i64, SEEK_SET);
  return -ERANGE;
}

/** readdir(handle, entry): 1, or 0 after the last one */
function readDir(frame: InterruptFrame): i32 {
  const file = fileOfHandle(frame.ebx);
  if (file === null) return -EBADF;
  const space = currentSpace();
  if (!space.allows(frame.ecx, DIRECTORY_ENTRY_BYTES, true)) return -EFAULT;
  const entry = currentProcess().transfer;
  memory.fill(entry, 0, DIRECTORY_ENTRY_BYTES);
  const result = readDirectory(file, entry);
  if (result > 0) memory.copy(frame.ecx, entry, DIRECTORY_ENTRY_BYTES);
  return result;
}

/** stat(path, stat) */
function stat(frame: InterruptFrame): i32 {
  const process = currentProcess();
  if (!currentSpace().allows(frame.ecx, STAT_BYTES, true)) return -EFAULT;
  const taken = takePath(process, frame.ebx, 0);
  if (taken < 0) return taken;
  return copyStat(statPath(pathAt(process, 0), statBuffer()), frame.ecx);
}

/** fstat(handle, stat) */
function fstat(frame: InterruptFrame): i32 {
  const file = fileOfHandle(frame.ebx);
  if (file === null) return -EBADF;
  if (!currentSpace().allows(frame.ecx, STAT_BYTES, true)) return -EFAULT;
  return copyStat(statFile(file, statBuffer()), frame.ecx);
}

/** Behind the paths in the transfer buffer. */
function statBuffer(): usize {
  return currentProcess().transfer + 4 * PATH_MAX;
}

function copyStat(result: i32, to: usize): i32 {
  if (result >= 0) memory.copy(to, statBuffer(), STAT_BYTES);
  return result;
}

/** mkdir(path) */
function mkdir(frame: InterruptFrame): i32 {
  const process = currentProcess();
  const taken = takePath(process, frame.ebx, 0);
  return taken < 0 ? taken : makeDirectory(pathAt(process, 0));
}

/** unlink(path) */
function unlink(frame: InterruptFrame): i32 {
  const process = currentProcess();
  const taken = takePath(process, frame.ebx, 0);
  return taken < 0 ? taken : removeFile(pathAt(process, 0));
}

/** rmdir(path) */
function rmdir(frame: InterruptFrame): i32 {
  const process = currentProcess();
  const taken = takePath(process, frame.ebx, 0);
  return taken < 0 ? taken : removeDirectory(pathAt(process, 0));
}

/** rename(from, to) */
function rename(frame: InterruptFrame): i32 {
  const process = currentProcess();
  const from = takePath(process, frame.ebx, 0);
  if (from < 0) return from;
  const to = takePath(process, frame.ecx, 1);
  return to < 0 ? to : renameFile(pathAt(process, 0), pathAt(process, 1));
}

/** chdir(path) */
function chdir(frame: InterruptFrame): i32 {
  const process = currentProcess();
  const taken = takePath(process, frame.ebx, 0);
  if (taken < 0) return taken;
  const result = checkDirectory(pathAt(process, 0));
  if (result >= 0) memory.copy(process.cwd, pathAt(process, 0), PATH_MAX);
  return result;
}

/** getcwd(buffer, size): the path's length */
function getCwd(frame: InterruptFrame): i32 {
  const cwd = currentProcess().cwd;
  const length = textLength(cwd);
  if (length >= (frame.ecx as usize)) return -ERANGE;
  return currentSpace().copyOut(frame.ebx, cwd, length + 1) < 0 ? -EFAULT : (length as i32);
}

/** dup(handle, to; -1: the lowest that is free) */
function dup(frame: InterruptFrame): i32 {
  const process = currentProcess();
  const file = fileOfHandle(frame.ebx);
  if (file === null) return -EBADF;
  const to = frame.ecx == ANY_HANDLE ? process.freeHandle() : frame.ecx;
  if (to >= HANDLE_COUNT) return frame.ecx == ANY_HANDLE ? -EMFILE : -EBADF;
  const old = process.fileOf(to);
  if (old === file) return to as i32;
  retainFile(file);
  process.setFile(to, file);
  if (old !== null) closeFile(old);
  return to as i32;
}

/** poll(handle, events): those that hold now */
function poll(frame: InterruptFrame): i32 {
  const file = fileOfHandle(frame.ebx);
  if (file === null) return -EBADF;
  if ((frame.ecx & ~(POLL_IN | POLL_OUT | POLL_ERROR | POLL_HANGUP)) != 0) return -EINVAL;
  return pollFile(file, frame.ecx) as i32;
}

/** truncate(handle, length) */
function truncate(frame: InterruptFrame): i32 {
  const file = fileOfHandle(frame.ebx);
  if (file === null) return -EBADF;
  return truncateFile(file, frame.ecx);
}
