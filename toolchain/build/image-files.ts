// The files that a project puts on its images, from "files" in the project file: single files, and folders with all that is in them.

import type { FatFile } from "../../formats/fat/index.ts";
import { join } from "./fields.ts";
import { BuildError, type SourceTree } from "./source-tree.ts";

/**
 * @param files place on the image → file or folder in the tree; a place that ends with a slash is a folder to put it in
 * @throws BuildError when there is no such file
 */
export function collectFiles(tree: SourceTree, files: ReadonlyMap<string, string>): FatFile[] {
  const collected: FatFile[] = [];
  for (const [place, source] of files) {
    const names = tree.list?.(source);
    if (names) {
      collectFolder(tree, place.replace(/\/*$/, "/"), source, names, collected);
      continue;
    }
    const data = tree.readBytes(source);
    if (!data) throw new BuildError(`${source}: no such file`);
    const name = source.slice(source.lastIndexOf("/") + 1);
    collected.push({ path: place.endsWith("/") ? place + name : place, data });
  }
  return collected;
}

function collectFolder(
  tree: SourceTree,
  place: string,
  folder: string,
  names: readonly string[],
  collected: FatFile[],
): void {
  if (names.length === 0) collected.push({ path: place, data: new Uint8Array(0) });
  for (const name of names) {
    const source = join(folder, name);
    const inside = name.endsWith("/") ? tree.list?.(source.slice(0, -1)) : undefined;
    if (inside) {
      collectFolder(tree, place + name, source.slice(0, -1), inside, collected);
      continue;
    }
    const data = tree.readBytes(source);
    if (!data) throw new BuildError(`${source}: cannot be read`);
    collected.push({ path: place + name, data });
  }
}
