// Any ELF32 file as it stands: header, sections, segments, symbols and relocations with their numbers, for tools that look
// inside. Unlike the object and executable models, which a linker and a loader need whole, a view can be had of a broken file:
// every fault goes to a callback and what is left is shown. Without a callback the first fault is thrown.
// Source: TIS ELF Specification 1.2, chapter 1.

import * as elf from "./elf32.ts";

export interface ElfView {
  name: string;
  bytes: Uint8Array;
  header: ViewHeader;
  sections: ViewSection[];
  segments: ViewSegment[];
  /** Is told of each fault met from now on; throws unless the caller of `viewElf` wanted to hear of them. */
  report: (fault: elf.Elf32Error) => void;
}

export interface ViewHeader {
  identification: Uint8Array;
  type: number;
  machine: number;
  version: number;
  entry: number;
  programHeaderOffset: number;
  sectionHeaderOffset: number;
  flags: number;
  headerSize: number;
  programHeaderSize: number;
  programHeaderCount: number;
  sectionHeaderSize: number;
  sectionHeaderCount: number;
  sectionNames: number;
}

export interface ViewSection extends elf.SectionHeader {
  index: number;
}

export interface ViewSegment {
  type: number;
  offset: number;
  virtualAddress: number;
  physicalAddress: number;
  fileSize: number;
  memorySize: number;
  flags: number;
  align: number;
}

export interface ViewSymbol {
  index: number;
  name: string;
  value: number;
  size: number;
  binding: number;
  type: number;
  /** st_other; its low two bits are the visibility. */
  other: number;
  /** st_shndx as it stands. */
  place: number;
  /** The section of that index; undefined for SHN_ constants and indexes out of range. */
  section: ViewSection | undefined;
}

export interface ViewRelocation {
  offset: number;
  info: number;
  type: number;
  symbol: ViewSymbol | undefined;
  /** Only in SHT_RELA tables. */
  addend: number | undefined;
}

/** Whether the bytes begin as an ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/**
 * @param name the file's name, for the errors
 * @param report is told of faults after which there is still something to show; they are thrown when it is absent
 * @throws elf.Elf32Error when this is no little-endian ELF32 file at all
 */
export function viewElf(bytes: Uint8Array, name: string, report?: (fault: elf.Elf32Error) => void): ElfView {
  const file = new elf.ElfBytes(bytes, name);
  file.mustBe(0, "ELF magic", elf.ELF_MAGIC, file.u32(0, "ELF magic"));
  file.need(0, elf.EHDR_SIZE, "ELF header");
  file.mustBe(4, "32-bit class", elf.ELFCLASS32, file.u8(4, "class"));
  file.mustBe(5, "little-endian data", elf.ELFDATA2LSB, file.u8(5, "data encoding"));
  const half = (offset: number) => file.u16(offset, "ELF header");
  const word = (offset: number) => file.u32(offset, "ELF header");
  const view: ElfView = {
    name,
    bytes,
    header: {
      identification: bytes.subarray(0, 16),
      type: half(16),
      machine: half(18),
      version: word(20),
      entry: word(24),
      programHeaderOffset: word(28),
      sectionHeaderOffset: word(32),
      flags: word(36),
      headerSize: half(40),
      programHeaderSize: half(42),
      programHeaderCount: half(44),
      sectionHeaderSize: half(46),
      sectionHeaderCount: half(48),
      sectionNames: half(50),
    },
    sections: [],
    segments: [],
    report:
      report ??
      ((fault) => {
        throw fault;
      }),
  };
  readSections(view, file);
  readSegments(view, file);
  return view;
}

function readSections(view: ElfView, file: elf.ElfBytes): void {
  const { sectionHeaderOffset: table, sectionHeaderCount, sectionHeaderSize, sectionNames } = view.header;
  const count = tableCount(view, 48, "section", table, sectionHeaderCount, sectionHeaderSize, elf.SHDR_SIZE);
  for (let index = 0; index < count; index++) {
    const at = table + index * elf.SHDR_SIZE;
    const word = (n: number) => file.u32(at + n, "section header");
    view.sections.push({
      index,
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
    });
  }
  if (count === 0) return;
  const names = view.sections.at(sectionNames);
  if (names?.type !== elf.SHT_STRTAB) {
    fault(view, 50, "index of a section name table", String(sectionNames));
    return;
  }
  const strings = new Strings(view, names);
  for (const section of view.sections) section.name = strings.at(file.u32(section.at, "section name"), section.at);
}

function readSegments(view: ElfView, file: elf.ElfBytes): void {
  const { programHeaderOffset: table, programHeaderCount, programHeaderSize } = view.header;
  const count = tableCount(view, 44, "program", table, programHeaderCount, programHeaderSize, elf.PHDR_SIZE);
  for (let index = 0; index < count; index++) {
    const word = (n: number) => file.u32(table + index * elf.PHDR_SIZE + n, "program header");
    view.segments.push({
      type: word(0),
      offset: word(4),
      virtualAddress: word(8),
      physicalAddress: word(12),
      fileSize: word(16),
      memorySize: word(20),
      flags: word(24),
      align: word(28),
    });
  }
}

/** How many entries of a header table can be read. */
function tableCount(
  view: ElfView,
  at: number,
  kind: string,
  offset: number,
  count: number,
  found: number,
  size: number,
): number {
  if (count === 0) return 0;
  if (found !== size) {
    fault(view, at - 2, `${kind} header size ${size}`, String(found));
    return 0;
  }
  const room = Math.max(0, Math.floor((view.bytes.length - offset) / size));
  if (count <= room) return count;
  fault(view, at, `at most ${room} ${kind} headers`, String(count));
  return room;
}

/** The bytes of a section that are in the file; none for SHT_NOBITS. */
export function contentsOf(view: ElfView, section: ViewSection): Uint8Array {
  if (section.type === elf.SHT_NOBITS || section.type === elf.SHT_NULL) return new Uint8Array(0);
  if (section.offset + section.size > view.bytes.length)
    fault(
      view,
      section.at + 16,
      `contents of ${section.name} in a file of ${elf.hex(view.bytes.length)} bytes`,
      `${elf.hex(section.offset)} to ${elf.hex(section.offset + section.size)}`,
    );
  return view.bytes.subarray(section.offset, section.offset + section.size);
}

/** The symbols of a symbol table, the null symbol first. Each table is read once: relocation tables ask again and again. */
export function symbolsOf(view: ElfView, table: ViewSection): readonly ViewSymbol[] {
  const known = tables.get(table);
  if (known) return known;
  const symbols = readSymbols(view, table);
  tables.set(table, symbols);
  return symbols;
}

const tables = new WeakMap<ViewSection, readonly ViewSymbol[]>();

function readSymbols(view: ElfView, table: ViewSection): ViewSymbol[] {
  const contents = contentsOf(view, table);
  const data = new DataView(contents.buffer, contents.byteOffset, contents.length);
  const strings = new Strings(view, view.sections.at(table.link));
  if (table.entrySize !== elf.SYM_SIZE) fault(view, table.at + 36, "symbol size 16", String(table.entrySize));
  const symbols: ViewSymbol[] = [];
  for (let at = 0; at + elf.SYM_SIZE <= contents.length; at += elf.SYM_SIZE) {
    const info = data.getUint8(at + 12);
    const place = data.getUint16(at + 14, true);
    const special = place === elf.SHN_UNDEF || place >= elf.SHN_LORESERVE;
    if (!special && place >= view.sections.length)
      fault(view, table.offset + at + 14, `section index below ${view.sections.length}`, String(place));
    symbols.push({
      index: symbols.length,
      name: strings.at(data.getUint32(at, true), table.offset + at),
      value: data.getUint32(at + 4, true),
      size: data.getUint32(at + 8, true),
      binding: info >> 4,
      type: info & 15,
      other: data.getUint8(at + 13),
      place,
      section: special ? undefined : view.sections.at(place),
    });
  }
  return symbols;
}

/** The symbols of the file's symbol table (SHT_SYMTAB or SHT_DYNSYM); none when it has no such table. */
export function fileSymbols(view: ElfView, type: number = elf.SHT_SYMTAB): readonly ViewSymbol[] {
  const table = view.sections.find((section) => section.type === type);
  return table ? symbolsOf(view, table) : [];
}

/** The relocations of an SHT_REL or SHT_RELA table. `symbols` are those of the table that it links to. */
export function relocationsOf(view: ElfView, table: ViewSection, symbols: readonly ViewSymbol[]): ViewRelocation[] {
  const contents = contentsOf(view, table);
  const data = new DataView(contents.buffer, contents.byteOffset, contents.length);
  const step = table.type === elf.SHT_RELA ? 12 : elf.REL_SIZE;
  const relocations: ViewRelocation[] = [];
  for (let at = 0; at + step <= contents.length; at += step) {
    const info = data.getUint32(at + 4, true);
    const symbol = symbols.at(info >>> 8);
    if (info >>> 8 !== 0 && !symbol)
      fault(view, table.offset + at + 4, `symbol index below ${symbols.length}`, String(info >>> 8));
    relocations.push({
      offset: data.getUint32(at, true),
      info,
      type: info & 0xff,
      symbol: info >>> 8 === 0 ? undefined : symbol,
      addend: table.type === elf.SHT_RELA ? data.getInt32(at + 8, true) : undefined,
    });
  }
  return relocations;
}

/** The members of an SHT_GROUP section: its flag word and the indexes of sections. */
export function groupOf(view: ElfView, section: ViewSection): { flags: number; members: number[] } {
  const contents = contentsOf(view, section);
  const data = new DataView(contents.buffer, contents.byteOffset, contents.length);
  const words: number[] = [];
  for (let at = 0; at + 4 <= contents.length; at += 4) words.push(data.getUint32(at, true));
  const [flags = 0, ...members] = words;
  return { flags, members };
}

export function fault(view: ElfView, offset: number, expected: string, found: string): void {
  view.report(new elf.Elf32Error(view.name, offset, expected, found));
}

const decoder = new TextDecoder();

/** The names in a string table; what stands for a name that can't be read is as GNU's readelf shows it. */
class Strings {
  private readonly table: Uint8Array | undefined;

  constructor(
    private readonly view: ElfView,
    section: ViewSection | undefined,
  ) {
    if (section?.type === elf.SHT_STRTAB) this.table = contentsOf(view, section);
  }

  /** @param from where the index stands, for the error */
  at(index: number, from: number): string {
    if (!this.table) return index === 0 ? "" : this.corrupt(from, "string table", "none");
    if (index === 0 && this.table.length === 0) return "";
    if (index >= this.table.length)
      return this.corrupt(from, `string index below ${elf.hex(this.table.length)}`, elf.hex(index));
    const end = this.table.indexOf(0, index);
    if (end < 0) return this.corrupt(from, "NUL at the end of the string table", "end of the section");
    return end === index ? "" : decoder.decode(this.table.subarray(index, end));
  }

  private corrupt(at: number, expected: string, found: string): string {
    fault(this.view, at, expected, found);
    return "<corrupt>";
  }
}
