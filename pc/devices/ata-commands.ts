// The commands of a hard disk by their opcodes: which kind of transfer each is, and those that transfer nothing.
// Source: ATA/ATAPI-5 (T13/1321D), section 8; ATA/ATAPI-6 (T13/1410D) for the 48-bit ones.

import type { AtaDisk } from "./ata-disk.ts";
import { identifyData } from "./ata-identify.ts";
import { ABRT, DEVICE, FEATURES, IDNF, LBA, SECTOR_COUNT } from "./ide-drive.ts";

/** Sectors in a block of READ MULTIPLE, at most. */
export const MOST_MULTIPLE = 16;

/** Answer of CHECK POWER MODE: active or idle. */
const ACTIVE = 0xff;
const HEADS_MASK = 0x0f;

// Kinds of transfer mode, the upper five bits of the value.
const PIO_DEFAULT = 0x00;
const PIO_FLOW_CONTROL = 0x08;
const MULTIWORD_DMA = 0x20;
const ULTRA_DMA = 0x40;

type Command = (disk: AtaDisk) => void;

const done: Command = (disk) => disk.finish();

const COMMANDS: ReadonlyMap<number, Command> = new Map<number, Command>([
  [0x20, (disk) => disk.beginRead(false, 1)], // READ SECTORS
  [0x21, (disk) => disk.beginRead(false, 1)], // without retries
  [0x24, (disk) => disk.beginRead(true, 1)], // READ SECTORS EXT
  [0x25, (disk) => disk.beginDma(true, false)], // READ DMA EXT
  [0x27, (disk) => readNativeMax(disk, true)],
  [0x29, (disk) => disk.beginRead(true, disk.multiple)], // READ MULTIPLE EXT
  [0x30, (disk) => disk.beginWrite(false, 1)], // WRITE SECTORS
  [0x31, (disk) => disk.beginWrite(false, 1)],
  [0x34, (disk) => disk.beginWrite(true, 1)], // WRITE SECTORS EXT
  [0x35, (disk) => disk.beginDma(true, true)], // WRITE DMA EXT
  [0x39, (disk) => disk.beginWrite(true, disk.multiple)], // WRITE MULTIPLE EXT
  [0x40, (disk) => disk.verify(false)], // READ VERIFY SECTORS
  [0x41, (disk) => disk.verify(false)],
  [0x42, (disk) => disk.verify(true)], // READ VERIFY SECTORS EXT
  [0x91, initializeDeviceParameters],
  [0xc4, (disk) => disk.beginRead(false, disk.multiple)], // READ MULTIPLE
  [0xc5, (disk) => disk.beginWrite(false, disk.multiple)], // WRITE MULTIPLE
  [0xc6, setMultiple],
  [0xc8, (disk) => disk.beginDma(false, false)], // READ DMA
  [0xc9, (disk) => disk.beginDma(false, false)],
  [0xca, (disk) => disk.beginDma(false, true)], // WRITE DMA
  [0xcb, (disk) => disk.beginDma(false, true)],
  [0xe7, done], // FLUSH CACHE
  [0xea, done], // FLUSH CACHE EXT
  [0xec, (disk) => disk.sendData(identifyData(disk))], // IDENTIFY DEVICE
  [0xef, setFeatures],
  [0xf8, (disk) => readNativeMax(disk, false)],
  // STANDBY IMMEDIATE, IDLE IMMEDIATE, STANDBY, IDLE, SLEEP, and what they were called before; the platters never stop here.
  ...[0xe0, 0xe1, 0xe2, 0xe3, 0xe6, 0x94, 0x95, 0x96, 0x97, 0x99].map((code): [number, Command] => [code, done]),
  ...[0xe5, 0x98].map((code): [number, Command] => [code, checkPowerMode]),
  // RECALIBRATE and SEEK have a nibble for the step rate in their opcodes, which no drive has heeded for long.
  ...withLowNibbles(0x10).map((code): [number, Command] => [code, done]),
  ...withLowNibbles(0x70).map((code): [number, Command] => [code, seek]),
]);

/** Begins the command in the command register; one that the drive does not know is aborted. */
export function beginCommand(disk: AtaDisk): void {
  const command = COMMANDS.get(disk.command);
  if (command) command(disk);
  else disk.finish(ABRT);
}

function withLowNibbles(opcode: number): number[] {
  return Array.from({ length: 16 }, (_, low) => opcode | low);
}

function seek(disk: AtaDisk): void {
  const address = disk.hostAddress(false);
  disk.finish(disk.onDisk(address) ? 0 : IDNF);
}

function setMultiple(disk: AtaDisk): void {
  const sectors = disk.registers[SECTOR_COUNT];
  const isPowerOfTwo = (sectors & (sectors - 1)) === 0;
  const valid = sectors <= MOST_MULTIPLE && isPowerOfTwo;
  if (valid) disk.multiple = sectors;
  disk.finish(valid ? 0 : ABRT);
}

function initializeDeviceParameters(disk: AtaDisk): void {
  const sectors = disk.registers[SECTOR_COUNT];
  if (sectors > 0) {
    disk.heads = (disk.registers[DEVICE] & HEADS_MASK) + 1;
    disk.sectorsPerTrack = sectors;
  }
  disk.finish(sectors > 0 ? 0 : ABRT);
}

function setFeatures(disk: AtaDisk): void {
  switch (disk.registers[FEATURES]) {
    case 0x02: // write cache on
    case 0x82: // and off
    case 0xaa: // read look-ahead on
    case 0x55: // and off
    case 0x66: // settings are kept over a software reset
    case 0xcc: // or not
      disk.finish();
      return;
    case 0x03:
      disk.finish(setTransferMode(disk, disk.registers[SECTOR_COUNT]) ? 0 : ABRT);
      return;
    default:
      disk.finish(ABRT);
  }
}

function setTransferMode(disk: AtaDisk, mode: number): boolean {
  const kind = mode & 0xf8;
  const number = mode & 7;
  const known =
    (kind === PIO_DEFAULT && number <= 1) ||
    (kind === PIO_FLOW_CONTROL && number <= 4) ||
    (kind === MULTIWORD_DMA && number <= 2) ||
    (kind === ULTRA_DMA && number <= 5);
  // PIO modes are not reported by IDENTIFY DEVICE, nor do they put a DMA mode out of force.
  if (known && kind >= MULTIWORD_DMA) disk.dmaMode = mode;
  return known;
}

function checkPowerMode(disk: AtaDisk): void {
  disk.registers[SECTOR_COUNT] = ACTIVE;
  disk.finish();
}

function readNativeMax(disk: AtaDisk, wide: boolean): void {
  if ((disk.registers[DEVICE] & LBA) === 0) {
    disk.finish(ABRT);
    return;
  }
  disk.wide = wide;
  disk.showAddress(Math.min(disk.blocks.blockCount, wide ? 2 ** 48 : 2 ** 28) - 1);
  disk.finish();
}
