// Assembly to plain bytes at a fixed place: the BIOS, a boot sector, setup.

import { assemble } from "../asm/index.ts";
import { link } from "../link/index.ts";
import { needText, type SourceTree } from "./source-tree.ts";

/** Assembles one file of the tree; `.include` and `.incbin` look beside it, then from the top of the tree. */
export function assembleFile(tree: SourceTree, file: string) {
  const folder = file.replace(/[^/]*$/, "");
  const { object } = assemble(needText(tree, file), {
    file,
    include: (path) => tree.readText(folder + path) ?? tree.readText(path),
    incbin: (path) => tree.readBytes(folder + path) ?? tree.readBytes(path),
  });
  return { name: file, object };
}

/** Assembles `files` and links them by a script into the bytes from the lowest address on. */
export function buildFlat(tree: SourceTree, files: readonly string[], script: string): Uint8Array {
  const inputs = files.map((file) => assembleFile(tree, file));
  return link(inputs, { script: needText(tree, script), scriptName: script }).flat();
}
