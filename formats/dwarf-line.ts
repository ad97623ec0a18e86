// DWARF line tables (.debug_line), versions 2 to 4: which source line each instruction belongs to. Model, writer and reader.
// The writer makes version 3 for 32-bit code and leaves addresses relative to a section for relocation; the reader takes what
// compilers and linkers make.
// Source: DWARF Debugging Information Format 3 (2005), section 6.2; 4 (2010), section 6.2, for what version 4 adds.

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

const DW_LNS_copy = 1;
const DW_LNS_advance_pc = 2;
const DW_LNS_advance_line = 3;
const DW_LNS_set_file = 4;
const DW_LNS_set_column = 5;
const DW_LNS_negate_stmt = 6;
const DW_LNS_set_basic_block = 7;
const DW_LNS_const_add_pc = 8;
const DW_LNS_fixed_advance_pc = 9;
const DW_LNE_end_sequence = 1;
const DW_LNE_set_address = 2;
const DW_LNE_define_file = 3;

/** Operand counts of the standard opcodes, 1 to 12. */
const OPCODE_LENGTHS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
const OPCODE_BASE = OPCODE_LENGTHS.length + 1;
const LINE_BASE = -5;
const LINE_RANGE = 14;

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
 * @throws DwarfError
 */
export function readLineTables(bytes: Uint8Array, name: string): LineTable[] {
  const tables: LineTable[] = [];
  for (let at = 0; at < bytes.length; ) {
    const reader = new ByteReader(name, bytes, at, bytes.length);
    const size = reader.word();
    if (size > bytes.length - at - 4) reader.fail(`a unit of at most ${bytes.length - at - 4} bytes`, `${size}`, at);
    tables.push(readUnit(new ByteReader(name, bytes, at + 4, at + 4 + size)));
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
}

function readUnit(reader: ByteReader): LineTable {
  const version = reader.half();
  if (version < 2 || version > 4) reader.fail("version 2, 3 or 4", `${version}`, reader.at - 2);
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
  for (let text = reader.string(); text !== ""; text = reader.string()) directories.push(text);
  const table: LineTable = { files: [], rows: [] };
  for (let text = reader.string(); text !== ""; text = reader.string())
    table.files.push(readFile(reader, text, directories));
  if (programStart > reader.end) reader.fail("a program within the unit", "a longer header", reader.at);
  reader.at = programStart;
  readProgram(reader, { minimumLength, defaultIsStatement, lineBase, lineRange, opcodeLengths }, directories, table);
  return table;
}

function readFile(reader: ByteReader, name: string, directories: string[]): LineFile {
  const directory = reader.unsigned();
  reader.unsigned();
  reader.unsigned();
  return { name, directory: directories[directory] ?? "" };
}

function readProgram(reader: ByteReader, header: Header, directories: string[], table: LineTable): void {
  const start = (): LineRow => ({
    address: 0,
    file: 0,
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
      reader.fail(`a file number from 1 to ${table.files.length}`, `${state.file + 1}`, reader.at);
    table.rows.push({ ...state });
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
        else if (extended === DW_LNE_define_file) table.files.push(readFile(reader, reader.string(), directories));
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
        state.file = reader.unsigned() - 1;
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

class ByteReader {
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
