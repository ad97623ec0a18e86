// The BIOS's services that the loader uses, each a function. Sources: IBM BIOS Interface Technical Reference (int 10h, 12h, 13h,
// 16h, 1Ah); BIOS Enhanced Disk Drive Specification 1.1 (int 13h, functions 41h, 42h, 48h); ACPI specification (int 15h, E820h);
// VESA BIOS Extension 3.0 (int 10h, 4Fxxh).

import { biosCall, registersAddress } from "./assembly.external.ts";
import { BIOS_PACKET } from "./layout.ts";

/** What real.s loads into the processor's registers and stores from them. */
@unmanaged
export class Registers {
  eax: u32;
  ebx: u32;
  ecx: u32;
  edx: u32;
  esi: u32;
  edi: u32;
  ebp: u32;
  eflags: u32;
  ds: u16;
  es: u16;
}

const CARRY: u32 = 1;
const ZERO: u32 = 0x40;
const EXTENSIONS_SIGNATURE: u32 = 0xaa55;
const SMAP: u32 = 0x534d4150;
const PACKET_BYTES: u16 = 16;
const PARAMETERS_BYTES: u16 = 26;

/** The registers, all 0 but EAX. */
export function registersFor(eax: u32): Registers {
  const address = registersAddress();
  memory.fill(address, 0, offsetof<Registers>());
  const registers = changetype<Registers>(address);
  registers.eax = eax;
  return registers;
}

function isCarrySet(registers: Registers): bool {
  return (registers.eflags & CARRY) != 0;
}

/** Whether a key waits. */
export function isKeyPressed(): bool {
  const registers = registersFor(0x0100);
  biosCall(0x16);
  return (registers.eflags & ZERO) == 0;
}

/** Takes the next key: its scan code above its character. Waits for one. */
export function readKey(): u32 {
  const registers = registersFor(0);
  biosCall(0x16);
  return registers.eax & 0xffff;
}

/** Ticks since midnight, 18.2 a second. */
export function readTicks(): u32 {
  const registers = registersFor(0);
  biosCall(0x1a);
  return ((registers.ecx & 0xffff) << 16) | (registers.edx & 0xffff);
}

/** Text mode, 80 by 25, an empty screen. */
export function setTextMode(): void {
  registersFor(0x0003);
  biosCall(0x10);
}

export function moveCursor(row: u32, column: u32): void {
  const registers = registersFor(0x0200);
  registers.edx = (row << 8) | column;
  biosCall(0x10);
}

/** Out of sight, or a line at the foot of its cell. */
export function showCursor(isShown: bool): void {
  const registers = registersFor(0x0100);
  registers.ecx = isShown ? 0x0e0f : 0x2000;
  biosCall(0x10);
}

/** KiB of RAM from 0 on. */
export function lowMemoryKib(): u32 {
  const registers = registersFor(0);
  biosCall(0x12);
  return registers.eax & 0xffff;
}

/**
 * Asks for the memory map's entry that `continuation` (first 0) leads to, and puts its 20 bytes at `entry`, below 64 KiB or above.
 * Returns false at the map's end or if the BIOS has none; nextContinuation says how to go on, 0 for not at all.
 */
export function readMapEntry(continuation: u32, entry: usize): bool {
  const registers = registersFor(0xe820);
  registers.ebx = continuation;
  registers.ecx = 20;
  registers.edx = SMAP;
  registers.edi = BIOS_PACKET as u32;
  biosCall(0x15);
  nextContinuation = registers.ebx;
  if (isCarrySet(registers) || registers.eax != SMAP) return false;
  memory.copy(entry, BIOS_PACKET, 20);
  return true;
}

export let nextContinuation: u32 = 0;

/** RAM above 1 MiB as the older services tell it: KiB from 1 to 16 MiB, and blocks of 64 KiB above, which sizeAbove16 has. */
export function sizeAboveMegabyte(): u32 {
  let registers = registersFor(0xe801);
  biosCall(0x15);
  blocksAbove16 = 0;
  if (!isCarrySet(registers)) {
    const isInCx = (registers.ecx & 0xffff) != 0;
    blocksAbove16 = (isInCx ? registers.edx : registers.ebx) & 0xffff;
    return (isInCx ? registers.ecx : registers.eax) & 0xffff;
  }
  registers = registersFor(0x8800);
  biosCall(0x15);
  return isCarrySet(registers) ? 0 : registers.eax & 0xffff;
}

export let blocksAbove16: u32 = 0;

/** Whether int 13h reads `drive` by sector numbers. */
export function hasExtensions(drive: u32): bool {
  const registers = registersFor(0x4100);
  registers.ebx = 0x55aa;
  registers.edx = drive;
  biosCall(0x13);
  return !isCarrySet(registers) && (registers.ebx & 0xffff) == EXTENSIONS_SIGNATURE && (registers.ecx & 1) != 0;
}

/** Bytes of a sector of `drive`, 0 if the BIOS doesn't say. */
export function sectorBytesOf(drive: u32): u32 {
  memory.fill(BIOS_PACKET, 0, PARAMETERS_BYTES);
  store<u16>(BIOS_PACKET, PARAMETERS_BYTES);
  const registers = registersFor(0x4800);
  registers.edx = drive;
  registers.esi = BIOS_PACKET as u32;
  biosCall(0x13);
  return isCarrySet(registers) ? 0 : load<u16>(BIOS_PACKET, 24);
}

/** The drive's geometry: sectors of a track, above them the heads; 0 if there is no such drive. */
export function geometryOf(drive: u32): u32 {
  const registers = registersFor(0x0800);
  registers.edx = drive;
  biosCall(0x13);
  if (isCarrySet(registers) || (registers.ecx & 0x3f) == 0) return 0;
  // Diskette drives that are not there have no type and no count.
  if ((registers.edx & 0xff) <= (drive & 0x7f)) return 0;
  return ((((registers.edx >> 8) & 0xff) + 1) << 8) | (registers.ecx & 0x3f);
}

export function resetDrive(drive: u32): void {
  const registers = registersFor(0);
  registers.edx = drive;
  biosCall(0x13);
}

/** Reads by sector number to `address`, below 1 MiB on a multiple of 16: 0 or the BIOS's error. */
export function readByNumber(drive: u32, sector: u64, count: u32, address: usize): u32 {
  store<u16>(BIOS_PACKET, PACKET_BYTES);
  store<u16>(BIOS_PACKET, count as u16, 2);
  store<u16>(BIOS_PACKET, 0, 4);
  store<u16>(BIOS_PACKET, (address >> 4) as u16, 6);
  store<u64>(BIOS_PACKET, sector, 8);
  const registers = registersFor(0x4200);
  registers.edx = drive;
  registers.esi = BIOS_PACKET as u32;
  biosCall(0x13);
  return isCarrySet(registers) ? errorOf(registers) : 0;
}

/** The same by cylinder, head and sector, from 1. */
export function readByPlace(drive: u32, cylinder: u32, head: u32, sector: u32, count: u32, address: usize): u32 {
  const registers = registersFor(0x0200 | count);
  registers.ecx = ((cylinder & 0xff) << 8) | ((cylinder >> 2) & 0xc0) | sector;
  registers.edx = (head << 8) | drive;
  registers.es = (address >> 4) as u16;
  biosCall(0x13);
  return isCarrySet(registers) ? errorOf(registers) : 0;
}

/** A carry without a number is an error nevertheless. */
function errorOf(registers: Registers): u32 {
  const code = (registers.eax >> 8) & 0xff;
  return code == 0 ? 0xff : code;
}
