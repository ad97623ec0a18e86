// Kernels: is a file one, and is it for this processor? The machine knows what a Multiboot kernel is and says what is wrong with one;
// here is only the mistake that people make most, in their words: the wrong compiler.

import { EHDR_SIZE, EM_386 } from "../formats/elf32.ts";
import { readExecutable } from "../formats/elf32-executable.ts";
import { findHeader } from "../formats/multiboot.ts";
import { findXenGuest } from "../formats/xen-guest.ts";
import { asInputError, InputError } from "./errors.ts";

const ELF_MAGIC_BYTES = [0x7f, 0x45, 0x4c, 0x46];
const EI_DATA = 5;
const ELFDATA2MSB = 2;
const E_MACHINE = 18;

/** e_machine values that people's tools make, for the message. */
const MACHINES: Record<number, string> = {
  2: "SPARC",
  8: "MIPS",
  20: "PowerPC",
  21: "64-bit PowerPC",
  22: "S390",
  40: "ARM",
  42: "SuperH",
  50: "Itanium",
  62: "x86-64",
  183: "AArch64",
  243: "RISC-V",
  258: "LoongArch",
};

export function isElf(bytes: Uint8Array): boolean {
  return ELF_MAGIC_BYTES.every((byte, index) => bytes[index] === byte);
}

/** @throws InputError when the contents are an ELF file for another machine than the 386 */
export function checkMachine({ file, bytes }: { file: string; bytes: Uint8Array }): void {
  if (!isElf(bytes) || bytes.length < EHDR_SIZE) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine = view.getUint16(E_MACHINE, bytes[EI_DATA] !== ELFDATA2MSB);
  if (machine === EM_386) return;
  const found = `machine ${machine}${MACHINES[machine] ? ` (${MACHINES[machine]})` : ""}`;
  throw new InputError({ file, offset: E_MACHINE, expected: `an ELF file for machine ${EM_386} (the 386)`, found });
}

/** Is this an ELF file that only Xen can start? A Multiboot kernel that knows Xen as well boots on the PC. */
export function isXenKernel({ file, bytes }: { file: string; bytes: Uint8Array }): boolean {
  if (!isElf(bytes) || findHeader(bytes)) return false;
  try {
    return findXenGuest(readExecutable(bytes, "kernel")) !== undefined;
  } catch (error) {
    // It says that it is for Xen, and says it wrongly: that is the thing to tell. Other errors are the Multiboot loader's.
    if (error instanceof Error && error.name === "XenGuestError") throw asInputError(error, file) ?? error;
    return false;
  }
}
