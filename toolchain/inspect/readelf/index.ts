// `readelf`: everything in an ELF32 file, as GNU readelf 2.40 shows it. A broken file is shown as far as it goes, with a note for
// each fault.

import * as elf from "../../../formats/elf32.ts";
import { type ElfView, viewElf } from "../../../formats/elf32-view.ts";
import { type InputFile, itemName, itemsOf, type Report } from "../report.ts";
import { chosenSections, hexDump, notes, stringDump } from "./dumps.ts";
import { dynamicSection } from "./dynamic.ts";
import { fileHeader, programHeaders, sectionGroups, sectionHeaders } from "./headers.ts";
import { decodedLines } from "./lines.ts";
import { relocations, symbolTables } from "./symbols.ts";

export interface ReadelfOptions {
  /** -h, -S, -g, -l, -d, -r, -s, --dyn-syms, -n, -u, -V, of which -a is all; -wL. */
  show: ReadonlySet<ReadelfView>;
  /** -W. */
  wide: boolean;
  /** The arguments of -x and -p: numbers or names of sections, in the order given. */
  dumps: readonly { kind: "hex" | "string"; section: string }[];
}

export type ReadelfView =
  | "header"
  | "sections"
  | "groups"
  | "segments"
  | "dynamic"
  | "relocations"
  | "unwind"
  | "symbols"
  | "dynamic-symbols"
  | "versions"
  | "notes"
  | "lines";

export const ALL_VIEWS: readonly ReadelfView[] = [
  "header",
  "sections",
  "groups",
  "segments",
  "dynamic",
  "relocations",
  "unwind",
  "symbols",
  "versions",
  "notes",
];

/** After so many faults in one file the rest are counted only. */
const NOTES_LIMIT = 20;

/**
 * @param heading whether there are several files, so that each is named
 * @throws Elf32Error or ArchiveError when the file is neither an ELF32 file nor an archive
 */
export function readelf(file: InputFile, options: ReadelfOptions, heading = false): Report {
  const faults: string[] = [];
  let text = "";
  for (const item of itemsOf(file)) {
    if (heading || item.archive !== undefined) text += `\nFile: ${itemName(item)}\n`;
    const view = viewElf(item.bytes, itemName(item), (fault) => faults.push(`Warning: ${fault.message}`));
    text += show(view, options, faults);
  }
  // The same fault is met by each view that reads the table.
  const distinct = [...new Set(faults)];
  const hidden = distinct.length - NOTES_LIMIT;
  if (hidden > 0) distinct.splice(NOTES_LIMIT, hidden, `Warning: ${hidden} more faults`);
  return { text, notes: distinct };
}

function show(view: ElfView, { show, wide, dumps }: ReadelfOptions, faults: string[]): string {
  const alone = !show.has("header");
  let text = "";
  if (show.has("header")) text += fileHeader(view);
  if (show.has("sections")) text += sectionHeaders(view, wide, alone);
  if (show.has("groups")) text += sectionGroups(view);
  if (show.has("segments")) text += programHeaders(view, alone);
  if (show.has("dynamic")) text += dynamicSection(view);
  if (show.has("relocations")) text += relocations(view, wide);
  if (show.has("unwind") && view.header.machine === elf.EM_386)
    text += "No processor specific unwind information to decode\n";
  if (show.has("symbols") || show.has("dynamic-symbols")) text += symbolTables(view, wide, !show.has("symbols"));
  if (show.has("versions")) text += "\nNo version information found in this file.\n";
  for (const { kind, section } of dumps) {
    const chosen = chosenSections(view, section);
    if (chosen.length === 0) faults.push(`Warning: Section '${section}' was not dumped because it does not exist`);
    for (const one of chosen) text += kind === "hex" ? hexDump(view, one) : stringDump(view, one);
  }
  if (show.has("notes")) text += notes(view, wide);
  if (show.has("lines")) text += decodedLines(view, wide, (fault) => faults.push(fault));
  return text;
}
