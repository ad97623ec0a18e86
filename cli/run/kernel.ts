// A kernel for -kernel: an ELF file for the 386 with a Multiboot header. Checked here, so that a wrong file gets a line
// that names it; the machine loads it.

import { EHDR_SIZE, ElfBytes, EM_386, ET_EXEC, readHeader } from "../../formats/elf32.ts";
import { asInputError, InputError } from "../errors.ts";
import { type FileContents, readInput } from "./files.ts";

const EXPECTED = "an ELF file for the 386 with a Multiboot header";

const ELF_MAGIC_BYTES = [0x7f, 0x45, 0x4c, 0x46];
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

/** Multiboot Specification 0.6.96, 3.1: in the first 8192 bytes, aligned to 4. */
const MULTIBOOT_MAGIC = 0x1badb002;
const MULTIBOOT_SEARCH = 8192;

export function isElf(bytes: Uint8Array): boolean {
  return ELF_MAGIC_BYTES.every((byte, index) => bytes[index] === byte);
}

/** @throws InputError when the file is no kernel that this PC can start */
export function readKernel(file: string): FileContents {
  const contents = readInput(file, EXPECTED);
  checkKernel(contents);
  return contents;
}

/** @throws InputError when the contents are no kernel that this PC can start */
export function checkKernel({ file, bytes }: FileContents): void {
  if (!isElf(bytes)) {
    throw new InputError({ file, offset: 0, expected: `${EXPECTED} (7f 45 4c 46)`, found: hexBytes(bytes, 4) });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The machine before the class: "x86-64" says more than "64 bits" to somebody who took the wrong compiler.
  const machine = bytes.length >= EHDR_SIZE ? view.getUint16(E_MACHINE, bytes[5] !== 2) : EM_386;
  if (machine !== EM_386) {
    const found = `machine ${machine}${MACHINES[machine] ? ` (${MACHINES[machine]})` : ""}`;
    throw new InputError({ file, offset: E_MACHINE, expected: `an ELF file for machine ${EM_386} (the 386)`, found });
  }
  try {
    readHeader(new ElfBytes(bytes, file), ET_EXEC);
  } catch (error) {
    throw asInputError(error, file) ?? error;
  }
  if (!hasMultibootHeader(view)) {
    throw new InputError({
      file,
      expected: `a Multiboot header (02 b0 ad 1b, flags, checksum) in the first ${MULTIBOOT_SEARCH} bytes`,
      found: "none",
    });
  }
}

function hasMultibootHeader(view: DataView): boolean {
  const end = Math.min(view.byteLength, MULTIBOOT_SEARCH) - 12;
  for (let offset = 0; offset <= end; offset += 4) {
    if (view.getUint32(offset, true) !== MULTIBOOT_MAGIC) continue;
    const sum = MULTIBOOT_MAGIC + view.getUint32(offset + 4, true) + view.getUint32(offset + 8, true);
    if (sum % 2 ** 32 === 0) return true;
  }
  return false;
}

/** The first bytes as an error message shows them. */
function hexBytes(bytes: Uint8Array, count: number): string {
  if (bytes.length === 0) return "an empty file";
  return Array.from(bytes.subarray(0, count), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
