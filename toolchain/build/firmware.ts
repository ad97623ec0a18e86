// The BIOS: every assembly file of a folder, and its fonts, as a 64 KiB ROM.

import { buildFlat } from "./flat.ts";
import { BuildError, type SourceTree } from "./source-tree.ts";

const ROM_BYTES = 0x10000;

/**
 * Builds the ROM from `folder`.
 * @param files the folder's assembly files, by path in the tree
 * @param fonts 256 glyphs of 16 bytes, and of 8, which the sources include as `font.bin` and `font-small.bin`
 */
export function buildFirmware(
  tree: SourceTree,
  folder: string,
  files: readonly string[],
  fonts: { large: Uint8Array; small: Uint8Array },
): Uint8Array {
  const withFonts: SourceTree = {
    readText: (path) => tree.readText(path),
    readBytes: (path) => {
      if (path.endsWith("/font.bin")) return fonts.large;
      return path.endsWith("/font-small.bin") ? fonts.small : tree.readBytes(path);
    },
  };
  const rom = buildFlat(withFonts, [...files].sort(), `${folder}/bios.ld`);
  if (rom.length !== ROM_BYTES) {
    throw new BuildError(`${folder}: the ROM has ${rom.length} bytes, expected ${ROM_BYTES}`);
  }
  return rom;
}
