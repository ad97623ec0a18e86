// The contents of a directory.

import { close, DIRECTORY_ENTRY_BYTES, DirectoryEntry, O_DIRECTORY, open, readdir, S_IFDIR, S_IFMT } from "./files.ts";
import { fromBytes } from "./text.ts";

export class Entry {
  constructor(
    public name: string,
    public mode: u32,
    public size: u32,
    public modified: u32,
  ) {}

  get isDirectory(): bool {
    return (this.mode & S_IFMT) == S_IFDIR;
  }
}

/** The negated error number of the last listDirectory that returned null. */
export let listError: i32 = 0;

const found = changetype<DirectoryEntry>(memory.data(DIRECTORY_ENTRY_BYTES, 4));

/** All files of a directory but "." and "..", by name; null if it can't be read. */
export function listDirectory(path: string): Entry[] | null {
  const handle = open(path, O_DIRECTORY);
  if (handle < 0) {
    listError = handle;
    return null;
  }
  const entries: Entry[] = [];
  let result = readdir(handle, found);
  while (result > 0) {
    const name = fromBytes(found.name);
    if (name != "." && name != "..") entries.push(new Entry(name, found.mode, found.size, found.modified));
    result = readdir(handle, found);
  }
  close(handle);
  if (result < 0) {
    listError = result;
    return null;
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
