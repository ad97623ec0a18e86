// The line table of an assembled object: .debug_line, and the .debug_info that lets a debugger find it. Each section of code is a
// unit of its own, since a unit's code is one stretch.

import { writeUnitInfo } from "../../formats/dwarf-info.ts";
import { type LineFile, type LineRow, writeLineTable } from "../../formats/dwarf-line.ts";
import * as elf from "../../formats/elf32.ts";
import type { ElfObject, ObjectSection, ObjectSymbol } from "../../formats/elf32-object.ts";

const PRODUCER = "MiniOS assembler";

export interface CodeLines {
  section: ObjectSection;
  /** Where each instruction stands in the section, ascending, and the line that made it. */
  rows: { offset: number; file: string; line: number }[];
}

/**
 * Adds the debug sections to the object.
 * @param name the source file
 * @param directory what file names are relative to
 */
export function addLines(object: ElfObject, units: readonly CodeLines[], name: string, directory: string): void {
  const lines = new DebugSection(".debug_line", object);
  const info = new DebugSection(".debug_info", object);
  const abbreviations = new DebugSection(".debug_abbrev", object);
  for (const { section, rows } of units) {
    const size = section.data instanceof Uint8Array ? section.data.length : 0;
    const code = sectionSymbol(object, section);
    const table = writeLineTable(lineTable(rows, size));
    const unit = writeUnitInfo({ name, directory, producer: PRODUCER, from: 0, to: size, functions: [] });
    const lineStart = lines.append(table.bytes);
    for (const field of table.addressFields) lines.relocate(lineStart + field, code);
    const infoStart = info.append(unit.info);
    for (const { offset, refersTo } of unit.fields) {
      const field = infoStart + offset;
      if (refersTo === "code") info.relocate(field, code);
      else if (refersTo === "lines") info.relocate(field, lines.symbol, lineStart);
      else info.relocate(field, abbreviations.symbol);
    }
    // All units are described by the same abbreviations.
    if (abbreviations.size === 0) abbreviations.append(unit.abbreviations);
  }
  for (const section of [lines, info, abbreviations]) section.finish();
}

function lineTable(rows: CodeLines["rows"], size: number): { files: LineFile[]; rows: LineRow[] } {
  const names = [...new Set(rows.map((row) => row.file))];
  const files = names.map((file) => {
    const slash = file.lastIndexOf("/");
    return { name: file.slice(slash + 1), directory: slash > 0 ? file.slice(0, slash) : slash === 0 ? "/" : "" };
  });
  const made = rows.map(({ offset, file, line }): LineRow => {
    return { address: offset, file: names.indexOf(file), line, column: 0, isStatement: true, endSequence: false };
  });
  made.push({ address: size, file: 0, line: 0, column: 0, isStatement: true, endSequence: true });
  return { files, rows: made };
}

function sectionSymbol(object: ElfObject, section: ObjectSection): ObjectSymbol {
  const known = object.symbols.find((symbol) => symbol.type === elf.STT_SECTION && symbol.section === section);
  if (known) return known;
  const symbol: ObjectSymbol = { name: "", binding: elf.STB_LOCAL, type: elf.STT_SECTION, section, value: 0, size: 0 };
  object.symbols.push(symbol);
  return symbol;
}

/** A debug section that grows unit by unit. */
class DebugSection {
  readonly symbol: ObjectSymbol;
  private readonly section: ObjectSection;
  private readonly parts: Uint8Array[] = [];
  private readonly addends: { offset: number; value: number }[] = [];
  size = 0;

  constructor(name: string, object: ElfObject) {
    this.section = { name, type: elf.SHT_PROGBITS, flags: 0, align: 1, data: new Uint8Array(0), relocations: [] };
    object.sections.push(this.section);
    this.symbol = sectionSymbol(object, this.section);
  }

  /** Returns where the bytes start. */
  append(bytes: Uint8Array): number {
    const start = this.size;
    this.parts.push(bytes);
    this.size += bytes.length;
    return start;
  }

  /** Marks a word that holds an address; `addend` replaces what the word has now. */
  relocate(offset: number, symbol: ObjectSymbol, addend?: number): void {
    this.section.relocations.push({ offset, type: elf.R_386_32, symbol });
    if (addend !== undefined) this.addends.push({ offset, value: addend });
  }

  finish(): void {
    const data = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.parts) {
      data.set(part, at);
      at += part.length;
    }
    const view = new DataView(data.buffer);
    for (const { offset, value } of this.addends) view.setUint32(offset, value, true);
    this.section.data = data;
  }
}
