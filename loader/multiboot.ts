// Multiboot kernels: the header that says what a kernel needs, loading it, and the information that it is handed over.
// Source: Multiboot Specification 0.6.96, sections 3.1 to 3.3.

import { take } from "./arena.ts";
import { enterKernel } from "./assembly.external.ts";
import { isElf, loadElf } from "./elf.ts";
import { andNumber, andText, fail } from "./failure.ts";
import { HEADER } from "./layout.ts";
import { bootDevice, loaderName } from "./machine.ts";
import { lowerMemory, MAP_ENTRY_BYTES, memoryMap, memoryMapEntries, upperMemory } from "./memory.ts";
import { moduleEnd, moduleStart, moduleText, plan } from "./plan.ts";
import { loadRaw } from "./raw.ts";
import { framebuffer, vbeControl, vbeInformation, vbeMode } from "./vbe.ts";

export const SEARCH_BYTES: u32 = 8192;
const HEADER_MAGIC: u32 = 0x1badb002;
const LOADER_MAGIC: u32 = 0x2badb002;
const NOT_FOUND: u32 = 0xffffffff;
const BASIC_BYTES: u32 = 12;
const ADDRESSES_END: u32 = 32;
const VIDEO_END: u32 = 48;

const PAGE_ALIGN: u32 = 1 << 0;
const MEMORY_INFORMATION: u32 = 1 << 1;
const VIDEO_MODE: u32 = 1 << 2;
const ADDRESS_FIELDS: u32 = 1 << 16;
/** Of these a loader must know all that are set. */
const REQUIRED: u32 = 0xffff;

/** Where in the file's first `length` bytes, at HEADER, a header begins; 0xFFFFFFFF if there is none, and then the failure says why. */
export function findHeader(length: u32): u32 {
  let hasMagic = false;
  const end = min<u32>(length, SEARCH_BYTES);
  for (let at: u32 = 0; at + BASIC_BYTES <= end; at += 4) {
    const header = HEADER + at;
    if (load<u32>(header) != HEADER_MAGIC) continue;
    if (load<u32>(header) + load<u32>(header, 4) + load<u32>(header, 8) == 0) return at;
    hasMagic = true;
  }
  fail(hasMagic ? "The kernel's Multiboot header has a wrong checksum" : "The kernel has no Multiboot header");
  return NOT_FOUND;
}

/** Loads the open file, whose first `length` bytes are at HEADER. */
export function loadMultiboot(length: u32): bool {
  const at = findHeader(length);
  if (at == NOT_FOUND) return false;
  const header = HEADER + at;
  const flags = load<u32>(header, 4);
  const unknown = flags & REQUIRED & ~(PAGE_ALIGN | MEMORY_INFORMATION | VIDEO_MODE);
  if (unknown != 0) {
    fail("The kernel needs what this loader does not have: bit ");
    andNumber(ctz<u32>(unknown));
    return andText(" of its Multiboot header");
  }
  plan.areModulesAligned = flags & PAGE_ALIGN;
  if ((flags & VIDEO_MODE) != 0 && at + VIDEO_END <= length && load<u32>(header, 32) == 0) {
    plan.wantsGraphics = 1;
    plan.width = load<u32>(header, 36);
    plan.height = load<u32>(header, 40);
    plan.depth = load<u32>(header, 44);
  }
  if ((flags & ADDRESS_FIELDS) != 0) {
    if (at + ADDRESSES_END > length) return fail("The kernel is truncated: its Multiboot header");
    plan.entry = load<u32>(header, 28);
    return loadRaw(at, load<u32>(header, 12), load<u32>(header, 16), load<u32>(header, 20), load<u32>(header, 24));
  }
  return isElf(length) ? loadElf() : fail("The kernel is no ELF file, and its header has no addresses");
}

/** Makes the information structure and enters the kernel; returns only if there is no room for it. */
export function startMultiboot(): bool {
  const information = take(120);
  const list = take(plan.moduleCount * 16 + 1);
  if (information == 0 || list == 0) return fail("Not enough memory below 1 MiB");
  // Memory, boot device, command line, modules, memory map, the loader's name.
  let flags: u32 = 0x24f;
  store<u32>(information, lowerMemory(), 4);
  store<u32>(information, upperMemory(), 8);
  store<u32>(information, bootDevice(), 12);
  store<u32>(information, plan.commandLine as u32, 16);
  store<u32>(information, plan.moduleCount, 20);
  store<u32>(information, list as u32, 24);
  for (let i: u32 = 0; i < plan.moduleCount; i++) {
    const module = list + i * 16;
    store<u32>(module, moduleStart(i));
    store<u32>(module, moduleEnd(i), 4);
    store<u32>(module, moduleText(i) as u32, 8);
  }
  if (plan.sections != 0) {
    flags |= 1 << 5;
    store<u32>(information, plan.sectionCount, 28);
    store<u32>(information, plan.sectionBytes, 32);
    store<u32>(information, plan.sections, 36);
    store<u32>(information, plan.sectionNames, 40);
  }
  store<u32>(information, memoryMapEntries() * MAP_ENTRY_BYTES, 44);
  store<u32>(information, memoryMap() as u32, 48);
  store<u32>(information, loaderName() as u32, 64);
  if (vbeInformation() != 0) {
    flags |= 1 << 11;
    store<u32>(information, vbeControl() as u32, 72);
    store<u32>(information, vbeInformation() as u32, 76);
    store<u16>(information, vbeMode() as u16, 80);
  }
  flags |= 1 << 12;
  const screen = framebuffer();
  store<u64>(information, screen.address, 88);
  store<u32>(information, screen.pitch, 96);
  store<u32>(information, screen.width, 100);
  store<u32>(information, screen.height, 104);
  store<u8>(information, screen.depth as u8, 108);
  store<u8>(information, screen.type as u8, 109);
  // Place and size of red, green and blue.
  store<u32>(information, screen.redGreen, 110);
  store<u16>(information, screen.blue as u16, 114);
  store<u32>(information, flags);
  enterKernel(plan.entry, LOADER_MAGIC, information as u32, 0);
  return false;
}
