// Floppy images: raw sectors, first to last. The size tells the format of the disk.

import { FLOPPY_EXPECTED, floppyDisk } from "../../media/floppy.ts";
import { type FileContents, readInput, replaceFile } from "./files.ts";

export interface Floppy {
  contents: FileContents;
  /** A whole disk: the file's bytes, and zeros behind them. The drive writes into it. */
  disk: Uint8Array;
}

/** @throws InputError when the file cannot be a floppy image */
export function readFloppy(file: string): Floppy {
  return asFloppy(readInput(file, FLOPPY_EXPECTED));
}

/** @throws InputError when the contents cannot be a floppy image */
export function asFloppy(contents: FileContents): Floppy {
  return { contents, disk: floppyDisk(contents.file, contents.bytes) };
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
