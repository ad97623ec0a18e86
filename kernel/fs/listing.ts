// What file systems without a disk share: directories that exist only in what they answer.

import { DirectoryEntry, S_IFDIR, Stat } from "../abi/files.ts";
import { textLength } from "../text.ts";

/** Fills in the Stat of such a directory. */
export function statDirectory(stat: Stat): void {
  stat.mode = S_IFDIR | 0o555;
  stat.links = 1;
}

/** Fills a DirectoryEntry in. */
export function fillNamed(entry: usize, name: usize, mode: u32, size: u32, node: u32): void {
  const result = changetype<DirectoryEntry>(entry);
  const length = textLength(name) as u32;
  result.node = node;
  result.mode = mode;
  result.size = size;
  result.modified = 0;
  result.nameBytes = length;
  memory.copy(result.name, name, length + 1);
}
