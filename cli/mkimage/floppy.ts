// `minios mkimage floppy`

import { FLOPPY_FORMATS, writeFat } from "../../formats/fat/index.ts";
import { makeFloppy } from "../../toolchain/image/floppy.ts";
import { InputError, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { sourceDate } from "../source-date.ts";
import { bootParts, loaderParts, naming, readBytes, readFolder } from "./input.ts";
import type { FloppyOptions } from "./options.ts";
import { writeImage } from "./output.ts";

/** @throws UsageError, InputError */
export function makeFloppyImage(io: Io, folder: string | undefined, options: FloppyOptions): void {
  const { size, label, raw, boot, loader, kernel, append, output } = options;
  const format = FLOPPY_FORMATS.get(Number(size));
  if (!format)
    throw new UsageError(`--size: expected one of ${[...FLOPPY_FORMATS.keys()].join(", ")}, found '${size}'`);
  if (raw && (folder !== undefined || kernel !== undefined || loader || label !== undefined))
    throw new UsageError("--raw: a diskette without file system has no files, no label, no loader and no kernel");
  if (boot !== undefined && kernel !== undefined) throw new UsageError("--boot and --kernel both want the boot sector");
  if (loader && (boot !== undefined || kernel !== undefined))
    throw new UsageError("--loader boots what grub.cfg says; no --boot and no --kernel beside it");
  if (append !== undefined && kernel === undefined) throw new UsageError("--append is for a --kernel");
  const sizeBytes = Number(size) * 1024;
  const image = naming({ kernel, "boot sector": boot, "FAT volume": output, "command line": "--append" }, () => {
    if (raw) return rawFloppy(boot, sizeBytes);
    const files = folder === undefined ? [] : readFolder(folder);
    const time = sourceDate(io.env);
    if (loader) return makeFloppy({ ...loaderParts(), files, label, time, sizeBytes });
    if (kernel !== undefined) return makeFloppy({ ...bootParts(kernel, append), files, label, time, sizeBytes });
    const bootSector = boot === undefined ? undefined : readBootSector(boot);
    return writeFat(files, { ...format, type: 12, driveNumber: 0, label, time, bootSector });
  });
  writeImage(io, options, [image], image.length);
}

function rawFloppy(boot: string | undefined, sizeBytes: number): Uint8Array {
  const image = new Uint8Array(sizeBytes);
  if (boot === undefined) return image;
  const bytes = readBytes(boot);
  if (bytes.length > sizeBytes)
    throw new InputError({ file: boot, expected: `at most ${sizeBytes} bytes, a diskette`, found: `${bytes.length}` });
  image.set(bytes);
  return image;
}

/** The end of FAT12's parameter block, over which a boot sector must jump. */
const PARAMETER_BLOCK_END = 0x3e;

export function readBootSector(file: string): Uint8Array {
  const bytes = readBytes(file);
  if (bytes.length !== 512)
    throw new InputError({ file, expected: "a boot sector of 512 bytes", found: `${bytes.length}` });
  const jumpsOver = bytes[0] === 0xeb && bytes[1] >= PARAMETER_BLOCK_END - 2 && bytes[1] < 0x80;
  if (!jumpsOver && bytes[0] !== 0xe9) {
    const found = [...bytes.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new InputError({ file, offset: 0, expected: "a jump over the parameter block, such as eb 3c 90", found });
  }
  return bytes;
}
