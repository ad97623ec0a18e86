// The master boot record: boot code, and a table of up to four partitions, which together do not overlap. The cylinder, head and
// sector of a partition's ends are for BIOSes and systems that count so.
// Sources: the PC AT's partition table as IBM's PC DOS 3.3 Technical Reference has it; UEFI Specification 2.10, section 5.2.1.

import { hexBytes, MediaBytes, MediaError } from "./media-error.ts";

export const SECTOR_BYTES = 512;

/** Partition types. */
export const EMPTY = 0x00;
export const FAT12 = 0x01;
export const FAT16_SMALL = 0x04;
export const EXTENDED = 0x05;
export const FAT16 = 0x06;
export const FAT32_LBA = 0x0c;
export const FAT16_LBA = 0x0e;
/** What isohybrid images use for a partition that is none of a system's own. */
export const HIDDEN_NTFS = 0x17;
export const LINUX = 0x83;
export const GPT_PROTECTIVE = 0xee;

/** Boot code ends where the disk's signature starts. */
export const BOOT_CODE_BYTES = 440;
const DISK_SIGNATURE = 440;
const TABLE = 446;
const ENTRY_BYTES = 16;
const ENTRIES = 4;
const SIGNATURE = 510;
const ACTIVE = 0x80;

/** The most that an entry's cylinder can tell. */
const MOST_CYLINDERS = 1024;

export interface Geometry {
  heads: number;
  sectorsPerTrack: number;
}

export interface Partition {
  /** 0 to 3: its place in the table. */
  index: number;
  type: number;
  isActive: boolean;
  firstSector: number;
  sectors: number;
}

export interface MasterBootRecord {
  diskSignature: number;
  partitions: Partition[];
}

/**
 * Writes signature, table and end mark into a sector; boot code that is in it stays.
 * @throws MediaError when partitions overlap, or cannot be told
 */
export function writeMasterBootRecord(sector: Uint8Array, record: MasterBootRecord, geometry: Geometry): void {
  const view = new DataView(sector.buffer, sector.byteOffset, SECTOR_BYTES);
  checkPartitions(record.partitions, "master boot record");
  view.setUint32(DISK_SIGNATURE, record.diskSignature, true);
  sector.fill(0, DISK_SIGNATURE + 4, SIGNATURE);
  for (const { index, type, isActive, firstSector, sectors } of record.partitions) {
    const at = TABLE + index * ENTRY_BYTES;
    sector[at] = isActive ? ACTIVE : 0;
    sector.set(cylinderHeadSector(firstSector, geometry), at + 1);
    sector[at + 4] = type;
    sector.set(cylinderHeadSector(firstSector + sectors - 1, geometry), at + 5);
    view.setUint32(at + 8, firstSector, true);
    view.setUint32(at + 12, sectors, true);
  }
  sector.set([0x55, 0xaa], SIGNATURE);
}

/** Head, sector (with the cylinder's two high bits) and cylinder; the highest that there are for a sector that is beyond them. */
export function cylinderHeadSector(lba: number, { heads, sectorsPerTrack }: Geometry): [number, number, number] {
  const track = Math.floor(lba / sectorsPerTrack);
  const cylinder = Math.floor(track / heads);
  if (cylinder >= MOST_CYLINDERS) return [Math.min(heads - 1, 254), 0xc0 | Math.min(sectorsPerTrack, 63), 0xff];
  return [track % heads, ((cylinder >> 8) << 6) | ((lba % sectorsPerTrack) + 1), cylinder & 0xff];
}

/**
 * Reads the table of a disk's first sector.
 * @param diskSectors that there are; a partition must lie within them
 * @throws MediaError
 */
export function readMasterBootRecord(sector: Uint8Array, file: string, diskSectors: number): MasterBootRecord {
  const from = new MediaBytes(sector, file);
  const mark = from.slice(SIGNATURE, 2);
  if (mark[0] !== 0x55 || mark[1] !== 0xaa)
    throw from.wrong(SIGNATURE, "55 aa, the mark of a master boot record", hexBytes(mark));
  const partitions: Partition[] = [];
  for (let index = 0; index < ENTRIES; index++) {
    const at = TABLE + index * ENTRY_BYTES;
    const type = from.u8(at + 4);
    if (type === EMPTY) continue;
    const flag = from.u8(at);
    if (flag !== 0 && flag !== ACTIVE)
      throw from.wrong(at, "00 or 80, whether to boot from it", hexBytes(from.slice(at, 1)));
    const partition = {
      index,
      type,
      isActive: flag === ACTIVE,
      firstSector: from.u32(at + 8),
      sectors: from.u32(at + 12),
    };
    if (partition.sectors === 0) throw from.wrong(at + 12, "a partition of some sectors", 0);
    if (partition.firstSector === 0 && type !== GPT_PROTECTIVE && type !== HIDDEN_NTFS)
      throw from.wrong(at + 8, "a partition behind this record", "one that starts at it");
    const end = partition.firstSector + partition.sectors;
    if (end > diskSectors && type !== GPT_PROTECTIVE)
      throw from.wrong(at + 12, `a partition within the disk's ${diskSectors} sectors`, `one that ends at ${end}`);
    partitions.push(partition);
  }
  checkPartitions(partitions, file);
  return { diskSignature: from.u32(DISK_SIGNATURE), partitions };
}

/** Could this sector be a master boot record? A FAT boot sector ends with the same mark, and says itself what it is. */
export function looksLikeMasterBootRecord(sector: Uint8Array, diskSectors: number): boolean {
  try {
    return readMasterBootRecord(sector, "", diskSectors).partitions.length > 0;
  } catch (error) {
    if (error instanceof MediaError) return false;
    throw error;
  }
}

function checkPartitions(partitions: readonly Partition[], file: string): void {
  const refuse = (index: number, expected: string, found: string): never => {
    throw new MediaError(file, TABLE + index * ENTRY_BYTES, expected, found);
  };
  const taken = new Set<number>();
  for (const { index, firstSector, sectors } of partitions) {
    if (!Number.isInteger(index) || index < 0 || index >= ENTRIES || taken.has(index))
      refuse(0, "each partition in a place of its own, 0 to 3", `${index}`);
    taken.add(index);
    if (firstSector > 0xffffffff || sectors > 0xffffffff)
      refuse(index, "sector numbers below 2^32", `${firstSector + sectors}`);
  }
  const sorted = partitions.toSorted((a, b) => a.firstSector - b.firstSector);
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1];
    if (before.firstSector + before.sectors > sorted[i].firstSector)
      refuse(
        sorted[i].index,
        "partitions that do not overlap",
        `${before.index + 1} and ${sorted[i].index + 1} that do`,
      );
  }
  if (partitions.filter(({ isActive }) => isActive).length > 1) refuse(0, "at most one active partition", "more");
}
