// What cylinders, heads and sectors an image has. Old software addresses by them, so the guess must be the one that the image's
// maker saw; we guess as QEMU does, whose images most are.
// Sources: ATA/ATAPI-5 (T13/1321D), section 6.2 and annex C; Phoenix Enhanced Disk Drive Specification 3.0, appendix A.

import { BLOCK_SIZE, type BlockSource, type DiskGeometry } from "../blocks.ts";

/** How the BIOS turns its 10 + 8 + 6 bits of an address into the drive's. */
export type Translation = "none" | "large" | "lba";

export interface DiskShape {
  /** What the drive says of itself. */
  geometry: DiskGeometry;
  translation: Translation;
}

const MOST_CYLINDERS = 16383;
const MOST_HEADS = 16;
const MOST_SECTORS = 63;
/** Up to here the heads can be doubled until the cylinders fit into 10 bits. */
const MOST_TRACKS_LARGE = 131_072;

const SIGNATURE_AT = 510;
const PARTITIONS_AT = 446;
const PARTITION_BYTES = 16;

/** The shape of a disk: as the source says, else as its partition table tells, else by its size. */
export function shapeOf(source: BlockSource): DiskShape {
  const given = source.geometry;
  if (given) return { geometry: given, translation: translationFor(given) };
  const told = geometryOfPartitions(source);
  const bySize = geometryOfSize(source.blockCount);
  if (told === undefined) return { geometry: bySize, translation: translationFor(bySize) };
  // More heads than a drive can have: whoever partitioned the disk saw a translated geometry.
  if (told.heads > MOST_HEADS) {
    const large = bySize.cylinders * bySize.heads <= MOST_TRACKS_LARGE;
    return { geometry: bySize, translation: large ? "large" : "lba" };
  }
  return { geometry: told, translation: "none" };
}

/** 16 heads of 63 sectors, whatever the size. */
export function geometryOfSize(blockCount: number): DiskGeometry {
  const cylinders = Math.floor(blockCount / (MOST_HEADS * MOST_SECTORS));
  return {
    cylinders: Math.min(MOST_CYLINDERS, Math.max(2, cylinders)),
    heads: MOST_HEADS,
    sectorsPerTrack: MOST_SECTORS,
  };
}

function translationFor({ cylinders, heads, sectorsPerTrack }: DiskGeometry): Translation {
  return cylinders <= 1024 && heads <= MOST_HEADS && sectorsPerTrack <= MOST_SECTORS ? "none" : "lba";
}

/** A partition ends with a cylinder, so its last head and sector tell how many there are. */
function geometryOfPartitions(source: BlockSource): DiskGeometry | undefined {
  const block = source.read(0, 1);
  if (block.length < BLOCK_SIZE || block[SIGNATURE_AT] !== 0x55 || block[SIGNATURE_AT + 1] !== 0xaa) return undefined;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  for (let entry = 0; entry < 4; entry++) {
    const at = PARTITIONS_AT + entry * PARTITION_BYTES;
    const sectors = view.getUint32(at + 12, true);
    const endHead = block[at + 5];
    if (sectors === 0 || endHead === 0) continue;
    const heads = endHead + 1;
    const sectorsPerTrack = block[at + 6] & 63;
    if (sectorsPerTrack === 0) continue;
    const cylinders = Math.floor(source.blockCount / (heads * sectorsPerTrack));
    if (cylinders < 1 || cylinders > MOST_CYLINDERS) continue;
    return { cylinders, heads, sectorsPerTrack };
  }
  return undefined;
}
