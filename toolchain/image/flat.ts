// A floppy image that holds one flat program from its first sector on. The BIOS loads that sector and starts it; what follows
// the program loads by itself. Source: BIOS Boot Specification 1.01, section 6.5.1 (the signature).

import { ImageError } from "./error.ts";
import { FLOPPY_1440K_BYTES } from "./floppy.ts";

const SIGNATURE = 0x1fe;

/**
 * @returns an image of 1,474,560 bytes
 * @throws ImageError when no BIOS would boot it, or it does not fit
 */
export function makeFlatFloppy(program: Uint8Array): Uint8Array {
  if (program.length > FLOPPY_1440K_BYTES) {
    throw new ImageError("image", 0, `at most ${FLOPPY_1440K_BYTES} bytes, a floppy`, `${program.length} bytes`);
  }
  if (program[SIGNATURE] !== 0x55 || program[SIGNATURE + 1] !== 0xaa) {
    const found = [...program.subarray(SIGNATURE, SIGNATURE + 2)].map((byte) => byte.toString(16).padStart(2, "0"));
    throw new ImageError(
      "boot sector",
      SIGNATURE,
      "55 aa, without which a BIOS does not start it",
      found.join(" ") || `the end of ${program.length} bytes`,
    );
  }
  const image = new Uint8Array(FLOPPY_1440K_BYTES);
  image.set(program);
  return image;
}
