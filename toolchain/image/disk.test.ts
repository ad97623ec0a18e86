import { describe, expect, it } from "vitest";
import { readFat } from "../../formats/fat/index.ts";
import { readMasterBootRecord } from "../../formats/mbr.ts";
import { type DiskOptions, makeDisk, usualGeometry } from "./disk.ts";

const file = (path: string, size: number) => ({ path, data: new Uint8Array(size).fill(size) });

function read(disk: Uint8Array) {
  const { partitions } = readMasterBootRecord(disk.subarray(0, 512), "disk", disk.length / 512);
  return partitions.map(({ firstSector, sectors, type, isActive }) => {
    const volume = disk.subarray(firstSector * 512, (firstSector + sectors) * 512);
    return { firstSector, sectors, type, isActive, fat: readFat(volume) };
  });
}

describe("makeDisk", () => {
  it("makes partitions that start on tracks and fill the disk", () => {
    const disk = makeDisk({
      geometry: { cylinders: 615, heads: 6, sectorsPerTrack: 17 },
      partitions: [
        { sectors: 2000, fat: 12, files: [file("/A", 5)] },
        { files: [file("/B", 3000)], label: "SECOND" },
      ],
    });
    expect(disk.length).toBe(615 * 6 * 17 * 512);
    const [first, second] = read(disk);
    expect(first).toMatchObject({ firstSector: 17, sectors: 2006, type: 1, isActive: false });
    expect(second).toMatchObject({ firstSector: 2023, sectors: 615 * 6 * 17 - 2023, type: 4, isActive: false });
    expect(first.fat.files.map(({ path }) => path)).toEqual(["/A"]);
    expect(second.fat.record).toMatchObject({ hiddenSectors: 2023, heads: 6, sectorsPerTrack: 17, type: 16 });
    expect(second.fat).toMatchObject({
      label: "SECOND",
      files: [{ path: "/B", data: new Uint8Array(3000).fill(3000) }],
    });
    // The last partition ends at the disk's last cylinder, head and sector.
    expect([...disk.subarray(446 + 16 + 5, 446 + 16 + 8)]).toEqual([5, 17 | ((614 >> 8) << 6), 614 & 0xff]);
  });

  const usual = usualGeometry(40 * 2 ** 20);
  it.each([
    ["within the table's cylinders", 16, usual, 6],
    ["beyond them", 16, { cylinders: 1300, heads: 1, sectorsPerTrack: 63 }, 0x0e],
    ["anywhere", 32, usual, 0x0c],
  ] as const)("a partition %s of FAT%i is of the right type", (_, fat, geometry, type) => {
    const disk = makeDisk({ geometry, partitions: [{ fat, files: [] }] });
    expect(disk[450]).toBe(type);
    expect(read(disk)[0].fat.record.type).toBe(fat);
  });

  it.each([17, 32, 61, 63])(
    "starts clusters where pages of 4 KiB start on the disk, with tracks of %i sectors",
    (sectorsPerTrack) => {
      const files = [file("/A", 5000)];
      const geometry = { cylinders: 200, heads: 16, sectorsPerTrack };
      const disk = makeDisk({ geometry, partitions: [{ sectors: 5000, fat: 12, files }, { files }] });
      for (const { fat } of read(disk)) {
        const { hiddenSectors, reservedSectors, fatCount, sectorsPerFat, rootEntries } = fat.record;
        expect((hiddenSectors + reservedSectors + fatCount * sectorsPerFat + rootEntries / 16) % 8).toBe(0);
        expect(fat.files).toMatchObject([{ path: "/A", data: new Uint8Array(5000).fill(5000) }]);
      }
    },
  );

  it("has at least the size that was asked for", () => {
    const { cylinders, heads, sectorsPerTrack } = usual;
    expect(cylinders * heads * sectorsPerTrack * 512).toBeGreaterThanOrEqual(40 * 2 ** 20);
    expect((cylinders - 1) * heads * sectorsPerTrack * 512).toBeLessThan(40 * 2 ** 20);
  });

  const geometry = usualGeometry(2 ** 20);
  const record = new Uint8Array(512);
  record.set([0x55, 0xaa], 510);
  const refusals: [string, Partial<DiskOptions>, string][] = [
    ["a disk without heads", { geometry: { ...geometry, heads: 0 } }, "found 3,0,63"],
    [
      "a partition without room",
      { partitions: [{ sectors: 4000, files: [] }] },
      "image, offset 32256: expected room for partition 1, 4032 sectors, found 2961 of 3024",
    ],
    [
      "a fifth partition",
      { partitions: Array.from({ length: 5 }, () => ({ sectors: 63, files: [] })) },
      "a place of its own",
    ],
    ["a short record", { masterBootRecord: record.subarray(1) }, "master boot record, offset 0: expected 512 bytes"],
    [
      "a record without mark",
      { masterBootRecord: new Uint8Array(512) },
      "master boot record, offset 510: expected 55 aa",
    ],
    [
      "a record with a table",
      { masterBootRecord: record.slice().fill(1, 450, 451) },
      "master boot record, offset 450: expected room",
    ],
  ];
  it.each(refusals)("refuses %s", (_, change, message) => {
    expect(() => makeDisk({ geometry, partitions: [], ...change })).toThrow(message);
  });
});
