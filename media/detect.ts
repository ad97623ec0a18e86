// What a file is that a person names without saying: told by its marks, not by its name.
// Sources: those of formats/ for each kind; the Linux boot protocol (Documentation/arch/x86/boot.rst) for its header.

import type { ByteSource } from "../formats/byte-source.ts";
import { isIso } from "../formats/iso9660/index.ts";
import { looksLikeMasterBootRecord } from "../formats/mbr.ts";
import { isVhd } from "../formats/vhd.ts";
import { floppySizes } from "../pc/devices/floppy-drive.ts";
import { isElf } from "./elf.ts";
import { isForeignDisk } from "./foreign-disk.ts";

export type ImageKind = "ELF" | "Linux" | "VHD" | "CD" | "disk" | "floppy";

const SECTOR_BYTES = 512;
const BOOT_SIGNATURE = 510;
export const LINUX_HEADER = 0x202;
const LINUX_MAGIC = [0x48, 0x64, 0x72, 0x53]; // "HdrS"
/** A FAT volume's first byte is a jump; its sectors' size stands here. */
const BYTES_PER_SECTOR = 11;
const MEDIA = 21;
const FIXED_MEDIUM = 0xf8;

/**
 * @returns undefined for what bears no mark of any of them: it may be a text file
 */
export function detectImage(source: ByteSource): ImageKind | undefined {
  const head = source.read(0, Math.min(source.size, 2 * SECTOR_BYTES));
  if (isElf(head)) return "ELF";
  if (LINUX_MAGIC.every((byte, index) => head[LINUX_HEADER + index] === byte)) return "Linux";
  if (isForeignDisk(head)) return "disk";
  if (isVhd(source)) return "VHD";
  // A hybrid is a disk as well; it is made to be a CD.
  if (isIso(source)) return "CD";
  if (source.size % SECTOR_BYTES !== 0 || source.size === 0) return undefined;
  const sizes = floppySizes();
  const isSigned = head[BOOT_SIGNATURE] === 0x55 && head[BOOT_SIGNATURE + 1] === 0xaa;
  if (source.size > Math.max(...sizes)) return isSigned ? "disk" : undefined;
  if (!isSigned || sizes.includes(source.size)) return isSigned || sizes.includes(source.size) ? "floppy" : undefined;
  // Small, signed, of no diskette's size: a small disk, or a diskette's first sectors.
  const isPartitioned = looksLikeMasterBootRecord(head.subarray(0, SECTOR_BYTES), source.size / SECTOR_BYTES);
  return isPartitioned && !isVolume(head) ? "disk" : isVolume(head) && head[MEDIA] === FIXED_MEDIUM ? "disk" : "floppy";
}

function isVolume(head: Uint8Array): boolean {
  const jumps = (head[0] === 0xeb && head[2] === 0x90) || head[0] === 0xe9;
  return jumps && head[BYTES_PER_SECTOR] === 0 && head[BYTES_PER_SECTOR + 1] === 2;
}
