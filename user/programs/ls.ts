// ls: lists files. "-l" with type, size and time, one a line; "-a" also those whose name starts with a dot; "-1" one a line.

import { TTY_GET_SIZE } from "../../kernel/abi/ioctl.ts";
import { Entry, listDirectory, listError } from "../library/directory.ts";
import { ioctl, S_IFBLK, S_IFCHR, S_IFMT, STAT_BYTES, STDOUT, Stat, stat } from "../library/files.ts";
import { Options, parseOptions } from "../library/options.ts";
import { isDirectory } from "../library/paths.ts";
import { complain, print, printf } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";
import { formatTime } from "../library/time.ts";

const attributes = changetype<Stat>(memory.data(STAT_BYTES, 8));

export function main(argc: i32, argv: usize): i32 {
  const options = parseOptions(argumentList(argc, argv), "la1", "ls [-la1] [FILE...]");
  if (options === null) return 2;
  const names = options.names;
  if (names.length == 0) names.push(".");
  let status = 0;
  const files: Entry[] = [];
  const directories: string[] = [];
  for (let i = 0; i < names.length; i++) {
    const result = stat(names[i], attributes);
    if (result < 0) {
      complain("ls", names[i], result);
      status = 1;
    } else if (isDirectory(names[i])) {
      directories.push(names[i]);
    } else {
      files.push(new Entry(names[i], attributes.mode, attributes.size as u32, attributes.modified));
    }
  }
  show(files, options);
  for (let i = 0; i < directories.length; i++) {
    const entries = listDirectory(directories[i]);
    if (names.length > 1) printf("%s%s:\n", i > 0 || files.length > 0 ? "\n" : "", directories[i]);
    if (entries === null) {
      complain("ls", directories[i], listError);
      status = 1;
    } else {
      show(entries, options);
    }
  }
  return status;
}

function show(all: Entry[], options: Options): void {
  const entries: Entry[] = [];
  for (let i = 0; i < all.length; i++) {
    if (options.has("a") || all[i].name.charAt(0) != ".") entries.push(all[i]);
  }
  const width = ioctl(STDOUT, TTY_GET_SIZE, 0) >> 16;
  if (options.has("l")) showLong(entries);
  else showColumns(entries, options.has("1") || width <= 0 ? 1 : width);
}

function showLong(entries: Entry[]): void {
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    const time = entry.modified == 0 ? "-" : formatTime(entry.modified);
    printf("%s %9u  %-19s  %s%s\n", typeLetter(entry.mode), entry.size, time, entry.name, entry.isDirectory ? "/" : "");
  }
}

function typeLetter(mode: u32): string {
  switch (mode & S_IFMT) {
    case S_IFCHR:
      return "c";
    case S_IFBLK:
      return "b";
  }
  return (mode & 0x4000) != 0 ? "d" : "-";
}

/** In columns, each read from top to bottom. */
function showColumns(entries: Entry[], width: i32): void {
  let longest = 0;
  for (let i = 0; i < entries.length; i++) longest = max<i32>(longest, shown(entries[i]).length);
  const columnWidth = longest + 2;
  const columns = max<i32>(width / columnWidth, 1);
  const rows = (entries.length + columns - 1) / columns;
  for (let row = 0; row < rows; row++) {
    let line = "";
    for (let i = row; i < entries.length; i += rows) {
      const name = shown(entries[i]);
      line += i + rows < entries.length ? name.padEnd(columnWidth) : name;
    }
    print(`${line}\n`);
  }
}

function shown(entry: Entry): string {
  return entry.isDirectory ? `${entry.name}/` : entry.name;
}
