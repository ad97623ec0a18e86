// Sections and symbols as GNU's tools other than readelf see them: tables that only hold the file together are left out, and a
// section is code, data, read-only … rather than a set of ELF bits.

import * as elf from "../../formats/elf32.ts";
import { type ElfView, fault, fileSymbols, type ViewSection, type ViewSymbol } from "../../formats/elf32-view.ts";

export interface LookSection {
  elf: ViewSection;
  name: string;
  size: number;
  address: number;
  allocated: boolean;
  hasContents: boolean;
  readOnly: boolean;
  code: boolean;
  /** Loaded, and not code. */
  data: boolean;
  debugging: boolean;
  /** The relocation tables that belong to it. */
  relocations: ViewSection[];
}

const DEBUG_PREFIXES = [".debug", ".gnu.debuglto_.debug_", ".gnu.linkonce.wi.", ".zdebug", ".line", ".stab"];

/** The sections of a file, in its order. */
export function lookSections(view: ElfView): LookSection[] {
  const owners = new Map<number, ViewSection[]>();
  const result: LookSection[] = [];
  for (const section of view.sections) {
    const target = relocationTarget(view, section);
    if (target !== undefined) owners.set(target, [...(owners.get(target) ?? []), section]);
    else if (isShown(section)) result.push(look(section));
  }
  for (const section of result) section.relocations = owners.get(section.elf.index) ?? [];
  for (const { elf: section } of result)
    if (section.type !== elf.SHT_NOBITS && section.offset + section.size > view.bytes.length)
      fault(
        view,
        section.at + 16,
        `contents of ${section.name} inside the file`,
        `end at ${elf.hex(view.bytes.length)}`,
      );
  return result;
}

/** The index of the section that a relocation table of a relocatable object belongs to. */
function relocationTarget(view: ElfView, section: ViewSection): number | undefined {
  if (section.type !== elf.SHT_REL && section.type !== elf.SHT_RELA) return undefined;
  if ((section.flags & elf.SHF_ALLOC) !== 0) return undefined;
  const table = view.sections.at(section.link);
  const target = section.info === 0 ? undefined : view.sections.at(section.info);
  return table?.type === elf.SHT_SYMTAB && target ? target.index : undefined;
}

function isShown(section: ViewSection): boolean {
  switch (section.type) {
    case elf.SHT_NULL:
    case elf.SHT_SYMTAB:
    case elf.SHT_SYMTAB_SHNDX:
      return false;
    case elf.SHT_STRTAB:
      return (section.flags & elf.SHF_ALLOC) !== 0;
    default:
      return true;
  }
}

function look(section: ViewSection): LookSection {
  const allocated = (section.flags & elf.SHF_ALLOC) !== 0;
  const hasContents = section.type !== elf.SHT_NOBITS;
  const code = (section.flags & elf.SHF_EXECINSTR) !== 0;
  return {
    elf: section,
    name: section.name,
    size: section.size,
    address: section.address,
    allocated,
    hasContents,
    readOnly: (section.flags & elf.SHF_WRITE) === 0,
    code,
    data: !code && allocated && hasContents,
    debugging: !allocated && DEBUG_PREFIXES.some((prefix) => section.name.startsWith(prefix)),
    relocations: [],
  };
}

/** A symbol with what these tools make of it. */
export interface LookSymbol {
  elf: ViewSymbol;
  /** Section symbols take their section's name. */
  name: string;
  /** The size for common symbols. */
  value: number;
  place: LookSection | "undefined" | "absolute" | "common";
}

/** The file's symbols (the dynamic ones when asked), without the null symbol. */
export function lookSymbols(view: ElfView, sections: LookSection[], dynamic = false): LookSymbol[] {
  const bySection = new Map(sections.map((section) => [section.elf, section]));
  const symbols = fileSymbols(view, dynamic ? elf.SHT_DYNSYM : elf.SHT_SYMTAB).slice(1);
  return symbols.map((symbol) => lookSymbol(symbol, bySection));
}

function lookSymbol(symbol: ViewSymbol, bySection: Map<ViewSection, LookSection>): LookSymbol {
  const common = symbol.place === elf.SHN_COMMON;
  const section = symbol.section && bySection.get(symbol.section);
  return {
    elf: symbol,
    name: symbol.type === elf.STT_SECTION && symbol.name === "" ? (symbol.section?.name ?? "") : symbol.name,
    value: common ? symbol.size : symbol.value,
    place: section ?? (common ? "common" : symbol.place === elf.SHN_UNDEF ? "undefined" : "absolute"),
  };
}
