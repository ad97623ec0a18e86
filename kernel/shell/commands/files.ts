// Commands for files: ls, cat, mount, sync and writetest. They are the monitor's; the shell's are programs.

import { EIO, ENOMEM } from "../../abi/errno.ts";
import {
  DirectoryEntry,
  O_CREAT,
  O_DIRECTORY,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  S_IFDIR,
  S_IFMT,
  SEEK_SET,
} from "../../abi/files.ts";
import { closeFile, File, readDirectory, readFile, seekFile, syncFile, writeFile } from "../../fs/file.ts";
import { resolvePath } from "../../fs/path.ts";
import { MOUNT_ALONE, mountFileSystem, openFile, syncAll } from "../../fs/tree.ts";
import { free, malloc } from "../../memory/heap.ts";
import { print, printBytes, printLine, printNumber, printText } from "../../print.ts";
import { copyText, parseNumber } from "../../text.ts";
import { wordAt } from "../../words.ts";
import { addCommand } from "../table.ts";

const BUFFER_BYTES: u32 = 4096;
/** Bytes between two marks that writetest writes and looks for: few enough that they cost little beside the file. */
const MARK_EVERY: u32 = 64;
const MAX_KILOBYTES: i32 = 65536;

/** The shell's thread is the only one that runs commands. */
const path = memory.data(256);
const constant = memory.data(16);
const opened = memory.data(4, 4);

type FileAction = (file: File, buffer: usize, argument: u32) => i32;

export function addFileCommands(): void {
  addCommand("ls", "list a directory: ls /dev", ls);
  addCommand("cat", "show a file: cat /proc/meminfo", cat);
  addCommand("mount", "show what is mounted, or mount a FAT: mount hda1 /mnt", mount);
  addCommand("sync", "write everything to the disks", sync);
  addCommand("writetest", "write and read a file: writetest FILE KILOBYTES", writeTest);
}

function ls(count: u32): void {
  withFile(count > 1 ? wordAt(1) : copyText("/", constant), O_RDONLY | O_DIRECTORY, list, 0);
}

function cat(count: u32): void {
  if (count == 2) withFile(wordAt(1), O_RDONLY, show, 0);
  else printLine("usage: cat FILE");
}

function mount(count: u32): void {
  if (count == 1) {
    withFile(copyText("/proc/mounts", constant), O_RDONLY, show, 0);
    return;
  }
  if (count != 3) {
    printLine("usage: mount, or mount DEVICE DIRECTORY");
    return;
  }
  let status = resolve(wordAt(2));
  if (status >= 0) status = mountFileSystem(wordAt(1), path, copyText("fat", constant), MOUNT_ALONE);
  report(status);
}

function sync(_count: u32): void {
  report(syncAll());
}

function writeTest(count: u32): void {
  const kilobytes = count == 3 ? parseNumber(wordAt(2)) : -1;
  if (kilobytes < 1 || kilobytes > MAX_KILOBYTES) printLine("usage: writetest FILE KILOBYTES");
  else withFile(wordAt(1), O_RDWR | O_CREAT | O_TRUNC, writeAndRead, (kilobytes as u32) * 1024);
}

function list(file: File, buffer: usize, _argument: u32): i32 {
  const entry = changetype<DirectoryEntry>(buffer);
  let status = readDirectory(file, buffer);
  while (status > 0) {
    printNumber(entry.size, 10);
    print("  ");
    printText(entry.name);
    printLine((entry.mode & S_IFMT) == S_IFDIR ? "/" : "");
    status = readDirectory(file, buffer);
  }
  return status;
}

function show(file: File, buffer: usize, _argument: u32): i32 {
  let status = readFile(file, buffer, BUFFER_BYTES);
  while (status > 0) {
    printBytes(buffer, status);
    status = readFile(file, buffer, BUFFER_BYTES);
  }
  return status;
}

/** Writes `bytes` bytes, with marks that say where they belong, to the disk, and reads them again. */
function writeAndRead(file: File, buffer: usize, bytes: u32): i32 {
  for (let done: u32 = 0; done < bytes; ) {
    const part = min<u32>(bytes - done, BUFFER_BYTES);
    for (let at: u32 = 0; at < part; at += MARK_EVERY) store<u32>(buffer + at, pattern(done + at));
    const status = writeFile(file, buffer, part);
    if (status <= 0) return status;
    done += status;
  }
  const status = syncFile(file);
  if (status < 0) return status;
  seekFile(file, 0, SEEK_SET);
  for (let done: u32 = 0; done < bytes; ) {
    const part = readFile(file, buffer, BUFFER_BYTES);
    if (part <= 0) return part < 0 ? part : -EIO;
    for (let at: u32 = 0; at + 4 <= (part as u32); at += MARK_EVERY) {
      if (load<u32>(buffer + at) != pattern(done + at)) return -EIO;
    }
    done += part;
  }
  printNumber(bytes / 1024);
  printLine(" KB written and read");
  return 0;
}

function pattern(position: u32): u32 {
  return position * 0x9e3779b1;
}

/** Opens a file, calls `action` with it and a buffer, and closes it; says if something fails. */
function withFile(name: usize, flags: u32, action: FileAction, argument: u32): void {
  const buffer = malloc(BUFFER_BYTES);
  let status = buffer == 0 ? -ENOMEM : resolve(name);
  if (status >= 0) status = openFile(path, flags, opened);
  if (status >= 0) {
    const file = changetype<File>(load<u32>(opened) as usize);
    status = action(file, buffer, argument);
    const closed = closeFile(file);
    if (status == 0) status = closed;
  }
  report(status);
  if (buffer != 0) free(buffer);
}

/** Makes a path of what was typed; the monitor is always in "/". */
function resolve(name: usize): i32 {
  return resolvePath(copyText("/", constant + 14), name, path);
}

function report(status: i32): void {
  if (status >= 0) return;
  print("error ");
  printNumber(-status);
  print("\n");
}
