// Directory entries of FAT: 32 bytes each; a long name stands in entries of its own in front of the file's.
// Source: Microsoft FAT Specification (2005), sections 6 and 7.

import { MediaError } from "../media-error.ts";
import { DIRECTORY_ENTRY_BYTES } from "./boot-record.ts";
import { LONG_NAME_UNITS, shortNameChecksum, showShortName } from "./names.ts";

export const READ_ONLY = 0x01;
export const HIDDEN = 0x02;
export const SYSTEM = 0x04;
export const VOLUME_LABEL = 0x08;
export const DIRECTORY = 0x10;
export const ARCHIVE = 0x20;
const LONG_NAME = 0x0f;
const LONG_NAME_MASK = 0x3f;

// Offsets in an entry.
const ATTRIBUTES = 11;
const CASE_BITS = 12;
const CREATION_TIME = 14;
const CREATION_DATE = 16;
const ACCESS_DATE = 18;
const CLUSTER_HIGH = 20;
const WRITE_TIME = 22;
const WRITE_DATE = 24;
const CLUSTER_LOW = 26;
const FILE_BYTES = 28;

const DELETED = 0xe5;
const END_OF_DIRECTORY = 0;

// A part of a long name: its number, 13 UTF-16 units, and the checksum of the short name.
const PART_UNITS = 13;
const PART_OFFSETS = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
const PART_CHECKSUM = 13;
const LAST_PART = 0x40;
const MOST_PARTS = Math.ceil(LONG_NAME_UNITS / PART_UNITS);

/** The most bytes that a directory may have. */
export const MOST_DIRECTORY_BYTES = 65536 * DIRECTORY_ENTRY_BYTES;
/** The years that an entry can tell: 1980 to 2107. */
const FIRST_YEAR = 1980;
const LAST_YEAR = 2107;

export interface DirectoryEntry {
  /** The long name, or the short one where there is none. */
  name: string;
  shortName: Uint8Array;
  attributes: number;
  cluster: number;
  /** Bytes of a file; 0 for a directory. */
  size: number;
  /** Of the last change, in seconds since 1970, taken as UTC. */
  time: number;
  /** Where in the directory the entry stands. */
  offset: number;
}

/** Bytes of all entries that a name needs. */
export function entryBytes(longName: string | undefined): number {
  return DIRECTORY_ENTRY_BYTES * (1 + (longName === undefined ? 0 : Math.ceil(longName.length / PART_UNITS)));
}

/**
 * Writes an entry, with those of its long name in front.
 * @param longName undefined when the short name says it all
 * @returns the offset behind it
 */
export function writeDirectoryEntry(
  into: Uint8Array,
  offset: number,
  entry: Pick<DirectoryEntry, "shortName" | "attributes" | "cluster" | "size" | "time">,
  longName?: string,
): number {
  let at = longName === undefined ? offset : writeLongName(into, offset, longName, entry.shortName);
  const view = new DataView(into.buffer, into.byteOffset + at, DIRECTORY_ENTRY_BYTES);
  const { date, time } = fatTime(entry.time);
  into.set(entry.shortName, at);
  view.setUint8(ATTRIBUTES, entry.attributes);
  view.setUint16(CREATION_TIME, time, true);
  view.setUint16(CREATION_DATE, date, true);
  view.setUint16(ACCESS_DATE, date, true);
  view.setUint16(CLUSTER_HIGH, entry.cluster >>> 16, true);
  view.setUint16(WRITE_TIME, time, true);
  view.setUint16(WRITE_DATE, date, true);
  view.setUint16(CLUSTER_LOW, entry.cluster & 0xffff, true);
  view.setUint32(FILE_BYTES, entry.size, true);
  at += DIRECTORY_ENTRY_BYTES;
  return at;
}

/** The parts stand last first; behind the name's end comes a zero, then FFFFh. */
function writeLongName(into: Uint8Array, offset: number, name: string, shortName: Uint8Array): number {
  const parts = Math.ceil(name.length / PART_UNITS);
  const checksum = shortNameChecksum(shortName);
  let at = offset;
  for (let part = parts; part >= 1; part--) {
    const view = new DataView(into.buffer, into.byteOffset + at, DIRECTORY_ENTRY_BYTES);
    view.setUint8(0, part === parts ? part | LAST_PART : part);
    view.setUint8(ATTRIBUTES, LONG_NAME);
    view.setUint8(PART_CHECKSUM, checksum);
    PART_OFFSETS.forEach((place, index) => {
      const unit = (part - 1) * PART_UNITS + index;
      view.setUint16(place, unit < name.length ? name.charCodeAt(unit) : unit === name.length ? 0 : 0xffff, true);
    });
    at += DIRECTORY_ENTRY_BYTES;
  }
  return at;
}

/**
 * The entries of a directory in their order, deleted ones left out. A long name that does not belong to the short name behind it
 * is passed over, as the specification has it.
 */
export function readDirectory(bytes: Uint8Array): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  let parts: LongNameParts | undefined;
  for (let offset = 0; offset + DIRECTORY_ENTRY_BYTES <= bytes.length; offset += DIRECTORY_ENTRY_BYTES) {
    const entry = bytes.subarray(offset, offset + DIRECTORY_ENTRY_BYTES);
    if (entry[0] === END_OF_DIRECTORY) break;
    if (entry[0] === DELETED) {
      parts = undefined;
    } else if ((entry[ATTRIBUTES] & LONG_NAME_MASK) === LONG_NAME) {
      parts = addPart(parts, entry);
    } else {
      entries.push(readEntryAt(entry, offset, parts));
      parts = undefined;
    }
  }
  return entries;
}

interface LongNameParts {
  checksum: number;
  /** The number of the part that must come next; 0 when the name is complete. */
  next: number;
  text: string;
}

function addPart(before: LongNameParts | undefined, entry: Uint8Array): LongNameParts | undefined {
  const number = entry[0] & ~LAST_PART;
  const checksum = entry[PART_CHECKSUM];
  const isFirst = (entry[0] & LAST_PART) !== 0;
  if (number < 1 || number > MOST_PARTS) return undefined;
  if (!isFirst && (before?.next !== number || before.checksum !== checksum)) return undefined;
  let text = "";
  for (const place of PART_OFFSETS) {
    const unit = entry[place] | (entry[place + 1] << 8);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return { checksum, next: number - 1, text: text + (isFirst ? "" : (before?.text ?? "")) };
}

function readEntryAt(entry: Uint8Array, offset: number, parts: LongNameParts | undefined): DirectoryEntry {
  const view = new DataView(entry.buffer, entry.byteOffset, DIRECTORY_ENTRY_BYTES);
  const shortName = entry.slice(0, 11);
  const belongs = parts?.next === 0 && parts.checksum === shortNameChecksum(shortName);
  return {
    name: belongs ? parts.text : showShortName(shortName, entry[CASE_BITS]),
    shortName,
    attributes: entry[ATTRIBUTES],
    cluster: (view.getUint16(CLUSTER_LOW, true) | (view.getUint16(CLUSTER_HIGH, true) << 16)) >>> 0,
    size: view.getUint32(FILE_BYTES, true),
    time: secondsOf(view.getUint16(WRITE_DATE, true), view.getUint16(WRITE_TIME, true)),
    offset,
  };
}

/** @throws MediaError when FAT cannot tell the time */
export function fatTime(seconds: number): { date: number; time: number } {
  const when = new Date(seconds * 1000);
  const year = when.getUTCFullYear();
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR))
    throw new MediaError("time", 0, `a year from ${FIRST_YEAR} to ${LAST_YEAR}`, `${seconds} s after 1970`);
  return {
    date: ((year - FIRST_YEAR) << 9) | ((when.getUTCMonth() + 1) << 5) | when.getUTCDate(),
    time: (when.getUTCHours() << 11) | (when.getUTCMinutes() << 5) | (when.getUTCSeconds() >> 1),
  };
}

/** A date that is none (month 0, hour 31) runs over into the next, as calendars do. */
function secondsOf(date: number, time: number): number {
  const day = Date.UTC(FIRST_YEAR + (date >> 9), ((date >> 5) & 15) - 1, date & 31);
  return day / 1000 + (time >> 11) * 3600 + ((time >> 5) & 63) * 60 + (time & 31) * 2;
}
