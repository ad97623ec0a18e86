// Relocatable ELF32 objects: what an assembler or a compiler writes and a linker reads. Model, writer and reader.
// Sections and symbols refer to each other directly; indexes exist only in the file.
// Source: TIS ELF Specification 1.2, chapter 1. Relocations are REL: the addend stands in the section's bytes.

import * as elf from "./elf32.ts";
import { StringTable } from "./string-table.ts";

export interface ElfObject {
  sections: ObjectSection[];
  symbols: ObjectSymbol[];
}

export interface ObjectSection {
  name: string;
  /** SHT_PROGBITS, SHT_NOBITS, SHT_NOTE … ; symbol, string and relocation tables are made by the writer. */
  type: number;
  /** SHF_ bits. */
  flags: number;
  /** In bytes; a power of two. */
  align: number;
  /** The bytes, or for SHT_NOBITS only how many there will be. */
  data: Uint8Array | { size: number };
  relocations: Relocation[];
  /** Size of an entry in a section of equal entries (SHF_MERGE, arrays); 0 or absent otherwise. */
  entrySize?: number;
  /** The signature of the COMDAT group that the section belongs to: of equal signatures a linker keeps the first. */
  group?: string;
}

export interface ObjectSymbol {
  name: string;
  /** STB_LOCAL, STB_GLOBAL, STB_WEAK, STB_GNU_UNIQUE. */
  binding: number;
  /** STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_SECTION, STT_FILE. */
  type: number;
  /** Where it is defined. "common" means unallocated: `value` is then its alignment. */
  section: ObjectSection | "undefined" | "absolute" | "common";
  /** Offset in the section; the value itself when absolute. */
  value: number;
  size: number;
  /** STV_ constant; default when absent. */
  visibility?: number;
  /** Nothing but the signature of a group: in the file the group is its section. */
  namesGroup?: boolean;
}

export interface Relocation {
  /** In the section that the relocation belongs to. */
  offset: number;
  /** R_386_ constant. */
  type: number;
  /** Must be one of the object's symbols, or ABSOLUTE_ZERO. */
  symbol: ObjectSymbol;
}

/** The target of relocations that add a plain number: the null symbol of the file. */
export const ABSOLUTE_ZERO: ObjectSymbol = {
  name: "",
  binding: elf.STB_LOCAL,
  type: elf.STT_NOTYPE,
  section: "absolute",
  value: 0,
  size: 0,
};

/** The size of a section in memory, in bytes. */
export function sectionSize(section: ObjectSection): number {
  return section.data instanceof Uint8Array ? section.data.length : section.data.size;
}

/** How many bytes the field of a relocation type takes. */
export function relocationFieldSize(type: number): number | undefined {
  switch (type) {
    case elf.R_386_NONE:
      return 0;
    case elf.R_386_32:
    case elf.R_386_PC32:
    case elf.R_386_PLT32:
    case elf.R_386_GOT32:
    case elf.R_386_GOTOFF:
    case elf.R_386_GOTPC:
    case elf.R_386_GOT32X:
      return 4;
    case elf.R_386_16:
    case elf.R_386_PC16:
      return 2;
    case elf.R_386_8:
    case elf.R_386_PC8:
      return 1;
    default:
      return undefined;
  }
}

interface SectionRecord {
  name: string;
  type: number;
  flags: number;
  link: number;
  info: number;
  align: number;
  entrySize: number;
  size: number;
  data: Uint8Array | undefined;
}

/**
 * Writes an object file. Local symbols come first, as the specification demands; otherwise the order is kept. The file is laid out as
 * GNU's tools do it: each table of relocations follows its section among the headers, but stands behind the symbols in the file.
 * @throws elf.Elf32Error when a relocation or symbol refers to something that is not in the object.
 */
export function writeObject(object: ElfObject): Uint8Array {
  const symbols = [
    ...object.symbols.filter((symbol) => symbol.binding === elf.STB_LOCAL),
    ...object.symbols.filter((symbol) => symbol.binding !== elf.STB_LOCAL),
  ];
  const symbolIndex = new Map(symbols.map((symbol, i) => [symbol, i + 1]));
  const groups = membersOfGroups(object.sections);
  const records: SectionRecord[] = [
    { name: "", type: elf.SHT_NULL, flags: 0, link: 0, info: 0, align: 0, entrySize: 0, size: 0, data: undefined },
    ...[...groups.keys()].map((signature) =>
      bytesRecord(".group", elf.SHT_GROUP, new Uint8Array(0), {
        align: 4,
        entrySize: 4,
        info: symbols.findIndex(({ name }) => name === signature) + 1,
      }),
    ),
  ];
  const sectionIndex = new Map<ObjectSection, number>();
  const relocations: SectionRecord[] = [];
  for (const section of object.sections) {
    const index = records.length;
    sectionIndex.set(section, index);
    records.push(contentsRecord(section));
    if (section.relocations.length === 0) continue;
    const table = bytesRecord(`.rel${section.name}`, elf.SHT_REL, relocationBytes(section, symbolIndex), {
      flags: elf.SHF_INFO_LINK | (section.group === undefined ? 0 : elf.SHF_GROUP),
      info: index,
      align: 4,
      entrySize: elf.REL_SIZE,
    });
    relocations.push(table);
    records.push(table);
  }
  const symtabIndex = records.length;
  for (const table of relocations) table.link = symtabIndex;
  [...groups.values()].forEach((members, i) => {
    const record = records[1 + i];
    const indexes = members.flatMap((member) => {
      const index = sectionIndex.get(member) ?? 0;
      return member.relocations.length === 0 ? [index] : [index, index + 1];
    });
    record.data = new Uint8Array(Uint32Array.of(GRP_COMDAT, ...indexes).buffer);
    record.size = record.data.length;
    record.link = symtabIndex;
  });
  const signatures = [...groups.keys()];
  const placeOf = (symbol: ObjectSymbol): number =>
    symbol.namesGroup ? signatures.indexOf(symbol.name) + 1 : placeIndex(symbol, sectionIndex);
  const firstGlobal = symbols.findIndex((symbol) => symbol.binding !== elf.STB_LOCAL);
  const strings = new StringTable(symbols.map(({ name }) => name));
  const symtab = bytesRecord(".symtab", elf.SHT_SYMTAB, symbolBytes(symbols, placeOf, strings), {
    link: symtabIndex + 1,
    info: (firstGlobal < 0 ? symbols.length : firstGlobal) + 1,
    align: 4,
    entrySize: elf.SYM_SIZE,
  });
  const strtab = bytesRecord(".strtab", elf.SHT_STRTAB, strings.bytes, {});
  // Without anything to name there is no symbol table.
  const tables = symbols.length > 0 || relocations.length > 0 ? [symtab, strtab] : [];
  const names = new StringTable([...tables.map(({ name }) => name), ".shstrtab", ...namesOf(object)]);
  const shstrtab = bytesRecord(".shstrtab", elf.SHT_STRTAB, names.bytes, {});
  const contents = records.filter((record) => !relocations.includes(record));
  records.push(...tables, shstrtab);
  return layOut(records, [...contents, ...tables, ...relocations, shstrtab], names);
}

function membersOfGroups(sections: readonly ObjectSection[]): Map<string, ObjectSection[]> {
  const groups = new Map<string, ObjectSection[]>();
  for (const section of sections) {
    if (section.group === undefined) continue;
    const members = groups.get(section.group);
    if (members) members.push(section);
    else groups.set(section.group, [section]);
  }
  return groups;
}

/** Names of sections in the order in which they are stored. */
function namesOf({ sections }: ElfObject): string[] {
  const names = sections.flatMap(({ name, relocations }) => (relocations.length > 0 ? [name, `.rel${name}`] : [name]));
  return sections.some(({ group }) => group !== undefined) ? [...names, ".group"] : names;
}

function contentsRecord(section: ObjectSection): SectionRecord {
  return {
    name: section.name,
    type: section.type,
    flags: section.flags,
    link: 0,
    info: 0,
    align: section.align,
    entrySize: section.entrySize ?? 0,
    size: sectionSize(section),
    data: section.data instanceof Uint8Array ? section.data : undefined,
  };
}

function bytesRecord(
  name: string,
  type: number,
  data: Uint8Array,
  fields: { flags?: number; link?: number; info?: number; align?: number; entrySize?: number },
): SectionRecord {
  return { name, type, flags: 0, link: 0, info: 0, align: 1, entrySize: 0, ...fields, size: data.length, data };
}

function relocationBytes(section: ObjectSection, symbolIndex: Map<ObjectSymbol, number>): Uint8Array {
  const bytes = new Uint8Array(section.relocations.length * elf.REL_SIZE);
  const view = new DataView(bytes.buffer);
  section.relocations.forEach((relocation, i) => {
    const index = relocation.symbol === ABSOLUTE_ZERO ? 0 : symbolIndex.get(relocation.symbol);
    if (index === undefined)
      throw new elf.Elf32Error(
        "object being written",
        relocation.offset,
        `relocation of ${section.name} against a symbol of the object`,
        `'${relocation.symbol.name}', which is not in it`,
      );
    view.setUint32(i * elf.REL_SIZE, relocation.offset, true);
    view.setUint32(i * elf.REL_SIZE + 4, (index << 8) | relocation.type, true);
  });
  return bytes;
}

function symbolBytes(
  symbols: ObjectSymbol[],
  placeOf: (symbol: ObjectSymbol) => number,
  strings: StringTable,
): Uint8Array {
  const bytes = new Uint8Array((symbols.length + 1) * elf.SYM_SIZE);
  const view = new DataView(bytes.buffer);
  symbols.forEach((symbol, i) => {
    const at = (i + 1) * elf.SYM_SIZE;
    view.setUint32(at, strings.offsetOf(symbol.name), true);
    view.setUint32(at + 4, symbol.value, true);
    view.setUint32(at + 8, symbol.size, true);
    view.setUint8(at + 12, (symbol.binding << 4) | symbol.type);
    view.setUint8(at + 13, symbol.visibility ?? elf.STV_DEFAULT);
    view.setUint16(at + 14, placeOf(symbol), true);
  });
  return bytes;
}

function placeIndex(symbol: ObjectSymbol, sectionIndex: Map<ObjectSection, number>): number {
  if (symbol.section === "undefined") return elf.SHN_UNDEF;
  if (symbol.section === "absolute") return elf.SHN_ABS;
  if (symbol.section === "common") return elf.SHN_COMMON;
  const index = sectionIndex.get(symbol.section);
  if (index === undefined)
    throw new elf.Elf32Error(
      "object being written",
      symbol.value,
      `symbol '${symbol.name}' in a section of the object`,
      `section ${symbol.section.name}, which is not in it`,
    );
  return index;
}

/**
 * Header, then contents, then the section header table.
 * @param records as the headers have them
 * @param order as the contents stand
 */
function layOut(records: readonly SectionRecord[], order: readonly SectionRecord[], names: StringTable): Uint8Array {
  let size = elf.EHDR_SIZE;
  const offsets = new Map<SectionRecord, number>();
  for (const record of order) {
    if (record.type === elf.SHT_NULL) continue;
    size = elf.alignUp(size, record.align);
    offsets.set(record, size);
    size += record.data?.length ?? 0;
  }
  const table = elf.alignUp(size, 4);
  const bytes = new Uint8Array(table + records.length * elf.SHDR_SIZE);
  const view = new DataView(bytes.buffer);
  elf.writeHeader(view, elf.ET_REL, 0, { offset: 0, count: 0 }, { offset: table, count: records.length });
  records.forEach((record, i) => {
    const offset = offsets.get(record) ?? 0;
    if (record.data) bytes.set(record.data, offset);
    const words = [
      names.offsetOf(record.name),
      record.type,
      record.flags,
      0,
      offset,
      record.size,
      record.link,
      record.info,
      record.align,
      record.entrySize,
    ];
    words.forEach((word, n) => {
      view.setUint32(table + i * elf.SHDR_SIZE + n * 4, word, true);
    });
  });
  return bytes;
}

/**
 * Reads an object file, checking every field.
 * @param name the file's name, for the errors
 * @throws elf.Elf32Error
 */
export function readObject(bytes: Uint8Array, name: string): ElfObject {
  const file = new elf.ElfBytes(bytes, name);
  const header = elf.readHeader(file, elf.ET_REL);
  const headers = elf.readSectionHeaders(file, header);
  const sections = new Map<number, ObjectSection>();
  let symtab: elf.SectionHeader | undefined;
  headers.forEach((section, index) => {
    if (section.type === elf.SHT_SYMTAB) {
      if (symtab) file.fail(section.at + 4, "one symbol table", "a second one");
      symtab = section;
    } else if (holdsContents(file, section)) {
      const read = readSection(file, section);
      // The relocations are applied to it one day: a copy.
      const data = read.data instanceof Uint8Array ? read.data.slice() : read.data;
      sections.set(index, { ...read, data, relocations: [] });
    }
  });
  const symbols = symtab ? readSymbols(file, symtab, headers, (index) => sections.get(index)) : [];
  for (const section of headers) {
    if (section.type === elf.SHT_REL) readRelocations(file, section, sections, symbols);
    if (section.type === elf.SHT_GROUP) readGroup(file, section, sections, symbols);
  }
  return { sections: [...sections.values()], symbols: symbols.slice(1) };
}

/** What objects and executables have of a section alike: its attributes, and its contents as they lie in the file. */
export function readSection(file: elf.ElfBytes, header: elf.SectionHeader) {
  const { name, type, flags, offset, size, align, entrySize } = header;
  const data = type === elf.SHT_NOBITS ? { size } : file.slice(offset, size, name);
  return { name, type, flags, align: Math.max(1, align), data, entrySize };
}

/** Whether a section carries contents of the program; tables that the model resolves do not. */
function holdsContents(file: elf.ElfBytes, section: elf.SectionHeader): boolean {
  switch (section.type) {
    case elf.SHT_NULL:
    case elf.SHT_STRTAB:
    case elf.SHT_REL:
    case elf.SHT_GROUP:
      return false;
    case elf.SHT_RELA:
    case elf.SHT_DYNAMIC:
    case elf.SHT_DYNSYM:
    case elf.SHT_HASH:
    case elf.SHT_SYMTAB_SHNDX:
      return file.fail(section.at + 4, "section of an i386 relocatable object", `type ${elf.hex(section.type)}`);
    default:
      return true;
  }
}

/** Reads a symbol table; the result is indexed as in the file, so [0] is the null symbol. */
export function readSymbols<Section>(
  file: elf.ElfBytes,
  symtab: elf.SectionHeader,
  headers: elf.SectionHeader[],
  sectionAt: (index: number) => Section | undefined,
): (Omit<ObjectSymbol, "section"> & { section: Section | "undefined" | "absolute" | "common" })[] {
  file.mustBe(symtab.at + 36, "symbol size", elf.SYM_SIZE, symtab.entrySize);
  if (symtab.size % elf.SYM_SIZE !== 0)
    file.fail(symtab.at + 20, `symbol table size a multiple of ${elf.SYM_SIZE}`, elf.hex(symtab.size));
  const strings = headers[symtab.link];
  if (strings?.type !== elf.SHT_STRTAB) file.fail(symtab.at + 24, "link to a string table", `section ${symtab.link}`);
  const count = symtab.size / elf.SYM_SIZE;
  if (symtab.info > count) file.fail(symtab.at + 28, `first global symbol at most ${count}`, `${symtab.info}`);
  const symbols = [];
  for (let i = 0; i < count; i++) {
    const at = symtab.offset + i * elf.SYM_SIZE;
    const info = file.u8(at + 12, "symbol");
    const binding = info >> 4;
    const type = info & 15;
    if (binding > elf.STB_WEAK && binding !== elf.STB_GNU_UNIQUE)
      file.fail(at + 12, "local, global or weak symbol", `binding ${binding}`);
    if (type > elf.STT_TLS) file.fail(at + 12, "symbol type 0 to 6", `type ${type}`);
    if ((binding === elf.STB_LOCAL) !== i < symtab.info)
      file.fail(at + 12, i < symtab.info ? "local symbol" : "global or weak symbol", `binding ${binding}`);
    const index = file.u16(at + 14, "symbol");
    const section = symbolPlace(file, at, index, headers.length, sectionAt);
    const size = file.u32(at + 8, "symbol");
    const name = elf.readString(file, strings, file.u32(at, "symbol"), at);
    const value = file.u32(at + 4, "symbol");
    if (section === "common" && (value & (value - 1)) !== 0)
      file.fail(at + 4, "alignment of a common symbol that is a power of two", elf.hex(value));
    symbols.push({ name, binding, type, section, value, size, visibility: file.u8(at + 13, "symbol") & 3 });
  }
  return symbols;
}

function symbolPlace<Section>(
  file: elf.ElfBytes,
  at: number,
  index: number,
  count: number,
  sectionAt: (index: number) => Section | undefined,
): Section | "undefined" | "absolute" | "common" {
  if (index === elf.SHN_UNDEF) return "undefined";
  if (index === elf.SHN_ABS) return "absolute";
  if (index === elf.SHN_COMMON) return "common";
  // A symbol of a table that the model dissolves (a group section's, say) has nowhere to point to: nobody may use it.
  if (index < count) return sectionAt(index) ?? "undefined";
  return file.fail(at + 14, `section index below ${count}`, elf.hex(index));
}

function readRelocations(
  file: elf.ElfBytes,
  header: elf.SectionHeader,
  sections: Map<number, ObjectSection>,
  symbols: ObjectSymbol[],
): void {
  file.mustBe(header.at + 36, "relocation size", elf.REL_SIZE, header.entrySize);
  if (header.size % elf.REL_SIZE !== 0)
    file.fail(header.at + 20, `relocation table size a multiple of ${elf.REL_SIZE}`, elf.hex(header.size));
  const target = sections.get(header.info);
  if (!target) file.fail(header.at + 28, "relocations of a section with contents", `section ${header.info}`);
  if (target.relocations.length > 0) file.fail(header.at + 28, `one relocation table for ${target.name}`, "a second");
  for (let at = header.offset; at < header.offset + header.size; at += elf.REL_SIZE) {
    const offset = file.u32(at, "relocation");
    const info = file.u32(at + 4, "relocation");
    const type = info & 0xff;
    if (type === elf.R_386_NONE) continue;
    // Symbol 0 stands for the address 0: a jump to a place that the source gives as a number.
    const symbol = info >>> 8 === 0 ? ABSOLUTE_ZERO : symbols[info >>> 8];
    if (!symbol) file.fail(at + 4, `symbol index from 0 to ${symbols.length - 1}`, `${info >>> 8}`);
    const fieldSize = relocationFieldSize(type);
    if (fieldSize === undefined) file.fail(at + 4, "relocation type for static i386 code", `type ${type}`);
    const limit = target.data instanceof Uint8Array ? target.data.length : 0;
    if (offset + fieldSize > limit)
      file.fail(at, `relocation inside ${target.name} (${elf.hex(limit)} bytes)`, `offset ${elf.hex(offset)}`);
    target.relocations.push({ offset, type, symbol });
  }
}

const GRP_COMDAT = 1;

function readGroup(
  file: elf.ElfBytes,
  header: elf.SectionHeader,
  sections: Map<number, ObjectSection>,
  symbols: ObjectSymbol[],
): void {
  const signature = symbols[header.info];
  if (!signature) file.fail(header.at + 28, `symbol index below ${symbols.length}`, `${header.info}`);
  if (file.u32(header.offset, "group flags") !== GRP_COMDAT) return;
  for (let at = header.offset + 4; at + 4 <= header.offset + header.size; at += 4) {
    const member = sections.get(file.u32(at, "group member"));
    // Relocation tables are members too; they follow the section that they belong to.
    if (member) member.group = signature.name;
  }
}
