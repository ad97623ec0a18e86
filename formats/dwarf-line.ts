// DWARF line tables (.debug_line), versions 2 to 5: which source line each instruction belongs to. Model, writer and reader.
// The writer makes version 3 for 32-bit code and leaves addresses relative to a section for relocation; the reader takes what
// compilers and linkers make.
// Source: DWARF Debugging Information Format 3 (2005), section 6.2; 4 (2010) and 5 (2017), section 6.2, for what they add.

import {
  DW_LNCT_directory_index,
  DW_LNCT_path,
  DW_LNE_define_file,
  DW_LNE_end_sequence,
  DW_LNE_set_address,
  DW_LNE_set_discriminator,
  DW_LNS_advance_line,
  DW_LNS_advance_pc,
  DW_LNS_const_add_pc,
  DW_LNS_copy,
  DW_LNS_fixed_advance_pc,
  DW_LNS_negate_stmt,
  DW_LNS_set_basic_block,
  DW_LNS_set_column,
  DW_LNS_set_file,
  LINE_BASE,
  LINE_RANGE,
  OPCODE_BASE,
  OPCODE_LENGTHS,
} from "./dwarf-constants.ts";

export interface LineRow {
  address: number;
  /** Index in the table's files. */
  file: number;
  line: number;
  /** From 1; 0 when not known. */
  column: number;
  /** A good place for a breakpoint. */
  isStatement: boolean;
  /** One past the last instruction of a run of rows; its line means nothing. */
  endSequence: boolean;
  /** Tells blocks of one line apart; absent when 0. */
  discriminator?: number;
}

/** String sections that version 5 refers to, relocations applied. */
export interface LineStrings {
  /** .debug_line_str */
  lineStrings?: Uint8Array;
  /** .debug_str */
  strings?: Uint8Array;
}

export interface LineFile {
  name: string;
  /** "" is the directory of compilation. */
  directory: string;
}

/** The line table of one compilation unit. Rows are in sequences of rising addresses, each closed by an endSequence. */
export interface LineTable {
  files: LineFile[];
  rows: LineRow[];
}

/** A table as it was read, with what only those want to know who show it. */
export interface ReadLineTable extends LineTable {
  version: number;
  /** As they stand in the table: from version 5 on the first is the directory of compilation, before that it has no entry. */
  directories: string[];
  /** For each file its directory's number: the index in `directories`, or before version 5 one more; 0 for the directory of compilation. */
  fileDirectories: number[];
}

export interface WrittenLines {
  bytes: Uint8Array;
  /** Offsets of the 32-bit address fields, which hold a section offset that a relocation makes an address. */
  addressFields: number[];
}

export class DwarfError extends Error {
  override readonly name = "DwarfError";

  constructor(
    readonly file: string,
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${file}: .debug_line offset 0x${offset.toString(16)}: expected ${expected}, found ${found}`);
  }
}

export function writeLineTable(table: LineTable): WrittenLines {
  const directories = [...new Set(table.files.map((file) => file.directory))].filter((name) => name !== "");
  const header = new ByteWriter();
  header.bytes.push(1, 1, LINE_BASE & 0xff, LINE_RANGE, OPCODE_BASE, ...OPCODE_LENGTHS);
  for (const name of directories) header.string(name);
  header.bytes.push(0);
  for (const file of table.files) {
    header.string(file.name);
    header.unsigned(directories.indexOf(file.directory) + 1);
    header.unsigned(0);
    header.unsigned(0);
  }
  header.bytes.push(0);
  const out = new ByteWriter();
  out.word(0);
  out.bytes.push(3, 0);
  out.word(header.bytes.length);
  for (const byte of header.bytes) out.bytes.push(byte);
  const addressFields = writeProgram(out, table.rows);
  const bytes = Uint8Array.from(out.bytes);
  new DataView(bytes.buffer).setUint32(0, bytes.length - 4, true);
  return { bytes, addressFields };
}

function writeProgram(out: ByteWriter, rows: LineRow[]): number[] {
  const addressFields: number[] = [];
  let state: LineRow | undefined;
  for (const row of rows) {
    if (!state) {
      out.bytes.push(0, 5, DW_LNE_set_address);
      addressFields.push(out.bytes.length);
      out.word(row.address);
      state = { address: row.address, file: 0, line: 1, column: 0, isStatement: true, endSequence: false };
    }
    if (row.endSequence) {
      out.bytes.push(DW_LNS_advance_pc);
      out.unsigned(row.address - state.address);
      out.bytes.push(0, 1, DW_LNE_end_sequence);
      state = undefined;
      continue;
    }
    writeRow(out, state, row);
    state = row;
  }
  return addressFields;
}

function writeRow(out: ByteWriter, state: LineRow, row: LineRow): void {
  if (row.file !== state.file) {
    out.bytes.push(DW_LNS_set_file);
    out.unsigned(row.file + 1);
  }
  if (row.column !== state.column) {
    out.bytes.push(DW_LNS_set_column);
    out.unsigned(row.column);
  }
  if (row.isStatement !== state.isStatement) out.bytes.push(DW_LNS_negate_stmt);
  const lines = row.line - state.line;
  const bytes = row.address - state.address;
  const special = lines - LINE_BASE + LINE_RANGE * bytes + OPCODE_BASE;
  if (lines >= LINE_BASE && lines < LINE_BASE + LINE_RANGE && special <= 255) {
    out.bytes.push(special);
    return;
  }
  out.bytes.push(DW_LNS_advance_pc);
  out.unsigned(bytes);
  out.bytes.push(DW_LNS_advance_line);
  out.signed(lines);
  out.bytes.push(DW_LNS_copy);
}

/** Writes the primitive encodings of DWARF: little-endian words, LEB128 numbers, strings. */
export class ByteWriter {
  readonly bytes: number[] = [];

  word(value: number): void {
    for (let i = 0; i < 32; i += 8) this.bytes.push((value >>> i) & 0xff);
  }

  unsigned(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.bytes.push((rest & 0x7f) | 0x80);
    this.bytes.push(rest);
  }

  signed(value: number): void {
    for (let rest = value; ; rest >>= 7) {
      const isLast = (rest >= -64 && rest < 64) as boolean;
      this.bytes.push((rest & 0x7f) | (isLast ? 0 : 0x80));
      if (isLast) return;
    }
  }

  string(text: string): void {
    for (const byte of new TextEncoder().encode(text)) this.bytes.push(byte);
    this.bytes.push(0);
  }
}

/**
 * Reads every line table of a .debug_line section whose relocations are applied.
 * @param name the file's name, for the errors
 * @param strings needed for tables of version 5
 * @throws DwarfError
 */
export function readLineTables(bytes: Uint8Array, name: string, strings: LineStrings = {}): ReadLineTable[] {
  const tables: ReadLineTable[] = [];
  for (let at = 0; at < bytes.length; ) {
    const reader = new ByteReader(name, bytes, at, bytes.length);
    const size = reader.word();
    if (size > bytes.length - at - 4) reader.fail(`a unit of at most ${bytes.length - at - 4} bytes`, `${size}`, at);
    tables.push(readUnit(new ByteReader(name, bytes, at + 4, at + 4 + size), strings));
    at += 4 + size;
  }
  return tables;
}

interface Header {
  minimumLength: number;
  defaultIsStatement: boolean;
  lineBase: number;
  lineRange: number;
  opcodeLengths: number[];
  /** The number of the first file. */
  firstFile: 0 | 1;
}

function readUnit(reader: ByteReader, strings: LineStrings): ReadLineTable {
  const version = reader.half();
  if (version < 2 || version > 5) reader.fail("version 2 to 5", `${version}`, reader.at - 2);
  if (version >= 5) {
    if (reader.byte() !== 4) reader.fail("addresses of 4 bytes", "other ones", reader.at - 1);
    reader.byte();
  }
  const headerLength = reader.word();
  const programStart = reader.at + headerLength;
  const minimumLength = reader.byte();
  if (version >= 4 && reader.byte() !== 1) reader.fail("one operation in an instruction", "more", reader.at - 1);
  const defaultIsStatement = reader.byte() !== 0;
  const lineBase = (reader.byte() << 24) >> 24;
  const lineRange = reader.byte();
  if (lineRange === 0) reader.fail("a line range above 0", "0", reader.at - 1);
  const opcodeBase = reader.byte();
  const opcodeLengths = Array.from({ length: Math.max(0, opcodeBase - 1) }, () => reader.byte());
  const directories = [""];
  const table: ReadLineTable = { files: [], rows: [], version, directories: [], fileDirectories: [] };
  if (version >= 5) readTables5(reader, strings, table, directories);
  else {
    for (let text = reader.string(); text !== ""; text = reader.string()) directories.push(text);
    for (let text = reader.string(); text !== ""; text = reader.string()) readFile(reader, text, directories, table);
    table.directories = directories.slice(1);
  }
  if (programStart > reader.end) reader.fail("a program within the unit", "a longer header", reader.at);
  reader.at = programStart;
  const firstFile = version >= 5 ? 0 : 1;
  const header: Header = { minimumLength, defaultIsStatement, lineBase, lineRange, opcodeLengths, firstFile };
  readProgram(reader, header, directories, table);
  return table;
}

/** Version 5 describes what it says of directories and files, and both are counted from 0. */
function readTables5(reader: ByteReader, strings: LineStrings, table: ReadLineTable, directories: string[]): void {
  directories.length = 0;
  for (const { name } of readEntries5(reader, strings)) {
    directories.push(directories.length === 0 || name.startsWith("/") ? name : `${directories[0]}/${name}`);
    table.directories.push(name);
  }
  for (const { name, directory } of readEntries5(reader, strings)) {
    table.files.push({ name, directory: directories[directory] ?? "" });
    table.fileDirectories.push(directory);
  }
}

function readEntries5(reader: ByteReader, strings: LineStrings): { name: string; directory: number }[] {
  const formats: [content: number, form: number][] = [];
  for (let count = reader.byte(); count > 0; count--) formats.push([reader.unsigned(), reader.unsigned()]);
  const entries: { name: string; directory: number }[] = [];
  const count = reader.unsigned();
  if (count > reader.end - reader.at) reader.fail("as many entries as there are bytes at most", `${count}`, reader.at);
  for (let i = 0; i < count; i++) {
    const entry = { name: "", directory: 0 };
    for (const [content, form] of formats) {
      const value = readForm(reader, strings, form);
      if (content === DW_LNCT_path && typeof value === "string") entry.name = value;
      if (content === DW_LNCT_directory_index && typeof value === "number") entry.directory = value;
    }
    entries.push(entry);
  }
  return entries;
}

/** A value in one of the forms that producers use for names, indexes, times, sizes and MD5 sums. */
function readForm(reader: ByteReader, { lineStrings, strings }: LineStrings, form: number): string | number {
  switch (form) {
    case 0x08: // DW_FORM_string
      return reader.string();
    case 0x0e: // DW_FORM_strp
      return reader.stringAt(strings, reader.word());
    case 0x1f: // DW_FORM_line_strp
      return reader.stringAt(lineStrings, reader.word());
    case 0x0b: // DW_FORM_data1
      return reader.byte();
    case 0x05: // DW_FORM_data2
      return reader.half();
    case 0x06: // DW_FORM_data4
      return reader.word();
    case 0x0f: // DW_FORM_udata
      return reader.unsigned();
    case 0x1e: // DW_FORM_data16
      for (let i = 0; i < 4; i++) reader.word();
      return 0;
    default:
      return reader.fail("a form of names, numbers or MD5 sums", `0x${form.toString(16)}`, reader.at);
  }
}

function readFile(reader: ByteReader, name: string, directories: string[], table: ReadLineTable): void {
  const directory = reader.unsigned();
  reader.unsigned();
  reader.unsigned();
  table.files.push({ name, directory: directories[directory] ?? "" });
  table.fileDirectories.push(directory);
}

function readProgram(reader: ByteReader, header: Header, directories: string[], table: ReadLineTable): void {
  const start = (): LineRow => ({
    address: 0,
    file: 1 - header.firstFile,
    line: 1,
    column: 0,
    isStatement: header.defaultIsStatement,
    endSequence: false,
  });
  const opcodeBase = header.opcodeLengths.length + 1;
  let state = start();
  const advance = (count: number): void => {
    state.address = (state.address + count * header.minimumLength) >>> 0;
  };
  const append = (): void => {
    if (!state.endSequence && !table.files[state.file])
      reader.fail(
        `a file number below ${table.files.length + header.firstFile}`,
        `${state.file + header.firstFile}`,
        reader.at,
      );
    table.rows.push({ ...state });
    delete state.discriminator;
  };
  while (reader.at < reader.end) {
    const opcode = reader.byte();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      advance(Math.floor(adjusted / header.lineRange));
      state.line += header.lineBase + (adjusted % header.lineRange);
      append();
      continue;
    }
    switch (opcode) {
      case 0: {
        const end = reader.unsigned() + reader.at;
        if (end > reader.end || end === reader.at) reader.fail("an extended opcode within the unit", "none", reader.at);
        const extended = reader.byte();
        if (extended === DW_LNE_end_sequence) {
          state.endSequence = true;
          append();
          state = start();
        } else if (extended === DW_LNE_set_address) state.address = reader.word();
        else if (extended === DW_LNE_set_discriminator) {
          const discriminator = reader.unsigned();
          if (discriminator !== 0) state.discriminator = discriminator;
        } else if (extended === DW_LNE_define_file) readFile(reader, reader.string(), directories, table);
        reader.at = end;
        break;
      }
      case DW_LNS_copy:
        append();
        break;
      case DW_LNS_advance_pc:
        advance(reader.unsigned());
        break;
      case DW_LNS_advance_line:
        state.line += reader.signed();
        break;
      case DW_LNS_set_file:
        state.file = reader.unsigned() - header.firstFile;
        break;
      case DW_LNS_set_column:
        state.column = reader.unsigned();
        break;
      case DW_LNS_negate_stmt:
        state.isStatement = !state.isStatement;
        break;
      case DW_LNS_set_basic_block:
        break;
      case DW_LNS_const_add_pc:
        advance(Math.floor((255 - opcodeBase) / header.lineRange));
        break;
      case DW_LNS_fixed_advance_pc:
        state.address = (state.address + reader.half()) >>> 0;
        break;
      default:
        for (let i = header.opcodeLengths[opcode - 1]; i > 0; i--) reader.unsigned();
    }
  }
}

/** Reads the primitive encodings of DWARF up to an end, beyond which it throws. */
export class ByteReader {
  private readonly view: DataView;

  constructor(
    private readonly name: string,
    private readonly bytes: Uint8Array,
    public at: number,
    readonly end: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  fail(expected: string, found: string, at: number): never {
    throw new DwarfError(this.name, at, expected, found);
  }

  /** The NUL-terminated string at an offset of another section. */
  stringAt(section: Uint8Array | undefined, offset: number): string {
    const end = section?.indexOf(0, offset) ?? -1;
    if (!section || end < 0) this.fail("offset of a string", `0x${offset.toString(16)}`, this.at - 4);
    return new TextDecoder().decode(section.subarray(offset, end));
  }

  private take(count: number): number {
    if (this.at + count > this.end) this.fail(`${count} more bytes`, "the end", this.at);
    this.at += count;
    return this.at - count;
  }

  byte(): number {
    return this.bytes[this.take(1)];
  }

  half(): number {
    return this.view.getUint16(this.take(2), true);
  }

  word(): number {
    return this.view.getUint32(this.take(4), true);
  }

  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      if (shift < 32) value = (value | ((byte & 0x7f) << shift)) >>> 0;
      if (byte < 0x80) return value;
    }
  }

  signed(): number {
    let value = 0;
    for (let shift = 0; ; ) {
      const byte = this.byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte < 0x80) return shift < 32 && byte & 0x40 ? value | (-1 << shift) : value;
    }
  }

  string(): string {
    const start = this.at;
    while (this.byte() !== 0);
    return new TextDecoder().decode(this.bytes.subarray(start, this.at - 1));
  }
}
