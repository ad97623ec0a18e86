// Names in FAT directories: the short one, 8.3 characters in capitals, and the long one, UTF-16 in slots before it.
//
// Inside the kernel a name is ISO 8859-1 (Latin-1) bytes. A UTF-16 unit that Latin-1 doesn't have is shown as "?", and such a
// name is found by what is shown. Bytes from 80h on in a short name, whose code page nobody knows, are taken as Latin-1.
// Case doesn't matter when a name is looked up, and is kept when one is made.
// Source: fatgen103, "FAT Long Directory Entries"; the case bits of a short entry (12) are Windows NT's.

import { EINVAL } from "../../abi/errno.ts";
import { ENTRY_BYTES } from "./volume.ts";

export const SHORT_BYTES: u32 = 11;
const BASE_BYTES: u32 = 8;

/** Offset of an entry's case bits. */
export const ENTRY_CASE: usize = 12;
const CASE_LOWER_BASE: u8 = 0x08;
const CASE_LOWER_EXTENSION: u8 = 0x10;

/** Characters in one slot of a long name. */
export const SLOT_CHARACTERS: u32 = 13;
export const SLOT_LAST: u8 = 0x40;
export const SLOT_CHECKSUM: usize = 13;
/** A first byte of E5h marks a free entry, so a name that begins with it is stored with 05h. */
const KANJI_E5: u8 = 0x05;

const DOT: u8 = 0x2e;
const BLANK: u8 = 0x20;
const SLASH: u8 = 0x2f;
const TILDE: u8 = 0x7e;
const UNDERSCORE: u8 = 0x5f;
const UNKNOWN_CHARACTER: u8 = 0x3f;

/** `byte` as a small letter. */
export function fold(byte: u8): u8 {
  const isCapital = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0xc0 && byte <= 0xde && byte != 0xd7);
  return isCapital ? byte | 0x20 : byte;
}

/** Whether the text `a` is the `length` bytes at `b`, in any case. */
export function namesMatch(a: usize, b: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) {
    if (fold(load<u8>(a + i)) != fold(load<u8>(b + i)) || load<u8>(a + i) == 0) return false;
  }
  return load<u8>(a + length) == 0;
}

/** 0 if a file may get this name, else -EINVAL: FAT has no name with these characters, nor one that ends in "." or " ". */
export function checkName(name: usize, length: u32): i32 {
  if (length == 0 || length > 255) return -EINVAL;
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(name + i);
    if (byte < BLANK || (byte >= 0x7f && byte < 0xa0) || isOneOf(byte, '"*/:<>?\\|')) return -EINVAL;
  }
  const last = load<u8>(name + length - 1);
  return last == DOT || last == BLANK ? -EINVAL : 0;
}

/** Writes the text of a short entry's name to `out` (13 bytes); returns its length. With `useCase`, in small letters where NT says so. */
export function readShortName(entry: usize, out: usize, useCase: bool): u32 {
  const bits = useCase ? load<u8>(entry, ENTRY_CASE) : 0;
  let length = copyTrimmed(entry, BASE_BYTES, out, (bits & CASE_LOWER_BASE) != 0);
  if (length > 0 && load<u8>(entry) == KANJI_E5) store<u8>(out, 0xe5);
  const extension = out + length + 1;
  const extensionLength = copyTrimmed(entry + BASE_BYTES, 3, extension, (bits & CASE_LOWER_EXTENSION) != 0);
  if (extensionLength > 0) {
    store<u8>(out + length, DOT);
    length += extensionLength + 1;
  }
  store<u8>(out + length, 0);
  return length;
}

/** Writes `name` as a short entry's 11 bytes and case bits, if it can be one as it is; whether it can. */
export function makeShortName(name: usize, length: u32, entry: usize): bool {
  memory.fill(entry, BLANK, SHORT_BYTES);
  let dot: u32 = 0;
  while (dot < length && load<u8>(name + dot) != DOT) dot++;
  const base = storePart(name, dot, entry, BASE_BYTES);
  const extension = dot == length ? 0 : storePart(name + dot + 1, length - dot - 1, entry + BASE_BYTES, 3);
  if (base < 0 || extension < 0 || dot == 0) return false;
  const lowerBase = base > 0 ? CASE_LOWER_BASE : 0;
  const lowerExtension = extension > 0 ? CASE_LOWER_EXTENSION : 0;
  store<u8>(entry, lowerBase | lowerExtension, ENTRY_CASE);
  return true;
}

/**
 * Writes the 11 bytes of an alias for a long name: its first characters and "~1" in family 0; in the others two characters,
 * four hexadecimal digits of a hash, and "~1". Returns the place of the "1", for which any digit may stand.
 */
export function makeAlias(name: usize, length: u32, family: u32, alias: usize): usize {
  memory.fill(alias, BLANK, SHORT_BYTES);
  let dot = length;
  for (let i: u32 = 1; i < length; i++) if (load<u8>(name + i) == DOT) dot = i;
  let count: usize = aliasPart(name, dot, alias, family == 0 ? 6 : 2);
  if (family > 0) {
    const hash = hashOf(name, length) + family * 0x9e37;
    for (let shift: i32 = 12; shift >= 0; shift -= 4) {
      const nibble = ((hash >> shift) & 0xf) as u8;
      store<u8>(alias + count++, nibble < 10 ? 0x30 + nibble : 0x37 + nibble);
    }
  }
  store<u8>(alias + count, TILDE);
  store<u8>(alias + count + 1, 0x31);
  if (dot < length) aliasPart(name + dot + 1, length - dot - 1, alias + BASE_BYTES, 3);
  return count + 1;
}

/** The checksum by which slots of a long name know their short entry. */
export function shortChecksum(entry: usize): u8 {
  let sum: u8 = 0;
  for (let i: u32 = 0; i < SHORT_BYTES; i++) sum = ((sum << 7) | (sum >> 1)) + load<u8>(entry + i);
  return sum;
}

/** Slots that the long name of that many characters takes. */
export function slotCount(length: u32): u32 {
  return (length + SLOT_CHARACTERS - 1) / SLOT_CHARACTERS;
}

/** Makes the slot with number `ordinal` (1: the first characters, which stand last) of a long name. */
export function makeSlot(name: usize, length: u32, ordinal: u32, checksum: u8, slot: usize): void {
  memory.fill(slot, 0, ENTRY_BYTES);
  store<u8>(slot, (ordinal as u8) | (ordinal == slotCount(length) ? SLOT_LAST : 0));
  store<u8>(slot, 0x0f, 11);
  store<u8>(slot, checksum, SLOT_CHECKSUM);
  const first = (ordinal - 1) * SLOT_CHARACTERS;
  for (let i: u32 = 0; i < SLOT_CHARACTERS; i++) {
    const at = first + i;
    const unit: u16 = at < length ? load<u8>(name + at) : at == length ? 0 : 0xffff;
    store<u16>(slot + characterOffset(i), unit);
  }
}

/** Puts a slot's characters into their place of `name` (256 bytes); returns how many, fewer than 13 at the name's end. */
export function readSlot(slot: usize, name: usize): u32 {
  const ordinal: u32 = load<u8>(slot) & 0x3f;
  const first = (ordinal - 1) * SLOT_CHARACTERS;
  for (let i: u32 = 0; i < SLOT_CHARACTERS; i++) {
    const unit = load<u16>(slot + characterOffset(i));
    if (unit == 0 || first + i >= 255) return i;
    const isLatin = unit < 0x7f || (unit >= 0xa0 && unit <= 0xff);
    store<u8>(name + first + i, isLatin ? shownByte(unit as u8) : UNKNOWN_CHARACTER);
  }
  return SLOT_CHARACTERS;
}

/** A slot's characters stand in three places. */
function characterOffset(index: u32): usize {
  return 1 + 2 * index + (index >= 5 ? 3 : 0) + (index >= 11 ? 2 : 0);
}

/** A byte that would end or divide a name, or is no character, is shown as "?". */
function shownByte(byte: u8): u8 {
  return byte < BLANK || byte == SLASH ? UNKNOWN_CHARACTER : byte;
}

function isOneOf(byte: u8, characters: string): bool {
  for (let i = 0; i < characters.length; i++) if (byte == (characters.charCodeAt(i) as u8)) return true;
  return false;
}

/** Whether a short name can have the capital letter, digit or sign. */
function isShortCharacter(byte: u8): bool {
  return byte > BLANK && byte < 0x7f && !isOneOf(byte, '"*/:<>?\\|+,;=[].');
}

function copyTrimmed(from: usize, count: u32, to: usize, isLower: bool): u32 {
  let length: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const byte = load<u8>(from + i);
    store<u8>(to + i, shownByte(isLower ? fold(byte) : byte));
    if (byte != BLANK) length = i + 1;
  }
  return length;
}

/** Stores a part of a short name in capitals: 1 if it was in small letters, 0 in capitals or neither, −1 if it can't be one. */
function storePart(from: usize, length: u32, to: usize, limit: u32): i32 {
  if (length == 0 || length > limit) return -1;
  let hasSmall = false;
  let hasCapital = false;
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(from + i);
    const isSmall = byte >= 0x61 && byte <= 0x7a;
    if (!isShortCharacter(byte)) return -1;
    if (isSmall) hasSmall = true;
    else if (fold(byte) != byte) hasCapital = true;
    store<u8>(to + i, isSmall ? byte - 0x20 : byte);
  }
  if (hasSmall && hasCapital) return -1;
  return hasSmall ? 1 : 0;
}

/** Stores up to `limit` characters of a long name's part as a short name can have them; returns how many. */
function aliasPart(from: usize, length: u32, to: usize, limit: u32): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < length && count < limit; i++) {
    const byte = load<u8>(from + i);
    if (byte == BLANK || byte == DOT) continue;
    const isSmall = byte >= 0x61 && byte <= 0x7a;
    store<u8>(to + count, !isShortCharacter(byte) ? UNDERSCORE : isSmall ? byte - 0x20 : byte);
    count++;
  }
  return count;
}

function hashOf(name: usize, length: u32): u32 {
  let hash: u32 = 0x811c9dc5;
  for (let i: u32 = 0; i < length; i++) hash = (hash ^ fold(load<u8>(name + i))) * 0x01000193;
  return hash ^ (hash >> 16);
}
