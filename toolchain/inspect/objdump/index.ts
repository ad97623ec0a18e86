// `objdump`: headers, symbols, relocations, contents and code of objects, programs, archives and raw images, as GNU objdump 2.40
// shows them.

import * as elf from "../../../formats/elf32.ts";
import { contentsOf, type ElfView, viewElf } from "../../../formats/elf32-view.ts";
import { type InputFile, type Item, itemName, itemsOf, type Report } from "../report.ts";
import { type LookSection, lookSections, lookSymbols } from "../sections.ts";
import { type DisassemblyOptions, disassembleSection } from "./disassemble.ts";
import * as headers from "./headers.ts";
import { type SourceOptions, SourceText } from "./source.ts";
import { SymbolMap } from "./symbols.ts";

export type ObjdumpView =
  | "archive"
  | "header"
  | "private"
  | "sections"
  | "symbols"
  | "relocations"
  | "contents"
  | "disassemble";

export interface ObjdumpOptions {
  /** -a, -f, -p, -h, -t, -r, -s, -d; -x is the first six. */
  show: ReadonlySet<ObjdumpView>;
  /** -j: only sections of these names. */
  sections: readonly string[];
  /** -b binary: the file is one section of bytes, whatever it holds. */
  binary: boolean;
  /** --adjust-vma. */
  adjust: number;
  disassembly: DisassemblyOptions;
  /** -l and -S; absent without them. */
  source?: SourceOptions;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** Zeros that no file holds are made to be shown up to this size; beyond it they are three dots anyway. */
const LARGEST_ZEROS = 1 << 16;

/**
 * @param found names of sections of -j are added to it when the file has them
 * @throws Elf32Error or ArchiveError when the file is neither an object nor an archive
 */
export function objdump(file: InputFile, options: ObjdumpOptions, found: Set<string> = new Set()): Report {
  const notes: string[] = [];
  if (options.binary) return { text: dump(binaryView(file), "binary", undefined, options, found, notes), notes };
  const items = itemsOf(file);
  let text = items.some((item) => item.archive !== undefined) ? `In archive ${file.name}:\n` : "";
  for (const item of items) {
    const view = viewElf(item.bytes, itemName(item));
    text += dump(view, "elf32-i386", item, options, found, notes);
  }
  return { text, notes };
}

function dump(
  view: ElfView,
  format: string,
  item: Item | undefined,
  options: ObjdumpOptions,
  found: Set<string>,
  notes: string[],
): string {
  const { show } = options;
  const all = lookSections(view);
  for (const section of all) if (section.allocated) section.address += options.adjust;
  const symbols = lookSymbols(view, all);
  const sections = options.sections.length === 0 ? all : all.filter(({ name }) => options.sections.includes(name));
  for (const { name } of sections) found.add(name);
  let text = `\n${item?.name ?? view.name}:     file format ${format}\n`;
  if (show.has("archive")) text += item?.member ? archiveLine(item) : `${view.name}\n`;
  if (show.has("header")) text += headers.fileHeader(view, all, symbols);
  if (show.has("private")) text += headers.programHeader(view);
  text += "\n";
  if (show.has("sections")) text += headers.sectionTable(view, all, sections);
  if (show.has("symbols")) text += headers.symbolTable(view, symbols);
  if (show.has("relocations") && !show.has("disassemble")) text += headers.relocationTables(view, sections);
  if (show.has("contents"))
    for (const section of sections) text += headers.fullContents(view, section, options.disassembly);
  if (!show.has("disassemble")) return text;
  const source = options.source && new SourceText(view, all, options.source);
  if (source?.note !== undefined) notes.push(source.note);
  const map = new SymbolMap(symbols, view.header.type === elf.ET_REL);
  for (const section of sections) {
    const wanted = options.disassembly.all || options.sections.length > 0 || (section.code && section.hasContents);
    if (!wanted || section.size === 0) continue;
    const relocations = show.has("relocations") ? headers.sectionRelocations(view, section) : [];
    relocations.sort((a, b) => a.offset - b.offset);
    const code = { section, bytes: bytesOf(view, section), symbols: map, relocations, source };
    text += disassembleSection(code, options.disassembly);
  }
  return text;
}

function bytesOf(view: ElfView, section: LookSection): Uint8Array {
  return section.hasContents ? contentsOf(view, section.elf) : new Uint8Array(Math.min(section.size, LARGEST_ZEROS));
}

function archiveLine({ name, bytes, member }: Item): string {
  const mode = member?.mode ?? 0;
  const rights = [...mode.toString(2).padStart(9, "0").slice(-9)].map((bit, i) => (bit === "1" ? "rwx"[i % 3] : "-"));
  const date = new Date((member?.date ?? 0) * 1000);
  const month = MONTHS[date.getUTCMonth()];
  const clock = date.toISOString().slice(11, 16);
  const when = `${month} ${String(date.getUTCDate()).padStart(2)} ${clock} ${date.getUTCFullYear()}`;
  const owner = `${member?.owner ?? 0}/${member?.group ?? 0}`;
  return `${rights.join("")} ${owner} ${String(bytes.length).padStart(6)} ${when} ${name}\n`;
}

/** A file of bytes as one data section. */
function binaryView({ name, bytes }: InputFile): ElfView {
  const section = {
    name: ".data",
    index: 1,
    type: elf.SHT_PROGBITS,
    flags: elf.SHF_ALLOC | elf.SHF_WRITE,
    address: 0,
    offset: 0,
    size: bytes.length,
    link: 0,
    info: 0,
    align: 1,
    entrySize: 0,
    at: 0,
  };
  const header = {
    identification: new Uint8Array(16),
    type: elf.ET_EXEC,
    machine: elf.EM_386,
    version: 1,
    entry: 0,
    programHeaderOffset: 0,
    sectionHeaderOffset: 0,
    flags: 0,
    headerSize: 0,
    programHeaderSize: 0,
    programHeaderCount: 0,
    sectionHeaderSize: 0,
    sectionHeaderCount: 0,
    sectionNames: 0,
  };
  return {
    name,
    bytes,
    header,
    sections: [section],
    segments: [],
    report: (fault) => {
      throw fault;
    },
  };
}
