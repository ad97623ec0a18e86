// `readelf -h`, `-S`, `-g` and `-l`: the file header, sections, section groups and segments.

import * as elf from "../../../formats/elf32.ts";
import * as names from "../../../formats/elf32-names.ts";
import { type ElfView, fileSymbols, groupOf, type ViewSection, type ViewSegment } from "../../../formats/elf32-view.ts";
import { hex } from "../report.ts";
import { shorten } from "./text.ts";

const ET_DYN = 3;
const SHF_TLS = 0x400;
const PT_PHDR = 6;
const PT_TLS = 7;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const PT_GNU_EH_FRAME = 0x6474e550;
const PT_GNU_RELRO = 0x6474e552;
const OSABI_GNU = 3;
const OSABI_FREEBSD = 9;

export function fileHeader(view: ElfView): string {
  const { header } = view;
  const { identification } = header;
  const unknown = (value: number) => `<unknown: ${hex(value)}>`;
  const version = identification[6];
  const rows: [string, string][] = [
    ["Class:", "ELF32"],
    ["Data:", "2's complement, little endian"],
    ["Version:", `${version}${version === elf.EV_CURRENT ? " (current)" : version === 0 ? "" : " <unknown>"}`],
    ["OS/ABI:", names.OS_ABIS[identification[7]] ?? unknown(identification[7])],
    ["ABI Version:", String(identification[8])],
    ["Type:", fileType(view)],
    ["Machine:", names.MACHINES[header.machine] ?? `<unknown>: 0x${hex(header.machine)}`],
    ["Version:", `0x${hex(header.version)}`],
    ["Entry point address:", `0x${hex(header.entry)}`],
    ["Start of program headers:", `${header.programHeaderOffset} (bytes into file)`],
    ["Start of section headers:", `${header.sectionHeaderOffset} (bytes into file)`],
    ["Flags:", `0x${hex(header.flags)}`],
    ["Size of this header:", `${header.headerSize} (bytes)`],
    ["Size of program headers:", `${header.programHeaderSize} (bytes)`],
    ["Number of program headers:", String(header.programHeaderCount)],
    ["Size of section headers:", `${header.sectionHeaderSize} (bytes)`],
    ["Number of section headers:", String(header.sectionHeaderCount)],
    ["Section header string table index:", sectionNamesIndex(header.sectionNames, header.sectionHeaderCount)],
  ];
  const magic = [...identification].map((byte) => `${hex(byte, 2)} `).join("");
  return `ELF Header:\n  Magic:   ${magic}\n${rows.map(([label, text]) => `  ${label.padEnd(34)} ${text}\n`).join("")}`;
}

function sectionNamesIndex(index: number, count: number): string {
  return index !== 0 && index >= count ? `${index} <corrupt: out of range>` : String(index);
}

function fileType({ header: { type }, segments }: ElfView): string {
  if (type === ET_DYN && segments.some((segment) => segment.type === PT_INTERP))
    return "DYN (Position-Independent Executable file)";
  if (type >= 0xff00) return `Processor Specific: (${hex(type)})`;
  if (type >= 0xfe00) return `OS Specific: (${hex(type)})`;
  return names.FILE_TYPES[type] ?? `<unknown>: ${hex(type)}`;
}

/** @param alone whether no file header stands above, which says where the table is */
export function sectionHeaders(view: ElfView, wide: boolean, alone: boolean): string {
  const { sections, header } = view;
  if (sections.length === 0) return "\nThere are no sections in this file.\n";
  const [are, s] = sections.length === 1 ? ["is", ""] : ["are", "s"];
  let text = alone
    ? `There ${are} ${sections.length} section header${s}, starting at offset 0x${hex(header.sectionHeaderOffset)}:\n`
    : "";
  text += `\nSection Header${s}:\n`;
  text += "  [Nr] Name              Type            Addr     Off    Size   ES Flg Lk Inf Al\n";
  for (const section of sections) text += sectionLine(section, wide);
  return text + flagsKey(header.identification[7]);
}

function sectionLine(section: ViewSection, wide: boolean): string {
  const name = wide ? section.name.padEnd(17) : shorten(section.name, 17).padEnd(17);
  const type = (names.SECTION_TYPES[section.type] ?? `${hex(section.type, 8)}: <unknown>`).slice(0, 15).padEnd(15);
  const place = `${hex(section.address, 8)} ${hex(section.offset, 6)} ${hex(section.size, 6)}`;
  const flags = sectionFlags(section.flags).padStart(3);
  const numbers = [
    String(section.link).padStart(2),
    String(section.info).padStart(3),
    String(section.align).padStart(2),
  ];
  return `  [${String(section.index).padStart(2)}] ${name} ${type} ${place} ${hex(section.entrySize, 2)} ${flags} ${numbers.join(" ")}\n`;
}

const FLAG_LETTERS: readonly [number, string][] = [
  [elf.SHF_WRITE, "W"],
  [elf.SHF_ALLOC, "A"],
  [elf.SHF_EXECINSTR, "X"],
  [elf.SHF_MERGE, "M"],
  [elf.SHF_STRINGS, "S"],
  [elf.SHF_INFO_LINK, "I"],
  [0x80, "L"],
  [0x100, "O"],
  [elf.SHF_GROUP, "G"],
  [SHF_TLS, "T"],
  [0x800, "C"],
  [0x200000, "R"],
  [0x1000000, "D"],
  [elf.SHF_EXCLUDE, "E"],
];

function sectionFlags(flags: number): string {
  let text = "";
  let rest = flags;
  for (const [bit, letter] of FLAG_LETTERS) {
    if ((flags & bit) === 0) continue;
    text += letter;
    rest &= ~bit;
  }
  if ((rest & 0x0ff00000) !== 0) text += "o";
  if ((rest & 0x70000000) !== 0) text += "p";
  if ((rest & 0x000ff608) !== 0) text += "x";
  return text;
}

function flagsKey(osAbi: number): string {
  const gnu = osAbi === OSABI_GNU || osAbi === OSABI_FREEBSD;
  return `Key to Flags:
  W (write), A (alloc), X (execute), M (merge), S (strings), I (info),
  L (link order), O (extra OS processing required), G (group), T (TLS),
  C (compressed), x (unknown), o (OS specific), E (exclude),
  ${gnu ? "R (retain), " : ""}${gnu || osAbi === 0 ? "D (mbind), " : ""}p (processor specific)
`;
}

export function sectionGroups(view: ElfView): string {
  const groups = view.sections.filter((section) => section.type === elf.SHT_GROUP);
  if (groups.length === 0)
    return view.sections.length === 0
      ? "\nThere are no sections to group in this file.\n"
      : "\nThere are no section groups in this file.\n";
  const symbols = fileSymbols(view);
  let text = "";
  for (const group of groups) {
    const { flags, members } = groupOf(view, group);
    const signature = symbols.at(group.info);
    const name = (signature?.type === elf.STT_SECTION ? signature.section?.name : signature?.name) ?? "<corrupt>";
    const kind = flags === 1 ? "COMDAT " : "";
    text += `\n${kind}group section [${String(group.index).padStart(5)}] \`${group.name}' [${name}] contains ${members.length} sections:\n`;
    text += "   [Index]    Name\n";
    for (const member of members)
      text += `   [${String(member).padStart(5)}]   ${view.sections.at(member)?.name ?? "<corrupt>"}\n`;
  }
  return text;
}

/** @param alone whether no file header stands above, which says what file this is */
export function programHeaders(view: ElfView, alone: boolean): string {
  const { segments, header } = view;
  if (segments.length === 0) return "\nThere are no program headers in this file.\n";
  let text = "";
  if (alone) {
    const [are, s] = segments.length === 1 ? ["is", ""] : ["are", "s"];
    text += `\nElf file type is ${fileType(view)}\nEntry point 0x${hex(header.entry)}\n`;
    text += `There ${are} ${segments.length} program header${s}, starting at offset ${header.programHeaderOffset}\n`;
  }
  text += `\nProgram Header${segments.length === 1 ? "" : "s"}:\n`;
  text += "  Type           Offset   VirtAddr   PhysAddr   FileSiz MemSiz  Flg Align\n";
  for (const segment of segments) text += segmentLine(view, segment);
  if (view.sections.length === 0) return text;
  text += "\n Section to Segment mapping:\n  Segment Sections...\n";
  segments.forEach((segment, index) => {
    const inside = view.sections.slice(1).filter((section) => isInSegment(section, segment));
    text += `   ${String(index).padStart(2, "0")}     ${inside.map(({ name }) => `${name} `).join("")}\n`;
  });
  return text;
}

function segmentLine(view: ElfView, segment: ViewSegment): string {
  const { type, offset, virtualAddress, physicalAddress, fileSize, memorySize, flags, align } = segment;
  const name = (names.SEGMENT_TYPES[type] ?? unknownSegment(type)).slice(0, 14).padEnd(14);
  const places = `0x${hex(offset, 6)} 0x${hex(virtualAddress, 8)} 0x${hex(physicalAddress, 8)}`;
  const rights = [flags & elf.PF_R ? "R" : " ", flags & elf.PF_W ? "W" : " ", flags & elf.PF_X ? "E" : " "].join("");
  const alignment = align === 0 ? "0" : `0x${hex(align)}`;
  let text = `  ${name} ${places} 0x${hex(fileSize, 5)} 0x${hex(memorySize, 5)} ${rights} ${alignment}\n`;
  if (type === PT_INTERP) {
    const bytes = view.bytes.subarray(offset, offset + fileSize);
    const end = bytes.indexOf(0);
    text += `      [Requesting program interpreter: ${new TextDecoder().decode(bytes.subarray(0, end < 0 ? undefined : end))}]\n`;
  }
  return text;
}

function unknownSegment(type: number): string {
  if (type >= 0x70000000 && type <= 0x7fffffff) return `LOPROC+0x${hex(type - 0x70000000)}`;
  if (type >= 0x60000000 && type <= 0x6fffffff) return `LOOS+0x${hex(type - 0x60000000)}`;
  return `<unknown>: ${hex(type)}`;
}

/** Whether readelf counts a section as part of a segment: by file offset for contents, by address for what is loaded. */
function isInSegment(section: ViewSection, segment: ViewSegment): boolean {
  const tls = (section.flags & SHF_TLS) !== 0;
  const allocated = (section.flags & elf.SHF_ALLOC) !== 0;
  const zeros = section.type === elf.SHT_NOBITS;
  // Thread-local zeros take room only in the thread's own segment.
  if (tls && zeros && segment.type !== PT_TLS) return false;
  if (tls ? ![PT_TLS, PT_GNU_RELRO, elf.PT_LOAD].includes(segment.type) : [PT_TLS, PT_PHDR].includes(segment.type))
    return false;
  const loaded = [elf.PT_LOAD, PT_DYNAMIC, PT_GNU_EH_FRAME, elf.PT_GNU_STACK, PT_GNU_RELRO];
  if (!allocated && loaded.includes(segment.type)) return false;
  const within = (start: number, base: number, size: number) =>
    start >= base && start - base <= (size - 1) >>> 0 && start - base + section.size <= size;
  if (!zeros && !within(section.offset, segment.offset, segment.fileSize)) return false;
  if (allocated && !within(section.address, segment.virtualAddress, segment.memorySize)) return false;
  if ((segment.type !== PT_DYNAMIC && segment.type !== elf.PT_NOTE) || section.size !== 0 || segment.memorySize === 0)
    return true;
  const interior = (start: number, base: number, size: number) => start > base && start - base < size;
  return (
    (zeros || interior(section.offset, segment.offset, segment.fileSize)) &&
    (!allocated || interior(section.address, segment.virtualAddress, segment.memorySize))
  );
}
