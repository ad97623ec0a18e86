// The source map that asc wrote becomes a DWARF line table, so that debuggers and panics show TypeScript.

import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { writeUnitInfo } from "../../formats/dwarf-info.ts";
import { type LineTable, writeLineTable } from "../../formats/dwarf-line.ts";
import * as elf from "../../formats/elf32.ts";
import type { ObjectSection, ObjectSymbol } from "../../formats/elf32-object.ts";
import type { BuiltObject, PlacedFunction } from "./object.ts";

const PRODUCER = "MiniOS native compiler";

/** Adds .debug_line, .debug_info and .debug_abbrev to the object. */
export function addLines(built: BuiltObject, sourceMap: string, name: string, directory: string): void {
  const table = makeLineTable(built.functions, sourceMap);
  const { object, textSymbol } = built;
  const lines = writeLineTable(table);
  const size = built.text.data instanceof Uint8Array ? built.text.data.length : 0;
  const exported = new Set(
    object.symbols.filter((s) => s.binding === elf.STB_GLOBAL && s.section === built.text).map((s) => s.value),
  );
  const unit = writeUnitInfo({
    name,
    directory,
    producer: PRODUCER,
    from: 0,
    to: size,
    functions: built.functions.map((f) => ({
      name: f.name,
      from: f.offset,
      to: f.offset + f.size,
      isExternal: exported.has(f.offset),
    })),
  });
  const lineSection = debugSection(".debug_line", lines.bytes);
  const infoSection = debugSection(".debug_info", unit.info);
  const abbreviationSection = debugSection(".debug_abbrev", unit.abbreviations);
  const symbols = {
    code: textSymbol,
    lines: sectionSymbol(lineSection),
    abbreviations: sectionSymbol(abbreviationSection),
  };
  for (const offset of lines.addressFields)
    lineSection.relocations.push({ offset, type: elf.R_386_32, symbol: textSymbol });
  for (const { offset, refersTo } of unit.fields)
    infoSection.relocations.push({ offset, type: elf.R_386_32, symbol: symbols[refersTo] });
  object.sections.push(lineSection, infoSection, abbreviationSection);
  object.symbols.unshift(symbols.lines, symbols.abbreviations);
}

function debugSection(name: string, data: Uint8Array): ObjectSection {
  return { name, type: elf.SHT_PROGBITS, flags: 0, align: 1, data, relocations: [] };
}

function sectionSymbol(section: ObjectSection): ObjectSymbol {
  return { name: "", binding: elf.STB_LOCAL, type: elf.STT_SECTION, section, value: 0, size: 0 };
}

/** One sequence a function; a row where the line changes. */
function makeLineTable(functions: PlacedFunction[], sourceMap: string): LineTable {
  const map = new TraceMap(sourceMap);
  const files = new Map<string, number>();
  const table: LineTable = { files: [], rows: [] };
  const fileIndex = (source: string): number => {
    let index = files.get(source);
    if (index === undefined) {
      const slash = source.lastIndexOf("/");
      index = table.files.push({ name: source.slice(slash + 1), directory: source.slice(0, Math.max(0, slash)) }) - 1;
      files.set(source, index);
    }
    return index;
  };
  for (const f of functions) {
    let last = "";
    let hasRows = false;
    for (const { offset, at } of f.lines) {
      if (at < 0) continue;
      // A WebAssembly source map has one line, whose columns are byte offsets.
      const { source, line, column } = originalPositionFor(map, { line: 1, column: at });
      if (source === null || `${source}:${line}` === last) continue;
      last = `${source}:${line}`;
      // The first row covers the prologue too, wherever that came from.
      const address = hasRows ? offset : f.offset;
      table.rows.push({
        address,
        file: fileIndex(source),
        line,
        column: column + 1,
        isStatement: true,
        endSequence: false,
      });
      hasRows = true;
    }
    if (hasRows)
      table.rows.push({
        address: f.offset + f.size,
        file: 0,
        line: 0,
        column: 0,
        isStatement: true,
        endSequence: true,
      });
  }
  return table;
}
