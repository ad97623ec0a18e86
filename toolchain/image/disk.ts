// A hard disk: a master boot record and FAT partitions, each of which may boot a kernel as our diskette does. A disk is whole
// cylinders of a geometry, and a partition starts on a track, so that PCs and systems that count by cylinder, head and sector agree
// with those that count sectors.

import { type FatFile, type FatType, planVolume, writeFat } from "../../formats/fat/index.ts";
import * as mbr from "../../formats/mbr.ts";
import { type BootParts, SECTOR_BYTES } from "./boot-area.ts";
import { hex, ImageError } from "./error.ts";
import { makeBootVolume } from "./volume.ts";

export interface DiskGeometry extends mbr.Geometry {
  cylinders: number;
}

export interface DiskPartition {
  /** To the end of the disk if not given; rounded up to whole tracks. */
  sectors?: number;
  /** What is usual for the size if not given. */
  fat?: FatType;
  files: readonly FatFile[];
  label?: string;
  /** Makes it the one that the disk boots from. */
  boot?: BootParts;
}

export interface DiskOptions {
  geometry: DiskGeometry;
  /** At most four. */
  partitions: readonly DiskPartition[];
  /** The 512 bytes of kernel/boot/mbr.s; without it the disk does not boot. */
  masterBootRecord?: Uint8Array;
  /** Of all files, in seconds since 1970; 2000-01-01 if not given. */
  time?: number;
}

/** Heads and sectors of a track that BIOSes have used since disks do not tell. */
const USUAL_HEADS = 16;
const USUAL_SECTORS_PER_TRACK = 63;
const MOST_HEADS = 255;
const MOST_SECTORS_PER_TRACK = 63;
/** What fits into an array of bytes, and into a computer's memory. */
const MOST_BYTES = 2 ** 31;
/** Below this a partition of FAT16 has a type of its own. */
const SMALL_SECTORS = 0x10000;
/** Clusters start where pages of 4 KiB do, in which systems cache disks and large disks write: else one of 4 KiB is two transfers. */
const ALIGNMENT_SECTORS = 8;
const CYLINDERS_OF_TABLE = 1024;
const DISK_SIGNATURE = 0x4d4f5321;

/** The smallest disk of the usual geometry that has so many bytes. */
export function usualGeometry(bytes: number): DiskGeometry {
  const cylinderBytes = USUAL_HEADS * USUAL_SECTORS_PER_TRACK * SECTOR_BYTES;
  return {
    cylinders: Math.ceil(bytes / cylinderBytes),
    heads: USUAL_HEADS,
    sectorsPerTrack: USUAL_SECTORS_PER_TRACK,
  };
}

/**
 * Makes a disk.
 * @returns cylinders × heads × sectors × 512 bytes
 * @throws ImageError when a part is not what it must be, MediaError when files do not fit or have odd names
 */
export function makeDisk(options: DiskOptions): Uint8Array {
  const { geometry, masterBootRecord } = options;
  const { cylinders, heads, sectorsPerTrack } = geometry;
  checkGeometry(geometry);
  if (masterBootRecord) checkMasterBootRecord(masterBootRecord);
  const image = new Uint8Array(cylinders * heads * sectorsPerTrack * SECTOR_BYTES);
  if (masterBootRecord) image.set(masterBootRecord);
  const partitions: mbr.Partition[] = [];
  let firstSector = sectorsPerTrack;
  for (const wanted of options.partitions) {
    const index = partitions.length;
    const { sectors, type } = makePartition(wanted, index, firstSector, image, options);
    partitions.push({ index, type, isActive: wanted.boot !== undefined, firstSector, sectors });
    firstSector += sectors;
  }
  mbr.writeMasterBootRecord(image, { diskSignature: DISK_SIGNATURE, partitions }, geometry);
  return image;
}

function makePartition(
  wanted: DiskPartition,
  index: number,
  firstSector: number,
  disk: Uint8Array,
  { geometry, time }: DiskOptions,
): { sectors: number; type: number } {
  const { heads, sectorsPerTrack } = geometry;
  const diskSectors = disk.length / SECTOR_BYTES;
  const rest = diskSectors - firstSector;
  const sectors = Math.ceil((wanted.sectors ?? rest) / sectorsPerTrack) * sectorsPerTrack;
  if (sectors > rest || sectors <= 0) {
    const found = `${Math.max(rest, 0)} of ${diskSectors} that are left`;
    throw new ImageError(
      "image",
      firstSector * SECTOR_BYTES,
      `room for partition ${index + 1}, ${sectors} sectors`,
      found,
    );
  }
  const options = {
    totalSectors: sectors,
    type: wanted.fat,
    heads,
    sectorsPerTrack,
    hiddenSectors: firstSector,
    alignment: ALIGNMENT_SECTORS,
    label: wanted.label,
    time,
    target: disk.subarray(firstSector * SECTOR_BYTES, (firstSector + sectors) * SECTOR_BYTES),
  };
  const { type } = planVolume(options);
  if (wanted.boot) makeBootVolume(wanted.boot, wanted.files, { ...options, type });
  else writeFat(wanted.files, options);
  const isBeyond = firstSector + sectors > CYLINDERS_OF_TABLE * heads * sectorsPerTrack;
  return { sectors, type: partitionType(type, sectors, isBeyond) };
}

/** @param isBeyond it ends where the table's cylinders cannot reach */
function partitionType(type: FatType, sectors: number, isBeyond: boolean): number {
  switch (type) {
    case 12:
      return mbr.FAT12;
    case 16:
      if (isBeyond) return mbr.FAT16_LBA;
      return sectors < SMALL_SECTORS ? mbr.FAT16_SMALL : mbr.FAT16;
    case 32:
      return mbr.FAT32_LBA;
  }
}

function checkGeometry({ cylinders, heads, sectorsPerTrack }: DiskGeometry): void {
  const whole = [cylinders, heads, sectorsPerTrack].every((count) => Number.isInteger(count) && count > 0);
  const bytes = cylinders * heads * sectorsPerTrack * SECTOR_BYTES;
  if (!whole || heads > MOST_HEADS || sectorsPerTrack > MOST_SECTORS_PER_TRACK || bytes > MOST_BYTES) {
    const expected = `cylinders, 1 to ${MOST_HEADS} heads and 1 to ${MOST_SECTORS_PER_TRACK} sectors, at most 2 GiB in all`;
    throw new ImageError("image", 0, expected, `${cylinders},${heads},${sectorsPerTrack}`);
  }
}

/** Its code must leave room for the table, and be one that boots. */
export function checkMasterBootRecord(bytes: Uint8Array): void {
  const part = "master boot record";
  if (bytes.length !== SECTOR_BYTES) throw new ImageError(part, 0, `${SECTOR_BYTES} bytes`, `${bytes.length} bytes`);
  if (bytes[510] !== 0x55 || bytes[511] !== 0xaa) throw new ImageError(part, 510, "55 aa", hex(bytes, 510, 2));
  const used = bytes.subarray(mbr.BOOT_CODE_BYTES, 510).findIndex((byte) => byte !== 0);
  if (used >= 0) {
    const at = mbr.BOOT_CODE_BYTES + used;
    throw new ImageError(part, at, "room for the partition table, all zero", hex(bytes, at, 1));
  }
}
