// The structures of a virtual hard disk, as Virtual PC, VirtualBox and qemu-img keep them: the footer, a copy of which begins a
// dynamic disk, the dynamic disk's header, and the geometry that belongs to a size. All numbers have their high byte first.
// Source: Microsoft Virtual Hard Disk Image Format Specification 1.0 (2006).

import { hexBytes, latin1, MediaError } from "./media-error.ts";

export const SECTOR_BYTES = 512;
export const FOOTER_BYTES = 512;
export const HEADER_BYTES = 1024;
/** Bytes of a dynamic disk that are there or not there together. */
export const USUAL_BLOCK_BYTES = 2 ** 21;
/** What a table entry holds for a block that is not there. */
export const NO_BLOCK = 0xffffffff;

export type VhdKind = "fixed" | "dynamic";

export interface VhdGeometry {
  cylinders: number;
  heads: number;
  sectorsPerTrack: number;
}

export interface VhdFooter {
  kind: VhdKind;
  /** Of the disk, in bytes. */
  size: number;
  geometry: VhdGeometry;
  /** Seconds since 1970. */
  time: number;
  /** 16 bytes. */
  uniqueId: Uint8Array;
}

export interface VhdHeader {
  /** Where in the file the table of blocks stands. */
  tableOffset: number;
  tableEntries: number;
  blockBytes: number;
}

// Offsets in the footer.
const COOKIE = "conectix";
const FEATURES = 8;
const VERSION = 12;
const DATA_OFFSET = 16;
const TIME_STAMP = 24;
const CREATOR = 28;
const CREATOR_VERSION = 32;
const CREATOR_HOST = 36;
const ORIGINAL_SIZE = 40;
const CURRENT_SIZE = 48;
const GEOMETRY = 56;
const DISK_TYPE = 60;
const FOOTER_CHECKSUM = 64;
const UNIQUE_ID = 68;
const UNIQUE_ID_BYTES = 16;
// And in the header.
const HEADER_COOKIE = "cxsparse";
const HEADER_NEXT = 8;
const TABLE_OFFSET = 16;
const HEADER_VERSION = 24;
const TABLE_ENTRIES = 28;
const BLOCK_BYTES = 32;
const HEADER_CHECKSUM = 36;

const FEATURES_RESERVED = 2;
const VERSION_1_0 = 0x00010000;
const TYPES: Record<VhdKind, number> = { fixed: 2, dynamic: 3 };
const DIFFERENCING = 4;
const NOWHERE = 0xffffffff;
/** 2000-01-01, from which the time stamp counts. */
const EPOCH = 946684800;
/** The most that 4-byte sector numbers and the geometry reach. */
export const MOST_BYTES = 2040 * 2 ** 30;

/** The geometry that all programs must compute from a size, by the specification's appendix. */
export function geometryOf(sectors: number): VhdGeometry {
  const most = 65535 * 16 * 255;
  const total = Math.min(sectors, most);
  let sectorsPerTrack = 255;
  let heads = 16;
  let tracks = Math.floor(total / sectorsPerTrack);
  if (total < 65535 * 16 * 63) {
    sectorsPerTrack = 17;
    tracks = Math.floor(total / sectorsPerTrack);
    heads = Math.max(4, Math.floor((tracks + 1023) / 1024));
    for (const more of [31, 63]) {
      if (tracks < heads * 1024 && heads <= 16) break;
      sectorsPerTrack = more;
      heads = 16;
      tracks = Math.floor(total / sectorsPerTrack);
    }
  }
  return { cylinders: Math.floor(tracks / heads), heads, sectorsPerTrack };
}

/** The fewest sectors, at least as many as given, that are whole cylinders: programs differ in what they think of a rest. */
export function wholeCylinders(sectors: number): { sectors: number; geometry: VhdGeometry } {
  for (let wanted = sectors; ; wanted++) {
    const geometry = geometryOf(wanted);
    const reached = geometry.cylinders * geometry.heads * geometry.sectorsPerTrack;
    if (reached >= sectors || wanted - sectors > 16 * 255) return { sectors: reached, geometry };
  }
}

export function writeFooter({ kind, size, geometry, time, uniqueId }: VhdFooter): Uint8Array {
  const bytes = new Uint8Array(FOOTER_BYTES);
  const view = new DataView(bytes.buffer);
  putText(bytes, 0, COOKIE);
  view.setUint32(FEATURES, FEATURES_RESERVED);
  view.setUint32(VERSION, VERSION_1_0);
  view.setUint32(DATA_OFFSET, kind === "fixed" ? NOWHERE : 0);
  view.setUint32(DATA_OFFSET + 4, kind === "fixed" ? NOWHERE : FOOTER_BYTES);
  view.setUint32(TIME_STAMP, time - EPOCH);
  putText(bytes, CREATOR, "mini");
  view.setUint32(CREATOR_VERSION, VERSION_1_0);
  putText(bytes, CREATOR_HOST, "Wi2k");
  for (const offset of [ORIGINAL_SIZE, CURRENT_SIZE]) view.setBigUint64(offset, BigInt(size));
  view.setUint16(GEOMETRY, geometry.cylinders);
  view.setUint8(GEOMETRY + 2, geometry.heads);
  view.setUint8(GEOMETRY + 3, geometry.sectorsPerTrack);
  view.setUint32(DISK_TYPE, TYPES[kind]);
  bytes.set(uniqueId.subarray(0, UNIQUE_ID_BYTES), UNIQUE_ID);
  view.setUint32(FOOTER_CHECKSUM, checksum(bytes, FOOTER_CHECKSUM));
  return bytes;
}

export function writeHeader({ tableOffset, tableEntries, blockBytes }: VhdHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  putText(bytes, 0, HEADER_COOKIE);
  view.setUint32(HEADER_NEXT, NOWHERE);
  view.setUint32(HEADER_NEXT + 4, NOWHERE);
  view.setBigUint64(TABLE_OFFSET, BigInt(tableOffset));
  view.setUint32(HEADER_VERSION, VERSION_1_0);
  view.setUint32(TABLE_ENTRIES, tableEntries);
  view.setUint32(BLOCK_BYTES, blockBytes);
  view.setUint32(HEADER_CHECKSUM, checksum(bytes, HEADER_CHECKSUM));
  return bytes;
}

/** Is this the last sector of a virtual hard disk? */
export function isFooter(bytes: Uint8Array): boolean {
  return bytes.length >= FOOTER_BYTES && latin1(bytes.subarray(0, COOKIE.length)) === COOKIE;
}

/**
 * @param at where in the file the footer stands, for errors
 * @returns the footer, and where the header of a dynamic disk stands
 * @throws MediaError
 */
export function readFooter(bytes: Uint8Array, file: string, at: number): VhdFooter & { headerOffset: number } {
  const wrong = (offset: number, expected: string, found: string | number) =>
    new MediaError(file, at + offset, expected, `${found}`);
  if (bytes.length < FOOTER_BYTES) throw wrong(0, `a footer of ${FOOTER_BYTES} bytes`, `${bytes.length} bytes`);
  if (!isFooter(bytes)) throw wrong(0, `"${COOKIE}", a virtual disk's footer`, hexBytes(bytes.subarray(0, 8)));
  const view = new DataView(bytes.buffer, bytes.byteOffset, FOOTER_BYTES);
  checkSum(bytes, FOOTER_CHECKSUM, wrong);
  const version = view.getUint32(VERSION);
  if (version >>> 16 !== 1) throw wrong(VERSION, "version 1", `${version >>> 16}`);
  const type = view.getUint32(DISK_TYPE);
  if (type === DIFFERENCING)
    throw wrong(DISK_TYPE, "a fixed or a dynamic disk", "one that needs its parent (differencing)");
  const kind = type === TYPES.fixed ? "fixed" : type === TYPES.dynamic ? "dynamic" : undefined;
  if (!kind) throw wrong(DISK_TYPE, "2 or 3, a fixed or a dynamic disk", type);
  const size = Number(view.getBigUint64(CURRENT_SIZE));
  if (size === 0 || size % SECTOR_BYTES !== 0 || size > MOST_BYTES)
    throw wrong(CURRENT_SIZE, `a size in whole sectors, at most ${MOST_BYTES} bytes`, `${size} bytes`);
  return {
    kind,
    size,
    geometry: {
      cylinders: view.getUint16(GEOMETRY),
      heads: view.getUint8(GEOMETRY + 2),
      sectorsPerTrack: view.getUint8(GEOMETRY + 3),
    },
    time: view.getUint32(TIME_STAMP) + EPOCH,
    uniqueId: bytes.slice(UNIQUE_ID, UNIQUE_ID + UNIQUE_ID_BYTES),
    headerOffset: Number(view.getBigUint64(DATA_OFFSET)),
  };
}

/** @param at where in the file the header stands @throws MediaError */
export function readHeader(bytes: Uint8Array, file: string, at: number, diskBytes: number): VhdHeader {
  const wrong = (offset: number, expected: string, found: string | number) =>
    new MediaError(file, at + offset, expected, `${found}`);
  const cookie = latin1(bytes.subarray(0, HEADER_COOKIE.length));
  if (bytes.length < HEADER_BYTES || cookie !== HEADER_COOKIE)
    throw wrong(0, `"${HEADER_COOKIE}", a dynamic disk's header`, hexBytes(bytes.subarray(0, 8)));
  checkSum(bytes, HEADER_CHECKSUM, wrong);
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const version = view.getUint32(HEADER_VERSION);
  if (version >>> 16 !== 1) throw wrong(HEADER_VERSION, "version 1", `${version >>> 16}`);
  const blockBytes = view.getUint32(BLOCK_BYTES);
  const isPower = blockBytes !== 0 && (blockBytes & (blockBytes - 1)) === 0;
  if (!isPower || blockBytes < SECTOR_BYTES || blockBytes > 2 ** 28)
    throw wrong(BLOCK_BYTES, "blocks of 512 bytes to 256 MiB, a power of two", `${blockBytes} bytes`);
  const tableEntries = view.getUint32(TABLE_ENTRIES);
  const needed = Math.ceil(diskBytes / blockBytes);
  if (tableEntries < needed) throw wrong(TABLE_ENTRIES, `at least ${needed} table entries`, tableEntries);
  return { tableOffset: Number(view.getBigUint64(TABLE_OFFSET)), tableEntries: needed, blockBytes };
}

/** The ones' complement of the sum of all bytes but the checksum's own. */
function checksum(bytes: Uint8Array, offset: number): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) if (i < offset || i >= offset + 4) sum += bytes[i];
  return ~sum >>> 0;
}

function checkSum(
  bytes: Uint8Array,
  offset: number,
  wrong: (offset: number, expected: string, found: string) => MediaError,
): void {
  const stated = new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset);
  const right = checksum(bytes, offset);
  if (stated !== right) throw wrong(offset, `the checksum ${right.toString(16)}`, stated.toString(16));
}

function putText(bytes: Uint8Array, offset: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[offset + i] = text.charCodeAt(i);
}
