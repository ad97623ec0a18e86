// Volumes: what a drive or one of its partitions holds, and its files. A place is written as GRUB writes it: (fd0), (hd0),
// (hd0,1), (hd0,msdos1) or (hd0,gpt1), (cd); a path without a place is on the root volume. One file is open at a time.

import { partLength } from "../kernel/fs/path.ts";
import { bootDrive, bootPartitionEntry } from "./assembly.external.ts";
import { forgetDrive, isCd, selectDrive, selectedDrive } from "./disk.ts";
import { andBytes, andText, fail } from "./failure.ts";
import { findFatFile, isFatDirectory, listFatDirectory, mountFat, readFatFile } from "./fat.ts";
import { findIsoFile, isIsoDirectory, listIsoDirectory, mountIso, readIsoFile } from "./iso.ts";
import { PARTITION_TABLE } from "./layout.ts";
import { findPartitionOnDisk } from "./partitions.ts";

export const NO_PARTITION: u32 = 0xff;
const NOTHING: u32 = 0;
const FAT: u32 = 1;
const ISO: u32 = 2;

const ENTRY_BYTES: usize = 16;
const FIRST_HARD_DISK: u32 = 0x80;
const MOST_PARTITIONS: u32 = 128;
const PLACE_BYTES: usize = 32;

// The root volume, on which paths without a place are.
let rootDrive: u32 = 0;
let rootPartition: u32 = NO_PARTITION;

// The volume that is mounted.
let kind: u32 = NOTHING;
let mountedDrive: u32 = 0xffff;
let mountedPartition: u32 = NO_PARTITION;
let firstSector: u32 = 0;
const entry = memory.data(16, 4);

/** Of the open file, and what findFatFile and findIsoFile leave. */
let fileBytes: u32 = 0;

/** Takes the drive and partition that the loader came from as the root volume. */
export function useBootVolume(): void {
  rootDrive = bootDrive();
  rootPartition = NO_PARTITION;
  const index = (bootPartitionEntry() - PARTITION_TABLE) / ENTRY_BYTES;
  if (rootDrive >= FIRST_HARD_DISK && bootPartitionEntry() >= PARTITION_TABLE && index < 4)
    rootPartition = index as u32;
  // A boot image that a master boot record started from a stick is no partition with files: the whole stick is the volume.
  if (rootPartition != NO_PARTITION && !mountRoot()) rootPartition = NO_PARTITION;
}

function mountRoot(): bool {
  return mount(rootDrive, rootPartition);
}

export function rootVolumeDrive(): u32 {
  return rootDrive;
}

/** From 0; NO_PARTITION when the volume is the whole drive. */
export function rootVolumePartition(): u32 {
  return rootPartition;
}

export function placedPartition(): u32 {
  return placePartition;
}

export function placedDrive(): u32 {
  return placeDrive;
}

// What parsePlace found.
let placeDrive: u32 = 0;
let placePartition: u32 = NO_PARTITION;

/** Reads a path's "(place)", if it has one, and returns where the path goes on; 0 if the place is none. */
export function parsePlace(path: usize): usize {
  placeDrive = rootDrive;
  placePartition = rootPartition;
  if (load<u8>(path) != 0x28) return path;
  const end = parseDevice(path + 1);
  if (end == 0 || load<u8>(end) != 0x29) {
    fail("No such place: ");
    andBytes(path);
    return 0;
  }
  return end + 1;
}

/** Makes the device, with or without parentheses, the root volume's. */
export function setRoot(device: usize): bool {
  const start = load<u8>(device) == 0x28 ? device + 1 : device;
  const end = parseDevice(start);
  if (end == 0 || (load<u8>(end) != 0 && load<u8>(end) != 0x29)) {
    fail("No such device: ");
    return andBytes(device);
  }
  rootDrive = placeDrive;
  rootPartition = placePartition;
  return true;
}

/** fd0, hd0, hd0,1, hd0,msdos1, cd, cd0: returns where it ends, or 0. */
function parseDevice(text: usize): usize {
  let at = text + 2;
  const first = load<u8>(text);
  const second = first == 0 ? 0 : load<u8>(text, 1);
  placePartition = NO_PARTITION;
  if (first == 0x63 && second == 0x64) {
    // The CD is the drive that was booted from, or the first one that such machines number.
    placeDrive = bootDrive() >= 0xe0 || isBootedFromCd() ? bootDrive() : 0xe0;
    while (isDigit(load<u8>(at))) at++;
    return at;
  }
  if ((first != 0x66 && first != 0x68) || second != 0x64 || !isDigit(load<u8>(at))) return 0;
  let number: u32 = 0;
  while (isDigit(load<u8>(at)) && number < 100) number = number * 10 + load<u8>(at++) - 0x30;
  placeDrive = (first == 0x68 ? FIRST_HARD_DISK : 0) + number;
  if (number >= FIRST_HARD_DISK) return 0;
  if (load<u8>(at) != 0x2c) return at;
  at++;
  // Letters before the number name the kind of the table: msdos1.
  while (load<u8>(at) >= 0x61 && load<u8>(at) <= 0x7a) at++;
  number = 0;
  while (isDigit(load<u8>(at)) && number < 100) number = number * 10 + load<u8>(at++) - 0x30;
  if (number == 0 || number > MOST_PARTITIONS) return 0;
  placePartition = number - 1;
  return at;
}

function isBootedFromCd(): bool {
  return selectDrive(bootDrive()) && isCd();
}

function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39;
}

/** The place's first sector and, at partitionEntry, its entry of the table. */
export function findPlace(): bool {
  return findPartition(placeDrive, placePartition);
}

export function placeSector(): u32 {
  return firstSector;
}

/** 16 bytes: the partition's entry, with which a boot sector is started. */
export function partitionEntry(): usize {
  return entry;
}

function findPartition(drive: u32, partition: u32): bool {
  kind = NOTHING;
  mountedDrive = 0xffff;
  if (!selectDrive(drive)) return false;
  firstSector = 0;
  if (partition == NO_PARTITION) return true;
  firstSector = findPartitionOnDisk(partition, entry);
  return firstSector != 0;
}

function mount(drive: u32, partition: u32): bool {
  if (kind != NOTHING && drive == mountedDrive && partition == mountedPartition) return selectDrive(drive);
  if (!findPartition(drive, partition)) return false;
  kind = mountFat(firstSector) ? FAT : mountIso(firstSector) ? ISO : NOTHING;
  if (kind == NOTHING) return false;
  mountedDrive = drive;
  mountedPartition = partition;
  return true;
}

/** Forgets what is mounted: the medium may be another one. */
export function forgetVolume(): void {
  forgetDrive();
  kind = NOTHING;
}

/** Opens the file that a path names. */
export function openFile(path: usize): bool {
  const name = parsePlace(path);
  if (name == 0 || !mount(placeDrive, placePartition)) return false;
  fileBytes = 0;
  if (load<u8>(name) != 0x2f) {
    fail("A path begins with / or a place: ");
    return andBytes(path);
  }
  const isFound = kind == FAT ? findFatFile(name) : findIsoFile(name);
  if (!isFound) {
    andText(": ");
    return andBytes(path);
  }
  return true;
}

/** Whether there is such a directory. */
export function isDirectoryAt(path: usize): bool {
  const name = parsePlace(path);
  if (name == 0 || load<u8>(name) != 0x2f || !mount(placeDrive, placePartition)) return false;
  return kind == FAT ? isFatDirectory(name) : isIsoDirectory(name);
}

/** Bytes of the open file. */
export function fileSize(): u32 {
  return fileBytes;
}

export function setFileSize(bytes: u32): void {
  fileBytes = bytes;
}

/** Reads from the open file; what is not in it fails. */
export function readFile(offset: u32, count: u32, address: usize): bool {
  if (count > fileBytes || offset > fileBytes - count) return fail("The file is shorter than it says");
  if (count == 0) return true;
  return kind == FAT ? readFatFile(offset, count, address) : readIsoFile(offset, count, address);
}

/** Shows what is in a directory. */
export function listDirectory(path: usize): bool {
  const name = parsePlace(path);
  if (name == 0 || !mount(placeDrive, placePartition)) return false;
  const isListed = kind == FAT ? listFatDirectory(name) : listIsoDirectory(name);
  if (!isListed) {
    andText(": ");
    return andBytes(path);
  }
  return true;
}

/** The part of a path at `at`, past slashes; its length is partLength. */
export function skipSlashes(at: usize): usize {
  let part = at;
  while (load<u8>(part) == 0x2f) part++;
  return part;
}

export function hasMoreParts(at: usize): bool {
  return load<u8>(skipSlashes(at + partLength(at))) != 0;
}

/** Writes the place's name, such as hd0,1, to `to` (PLACE_BYTES) for whoever shows it. */
export function rootName(to: usize): usize {
  assert(PLACE_BYTES >= 16, "room for a name");
  let at = to;
  const drive = rootDrive;
  const isDisk = drive >= FIRST_HARD_DISK;
  if (selectedDrive() == drive && isCd()) {
    store<u16>(at, 0x6463);
    store<u8>(at, 0, 2);
    return to;
  }
  store<u8>(at++, isDisk ? 0x68 : 0x66);
  store<u8>(at++, 0x64);
  store<u8>(at++, ((drive & 0x7f) + 0x30) as u8);
  if (rootPartition != NO_PARTITION) {
    store<u8>(at++, 0x2c);
    const number = rootPartition + 1;
    if (number >= 100) store<u8>(at++, (0x30 + number / 100) as u8);
    if (number >= 10) store<u8>(at++, (0x30 + ((number / 10) % 10)) as u8);
    store<u8>(at++, (0x30 + (number % 10)) as u8);
  }
  store<u8>(at, 0);
  return to;
}
