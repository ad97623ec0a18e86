// Floppy images: raw sectors, first to last. The size tells the format of the disk.

import { floppySizes } from "../../pc/devices/floppy-drive.ts";
import { InputError } from "../errors.ts";
import { type FileContents, readInput, replaceFile } from "./files.ts";

const SECTOR = 512;

const SIZES = floppySizes().sort((a, b) => a - b);
const LARGEST = SIZES[SIZES.length - 1];
/** The usual disk. A boot loader that was built for a short image counts on its 18 sectors in a track. */
const USUAL = 1440 * 1024;

const EXPECTED = "a floppy image (160K to 2.88M, or fewer whole sectors of 512 bytes)";

export interface Floppy {
  contents: FileContents;
  /** A whole disk: the file's bytes, and zeros behind them. The drive writes into it. */
  disk: Uint8Array;
}

/** @throws InputError when the file cannot be a floppy image */
export function readFloppy(file: string): Floppy {
  return asFloppy(readInput(file, EXPECTED));
}

/** @throws InputError when the contents cannot be a floppy image */
export function asFloppy(contents: FileContents): Floppy {
  const { file, bytes } = contents;
  if (bytes.length < SECTOR || bytes.length % SECTOR !== 0 || bytes.length > LARGEST) {
    throw new InputError({ file, expected: EXPECTED, found: `${bytes.length} byte${bytes.length === 1 ? "" : "s"}` });
  }
  if (bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46) {
    throw new InputError({ file, offset: 0, expected: EXPECTED, found: "an ELF file (boot it with -kernel)" });
  }
  const disk = new Uint8Array(diskSize(bytes.length));
  disk.set(bytes);
  return { contents, disk };
}

/** Bytes of the disk that an image of `bytes` bytes is: its own size if disks have it, else the usual one if that holds it. */
function diskSize(bytes: number): number {
  if (SIZES.includes(bytes)) return bytes;
  return SIZES.find((size) => size >= USUAL && size >= bytes) ?? LARGEST;
}

/**
 * Writes what the guest changed back to the file. A file that was shorter than the disk stays so unless the guest
 * wrote behind its end.
 * @returns whether there was anything to write
 * @throws InputError when the file cannot be written
 */
export function writeBack({ contents, disk }: Floppy): boolean {
  const { bytes } = contents;
  const tailUsed = disk.subarray(bytes.length).some((byte) => byte !== 0);
  const after = tailUsed ? disk : disk.subarray(0, bytes.length);
  if (Buffer.compare(after, bytes) === 0) return false;
  replaceFile(contents, after);
  return true;
}
