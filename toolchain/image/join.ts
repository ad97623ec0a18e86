// A boot sector and a kernel, one after the other, as a diskette that a PC boots: what `dd` and `cat` are used for in tutorials.
// The boot sector knows by itself where to load the kernel; from the second sector on it finds the kernel's bytes as memory is to
// hold them. Source: BIOS Boot Specification 1.01 (the sector of 512 bytes with 55 AA at its end).

import * as elf from "../../formats/elf32.ts";
import { readExecutable, type Segment } from "../../formats/elf32-executable.ts";
import { ImageError, type ImagePart } from "./error.ts";
import { FLOPPY_1440K_BYTES } from "./floppy.ts";

const SECTOR_BYTES = 512;
const SIGNATURE = 510;
/** More than any memory that a boot sector can load to. */
const MAX_KERNEL_BYTES = 64 * 1024 * 1024;

export interface BootImage {
  image: Uint8Array;
  /** Sectors that the kernel takes behind the boot sector. */
  kernelSectors: number;
  /** Where the kernel's first byte was linked to; undefined when it is bare bytes. */
  loadAddress: number | undefined;
}

/**
 * Joins a boot sector and a kernel.
 * @param bootSector 512 bytes, or an ELF executable that holds them
 * @param kernel bare bytes, or an ELF executable: its loadable segments by physical address, without what is zero at the end
 * @param sizeBytes of the image; "sectors" for no more than there is
 * @throws ImageError, Elf32Error
 */
export function joinBootImage(
  bootSector: Uint8Array,
  kernel: Uint8Array,
  sizeBytes: number | "sectors" = FLOPPY_1440K_BYTES,
): BootImage {
  const boot = flatten(bootSector, "boot sector");
  checkSector(boot.bytes);
  const body = flatten(kernel, "kernel");
  if (body.bytes.length === 0) throw new ImageError("kernel", 0, "some bytes", "none");
  const kernelSectors = Math.ceil(body.bytes.length / SECTOR_BYTES);
  const needed = (1 + kernelSectors) * SECTOR_BYTES;
  const size = sizeBytes === "sectors" ? needed : sizeBytes;
  if (needed > size)
    throw new ImageError("image", size, `boot sector and kernel to fit into ${size} bytes`, `${needed} bytes`);
  const image = new Uint8Array(size);
  image.set(boot.bytes);
  image.set(body.bytes, SECTOR_BYTES);
  return { image, kernelSectors, loadAddress: body.address };
}

function checkSector(bytes: Uint8Array): void {
  if (bytes.length !== SECTOR_BYTES)
    throw new ImageError("boot sector", 0, `${SECTOR_BYTES} bytes`, `${bytes.length} bytes`);
  if (bytes[SIGNATURE] === 0x55 && bytes[SIGNATURE + 1] === 0xaa) return;
  const found = [...bytes.subarray(SIGNATURE)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  throw new ImageError("boot sector", SIGNATURE, "55 aa", found);
}

/** An ELF executable's bytes as memory is to hold them, without what is zero at the end, and where they begin; other bytes as they are. */
export function flatten(bytes: Uint8Array, part: ImagePart): { bytes: Uint8Array; address: number | undefined } {
  const isElf = bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === elf.ELF_MAGIC;
  if (!isElf) return { bytes, address: undefined };
  const segments = readExecutable(bytes, part).segments.filter(
    ({ type, data }) => type === elf.PT_LOAD && data.length > 0,
  );
  if (segments.length === 0) throw new ImageError(part, 0, "an ELF file with something to load", "nothing");
  const end = (segment: Segment) => segment.physicalAddress + segment.data.length;
  const start = Math.min(...segments.map(({ physicalAddress }) => physicalAddress));
  const size = Math.max(...segments.map(end)) - start;
  if (size > MAX_KERNEL_BYTES)
    throw new ImageError(part, 0, `segments within ${MAX_KERNEL_BYTES} bytes of memory`, `${size} bytes`);
  const flat = new Uint8Array(size);
  for (const { physicalAddress, data } of segments) flat.set(data, physicalAddress - start);
  return { bytes: flat, address: start };
}
