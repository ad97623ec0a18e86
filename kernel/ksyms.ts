// Symbol tables (.ksyms), the kernel's own and those of programs: which function, file and line an address belongs to.
// The linker writes them; their format is in docs/architecture.md. A table that is missing or damaged finds nothing, or something
// wrong, and never reads outside itself: a panic is the wrong time for a second mistake, and a program's file may say anything.

import { copyText } from "./text.ts";

const MAGIC: u32 = 0x3259534b; // "KSY2"
const HEADER_BYTES: u32 = 16;
/** What the bytes from FIRST_PAIR on stand for in a text: two bytes for each. */
const PAIRS_BYTES: u32 = 256;
const FIRST_PAIR: u32 = 0x80;
const INDEX_ENTRY_BYTES: u32 = 8;
/** Functions of an entry of the index. */
const GROUP: u32 = 16;
/** Pairs of pairs are nested 16 deep at most; each that is open leaves one byte to come. */
const STACK_BYTES: u32 = 32;
const TEXT_BYTES: usize = 128;

/** The shortest code, in bits, of each kind of number. */
const K_ADDRESS: u32 = 6;
const K_FILE: u32 = 2;
const K_COUNT: u32 = 3;
const K_FIRST_LINE: u32 = 5;
const K_LINE_ADDRESS: u32 = 3;
const K_LINE: u32 = 0;

@unmanaged
class Header {
  magic: u32;
  functionCount: u32;
  fileCount: u32;
  files: u32;
}

@unmanaged
class IndexEntry {
  /** Of the group's first function. */
  address: u32;
  offset: u32;
}

let table: usize = 0;
let tableBytes: u32 = 0;
/** The next bit that is read is this one, from the highest on, of that byte; behind the table all bits are 0. */
let bit: u32 = 0;
let byte: u32 = 0;

const functionName = memory.data(128);
const fileName = memory.data(128);
let lineNumber: u32 = 0;
/** Bytes of a text that are still to be written, the next one last. */
const stack = memory.data(32);

/** Uses the table from `start` to `end`; whether it is one. */
export function useSymbols(start: usize, end: usize): bool {
  table = 0;
  if (end < start + HEADER_BYTES + PAIRS_BYTES) return false;
  const header = changetype<Header>(start);
  const most = ((end - start) as u32) - HEADER_BYTES - PAIRS_BYTES;
  if (header.magic != MAGIC || header.functionCount > (most / INDEX_ENTRY_BYTES) * GROUP) return false;
  table = start;
  tableBytes = (end - start) as u32;
  return true;
}

/** Finds the function that holds `address`; then symbolName, symbolFile and symbolLine tell about it. */
export function findSymbol(address: usize): bool {
  copyText("?", functionName);
  copyText("?", fileName);
  lineNumber = 0;
  if (table == 0) return false;
  const target = address as u32;
  const header = changetype<Header>(table);
  // The last group that doesn't start behind the address.
  let group = (header.functionCount + GROUP - 1) / GROUP;
  do {
    if (group == 0) return false;
    group--;
  } while (groupAt(group).address > target);
  readFrom(groupAt(group).offset);
  let start = groupAt(group).address;
  let file: u32 = 0;
  const count = min<u32>(GROUP, header.functionCount - group * GROUP);
  for (let i: u32 = 0; i < count; i++) {
    start += readNumber(K_ADDRESS);
    if (start > target) break;
    file += readSigned(K_FILE);
    readText(functionName);
    lineNumber = file == 0 ? 0 : readLines(start, target);
  }
  if (file != 0 && file <= header.fileCount) findFile(file);
  return true;
}

function groupAt(group: u32): IndexEntry {
  return changetype<IndexEntry>(table + HEADER_BYTES + PAIRS_BYTES + group * INDEX_ENTRY_BYTES);
}

/** Files count from 1. */
function findFile(file: u32): void {
  readFrom(changetype<Header>(table).files);
  for (let i: u32 = 0; i < file && byte < tableBytes; i++) readText(fileName);
}

/** The function's name, NUL-terminated. */
export function symbolName(): usize {
  return functionName;
}

/** The file's name, NUL-terminated. */
export function symbolFile(): usize {
  return fileName;
}

/** The line, or 0 if it is not known. */
export function symbolLine(): u32 {
  return lineNumber;
}

/** Reads a function's lines: the last one that doesn't start behind `address`. */
function readLines(functionAddress: u32, address: u32): u32 {
  const count = readNumber(K_COUNT);
  if (count == 0) return 0;
  let line = readNumber(K_FIRST_LINE);
  let at = functionAddress;
  let found: u32 = 0;
  for (let i: u32 = 0; i < count && byte < tableBytes; i++) {
    at += readNumber(K_LINE_ADDRESS);
    line += 1 + readSigned(K_LINE);
    if (at <= address) found = line;
  }
  return found;
}

/** Writes the next text and a NUL to `to`. What would not fit, or is nested too deeply, is left out. */
function readText(to: usize): void {
  const limit = to + TEXT_BYTES - 1;
  let at = to;
  for (let code = readBits(8); code != 0; code = readBits(8)) {
    store<u8>(stack, code);
    let depth: u32 = 1;
    while (depth > 0 && at < limit) {
      const next = load<u8>(stack + --depth) as u32;
      if (next < FIRST_PAIR) {
        store<u8>(at++, next);
      } else if (depth + 2 <= STACK_BYTES) {
        const pair = table + HEADER_BYTES + ((next - FIRST_PAIR) << 1);
        store<u8>(stack + depth, load<u8>(pair, 1));
        store<u8>(stack + depth + 1, load<u8>(pair));
        depth += 2;
      }
    }
  }
  store<u8>(at, 0);
}

function readFrom(offset: u32): void {
  byte = offset;
  bit = 0;
}

/** The next bits, a byte's highest first. */
function readBits(count: u32): u32 {
  let value: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    value <<= 1;
    if (byte >= tableBytes) continue;
    value |= ((load<u8>(table + byte) as u32) >> (7 - bit)) & 1;
    bit = (bit + 1) & 7;
    if (bit == 0) byte++;
  }
  return value;
}

/** An exponential Golomb code of order k: n zeros, the n + 1 bits of (value >> k) + 1, the k low bits of the value. */
function readNumber(k: u32): u32 {
  let zeros: u32 = 0;
  while (zeros < 31 && readBits(1) == 0) zeros++;
  const high = ((1 as u32) << zeros) + readBits(zeros) - 1;
  return (high << k) | readBits(k);
}

/** A signed number: 0, −1, 1, −2 … as 0, 1, 2, 3 … */
function readSigned(k: u32): u32 {
  const value = readNumber(k);
  return (value >> 1) ^ (0 - (value & 1));
}
