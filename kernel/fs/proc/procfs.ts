// procfs: what the kernel tells about itself, as text files. A file's text is written when it is opened, and stays until it is
// closed. Any part of the kernel can add a file; processes have a directory each, by a hook.
//
//   /proc/NAME          addProcFile
//   /proc/PID/status    ProcessSource; /proc/self is the directory of who asks

import { EACCES, EISDIR, ENOENT, ENOMEM, ENOTDIR } from "../../abi/errno.ts";
import { DirectoryEntry, O_ACCMODE, O_CREAT, O_DIRECTORY, O_RDONLY, S_IFDIR, S_IFREG, Stat } from "../../abi/files.ts";
import { malloc } from "../../memory/heap.ts";
import { digitsOf, formatNumber } from "../../print.ts";
import { textEquals, textStartsWith } from "../../text.ts";
import { enterCritical, leaveCritical } from "../../thread/scheduler.ts";
import { FILE_OPERATIONS_BYTES, File, FileOperations } from "../file.ts";
import { statDirectory } from "../listing.ts";
import { FILE_SYSTEM_BYTES, FileSystem, Mount, registerFileSystem } from "../mount.ts";
import { freeProcText, newProcText, ProcText } from "./text.ts";

export type ProcFunction = (text: ProcText) => void;
/** Writes the status of a process: 0, or -ENOENT if there is none. */
export type ProcessStatus = (id: u32, text: ProcText) => i32;
/** The lowest number of a process from `id` on; −1 if there is none. */
export type NextProcess = (id: u32) => i32;
/** The number of the process that asks; −1 if it is none. */
export type OwnProcess = () => i32;

const SLASH: u8 = 0x2f;
const MODE: u32 = S_IFREG | 0o444;
/** Positions in the listing: the files, then "self", then the processes by number. */
const FIRST_PROCESS: u64 = 0x1000;

@unmanaged
class ProcFile {
  next: ProcFile | null;
  /** A string constant. */
  nameAddress: usize;
  /** Index in the function table. */
  write: u32;

  get name(): string {
    return changetype<string>(this.nameAddress);
  }
}

let first: ProcFile | null = null;
let last: ProcFile | null = null;
let statusIndex: u32 = 0;
let nextIndex: u32 = 0;
let ownIndex: u32 = 0;

const fileOperations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));
const rootOperations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));
const processOperations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));
const fileSystem = changetype<FileSystem>(memory.data(FILE_SYSTEM_BYTES, 4));

export function initializeProcfs(): void {
  fileOperations.read = read;
  fileOperations.size = size;
  fileOperations.stat = statOpen;
  fileOperations.close = close;
  rootOperations.readDirectory = listRoot;
  rootOperations.stat = statOpenDirectory;
  processOperations.readDirectory = listProcess;
  processOperations.stat = statOpenDirectory;
  fileSystem.open = open;
  fileSystem.stat = stat;
  registerFileSystem(fileSystem, "procfs");
}

/** Adds a file of that name, a string constant of at most 63 characters; `write` writes its text. False if there is no memory. */
export function addProcFile(name: string, write: ProcFunction): bool {
  const address = malloc(offsetof<ProcFile>());
  if (address == 0) return false;
  const file = changetype<ProcFile>(address);
  file.next = null;
  file.nameAddress = changetype<usize>(name);
  file.write = write.index;
  if (last === null) first = file;
  else (last as ProcFile).next = file;
  last = file;
  return true;
}

/** Says who knows about processes. */
export function setProcessSource(status: ProcessStatus, next: NextProcess, own: OwnProcess): void {
  statusIndex = status.index;
  nextIndex = next.index;
  ownIndex = own.index;
}

function open(_mount: Mount, path: usize, flags: u32, file: File): i32 {
  const kind = find(path);
  if (kind == Kind.None) return (flags & O_CREAT) != 0 ? -EACCES : -ENOENT;
  const isWrite = (flags & (O_ACCMODE | O_CREAT)) != O_RDONLY;
  if (kind == Kind.Root || kind == Kind.Process) {
    file.operations = kind == Kind.Root ? rootOperations : processOperations;
    return isWrite ? -EISDIR : 0;
  }
  if ((flags & O_DIRECTORY) != 0) return -ENOTDIR;
  if (isWrite) return -EACCES;
  const text = newProcText();
  if (text === null) return -ENOMEM;
  let status: i32 = 0;
  if (kind == Kind.File) call_indirect<void>((findFile(path) as ProcFile).write, text);
  else status = call_indirect<i32>(statusIndex, processOf(path), text);
  if (text.hasFailed) status = -ENOMEM;
  if (status < 0) {
    freeProcText(text);
    return status;
  }
  file.operations = fileOperations;
  file.node = changetype<usize>(text);
  return 0;
}

function stat(_mount: Mount, path: usize, stat: Stat): i32 {
  const kind = find(path);
  if (kind == Kind.None) return -ENOENT;
  if (kind == Kind.Root || kind == Kind.Process) statDirectory(stat);
  else stat.mode = MODE; // how long the text is shows only when it is written
  return 0;
}

const enum Kind {
  None,
  Root,
  File,
  /** The directory of a process. */
  Process,
  /** Its file. */
  Status,
}

function find(path: usize): Kind {
  if (load<u8>(path) == 0) return Kind.Root;
  if (findFile(path) !== null) return Kind.File;
  const id = processOf(path);
  if (id < 0 || call_indirect<i32>(nextIndex, id) != id) return Kind.None;
  let rest = path;
  while (load<u8>(rest) != 0 && load<u8>(rest) != SLASH) rest++;
  if (load<u8>(rest) == 0) return Kind.Process;
  return textEquals(rest + 1, "status") ? Kind.Status : Kind.None;
}

function findFile(path: usize): ProcFile | null {
  let file = first;
  while (file !== null && !textEquals(path, file.name)) file = file.next;
  return file;
}

/** The process that the path's first part names; −1: none. */
function processOf(path: usize): i32 {
  if (nextIndex == 0) return -1;
  if (textStartsWith(path, "self") && (load<u8>(path + 4) == 0 || load<u8>(path + 4) == SLASH)) {
    return call_indirect<i32>(ownIndex);
  }
  let id: i32 = 0;
  let at = path;
  for (; load<u8>(at) != 0 && load<u8>(at) != SLASH; at++) {
    const digit = (load<u8>(at) as i32) - 0x30;
    if (digit < 0 || digit > 9 || id > 0xffffff) return -1;
    id = id * 10 + digit;
  }
  return at == path ? -1 : id;
}

function textOf(file: File): ProcText {
  return changetype<ProcText>(file.node);
}

function read(file: File, buffer: usize, count: u32): i32 {
  const text = textOf(file);
  if (file.position >= (text.length as u64)) return 0;
  const position = file.position as u32;
  const wanted = min<u32>(count, text.length - position);
  memory.copy(buffer, text.address + position, wanted);
  file.position += wanted;
  return wanted as i32;
}

function size(file: File): i64 {
  return textOf(file).length;
}

function statOpen(file: File, stat: Stat): i32 {
  stat.mode = MODE;
  stat.size = textOf(file).length;
  return 0;
}

function statOpenDirectory(_file: File, stat: Stat): i32 {
  statDirectory(stat);
  return 0;
}

function close(file: File): i32 {
  freeProcText(textOf(file));
  return 0;
}

function listRoot(file: File, entry: usize): i32 {
  if (file.position < FIRST_PROCESS - 1) {
    let found = first;
    for (let skip = file.position as u32; skip > 0 && found !== null; skip--) found = found.next;
    if (found !== null) {
      file.position++;
      return fill(entry, found.name, MODE);
    }
    if (nextIndex == 0) return 0;
    file.position = FIRST_PROCESS - 1;
  }
  if (file.position == FIRST_PROCESS - 1) {
    file.position++;
    if (call_indirect<i32>(ownIndex) >= 0) return fill(entry, "self", S_IFDIR | 0o555);
  }
  const id = call_indirect<i32>(nextIndex, (file.position - FIRST_PROCESS) as u32);
  if (id < 0) return 0;
  file.position = FIRST_PROCESS + (id as u32) + 1;
  return fillNumber(changetype<DirectoryEntry>(entry), id as u32);
}

function listProcess(file: File, entry: usize): i32 {
  if (file.position > 0) return 0;
  file.position++;
  return fill(entry, "status", MODE);
}

function fill(entry: usize, name: string, mode: u32): i32 {
  const result = changetype<DirectoryEntry>(entry);
  memory.fill(entry, 0, offsetof<DirectoryEntry>());
  result.mode = mode;
  result.nameBytes = name.length;
  for (let i = 0; i < name.length; i++) store<u8>(result.name + i, name.charCodeAt(i) as u8);
  store<u8>(result.name + name.length, 0);
  return 1;
}

function fillNumber(entry: DirectoryEntry, value: u32): i32 {
  memory.fill(changetype<usize>(entry), 0, offsetof<DirectoryEntry>());
  entry.mode = S_IFDIR | 0o555;
  const wereEnabled = enterCritical(); // the digits' buffer is shared
  const length = formatNumber(value, 10, 1);
  memory.copy(entry.name, digitsOf(length), length);
  leaveCritical(wereEnabled);
  entry.nameBytes = length;
  store<u8>(entry.name + length, 0);
  return 1;
}
