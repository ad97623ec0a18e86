// Linux: a bzImage from boot protocol 2.02 on, entered at its 32-bit entry point, and its initial RAM disk.
// Source: Linux documentation, "The Linux/x86 Boot Protocol", with "32-bit Boot Protocol"; "Zero Page".

import { take } from "./arena.ts";
import { enterKernel } from "./assembly.external.ts";
import { fail } from "./failure.ts";
import { HEADER, ONE_MEGABYTE } from "./layout.ts";
import { claim, MAP_ENTRY_BYTES, memoryMap, memoryMapEntries, place, upperMemory } from "./memory.ts";
import { LINUX, plan } from "./plan.ts";
import { word } from "./script.ts";
import { framebuffer, TYPE_TEXT } from "./vbe.ts";
import { fileSize, openFile, readFile } from "./volume.ts";

// The setup header, from the file's start on.
const SETUP_SECTORS: usize = 0x1f1;
const SIGNATURE: usize = 0x202;
const VERSION: usize = 0x206;
const LOADER_TYPE: usize = 0x210;
const LOAD_FLAGS: usize = 0x211;
const CODE_START: usize = 0x214;
const RAMDISK: usize = 0x218;
const RAMDISK_BYTES: usize = 0x21c;
const COMMAND_LINE: usize = 0x228;
const INITRD_LIMIT: usize = 0x22c;
const PREFERRED: usize = 0x258;
const INITIAL_BYTES: usize = 0x260;
const HEADER_START: usize = 0x1f1;
const HEADER_JUMP: usize = 0x201;
const SMALLEST: u32 = 0x1000;
/** "HdrS" */
const MAGIC: u32 = 0x53726448;
const PROTOCOL_2_02: u16 = 0x0202;
const PROTOCOL_2_03: u16 = 0x0203;
const PROTOCOL_2_10: u16 = 0x020a;
const LOADED_HIGH: u8 = 1;
/** A loader without a number of its own. */
const OTHER_LOADER: u8 = 0xff;
const DEFAULT_INITRD_LIMIT: u32 = 0x37ffffff;

// The zero page.
const SCREEN_MODE: usize = 0x06;
const SCREEN_COLUMNS: usize = 0x07;
const SCREEN_ROWS: usize = 0x0e;
const SCREEN_VGA: usize = 0x0f;
const SCREEN_POINTS: usize = 0x10;
const OLD_MEMORY: usize = 0x1e0;
const MAP_COUNT: usize = 0x1e8;
const MAP: usize = 0x2d0;
const ZERO_PAGE_BYTES: usize = 4096;
const MAX_MAP: u32 = 40;

let zeroPage: usize = 0;

/** Loads the open file, whose first `length` bytes are at HEADER. */
export function loadLinux(length: u32): bool {
  if (length < SMALLEST || load<u32>(HEADER, SIGNATURE) != MAGIC) return fail("The kernel is no Linux bzImage");
  const version = load<u16>(HEADER, VERSION);
  if (version < PROTOCOL_2_02 || (load<u8>(HEADER, LOAD_FLAGS) & LOADED_HIGH) == 0)
    return fail("The Linux kernel is too old: boot protocol 2.02 and a bzImage are needed");
  const count: u32 = load<u8>(HEADER, SETUP_SECTORS);
  const setupBytes: u32 = (count == 0 ? 5 : count + 1) * 512;
  if (setupBytes >= fileSize()) return fail("The kernel is truncated: there is nothing behind its setup");
  zeroPage = take(ZERO_PAGE_BYTES);
  if (zeroPage == 0) return fail("Not enough memory below 1 MiB");
  const headerEnd = min<usize>(HEADER_JUMP + 1 + load<u8>(HEADER, HEADER_JUMP), MAP);
  memory.copy(zeroPage + HEADER_START, HEADER + HEADER_START, headerEnd - HEADER_START);
  const start = load<u32>(HEADER, CODE_START);
  const bytes = fileSize() - setupBytes;
  let wanted = bytes;
  if (version >= PROTOCOL_2_10) {
    // The kernel unpacks itself to where it likes to be, not to where it was loaded: nothing else may lie there.
    const home = max<u32>(load<u32>(HEADER, PREFERRED), start);
    wanted = max<u32>(wanted, home + load<u32>(HEADER, INITIAL_BYTES) - start);
  }
  if (start != ONE_MEGABYTE) return fail("The Linux kernel wants to lie elsewhere than at 1 MiB");
  if (!claim(start, wanted) || !readFile(setupBytes, bytes, start)) return false;
  plan.kind = LINUX;
  plan.entry = start;
  return true;
}

/** Loads the initial RAM disk: the files that the command's words from 1 on name, one behind the other, each on a multiple of 4. */
export function loadInitrd(count: u32): bool {
  if (plan.kind != LINUX) return fail("initrd comes after linux");
  if (plan.initrd != 0) return fail("There is an initial RAM disk already");
  let bytes: u32 = 0;
  for (let i: u32 = 1; i < count; i++) {
    if (!openFile(word(i))) return false;
    if (fileSize() > 0x7fffffff - bytes) return fail("Not enough memory");
    bytes = ((bytes + 3) & ~3) + fileSize();
  }
  const address = place(bytes, 4096);
  const limit =
    load<u16>(zeroPage, VERSION) >= PROTOCOL_2_03 ? load<u32>(zeroPage, INITRD_LIMIT) : DEFAULT_INITRD_LIMIT;
  if (address == 0) return false;
  if (address + bytes - 1 > limit) return fail("Not enough memory where Linux wants its initial RAM disk");
  memory.fill(address, 0, bytes);
  let at = address;
  for (let i: u32 = 1; i < count; i++) {
    at = (at + 3) & ~3;
    if (!openFile(word(i)) || !readFile(0, fileSize(), at)) return false;
    at += fileSize();
  }
  plan.initrd = address;
  plan.initrdBytes = bytes;
  return true;
}

export function startLinux(): bool {
  store<u8>(zeroPage, OTHER_LOADER, LOADER_TYPE);
  store<u32>(zeroPage, plan.commandLine as u32, COMMAND_LINE);
  store<u32>(zeroPage, plan.initrd, RAMDISK);
  store<u32>(zeroPage, plan.initrdBytes, RAMDISK_BYTES);
  const screen = framebuffer();
  if (screen.type == TYPE_TEXT) {
    store<u8>(zeroPage, 3, SCREEN_MODE);
    store<u8>(zeroPage, screen.width as u8, SCREEN_COLUMNS);
    store<u8>(zeroPage, screen.height as u8, SCREEN_ROWS);
    store<u8>(zeroPage, 1, SCREEN_VGA);
    store<u16>(zeroPage, 16, SCREEN_POINTS);
  }
  store<u32>(zeroPage, upperMemory(), OLD_MEMORY);
  const count = min<u32>(memoryMapEntries(), MAX_MAP);
  store<u8>(zeroPage, count as u8, MAP_COUNT);
  for (let i: u32 = 0; i < count; i++) memory.copy(zeroPage + MAP + i * 20, memoryMap() + i * MAP_ENTRY_BYTES + 4, 20);
  enterKernel(plan.entry, 0, 0, zeroPage as u32);
  return false;
}
