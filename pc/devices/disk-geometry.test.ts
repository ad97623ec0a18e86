import { expect, test } from "vitest";
import type { BlockSource, DiskGeometry } from "../blocks.ts";
import { shapeOf } from "./disk-geometry.ts";

const MIB = 2048;

/** An empty disk, or one with a partition that ends at this head and sector. */
function disk(blockCount: number, end?: { head: number; sector: number }, geometry?: DiskGeometry): BlockSource {
  const first = new Uint8Array(512);
  if (end) {
    first.set([0x55, 0xaa], 510);
    first.set([0x80, 1, 1, 0, 6, end.head, end.sector, 100, 63, 0, 0, 0, 0, 16], 446);
  }
  return { blockCount, geometry, read: (_first, count) => (count === 1 ? first : new Uint8Array(count * 512)) };
}

const shape = (source: BlockSource) => {
  const { geometry, translation } = shapeOf(source);
  return `${geometry.cylinders}/${geometry.heads}/${geometry.sectorsPerTrack} ${translation}`;
};

// What QEMU 7.2 gives the same images.
test.each<[string, BlockSource, string]>([
  ["a small disk", disk(10 * MIB), "20/16/63 none"],
  ["a tiny one", disk(1), "2/16/63 none"],
  ["504 MiB and more", disk(600 * MIB), "1219/16/63 lba"],
  ["4 GiB and more", disk(5000 * MIB), "10158/16/63 lba"],
  ["more than cylinders can count", disk(20_000 * MIB), "16383/16/63 lba"],
  ["a partition that tells the geometry", disk(10 * MIB, { head: 5, sector: 17 }), "200/6/17 none"],
  ["a partition made through a translation", disk(600 * MIB, { head: 127, sector: 63 }), "1219/16/63 large"],
  ["a partition made through another", disk(10_000 * MIB, { head: 254, sector: 63 }), "16383/16/63 lba"],
  ["a partition that tells nonsense", disk(10 * MIB, { head: 3, sector: 0 }), "20/16/63 none"],
  [
    "a geometry that is given",
    disk(MIB, undefined, { cylinders: 615, heads: 6, sectorsPerTrack: 17 }),
    "615/6/17 none",
  ],
])("%s", (_name, source, expected) => {
  expect(shape(source)).toBe(expected);
});
