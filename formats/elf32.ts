// ELF32 for the Intel 386: the constants, the error class and the byte cursor that the object and the executable share.
// Sources: Tool Interface Standard (TIS) Executable and Linking Format Specification 1.2; System V ABI, Intel386 Processor
// Supplement, fourth edition, chapter 4 (relocation types).

export const EHDR_SIZE = 52;
export const PHDR_SIZE = 32;
export const SHDR_SIZE = 40;
export const SYM_SIZE = 16;
export const REL_SIZE = 8;

/** The first four bytes, 7Fh 'E' 'L' 'F', read as a little-endian word. */
export const ELF_MAGIC = 0x464c457f;
export const ELFCLASS32 = 1;
export const ELFDATA2LSB = 1;
export const EV_CURRENT = 1;
export const ET_REL = 1;
export const ET_EXEC = 2;
export const EM_386 = 3;

export const SHT_NULL = 0;
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_RELA = 4;
export const SHT_HASH = 5;
export const SHT_DYNAMIC = 6;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_REL = 9;
export const SHT_DYNSYM = 11;
export const SHT_INIT_ARRAY = 14;
export const SHT_FINI_ARRAY = 15;
export const SHT_PREINIT_ARRAY = 16;
export const SHT_GROUP = 17;
export const SHT_SYMTAB_SHNDX = 18;

export const SHF_WRITE = 0x1;
export const SHF_ALLOC = 0x2;
export const SHF_EXECINSTR = 0x4;
export const SHF_MERGE = 0x10;
export const SHF_STRINGS = 0x20;
export const SHF_INFO_LINK = 0x40;
export const SHF_GROUP = 0x200;
export const SHF_EXCLUDE = 0x80000000;

export const SHN_UNDEF = 0;
export const SHN_LORESERVE = 0xff00;
export const SHN_ABS = 0xfff1;
export const SHN_COMMON = 0xfff2;

export const STB_LOCAL = 0;
export const STB_GLOBAL = 1;
export const STB_WEAK = 2;
/** GNU's: one definition in a whole process. Without dynamic linking the same as global. */
export const STB_GNU_UNIQUE = 10;

export const STT_NOTYPE = 0;
export const STT_OBJECT = 1;
export const STT_FUNC = 2;
export const STT_SECTION = 3;
export const STT_FILE = 4;
export const STT_TLS = 6;

export const STV_DEFAULT = 0;
export const STV_INTERNAL = 1;
export const STV_HIDDEN = 2;
export const STV_PROTECTED = 3;

export const R_386_NONE = 0;
export const R_386_32 = 1;
export const R_386_PC32 = 2;
export const R_386_GOT32 = 3;
export const R_386_PLT32 = 4;
export const R_386_GOTOFF = 9;
export const R_386_GOTPC = 10;
export const R_386_16 = 20;
export const R_386_PC16 = 21;
export const R_386_8 = 22;
export const R_386_PC8 = 23;
export const R_386_GOT32X = 43;

export const PT_NULL = 0;
export const PT_LOAD = 1;
export const PT_NOTE = 4;
export const PT_GNU_STACK = 0x6474e551;

export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

/** Bad input to a reader, or a model that a writer can't express: which file, where, what should be there and what is. */
export class Elf32Error extends Error {
  constructor(
    readonly file: string,
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${file}: at offset 0x${offset.toString(16)}: expected ${expected}, found ${found}`);
    this.name = "Elf32Error";
  }
}

/** Shows a number the way the errors do. */
export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** Little-endian fields of a file, each read checked against the file's end. */
export class ElfBytes {
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    readonly file: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(offset: number, what: string): number {
    this.need(offset, 1, what);
    return this.view.getUint8(offset);
  }

  u16(offset: number, what: string): number {
    this.need(offset, 2, what);
    return this.view.getUint16(offset, true);
  }

  u32(offset: number, what: string): number {
    this.need(offset, 4, what);
    return this.view.getUint32(offset, true);
  }

  slice(offset: number, size: number, what: string): Uint8Array {
    this.need(offset, size, what);
    return this.bytes.subarray(offset, offset + size);
  }

  /** Throws unless `found` is `expected`. */
  mustBe(offset: number, what: string, expected: number, found: number): void {
    if (expected !== found) this.fail(offset, `${what} ${hex(expected)}`, hex(found));
  }

  need(offset: number, size: number, what: string): void {
    if (offset + size > this.bytes.length)
      this.fail(offset, `${what} (${size} bytes)`, `end of file at ${hex(this.bytes.length)}`);
  }

  fail(offset: number, expected: string, found: string): never {
    throw new Elf32Error(this.file, offset, expected, found);
  }
}

/** The ELF header's fields after the identification, as read; every constant field is already checked. */
export interface ElfHeader {
  type: number;
  entry: number;
  programHeaders: { offset: number; count: number };
  sectionHeaders: { offset: number; count: number };
  sectionNames: number;
}

/** Writes the ELF header. The section name table must be the last section. */
export function writeHeader(
  view: DataView,
  type: number,
  entry: number,
  programHeaders: { offset: number; count: number },
  sectionHeaders: { offset: number; count: number },
): void {
  view.setUint32(0, ELF_MAGIC, true);
  view.setUint8(4, ELFCLASS32);
  view.setUint8(5, ELFDATA2LSB);
  view.setUint8(6, EV_CURRENT);
  view.setUint16(16, type, true);
  view.setUint16(18, EM_386, true);
  view.setUint32(20, EV_CURRENT, true);
  view.setUint32(24, entry, true);
  view.setUint32(28, programHeaders.offset, true);
  view.setUint32(32, sectionHeaders.offset, true);
  view.setUint16(40, EHDR_SIZE, true);
  view.setUint16(42, programHeaders.count > 0 ? PHDR_SIZE : 0, true);
  view.setUint16(44, programHeaders.count, true);
  view.setUint16(46, sectionHeaders.count > 0 ? SHDR_SIZE : 0, true);
  view.setUint16(48, sectionHeaders.count, true);
  view.setUint16(50, Math.max(0, sectionHeaders.count - 1), true);
}

/** A section header as it stands in the file, with its name resolved. */
export interface SectionHeader {
  name: string;
  type: number;
  flags: number;
  address: number;
  offset: number;
  size: number;
  link: number;
  info: number;
  align: number;
  entrySize: number;
  /** Where the header itself stands, for error messages. */
  at: number;
}

/** Reads and checks the ELF header: class, byte order, versions, machine, `type` and the tables' places. */
export function readHeader(file: ElfBytes, type: number): ElfHeader {
  file.mustBe(0, "ELF magic", ELF_MAGIC, file.u32(0, "ELF magic"));
  file.mustBe(4, "32-bit class", ELFCLASS32, file.u8(4, "class"));
  file.mustBe(5, "little-endian data", ELFDATA2LSB, file.u8(5, "data encoding"));
  file.mustBe(6, "ELF version", EV_CURRENT, file.u8(6, "ELF version"));
  file.need(0, EHDR_SIZE, "ELF header");
  file.mustBe(16, type === ET_REL ? "relocatable file type" : "executable file type", type, file.u16(16, "file type"));
  file.mustBe(18, "machine Intel 80386", EM_386, file.u16(18, "machine"));
  file.mustBe(20, "ELF version", EV_CURRENT, file.u32(20, "ELF version"));
  file.mustBe(40, "ELF header size", EHDR_SIZE, file.u16(40, "ELF header size"));
  const programHeaders = { offset: file.u32(28, "e_phoff"), count: file.u16(44, "e_phnum") };
  const sectionHeaders = { offset: file.u32(32, "e_shoff"), count: file.u16(48, "e_shnum") };
  if (programHeaders.count > 0) {
    file.mustBe(42, "program header size", PHDR_SIZE, file.u16(42, "e_phentsize"));
    file.need(programHeaders.offset, programHeaders.count * PHDR_SIZE, "program header table");
  }
  if (sectionHeaders.count > 0) {
    file.mustBe(46, "section header size", SHDR_SIZE, file.u16(46, "e_shentsize"));
    file.need(sectionHeaders.offset, sectionHeaders.count * SHDR_SIZE, "section header table");
  }
  const sectionNames = file.u16(50, "e_shstrndx");
  if (sectionHeaders.count > 0 && sectionNames >= sectionHeaders.count)
    file.fail(50, `section name table index below ${sectionHeaders.count}`, `${sectionNames}`);
  return { type, entry: file.u32(24, "e_entry"), programHeaders, sectionHeaders, sectionNames };
}

/** Reads all section headers; checks that contents lie in the file and that alignments are powers of two. */
export function readSectionHeaders(file: ElfBytes, header: ElfHeader): SectionHeader[] {
  const { offset: table, count } = header.sectionHeaders;
  const headers: SectionHeader[] = [];
  for (let i = 0; i < count; i++) {
    const at = table + i * SHDR_SIZE;
    const word = (n: number) => file.u32(at + n, "section header");
    const section: SectionHeader = {
      name: "",
      type: word(4),
      flags: word(8),
      address: word(12),
      offset: word(16),
      size: word(20),
      link: word(24),
      info: word(28),
      align: word(32),
      entrySize: word(36),
      at,
    };
    if ((section.align & (section.align - 1)) !== 0)
      file.fail(at + 32, "section alignment that is a power of two", hex(section.align));
    if (section.type !== SHT_NOBITS && section.type !== SHT_NULL)
      file.need(section.offset, section.size, `contents of section ${i}`);
    headers.push(section);
  }
  if (count === 0) return headers;
  const names = headers[header.sectionNames];
  if (names.type !== SHT_STRTAB) file.fail(names.at + 4, "section name table of type SHT_STRTAB", hex(names.type));
  for (const section of headers)
    section.name = readString(file, names, file.u32(section.at, "section name"), section.at);
  return headers;
}

/** The NUL-terminated string at `index` of a string table; `at` is where the index stands. */
export function readString(file: ElfBytes, table: SectionHeader, index: number, at: number): string {
  if (index === 0 && table.size === 0) return "";
  if (index >= table.size) file.fail(at, `string index below ${hex(table.size)}`, hex(index));
  const bytes = file.slice(table.offset, table.size, "string table");
  const end = bytes.indexOf(0, index);
  if (end < 0) file.fail(table.offset + table.size, "NUL at the end of the string table", "end of the section");
  return new TextDecoder().decode(bytes.subarray(index, end));
}

export function alignUp(value: number, align: number): number {
  return align > 1 ? Math.ceil(value / align) * align : value;
}
