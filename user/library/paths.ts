// Paths as text.

import { S_IFDIR, S_IFMT, STAT_BYTES, Stat, stat } from "./files.ts";

const attributes = changetype<Stat>(memory.data(STAT_BYTES, 8));

/** The last part of a path: "/etc/motd" has "motd". */
export function baseName(path: string): string {
  let end = path.length;
  while (end > 1 && path.charAt(end - 1) == "/") end--;
  const start = path.lastIndexOf("/", end - 1) + 1;
  return start >= end ? "/" : path.substring(start, end);
}

/** A file of a directory. */
export function joinPath(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

export function isDirectory(path: string): bool {
  return stat(path, attributes) >= 0 && (attributes.mode & S_IFMT) == S_IFDIR;
}

/** Where to put `from` if `to` was asked for: into `to` when that is a directory. */
export function targetOf(from: string, to: string): string {
  return isDirectory(to) ? joinPath(to, baseName(from)) : to;
}
