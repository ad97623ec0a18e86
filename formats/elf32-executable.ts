// Linked ELF32 executables: segments for the loader, sections and symbols for people and debuggers. Model, writer and reader.
// Source: TIS ELF Specification 1.2, chapters 1 and 2.

import * as elf from "./elf32.ts";
import { readSection, readSymbols } from "./elf32-object.ts";
import { StringTable } from "./string-table.ts";

export interface ElfExecutable {
  entry: number;
  segments: Segment[];
  sections: ExecutableSection[];
  symbols: ExecutableSymbol[];
}

/** One entry of the program header table. */
export interface Segment {
  /** PT_LOAD, PT_NOTE … */
  type: number;
  /** PF_ bits. */
  flags: number;
  virtualAddress: number;
  physicalAddress: number;
  /** In the file; must equal the virtual address modulo `align`. */
  offset: number;
  /** The bytes that the file holds. */
  data: Uint8Array;
  /** At least the data's length; the rest is zero. */
  memorySize: number;
  align: number;
}

export interface ExecutableSection {
  name: string;
  type: number;
  flags: number;
  address: number;
  /** In the file. */
  offset: number;
  align: number;
  data: Uint8Array | { size: number };
  entrySize: number;
}

export interface ExecutableSymbol {
  name: string;
  binding: number;
  type: number;
  section: ExecutableSection | "undefined" | "absolute" | "common";
  /** The address. */
  value: number;
  size: number;
  visibility?: number;
}

/**
 * Writes an executable whose layout is decided: offsets of segments and of allocated sections are taken as they are; a section
 * that isn't loaded (no SHF_ALLOC) gets a place after them, as do the symbol, string and section header tables.
 */
export function writeExecutable(executable: ElfExecutable): Uint8Array {
  const { segments, sections } = executable;
  const symbols = [
    ...executable.symbols.filter((symbol) => symbol.binding === elf.STB_LOCAL),
    ...executable.symbols.filter((symbol) => symbol.binding !== elf.STB_LOCAL),
  ];
  const pieces: { offset: number; data: Uint8Array }[] = [];
  const headersEnd = elf.EHDR_SIZE + segments.length * elf.PHDR_SIZE;
  let end = headersEnd;
  const place = (offset: number, data: Uint8Array): void => {
    pieces.push({ offset, data });
    end = Math.max(end, offset + data.length);
  };
  for (const segment of segments) {
    if (segment.align > 1 && (segment.offset - segment.virtualAddress) % segment.align !== 0)
      throw new elf.Elf32Error(
        "executable being written",
        segment.offset,
        `segment at a file offset equal to its address modulo ${elf.hex(segment.align)}`,
        `address ${elf.hex(segment.virtualAddress)}`,
      );
    place(segment.offset, segment.data);
  }

  const tables = symbols.length > 0 ? [".symtab", ".strtab", ".shstrtab"] : [".shstrtab"];
  const names = new StringTable([...tables, ...sections.map(({ name }) => name)]);
  const rows: number[][] = [new Array<number>(10).fill(0)];
  const addTable = (name: string, type: number, data: Uint8Array, link: number, info: number, align: number) => {
    const offset = elf.alignUp(end, align);
    place(offset, data);
    const entrySize = type === elf.SHT_SYMTAB ? elf.SYM_SIZE : 0;
    rows.push([names.offsetOf(name), type, 0, 0, offset, data.length, link, info, align, entrySize]);
  };
  for (const section of sections) {
    const { data } = section;
    const bytes = data instanceof Uint8Array;
    let offset = section.offset;
    if (bytes && (section.flags & elf.SHF_ALLOC) === 0) offset = elf.alignUp(end, section.align);
    if (bytes) place(offset, data);
    rows.push([
      names.offsetOf(section.name),
      section.type,
      section.flags,
      section.address,
      offset,
      bytes ? data.length : data.size,
      0,
      0,
      section.align,
      section.entrySize,
    ]);
  }
  if (symbols.length > 0) {
    const strings = new StringTable(symbols.map(({ name }) => name));
    const table = symbolTable(symbols, sections, strings);
    const locals = symbols.filter((symbol) => symbol.binding === elf.STB_LOCAL).length;
    addTable(".symtab", elf.SHT_SYMTAB, table, rows.length + 1, locals + 1, 4);
    addTable(".strtab", elf.SHT_STRTAB, strings.bytes, 0, 0, 1);
  }
  addTable(".shstrtab", elf.SHT_STRTAB, names.bytes, 0, 0, 1);

  const table = elf.alignUp(end, 4);
  const bytes = new Uint8Array(table + rows.length * elf.SHDR_SIZE);
  for (const piece of pieces) bytes.set(piece.data, piece.offset);
  const view = new DataView(bytes.buffer);
  elf.writeHeader(
    view,
    elf.ET_EXEC,
    executable.entry,
    { offset: segments.length > 0 ? elf.EHDR_SIZE : 0, count: segments.length },
    { offset: table, count: rows.length },
  );
  segments.forEach((segment, i) => {
    writeWords(view, elf.EHDR_SIZE + i * elf.PHDR_SIZE, [
      segment.type,
      segment.offset,
      segment.virtualAddress,
      segment.physicalAddress,
      segment.data.length,
      segment.memorySize,
      segment.flags,
      segment.align,
    ]);
  });
  rows.forEach((row, i) => {
    writeWords(view, table + i * elf.SHDR_SIZE, row);
  });
  return bytes;
}

function writeWords(view: DataView, offset: number, words: number[]): void {
  words.forEach((word, i) => {
    view.setUint32(offset + i * 4, word, true);
  });
}

function symbolTable(symbols: ExecutableSymbol[], sections: ExecutableSection[], strings: StringTable): Uint8Array {
  const indexes = new Map(sections.map((section, i) => [section, i + 1]));
  const bytes = new Uint8Array((symbols.length + 1) * elf.SYM_SIZE);
  const view = new DataView(bytes.buffer);
  symbols.forEach((symbol, i) => {
    const at = (i + 1) * elf.SYM_SIZE;
    writeWords(view, at, [strings.offsetOf(symbol.name), symbol.value, symbol.size]);
    view.setUint8(at + 12, (symbol.binding << 4) | symbol.type);
    view.setUint8(at + 13, symbol.visibility ?? elf.STV_DEFAULT);
    view.setUint16(at + 14, placeIndex(symbol, indexes), true);
  });
  return bytes;
}

function placeIndex(symbol: ExecutableSymbol, indexes: Map<ExecutableSection, number>): number {
  if (symbol.section === "undefined") return elf.SHN_UNDEF;
  if (symbol.section === "common") return elf.SHN_COMMON;
  if (symbol.section === "absolute") return elf.SHN_ABS;
  return indexes.get(symbol.section) ?? elf.SHN_ABS;
}

/**
 * Reads an executable, checking every field that the result holds.
 * @param name the file's name, for the errors
 * @throws elf.Elf32Error
 */
export function readExecutable(bytes: Uint8Array, name: string): ElfExecutable {
  const file = new elf.ElfBytes(bytes, name);
  const header = elf.readHeader(file, elf.ET_EXEC);
  const segments: Segment[] = [];
  for (let i = 0; i < header.programHeaders.count; i++)
    segments.push(readSegment(file, header.programHeaders.offset + i * elf.PHDR_SIZE));
  const headers = elf.readSectionHeaders(file, header);
  const byIndex = new Map<number, ExecutableSection>();
  headers.forEach((section, index) => {
    if (section.type === elf.SHT_NULL || section.type === elf.SHT_SYMTAB || section.type === elf.SHT_STRTAB) return;
    const { address, offset } = section;
    byIndex.set(index, { ...readSection(file, section), address, offset });
  });
  const symtab = headers.find((section) => section.type === elf.SHT_SYMTAB);
  const symbols = symtab ? readSymbols(file, symtab, headers, (index) => byIndex.get(index)).slice(1) : [];
  return { entry: header.entry, segments, sections: [...byIndex.values()], symbols };
}

function readSegment(file: elf.ElfBytes, at: number): Segment {
  const word = (n: number) => file.u32(at + n, "program header");
  const type = word(0);
  const offset = word(4);
  const virtualAddress = word(8);
  const fileSize = word(16);
  const memorySize = word(20);
  const align = word(28);
  if (type === elf.PT_LOAD) {
    if (memorySize < fileSize) file.fail(at + 20, `memory size of at least ${elf.hex(fileSize)}`, elf.hex(memorySize));
    if (virtualAddress + memorySize > 2 ** 32)
      file.fail(at + 8, "segment that ends below 4 GiB", elf.hex(virtualAddress));
    if ((align & (align - 1)) !== 0) file.fail(at + 28, "segment alignment that is a power of two", elf.hex(align));
    if (align > 1 && (offset - virtualAddress) % align !== 0)
      file.fail(at + 4, `file offset equal to the address modulo ${elf.hex(align)}`, elf.hex(offset));
  }
  const data = type === elf.PT_NULL ? new Uint8Array(0) : file.slice(offset, fileSize, "segment");
  return {
    type,
    flags: word(24),
    virtualAddress,
    physicalAddress: word(12),
    offset,
    data,
    memorySize,
    align,
  };
}
