// Symbol tables (.ksyms), the kernel's own and those of programs: which function, file and line an address belongs to.
// The linker writes them; their format is in docs/architecture.md. A table that is missing or damaged finds nothing: a panic is the
// wrong time for a second mistake, and a program's file may say anything.

import { textAddress } from "./text.ts";

const MAGIC: u32 = 0x4d59534b; // "KSYM"
const HEADER_BYTES: usize = 28;
const FUNCTION_BYTES: usize = 16;
const NO_FILE: u32 = 0xffff;
const UNKNOWN = "?";

@unmanaged
class Header {
  magic: u32;
  fileCount: u32;
  functionCount: u32;
  files: u32;
  functions: u32;
  lines: u32;
  strings: u32;
}

@unmanaged
class FunctionEntry {
  address: u32;
  name: u32;
  file: u16;
  reserved: u16;
  line: u32;
}

let table: usize = 0;
let tableEnd: usize = 0;
/** Where the next varint is read. */
let cursor: usize = 0;

let functionName: usize = 0;
let fileName: usize = 0;
let lineNumber: u32 = 0;

/** Uses the table from `start` to `end`; whether it is one. */
export function useSymbols(start: usize, end: usize): bool {
  const isTable = end >= start + HEADER_BYTES && isSound(changetype<Header>(start), (end - start) as u32);
  table = isTable ? start : 0;
  tableEnd = end;
  return isTable;
}

/** Whether the parts lie in the table's `bytes`, and what looks like text ends in it. */
function isSound(header: Header, bytes: u32): bool {
  return (
    header.magic == MAGIC &&
    isInside(header.files, header.fileCount, 4, bytes) &&
    isInside(header.functions, header.functionCount, FUNCTION_BYTES as u32, bytes) &&
    header.lines <= bytes &&
    header.strings <= bytes &&
    (header.strings == bytes || load<u8>(changetype<usize>(header) + bytes - 1) == 0)
  );
}

function isInside(offset: u32, count: u32, size: u32, bytes: u32): bool {
  return offset <= bytes && count <= (bytes - offset) / size;
}

/** Finds the function that holds `address`; then symbolName, symbolFile and symbolLine tell about it. */
export function findSymbol(address: usize): bool {
  functionName = fileName = textAddress(UNKNOWN);
  lineNumber = 0;
  if (table == 0) return false;
  const header = changetype<Header>(table);
  const count = header.functionCount;
  if (count == 0 || (address as u32) < functionAt(0).address) return false;
  // The last function that doesn't start behind the address.
  let low: u32 = 0;
  let high = count;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (functionAt(middle).address <= (address as u32)) low = middle;
    else high = middle;
  }
  const entry = functionAt(low);
  functionName = stringAt(entry.name);
  if (entry.file != NO_FILE && entry.file < header.fileCount) {
    fileName = stringAt(load<u32>(table + header.files + ((entry.file as usize) << 2)));
    const rest = (tableEnd - table - (header.lines as usize)) as u32;
    lineNumber = findLine(table + header.lines + min<u32>(entry.line, rest), entry.address, address as u32);
  }
  return true;
}

/** The string at `offset` of the strings; it ends in the table, since the table's last byte is a NUL. */
function stringAt(offset: u32): usize {
  const start = table + changetype<Header>(table).strings;
  return offset < ((tableEnd - start) as u32) ? start + offset : textAddress(UNKNOWN);
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

function functionAt(index: u32): FunctionEntry {
  return changetype<FunctionEntry>(table + changetype<Header>(table).functions + (index as usize) * FUNCTION_BYTES);
}

/** Walks a function's line list: the line of the last entry that doesn't start behind `address`. */
function findLine(list: usize, functionAddress: u32, address: u32): u32 {
  cursor = list;
  const count = readVarint();
  let line = readVarint();
  let at = functionAddress;
  let found: u32 = 0;
  for (let i: u32 = 0; i < count && cursor < tableEnd; i++) {
    at += readVarint();
    line += readZigzag();
    if (at > address) break;
    found = line;
  }
  return found;
}

/** An unsigned LEB128 number. */
function readVarint(): u32 {
  let value: u32 = 0;
  for (let shift: u32 = 0; shift < 35 && cursor < tableEnd; shift += 7) {
    const byte = load<u8>(cursor++);
    value |= ((byte & 0x7f) as u32) << shift;
    if ((byte & 0x80) == 0) break;
  }
  return value;
}

/** A signed number: 0, −1, 1, −2 … as 0, 1, 2, 3 … */
function readZigzag(): u32 {
  const value = readVarint();
  return (value >> 1) ^ (0 - (value & 1));
}

/** asc names a function after its file, "kernel/shell/shell/runShell"; the last part is enough beside the file. */
export function lastSymbolPart(name: usize): usize {
  let part = name;
  for (let at = name; load<u8>(at) != 0; at++) {
    if (load<u8>(at) == 0x2f) part = at + 1;
  }
  return part;
}
