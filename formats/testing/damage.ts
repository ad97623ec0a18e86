// Damages disk images for the readers' fuzz tests: a few random changes at a time, the same for the same seed.

import { type Random, seeded } from "../../toolchain/testing/mutate.ts";
import { MediaError } from "../media-error.ts";

/** How many damaged images a fuzz test reads: MINIOS_FUZZ, for a longer run than CI has time for. */
export const fuzzCount = (usual: number): number => Number(process.env["MINIOS_FUZZ"] ?? usual);

/** Numbers at which layouts tend to break. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff];

/**
 * Reads damaged copies of an image; any error but MediaError is thrown on.
 * @param hot ranges of bytes in which most of the damage is done: the tables, not the files' contents
 * @returns how many were read without an error, and how many refused
 */
export function readDamaged(
  image: Uint8Array,
  hot: readonly (readonly [start: number, end: number])[],
  count: number,
  read: (bytes: Uint8Array) => unknown,
): { read: number; refused: number } {
  const random = seeded(image.length + count);
  const copy = image.slice();
  const result = { read: 0, refused: 0 };
  for (let round = 0; round < count; round++) {
    const places = Array.from({ length: 1 + random(4) }, () => {
      const [start, end] = hot[random(hot.length)];
      return start + random(end - start);
    });
    for (const at of places) copy[at] = damagedByte(random, copy[at]);
    const given = random(16) === 0 ? copy.subarray(0, random(copy.length)) : copy;
    try {
      read(given);
      result.read++;
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
      result.refused++;
    }
    for (const at of places) copy[at] = image[at];
  }
  return result;
}

function damagedByte(random: Random, byte: number): number {
  switch (random(3)) {
    case 0:
      return random(256);
    case 1:
      return EDGES[random(EDGES.length)];
    default:
      return byte ^ (1 << random(8));
  }
}
