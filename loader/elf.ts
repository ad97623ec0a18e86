// An ELF kernel: its segments to where they want to lie, and its symbols behind them. The file is open, its beginning is at HEADER.
// Source: System V ABI, chapters 4 and 5; Intel386 supplement.

import { fail } from "./failure.ts";
import { HEADER } from "./layout.ts";
import { claim, place } from "./memory.ts";
import { plan } from "./plan.ts";
import { fileSize, readFile } from "./volume.ts";

const HEADER_SIZE: u32 = 52;
const MAGIC: u32 = 0x464c457f;
const CLASS_32_LOW_FIRST: u16 = 0x0101;
const EXECUTABLE_FOR_386: u32 = 0x00030002;
const PROGRAM_HEADER: u32 = 32;
const MAX_PROGRAM_HEADERS: u32 = 64;
const SECTION_HEADER: u32 = 40;
const MAX_SECTIONS: u32 = 256;
const PT_LOAD: u32 = 1;
const SHT_SYMTAB: u32 = 2;
const SHT_STRTAB: u32 = 3;

const header = memory.data(40, 4);

/** Whether the file's first `length` bytes are an ELF file's. */
export function isElf(length: u32): bool {
  return length >= HEADER_SIZE && load<u32>(HEADER) == MAGIC;
}

/** Loads the segments; leaves the entry point in the plan, as a physical address. */
export function loadElf(): bool {
  if (load<u16>(HEADER, 4) != CLASS_32_LOW_FIRST || load<u32>(HEADER, 16) != EXECUTABLE_FOR_386)
    return fail("The kernel is no ELF executable for the i386");
  const entry = load<u32>(HEADER, 24);
  const table = load<u32>(HEADER, 28);
  const count: u32 = load<u16>(HEADER, 44);
  if (load<u16>(HEADER, 42) != (PROGRAM_HEADER as u16) || count == 0 || count > MAX_PROGRAM_HEADERS)
    return fail("The kernel's ELF header is damaged: its program headers");
  plan.entry = entry;
  let loaded: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = (table as u64) + i * PROGRAM_HEADER;
    if (at + PROGRAM_HEADER > (fileSize() as u64)) return fail("The kernel is truncated: no program headers");
    if (!readFile(at as u32, PROGRAM_HEADER, header)) return false;
    if (load<u32>(header) != PT_LOAD || load<u32>(header, 20) == 0) continue;
    if (!loadSegment(entry)) return false;
    loaded++;
  }
  if (loaded == 0) return fail("The kernel has nothing to load");
  return loadSections();
}

function loadSegment(entry: u32): bool {
  const offset = load<u32>(header, 4);
  const virtual = load<u32>(header, 8);
  const physical = load<u32>(header, 12);
  const inFile = load<u32>(header, 16);
  const inMemory = load<u32>(header, 20);
  if (inFile > inMemory) return fail("The kernel's ELF header is damaged: a segment larger than its memory");
  if ((offset as u64) + inFile > (fileSize() as u64))
    return fail("The kernel is truncated: a segment lies behind its end");
  if (!claim(physical, inMemory) || !readFile(offset, inFile, physical)) return false;
  memory.fill(physical + inFile, 0, inMemory - inFile);
  // A kernel that is linked for its own page tables names its entry by the address that it will have then.
  if (entry - virtual < inMemory) plan.entry = entry - virtual + physical;
  return true;
}

/** Symbols and the section headers that say where they are now. Not having them is no reason not to boot. */
function loadSections(): bool {
  const table = load<u32>(HEADER, 32);
  const count: u32 = load<u16>(HEADER, 48);
  const bytes = count * SECTION_HEADER;
  if (count == 0 || count > MAX_SECTIONS || load<u16>(HEADER, 46) != (SECTION_HEADER as u16)) return true;
  if ((table as u64) + bytes > (fileSize() as u64)) return true;
  const headers = place(bytes, 16);
  if (headers == 0 || !readFile(table, bytes, headers)) return headers == 0;
  for (let i: u32 = 0; i < count; i++) {
    const section = headers + i * SECTION_HEADER;
    const type = load<u32>(section, 4);
    const size = load<u32>(section, 20);
    const offset = load<u32>(section, 16);
    const isWanted = (type == SHT_SYMTAB || type == SHT_STRTAB) && load<u32>(section, 12) == 0 && size != 0;
    if (!isWanted || (offset as u64) + size > (fileSize() as u64)) continue;
    const address = place(size, 16);
    if (address == 0) break;
    if (!readFile(offset, size, address)) return false;
    store<u32>(section, address, 12);
  }
  plan.sections = headers;
  plan.sectionCount = count;
  plan.sectionBytes = SECTION_HEADER;
  plan.sectionNames = load<u16>(HEADER, 50);
  return true;
}
