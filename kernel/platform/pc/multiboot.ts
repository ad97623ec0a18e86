// What the boot loader tells: the memory map, the command line and the modules, in a Multiboot information structure.
// This copies the map and the ranges that must be kept into memory/layout.ts, and the command line into a buffer.
// Source: Multiboot Specification 0.6.96, section 3.3.

import { addAvailable, addReserved } from "../../memory/layout.ts";
import { kernelEndAddress, kernelStartAddress } from "./assembly.external.ts";

export const MULTIBOOT_BOOTLOADER_MAGIC: u32 = 0x2badb002;

const FLAG_MEMORY: u32 = 1 << 0;
const FLAG_BOOT_DEVICE: u32 = 1 << 1;
const FLAG_COMMAND_LINE: u32 = 1 << 2;
const FLAG_MODULES: u32 = 1 << 3;
const FLAG_MEMORY_MAP: u32 = 1 << 6;

/** In the boot device's bytes: this part of it means nothing. */
const NO_PARTITION: u32 = 0xff;

const MEMORY_AVAILABLE: u32 = 1;
const ADDRESS_LIMIT: u64 = 0xfffff000;
/** From here to 1 MiB there are the video memory and the firmware, whatever the map says. */
const VIDEO_MEMORY: usize = 0xa0000;
const ONE_MEGABYTE: usize = 0x100000;
/** Holds the interrupt table and the BIOS data area; its page is not mapped, see paging.ts. */
const PAGE_BYTES: usize = 0x1000;

const COMMAND_LINE_BYTES: usize = 256;
const commandLineBuffer = memory.data(256);

@unmanaged
class MultibootInformation {
  flags: u32;
  memoryLowerKb: u32;
  memoryUpperKb: u32;
  bootDevice: u32;
  commandLine: usize;
  moduleCount: u32;
  modules: usize;
  symbols0: u32;
  symbols1: u32;
  symbols2: u32;
  symbols3: u32;
  memoryMapBytes: u32;
  memoryMap: usize;
}

/** A file that the boot loader put into memory; `text` is what the loader was told about it, NUL-terminated, or 0. */
@unmanaged
export class BootModule {
  start: usize;
  end: usize;
  text: usize;
  reserved: u32;
}

const INFORMATION_BYTES: usize = 120;
// A memory map entry: its 64-bit fields aren't aligned, so a class can't describe it.
const ENTRY_SIZE: usize = 0; // u32: bytes that follow this field
const ENTRY_BASE: usize = 4; // u64
const ENTRY_LENGTH: usize = 12; // u64
const ENTRY_TYPE: usize = 20; // u32
const MODULE_BYTES: u32 = 16;
/** Modules that are kept track of; all of them stay in memory. */
const MAX_MODULES: u32 = 16;

const modules = memory.data(256, 4);
let moduleCount: u32 = 0;

/** The BIOS's number of the drive that the kernel came from; −1 if the boot loader didn't say. */
let bootDrive: i32 = -1;
/** The drive's partition, from 0; −1: none, or not said. */
let bootPartition: i32 = -1;

export function bootDriveNumber(): i32 {
  return bootDrive;
}

export function bootPartitionNumber(): i32 {
  return bootPartition;
}

/** The kernel's command line, NUL-terminated; at most 255 characters are kept. */
export function commandLine(): usize {
  return commandLineBuffer;
}

/** Modules that bootModule knows. */
export function bootModuleCount(): u32 {
  return moduleCount;
}

export function bootModule(index: u32): BootModule {
  assert(index < moduleCount, "no such module");
  return changetype<BootModule>(modules + index * MODULE_BYTES);
}

/** Reads the structure at `address`; `magic` is what EAX held at entry. */
export function readMultiboot(magic: u32, address: usize): void {
  assert(magic == MULTIBOOT_BOOTLOADER_MAGIC, "not started by a Multiboot loader");
  const information = changetype<MultibootInformation>(address);
  readMemoryMap(information);
  addReserved(0, PAGE_BYTES);
  addReserved(VIDEO_MEMORY, ONE_MEGABYTE);
  addReserved(kernelStartAddress(), kernelEndAddress());
  addReserved(address, address + INFORMATION_BYTES);
  if ((information.flags & FLAG_BOOT_DEVICE) != 0) {
    bootDrive = (information.bootDevice >> 24) as i32;
    const partition = (information.bootDevice >> 16) & 0xff;
    if (partition != NO_PARTITION) bootPartition = partition as i32;
  }
  if ((information.flags & FLAG_COMMAND_LINE) != 0) {
    keepText(information.commandLine);
    copyCommandLine(information.commandLine);
  }
  if ((information.flags & FLAG_MODULES) != 0) readModules(information);
}

function readMemoryMap(information: MultibootInformation): void {
  if ((information.flags & FLAG_MEMORY_MAP) == 0) {
    assert((information.flags & FLAG_MEMORY) != 0, "the boot loader told nothing about memory");
    addAvailable(0, (information.memoryLowerKb as usize) << 10);
    addAvailable(ONE_MEGABYTE, ONE_MEGABYTE + ((information.memoryUpperKb as usize) << 10));
    return;
  }
  const end = information.memoryMap + information.memoryMapBytes;
  addReserved(information.memoryMap, end);
  for (let at = information.memoryMap; at < end; ) {
    const base = load<u64>(at, ENTRY_BASE);
    const limit = base + load<u64>(at, ENTRY_LENGTH);
    const type = load<u32>(at, ENTRY_TYPE);
    at += load<u32>(at, ENTRY_SIZE) + 4;
    if (base >= ADDRESS_LIMIT) continue;
    const start = base as usize;
    const stop = min<u64>(limit, ADDRESS_LIMIT) as usize;
    if (start >= stop) continue;
    if (type == MEMORY_AVAILABLE) addAvailable(start, stop);
    else addReserved(start, stop);
  }
}

function readModules(information: MultibootInformation): void {
  const list = information.modules;
  addReserved(list, list + information.moduleCount * MODULE_BYTES);
  for (let i: u32 = 0; i < information.moduleCount; i++) {
    const module = changetype<BootModule>(list + i * MODULE_BYTES);
    if (module.end > module.start) addReserved(module.start, module.end);
    if (module.text != 0) keepText(module.text);
    if (moduleCount == MAX_MODULES || module.end < module.start) continue;
    memory.copy(modules + moduleCount * MODULE_BYTES, changetype<usize>(module), MODULE_BYTES);
    moduleCount++;
  }
}

function keepText(text: usize): void {
  let end = text;
  while (load<u8>(end) != 0) end++;
  addReserved(text, end + 1);
}

function copyCommandLine(text: usize): void {
  for (let i: usize = 0; i < COMMAND_LINE_BYTES - 1; i++) {
    const byte = load<u8>(text + i);
    store<u8>(commandLineBuffer + i, byte);
    if (byte == 0) return;
  }
}
