// Loads a global descriptor table (GDT) of its own and shows it: what each descriptor says, and that a segment begins where it says.
// Source: Intel's Software Developer's Manual, volume 3, section 3.4.5 (segment descriptors).

import { lgdt, loadSegments, sgdt, writeThrough } from "./cpu.external.ts";
import { clearScreen, print, printHex, SCREEN } from "./screen.ts";

// The access byte: present, ring 0 or 3, code or data, may be read (code) or written (data).
const PRESENT: u32 = 0x80;
const RING_3: u32 = 0x60;
const CODE_OR_DATA: u32 = 0x10;
const CODE: u32 = 0x08;
const READ_WRITE: u32 = 0x02;
// Flags: the limit counts pages of 4 KiB; 32-bit code or stack.
const PAGES: u32 = 0x8;
const BITS_32: u32 = 0x4;

const DESCRIPTORS: u32 = 6;
const KERNEL_CODE: u32 = 0x08;
const KERNEL_DATA: u32 = 0x10;
const SCREEN_SEGMENT: u32 = 0x28;

/** The table: eight bytes a descriptor. Descriptor 0 stays zero; it is never used. */
const table: usize = memory.data(48, 8);
/** What lgdt and sgdt work on: two bytes and four. */
const register: usize = memory.data(8, 8);

export function kernelMain(): void {
  clearScreen();
  sgdt(register);
  print("The boot loader's table is at ");
  printHex(load<u32>(register + 2), 8);
  print(", mine is at ");
  printHex(table as u32, 8);
  print(":\n\nselector  base      limit     what\n");

  const code = PRESENT | CODE_OR_DATA | CODE | READ_WRITE;
  const data = PRESENT | CODE_OR_DATA | READ_WRITE;
  describe(1, 0, 0xfffff, code, PAGES | BITS_32);
  describe(2, 0, 0xfffff, data, PAGES | BITS_32);
  describe(3, 0, 0xfffff, code | RING_3, PAGES | BITS_32);
  describe(4, 0, 0xfffff, data | RING_3, PAGES | BITS_32);
  describe(5, SCREEN as u32, 80 * 25 * 2 - 1, data, BITS_32);

  store<u16>(register, (DESCRIPTORS * 8 - 1) as u16);
  store<u32>(register + 2, table as u32);
  lgdt(register);
  loadSegments(KERNEL_CODE, KERNEL_DATA);

  // Asked for again, from the processor: this is what it works with now.
  sgdt(register);
  const last = (load<u16>(register) as u32) + 1;
  for (let i: u32 = 1; i < last / 8; i++) show(i, (load<u32>(register + 2) + 8 * i) as usize);

  print("\nOffset 0 of segment 28 is the first cell of the screen.\n");
  writeThrough(SCREEN_SEGMENT, 0, 0x2f00 | 0x54); // "T", white on green
}

/** Puts a descriptor together. Its fields lie in pieces, as those of the 286 had to stay where they were. */
function describe(index: u32, base: u32, limit: u32, access: u32, flags: u32): void {
  const at = table + 8 * (index as usize);
  store<u16>(at, limit as u16);
  store<u16>(at + 2, base as u16);
  store<u8>(at + 4, (base >> 16) as u8);
  store<u8>(at + 5, access as u8);
  store<u8>(at + 6, ((flags << 4) | (limit >> 16)) as u8);
  store<u8>(at + 7, (base >> 24) as u8);
}

/** And takes one apart. */
function show(index: u32, at: usize): void {
  const access = load<u8>(at + 5) as u32;
  const flags = (load<u8>(at + 6) as u32) >> 4;
  let limit = (load<u16>(at) as u32) | (((load<u8>(at + 6) as u32) & 0xf) << 16);
  if (flags & PAGES) limit = (limit << 12) | 0xfff;
  printHex(8 * index, 2);
  print("        ");
  printHex((load<u32>(at + 2) & 0xffffff) | ((load<u8>(at + 7) as u32) << 24), 8);
  print("  ");
  printHex(limit, 8);
  print(access & CODE ? "  code" : "  data");
  print(flags & BITS_32 ? ", 32 bits, ring " : ", 16 bits, ring ");
  printHex((access & RING_3) >> 5, 1);
  print("\n");
}

/** Where an `assert` that does not hold ends (see "abort" in minios.json). */
export function abort(message: string | null, _file: string | null, _line: u32, _column: u32): void {
  if (message) print(message);
  while (true) {}
}
