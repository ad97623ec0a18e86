// A bootable diskette image: boot sector, setup and kernel, one after the other. The boot sector and setup have fields that say
// how much there is to load and what the kernel's command line is; they are filled in here.
// The layout is described where it is read: kernel/boot/boot.s and kernel/boot/setup.s.

const SECTOR_BYTES = 512;
export const FLOPPY_1440K_BYTES = 80 * 2 * 18 * SECTOR_BYTES;

// The boot sector's fields.
const BOOT_SETUP_SECTORS = 0x1fa;
const BOOT_KERNEL_SECTORS = 0x1fc;
const BOOT_SIGNATURE = 0x1fe;

// Setup's header.
const SETUP_MAGIC = 4;
const SETUP_KERNEL_BYTES = 8;
const SETUP_COMMAND_LINE = 0x10;
const SETUP_COMMAND_LINE_BYTES = 256;
const SETUP_HEADER_BYTES = SETUP_COMMAND_LINE + SETUP_COMMAND_LINE_BYTES;

// Where the boot sector loads to: setup from 8000h up to 10000h, the kernel from 10000h up to the extended BIOS data area,
// with room to spare for a large one.
const SETUP_MAX_BYTES = 0x8000;
const KERNEL_MAX_BYTES = 0x90000 - 0x10000;

export interface FloppyParts {
  /** The 512 bytes of kernel/boot/boot.s. */
  bootSector: Uint8Array;
  /** kernel/boot/setup.s. */
  setup: Uint8Array;
  /** An ELF32 executable for the i386, as small as can be (stripped). */
  kernel: Uint8Array;
  /** Handed to the kernel in the Multiboot information; at most 255 characters of ASCII. */
  commandLine?: string;
  /** Size of the image; 1,474,560 if not given. */
  sizeBytes?: number;
}

/** One part of an image is not what it must be. */
export class ImageError extends Error {
  override readonly name = "ImageError";

  constructor(
    readonly part: "boot sector" | "setup" | "kernel" | "command line" | "image",
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${part}, offset ${offset}: expected ${expected}, found ${found}`);
  }
}

/**
 * Lays the parts out on a diskette.
 * @returns the image, `sizeBytes` long
 * @throws ImageError when a part is not what it must be, or does not fit
 */
export function makeFloppy(parts: FloppyParts): Uint8Array {
  const { bootSector, setup, kernel, commandLine = "", sizeBytes = FLOPPY_1440K_BYTES } = parts;
  checkBootSector(bootSector);
  checkSetup(setup);
  checkKernel(kernel);
  checkCommandLine(commandLine);
  if (!Number.isInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes % SECTOR_BYTES !== 0) {
    throw new ImageError("image", 0, "a size in whole sectors of 512 bytes", `${sizeBytes} bytes`);
  }
  const setupSectors = Math.ceil(setup.length / SECTOR_BYTES);
  const kernelSectors = Math.ceil(kernel.length / SECTOR_BYTES);
  const kernelOffset = (1 + setupSectors) * SECTOR_BYTES;
  const end = kernelOffset + kernelSectors * SECTOR_BYTES;
  if (end > sizeBytes) {
    throw new ImageError(
      "image",
      sizeBytes,
      `boot sector, setup and kernel to fit into ${sizeBytes} bytes`,
      `${end} bytes`,
    );
  }

  const image = new Uint8Array(sizeBytes);
  image.set(bootSector, 0);
  image.set(setup, SECTOR_BYTES);
  image.set(kernel, kernelOffset);
  const boot = new DataView(image.buffer, 0, SECTOR_BYTES);
  boot.setUint16(BOOT_SETUP_SECTORS, setupSectors, true);
  boot.setUint16(BOOT_KERNEL_SECTORS, kernelSectors, true);
  const header = new DataView(image.buffer, SECTOR_BYTES, SETUP_HEADER_BYTES);
  header.setUint32(SETUP_KERNEL_BYTES, kernel.length, true);
  const line = new Uint8Array(image.buffer, SECTOR_BYTES + SETUP_COMMAND_LINE, SETUP_COMMAND_LINE_BYTES);
  line.fill(0);
  line.set(new TextEncoder().encode(commandLine));
  return image;
}

function checkBootSector(bytes: Uint8Array): void {
  if (bytes.length !== SECTOR_BYTES) {
    throw new ImageError("boot sector", 0, `${SECTOR_BYTES} bytes`, `${bytes.length} bytes`);
  }
  if (bytes[BOOT_SIGNATURE] !== 0x55 || bytes[BOOT_SIGNATURE + 1] !== 0xaa) {
    throw new ImageError("boot sector", BOOT_SIGNATURE, "55 aa", hex(bytes, BOOT_SIGNATURE, 2));
  }
  if (bytes.subarray(BOOT_SETUP_SECTORS, BOOT_SIGNATURE).some((byte) => byte !== 0)) {
    throw new ImageError(
      "boot sector",
      BOOT_SETUP_SECTORS,
      "the empty sector counts of kernel/boot/boot.s",
      hex(bytes, BOOT_SETUP_SECTORS, 4),
    );
  }
}

function checkSetup(bytes: Uint8Array): void {
  if (bytes.length < SETUP_HEADER_BYTES || bytes.length > SETUP_MAX_BYTES) {
    throw new ImageError("setup", 0, `${SETUP_HEADER_BYTES} to ${SETUP_MAX_BYTES} bytes`, `${bytes.length} bytes`);
  }
  if (String.fromCharCode(...bytes.subarray(SETUP_MAGIC, SETUP_MAGIC + 4)) !== "OSSU") {
    throw new ImageError("setup", SETUP_MAGIC, '"OSSU"', hex(bytes, SETUP_MAGIC, 4));
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

function hex(bytes: Uint8Array, offset: number, count: number): string {
  const shown = [...bytes.subarray(offset, offset + count)].map((byte) => byte.toString(16).padStart(2, "0"));
  return shown.join(" ") || "nothing";
}
