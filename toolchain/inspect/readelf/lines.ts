// `readelf --debug-dump=decodedline` (-wL): the line tables as rows of file, line and address.
// A row's view counts the rows at one address, as GNU as counts them for its `.loc view`.

import { DwarfError, type LineRow, type ReadLineTable, readLineTables } from "../../../formats/dwarf-line.ts";
import * as elf from "../../../formats/elf32.ts";
import { contentsOf, type ElfView, relocationsOf, symbolsOf, type ViewSection } from "../../../formats/elf32-view.ts";

const COLUMNS = "File name                            Line number    Starting address    View    Stmt\n";
const NAME_WIDTH = 35;

/** @param note is told what kept a table from being read */
export function decodedLines(view: ElfView, wide: boolean, note: (text: string) => void): string {
  const named = (name: string) => {
    const section = view.sections.find((one) => one.name === name);
    return section && relocated(view, section);
  };
  const strings = { lineStrings: named(".debug_line_str"), strings: named(".debug_str") };
  let text = "";
  for (const section of view.sections) {
    if (section.name !== ".debug_line") continue;
    text += "Contents of the .debug_line section:\n\n";
    try {
      for (const table of readLineTables(relocated(view, section), view.name, strings)) text += unit(table, wide);
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      note(`Warning: ${error.message}`);
    }
  }
  return text;
}

function unit(table: ReadLineTable, wide: boolean): string {
  let text = heading(table, wide);
  if (table.files.length > 0) text += COLUMNS;
  // A program begins with file 1, which is the second where they are counted from 0.
  const first = table.version >= 5 ? 1 : 0;
  let [file, before]: [number, LineRow | undefined] = [first, undefined];
  let viewNumber = 0;
  for (const row of table.rows) {
    if (row.file !== file) text += fileChange(table, row.file);
    file = row.file;
    viewNumber = before && before.address === row.address ? viewNumber + 1 : 0;
    text += line(table, row, viewNumber, wide);
    before = row.endSequence ? undefined : row;
    if (row.endSequence) file = first;
  }
  return `${text}\n`;
}

function heading({ version, files, directories, fileDirectories }: ReadLineTable, wide: boolean): string {
  if (files.length === 0) return "CU: No directory table\n";
  const [{ name }] = files;
  if (directories.length === 0) return `CU: ${name}:\n`;
  if (!wide) return `${name}:\n`;
  const [at] = fileDirectories;
  const directory = version >= 5 ? directories[at] : at === 0 ? "." : directories[at - 1];
  return `CU: ${directory ?? "<corrupt>"}/${name}:\n`;
}

function fileChange({ version, files, directories, fileDirectories }: ReadLineTable, file: number): string {
  const at = fileDirectories[file];
  if (files[file] === undefined) return "";
  const { name } = files[file];
  if (at === 0 && version < 5) return `\n./${name}:[++]\n`;
  return `\n${directories[version >= 5 ? at : at - 1] ?? "<corrupt>"}/${name}:\n`;
}

function line({ files }: ReadLineTable, row: LineRow, viewNumber: number, wide: boolean): string {
  const name = files[row.file]?.name ?? "<unknown>";
  const shown = wide ? name : name.slice(-NAME_WIDTH);
  const address = row.address === 0 ? "0" : `0x${row.address.toString(16)}`;
  const number = row.endSequence ? "-" : String(row.line);
  const columns = `${shown.padEnd(NAME_WIDTH)}  ${number.padStart(11)}  ${address.padStart(18)}`;
  if (row.endSequence) return `${columns}\n\n`;
  const views = viewNumber > 0 ? `  ${String(viewNumber).padStart(6)}` : "        ";
  return `${columns}${views}${row.isStatement ? "       x" : ""}\n`;
}

/** The contents of a section with its absolute relocations applied, as if all sections stood at 0. */
function relocated(view: ElfView, section: ViewSection): Uint8Array {
  const contents = contentsOf(view, section);
  if (view.header.type !== elf.ET_REL) return contents;
  const bytes = contents.slice();
  const data = new DataView(bytes.buffer);
  for (const table of view.sections) {
    const symbols = view.sections.at(table.link);
    if (table.type !== elf.SHT_REL || table.info !== section.index || !symbols) continue;
    for (const { offset, type, symbol } of relocationsOf(view, table, symbolsOf(view, symbols)))
      if (type === elf.R_386_32 && symbol && offset + 4 <= bytes.length)
        data.setUint32(offset, data.getUint32(offset, true) + symbol.value, true);
  }
  return bytes;
}
