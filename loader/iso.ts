// Reading files from a CD: ISO 9660, with names as Rock Ridge has them, else as Joliet has, else plain ones.
// Sources: ECMA-119; System Use Sharing Protocol 1.12 and Rock Ridge Interchange Protocol 1.12; Joliet Specification 1.
//
// A directory of a damaged CD may name itself or another one above it; a path has an end, so following it has one, too.

import { namesMatch } from "../kernel/fs/fat/names.ts";
import { partLength } from "../kernel/fs/path.ts";
import { take } from "./arena.ts";
import { readBytes } from "./disk.ts";
import { fail } from "./failure.ts";
import { showName } from "./screen.ts";
import { hasMoreParts, setFileSize, skipSlashes } from "./volume.ts";

const BLOCK_BYTES: u32 = 2048;
const BLOCK_SECTORS: u32 = 4;
const FIRST_DESCRIPTOR: u32 = 16;
const MAX_DESCRIPTORS: u32 = 32;
const PRIMARY: u8 = 1;
const SUPPLEMENTARY: u8 = 2;
const TERMINATOR: u8 = 255;
/** Of a descriptor. */
const BLOCK_SIZE: usize = 128;
const ESCAPES: usize = 88;
const ROOT_RECORD: usize = 156;
const DESCRIPTOR_BYTES: u32 = 192;

// A directory record's fields.
const EXTENT: usize = 2;
const SIZE: usize = 10;
const FLAGS: usize = 25;
const NAME_LENGTH: usize = 32;
const NAME: usize = 33;
const FLAG_DIRECTORY: u8 = 0x02;
const FLAG_MORE_EXTENTS: u8 = 0x80;
const SMALLEST_RECORD: u32 = 34;
const MAX_DIRECTORY_BYTES: u32 = 0x100000;
const MAX_CONTINUATIONS: u32 = 8;

const NM: u16 = 0x4d4e;
const CE: u16 = 0x4543;
const SP: u16 = 0x5053;
const NM_CURRENT_OR_PARENT: u8 = 0x06;
const MAX_NAME: usize = 255;
const QUESTION_MARK: u8 = 0x3f;

const descriptor = take(192);
const record = take(256);
const continuation = take(256);
const name = take(256);

let volumeStart: u32 = 0;
let rootBlock: u32 = 0;
let rootBytes: u32 = 0;
let isJoliet = false;
let hasRockRidge: bool = false;
/** Bytes that every system use area begins with and that are not ours. */
let skipped: u32 = 0;

// The open file or directory.
let block: u32 = 0;
let bytes: u32 = 0;
let isDirectory = false;

/** Looks for the volume descriptors. */
export function mountIso(start: u32): bool {
  volumeStart = start;
  let hasPrimary = false;
  let jolietBlock: u32 = 0;
  let jolietBytes: u32 = 0;
  for (let i: u32 = 0; i < MAX_DESCRIPTORS; i++) {
    if (!readBlock(FIRST_DESCRIPTOR + i, 0, DESCRIPTOR_BYTES, descriptor)) return false;
    // "CD001"
    if (load<u32>(descriptor, 1) != 0x30304443 || load<u8>(descriptor, 5) != 0x31) break;
    const type = load<u8>(descriptor);
    if (type == TERMINATOR) break;
    if (load<u16>(descriptor, BLOCK_SIZE) != (BLOCK_BYTES as u16)) continue;
    const extent = load<u32>(descriptor + ROOT_RECORD + EXTENT);
    const size = load<u32>(descriptor + ROOT_RECORD + SIZE);
    if (type == PRIMARY && !hasPrimary) {
      hasPrimary = true;
      rootBlock = extent;
      rootBytes = size;
    } else if (type == SUPPLEMENTARY && isJolietEscape()) {
      jolietBlock = extent;
      jolietBytes = size;
    }
  }
  if (!hasPrimary) return fail("No file system that this loader can read");
  isJoliet = false;
  hasRockRidge = findRockRidge();
  if (!hasRockRidge && jolietBlock != 0) {
    isJoliet = true;
    rootBlock = jolietBlock;
    rootBytes = jolietBytes;
  }
  return true;
}

/** %/@, %/C or %/E: UCS-2. */
function isJolietEscape(): bool {
  const level = load<u8>(descriptor, ESCAPES + 2);
  return load<u16>(descriptor, ESCAPES) == 0x2f25 && (level == 0x40 || level == 0x43 || level == 0x45);
}

/** The root directory's first record says whether there are system use fields. */
function findRockRidge(): bool {
  skipped = 0;
  if (!readRecord(rootBlock, 0)) return false;
  const area = systemUse();
  if (area + 7 > record + load<u8>(record) || load<u16>(area) != SP || load<u16>(area, 4) != 0xefbe) return false;
  skipped = load<u8>(area, 6);
  return true;
}

/** Opens the file that a path inside the volume names. */
export function findIsoFile(path: usize): bool {
  if (!follow(path)) return false;
  if (isDirectory) return fail("Is a directory");
  setFileSize(bytes);
  return true;
}

export function isIsoDirectory(path: usize): bool {
  return follow(path) && isDirectory;
}

/** Shows the names in a directory. */
export function listIsoDirectory(path: usize): bool {
  if (!follow(path)) return false;
  if (!isDirectory) return fail("Not a directory");
  startScan();
  while (true) {
    const status = nextRecord();
    if (status <= 0) return status == 0;
    showName(name, (load<u8>(record, FLAGS) & FLAG_DIRECTORY) != 0, load<u32>(record, SIZE));
  }
}

/** Reads bytes of the open file, which has them. */
export function readIsoFile(offset: u32, count: u32, address: usize): bool {
  return readBlock(block, offset, count, address);
}

function readBlock(first: u32, offset: u32, count: u32, address: usize): bool {
  if (first > (0xffffffff - volumeStart) / BLOCK_SECTORS) return fail("A directory of the CD is damaged");
  return readBytes(volumeStart + first * BLOCK_SECTORS, offset, count, address);
}

function follow(path: usize): bool {
  block = rootBlock;
  bytes = rootBytes;
  isDirectory = true;
  for (let part = skipSlashes(path); load<u8>(part) != 0; part = skipSlashes(part + partLength(part))) {
    if (!isDirectory) return fail("Not a directory");
    const length = partLength(part) as u32;
    startScan();
    while (true) {
      const status = nextRecord();
      if (status < 0) return false;
      if (status == 0) return fail(hasMoreParts(part) ? "No such directory" : "No such file");
      if (namesMatch(name, part, length)) break;
    }
    const flags = load<u8>(record, FLAGS);
    if ((flags & FLAG_MORE_EXTENTS) != 0) return fail("The file lies in several pieces");
    block = load<u32>(record, EXTENT);
    bytes = load<u32>(record, SIZE);
    isDirectory = (flags & FLAG_DIRECTORY) != 0;
  }
  return true;
}

let scanAt: u32 = 0;

function startScan(): void {
  scanAt = 0;
}

/** Goes to the open directory's next record but its own and its parent's; its name is in `name`: 1, 0 at the end, −1. */
function nextRecord(): i32 {
  if (bytes > MAX_DIRECTORY_BYTES) return fail("A directory of the CD is damaged") ? 1 : -1;
  while (scanAt < bytes) {
    const left = BLOCK_BYTES - (scanAt % BLOCK_BYTES);
    if (left < SMALLEST_RECORD) {
      scanAt += left;
      continue;
    }
    if (!readRecord(block, scanAt)) return -1;
    const length: u32 = load<u8>(record);
    if (length == 0) {
      scanAt += left;
      continue;
    }
    const nameLength: u32 = load<u8>(record, NAME_LENGTH);
    if (length < SMALLEST_RECORD || length > left || nameLength == 0 || (NAME as u32) + nameLength > length) {
      return fail("A directory of the CD is damaged") ? 1 : -1;
    }
    scanAt += length;
    if (nameLength == 1 && load<u8>(record, NAME) <= 1) continue;
    if (isJoliet) readJolietName(nameLength);
    else if (!hasRockRidge || !readRockRidgeName()) readPlainName(nameLength);
    return 1;
  }
  return 0;
}

function readRecord(directory: u32, offset: u32): bool {
  return readBlock(directory, offset, min<u32>(255, BLOCK_BYTES - (offset % BLOCK_BYTES)), record);
}

/** Where the system use fields of the record begin. */
function systemUse(): usize {
  const nameLength: usize = load<u8>(record, NAME_LENGTH);
  return record + NAME + nameLength + (1 - (nameLength & 1)) + skipped;
}

/** NAME.TXT;1 without the version, and without a dot that nothing follows. */
function readPlainName(length: u32): void {
  let end: u32 = 0;
  while (end < length && load<u8>(record + NAME + end) != 0x3b) end++;
  if (end > 1 && load<u8>(record + NAME + end - 1) == 0x2e) end--;
  memory.copy(name, record + NAME, end);
  store<u8>(name + end, 0);
}

/** UCS-2, high byte first; what Latin-1 doesn't have is a question mark. */
function readJolietName(length: u32): void {
  let count: u32 = 0;
  for (let i: u32 = 0; i + 1 < length; i += 2) {
    const high = load<u8>(record + NAME + i);
    const low = load<u8>(record + NAME + i + 1);
    if (high == 0 && low == 0x3b) break;
    store<u8>(name + count++, high == 0 && low >= 0x20 ? low : QUESTION_MARK);
  }
  store<u8>(name + count, 0);
}

/** Collects the pieces of the name; false if there are none. */
function readRockRidgeName(): bool {
  let at = systemUse();
  let end = record + load<u8>(record);
  let count: usize = 0;
  for (let left = MAX_CONTINUATIONS; left > 0; left--) {
    let nextBlock: u32 = 0;
    let nextOffset: u32 = 0;
    let nextBytes: u32 = 0;
    while (at + 4 <= end) {
      const length: usize = load<u8>(at, 2);
      if (length < 4 || at + length > end) break;
      const signature = load<u16>(at);
      if (signature == NM && length >= 5 && (load<u8>(at, 4) & NM_CURRENT_OR_PARENT) == 0) {
        const size = min<usize>(length - 5, MAX_NAME - count);
        memory.copy(name + count, at + 5, size);
        count += size;
      } else if (signature == CE && length >= 28) {
        nextBlock = load<u32>(at, 4);
        nextOffset = load<u32>(at, 12);
        nextBytes = load<u32>(at, 20);
      }
      at += length;
    }
    if (nextBytes == 0 || nextOffset >= BLOCK_BYTES) break;
    const size = min<u32>(nextBytes, min<u32>(255, BLOCK_BYTES - nextOffset));
    if (!readBlock(nextBlock, nextOffset, size, continuation)) break;
    at = continuation;
    end = continuation + size;
  }
  store<u8>(name + count, 0);
  return count > 0;
}
