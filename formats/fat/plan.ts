// How a new FAT volume is divided: type, cluster size, size of the FATs. And the formats of diskettes, which are agreed upon.
// Sources: Microsoft FAT Specification (2005), section 3.5; ECMA-107, for the diskettes; their media bytes as MS-DOS has them.

import { MediaError } from "../media-error.ts";
import {
  areasOf,
  type BootRecord,
  DIRECTORY_ENTRY_BYTES,
  FAT12_CLUSTER_LIMIT,
  FAT16_CLUSTER_LIMIT,
  FAT32_CLUSTER_LIMIT,
  type FatType,
  SECTOR_BYTES,
} from "./boot-record.ts";
import { fatTime } from "./directory.ts";

/** 2000-01-01, for whoever has no better time: an image made twice is the same. */
export const DEFAULT_TIME = 946684800;

export interface VolumeOptions {
  totalSectors: number;
  /** If not given, what is usual for the size. */
  type?: FatType;
  /** Sectors before the first FAT: 1 if not given, 32 on FAT32. The boot sector is the first of them. */
  reservedSectors?: number;
  sectorsPerCluster?: number;
  /** FAT12 and FAT16: a multiple of 16. */
  rootEntries?: number;
  fatCount?: number;
  media?: number;
  sectorsPerTrack?: number;
  heads?: number;
  /** Where on its disk the volume begins. */
  hiddenSectors?: number;
  /** More sectors are reserved until the first cluster is at a multiple of so many sectors of the disk; 1 if not given. */
  alignment?: number;
  driveNumber?: number;
  oemName?: string;
  /** At most 11 characters. */
  label?: string;
  serial?: number;
  /** Of all entries that have none of their own, in seconds since 1970: DEFAULT_TIME if not given. */
  time?: number;
}

export interface FloppyFormat {
  totalSectors: number;
  sectorsPerTrack: number;
  heads: number;
  sectorsPerCluster: number;
  rootEntries: number;
  media: number;
}

/** Diskettes by their size in KiB. */
export const FLOPPY_FORMATS: ReadonlyMap<number, FloppyFormat> = new Map(
  [
    [160, 8, 1, 1, 64, 0xfe],
    [180, 9, 1, 1, 64, 0xfc],
    [320, 8, 2, 2, 112, 0xff],
    [360, 9, 2, 2, 112, 0xfd],
    [720, 9, 2, 2, 112, 0xf9],
    [1200, 15, 2, 1, 224, 0xf9],
    [1440, 18, 2, 1, 224, 0xf0],
    [2880, 36, 2, 2, 240, 0xf0],
  ].map(([kib, sectorsPerTrack, heads, sectorsPerCluster, rootEntries, media]) => [
    kib,
    { totalSectors: kib * 2, sectorsPerTrack, heads, sectorsPerCluster, rootEntries, media },
  ]),
);

const MIB_SECTORS = 2048;
/** Readers disagree by a few clusters where one type ends and the next begins: keep away from there. */
const MARGIN = 16;
const MOST_SECTORS_PER_CLUSTER = 64;
const LEAST_CLUSTERS: Record<FatType, number> = {
  12: 1,
  16: FAT12_CLUSTER_LIMIT + MARGIN,
  32: FAT16_CLUSTER_LIMIT + MARGIN,
};
const CLUSTER_LIMIT: Record<FatType, number> = {
  12: FAT12_CLUSTER_LIMIT - MARGIN,
  16: FAT16_CLUSTER_LIMIT - MARGIN,
  32: FAT32_CLUSTER_LIMIT - MARGIN,
};

/** FAT32 keeps its state in sector 1 and copies of sectors 0 and 1 in 6 and 7. */
export const FS_INFO_SECTOR = 1;
export const BACKUP_SECTOR = 6;
const FAT32_RESERVED_SECTORS = 32;
const FAT32_FIRST_FREE = 9;

/** The first reserved sector that is the boot code's to use. */
export const firstFreeReservedSector = (type: FatType): number => (type === 32 ? FAT32_FIRST_FREE : 1);

/**
 * Divides a volume.
 * @throws MediaError when the wishes contradict each other or the size
 */
export function planVolume(options: VolumeOptions): BootRecord {
  const { totalSectors, time = DEFAULT_TIME } = options;
  const refuse = (expected: string, found: string | number): never => {
    throw new MediaError("FAT volume", 0, expected, `${found}`);
  };
  if (!Number.isInteger(totalSectors) || totalSectors < 8 || totalSectors > 0xffffffff)
    refuse("8 to 4294967295 sectors", totalSectors);
  const type = options.type ?? usualType(totalSectors);
  const reservedSectors = options.reservedSectors ?? (type === 32 ? FAT32_RESERVED_SECTORS : 1);
  if (!(reservedSectors >= firstFreeReservedSector(type) && reservedSectors <= 0xffff))
    refuse(`${firstFreeReservedSector(type)} to 65535 reserved sectors`, reservedSectors);
  const rootEntries = type === 32 ? 0 : (options.rootEntries ?? (type === 12 ? 224 : 512));
  if (rootEntries % (SECTOR_BYTES / DIRECTORY_ENTRY_BYTES) !== 0 || rootEntries > 0xffff)
    refuse("root entries that fill whole sectors", rootEntries);
  const { date, time: clock } = fatTime(time);
  const record: BootRecord = {
    type,
    oemName: options.oemName ?? "MINIOS",
    bytesPerSector: SECTOR_BYTES,
    sectorsPerCluster: 1,
    reservedSectors,
    fatCount: options.fatCount ?? 2,
    rootEntries,
    totalSectors,
    media: options.media ?? 0xf8,
    sectorsPerFat: 0,
    sectorsPerTrack: options.sectorsPerTrack ?? 63,
    heads: options.heads ?? 255,
    hiddenSectors: options.hiddenSectors ?? 0,
    driveNumber: options.driveNumber ?? 0x80,
    // What MS-DOS does: made of date and time.
    serial: options.serial ?? ((date << 16) | clock) >>> 0,
    label: options.label ?? "NO NAME",
    rootCluster: type === 32 ? 2 : 0,
    fsInfoSector: type === 32 ? FS_INFO_SECTOR : 0,
    backupSector: type === 32 ? BACKUP_SECTOR : 0,
  };
  const sizes =
    options.sectorsPerCluster === undefined ? clusterSizes(type, totalSectors) : [options.sectorsPerCluster];
  const clusters: number[] = [];
  for (const sectorsPerCluster of sizes) {
    record.sectorsPerCluster = sectorsPerCluster;
    record.reservedSectors = reservedSectors;
    record.sectorsPerFat = fatSectors(record);
    record.reservedSectors += sectorsToAlign(record, options.alignment ?? 1);
    const count = areasOf(record).clusters;
    if (count >= LEAST_CLUSTERS[type] && count < CLUSTER_LIMIT[type]) return record;
    clusters.push(count);
  }
  const most = Math.max(...clusters);
  return refuse(
    `a size for FAT${type}: ${LEAST_CLUSTERS[type]} to ${CLUSTER_LIMIT[type] - 1} clusters`,
    most < 1 ? `${totalSectors} sectors, no more than are taken` : `${totalSectors} sectors, ${most} clusters`,
  );
}

function usualType(totalSectors: number): FatType {
  if (totalSectors < 8 * MIB_SECTORS) return 12;
  return totalSectors < 512 * MIB_SECTORS ? 16 : 32;
}

/** Sectors per cluster in the order in which they are tried: the usual size, then larger ones, then smaller ones. */
function clusterSizes(type: FatType, totalSectors: number): number[] {
  const usual = { 12: 1, 16: totalSectors < 16 * MIB_SECTORS ? 1 : 4, 32: totalSectors < 260 * MIB_SECTORS ? 1 : 8 }[
    type
  ];
  const sizes: number[] = [];
  for (let size = usual; size <= MOST_SECTORS_PER_CLUSTER; size *= 2) sizes.push(size);
  for (let size = usual / 2; size >= 1; size /= 2) sizes.push(size);
  return sizes;
}

/** A larger FAT leaves fewer clusters, which need a smaller one: from below, until it is enough. */
function fatSectors(record: BootRecord): number {
  for (let sectorsPerFat = 1; ; ) {
    const { clusters } = areasOf({ ...record, sectorsPerFat });
    const needed = Math.ceil(((clusters + 2) * record.type) / 8 / SECTOR_BYTES);
    if (needed <= sectorsPerFat) return sectorsPerFat;
    sectorsPerFat = needed;
  }
}

/** FATs stay as large as they are without these sectors: smaller ones would move the clusters again. */
function sectorsToAlign(record: BootRecord, alignment: number): number {
  const beyond = (record.hiddenSectors + areasOf(record).data) % alignment;
  return beyond === 0 ? 0 : alignment - beyond;
}
