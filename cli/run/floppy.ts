// Floppy images: raw sectors, first to last. The size tells the format of the disk.

import { InputError } from "../errors.ts";
import { type FileContents, readInput, replaceFile } from "./files.ts";

const SECTOR = 512;

/** Disk formats by name, in bytes, smallest first. */
const FORMATS: readonly (readonly [name: string, bytes: number])[] = [
  ["160K", 160 * 1024],
  ["180K", 180 * 1024],
  ["320K", 320 * 1024],
  ["360K", 360 * 1024],
  ["720K", 720 * 1024],
  ["1.2M", 1200 * 1024],
  ["1.44M", 1440 * 1024],
  ["1.68M", 1680 * 1024],
  ["1.72M", 1722 * 1024],
  ["2.88M", 2880 * 1024],
];

const EXPECTED = "a floppy image (160K to 2.88M, or fewer whole sectors of 512 bytes)";

export interface Floppy {
  contents: FileContents;
  /** A whole disk: the file's bytes, and zeros up to the size of the next format. The drive writes into it. */
  disk: Uint8Array;
}

/** @throws InputError when the file cannot be a floppy image */
export function readFloppy(file: string): Floppy {
  return asFloppy(readInput(file, EXPECTED));
}

/** @throws InputError when the contents cannot be a floppy image */
export function asFloppy(contents: FileContents): Floppy {
  const { file, bytes } = contents;
  const largest = FORMATS[FORMATS.length - 1][1];
  if (bytes.length < SECTOR || bytes.length % SECTOR !== 0 || bytes.length > largest) {
    throw new InputError({ file, expected: EXPECTED, found: `${bytes.length} byte${bytes.length === 1 ? "" : "s"}` });
  }
  if (bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46) {
    throw new InputError({ file, offset: 0, expected: EXPECTED, found: "an ELF file (boot it with -kernel)" });
  }
  const size = FORMATS.find(([, formatBytes]) => formatBytes >= bytes.length)?.[1] ?? largest;
  const disk = new Uint8Array(size);
  disk.set(bytes);
  return { contents, disk };
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
