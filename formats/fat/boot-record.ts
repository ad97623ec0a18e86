// The first sector of a FAT volume: the BIOS parameter block, from which everything else is found, and what follows from it.
// Source: Microsoft FAT Specification (2005), sections 3 and 4.

import { hexBytes, MediaBytes, MediaError } from "../media-error.ts";

export type FatType = 12 | 16 | 32;

export interface BootRecord {
  type: FatType;
  oemName: string;
  bytesPerSector: number;
  sectorsPerCluster: number;
  /** Sectors before the first FAT, this one among them. */
  reservedSectors: number;
  fatCount: number;
  /** Entries of the root directory; 0 on FAT32, where it is a chain of clusters. */
  rootEntries: number;
  totalSectors: number;
  media: number;
  sectorsPerFat: number;
  sectorsPerTrack: number;
  heads: number;
  /** Where on the disk the volume begins. */
  hiddenSectors: number;
  driveNumber: number;
  serial: number;
  label: string;
  /** FAT32 only. */
  rootCluster: number;
  fsInfoSector: number;
  backupSector: number;
}

/** Where the parts stand, in sectors from the volume's start, and how many clusters there are. */
export interface Areas {
  fat: number;
  root: number;
  rootSectors: number;
  data: number;
  clusters: number;
}

export const SECTOR_BYTES = 512;
export const DIRECTORY_ENTRY_BYTES = 32;
/** The number of clusters alone tells the type. */
export const FAT12_CLUSTER_LIMIT = 4085;
export const FAT16_CLUSTER_LIMIT = 65525;
export const FAT32_CLUSTER_LIMIT = 0x0ffffff5;

// Offsets in the sector.
const OEM_NAME = 3;
const BYTES_PER_SECTOR = 11;
const SECTORS_PER_CLUSTER = 13;
const RESERVED_SECTORS = 14;
const FAT_COUNT = 16;
const ROOT_ENTRIES = 17;
const TOTAL_SECTORS_16 = 19;
const MEDIA = 21;
const SECTORS_PER_FAT_16 = 22;
const SECTORS_PER_TRACK = 24;
const HEADS = 26;
const HIDDEN_SECTORS = 28;
const TOTAL_SECTORS_32 = 32;
// FAT32's own.
const SECTORS_PER_FAT_32 = 36;
const EXTENDED_FLAGS = 40;
const VERSION = 42;
const ROOT_CLUSTER = 44;
const FS_INFO_SECTOR = 48;
const BACKUP_SECTOR = 50;
// The extended part: drive, reserved, signature, serial number, label, type; at 36 or, on FAT32, 64.
const EXTENDED_16 = 36;
const EXTENDED_32 = 64;
const EXTENDED_SIGNATURE = 0x29;
const SIGNATURE = 510;

/** Bytes from 3 on that the parameter block takes; boot code stands before and after. */
export const parameterBlockEnd = (type: FatType): number => (type === 32 ? EXTENDED_32 : EXTENDED_16) + 26;

export function areasOf(record: BootRecord): Areas {
  const fat = record.reservedSectors;
  const root = fat + record.fatCount * record.sectorsPerFat;
  const rootSectors = Math.ceil((record.rootEntries * DIRECTORY_ENTRY_BYTES) / record.bytesPerSector);
  const data = root + rootSectors;
  return {
    fat,
    root,
    rootSectors,
    data,
    clusters: Math.floor((record.totalSectors - data) / record.sectorsPerCluster),
  };
}

export function typeOfClusters(clusters: number): FatType {
  if (clusters < FAT12_CLUSTER_LIMIT) return 12;
  return clusters < FAT16_CLUSTER_LIMIT ? 16 : 32;
}

/** Writes the parameter block and the signature into a sector; what else is in it stays. */
export function writeBootRecord(sector: Uint8Array, record: BootRecord): void {
  const view = new DataView(sector.buffer, sector.byteOffset, SECTOR_BYTES);
  const isLarge = record.type === 32;
  // A jump over the block, unless there is boot code, which has one.
  if (sector[0] === 0) sector.set([0xeb, parameterBlockEnd(record.type) - 2, 0x90]);
  putText(sector, OEM_NAME, 8, record.oemName);
  view.setUint16(BYTES_PER_SECTOR, record.bytesPerSector, true);
  view.setUint8(SECTORS_PER_CLUSTER, record.sectorsPerCluster);
  view.setUint16(RESERVED_SECTORS, record.reservedSectors, true);
  view.setUint8(FAT_COUNT, record.fatCount);
  view.setUint16(ROOT_ENTRIES, record.rootEntries, true);
  const isShort = !isLarge && record.totalSectors < 0x10000;
  view.setUint16(TOTAL_SECTORS_16, isShort ? record.totalSectors : 0, true);
  view.setUint8(MEDIA, record.media);
  view.setUint16(SECTORS_PER_FAT_16, isLarge ? 0 : record.sectorsPerFat, true);
  view.setUint16(SECTORS_PER_TRACK, record.sectorsPerTrack, true);
  view.setUint16(HEADS, record.heads, true);
  view.setUint32(HIDDEN_SECTORS, record.hiddenSectors, true);
  view.setUint32(TOTAL_SECTORS_32, isShort ? 0 : record.totalSectors, true);
  if (isLarge) {
    view.setUint32(SECTORS_PER_FAT_32, record.sectorsPerFat, true);
    view.setUint16(EXTENDED_FLAGS, 0, true); // all FATs are kept the same
    view.setUint16(VERSION, 0, true);
    view.setUint32(ROOT_CLUSTER, record.rootCluster, true);
    view.setUint16(FS_INFO_SECTOR, record.fsInfoSector, true);
    view.setUint16(BACKUP_SECTOR, record.backupSector, true);
    sector.fill(0, BACKUP_SECTOR + 2, EXTENDED_32);
  }
  const extended = isLarge ? EXTENDED_32 : EXTENDED_16;
  sector.set([record.driveNumber, 0, EXTENDED_SIGNATURE], extended);
  view.setUint32(extended + 3, record.serial, true);
  putText(sector, extended + 7, 11, record.label);
  putText(sector, extended + 18, 8, `FAT${record.type}`);
  sector.set([0x55, 0xaa], SIGNATURE);
}

/**
 * Reads the parameter block with every field checked.
 * @param size of the volume in bytes, which must hold all of its sectors
 * @throws MediaError
 */
export function readBootRecord(bytes: Uint8Array, file: string, size = bytes.length): BootRecord {
  const from = new MediaBytes(bytes, file);
  const check = (good: boolean, offset: number, expected: string, found: string | number) => {
    if (!good) throw from.wrong(offset, expected, found);
  };
  const signature = from.slice(SIGNATURE, 2);
  check(
    signature[0] === 0x55 && signature[1] === 0xaa,
    SIGNATURE,
    "55 aa, the mark of a boot sector",
    hexBytes(signature),
  );
  const bytesPerSector = from.u16(BYTES_PER_SECTOR);
  check(
    [512, 1024, 2048, 4096].includes(bytesPerSector),
    BYTES_PER_SECTOR,
    "512 to 4096 bytes in a sector",
    bytesPerSector,
  );
  const sectorsPerCluster = from.u8(SECTORS_PER_CLUSTER);
  const isPower = sectorsPerCluster !== 0 && (sectorsPerCluster & (sectorsPerCluster - 1)) === 0;
  check(isPower, SECTORS_PER_CLUSTER, "1 to 128 sectors in a cluster, a power of two", sectorsPerCluster);
  const reservedSectors = from.u16(RESERVED_SECTORS);
  check(reservedSectors > 0, RESERVED_SECTORS, "at least one reserved sector", reservedSectors);
  const fatCount = from.u8(FAT_COUNT);
  check(fatCount > 0, FAT_COUNT, "at least one FAT", fatCount);
  const media = from.u8(MEDIA);
  check(media >= 0xf8 || media === 0xf0, MEDIA, "a medium f0 or f8 to ff", media.toString(16));
  const totalSectors = from.u16(TOTAL_SECTORS_16) || from.u32(TOTAL_SECTORS_32);
  const end = Math.floor(size / bytesPerSector);
  check(
    totalSectors > 0 && totalSectors <= end,
    TOTAL_SECTORS_16,
    `1 to ${end} sectors, which there are`,
    totalSectors,
  );
  const isLarge = from.u16(SECTORS_PER_FAT_16) === 0;
  const sectorsPerFat = isLarge ? from.u32(SECTORS_PER_FAT_32) : from.u16(SECTORS_PER_FAT_16);
  check(sectorsPerFat > 0, isLarge ? SECTORS_PER_FAT_32 : SECTORS_PER_FAT_16, "a FAT of some sectors", sectorsPerFat);
  const rootEntries = from.u16(ROOT_ENTRIES);
  const extended = isLarge ? EXTENDED_32 : EXTENDED_16;
  const hasExtended = from.u8(extended + 2) === EXTENDED_SIGNATURE;
  const record: BootRecord = {
    type: isLarge ? 32 : 16,
    oemName: from.text(OEM_NAME, 8).trimEnd(),
    bytesPerSector,
    sectorsPerCluster,
    reservedSectors,
    fatCount,
    rootEntries,
    totalSectors,
    media,
    sectorsPerFat,
    sectorsPerTrack: from.u16(SECTORS_PER_TRACK),
    heads: from.u16(HEADS),
    hiddenSectors: from.u32(HIDDEN_SECTORS),
    driveNumber: from.u8(extended),
    serial: hasExtended ? from.u32(extended + 3) : 0,
    label: hasExtended ? from.text(extended + 7, 11).trimEnd() : "",
    rootCluster: isLarge ? from.u32(ROOT_CLUSTER) : 0,
    fsInfoSector: isLarge ? from.u16(FS_INFO_SECTOR) : 0,
    backupSector: isLarge ? from.u16(BACKUP_SECTOR) : 0,
  };
  const { clusters, data } = areasOf(record);
  check(clusters >= 1, TOTAL_SECTORS_16, `more than the ${data} sectors of FATs and root directory`, totalSectors);
  if (!isLarge) record.type = typeOfClusters(clusters);
  checkType(from, record, clusters);
  return record;
}

/** What differs from one type to the other, now that the type is known. */
function checkType(from: MediaBytes, record: BootRecord, clusters: number): void {
  const { type, rootEntries, sectorsPerFat, bytesPerSector } = record;
  if (type === 32 && record.rootEntries !== 0)
    throw from.wrong(ROOT_ENTRIES, "no fixed root directory on FAT32", rootEntries);
  if (type !== 32 && rootEntries === 0) throw from.wrong(ROOT_ENTRIES, "a root directory of some entries", 0);
  if (type === 32 && clusters >= FAT32_CLUSTER_LIMIT)
    throw from.wrong(TOTAL_SECTORS_32, `fewer than ${FAT32_CLUSTER_LIMIT} clusters`, clusters);
  if (type === 32 && from.u16(VERSION) !== 0) throw from.wrong(VERSION, "FAT32 of version 0.0", from.u16(VERSION));
  const needed = Math.ceil((clusters + 2) * (type / 8));
  if (sectorsPerFat * bytesPerSector < needed)
    throw from.wrong(SECTORS_PER_FAT_16, `a FAT for ${clusters} clusters, ${needed} bytes`, `${sectorsPerFat} sectors`);
}

/** @throws MediaError when the text is no plain ASCII of that length */
function putText(bytes: Uint8Array, offset: number, length: number, text: string): void {
  if (text.length > length || /[^\x20-\x7e]/.test(text))
    throw new MediaError("boot record", offset, `at most ${length} characters of ASCII`, JSON.stringify(text));
  for (let i = 0; i < length; i++) bytes[offset + i] = i < text.length ? text.charCodeAt(i) : 0x20;
}
