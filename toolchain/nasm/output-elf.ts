// -f elf32: a relocatable object, laid out as NASM does it: the section headers first, .shstrtab .symtab .strtab and the
// relocations last.
// Source: TIS ELF Specification 1.2, chapter 1; the NASM manual, section 8.9.

import * as elf from "../../formats/elf32.ts";
import { AssemblerError } from "../asm/error.ts";
import type { Assembler } from "./assembler.ts";
import { store } from "./data.ts";
import { isSegment, type Segment } from "./expression.ts";
import type { Relocation, Section, SectionAttributes } from "./section.ts";
import type { SymbolRecord } from "./symbols.ts";

const HEADER_SIZE = 52;
const SECTION_HEADER_SIZE = 40;
const SYMBOL_SIZE = 16;
const RELOCATION_SIZE = 8;
const FILE_ALIGN = 16;
const LOCAL = 0;
const GLOBAL = 1;

/** What section names imply; any other is read-only data. */
const KNOWN: Readonly<Record<string, Partial<SectionAttributes>>> = {
  ".text": { exec: true, align: 16 },
  ".data": { write: true, align: 4 },
  ".bss": { write: true, noBits: true, align: 4 },
  ".rodata": { align: 4 },
  ".lrodata": { align: 4 },
  ".tdata": { write: true, align: 4 },
  ".tbss": { write: true, noBits: true, align: 4 },
  ".comment": { alloc: false },
};

export function elfSection(assembler: { sections: Section[] }, name: string, make: (name: string) => Section): Section {
  const known = assembler.sections.find((section) => section.name === name);
  if (known) return known;
  const section = make(name);
  Object.assign(section.attributes, { noBits: false, alloc: true, exec: false, write: false, align: 1 }, KNOWN[name]);
  assembler.sections.push(section);
  return section;
}

class Strings {
  private text = "\0";
  add(name: string): number {
    const at = this.text.length;
    this.text += `${name}\0`;
    return at;
  }
  bytes(): Uint8Array {
    return Uint8Array.from(this.text, (char) => char.charCodeAt(0) & 0xff);
  }
}

interface Header {
  name: string;
  type: number;
  flags: number;
  data: Uint8Array;
  size: number;
  link: number;
  info: number;
  align: number;
  entrySize: number;
}

export function elfOutput(assembler: Assembler): Uint8Array {
  return new ObjectWriter(assembler).write();
}

class ObjectWriter {
  private readonly strings = new Strings();
  private readonly sections: Section[];
  /** Section symbols begin at 2: before them stand the empty symbol and the file's name. */
  private readonly segmentSymbols = new Map<Segment, number>();

  constructor(private readonly assembler: Assembler) {
    // A .text that nothing names comes last.
    const { sections } = assembler;
    this.sections = [...sections.filter(({ named }) => named), ...sections.filter(({ named }) => !named)];
  }

  write(): Uint8Array {
    const { symbols, locals } = this.symbolTable();
    const headers: Header[] = this.sections.map((section) => ({
      name: section.name,
      type: section.attributes.noBits ? elf.SHT_NOBITS : elf.SHT_PROGBITS,
      flags: flagsOf(section.attributes),
      data: section.attributes.noBits ? new Uint8Array(0) : section.bytes.bytes,
      size: section.offset,
      link: 0,
      info: 0,
      align: section.attributes.align,
      entrySize: 0,
    }));
    const relocations = this.sections.map((section) => this.relocations(section));
    const plain = { flags: 0, link: 0, info: 0, align: 1, entrySize: 0 };
    const count = this.sections.length;
    const symtab = count + 2;
    const names = new Strings();
    const shstrtab: Header = { ...plain, name: ".shstrtab", type: elf.SHT_STRTAB, data: new Uint8Array(0), size: 0 };
    headers.push(shstrtab);
    headers.push({
      ...plain,
      name: ".symtab",
      type: elf.SHT_SYMTAB,
      data: symbols,
      size: symbols.length,
      link: symtab + 1,
      info: locals,
      align: 4,
      entrySize: SYMBOL_SIZE,
    });
    const strtab = this.strings.bytes();
    headers.push({ ...plain, name: ".strtab", type: elf.SHT_STRTAB, data: strtab, size: strtab.length });
    relocations.forEach((data, i) => {
      if (data.length > 0)
        headers.push({
          ...plain,
          name: `.rel${this.sections[i].name}`,
          type: elf.SHT_REL,
          data,
          size: data.length,
          link: symtab,
          info: i + 1,
          align: 4,
          entrySize: RELOCATION_SIZE,
        });
    });
    const nameOffsets = headers.map((header) => names.add(header.name));
    shstrtab.data = names.bytes();
    shstrtab.size = shstrtab.data.length;
    return layOut(headers, nameOffsets, count + 1);
  }

  private symbolTable(): { symbols: Uint8Array; locals: number } {
    const entries: Uint8Array[] = [new Uint8Array(SYMBOL_SIZE)];
    entries.push(
      symbolEntry(this.strings.add(this.assembler.options.file), 0, 0, (LOCAL << 4) | elf.STT_FILE, 0, elf.SHN_ABS),
    );
    this.sections.forEach((section, i) => {
      this.segmentSymbols.set(section, entries.length);
      entries.push(symbolEntry(0, 0, 0, (LOCAL << 4) | elf.STT_SECTION, 0, i + 1));
    });
    const records = [...this.assembler.symbols.order].map((record) => ({
      record,
      name: this.strings.add(record.name),
    }));
    for (const { record, name } of records) if (record.linkage === undefined) entries.push(this.symbol(record, name));
    const locals = entries.length;
    for (const { record, name } of records) {
      if (record.linkage === undefined) continue;
      if (record.segment && record.linkage !== "global") this.segmentSymbols.set(record.segment, entries.length);
      entries.push(this.symbol(record, name));
    }
    for (const record of this.assembler.symbols.records.values())
      if (record.linkage === "global" && !record.value && record.position)
        this.assembler.report(new AssemblerError(record.position, `'${record.name}' is global but not defined`));
    const symbols = new Uint8Array(entries.length * SYMBOL_SIZE);
    for (const [i, entry] of entries.entries()) symbols.set(entry, i * SYMBOL_SIZE);
    return { symbols, locals };
  }

  private symbol(record: SymbolRecord, name: number): Uint8Array {
    const binding = record.linkage === undefined ? LOCAL : GLOBAL;
    const attributes = record.attributes ?? [];
    const type = attributes.includes("function")
      ? elf.STT_FUNC
      : attributes.some((a) => a === "data" || a === "object")
        ? elf.STT_OBJECT
        : elf.STT_NOTYPE;
    const visibility = ["default", "internal", "hidden", "protected"].findIndex((word) => attributes.includes(word));
    const info = (binding << 4) | type;
    const other = Math.max(visibility, 0);
    if (record.linkage === "extern") return symbolEntry(name, 0, 0, info, other, elf.SHN_UNDEF);
    if (record.linkage === "common")
      return symbolEntry(name, record.align ?? 4, record.size ?? 0, info, other, elf.SHN_COMMON);
    const value = record.value;
    const [term] = value?.terms ?? [];
    const index = term && isSegment(term.what) ? this.sections.indexOf(term.what as Section) + 1 : elf.SHN_ABS;
    return symbolEntry(name, Number(BigInt.asUintN(32, value?.constant ?? 0n)), 0, info, other, index);
  }

  private relocations(section: Section): Uint8Array {
    const out: number[] = [];
    for (const relocation of section.relocations)
      try {
        this.relocation(relocation, section, out);
      } catch (error) {
        if (!(error instanceof AssemblerError)) throw error;
        this.assembler.report(error);
      }
    const bytes = new Uint8Array(out.length * 4);
    const view = new DataView(bytes.buffer);
    for (const [i, word] of out.entries()) view.setUint32(i * 4, word, true);
    return bytes;
  }

  private relocation({ offset, size, kind, value, position }: Relocation, section: Section, out: number[]): void {
    let { constant } = value;
    let relative = kind === "relative";
    const terms = [...value.terms];
    const own = terms.findIndex((term) => term.what === section && term.factor === -1);
    if (own >= 0 && terms.length > 1 && !relative) {
      // `label - $`: counted from the field, it is what a relative relocation gives.
      terms.splice(own, 1);
      relative = true;
      constant += BigInt(offset);
    }
    const [term, ...more] = terms;
    if (more.length > 0 || (term && (term.factor !== 1 || !isSegment(term.what))))
      throw new AssemblerError(position, "no relocation can express this combination of addresses");
    const symbol = term && isSegment(term.what) ? this.segmentSymbols.get(term.what) : 0;
    const type = relocationType(size, relative);
    if (symbol === undefined || type === undefined)
      throw new AssemblerError(position, `no relocation fills ${size} bytes with this address`);
    store(section.bytes.bytes.subarray(offset, offset + size), constant);
    out.push(offset, (symbol << 8) | type);
  }
}

function relocationType(size: number, relative: boolean): number | undefined {
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

function flagsOf({ alloc, exec, write }: SectionAttributes): number {
  return (alloc ? elf.SHF_ALLOC : 0) | (exec ? elf.SHF_EXECINSTR : 0) | (write ? elf.SHF_WRITE : 0);
}

function symbolEntry(
  name: number,
  value: number,
  size: number,
  info: number,
  other: number,
  index: number,
): Uint8Array {
  const entry = new Uint8Array(SYMBOL_SIZE);
  const view = new DataView(entry.buffer);
  view.setUint32(0, name, true);
  view.setUint32(4, value, true);
  view.setUint32(8, size, true);
  view.setUint8(12, info);
  view.setUint8(13, other);
  view.setUint16(14, index, true);
  return entry;
}

/** Header, section headers, contents; each on a boundary of 16 bytes. */
function layOut(headers: readonly Header[], nameOffsets: readonly number[], stringIndex: number): Uint8Array {
  const align = (value: number) => Math.ceil(value / FILE_ALIGN) * FILE_ALIGN;
  const headersAt = align(HEADER_SIZE);
  let at = align(headersAt + SECTION_HEADER_SIZE * (headers.length + 1));
  const offsets = headers.map((header) => {
    const offset = at;
    at = align(at + header.data.length);
    return offset;
  });
  const file = new Uint8Array(at);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, elf.ET_REL, true);
  view.setUint16(18, elf.EM_386, true);
  view.setUint32(20, 1, true);
  view.setUint32(32, headersAt, true);
  view.setUint16(40, HEADER_SIZE, true);
  view.setUint16(46, SECTION_HEADER_SIZE, true);
  view.setUint16(48, headers.length + 1, true);
  view.setUint16(50, stringIndex, true);
  headers.forEach((header, i) => {
    const { type, flags, size, link, info, align: alignment, entrySize } = header;
    const words = [nameOffsets[i], type, flags, 0, offsets[i], size, link, info, alignment, entrySize];
    const from = headersAt + (i + 1) * SECTION_HEADER_SIZE;
    for (const [j, word] of words.entries()) view.setUint32(from + j * 4, word, true);
    file.set(header.data, offsets[i]);
  });
  return file;
}
