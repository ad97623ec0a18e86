// Linear addresses as physical ones, by the guest's own page tables, for who looks at a machine from outside: nothing is marked accessed.
// Source: Intel SDM vol. 3, 4.3 (32-bit paging), 4.4 (PAE paging).

/** Reads of physical memory. */
export interface PhysicalReader {
  read(physicalAddress: number, length: number): Uint8Array;
}

/** The control registers that paging depends on. */
export interface PagingRegisters {
  cr0: number;
  cr3: number;
  cr4: number;
}

const PRESENT = 1;
const LARGE = 0x80;
const CR0_PG = 0x8000_0000;
const CR4_PSE = 0x10;
const CR4_PAE = 0x20;
const PAGE = 0x1000;

/** @returns undefined where no page is present */
export function translate(memory: PhysicalReader, registers: PagingRegisters, linear: number): number | undefined {
  if ((registers.cr0 & CR0_PG) === 0) return linear >>> 0;
  return registers.cr4 & CR4_PAE ? translatePae(memory, registers, linear) : translate32(memory, registers, linear);
}

/** `length` bytes from a linear address on; what is not there reads as 0xFF, as memory does that no RAM answers for. */
export function readLinear(
  memory: PhysicalReader,
  registers: PagingRegisters,
  linear: number,
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(length).fill(0xff);
  for (let at = 0; at < length; ) {
    const address = (linear + at) % 0x1_0000_0000;
    const count = Math.min(length - at, PAGE - (address % PAGE));
    const physical = translate(memory, registers, address);
    if (physical !== undefined) bytes.set(memory.read(physical, count), at);
    at += count;
  }
  return bytes;
}

function word(memory: PhysicalReader, address: number): number {
  const [a, b, c, d] = memory.read(address, 4);
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

function translate32(memory: PhysicalReader, { cr3, cr4 }: PagingRegisters, linear: number): number | undefined {
  const directory = word(memory, ((cr3 & 0xffff_f000) >>> 0) + (linear >>> 22) * 4);
  if ((directory & PRESENT) === 0) return undefined;
  if (directory & LARGE && cr4 & CR4_PSE) return ((directory & 0xffc0_0000) | (linear & 0x3f_ffff)) >>> 0;
  const entry = word(memory, ((directory & 0xffff_f000) >>> 0) + ((linear >>> 12) & 0x3ff) * 4);
  if ((entry & PRESENT) === 0) return undefined;
  return ((entry & 0xffff_f000) | (linear & 0xfff)) >>> 0;
}

/** Entries of eight bytes, three levels; addresses beyond 4 GiB are none of this machine's. */
function translatePae(memory: PhysicalReader, { cr3 }: PagingRegisters, linear: number): number | undefined {
  const pointer = word(memory, ((cr3 & 0xffff_ffe0) >>> 0) + (linear >>> 30) * 8);
  if ((pointer & PRESENT) === 0) return undefined;
  const directory = word(memory, ((pointer & 0xffff_f000) >>> 0) + ((linear >>> 21) & 0x1ff) * 8);
  if ((directory & PRESENT) === 0) return undefined;
  if (directory & LARGE) return ((directory & 0xffe0_0000) | (linear & 0x1f_ffff)) >>> 0;
  const entry = word(memory, ((directory & 0xffff_f000) >>> 0) + ((linear >>> 12) & 0x1ff) * 8);
  if ((entry & PRESENT) === 0) return undefined;
  return ((entry & 0xffff_f000) | (linear & 0xfff)) >>> 0;
}
