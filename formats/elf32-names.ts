// The numbers of an ELF32 file as GNU's tools spell them: file, section, segment, symbol and relocation types.
// Sources: TIS ELF 1.2; System V ABI, Intel386 Processor Supplement 1.2, table 4.9 (relocations).

import * as elf from "./elf32.ts";

/** R_386_ names by number. */
export const RELOCATION_NAMES: Readonly<Record<number, string>> = {
  0: "R_386_NONE",
  1: "R_386_32",
  2: "R_386_PC32",
  3: "R_386_GOT32",
  4: "R_386_PLT32",
  5: "R_386_COPY",
  6: "R_386_GLOB_DAT",
  7: "R_386_JUMP_SLOT",
  8: "R_386_RELATIVE",
  9: "R_386_GOTOFF",
  10: "R_386_GOTPC",
  11: "R_386_32PLT",
  14: "R_386_TLS_TPOFF",
  15: "R_386_TLS_IE",
  16: "R_386_TLS_GOTIE",
  17: "R_386_TLS_LE",
  18: "R_386_TLS_GD",
  19: "R_386_TLS_LDM",
  20: "R_386_16",
  21: "R_386_PC16",
  22: "R_386_8",
  23: "R_386_PC8",
  32: "R_386_TLS_LDO_32",
  35: "R_386_TLS_DTPMOD32",
  36: "R_386_TLS_DTPOFF32",
  37: "R_386_TLS_TPOFF32",
  38: "R_386_SIZE32",
  42: "R_386_IRELATIVE",
  43: "R_386_GOT32X",
};

/** SHT_ names without the prefix. */
export const SECTION_TYPES: Readonly<Record<number, string>> = {
  [elf.SHT_NULL]: "NULL",
  [elf.SHT_PROGBITS]: "PROGBITS",
  [elf.SHT_SYMTAB]: "SYMTAB",
  [elf.SHT_STRTAB]: "STRTAB",
  [elf.SHT_RELA]: "RELA",
  [elf.SHT_HASH]: "HASH",
  [elf.SHT_DYNAMIC]: "DYNAMIC",
  [elf.SHT_NOTE]: "NOTE",
  [elf.SHT_NOBITS]: "NOBITS",
  [elf.SHT_REL]: "REL",
  10: "SHLIB",
  [elf.SHT_DYNSYM]: "DYNSYM",
  [elf.SHT_INIT_ARRAY]: "INIT_ARRAY",
  [elf.SHT_FINI_ARRAY]: "FINI_ARRAY",
  [elf.SHT_PREINIT_ARRAY]: "PREINIT_ARRAY",
  [elf.SHT_GROUP]: "GROUP",
  [elf.SHT_SYMTAB_SHNDX]: "SYMTAB SECTION INDICES",
  19: "RELR",
  1879048181: "GNU_ATTRIBUTES",
  1879048182: "GNU_HASH",
  1879048183: "GNU_LIBLIST",
  1879048189: "VERDEF",
  1879048190: "VERNEED",
  1879048191: "VERSYM",
};

/** PT_ names without the prefix. */
export const SEGMENT_TYPES: Readonly<Record<number, string>> = {
  0: "NULL",
  1: "LOAD",
  2: "DYNAMIC",
  3: "INTERP",
  4: "NOTE",
  5: "SHLIB",
  6: "PHDR",
  7: "TLS",
  1685382480: "GNU_EH_FRAME",
  1685382481: "GNU_STACK",
  1685382482: "GNU_RELRO",
  1685382483: "GNU_PROPERTY",
};

/** STT_ names without the prefix. */
export const SYMBOL_TYPES: Readonly<Record<number, string>> = {
  0: "NOTYPE",
  1: "OBJECT",
  2: "FUNC",
  3: "SECTION",
  4: "FILE",
  5: "COMMON",
  6: "TLS",
};

/** STB_ names without the prefix. */
export const SYMBOL_BINDINGS: Readonly<Record<number, string>> = { 0: "LOCAL", 1: "GLOBAL", 2: "WEAK" };

/** STV_ names without the prefix, by number. */
export const VISIBILITIES: readonly string[] = ["DEFAULT", "INTERNAL", "HIDDEN", "PROTECTED"];

/** EI_OSABI. */
export const OS_ABIS: Readonly<Record<number, string>> = {
  0: "UNIX - System V",
  1: "UNIX - HP-UX",
  2: "UNIX - NetBSD",
  3: "UNIX - GNU",
  6: "UNIX - Solaris",
  7: "UNIX - AIX",
  9: "UNIX - FreeBSD",
  12: "UNIX - OpenBSD",
  255: "Standalone App",
};

/** e_type. */
export const FILE_TYPES: Readonly<Record<number, string>> = {
  0: "NONE (None)",
  1: "REL (Relocatable file)",
  2: "EXEC (Executable file)",
  3: "DYN (Shared object file)",
  4: "CORE (Core file)",
};

/** e_machine, those that a person with a 32-bit PC may meet. */
export const MACHINES: Readonly<Record<number, string>> = {
  0: "None",
  2: "Sparc",
  3: "Intel 80386",
  6: "Intel 80486",
  8: "MIPS R3000",
  20: "PowerPC",
  40: "ARM",
  62: "Advanced Micro Devices X86-64",
  183: "AArch64",
  243: "RISC-V",
};
