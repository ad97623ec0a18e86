// A CD that boots, and the same image a USB stick that boots: ISO 9660 with El Torito, and in front of it a master boot record whose
// one partition is the boot image. The boot image is any program for a CD, or MiniOS's: a block of code, setup and the kernel.

import { BLOCK_BYTES, type IsoFile, planIso } from "../../formats/iso9660/index.ts";
import * as mbr from "../../formats/mbr.ts";
import { type BootProgram, bootPayload, SECTOR_BYTES } from "./boot-area.ts";
import { checkMasterBootRecord } from "./disk.ts";
import { hex, ImageError } from "./error.ts";

export interface CdBoot {
  image: Uint8Array;
  /** Where it is among the files: "/boot/cd.img". */
  path: string;
  /** Sectors of 512 bytes that the BIOS loads to 0:7C00; all of the image if not given. */
  loadSectors?: number;
  /** Writes where the image stands into it, at offset 8. */
  informationTable?: boolean;
}

export interface CdOptions {
  files: readonly IsoFile[];
  /** At most 32 characters. */
  label?: string;
  /** Seconds since 1970; 2000-01-01 if not given. */
  time?: number;
  boot?: CdBoot;
  /** kernel/boot/mbr.s, for a stick; without it the image boots as a CD only. */
  masterBootRecord?: Uint8Array;
}

/** What hybrids use, since USB BIOSes take it for a disk: 64 heads, 32 sectors, cylinders of 1 MiB. */
const STICK_GEOMETRY = { heads: 64, sectorsPerTrack: 32 };
const CYLINDER_BYTES = 64 * 32 * SECTOR_BYTES;
const DISK_SIGNATURE = 0x4d4f5322;
const MBR_LOAD_SECTORS = 0x1b6;
/** The master boot record loads below the video memory, from 7C00h on. */
const MOST_STICK_SECTORS = (0x90000 - 0x7c00) / SECTOR_BYTES;

// Fields of kernel/boot/cd.s.
const SETUP_BLOCKS = 0x40;
const KERNEL_BLOCKS = 0x42;
const SECTORS_PER_BLOCK = BLOCK_BYTES / SECTOR_BYTES;

/**
 * MiniOS's own boot image: the CD's boot block, setup and kernel, or the boot loader.
 * @param bootBlock kernel/boot/cd.s
 */
export function makeCdBoot(bootBlock: Uint8Array, parts: BootProgram, path: string): CdBoot {
  if (bootBlock.length !== BLOCK_BYTES)
    throw new ImageError("CD boot block", 0, `${BLOCK_BYTES} bytes`, `${bootBlock.length} bytes`);
  if (bootBlock.subarray(SETUP_BLOCKS, KERNEL_BLOCKS + 2).some((byte) => byte !== 0))
    throw new ImageError(
      "CD boot block",
      SETUP_BLOCKS,
      "the empty fields of kernel/boot/cd.s",
      hex(bootBlock, SETUP_BLOCKS, 4),
    );
  const payload = bootPayload(parts, BLOCK_BYTES);
  const image = new Uint8Array(BLOCK_BYTES + payload.bytes.length);
  image.set(bootBlock);
  image.set(payload.bytes, BLOCK_BYTES);
  const view = new DataView(image.buffer);
  view.setUint16(SETUP_BLOCKS, payload.setupUnits, true);
  view.setUint16(KERNEL_BLOCKS, payload.kernelUnits, true);
  return { image, path, loadSectors: SECTORS_PER_BLOCK, informationTable: true };
}

/**
 * Lays out a CD.
 * @returns its size in bytes, and its pieces in order
 * @throws ImageError when a part is not what it must be, MediaError when files have odd names or do not fit
 */
export function makeCd(options: CdOptions): { size: number; pieces: Iterable<Uint8Array> } {
  const { files, label, time, boot, masterBootRecord } = options;
  const isHybrid = boot !== undefined && masterBootRecord !== undefined;
  const plan = planIso(files, {
    label,
    time,
    boot: boot && { ...boot, bytes: boot.image },
    alignBytes: isHybrid ? CYLINDER_BYTES : undefined,
  });
  const size = plan.blocks * BLOCK_BYTES;
  if (!isHybrid || !plan.boot) return { size, pieces: plan.pieces() };
  const { block, loadSectors } = plan.boot;
  if (loadSectors > MOST_STICK_SECTORS) {
    const expected = `at most ${MOST_STICK_SECTORS} sectors to load from a USB stick`;
    throw new ImageError("boot image", 0, expected, `${loadSectors}`);
  }
  checkMasterBootRecord(masterBootRecord);
  const sector = masterBootRecord.slice();
  new DataView(sector.buffer).setUint16(MBR_LOAD_SECTORS, loadSectors, true);
  const firstSector = block * SECTORS_PER_BLOCK;
  const sectors = Math.ceil(boot.image.length / BLOCK_BYTES) * SECTORS_PER_BLOCK;
  const partition = { index: 0, type: mbr.HIDDEN_NTFS, isActive: true, firstSector, sectors };
  mbr.writeMasterBootRecord(sector, { diskSignature: DISK_SIGNATURE, partitions: [partition] }, STICK_GEOMETRY);
  return { size, pieces: plan.pieces(sector) };
}
