// What a symbol's `@` suffix asks of the linker, and the relocation types that say it.
// Source: System V ABI, Intel386 Architecture Processor Supplement 1.2, section 4.4; ELF Handling for Thread-Local Storage.

import * as elf from "../../formats/elf32.ts";
import { RELOCATION_NAMES } from "../../formats/elf32-names.ts";

const R_386_GOT32 = 3;
const R_386_GOTOFF = 9;
export const R_386_GOTPC = 10;
const R_386_GOT32X = 43;

/** Relocations of 32-bit fields by suffix. */
const BY_SUFFIX: ReadonlyMap<string, number> = new Map([
  ["GOT", R_386_GOT32],
  ["GOTOFF", R_386_GOTOFF],
  ["PLT", elf.R_386_PLT32],
  ["INDNTPOFF", 15],
  ["GOTNTPOFF", 16],
  ["NTPOFF", 17],
  ["TLSGD", 18],
  ["TLSLDM", 19],
  ["DTPOFF", 32],
  ["GOTTPOFF", 33],
  ["TPOFF", 34],
  ["SIZE", 38],
  ["TLSDESC", 39],
  ["TLSCALL", 40],
]);

const THREAD_LOCAL = new Set(["INDNTPOFF", "GOTNTPOFF", "NTPOFF", "TLSGD", "TLSLDM", "DTPOFF", "GOTTPOFF", "TPOFF"]);

/** The symbol that stands for the global offset table. */
export const GLOBAL_OFFSET_TABLE = "_GLOBAL_OFFSET_TABLE_";

export function isSuffix(word: string): boolean {
  return BY_SUFFIX.has(word.toUpperCase());
}

export function isThreadLocalSuffix(suffix: string): boolean {
  return THREAD_LOCAL.has(suffix);
}

/**
 * The relocation for a field, or undefined when there is none.
 * @param relaxable the linker may turn the load from the global offset table into something simpler
 */
export function relocationType(
  size: number,
  relative: boolean,
  suffix: string | undefined,
  relaxable: boolean,
): number | undefined {
  if (suffix !== undefined) {
    if (size !== 4 || (relative && suffix !== "PLT")) return undefined;
    return suffix === "GOT" && relaxable ? R_386_GOT32X : BY_SUFFIX.get(suffix);
  }
  switch (size) {
    case 4:
      return relative ? elf.R_386_PC32 : elf.R_386_32;
    case 2:
      return relative ? elf.R_386_PC16 : elf.R_386_16;
    case 1:
      return relative ? elf.R_386_PC8 : elf.R_386_8;
    default:
      return undefined;
  }
}

/** Whether a relocation may refer to a local symbol by its section: the linker finds table entries by the symbol itself. */
export function keepsSymbol(type: number): boolean {
  return type === R_386_GOT32 || type === R_386_GOT32X || (type >= 14 && type <= 19) || (type >= 32 && type <= 41);
}

const PORTABLE: Readonly<Record<string, number>> = {
  BFD_RELOC_NONE: elf.R_386_NONE,
  BFD_RELOC_8: elf.R_386_8,
  BFD_RELOC_16: elf.R_386_16,
  BFD_RELOC_32: elf.R_386_32,
};

/** The type that `.reloc` means by a name. */
export function relocationNamed(name: string): number | undefined {
  const upper = name.toUpperCase();
  if (Object.hasOwn(PORTABLE, upper)) return PORTABLE[upper];
  const entry = Object.entries(RELOCATION_NAMES).find(([, known]) => known === upper);
  return entry && Number(entry[0]);
}

/** Bytes of the field, and whether it counts from its own address. */
export function relocationField(type: number): { size: 0 | 1 | 2 | 4; relative: boolean } {
  const size = type === elf.R_386_NONE ? 0 : type === elf.R_386_8 || type === elf.R_386_PC8 ? 1 : 4;
  const isWord = type === elf.R_386_16 || type === elf.R_386_PC16;
  const relative = [elf.R_386_PC8, elf.R_386_PC16, elf.R_386_PC32, elf.R_386_PLT32, R_386_GOTPC].includes(type);
  return { size: isWord ? 2 : size, relative };
}
