// Firmware of another make: -bios and -vgabios. Sources: BIOS Boot Specification 1.01 (expansion ROMs); QEMU's manual, -bios.

import { InputError } from "../errors.ts";
import { readInput } from "./files.ts";

const KIB = 1024;
const BIOS_UNIT = 64 * KIB;
const MOST_BIOS = 1024 * KIB;
const MOST_VIDEO_BIOS = 64 * KIB;
/** An expansion ROM's size stands behind its mark, in 512 bytes. */
const ROM_UNIT = 512;

/** @throws InputError */
export function readBios(file: string): Uint8Array {
  const expected = "a BIOS: whole 64 KiB, 1024 KiB at most";
  const { bytes } = readInput(file, expected);
  if (bytes.length === 0 || bytes.length % BIOS_UNIT !== 0 || bytes.length > MOST_BIOS) {
    throw new InputError({ file, expected, found: `${bytes.length} bytes` });
  }
  return bytes;
}

/** @throws InputError */
export function readVideoBios(file: string): Uint8Array {
  const expected = "a video BIOS: 55 AA at its start, 64 KiB at most";
  const { bytes } = readInput(file, expected);
  if (bytes.length > MOST_VIDEO_BIOS) throw new InputError({ file, expected, found: `${bytes.length} bytes` });
  if (bytes[0] !== 0x55 || bytes[1] !== 0xaa) {
    throw new InputError({ file, offset: 0, expected, found: "another mark" });
  }
  if (bytes[2] * ROM_UNIT > bytes.length) {
    const found = `${bytes.length} of them`;
    throw new InputError({ file, offset: 2, expected: `${bytes[2] * ROM_UNIT} bytes, as it says`, found });
  }
  return bytes;
}
