import { describe, expect, it } from "vitest";
import {
  cylinderHeadSector,
  FAT16,
  LINUX,
  looksLikeMasterBootRecord,
  type Partition,
  readMasterBootRecord,
  writeMasterBootRecord,
} from "./mbr.ts";
import { fuzzCount, readDamaged } from "./testing/damage.ts";

const GEOMETRY = { heads: 16, sectorsPerTrack: 63 };
const PARTITIONS: Partition[] = [
  { index: 0, type: FAT16, isActive: true, firstSector: 63, sectors: 30000 },
  { index: 3, type: LINUX, isActive: false, firstSector: 30063, sectors: 100 },
];

function record(partitions = PARTITIONS, fill = 0): Uint8Array {
  const sector = new Uint8Array(512).fill(fill);
  writeMasterBootRecord(sector, { diskSignature: 0x12345678, partitions }, GEOMETRY);
  return sector;
}

describe("a master boot record", () => {
  it("gives back what was written, and leaves the boot code alone", () => {
    const sector = record(PARTITIONS, 0x90);
    expect(readMasterBootRecord(sector, "x", 40000)).toEqual({ diskSignature: 0x12345678, partitions: PARTITIONS });
    expect(sector.subarray(0, 440).every((byte) => byte === 0x90)).toBe(true);
  });

  it("tells cylinder, head and sector", () => {
    // Head 1, sector 1, cylinder 0 to (30062 / 63 = 477.2): cylinder 29, head 13, sector 12.
    expect([...record().subarray(446, 454)]).toEqual([0x80, 1, 1, 0, FAT16, 13, 12, 29]);
    expect(cylinderHeadSector(300 * 16 * 63, GEOMETRY)).toEqual([0, 0x41, 44]);
    expect(cylinderHeadSector(1024 * 16 * 63, GEOMETRY)).toEqual([15, 0xff, 0xff]);
  });

  const spoilt = (at: number, ...values: number[]) => {
    const sector = record();
    sector.set(values, at);
    return () => readMasterBootRecord(sector, "d.img", 40000);
  };
  it.each([
    ["no mark", spoilt(510, 0), "d.img: at offset 0x1fe: expected 55 aa"],
    ["a flag that is none", spoilt(446, 1), "at offset 0x1be: expected 00 or 80, whether to boot from it, found 01"],
    ["a partition that starts here", spoilt(454, 0), "at offset 0x1c6: expected a partition behind this record"],
    ["an empty partition", spoilt(458, 0, 0), "at offset 0x1ca: expected a partition of some sectors"],
    [
      "one beyond the disk",
      spoilt(460, 1),
      "expected a partition within the disk's 40000 sectors, found one that ends at 95599",
    ],
    ["two that overlap", spoilt(458, 0x31, 0x75), "expected partitions that do not overlap, found 1 and 4 that do"],
    ["two active ones", spoilt(494, 0x80), "expected at most one active partition"],
  ])("%s is refused", (_, read, message) => {
    expect(read).toThrow(message);
  });

  it.each([
    ["overlap", [{ ...PARTITIONS[0], sectors: 30001 }, PARTITIONS[1]], "that do not overlap"],
    ["one place", [PARTITIONS[0], { ...PARTITIONS[1], index: 0 }], "a place of its own"],
  ])("partitions that %s are not written", (_, partitions, message) => {
    expect(() => record(partitions)).toThrow(message);
  });

  it("is told from other sectors", () => {
    expect(looksLikeMasterBootRecord(record(), 40000)).toBe(true);
    expect(looksLikeMasterBootRecord(record([]), 40000)).toBe(false);
    expect(looksLikeMasterBootRecord(new Uint8Array(512).fill(0xcc), 40000)).toBe(false);
  });

  it("damaged, is read or refused", () => {
    const result = readDamaged(record(), [[440, 512]], fuzzCount(2000), (bytes) =>
      readMasterBootRecord(bytes, "x", 40000),
    );
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
  });
});
