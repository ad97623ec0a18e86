// Which source line an address belongs to, and the other way: from the line table and the symbols of an executable.

import { type LineFile, readLineTables } from "../../formats/dwarf-line.ts";
import { contentsOf, fileSymbols, viewElf } from "../../formats/elf32-view.ts";

/** A place in a source. Line and column count from 1; column 0: the whole line. */
export interface SourcePlace {
  path: string;
  line: number;
  column: number;
}

interface Row extends SourcePlace {
  address: number;
  /** Nothing is known from here on. */
  ends: boolean;
}

interface NamedRange {
  start: number;
  end: number;
  name: string;
}

const UNTYPED = 0;
const DATA = 1;
const FUNCTION = 2;

export class LineMap {
  private readonly rows: readonly Row[];
  private readonly functions: readonly NamedRange[];
  private readonly data: ReadonlyMap<string, number>;
  private readonly labels: ReadonlyMap<string, number>;
  /** By path: where each line with code starts, sorted by line. */
  private readonly lines = new Map<string, { line: number; address: number }[]>();

  /** @throws an error of the format's when the bytes are no ELF32 executable or its tables are damaged */
  constructor(elf: Uint8Array, name: string) {
    const view = viewElf(elf, name);
    const section = (wanted: string) => {
      const found = view.sections.find((one) => one.name === wanted);
      return found && contentsOf(view, found);
    };
    this.rows = readRows(section(".debug_line"), section(".debug_line_str"), name);
    for (const { path, line, address, ends } of this.rows) {
      if (ends || line === 0) continue;
      const known = this.lines.get(path) ?? [];
      if (!known.some((one) => one.line === line && one.address <= address)) known.push({ line, address });
      this.lines.set(path, known);
    }
    for (const known of this.lines.values()) known.sort((a, b) => a.line - b.line || a.address - b.address);
    const symbols = fileSymbols(view);
    this.data = new Map(symbols.filter(({ type }) => type === DATA).map(({ name: symbol, value }) => [symbol, value]));
    this.labels = new Map(
      symbols.filter(({ type }) => type === UNTYPED).map(({ name: symbol, value }) => [symbol, value]),
    );
    this.functions = symbols
      .filter(({ type, size }) => type === FUNCTION && size > 0)
      .map((symbol) => ({ start: symbol.value, end: symbol.value + symbol.size, name: symbol.name }))
      .sort((a, b) => a.start - b.start);
  }

  get paths(): string[] {
    return [...this.lines.keys()].sort();
  }

  placeOf(address: number): SourcePlace | undefined {
    const row = this.rows[lastAtMost(this.rows, address, (one) => one.address)];
    return row && !row.ends && row.line > 0 ? { path: row.path, line: row.line, column: row.column } : undefined;
  }

  /** The instructions [first, end) around an address that belong to its line. */
  rangeOf(address: number): { first: number; end: number } | undefined {
    const at = lastAtMost(this.rows, address, (row) => row.address);
    const row = this.rows[at];
    if (!row || row.ends || row.line === 0) return undefined;
    const isSame = (other: Row | undefined) =>
      other && !other.ends && other.path === row.path && other.line === row.line;
    let first = at;
    while (isSame(this.rows[first - 1])) first--;
    let last = at;
    while (isSame(this.rows[last + 1])) last++;
    const end = this.rows[last + 1]?.address;
    return end === undefined ? undefined : { first: this.rows[first]?.address ?? row.address, end };
  }

  /** The function that an address is in, and how far. */
  functionOf(address: number): { name: string; offset: number } | undefined {
    const found = this.functions[lastAtMost(this.functions, address, (one) => one.start)];
    return found && address < found.end ? { name: found.name, offset: address - found.start } : undefined;
  }

  /** Where a label of assembly stands. */
  addressOfLabel(name: string): number | undefined {
    return this.labels.get(name);
  }

  /** Where a variable stands: a global of the kernel by its module and name. */
  addressOfData(name: string): number | undefined {
    return this.data.get(name);
  }

  /** The variables whose name is this, or ends with it behind a slash: `current` is `kernel/thread/scheduler/current`. */
  dataNamed(name: string): { name: string; address: number }[] {
    return [...this.data]
      .filter(([full]) => full === name || full.endsWith(`/${name}`))
      .map(([full, address]) => ({ name: full, address }));
  }

  /** Where the function of this name starts. */
  addressOfFunction(name: string): number | undefined {
    return this.functions.find((one) => one.name === name)?.start;
  }

  /** Where the code of a line starts: of the line itself, or of the next one below that has code. */
  breakpointAt(path: string, line: number): { line: number; address: number } | undefined {
    return this.lines.get(path)?.find((one) => one.line >= line);
  }
}

function readRows(table: Uint8Array | undefined, strings: Uint8Array | undefined, name: string): Row[] {
  if (!table) return [];
  const rows: Row[] = [];
  for (const { files, rows: written } of readLineTables(table, name, strings && { lineStrings: strings })) {
    for (const { address, file, line, column, endSequence } of written) {
      rows.push({ address, path: pathOf(files[file]), line, column, ends: endSequence });
    }
  }
  // A sequence may end where the next one begins: the beginning counts.
  return rows.sort((a, b) => a.address - b.address || Number(b.ends) - Number(a.ends));
}

/** Files are named as the tree names them; of a directory of compilation elsewhere nothing is known here. */
function pathOf(file: LineFile | undefined): string {
  if (!file) return "";
  return file.directory === "" || file.name.startsWith("/") ? file.name : `${file.directory}/${file.name}`;
}

/** The index of the last element whose key is at most `value`; -1 when there is none. */
function lastAtMost<T>(sorted: readonly T[], value: number, key: (element: T) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const element = sorted[middle];
    if (element !== undefined && key(element) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
