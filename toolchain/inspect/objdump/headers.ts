// `objdump -f`, `-p`, `-h`, `-t`, `-r` and `-s`: all but the disassembly.

import * as elf from "../../../formats/elf32.ts";
import { RELOCATION_NAMES } from "../../../formats/elf32-names.ts";
import {
  contentsOf,
  type ElfView,
  relocationsOf,
  symbolsOf,
  type ViewRelocation,
  type ViewSegment,
  type ViewSymbol,
} from "../../../formats/elf32-view.ts";
import { hex } from "../report.ts";
import type { LookSection, LookSymbol } from "../sections.ts";

const ET_DYN = 3;
const SHF_TLS = 0x400;
const SHT_GNU_VERSYM = 0x6fffffff;
const PT_TLS = 7;
const STT_GNU_IFUNC = 10;

export function fileHeader(view: ElfView, sections: LookSection[], symbols: LookSymbol[]): string {
  const { type, entry } = view.header;
  const flags: [number, string, boolean][] = [
    [0x001, "HAS_RELOC", type === elf.ET_REL && sections.some(hasRelocations)],
    [0x002, "EXEC_P", type === elf.ET_EXEC],
    [0x010, "HAS_SYMS", symbols.length > 0],
    [0x040, "DYNAMIC", type === ET_DYN],
    [0x100, "D_PAGED", view.segments.length > 0],
  ];
  const set = flags.filter(([, , on]) => on);
  const word = set.reduce((sum, [bit]) => sum | bit, 0);
  const names = set.map(([, name]) => name).join(", ");
  return `architecture: i386, flags 0x${hex(word, 8)}:\n${names}\nstart address 0x${hex(entry, 8)}\n`;
}

function hasRelocations({ relocations }: LookSection): boolean {
  return relocations.some(({ size }) => size > 0);
}

const SEGMENT_NAMES: Readonly<Record<number, string>> = {
  0: "NULL",
  1: "LOAD",
  2: "DYNAMIC",
  3: "INTERP",
  4: "NOTE",
  5: "SHLIB",
  6: "PHDR",
  7: "TLS",
  1685382480: "EH_FRAME",
  1685382481: "STACK",
  1685382482: "RELRO",
};

export function programHeader({ segments }: ElfView): string {
  if (segments.length === 0) return "";
  let text = "\nProgram Header:\n";
  for (const { type, offset, virtualAddress, physicalAddress, fileSize, memorySize, flags, align } of segments) {
    const name = (SEGMENT_NAMES[type] ?? `0x${hex(type)}`).padStart(8);
    const rights = `${flags & elf.PF_R ? "r" : "-"}${flags & elf.PF_W ? "w" : "-"}${flags & elf.PF_X ? "x" : "-"}`;
    const rest = flags & ~7;
    text += `${name} off    0x${hex(offset, 8)} vaddr 0x${hex(virtualAddress, 8)} paddr 0x${hex(physicalAddress, 8)} `;
    text += `align 2**${logarithm(align)}\n`;
    text += `         filesz 0x${hex(fileSize, 8)} memsz 0x${hex(memorySize, 8)} flags ${rights}${rest === 0 ? "" : ` ${hex(rest)}`}\n`;
  }
  return text;
}

/** The smallest n with 2^n not below the value. */
function logarithm(value: number): number {
  return value <= 1 ? 0 : 32 - Math.clz32(value - 1);
}

export function sectionTable(view: ElfView, all: LookSection[], chosen: LookSection[]): string {
  let text = "Sections:\nIdx Name          Size      VMA       LMA       File off  Algn\n";
  for (const section of chosen) {
    const index = String(all.indexOf(section)).padStart(3);
    const numbers = [section.size, section.address, loadAddress(view, section), section.elf.offset];
    text += `${index} ${section.name.padEnd(13)} ${numbers.map((number) => hex(number, 8)).join("  ")}  `;
    text += `2**${logarithm(section.elf.align)}\n                  ${sectionFlags(section).join(", ")}\n`;
  }
  return text;
}

/** Where a boot loader puts the section: by the physical address of the segment that it is in. */
function loadAddress(view: ElfView, section: LookSection): number {
  if (!section.allocated || view.segments.every(({ physicalAddress }) => physicalAddress === 0)) return section.address;
  const tls = (section.elf.flags & SHF_TLS) !== 0;
  for (const segment of view.segments) {
    if (segment.type !== (tls ? PT_TLS : elf.PT_LOAD) || !isInside(section, segment)) continue;
    if (!section.hasContents) return segment.physicalAddress + section.address - segment.virtualAddress;
    return segment.physicalAddress + section.elf.offset - segment.offset;
  }
  return section.address;
}

function isInside({ elf: { offset, size, address }, hasContents }: LookSection, segment: ViewSegment): boolean {
  const { offset: start, fileSize, virtualAddress, memorySize } = segment;
  if (hasContents && (offset < start || offset + size > start + fileSize)) return false;
  return address >= virtualAddress && address + size <= virtualAddress + memorySize;
}

function sectionFlags(section: LookSection): string[] {
  const { name, allocated, hasContents, readOnly, code, data, debugging } = section;
  const { flags, type } = section.elf;
  const group = type === elf.SHT_GROUP;
  const named = (...prefixes: string[]) => prefixes.some((prefix) => name.startsWith(prefix));
  const octets = !allocated && debugging && !named(".line", ".stab");
  const all: [string, boolean][] = [
    ["CONTENTS", hasContents],
    ["ALLOC", allocated],
    ["LOAD", allocated && hasContents],
    ["RELOC", hasRelocations(section)],
    ["READONLY", readOnly],
    ["CODE", code],
    ["DATA", data],
    ["DEBUGGING", debugging],
    ["EXCLUDE", (flags & elf.SHF_EXCLUDE) !== 0],
    ["THREAD_LOCAL", (flags & SHF_TLS) !== 0],
    ["OCTETS", octets || (!allocated && named(".note.gnu"))],
    ["GROUP", group],
    ["LINK_ONCE_DISCARD", group || named(".gnu.linkonce")],
  ];
  return all.filter(([, on]) => on).map(([flag]) => flag);
}

export function symbolTable(view: ElfView, symbols: LookSymbol[]): string {
  if (symbols.length === 0) return "SYMBOL TABLE:\nno symbols\n\n\n";
  // Files with symbol versions have a column for them, which is empty in this table.
  const versions = view.sections.some(({ type }) => type === SHT_GNU_VERSYM) ? " ".repeat(13) : "";
  let text = "SYMBOL TABLE:\n";
  for (const { elf: symbol, name, value, place } of symbols) {
    const size = place === "common" ? symbol.value : symbol.size;
    const visibility = ["", " .internal", " .hidden", " .protected"][symbol.other & 3];
    const other = (symbol.other & ~3) === 0 ? visibility : ` 0x${hex(symbol.other, 2)}`;
    text += `${hex(value, 8)} ${symbolFlags(symbol, place)} ${placeName(place)}\t${hex(size, 8)}${versions}${other} ${name}\n`;
  }
  return `${text}\n\n`;
}

function placeName(place: LookSymbol["place"]): string {
  if (typeof place !== "string") return place.name;
  return { undefined: "*UND*", absolute: "*ABS*", common: "*COM*" }[place];
}

function symbolFlags({ binding, type }: ViewSymbol, place: LookSymbol["place"]): string {
  const defined = place !== "undefined" && place !== "common";
  const scope =
    binding === elf.STB_LOCAL ? "l" : binding === elf.STB_GLOBAL && defined ? "g" : binding === 10 ? "u" : " ";
  const debugging = type === elf.STT_SECTION || type === elf.STT_FILE;
  const kind = { [elf.STT_FUNC]: "F", [elf.STT_FILE]: "f", [elf.STT_OBJECT]: "O", 5: "O" }[type];
  const indirect = type === STT_GNU_IFUNC ? "i" : " ";
  return `${scope}${binding === elf.STB_WEAK ? "w" : " "}  ${indirect}${debugging ? "d" : " "}${kind ?? " "}`;
}

/** The relocations of a section, in the order of its tables. */
export function sectionRelocations(view: ElfView, section: LookSection): ViewRelocation[] {
  return section.relocations.flatMap((table) => {
    const symbols = view.sections.at(table.link);
    return relocationsOf(view, table, symbols ? symbolsOf(view, symbols) : []);
  });
}

export function relocationTables(view: ElfView, sections: LookSection[]): string {
  let text = "";
  for (const section of sections) {
    if (section.relocations.length === 0) continue;
    const relocations = sectionRelocations(view, section);
    if (relocations.length === 0) continue;
    text += `RELOCATION RECORDS FOR [${section.name}]:\nOFFSET   TYPE              VALUE\n`;
    for (const relocation of relocations)
      text += `${hex(relocation.offset, 8)} ${relocationType(relocation).padEnd(16)}  ${relocationTarget(relocation)}\n`;
    text += "\n\n";
  }
  return text;
}

export function relocationType({ type }: ViewRelocation): string {
  return RELOCATION_NAMES[type] ?? "*unknown*";
}

export function relocationTarget({ symbol, addend = 0 }: ViewRelocation): string {
  const name = symbol ? symbol.name || symbol.section?.name || "" : "*ABS*";
  if (addend === 0) return name;
  return addend < 0 ? `${name}-0x${hex(-addend)}` : `${name}+0x${hex(addend)}`;
}

/** `-s`: bytes in four groups of four, and the characters that they stand for. */
export function fullContents(view: ElfView, section: LookSection, range: { start: number; stop: number }): string {
  if (!section.hasContents) return "";
  const bytes = contentsOf(view, section.elf);
  const from = Math.max(0, range.start - section.address);
  const to = Math.min(bytes.length, range.stop - section.address);
  if (from >= to) return "";
  const width = Math.max(4, hex(section.address + from).length, hex(section.address + to - 1).length);
  let text = `Contents of section ${section.name}:\n`;
  for (let at = from; at < to; at += 16) {
    const row = bytes.subarray(at, Math.min(at + 16, to));
    text += ` ${hex(section.address + at, width)} `;
    for (let i = 0; i < 16; i++) text += (i < row.length ? hex(row[i], 2) : "  ") + (i % 4 === 3 ? " " : "");
    const characters = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
    text += ` ${characters.join("").padEnd(16)}\n`;
  }
  return text;
}
