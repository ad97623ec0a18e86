// A source tree on the disk, and writing results whole or not at all.

import {
  type Dirent,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import type { SourceTree } from "../../toolchain/build/source-tree.ts";

/**
 * The files below `root`, by paths with slashes; an absolute path, or one that leaves the root by "..", is the file it names.
 * What is a directory or cannot be read counts as missing.
 */
export function diskTree(root: string): SourceTree {
  const read = (path: string): Uint8Array | undefined => {
    try {
      return new Uint8Array(readFileSync(resolve(root, path)));
    } catch {
      return undefined;
    }
  };
  return {
    readBytes: read,
    list: (folder) => {
      try {
        const entries = readdirSync(resolve(root, folder), { withFileTypes: true });
        // By code, not by anybody's language: the image must be the same everywhere.
        return entries.map((entry) => (isFolder(root, folder, entry) ? `${entry.name}/` : entry.name)).sort();
      } catch {
        return undefined;
      }
    },
    readText: (path) => {
      const bytes = read(path);
      return bytes && new TextDecoder().decode(bytes);
    },
  };
}

/** A link to a folder is one. */
function isFolder(root: string, folder: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(resolve(root, folder, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Writes a file so that a reader sees the old one or the new one, never half of it. */
export function writeWhole(path: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  // A device or a pipe can't be put in the place of: it takes the bytes as they come.
  if (existsSync(path) && !statSync(path).isFile() && !statSync(path).isDirectory()) {
    writeFileSync(path, contents);
    return;
  }
  const temporary = `${path}.${process.pid}.part`;
  try {
    writeFileSync(temporary, contents);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
