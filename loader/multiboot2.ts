// Multiboot2 kernels: the header's tags, loading, and the tags of the information that they are handed over.
// Source: Multiboot2 Specification 2.0, sections 3.1 to 3.6.

import { textLength } from "../kernel/text.ts";
import { findRootPointer, rootPointerBytes } from "./acpi.ts";
import { take } from "./arena.ts";
import { enterKernel } from "./assembly.external.ts";
import { isElf, loadElf } from "./elf.ts";
import { andNumber, andText, fail } from "./failure.ts";
import { HEADER } from "./layout.ts";
import { bootPartition2, loaderName } from "./machine.ts";
import { lowerMemory, MAP_ENTRY_BYTES, memoryMap, memoryMapEntries, upperMemory } from "./memory.ts";
import { moduleEnd, moduleStart, moduleText, plan } from "./plan.ts";
import { loadRaw } from "./raw.ts";
import { framebuffer, TYPE_RGB } from "./vbe.ts";
import { rootVolumeDrive } from "./volume.ts";

export const SEARCH2_BYTES: u32 = 32768;
const HEADER_MAGIC: u32 = 0xe85250d6;
const LOADER_MAGIC: u32 = 0x36d76289;
const NOT_FOUND: u32 = 0xffffffff;
const I386: u32 = 0;
const FIXED_BYTES: u32 = 16;

// Tags of the header.
const TAG_END: u16 = 0;
const TAG_REQUEST: u16 = 1;
const TAG_ADDRESS: u16 = 2;
const TAG_ENTRY: u16 = 3;
const TAG_CONSOLE: u16 = 4;
const TAG_FRAMEBUFFER: u16 = 5;
const TAG_MODULE_ALIGN: u16 = 6;
const TAG_EFI_ENTRY_32: u16 = 8;
const TAG_EFI_ENTRY_64: u16 = 9;
const TAG_RELOCATABLE: u16 = 10;
const OPTIONAL: u16 = 1;

// Tags of the information.
const INFO_COMMAND_LINE: u32 = 1;
const INFO_LOADER_NAME: u32 = 2;
const INFO_MODULE: u32 = 3;
const INFO_MEMORY: u32 = 4;
const INFO_BOOT_DEVICE: u32 = 5;
const INFO_MEMORY_MAP: u32 = 6;
const INFO_FRAMEBUFFER: u32 = 8;
const INFO_SECTIONS: u32 = 9;
const INFO_ACPI_OLD: u32 = 14;
const INFO_ACPI_NEW: u32 = 15;
/** The tags above, as bits. */
const KNOWN_REQUESTS: u32 = 0xc37e;

/** Where in the first `length` bytes, at HEADER, a header begins; 0xFFFFFFFF if there is none, and then the failure says why. */
export function findHeader2(length: u32): u32 {
  let hasMagic = false;
  const end = min<u32>(length, SEARCH2_BYTES);
  for (let at: u32 = 0; at + FIXED_BYTES <= end; at += 8) {
    const header = HEADER + at;
    if (load<u32>(header) != HEADER_MAGIC) continue;
    if (load<u32>(header) + load<u32>(header, 4) + load<u32>(header, 8) + load<u32>(header, 12) == 0) return at;
    hasMagic = true;
  }
  fail(hasMagic ? "The kernel's Multiboot2 header has a wrong checksum" : "The kernel has no Multiboot2 header");
  return NOT_FOUND;
}

/** Loads the open file, whose first `length` bytes are at HEADER. */
export function loadMultiboot2(length: u32): bool {
  const at = findHeader2(length);
  if (at == NOT_FOUND) return false;
  const bytes = load<u32>(HEADER + at, 8);
  if (load<u32>(HEADER + at, 4) != I386) return fail("The kernel's Multiboot2 header is for another processor");
  if (bytes < FIXED_BYTES || bytes > length - at) return fail("The kernel is truncated: its Multiboot2 header");
  let address: usize = 0;
  let entry: usize = 0;
  for (let offset = FIXED_BYTES; ; ) {
    const tag = HEADER + at + offset;
    if (offset + 8 > bytes) return fail("The kernel's Multiboot2 header has no end");
    const type = load<u16>(tag);
    const size = load<u32>(tag, 4);
    if (size < 8 || size > bytes - offset) return fail("The kernel's Multiboot2 header is damaged: the size of a tag");
    if (type == TAG_END) break;
    if (!takeTag(tag, type, size)) return false;
    if (type == TAG_ADDRESS && size >= 24) address = tag;
    if (type == TAG_ENTRY && size >= 12) entry = tag;
    offset = (offset + size + 7) & ~7;
  }
  if (address != 0) {
    if (entry == 0) return fail("The kernel's Multiboot2 header has addresses, but no entry");
    const isLoaded = loadRaw(
      at,
      load<u32>(address, 8),
      load<u32>(address, 12),
      load<u32>(address, 16),
      load<u32>(address, 20),
    );
    if (!isLoaded) return false;
  } else {
    if (!isElf(length)) return fail("The kernel is no ELF file, and its header has no addresses");
    if (!loadElf()) return false;
  }
  if (entry != 0) plan.entry = load<u32>(entry, 8);
  return true;
}

function takeTag(tag: usize, type: u16, size: u32): bool {
  const isOptional = (load<u16>(tag, 2) & OPTIONAL) != 0;
  if (type == TAG_MODULE_ALIGN) plan.areModulesAligned = 1;
  else if (type == TAG_FRAMEBUFFER && size >= 20) {
    plan.wantsGraphics = 1;
    plan.width = load<u32>(tag, 8);
    plan.height = load<u32>(tag, 12);
    plan.depth = load<u32>(tag, 16);
  } else if (type == TAG_REQUEST && !isOptional) {
    for (let offset: u32 = 8; offset + 4 <= size; offset += 4) {
      const wanted = load<u32>(tag + offset);
      if (wanted < 32 && ((KNOWN_REQUESTS >> wanted) & 1) != 0) continue;
      fail("The kernel needs information that this loader does not have: tag ");
      return andNumber(wanted);
    }
  }
  if (isOptional || isKnown(type)) return true;
  fail("The kernel needs what this loader does not have: tag ");
  andNumber(type);
  return andText(" of its Multiboot2 header");
}

/** Entries for EFI mean nothing to a BIOS's loader, and where else a kernel could lie nothing to one that loads it where it wishes. */
function isKnown(type: u16): bool {
  return (
    (type >= TAG_REQUEST && type <= TAG_MODULE_ALIGN && type != TAG_END) ||
    type == TAG_CONSOLE ||
    type == TAG_EFI_ENTRY_32 ||
    type == TAG_EFI_ENTRY_64 ||
    type == TAG_RELOCATABLE
  );
}

let next: usize = 0;

/** Makes the information and enters the kernel; returns only if there is no room for it. */
export function startMultiboot2(): bool {
  const rootPointer = findRootPointer();
  let total: u32 =
    512 + (textLength(plan.commandLine) as u32) + memoryMapEntries() * 24 + plan.sectionCount * plan.sectionBytes;
  for (let i: u32 = 0; i < plan.moduleCount; i++) total += 32 + (textLength(moduleText(i)) as u32);
  const information = take(total);
  if (information == 0) return fail("Not enough memory below 1 MiB");
  next = information + 8;
  addText(INFO_COMMAND_LINE, 8, plan.commandLine);
  addText(INFO_LOADER_NAME, 8, loaderName());
  for (let i: u32 = 0; i < plan.moduleCount; i++) {
    const module = addText(INFO_MODULE, 16, moduleText(i));
    store<u32>(module, moduleStart(i), 8);
    store<u32>(module, moduleEnd(i), 12);
  }
  const sizes = addTag(INFO_MEMORY, 16);
  store<u32>(sizes, lowerMemory(), 8);
  store<u32>(sizes, upperMemory(), 12);
  const device = addTag(INFO_BOOT_DEVICE, 20);
  store<u32>(device, rootVolumeDrive(), 8);
  store<u32>(device, bootPartition2(), 12);
  store<u32>(device, 0xffffffff, 16);
  addMap();
  addFramebuffer();
  if (plan.sections != 0) {
    const sections = addTag(INFO_SECTIONS, 20 + plan.sectionCount * plan.sectionBytes);
    store<u32>(sections, plan.sectionCount, 8);
    store<u32>(sections, plan.sectionBytes, 12);
    store<u32>(sections, plan.sectionNames, 16);
    memory.copy(sections + 20, plan.sections, plan.sectionCount * plan.sectionBytes);
  }
  if (rootPointer != 0) {
    const isNew = load<u8>(rootPointer, 15) >= 2;
    const bytes = rootPointerBytes(rootPointer);
    memory.copy(addTag(isNew ? INFO_ACPI_NEW : INFO_ACPI_OLD, 8 + bytes) + 8, rootPointer, bytes);
  }
  addTag(0, 8);
  store<u32>(information, (next - information) as u32);
  enterKernel(plan.entry, LOADER_MAGIC, information as u32, 0);
  return false;
}

function addTag(type: u32, size: u32): usize {
  const tag = next;
  store<u32>(tag, type);
  store<u32>(tag, size, 4);
  next += (size + 7) & ~7;
  return tag;
}

/** A tag that ends in a text with its NUL. */
function addText(type: u32, fixedBytes: u32, text: usize): usize {
  const bytes = textLength(text) + 1;
  const tag = addTag(type, fixedBytes + (bytes as u32));
  memory.copy(tag + fixedBytes, text, bytes);
  return tag;
}

/** Entries are E820's, with a reserved word in place of the size in front. */
function addMap(): void {
  const count = memoryMapEntries();
  const tag = addTag(INFO_MEMORY_MAP, 16 + count * 24);
  store<u32>(tag, 24, 8);
  store<u32>(tag, 0, 12);
  for (let i: u32 = 0; i < count; i++) memory.copy(tag + 16 + i * 24, memoryMap() + i * MAP_ENTRY_BYTES + 4, 20);
}

function addFramebuffer(): void {
  const screen = framebuffer();
  const isRgb = screen.type == TYPE_RGB;
  const tag = addTag(INFO_FRAMEBUFFER, isRgb ? 38 : 32);
  store<u64>(tag, screen.address, 8);
  store<u32>(tag, screen.pitch, 16);
  store<u32>(tag, screen.width, 20);
  store<u32>(tag, screen.height, 24);
  store<u8>(tag, screen.depth as u8, 28);
  store<u8>(tag, screen.type as u8, 29);
  if (!isRgb) return;
  store<u32>(tag, screen.redGreen, 32);
  store<u16>(tag, screen.blue as u16, 36);
}
