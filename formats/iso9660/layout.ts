// The numbers, dates and records of an ISO 9660 volume. Numbers stand twice, low byte first and high byte first.
// Sources: ECMA-119 (ISO 9660), sections 7 to 9; Joliet Specification (Microsoft, 1995).

import type { MediaBytes } from "../media-error.ts";

export const BLOCK_BYTES = 2048;
/** The blocks before the volume descriptors belong to the system that boots: a hybrid's master boot record. */
export const SYSTEM_AREA_BLOCKS = 16;
export const FIRST_DESCRIPTOR = 16;

// Types of volume descriptors, and what each begins with.
export const BOOT_RECORD = 0;
export const PRIMARY = 1;
export const SUPPLEMENTARY = 2;
export const TERMINATOR = 255;
export const STANDARD = "CD001";

/** The escape sequence of UCS-2, level 3, by which a supplementary descriptor says that it is Joliet's. */
export const JOLIET_ESCAPE = "%/E";
export const JOLIET_ESCAPES = ["%/@", "%/C", "%/E"];

// Offsets in a primary or supplementary descriptor.
export const D_STANDARD = 1;
export const D_VERSION = 6;
export const D_SYSTEM = 8;
export const D_VOLUME = 40;
export const D_BLOCKS = 80;
export const D_ESCAPES = 88;
export const D_SET_SIZE = 120;
export const D_SEQUENCE = 124;
export const D_BLOCK_BYTES = 128;
export const D_PATH_TABLE_BYTES = 132;
export const D_PATH_TABLE_L = 140;
export const D_PATH_TABLE_M = 148;
export const D_ROOT = 156;
export const D_SET_NAME = 190;
export const D_TEXTS_END = 813;
export const D_CREATION = 813;
export const D_STRUCTURE_VERSION = 881;
export const NAME_FIELD_BYTES = 32;

// Offsets in a directory record.
export const R_EXTENT = 2;
export const R_SIZE = 10;
export const R_DATE = 18;
export const R_FLAGS = 25;
export const R_SEQUENCE = 28;
export const R_NAME_BYTES = 32;
export const R_NAME = 33;
export const FLAG_DIRECTORY = 2;
/** The file goes on in the next record. */
export const FLAG_CONTINUES = 0x80;
export const ROOT_RECORD_BYTES = 34;
export const MOST_RECORD_BYTES = 254;

export function putBoth16(view: DataView, offset: number, value: number): void {
  view.setUint16(offset, value, true);
  view.setUint16(offset + 2, value, false);
}

export function putBoth32(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value, true);
  view.setUint32(offset + 4, value, false);
}

/** A number that stands twice. @throws MediaError when the two differ */
export function both32(from: MediaBytes, offset: number): number {
  const value = from.u32(offset);
  const other = from.u32be(offset + 4);
  if (value !== other) throw from.wrong(offset, `${value} in both byte orders`, other);
  return value;
}

/** The record's date: seven bytes, in UTC. */
export function shortDate(seconds: number): Uint8Array {
  const when = new Date(seconds * 1000);
  const date = [when.getUTCFullYear() - 1900, when.getUTCMonth() + 1, when.getUTCDate()];
  return Uint8Array.from([...date, when.getUTCHours(), when.getUTCMinutes(), when.getUTCSeconds(), 0]);
}

/** @returns seconds since 1970 */
export function readShortDate(bytes: Uint8Array): number {
  const [year, month, day, hours, minutes, seconds, zone] = bytes;
  const quarters = zone > 127 ? zone - 256 : zone;
  return Date.UTC(1900 + year, month - 1, day, hours, minutes, seconds) / 1000 - quarters * 900;
}

/** A descriptor's date: 16 digits and the zone; zeros for none. */
export function longDate(seconds: number | undefined): Uint8Array {
  const digits =
    seconds === undefined ? "0".repeat(16) : new Date(seconds * 1000).toISOString().replace(/\D/g, "").slice(0, 16);
  const bytes = new Uint8Array(17);
  bytes.set(new TextEncoder().encode(digits));
  return bytes;
}

export function ascii(text: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(0x20);
  for (let i = 0; i < Math.min(text.length, length); i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** UTF-16 units, high byte first; blanks fill it up. */
export function ucs2(text: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i + 1 < length; i += 2) {
    const unit = i / 2 < text.length ? text.charCodeAt(i / 2) : 0x20;
    bytes[i] = unit >> 8;
    bytes[i + 1] = unit;
  }
  return bytes;
}

export const blocksOf = (bytes: number): number => Math.ceil(bytes / BLOCK_BYTES);
