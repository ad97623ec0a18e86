// What our boot code loads: setup and the kernel, one after the other in the reserved sectors of a FAT volume. The boot sector and
// setup have fields that say how much there is to load and what the kernel's command line is; they are filled in here.
// The layout is described where it is read: kernel/boot/boot.s and kernel/boot/setup.s.

import { parameterBlockEnd } from "../../formats/fat/boot-record.ts";
import { hex, ImageError, type ImagePart } from "./error.ts";

export const SECTOR_BYTES = 512;

// The boot sector's fields.
const BOOT_NEXT = 0x1f6;
const BOOT_SETUP_SECTORS = 0x1fa;
const BOOT_KERNEL_SECTORS = 0x1fc;
const BOOT_SIGNATURE = 0x1fe;
const PARAMETER_BLOCK_END = parameterBlockEnd(32);

// Setup's header.
const SETUP_MAGIC = 4;
const SETUP_KERNEL_BYTES = 8;
const SETUP_COMMAND_LINE = 0x10;
const SETUP_COMMAND_LINE_BYTES = 256;
const SETUP_HEADER_BYTES = SETUP_COMMAND_LINE + SETUP_COMMAND_LINE_BYTES;

// Where the boot sector loads to: setup from 8000h up to 10000h, the kernel from 10000h up to the extended BIOS data area,
// with room to spare for a large one.
const SETUP_MAX_BYTES = 0x8000;
/** loader/layout.ts says what is behind it. */
const LOADER_MAX_BYTES = 0x10000;
const KERNEL_MAX_BYTES = 0x90000 - 0x10000;

/** A kernel that boots at once: what follows the first sector or block. */
export interface KernelParts {
  /** kernel/boot/setup.s. */
  setup: Uint8Array;
  /** An ELF32 executable for the i386, as small as can be (stripped). */
  kernel: Uint8Array;
  /** Handed to the kernel in the Multiboot information; at most 255 characters of ASCII. */
  commandLine?: string;
}

/** The boot loader, which finds kernels among the files: bytes for 8000h and what follows, from `loader/`. */
export interface LoaderParts {
  loader: Uint8Array;
}

/** What MiniOS's own way to boot is made of. */
export type BootProgram = KernelParts | LoaderParts;
export type BootParts = BootProgram & {
  /** The 512 bytes of kernel/boot/boot.s. */
  bootSector: Uint8Array;
};

/** Setup with its fields filled in, and the kernel, each in whole units (sectors, or blocks of a CD). */
export interface BootPayload {
  bytes: Uint8Array;
  setupUnits: number;
  kernelUnits: number;
}

/**
 * @param unitBytes setup and kernel begin on multiples of this
 * @throws ImageError when a part is not what it must be
 */
export function bootPayload(parts: BootProgram, unitBytes: number): BootPayload {
  if ("loader" in parts) return loaderPayload(parts.loader, unitBytes);
  const { setup, kernel, commandLine = "" } = parts;
  checkSetup(setup);
  checkKernel(kernel);
  checkCommandLine(commandLine);
  const setupUnits = Math.ceil(setup.length / unitBytes);
  const kernelUnits = Math.ceil(kernel.length / unitBytes);
  const bytes = new Uint8Array((setupUnits + kernelUnits) * unitBytes);
  bytes.set(setup);
  bytes.set(kernel, setupUnits * unitBytes);
  new DataView(bytes.buffer).setUint32(SETUP_KERNEL_BYTES, kernel.length, true);
  const line = bytes.subarray(SETUP_COMMAND_LINE, SETUP_COMMAND_LINE + SETUP_COMMAND_LINE_BYTES);
  line.fill(0);
  line.set(new TextEncoder().encode(commandLine));
  return { bytes, setupUnits, kernelUnits };
}

/** The loader stands in the place of setup and, with what does not fit there, goes on in that of the kernel, which is the next. */
function loaderPayload(loader: Uint8Array, unitBytes: number): BootPayload {
  checkMagic(loader, "boot loader");
  if (loader.length > LOADER_MAX_BYTES)
    throw new ImageError("boot loader", 0, `at most ${LOADER_MAX_BYTES} bytes`, `${loader.length} bytes`);
  const setupUnits = SETUP_MAX_BYTES / unitBytes;
  const kernelUnits = Math.max(1, Math.ceil((loader.length - SETUP_MAX_BYTES) / unitBytes));
  const bytes = new Uint8Array((setupUnits + kernelUnits) * unitBytes);
  bytes.set(loader);
  return { bytes, setupUnits, kernelUnits };
}

/**
 * The boot sector with its fields filled in; the parameter block is the file system's to write.
 * @param firstSector of the volume that belongs to the payload
 * @throws ImageError when it is no boot sector of ours
 */
export function fillBootSector(bootSector: Uint8Array, firstSector: number, payload: BootPayload): Uint8Array {
  checkBootSector(bootSector);
  const filled = bootSector.slice();
  const view = new DataView(filled.buffer);
  view.setUint32(BOOT_NEXT, firstSector, true);
  view.setUint16(BOOT_SETUP_SECTORS, payload.setupUnits, true);
  view.setUint16(BOOT_KERNEL_SECTORS, payload.kernelUnits, true);
  return filled;
}

function checkBootSector(bytes: Uint8Array): void {
  if (bytes.length !== SECTOR_BYTES) {
    throw new ImageError("boot sector", 0, `${SECTOR_BYTES} bytes`, `${bytes.length} bytes`);
  }
  if (bytes[BOOT_SIGNATURE] !== 0x55 || bytes[BOOT_SIGNATURE + 1] !== 0xaa) {
    throw new ImageError("boot sector", BOOT_SIGNATURE, "55 aa", hex(bytes, BOOT_SIGNATURE, 2));
  }
  if (bytes.subarray(BOOT_NEXT, BOOT_SIGNATURE).some((byte) => byte !== 0)) {
    throw new ImageError(
      "boot sector",
      BOOT_NEXT,
      "the empty fields of kernel/boot/boot.s",
      hex(bytes, BOOT_NEXT, BOOT_SIGNATURE - BOOT_NEXT),
    );
  }
  // A short jump over FAT32's parameter block, which is the longest.
  if (bytes[0] !== 0xeb || bytes[1] < PARAMETER_BLOCK_END - 2 || bytes[1] > 0x7f) {
    throw new ImageError(
      "boot sector",
      0,
      "a jump over the parameter block of FAT, such as eb 58 90",
      hex(bytes, 0, 3),
    );
  }
}

function checkSetup(bytes: Uint8Array): void {
  if (bytes.length < SETUP_HEADER_BYTES || bytes.length > SETUP_MAX_BYTES) {
    throw new ImageError("setup", 0, `${SETUP_HEADER_BYTES} to ${SETUP_MAX_BYTES} bytes`, `${bytes.length} bytes`);
  }
  checkMagic(bytes, "setup");
}

function checkMagic(bytes: Uint8Array, part: ImagePart): void {
  if (String.fromCharCode(...bytes.subarray(SETUP_MAGIC, SETUP_MAGIC + 4)) !== "OSSU") {
    throw new ImageError(part, SETUP_MAGIC, '"OSSU"', hex(bytes, SETUP_MAGIC, 4));
  }
}

/** What setup itself checks before it enters the kernel; better said here than on a screen without a system. */
function checkKernel(bytes: Uint8Array): void {
  if (bytes.length < 52) throw new ImageError("kernel", 0, "an ELF header of 52 bytes", `${bytes.length} bytes`);
  if (bytes.length > KERNEL_MAX_BYTES) {
    throw new ImageError(
      "kernel",
      0,
      `at most ${KERNEL_MAX_BYTES} bytes (it is loaded below 640 KiB)`,
      `${bytes.length} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== 0x7f454c46) throw new ImageError("kernel", 0, "7f 45 4c 46, an ELF file", hex(bytes, 0, 4));
  if (view.getUint16(4) !== 0x0101)
    throw new ImageError("kernel", 4, "01 01, 32 bits and low byte first", hex(bytes, 4, 2));
  if (view.getUint16(16, true) !== 2) throw new ImageError("kernel", 16, "02 00, an executable", hex(bytes, 16, 2));
  if (view.getUint16(18, true) !== 3) throw new ImageError("kernel", 18, "03 00, the machine i386", hex(bytes, 18, 2));
  if (view.getUint16(42, true) !== 32)
    throw new ImageError("kernel", 42, "20 00, bytes of a program header", hex(bytes, 42, 2));
}

function checkCommandLine(text: string): void {
  const odd = [...text].findIndex((character) => character < " " || character > "~");
  if (odd >= 0) throw new ImageError("command line", odd, "printable ASCII", JSON.stringify(text[odd]));
  if (text.length >= SETUP_COMMAND_LINE_BYTES) {
    throw new ImageError("command line", 0, `at most ${SETUP_COMMAND_LINE_BYTES - 1} characters`, `${text.length}`);
  }
}
