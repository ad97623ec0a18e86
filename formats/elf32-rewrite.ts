// An ELF32 file again with fewer sections and symbols: what is left keeps its bytes, and in a program also its place in the file,
// so that segments stay what they were. The layout is the one that GNU's tools write.
// Source: TIS ELF Specification 1.2, chapter 1.

import * as elf from "./elf32.ts";
import {
  contentsOf,
  type ElfView,
  fault,
  fileSymbols,
  groupOf,
  relocationsOf,
  type ViewSection,
  type ViewSymbol,
} from "./elf32-view.ts";

export interface Rewrite {
  /** Contents only: symbol, string and relocation tables follow from them. */
  keepsSection: (section: ViewSection) => boolean;
  /** Never asked for symbols of sections that go. */
  keepsSymbol: (symbol: ViewSymbol) => boolean;
  /** Whether relocations against symbols that go, go with them. */
  dropsRelocations: boolean;
}

/** Alignment may leave so many bytes empty. */
const LARGEST_GAP = 1 << 22;

/** A section of the new file. */
interface Kept {
  name: string;
  header: Omit<elf.SectionHeader, "name" | "at" | "size" | "offset">;
  size: number;
  /** Absent: there are no bytes in the file. */
  bytes: Uint8Array | undefined;
  offset: number;
  source: ViewSection | undefined;
}

/** The table that relocates a section of the file's own, in a file whose symbols are not for a dynamic linker. */
export function isStaticRelocation(section: ViewSection): boolean {
  return (section.type === elf.SHT_REL || section.type === elf.SHT_RELA) && (section.flags & elf.SHF_ALLOC) === 0;
}

/** Whether the section only holds the file together, so that it is made anew. */
export function isStructure(view: ElfView, section: ViewSection): boolean {
  if (section.type === elf.SHT_NULL || section.type === elf.SHT_SYMTAB || isStaticRelocation(section)) return true;
  return section.type === elf.SHT_STRTAB && (section.flags & elf.SHF_ALLOC) === 0 && isLinked(view, section);
}

function isLinked(view: ElfView, section: ViewSection): boolean {
  return (
    section.index === view.header.sectionNames ||
    view.sections.some(({ type, link }) => type === elf.SHT_SYMTAB && link === section.index)
  );
}

export function rewriteElf(view: ElfView, { keepsSection, keepsSymbol, dropsRelocations }: Rewrite): Uint8Array {
  const contents = view.sections.filter((section) => !isStructure(view, section) && keepsSection(section));
  const keptSections = new Set(contents);
  const all = fileSymbols(view);
  const symbols = all.slice(1).filter((symbol) => {
    const gone = symbol.section && !keptSections.has(symbol.section);
    return !gone && keepsSymbol(symbol);
  });
  const ordered = [
    ...symbols.filter(({ binding }) => binding === elf.STB_LOCAL),
    ...symbols.filter(({ binding }) => binding !== elf.STB_LOCAL),
  ];
  const symbolIndex = new Map(ordered.map((symbol, i) => [symbol.index, i + 1]));

  const sections: Kept[] = [];
  const tables: Kept[] = [];
  for (const section of contents) {
    sections.push(keepSection(view, section));
    for (const table of view.sections) {
      if (!isStaticRelocation(table) || table.info !== section.index) continue;
      const kept = keepRelocations(view, table, all, symbolIndex, dropsRelocations);
      if (!kept) continue;
      sections.push(kept);
      tables.push(kept);
    }
  }
  const strings = new MergedStrings();
  const symtab = tableOf(".symtab", elf.SHT_SYMTAB, 4, elf.SYM_SIZE);
  const strtab = tableOf(".strtab", elf.SHT_STRTAB, 1, 0);
  const names = tableOf(".shstrtab", elf.SHT_STRTAB, 1, 0);
  const withSymbols = ordered.length > 0;
  const structure = withSymbols ? [symtab, strtab, names] : [names];
  sections.push(...structure);

  const newIndex = new Map<number, number>();
  sections.forEach(({ source }, i) => {
    if (source) newIndex.set(source.index, i + 1);
  });
  const symtabIndex = withSymbols ? sections.indexOf(symtab) + 1 : 0;
  const groups = contents.filter(({ type }) => type === elf.SHT_GROUP);
  const grouped = new Set(groups.flatMap((group) => groupOf(view, group).members));
  for (const kept of sections) relink(view, kept, newIndex, symbolIndex, symtabIndex, grouped);
  if (withSymbols) {
    for (const { name, type } of ordered) if (type !== elf.STT_SECTION) strings.add(name);
    strings.finish();
    fill(strtab, strings.bytes());
    fill(symtab, symbolTable(ordered, strings, newIndex));
    symtab.header.link = symtabIndex + 1;
    symtab.header.info = 1 + ordered.filter(({ binding }) => binding === elf.STB_LOCAL).length;
  }
  const sectionNames = new MergedStrings();
  for (const { name } of structure) sectionNames.add(name);
  for (const { name } of sections) sectionNames.add(name);
  sectionNames.finish();
  fill(names, sectionNames.bytes());
  // Relocation tables stand behind the symbols, and the names of all behind them.
  const behind = [...structure.slice(0, -1), ...tables, names];
  const size = place(view, [...sections.filter((kept) => !behind.includes(kept)), ...behind]);
  return write(view, sections, sectionNames, size);
}

function keepSection(view: ElfView, source: ViewSection): Kept {
  const { name, type, flags, address, link, info, align, entrySize, size } = source;
  const bytes = type === elf.SHT_NOBITS ? undefined : contentsOf(view, source).slice();
  return { name, header: { type, flags, address, link, info, align, entrySize }, size, bytes, offset: 0, source };
}

function tableOf(name: string, type: number, align: number, entrySize: number): Kept {
  const header = { type, flags: 0, address: 0, link: 0, info: 0, align, entrySize };
  return { name, header, size: 0, bytes: undefined, offset: 0, source: undefined };
}

function fill(kept: Kept, bytes: Uint8Array): void {
  kept.bytes = bytes;
  kept.size = bytes.length;
}

function keepRelocations(
  view: ElfView,
  table: ViewSection,
  symbols: readonly ViewSymbol[],
  symbolIndex: Map<number, number>,
  drops: boolean,
): Kept | undefined {
  const bytes = contentsOf(view, table);
  const step = table.type === elf.SHT_RELA ? 12 : elf.REL_SIZE;
  const entries: Uint8Array[] = [];
  relocationsOf(view, table, symbols).forEach(({ symbol, type }, i) => {
    const index = symbol && symbolIndex.get(symbol.index);
    if (symbol && index === undefined && !drops)
      fault(view, table.offset + i * step, "a symbol that stays for each relocation", `'${symbol.name}', which goes`);
    if (drops && index === undefined) return;
    const entry = bytes.slice(i * step, (i + 1) * step);
    new DataView(entry.buffer).setUint32(4, ((index ?? 0) << 8) | type, true);
    entries.push(entry);
  });
  if (entries.length === 0) return undefined;
  const kept = keepSection(view, table);
  const result = new Uint8Array(entries.length * step);
  entries.forEach((entry, i) => {
    result.set(entry, i * step);
  });
  fill(kept, result);
  return kept;
}

/** Puts the new file's indexes where a section refers to others. */
function relink(
  view: ElfView,
  kept: Kept,
  newIndex: Map<number, number>,
  symbolIndex: Map<number, number>,
  symtab: number,
  grouped: Set<number>,
): void {
  const { source, header } = kept;
  if (!source) return;
  if (source.type === elf.SHT_GROUP) {
    const { flags, members } = groupOf(view, source);
    const left = members.flatMap((member) => newIndex.get(member) ?? []);
    fill(kept, new Uint8Array(Uint32Array.from([flags, ...left]).buffer));
    header.info = symbolIndex.get(source.info) ?? 0;
    header.link = symtab;
    return;
  }
  const links = view.sections.at(source.link);
  if (source.link !== 0) header.link = links?.type === elf.SHT_SYMTAB ? symtab : (newIndex.get(source.link) ?? 0);
  if (isStaticRelocation(source) || (source.flags & elf.SHF_INFO_LINK) !== 0)
    header.info = newIndex.get(source.info) ?? 0;
  // Without its group section a section belongs to none.
  if (!grouped.has(source.index)) header.flags &= ~elf.SHF_GROUP;
}

function symbolTable(symbols: ViewSymbol[], strings: MergedStrings, newIndex: Map<number, number>): Uint8Array {
  const bytes = new Uint8Array((symbols.length + 1) * elf.SYM_SIZE);
  const data = new DataView(bytes.buffer);
  symbols.forEach((symbol, i) => {
    const at = (i + 1) * elf.SYM_SIZE;
    data.setUint32(at, symbol.type === elf.STT_SECTION ? 0 : strings.offsetOf(symbol.name), true);
    data.setUint32(at + 4, symbol.value, true);
    data.setUint32(at + 8, symbol.size, true);
    data.setUint8(at + 12, (symbol.binding << 4) | symbol.type);
    data.setUint8(at + 13, symbol.other);
    data.setUint16(at + 14, symbol.section ? (newIndex.get(symbol.section.index) ?? 0) : symbol.place, true);
  });
  return bytes;
}

/** Gives each section its offset; the result is where the section header table goes. */
function place(view: ElfView, sections: Kept[]): number {
  const inSegments = view.segments.length > 0;
  let end = elf.EHDR_SIZE;
  if (inSegments) {
    end = Math.max(end, view.header.programHeaderOffset + view.segments.length * elf.PHDR_SIZE);
    for (const { offset, fileSize } of view.segments) end = Math.max(end, offset + fileSize);
    if (end > view.bytes.length)
      fault(view, 28, `segments in a file of ${elf.hex(view.bytes.length)} bytes`, `one up to ${elf.hex(end)}`);
  }
  let contentsEnd = end;
  const stays = ({ source, header }: Kept) => inSegments && source && (header.flags & elf.SHF_ALLOC) !== 0;
  for (const kept of sections) {
    if (!stays(kept) || !kept.source) continue;
    // What has no bytes stands where those before it end.
    kept.offset = kept.bytes ? kept.source.offset : contentsEnd;
    contentsEnd = kept.offset + (kept.bytes?.length ?? 0);
    end = Math.max(end, contentsEnd);
  }
  for (const kept of sections) {
    if (stays(kept)) continue;
    kept.offset = elf.alignUp(end, kept.header.align);
    if (kept.offset - end >= LARGEST_GAP)
      fault(
        view,
        kept.source?.at ?? 0,
        "section alignment that leaves a file of sensible size",
        elf.hex(kept.header.align),
      );
    end = kept.offset + (kept.bytes?.length ?? 0);
  }
  return elf.alignUp(end, 4);
}

function write(view: ElfView, sections: Kept[], names: MergedStrings, table: number): Uint8Array {
  const bytes = new Uint8Array(table + (sections.length + 1) * elf.SHDR_SIZE);
  const data = new DataView(bytes.buffer);
  // Headers and whatever else segments hold that is in no section.
  const segments = view.segments.map(({ offset, fileSize }) => offset + fileSize);
  const headersEnd = view.header.programHeaderOffset + view.segments.length * elf.PHDR_SIZE;
  if (segments.length > 0) bytes.set(view.bytes.subarray(0, Math.max(headersEnd, ...segments)));
  bytes.set(view.bytes.subarray(0, elf.EHDR_SIZE));
  data.setUint32(32, table, true);
  data.setUint16(48, sections.length + 1, true);
  data.setUint16(50, sections.length, true);
  sections.forEach(({ name, header, size, bytes: contents, offset }, i) => {
    if (contents) bytes.set(contents, offset);
    const { type, flags, address, link, info, align, entrySize } = header;
    [names.offsetOf(name), type, flags, address, offset, size, link, info, align, entrySize].forEach((word, n) => {
      data.setUint32(table + (i + 1) * elf.SHDR_SIZE + n * 4, word, true);
    });
  });
  return bytes;
}

const encoder = new TextEncoder();

/** A string table in which a string that ends another stands in it. */
class MergedStrings {
  private readonly offsets = new Map<string, number>([["", 0]]);
  private readonly order = new Set<string>();
  private length = 1;

  add(text: string): void {
    if (text !== "") this.order.add(text);
  }

  /** Places the strings; none may be added after this. */
  finish(): void {
    // Read backwards and sorted, a string that ends another stands right before those that it ends.
    const sorted = [...this.order].map((text) => ({ text, key: [...text].reverse().join("") }));
    sorted.sort((a, b) => (a.key < b.key ? -1 : 1));
    const host = new Map<string, string>();
    let last = "";
    for (const { text } of sorted.reverse()) {
      if (last.endsWith(text)) host.set(text, last);
      else last = text;
    }
    const sizeOf = (text: string) => encoder.encode(text).length;
    for (const text of this.order) {
      if (host.has(text)) continue;
      this.offsets.set(text, this.length);
      this.length += sizeOf(text) + 1;
    }
    for (const [text, whole] of host) this.offsets.set(text, this.offsetOf(whole) + sizeOf(whole) - sizeOf(text));
  }

  offsetOf(text: string): number {
    return this.offsets.get(text) ?? 0;
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    for (const [text, offset] of this.offsets) bytes.set(encoder.encode(text), offset);
    return bytes;
  }
}
