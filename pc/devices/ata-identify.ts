// The 256 words that a hard disk answers IDENTIFY DEVICE with.
// Source: ATA/ATAPI-5 (T13/1321D), section 8.12; words 83, 86 and 100 to 103 as ATA/ATAPI-6 (T13/1410D) has them.

import { BLOCK_SIZE } from "../blocks.ts";
import { MOST_MULTIPLE } from "./ata-commands.ts";
import type { AtaDisk } from "./ata-disk.ts";

export const IDENTIFY_BYTES = 512;
const MOST_LBA28 = 0x0fff_ffff;
/** Bit 14 set and bit 15 clear say that the word is valid. */
const VALID = 0x4000;

const MULTIWORD_MODES = 0x07;
const ULTRA_MODES = 0x3f;
const FLUSH_CACHE = 0x3000;
const LBA48 = 0x0400;
const WRITE_CACHE = 0x20;
const NOP = 0x4000;

/** Writes `text` into words from `first` on: padded by blanks, the bytes of each word swapped. */
export function putText(view: DataView, first: number, words: number, text: string): void {
  const padded = text.padEnd(words * 2);
  for (let i = 0; i < words * 2; i++) view.setUint8((first * 2 + i) ^ 1, padded.charCodeAt(i));
}

/** The mode in force, if it is of this kind, as its bit in the upper byte. */
export function selectedMode(dmaMode: number, kind: number): number {
  return (dmaMode & 0xf8) === kind ? 0x100 << (dmaMode & 7) : 0;
}

export function identifyData(disk: AtaDisk): Uint8Array {
  const { geometry, heads, sectorsPerTrack, multiple, dmaMode } = disk;
  const view = new DataView(new ArrayBuffer(IDENTIFY_BYTES));
  const word = (index: number, value: number): void => view.setUint16(index * 2, value & 0xffff, true);
  const doubleWord = (index: number, value: number): void => view.setUint32(index * 2, value >>> 0, true);
  const { blockCount } = disk.blocks;

  word(0, 0x0040); // no ATAPI, not removable
  word(1, geometry.cylinders);
  word(3, geometry.heads);
  word(4, geometry.sectorsPerTrack * BLOCK_SIZE); // retired since ATA-3, but BIOSes ask for a sector's bytes
  word(5, BLOCK_SIZE);
  word(6, geometry.sectorsPerTrack);
  putText(view, 10, 10, disk.serial);
  putText(view, 23, 4, "1.0");
  putText(view, 27, 20, "MINIOS HARDDISK");
  word(47, 0x8000 | MOST_MULTIPLE);
  word(49, 0x0b00); // IORDY, LBA, DMA
  word(50, VALID);
  word(51, 0x0200); // PIO mode 2
  word(53, 0x0007); // words 54 to 58, 64 to 70 and 88 are valid
  const asMade = heads === geometry.heads && sectorsPerTrack === geometry.sectorsPerTrack;
  const cylinders = asMade ? geometry.cylinders : Math.min(0xffff, Math.floor(blockCount / (heads * sectorsPerTrack)));
  word(54, cylinders);
  word(55, heads);
  word(56, sectorsPerTrack);
  doubleWord(57, cylinders * heads * sectorsPerTrack);
  word(59, multiple === 0 ? 0 : 0x0100 | multiple);
  doubleWord(60, Math.min(MOST_LBA28, blockCount));
  word(63, MULTIWORD_MODES | selectedMode(dmaMode, 0x20));
  word(64, 0x0003); // PIO modes 3 and 4
  for (const cycle of [65, 66, 67, 68]) word(cycle, 120); // ns
  word(80, 0x007e); // ATA-1 to ATA/ATAPI-6
  word(82, NOP | WRITE_CACHE);
  word(83, VALID | FLUSH_CACHE | LBA48);
  word(84, VALID);
  word(85, NOP | WRITE_CACHE);
  word(86, FLUSH_CACHE | LBA48);
  word(87, VALID);
  word(88, ULTRA_MODES | selectedMode(dmaMode, 0x40));
  word(93, VALID | 0x2001); // 80-conductor cable, device 0's own reset result
  doubleWord(100, blockCount);
  word(102, Math.floor(blockCount / 2 ** 32));
  return new Uint8Array(view.buffer);
}
