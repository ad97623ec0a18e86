// Where in the source code comes from, by the line tables of objects and of a linked program.

import { DwarfError, type LineTable, readLineTables } from "../../formats/dwarf-line.ts";
import * as elf from "../../formats/elf32.ts";
import type { ElfExecutable } from "../../formats/elf32-executable.ts";
import { type ElfObject, type ObjectSection, sectionSize } from "../../formats/elf32-object.ts";
import type { LinkInput } from "./resolve.ts";

/** From this address on, up to the next entry's, code comes from that line; from nowhere known without a file. */
export interface AddressLine {
  address: number;
  file: string | undefined;
  line: number;
}

/** Lines of objects, for error messages. Each object's table is read when it is first asked for. */
export class SourceLines {
  private readonly known = new Map<LinkInput, ObjectLines>();

  /** "file:line" for an offset in a section of an object, or undefined when the object doesn't say. */
  find(input: LinkInput, section: ObjectSection, offset: number): string | undefined {
    let lines = this.known.get(input);
    if (!lines) {
      lines = objectLines(input.object, input.name);
      this.known.set(input, lines);
    }
    const base = lines.bases.get(section);
    if (base === undefined) return undefined;
    const row = lines.rows.findLast((candidate) => candidate.address <= base + offset);
    return row?.file !== undefined ? `${row.file}:${row.line}` : undefined;
  }
}

/** An object's lines, as if its sections stood one after the other at `bases`. */
interface ObjectLines {
  bases: Map<ObjectSection, number>;
  rows: AddressLine[];
}

function objectLines(object: ElfObject, name: string): ObjectLines {
  const lines: ObjectLines = { bases: new Map(), rows: [] };
  let base = 0;
  for (const section of object.sections) {
    lines.bases.set(section, base);
    // A byte between them keeps the end of one apart from the start of the next.
    base += sectionSize(section) + 1;
  }
  const debug = object.sections.find((section) => section.name === ".debug_line");
  if (!debug || !(debug.data instanceof Uint8Array)) return lines;
  const bytes = debug.data.slice();
  const view = new DataView(bytes.buffer);
  for (const { offset, type, symbol } of debug.relocations) {
    if (type !== elf.R_386_32 || typeof symbol.section === "string") continue;
    // Into a section of strings it is an offset; into code, a place among those laid out here.
    const isCode = (symbol.section.flags & elf.SHF_ALLOC) !== 0;
    const base = isCode ? (lines.bases.get(symbol.section) ?? 0) : 0;
    view.setUint32(offset, view.getUint32(offset, true) + base + symbol.value, true);
  }
  try {
    const strings = (section: string) => {
      const data = object.sections.find((candidate) => candidate.name === section)?.data;
      return data instanceof Uint8Array ? data : undefined;
    };
    lines.rows = addressLines(
      readLineTables(bytes, name, { lineStrings: strings(".debug_line_str"), strings: strings(".debug_str") }),
    );
  } catch (error) {
    // A line table that can't be read must not hide the message it was wanted for.
    if (!(error instanceof DwarfError)) throw error;
  }
  return lines;
}

/**
 * The line table of a linked program, sorted by address.
 * @throws DwarfError
 */
export function executableLines(executable: ElfExecutable, name: string): AddressLine[] {
  const debug = executable.sections.find((section) => section.name === ".debug_line");
  return debug?.data instanceof Uint8Array ? addressLines(readLineTables(debug.data, name)) : [];
}

/** All sequences of all tables in order of address, each closed by an entry without a file unless the next one follows at once. */
function addressLines(tables: LineTable[]): AddressLine[] {
  const sequences: AddressLine[][] = [];
  for (const { files, rows } of tables) {
    let sequence: AddressLine[] = [];
    for (const { address, file, line, endSequence } of rows) {
      const { name, directory } = files[file] ?? { name: "", directory: "" };
      const known = !endSequence && line > 0;
      const path = directory === "" ? name : `${directory.replace(/\/$/, "")}/${name}`;
      sequence.push({ address, file: known ? path : undefined, line: known ? line : 0 });
      if (!endSequence) continue;
      if (sequence.length > 1) sequences.push(sequence);
      sequence = [];
    }
  }
  sequences.sort((a, b) => a[0].address - b[0].address);
  return sequences.flatMap((sequence, i) => {
    const end = sequence[sequence.length - 1].address;
    const next = sequences[i + 1]?.[0].address;
    return next !== undefined && next <= end ? sequence.slice(0, -1) : sequence;
  });
}
