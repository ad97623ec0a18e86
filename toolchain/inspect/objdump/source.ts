// `objdump -l` and `-S`: the function, the line and the source text above the instructions that come from them.

import { DwarfError, type LineRow, type LineTable, readLineTables } from "../../../formats/dwarf-line.ts";
import { readUnits } from "../../../formats/dwarf-units.ts";
import * as elf from "../../../formats/elf32.ts";
import { contentsOf, type ElfView } from "../../../formats/elf32-view.ts";
import type { LookSection } from "../sections.ts";
import { sectionRelocations } from "./headers.ts";

export interface SourceOptions {
  /** -l: function names, files and line numbers. */
  lines: boolean;
  /** -S: the text of a source file, undefined when there is none. */
  read?: (path: string) => string | undefined;
}

/** The text of a file that was shown before. */
interface Shown {
  lines: string[];
  last: number;
  highest: number;
}

/** So many lines before the one that is meant are shown too, unless they were already. */
const CONTEXT = 5;

interface Place {
  file: string;
  row: LineRow;
}

export class SourceText {
  /** By rising address; where nothing is known the file is "". */
  private readonly places: { address: number; place: Place | undefined }[] = [];
  private readonly bases = new Map<LookSection, number>();
  private readonly files = new Map<string, Shown | undefined>();
  /** What kept the lines from being read. */
  note: string | undefined;
  private previous: { symbol?: string; line: number; discriminator?: number } = { line: -1 };

  constructor(
    view: ElfView,
    sections: LookSection[],
    private readonly options: SourceOptions,
  ) {
    // Sections of an object all begin at 0: here they stand one after the other, a byte apart.
    let base = 1;
    for (const section of sections) {
      if (view.header.type !== elf.ET_REL || !section.allocated) continue;
      this.bases.set(section, base);
      base += section.size + 1;
    }
    this.read(view, sections);
  }

  /** What stands above an instruction; nothing when it is what stood above the one before. */
  above(section: LookSection, address: number, symbol: string | undefined): string {
    const place = this.find((this.bases.get(section) ?? 0) + address);
    const { file, row } = place ?? {};
    let text = "";
    if (this.options.lines) {
      if (symbol !== undefined && symbol !== this.previous.symbol) {
        text += `${symbol}():\n`;
        this.previous.line = -1;
      }
      if (row && (row.line !== this.previous.line || row.discriminator !== this.previous.discriminator)) {
        const block = row.discriminator === undefined ? "" : ` (discriminator ${row.discriminator})`;
        text += `${file}:${row.line}${block}\n`;
      }
    }
    if (file !== undefined && row) text += this.sourceLines(file, row.line);
    if (symbol !== undefined) this.previous.symbol = symbol;
    if (row) this.previous = { ...this.previous, line: row.line, discriminator: row.discriminator };
    return text;
  }

  private sourceLines(file: string, line: number): string {
    const { read } = this.options;
    if (!read) return "";
    if (!this.files.has(file)) {
      const lines = read(file)?.split("\n");
      this.files.set(file, lines && { lines, last: 0, highest: 0 });
    }
    const shown = this.files.get(file);
    if (!shown || shown.last === line) return "";
    let from = Math.max(1, line - CONTEXT);
    if (shown.highest >= from) from = shown.highest < line ? shown.highest + 1 : line;
    shown.highest = Math.max(shown.highest, line);
    shown.last = line;
    const text = shown.lines.slice(from - 1, Math.min(line, shown.lines.length - 1));
    return text.map((one) => `${one}\n`).join("");
  }

  private find(address: number): Place | undefined {
    let low = 0;
    let high = this.places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.places[middle].address > address) high = middle;
      else low = middle + 1;
    }
    return low === 0 ? undefined : this.places[low - 1].place;
  }

  private read(view: ElfView, sections: LookSection[]): void {
    const named = (name: string) => {
      const section = sections.find((one) => one.name === name);
      return section && this.relocated(view, section, sections);
    };
    const bytes = named(".debug_line");
    if (!bytes) return;
    try {
      const strings = { lineStrings: named(".debug_line_str"), strings: named(".debug_str") };
      const info = named(".debug_info");
      const abbreviations = named(".debug_abbrev");
      const units = info && abbreviations ? readUnits(info, abbreviations, strings, view.name) : [];
      const directories = new Map(units.map((unit) => [unit.lines, unit.directory]));
      const data = new DataView(bytes.buffer);
      for (let at = 0; at < bytes.length; ) {
        const end = at + 4 + (at + 4 <= bytes.length ? data.getUint32(at, true) : 0);
        const tables = readLineTables(bytes.subarray(at, end), view.name, strings);
        for (const table of tables) this.addTable(table, directories.get(at) ?? "");
        at = end;
      }
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      // The code can be shown without its lines.
      this.note = `Warning: ${error.message}`;
    }
    // Of rows at one address the last one counts, but a sequence that begins there counts more than one that ends.
    const ends = ({ place }: { place: Place | undefined }) => (place ? 1 : 0);
    this.places.sort((a, b) => a.address - b.address || ends(a) - ends(b));
  }

  private addTable({ files, rows }: LineTable, directory: string): void {
    for (const row of rows) {
      const { name, directory: own } = files[row.file] ?? { name: "", directory: "" };
      const file = [directory, own, name].reduce((path, part) => {
        return path === "" || part.startsWith("/") ? part : part === "" ? path : `${path}/${part}`;
      });
      const known = !row.endSequence && row.line > 0;
      this.places.push({ address: row.address, place: known ? { file, row } : undefined });
    }
  }

  /** A section of an object with its absolute relocations applied, as if sections stood at their bases. */
  private relocated(view: ElfView, section: LookSection, sections: LookSection[]): Uint8Array {
    const bytes = contentsOf(view, section.elf).slice();
    const data = new DataView(bytes.buffer);
    const bySection = new Map(sections.map((one) => [one.elf, one]));
    for (const { offset, type, symbol } of sectionRelocations(view, section)) {
      if (type !== elf.R_386_32 || !symbol || offset + 4 > bytes.length) continue;
      const owner = symbol.section && bySection.get(symbol.section);
      const base = (owner && this.bases.get(owner)) ?? 0;
      data.setUint32(offset, data.getUint32(offset, true) + base + symbol.value, true);
    }
    return bytes;
  }
}
