// A kernel for -kernel. The machine knows what a Multiboot kernel is and says what is wrong with one; here is only the
// mistake that people make most, in their words: the wrong compiler.

import { EHDR_SIZE, EM_386 } from "../../formats/elf32.ts";
import { InputError } from "../errors.ts";
import { type FileContents, readInput } from "./files.ts";

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

/** @throws InputError when the file cannot be read or is for another machine */
export function readKernel(file: string): FileContents {
  const contents = readInput(file, "a Multiboot kernel");
  checkMachine(contents);
  return contents;
}

/** @throws InputError when the contents are an ELF file for another machine than the 386 */
export function checkMachine({ file, bytes }: FileContents): void {
  if (!isElf(bytes) || bytes.length < EHDR_SIZE) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine = view.getUint16(E_MACHINE, bytes[EI_DATA] !== ELFDATA2MSB);
  if (machine === EM_386) return;
  const found = `machine ${machine}${MACHINES[machine] ? ` (${MACHINES[machine]})` : ""}`;
  throw new InputError({ file, offset: E_MACHINE, expected: `an ELF file for machine ${EM_386} (the 386)`, found });
}
