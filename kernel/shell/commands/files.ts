// Commands for files: ls and cat, for a system without a disk of programs: /proc and /dev are always there.

import { ENOMEM } from "../../abi/errno.ts";
import { DirectoryEntry, O_DIRECTORY, O_RDONLY, S_IFDIR, S_IFMT } from "../../abi/files.ts";
import { closeFile, File, readDirectory, readFile } from "../../fs/file.ts";
import { resolvePath } from "../../fs/path.ts";
import { openFile } from "../../fs/tree.ts";
import { free, malloc } from "../../memory/heap.ts";
import { print, printBytes, printLine, printNumber, printText } from "../../print.ts";
import { copyText } from "../../text.ts";
import { wordAt } from "../../words.ts";
import { addCommand } from "../table.ts";

const BUFFER_BYTES: u32 = 4096;

/** The shell's thread is the only one that runs commands. */
const path = memory.data(256);
const constant = memory.data(16);
const opened = memory.data(4, 4);

type FileAction = (file: File, buffer: usize) => i32;

export function addFileCommands(): void {
  addCommand("ls", "list a directory: ls /dev", ls);
  addCommand("cat", "show a file: cat /proc/meminfo", cat);
}

function ls(count: u32): void {
  withFile(count > 1 ? wordAt(1) : copyText("/", constant), O_RDONLY | O_DIRECTORY, list);
}

function cat(count: u32): void {
  if (count == 2) withFile(wordAt(1), O_RDONLY, show);
  else printLine("usage: cat FILE");
}

function list(file: File, buffer: usize): i32 {
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

function show(file: File, buffer: usize): i32 {
  let status = readFile(file, buffer, BUFFER_BYTES);
  while (status > 0) {
    printBytes(buffer, status);
    status = readFile(file, buffer, BUFFER_BYTES);
  }
  return status;
}

/** Opens a file, calls `action` with it and a buffer, and closes it; says if something fails. */
function withFile(name: usize, flags: u32, action: FileAction): void {
  const buffer = malloc(BUFFER_BYTES);
  let status = buffer == 0 ? -ENOMEM : resolve(name);
  if (status >= 0) status = openFile(path, flags, opened);
  if (status >= 0) {
    const file = changetype<File>(load<u32>(opened) as usize);
    status = action(file, buffer);
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
