// A mounted FAT volume: its geometry, read from the boot sector and checked, and what its operations share.
//
//   | reserved: boot sector, FSInfo | FAT | copies of the FAT | root directory (FAT12, 16) | clusters 2, 3, … |
//
// One mutex a volume: every operation holds it from start to end, and all functions of this folder below the operations
// expect it to be held. Sources: Microsoft, "FAT: General Overview of On-Disk Format" 1.03 (fatgen103); ECMA-107.

import { EINVAL, EIO, ENOMEM } from "../../abi/errno.ts";
import { Device } from "../../device/device.ts";
import { calloc, free } from "../../memory/heap.ts";
import { Mutex } from "../../thread/mutex.ts";
import { readCached, writeCached } from "../cache.ts";
import { Node } from "./node.ts";

// The boot sector's fields (offset in bytes).
const BPB_JUMP: usize = 0;
const BPB_SECTOR_BYTES: usize = 11; // u16
const BPB_CLUSTER_SECTORS: usize = 13; // u8
const BPB_RESERVED_SECTORS: usize = 14; // u16
const BPB_FAT_COUNT: usize = 16; // u8
const BPB_ROOT_ENTRIES: usize = 17; // u16
const BPB_TOTAL_16: usize = 19; // u16
const BPB_MEDIA: usize = 21; // u8
const BPB_FAT_SECTORS_16: usize = 22; // u16
const BPB_TOTAL_32: usize = 32; // u32
const BPB_FAT_SECTORS_32: usize = 36; // u32, FAT32 only like all below
const BPB_FLAGS: usize = 40; // u16
const BPB_VERSION: usize = 42; // u16
const BPB_ROOT_CLUSTER: usize = 44; // u32
const BPB_INFO_SECTOR: usize = 48; // u16
const BOOT_SECTOR_BYTES: u32 = 512;

/** BPB_FLAGS: only one FAT is kept, the one in the low four bits. */
const FLAG_NO_MIRROR: u32 = 0x80;
const MAX_12: u32 = 4084;
const MAX_16: u32 = 65524;
/** FAT32 entries have 28 bits; the last values mean something else. */
const MAX_32: u32 = 0x0ffffff5;

// The FSInfo sector.
const INFO_SIGNATURE_1: u32 = 0x41615252;
const INFO_SIGNATURE_2: u32 = 0x61417272;
const INFO_SECOND: u32 = 484;
export const INFO_FREE_COUNT: u32 = 488;
export const INFO_NEXT_FREE: u32 = 492;
export const UNKNOWN: u32 = 0xffffffff;

export const ENTRY_BYTES: u32 = 32;
/** Longest name with its NUL. */
export const NAME_BYTES: u32 = 256;
/** Bytes of the FAT that the volume keeps at hand: a whole number of entries of each kind. */
export const WINDOW_BYTES: u32 = 1536;
/** Chains that wait to be freed. */
export const MAX_PENDING: u32 = 32;

@unmanaged
export class Volume extends Mutex {
  device: Device;
  /** Copied at mount: another value there means that the medium is another one. */
  mediaChanges: u32;
  isReadOnly: bool;
  /** 12, 16 or 32: bits of a FAT entry. */
  bits: u32;
  sectorBytes: u32;
  /** Blocks of the device in a sector. */
  sectorBlocks: u32;
  clusterSectors: u32;
  clusterBytes: u32;
  /** Clusters are numbered from 2 to clusterCount + 1. */
  clusterCount: u32;
  fatStart: u32;
  fatSectors: u32;
  /** Further FATs, `fatSectors` on each, that get the same writes. */
  mirrors: u32;
  /** The root of FAT12 and FAT16 has a place and size of its own. */
  rootStart: u32;
  rootEntries: u32;
  /** First cluster of the root of FAT32; 0 otherwise. */
  rootCluster: u32;
  dataStart: u32;
  /** Sector of the FSInfo; 0: none. */
  infoSector: u32;
  isInfoDirty: bool;
  /** UNKNOWN until somebody counts. */
  freeClusters: u32;
  /** Where the search for a free cluster goes on. */
  nextFree: u32;

  // table.ts: a part of the FAT at hand, and what orders its writes.
  window: usize;
  windowStart: u32;
  windowBytes: u32;
  /** The block of the FAT that must be written after the others; UNKNOWN: none. */
  linkBlock: u32;
  /** First clusters of the chains that are free as soon as the directories on the disk don't name them any more. */
  pending: usize;
  pendingCount: u32;

  // node.ts: the open files and directories, and an entry that is being changed.
  firstNode: Node | null;
  nodeEntry: usize;

  // lookup.ts: the directory of the path's last part, and that part.
  parent: u32;
  last: usize;
  lastLength: u32;
  /** A directory, by its cluster, that somebody wants to know of if a path leads through it; and whether it did. */
  watched: u32;
  hasPassedWatched: bool;

  // rename.ts: what gets a new name: its slots, and its entry as it was.
  sourceDirectory: u32;
  sourceFirst: u32;
  sourceIndex: u32;
  sourceEntry: usize;

  // directory.ts: the entry that a scan has come to.
  scanDirectory: u32;
  scanIndex: u32;
  /** The cluster that a walk through the directory has come to, and which of the directory's it is. */
  scanCluster: u32;
  scanClusterIndex: u32;
  /** A sector of the directory at hand, and its number; 0: none. */
  sector: usize;
  sectorNumber: u32;
  /** The entry: 32 bytes. */
  entry: usize;
  entrySector: u32;
  entryOffset: u32;
  entryIndex: u32;
  /** The first of the slots that hold its long name; entryIndex if it has none. */
  entryFirst: u32;
  /** Its name, NUL-terminated, and its short name. */
  name: usize;
  nameLength: u32;
  shortName: usize;
  /** The short name that a new entry will have. */
  alias: usize;
  /** The slots that prepareEntry found reach behind the last entry. */
  isRoomAtEnd: bool;

  isCluster(cluster: u32): bool {
    return cluster >= 2 && cluster - 2 < this.clusterCount;
  }

  sectorOf(cluster: u32): u32 {
    assert(this.isCluster(cluster), "no such cluster");
    return this.dataStart + (cluster - 2) * this.clusterSectors;
  }

  read(sector: u32, offset: u32, buffer: usize, count: u32): i32 {
    return readCached(this.device, sector * this.sectorBlocks, offset, buffer, count);
  }

  write(sector: u32, offset: u32, buffer: usize, count: u32, rank: u32): i32 {
    return writeCached(this.device, sector * this.sectorBlocks, offset, buffer, count, rank);
  }
}

/** Where a new Volume's buffers lie behind it. */
const NAME_AT: usize = (WINDOW_BYTES as usize) + MAX_PENDING * 4 + 3 * ENTRY_BYTES;
const SHORT_NAME_AT: usize = NAME_AT + NAME_BYTES;
const SECTOR_AT: usize = SHORT_NAME_AT + 32;

let mounted: Volume | null = null;

/** The volume that openVolume read last. */
export function openedVolume(): Volume {
  return mounted as Volume;
}

/** Reads the boot sector of `device` and makes a Volume of it (see openedVolume): 0, -EINVAL if it holds no FAT, or another error. */
export function openVolume(device: Device): i32 {
  const boot = calloc(BOOT_SECTOR_BYTES);
  if (boot == 0) return -ENOMEM;
  let status = readCached(device, 0, 0, boot, BOOT_SECTOR_BYTES);
  if (status == 0) {
    const sectorBytes: u32 = load<u16>(boot, BPB_SECTOR_BYTES);
    status = -EINVAL;
    if (popcnt<u32>(sectorBytes) == 1 && sectorBytes >= 512 && sectorBytes <= 4096) {
      const address = calloc(offsetof<Volume>() + SECTOR_AT + sectorBytes);
      status = -ENOMEM;
      if (address != 0) {
        const volume = changetype<Volume>(address);
        placeBuffers(volume, address + offsetof<Volume>());
        volume.device = device;
        status = readGeometry(volume, boot);
        if (status == 0) status = readInformation(volume);
        mounted = volume;
        if (status < 0) free(address);
      }
    }
  }
  free(boot);
  return status;
}

export function freeVolume(volume: Volume): void {
  free(changetype<usize>(volume));
}

/** -EIO if the medium is not the one that was mounted. */
export function checkMedium(volume: Volume): i32 {
  return volume.device.mediaChanges == volume.mediaChanges ? 0 : -EIO;
}

function placeBuffers(volume: Volume, buffers: usize): void {
  volume.window = buffers;
  volume.pending = buffers + WINDOW_BYTES;
  volume.entry = buffers + WINDOW_BYTES + MAX_PENDING * 4;
  volume.nodeEntry = volume.entry + ENTRY_BYTES;
  volume.sourceEntry = volume.nodeEntry + ENTRY_BYTES;
  volume.name = buffers + NAME_AT;
  volume.shortName = buffers + SHORT_NAME_AT;
  volume.alias = buffers + SHORT_NAME_AT + 16;
  volume.sector = buffers + SECTOR_AT;
}

/** Takes the geometry from the boot sector; every field is checked, against the others and the device. */
function readGeometry(volume: Volume, boot: usize): i32 {
  const device = volume.device;
  const sectorBytes: u32 = load<u16>(boot, BPB_SECTOR_BYTES);
  const jump = load<u8>(boot, BPB_JUMP);
  if (jump != 0xeb && jump != 0xe9) return -EINVAL;
  if (load<u8>(boot, BPB_MEDIA) < 0xf0 || sectorBytes < device.blockBytes) return -EINVAL;
  volume.sectorBytes = sectorBytes;
  volume.sectorBlocks = sectorBytes / device.blockBytes;
  volume.clusterSectors = load<u8>(boot, BPB_CLUSTER_SECTORS);
  if (popcnt<u32>(volume.clusterSectors) != 1) return -EINVAL;
  volume.clusterBytes = volume.clusterSectors * sectorBytes;

  let total: u32 = load<u16>(boot, BPB_TOTAL_16);
  if (total == 0) total = load<u32>(boot, BPB_TOTAL_32);
  if (total == 0 || total > device.blockCount / volume.sectorBlocks) return -EINVAL;
  volume.fatStart = load<u16>(boot, BPB_RESERVED_SECTORS);
  const fatCount: u32 = load<u8>(boot, BPB_FAT_COUNT);
  if (volume.fatStart == 0 || fatCount == 0 || fatCount > 4) return -EINVAL;
  volume.mirrors = fatCount - 1;
  volume.fatSectors = load<u16>(boot, BPB_FAT_SECTORS_16);
  volume.rootEntries = load<u16>(boot, BPB_ROOT_ENTRIES);
  const is32 = volume.fatSectors == 0;
  if (is32) volume.fatSectors = load<u32>(boot, BPB_FAT_SECTORS_32);
  if (volume.fatSectors > total / fatCount) return -EINVAL; // none is too few for the clusters, below
  if (is32 != (volume.rootEntries == 0) || (volume.rootEntries * ENTRY_BYTES) % sectorBytes != 0) return -EINVAL;

  volume.rootStart = volume.fatStart + fatCount * volume.fatSectors;
  volume.dataStart = volume.rootStart + (volume.rootEntries * ENTRY_BYTES) / sectorBytes;
  if (volume.dataStart >= total) return -EINVAL;
  volume.clusterCount = (total - volume.dataStart) / volume.clusterSectors;
  volume.bits = is32 ? 32 : volume.clusterCount <= MAX_12 ? 12 : 16;
  if (volume.clusterCount == 0 || volume.clusterCount > (is32 ? MAX_32 : MAX_16)) return -EINVAL;
  // The FAT must have an entry for each cluster.
  const fatBits = (volume.fatSectors as u64) * sectorBytes * 8;
  if ((volume.clusterCount as u64) + 2 > fatBits / volume.bits) return -EINVAL;
  if (is32) return readFat32(volume, boot);
  return 0;
}

function readFat32(volume: Volume, boot: usize): i32 {
  if (load<u16>(boot, BPB_VERSION) != 0) return -EINVAL;
  volume.rootCluster = load<u32>(boot, BPB_ROOT_CLUSTER);
  if (!volume.isCluster(volume.rootCluster)) return -EINVAL;
  volume.infoSector = load<u16>(boot, BPB_INFO_SECTOR);
  if (volume.infoSector >= volume.fatStart) volume.infoSector = 0;
  const flags: u32 = load<u16>(boot, BPB_FLAGS);
  if ((flags & FLAG_NO_MIRROR) != 0) {
    if ((flags & 0xf) > volume.mirrors) return -EINVAL;
    volume.fatStart += (flags & 0xf) * volume.fatSectors;
    volume.mirrors = 0;
  }
  return 0;
}

/** What the FSInfo says is a hint: it is used where it can be true. */
function readInformation(volume: Volume): i32 {
  volume.mediaChanges = volume.device.mediaChanges;
  volume.freeClusters = UNKNOWN;
  volume.linkBlock = UNKNOWN;
  volume.nextFree = 2;
  if (volume.infoSector == 0) return 0;
  const status = volume.read(volume.infoSector, 0, volume.sector, BOOT_SECTOR_BYTES);
  if (status < 0) return status;
  const information = volume.sector;
  if (load<u32>(information) != INFO_SIGNATURE_1 || load<u32>(information + INFO_SECOND) != INFO_SIGNATURE_2) {
    volume.infoSector = 0;
    return 0;
  }
  const free = load<u32>(information + INFO_FREE_COUNT);
  if (free <= volume.clusterCount) volume.freeClusters = free;
  const next = load<u32>(information + INFO_NEXT_FREE);
  if (volume.isCluster(next)) volume.nextFree = next;
  return 0;
}
