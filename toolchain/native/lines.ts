// The source map that asc wrote becomes a DWARF line table, so that debuggers and panics show TypeScript.

import { decodedMappings, TraceMap } from "@jridgewell/trace-mapping";
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
      name: shortName(f.name),
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

/** `kernel/thread/Scheduler#pick` is Scheduler#pick; what stands in the brackets of a generic function stays. */
export function shortName(name: string): string {
  const brackets = name.indexOf("<");
  const path = brackets < 0 ? name : name.slice(0, brackets);
  return name.slice(path.lastIndexOf("/") + 1);
}

function debugSection(name: string, data: Uint8Array): ObjectSection {
  return { name, type: elf.SHT_PROGBITS, flags: 0, align: 1, data, relocations: [] };
}

function sectionSymbol(section: ObjectSection): ObjectSymbol {
  return { name: "", binding: elf.STB_LOCAL, type: elf.STT_SECTION, section, value: 0, size: 0 };
}

/** One sequence a function; a row where the line changes. */
function makeLineTable(functions: PlacedFunction[], sourceMap: string): LineTable {
  const mappings = new Mappings(sourceMap);
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
    let last: Mapping | undefined;
    for (const { offset, at } of f.lines) {
      const mapping = at < 0 ? undefined : mappings.find(f.bodyStart, at);
      if (!mapping || (mapping.source === last?.source && mapping.line === last.line)) continue;
      // The first row covers the prologue too, wherever that came from.
      table.rows.push({
        address: last ? offset : f.offset,
        file: fileIndex(mapping.source),
        line: mapping.line,
        column: mapping.column,
        isStatement: true,
        endSequence: false,
      });
      last = mapping;
    }
    if (last)
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

interface Mapping {
  /** Offset in the module. */
  at: number;
  source: string;
  /** Both from 1. */
  line: number;
  column: number;
}

/** What a source map says. A WebAssembly source map has one line, whose columns are byte offsets. */
class Mappings {
  private readonly list: Mapping[] = [];

  constructor(sourceMap: string) {
    const map = new TraceMap(sourceMap);
    for (const segment of decodedMappings(map)[0] ?? []) {
      // asc leaves the operator of `x += y` and the like without a place: the operand before it has the right line.
      if (segment.length === 1) continue;
      const source = map.sources[segment[1]];
      if (source) this.list.push({ at: segment[0], source, line: segment[2] + 1, column: segment[3] + 1 });
    }
  }

  /** The last mapping at or before an offset, not before the function's. */
  find(from: number, at: number): Mapping | undefined {
    let [low, high] = [0, this.list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.list[middle].at > at) high = middle;
      else low = middle + 1;
    }
    const mapping = this.list[low - 1];
    return mapping && mapping.at >= from ? mapping : undefined;
  }
}
