// Floppy images: raw sectors, first to last. The size tells the format of the disk.

import { floppySizes } from "../pc/devices/floppy-drive.ts";
import { isElf } from "./elf.ts";
import { InputError } from "./errors.ts";

const SECTOR = 512;

const SIZES = floppySizes().sort((a, b) => a - b);
const LARGEST = SIZES[SIZES.length - 1];
/** The usual disk. A boot loader that was built for a short image counts on its 18 sectors in a track. */
const USUAL = 1440 * 1024;

export const FLOPPY_EXPECTED = "a floppy image (160K to 2.88M, or fewer whole sectors of 512 bytes)";

/**
 * The whole disk that an image is: its bytes, and zeros behind them.
 * @throws InputError when the bytes cannot be a floppy image
 */
export function floppyDisk(file: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length < SECTOR || bytes.length % SECTOR !== 0 || bytes.length > LARGEST) {
    const found = `${bytes.length} byte${bytes.length === 1 ? "" : "s"}`;
    throw new InputError({ file, expected: FLOPPY_EXPECTED, found });
  }
  if (isElf(bytes)) {
    const found = "an ELF file (boot it with -kernel)";
    throw new InputError({ file, offset: 0, expected: FLOPPY_EXPECTED, found });
  }
  const disk = new Uint8Array(diskSize(bytes.length));
  disk.set(bytes);
  return disk;
}

/** Bytes of the disk that an image of `bytes` bytes is: its own size if disks have it, else the usual one if that holds it. */
function diskSize(bytes: number): number {
  if (SIZES.includes(bytes)) return bytes;
  return SIZES.find((size) => size >= USUAL && size >= bytes) ?? LARGEST;
}
