// The BIOS: every assembly file of a folder, and the font, as a 64 KiB ROM.

import { buildFlat } from "./flat.ts";
import { BuildError, type SourceTree } from "./source-tree.ts";

const ROM_BYTES = 0x10000;

/**
 * Builds the ROM from `folder`.
 * @param files the folder's assembly files, by path in the tree
 * @param font 256 glyphs of 16 bytes, which the sources include as `font.bin`
 */
export function buildFirmware(
  tree: SourceTree,
  folder: string,
  files: readonly string[],
  font: Uint8Array,
): Uint8Array {
  const withFont: SourceTree = {
    readText: (path) => tree.readText(path),
    readBytes: (path) => (path.endsWith("font.bin") ? font : tree.readBytes(path)),
  };
  const rom = buildFlat(withFont, [...files].sort(), `${folder}/bios.ld`);
  if (rom.length !== ROM_BYTES) {
    throw new BuildError(`${folder}: the ROM has ${rom.length} bytes, expected ${ROM_BYTES}`);
  }
  return rom;
}
