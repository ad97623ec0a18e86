// How a BIOS starts from a CD: a descriptor that names a catalog, and the catalog's entry for the boot image, of which the BIOS loads
// the first sectors (of 512 bytes) to 07C0:0000. Only images without emulation of another disk are written.
// Source: El Torito Bootable CD-ROM Format Specification 1.0 (Phoenix and IBM, 1995); the boot information table is mkisofs'.

import { hexBytes, type MediaBytes } from "../media-error.ts";
import { ascii, BLOCK_BYTES, BOOT_RECORD, STANDARD } from "./layout.ts";

export const SPECIFICATION = "EL TORITO SPECIFICATION";
const CATALOG_POINTER = 0x47;
const VALIDATION = 1;
const BOOTABLE = 0x88;
const NO_EMULATION = 0;
const ENTRY_BYTES = 32;
const NAME = 4;
const CHECKSUM = 28;
const KEY = 30;

// The boot information table, in the boot image's first block.
const INFORMATION = 8;
const INFORMATION_END = 64;

export interface BootImage {
  /** Where among the CD's files it is: "/boot/boot.img". A file of that path gives way to it. */
  path: string;
  bytes: Uint8Array;
  /** Sectors of 512 bytes that the BIOS loads: all of the image if not given. */
  loadSectors?: number;
  /** Writes where the image and the volume stand into the image, at offset 8. */
  informationTable?: boolean;
}

export interface BootEntry {
  isBootable: boolean;
  /** 0: none, 1 to 3: diskettes, 4: hard disk. */
  emulation: number;
  loadSegment: number;
  loadSectors: number;
  /** Where the image starts. */
  block: number;
}

export function writeBootDescriptor(catalogBlock: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK_BYTES);
  bytes[0] = BOOT_RECORD;
  bytes.set(ascii(STANDARD, 5), 1);
  bytes[6] = 1;
  for (let i = 0; i < SPECIFICATION.length; i++) bytes[7 + i] = SPECIFICATION.charCodeAt(i);
  new DataView(bytes.buffer).setUint32(CATALOG_POINTER, catalogBlock, true);
  return bytes;
}

export function writeCatalog(loadSectors: number, block: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = VALIDATION;
  for (let i = 0; i < 6; i++) bytes[NAME + i] = "MiniOS".charCodeAt(i);
  bytes.set([0x55, 0xaa], KEY);
  view.setUint16(CHECKSUM, -sumOf(view) & 0xffff, true);
  bytes[ENTRY_BYTES] = BOOTABLE;
  bytes[ENTRY_BYTES + 1] = NO_EMULATION;
  view.setUint16(ENTRY_BYTES + 6, loadSectors, true);
  view.setUint32(ENTRY_BYTES + 8, block, true);
  return bytes;
}

/** The validation entry's words add up to zero. */
function sumOf(view: DataView): number {
  let sum = 0;
  for (let offset = 0; offset < ENTRY_BYTES; offset += 2) sum = (sum + view.getUint16(offset, true)) & 0xffff;
  return sum;
}

/** The boot image with its information table: the descriptors' block, its own, its length, and the sum of what follows. */
export function withInformationTable(image: Uint8Array, descriptorBlock: number, block: number): Uint8Array {
  const bytes = image.slice();
  const view = new DataView(bytes.buffer);
  let sum = 0;
  for (let at = INFORMATION_END; at < bytes.length; at += 4) {
    const rest = bytes.subarray(at, at + 4);
    sum = (sum + ((rest[0] | ((rest[1] ?? 0) << 8) | ((rest[2] ?? 0) << 16) | ((rest[3] ?? 0) << 24)) >>> 0)) >>> 0;
  }
  [descriptorBlock, block, bytes.length, sum].forEach((value, index) => {
    view.setUint32(INFORMATION + index * 4, value, true);
  });
  bytes.fill(0, INFORMATION + 16, INFORMATION_END);
  return bytes;
}

/** @param descriptor where the boot record stands @throws MediaError */
export function readCatalog(from: MediaBytes, descriptor: number): BootEntry {
  const block = from.u32(descriptor + CATALOG_POINTER);
  const at = block * BLOCK_BYTES;
  const catalog = from.slice(at, BLOCK_BYTES);
  if (catalog[0] !== VALIDATION || catalog[KEY] !== 0x55 || catalog[KEY + 1] !== 0xaa)
    throw from.wrong(at, "a boot catalog's validation entry, 01 … 55 aa", hexBytes(catalog.subarray(0, ENTRY_BYTES)));
  const sum = sumOf(new DataView(catalog.buffer, catalog.byteOffset, ENTRY_BYTES));
  if (sum !== 0) throw from.wrong(at + CHECKSUM, "words that add up to 0", `0x${sum.toString(16)}`);
  const first = at + ENTRY_BYTES;
  const entry = {
    isBootable: from.u8(first) === BOOTABLE,
    emulation: from.u8(first + 1) & 0x0f,
    loadSegment: from.u16(first + 2),
    loadSectors: from.u16(first + 6),
    block: from.u32(first + 8),
  };
  if (entry.emulation > 4) throw from.wrong(first + 1, "a medium of 0 to 4", entry.emulation);
  from.slice(entry.block * BLOCK_BYTES, 1);
  return entry;
}
