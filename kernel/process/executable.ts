// Reads an ELF32 executable's headers into an executable format: what to load from where to where, and where to start. A
// program comes from anywhere, so every field that matters is checked, and a file that is refused is told which field of it
// at which offset is wrong. Source: TIS ELF Specification 1.2, chapters 1 and 2.

import { ENOEXEC } from "../abi/errno.ts";

/** Segments that a program can have loaded. */
export const MAX_SEGMENTS: u32 = 8;
/** Program headers that a file can have, with those that load nothing. */
export const MAX_PROGRAM_HEADERS: u32 = 16;

export const SEGMENT_EXECUTABLE: u32 = 1;
export const SEGMENT_WRITABLE: u32 = 2;
export const SEGMENT_READABLE: u32 = 4;

/** One piece of the file, and where it goes. Memory beyond the file's bytes is zero. */
@unmanaged
export class ExecutableSegment {
  offsetInFile: u32;
  lengthInFile: u32;
  startAddress: usize;
  sizeInMemory: usize;
  /** SEGMENT_… */
  protection: u32;

  get endAddress(): usize {
    return this.startAddress + this.sizeInMemory;
  }
}
const SEGMENT_BYTES: usize = 20;

@unmanaged
export class ExecutableFormat {
  entryAddress: usize;
  segmentCount: u32;
  // The segments follow, by ascending address; no two touch the same page.

  segment(index: u32): ExecutableSegment {
    assert(index < MAX_SEGMENTS, "no such segment");
    return changetype<ExecutableSegment>(
      changetype<usize>(this) + offsetof<ExecutableFormat>() + (index as usize) * SEGMENT_BYTES,
    );
  }
}
/** Bytes of an ExecutableFormat with MAX_SEGMENTS segments. */
export const EXECUTABLE_FORMAT_BYTES: i32 = 168;

const PAGE_BYTES: usize = 4096;
const HEADER_BYTES: u32 = 52;
const PROGRAM_HEADER_BYTES: u32 = 32;
const SECTION_HEADER_BYTES: u32 = 40;

const MAGIC: u32 = 0x464c457f;
const CLASS_32: u32 = 1;
const LITTLE_ENDIAN: u32 = 1;
const VERSION: u32 = 1;
const OS_SYSTEM_V: u32 = 0;
const OS_GNU: u32 = 3;
const TYPE_EXECUTABLE: u32 = 2;
const MACHINE_386: u32 = 3;

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;
const PT_SHLIB: u32 = 5;
const PT_PHDR: u32 = 6;
/** From here on types are an operating system's or a processor's own hints. */
const PT_LOOS: u32 = 0x60000000;

/** The ELF header behind its 16 identifying bytes. */
@unmanaged
class Header {
  magic: u32;
  fileClass: u8;
  data: u8;
  identVersion: u8;
  osAbi: u8;
  abiVersion: u8;
  padding0: u8;
  padding1: u16;
  padding2: u32;
  type: u16;
  machine: u16;
  version: u32;
  entry: u32;
  programHeaders: u32;
  sectionHeaders: u32;
  flags: u32;
  headerBytes: u16;
  programHeaderBytes: u16;
  programHeaderCount: u16;
  sectionHeaderBytes: u16;
  sectionHeaderCount: u16;
  sectionNames: u16;
}

@unmanaged
class ProgramHeader {
  type: u32;
  offset: u32;
  virtualAddress: u32;
  physicalAddress: u32;
  fileBytes: u32;
  memoryBytes: u32;
  flags: u32;
  align: u32;
}

let problem: usize = 0;
let problemOffset: u32 = 0;
let problemValue: u32 = 0;

/** What the file that was refused last has wrong: the field and what was expected in it. */
export function executableProblem(): string {
  return changetype<string>(problem);
}

/** Where in the file it stands. */
export function executableProblemOffset(): u32 {
  return problemOffset;
}

/** What stands there. */
export function executableProblemValue(): u32 {
  return problemValue;
}

/**
 * Reads the headers of an executable.
 * @param bytes the file's beginning, `available` bytes of it, which must hold all program headers
 * @param fileBytes the whole file's length
 * @param addressLimit segments must lie from `addressStart` up to here
 * @returns 0, or -ENOEXEC and the problem
 */
export function parseExecutable(
  bytes: usize,
  available: u32,
  fileBytes: u32,
  addressStart: usize,
  addressLimit: usize,
  format: ExecutableFormat,
): i32 {
  assert(available <= fileBytes, "more bytes than the file has");
  format.segmentCount = 0;
  if (!checkHeader(bytes, available, fileBytes)) return -ENOEXEC;
  const header = changetype<Header>(bytes);
  let table = header.programHeaders;
  for (let i: u32 = 0; i < (header.programHeaderCount as u32); i++) {
    if (!readProgramHeader(bytes, table, fileBytes, addressStart, addressLimit, format)) return -ENOEXEC;
    table += PROGRAM_HEADER_BYTES;
  }
  const count = format.segmentCount;
  if (!check(count > 0, "a segment to load, found", 44, header.programHeaderCount)) return -ENOEXEC;
  format.entryAddress = header.entry;
  let isInCode = false;
  for (let i: u32 = 0; i < count; i++) {
    const segment = format.segment(i);
    if ((segment.protection & SEGMENT_EXECUTABLE) == 0) continue;
    if ((header.entry as usize) - segment.startAddress < (segment.lengthInFile as usize)) isInCode = true;
  }
  return check(isInCode, "e_entry in an executable segment, found", 24, header.entry) ? 0 : -ENOEXEC;
}

function checkHeader(bytes: usize, available: u32, fileBytes: u32): bool {
  if (!check(available >= HEADER_BYTES, "a file of at least 52 bytes, found", 0, available)) return false;
  const header = changetype<Header>(bytes);
  const programs = header.programHeaders;
  const programCount = header.programHeaderCount as u32;
  const sections = header.sectionHeaders;
  const sectionCount = header.sectionHeaderCount as u32;
  const isKnownSystem = header.osAbi == OS_SYSTEM_V || header.osAbi == OS_GNU;
  return (
    check(header.magic == MAGIC, "7F 'E' 'L' 'F', found", 0, header.magic) &&
    check(header.fileClass == CLASS_32, "class 1 (32 bits), found", 4, header.fileClass) &&
    check(header.data == LITTLE_ENDIAN, "data 1 (low byte first), found", 5, header.data) &&
    check(header.identVersion == VERSION, "version 1, found", 6, header.identVersion) &&
    check(isKnownSystem, "system 0 (System V) or 3 (GNU), found", 7, header.osAbi) &&
    check(header.abiVersion == 0, "ABI version 0, found", 8, header.abiVersion) &&
    check(header.type == TYPE_EXECUTABLE, "e_type 2 (executable), found", 16, header.type) &&
    check(header.machine == MACHINE_386, "e_machine 3 (i386), found", 18, header.machine) &&
    check(header.version == VERSION, "e_version 1, found", 20, header.version) &&
    check(header.flags == 0, "e_flags 0, found", 36, header.flags) &&
    check(header.headerBytes == HEADER_BYTES, "e_ehsize 52, found", 40, header.headerBytes) &&
    check(header.programHeaderBytes == PROGRAM_HEADER_BYTES, "e_phentsize 32, found", 42, header.programHeaderBytes) &&
    check(programCount > 0 && programCount <= MAX_PROGRAM_HEADERS, "e_phnum 1 to 16, found", 44, programCount) &&
    check(programs >= HEADER_BYTES && (programs & 3) == 0, "e_phoff from 52 on, aligned to 4, found", 28, programs) &&
    check(
      isInside(programs, programCount * PROGRAM_HEADER_BYTES, available),
      "the program headers in the file's beginning, found",
      28,
      programs,
    ) &&
    check(
      sectionCount == 0 || header.sectionHeaderBytes == SECTION_HEADER_BYTES,
      "e_shentsize 40, found",
      46,
      header.sectionHeaderBytes,
    ) &&
    check(
      sectionCount == 0 || isInside(sections, sectionCount * SECTION_HEADER_BYTES, fileBytes),
      "the section headers in the file, found",
      32,
      sections,
    ) &&
    check(
      header.sectionNames == 0 || (header.sectionNames as u32) < sectionCount,
      "e_shstrndx below e_shnum, found",
      50,
      header.sectionNames,
    )
  );
}

/** Checks the program header at `at`, and adds its segment if it has one. */
function readProgramHeader(
  bytes: usize,
  at: u32,
  fileBytes: u32,
  addressStart: usize,
  addressLimit: usize,
  format: ExecutableFormat,
): bool {
  const header = changetype<ProgramHeader>(bytes + at);
  const type = header.type;
  if (
    !check(type <= PT_PHDR || type >= PT_LOOS, "a p_type that is known, found", at, type) ||
    !check(
      type != PT_DYNAMIC && type != PT_INTERP && type != PT_SHLIB,
      "a program that needs no dynamic linker, found p_type",
      at,
      type,
    ) ||
    !check(
      isInside(header.offset, header.fileBytes, fileBytes),
      "p_offset + p_filesz in the file, found",
      at + 4,
      header.offset,
    )
  ) {
    return false;
  }
  if (type != PT_LOAD || header.memoryBytes == 0) {
    return check(
      type != PT_LOAD || header.fileBytes == 0,
      "p_filesz at most p_memsz, found",
      at + 16,
      header.fileBytes,
    );
  }
  const start = header.virtualAddress as usize;
  const align = header.align;
  const count = format.segmentCount;
  const previousEnd: usize =
    count == 0 ? 0 : (format.segment(count - 1).endAddress + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
  if (
    !check(count < MAX_SEGMENTS, "at most 8 segments to load, found p_type", at, type) ||
    !check(header.fileBytes <= header.memoryBytes, "p_filesz at most p_memsz, found", at + 16, header.fileBytes) ||
    !check(start >= addressStart, "p_vaddr in a program's memory, found", at + 8, start as u32) ||
    !check(
      start < addressLimit && (header.memoryBytes as usize) <= addressLimit - start,
      "p_vaddr + p_memsz in a program's memory, found",
      at + 20,
      header.memoryBytes,
    ) ||
    !check((align & (align - 1)) == 0, "p_align a power of two, found", at + 28, align) ||
    !check(
      align <= 1 || (((start as u32) - header.offset) & (align - 1)) == 0,
      "p_vaddr equal to p_offset modulo p_align, found",
      at + 8,
      start as u32,
    ) ||
    !check(
      (start & ~(PAGE_BYTES - 1)) >= previousEnd,
      "p_vaddr on a page behind the segment before, found",
      at + 8,
      start as u32,
    ) ||
    !check(
      (header.flags & SEGMENT_READABLE) != 0 &&
        (header.flags & ~(SEGMENT_READABLE | SEGMENT_WRITABLE | SEGMENT_EXECUTABLE)) == 0,
      "p_flags of reading and maybe writing and executing, found",
      at + 24,
      header.flags,
    )
  ) {
    return false;
  }
  const segment = format.segment(count);
  segment.offsetInFile = header.offset;
  segment.lengthInFile = header.fileBytes;
  segment.startAddress = start;
  segment.sizeInMemory = header.memoryBytes as usize;
  segment.protection = header.flags;
  format.segmentCount = count + 1;
  return true;
}

/** Whether `count` bytes from `offset` on lie in a file of `fileBytes`; no sum that could overflow. */
function isInside(offset: u32, count: u32, fileBytes: u32): bool {
  return offset <= fileBytes && count <= fileBytes - offset;
}

/** Keeps the problem if `isRight` is false; returns it. */
function check(isRight: bool, expected: string, offset: u32, found: u32): bool {
  if (isRight) return true;
  problem = changetype<usize>(expected);
  problemOffset = offset;
  problemValue = found;
  return false;
}
