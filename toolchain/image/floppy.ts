// A bootable diskette: a FAT12 volume with boot sector, setup and kernel in its reserved sectors, and files for the kernel to read.

import { type FatFile, FLOPPY_FORMATS } from "../../formats/fat/index.ts";
import { type BootParts, SECTOR_BYTES } from "./boot-area.ts";
import { ImageError } from "./error.ts";
import { makeBootVolume } from "./volume.ts";

export const FLOPPY_1440K_BYTES = 80 * 2 * 18 * SECTOR_BYTES;

export type FloppyParts = BootParts & {
  /** What the diskette holds besides: "/etc/motd" and its bytes. */
  files?: readonly FatFile[];
  /** At most 11 characters of ASCII. */
  label?: string;
  /** Of all files, in seconds since 1970; 2000-01-01 if not given. */
  time?: number;
  /** Size of the image, that of a diskette; 1,474,560 if not given. */
  sizeBytes?: number;
};

/**
 * Makes a diskette that boots the kernel.
 * @returns the image, `sizeBytes` long
 * @throws ImageError when a part is not what it must be, MediaError when the files do not fit or have odd names
 */
export function makeFloppy(parts: FloppyParts): Uint8Array {
  const { files = [], label, time, sizeBytes = FLOPPY_1440K_BYTES } = parts;
  const format = FLOPPY_FORMATS.get(sizeBytes / 1024);
  if (!format) {
    const sizes = [...FLOPPY_FORMATS.keys()].map((kib) => kib * 1024).join(", ");
    throw new ImageError("image", 0, `the size of a diskette, one of ${sizes} bytes`, `${sizeBytes} bytes`);
  }
  return makeBootVolume(parts, files, { ...format, type: 12, driveNumber: 0, label, time });
}
