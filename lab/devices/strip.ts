// The disk's picture in as many cells as there is room for.

import { BLOCK_SIZE } from "../../pc/blocks.ts";

/** `count` cells of which each has all the flags of its part of `cells`; without any, empty ones. */
export function stripCells(cells: Uint8Array, count: number): Uint8Array {
  const strip = new Uint8Array(count);
  for (let at = 0; at < count && cells.length > 0; at++) {
    const first = Math.floor((at * cells.length) / count);
    const end = Math.max(first + 1, Math.floor(((at + 1) * cells.length) / count));
    for (let cell = first; cell < end; cell++) strip[at] |= cells[cell];
  }
  return strip;
}

/** "1440 KB", "10 MB": of so many blocks. */
export function sizeText(blockCount: number): string {
  const kb = (blockCount * BLOCK_SIZE) / 1024;
  if (kb < 10_000) return `${kb} KB`;
  const mb = kb / 1024;
  return mb < 10_000 ? `${Math.round(mb)} MB` : `${Math.round(mb / 1024)} GB`;
}
