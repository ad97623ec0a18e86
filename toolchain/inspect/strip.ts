// `strip`: objects, programs and archives without their symbols or debug information, as GNU strip 2.40 leaves them.

import { isArchive, readArchive, writeArchive } from "../../formats/ar.ts";
import * as elf from "../../formats/elf32.ts";
import { isStaticRelocation, isStructure, rewriteElf } from "../../formats/elf32-rewrite.ts";
import {
  type ElfView,
  fault,
  fileSymbols,
  groupOf,
  relocationsOf,
  type ViewSection,
  type ViewSymbol,
  viewElf,
} from "../../formats/elf32-view.ts";
import type { InputFile } from "./report.ts";
import { lookSections } from "./sections.ts";

export interface StripOptions {
  /** -s; -g or -d; --strip-unneeded; "none" leaves all but what is named. */
  what: "all" | "debug" | "unneeded" | "none";
  /** -R: sections that go. */
  sections: readonly string[];
  /** -K: symbols that stay. */
  keep: readonly string[];
  /** -N: symbols that go. */
  drop: readonly string[];
}

/**
 * @returns the file's new bytes
 * @throws Elf32Error or ArchiveError when the file is neither an object, a program nor an archive, or is broken
 */
export function strip(file: InputFile, options: StripOptions): Uint8Array {
  if (!isArchive(file.bytes)) return stripElf(viewElf(file.bytes, file.name), options);
  const { members, symbols: had } = readArchive(file.bytes, file.name);
  const stripped = members.map((member) => {
    const data = stripElf(viewElf(member.data, `${file.name}(${member.name})`), options);
    return { ...member, data };
  });
  // Members without symbols need no table of them.
  if (!had || options.what === "all") return writeArchive({ members: stripped, symbols: undefined });
  const symbols = stripped.flatMap((member) =>
    fileSymbols(viewElf(member.data, member.name))
      .filter(({ binding, place }) => binding !== elf.STB_LOCAL && place !== elf.SHN_UNDEF)
      .map(({ name }) => ({ name, member })),
  );
  return writeArchive({ members: stripped, symbols });
}

function stripElf(view: ElfView, options: StripOptions): Uint8Array {
  const debugging = new Set(lookSections(view).flatMap((section) => (section.debugging ? [section.elf] : [])));
  const symbols = fileSymbols(view);
  const keepsContents = (section: ViewSection) => {
    if (options.sections.includes(section.name)) return false;
    return options.what === "none" || !debugging.has(section);
  };
  const keepsSection = (section: ViewSection) => {
    if (section.type !== elf.SHT_GROUP) return keepsContents(section);
    const signature = symbols.at(section.info)?.name ?? "";
    if (options.what === "all" && !options.keep.includes(signature)) return false;
    const members = groupOf(view, section).members.flatMap((index) => view.sections.at(index) ?? []);
    return keepsContents(section) && members.some(keepsContents);
  };
  const kept = view.sections.filter((section) => !isStructure(view, section) && keepsSection(section));
  const needed = neededSymbols(view, new Set(kept.map(({ index }) => index)), symbols);
  return rewriteElf(view, {
    keepsSection,
    keepsSymbol: (symbol) => options.keep.includes(symbol.name) || isKept(view, symbol, needed, options),
    dropsRelocations: options.what === "all",
  });
}

/** The indexes of symbols that relocations and groups of the sections that stay refer to. */
function neededSymbols(view: ElfView, kept: Set<number>, symbols: readonly ViewSymbol[]): Set<number> {
  const needed = new Set<number>();
  for (const section of view.sections) {
    if (section.type === elf.SHT_GROUP && kept.has(section.index)) needed.add(section.info);
    if (!isStaticRelocation(section) || !kept.has(section.info)) continue;
    for (const { symbol } of relocationsOf(view, section, symbols)) if (symbol) needed.add(symbol.index);
  }
  return needed;
}

function isKept(view: ElfView, symbol: ViewSymbol, needed: Set<number>, { what, drop }: StripOptions): boolean {
  const { type, binding, place } = symbol;
  const debugging = type === elf.STT_SECTION || type === elf.STT_FILE;
  if (what === "all") return false;
  const dropped = drop.includes(symbol.name);
  if (dropped && needed.has(symbol.index))
    fault(view, 0, "to drop symbols that no relocation names", `'${symbol.name}', which one does`);
  if (needed.has(symbol.index)) return true;
  if (dropped) return false;
  const defined = place !== elf.SHN_UNDEF;
  if (view.header.type === elf.ET_REL && defined && binding !== elf.STB_LOCAL) return true;
  if (debugging) return what === "none";
  return what !== "unneeded";
}
