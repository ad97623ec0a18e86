// Archives (.a): files joined behind 60-byte headers, with a symbol table that tells a linker which member defines what.
// Model, reader and writer. Sources: System V ABI 4.1, chapter 7, "Archive File"; ar(5) for GNU's `//` table of long names.

const MAGIC = "!<arch>\n";
const THIN_MAGIC = "!<thin>\n";
const HEADER_SIZE = 60;
const HEADER_END = "`\n";
/** Names of members that are tables of the archive: the symbols, and the names that don't fit a header. */
const SYMBOL_TABLE = "/";
const LONG_NAMES = "//";
/** A name takes 16 bytes of the header, one of them for the slash that ends it. */
const SHORT_NAME_LIMIT = 15;

export interface Archive {
  members: ArchiveMember[];
  /** In the order of the file; undefined when the archive has no symbol table. */
  symbols: ArchiveSymbol[] | undefined;
}

export interface ArchiveMember {
  name: string;
  data: Uint8Array;
  /** Seconds since 1970; 0 in archives that are the same on every day. */
  date?: number;
  owner?: number;
  group?: number;
  /** File mode bits; 0644 when absent. */
  mode?: number;
}

export interface ArchiveSymbol {
  name: string;
  /** One of the archive's members. */
  member: ArchiveMember;
}

/** Bad input to the reader, or a model that the writer can't express: which file, where, what should be there and what is. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";

  constructor(
    readonly file: string,
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${file}: at offset 0x${offset.toString(16)}: expected ${expected}, found ${found}`);
  }
}

/** Whether the bytes say that they are an archive, thin ones included. */
export function isArchive(bytes: Uint8Array): boolean {
  const magic = text(bytes, 0, MAGIC.length);
  return magic === MAGIC || magic === THIN_MAGIC;
}

interface Header {
  name: string;
  date: number;
  owner: number;
  group: number;
  mode: number;
  /** Where the contents begin, and how many bytes they are. */
  start: number;
  size: number;
}

/**
 * Reads an archive, checking every header.
 * @param file the file's name, for the errors
 * @throws ArchiveError, also for thin archives: their members are files elsewhere
 */
export function readArchive(bytes: Uint8Array, file: string): Archive {
  const magic = text(bytes, 0, MAGIC.length);
  if (magic === THIN_MAGIC) throw new ArchiveError(file, 0, "archive that holds its members", "thin archive");
  if (magic !== MAGIC) throw new ArchiveError(file, 0, "archive magic '!<arch>'", printable(magic));
  const members: ArchiveMember[] = [];
  const memberAt = new Map<number, ArchiveMember>();
  let symbolTable: Header | undefined;
  let longNames: Uint8Array | undefined;
  for (let at = MAGIC.length; at < bytes.length; ) {
    const header = readMemberHeader(bytes, at, file);
    const data = bytes.subarray(header.start, header.start + header.size);
    if (header.name === SYMBOL_TABLE) symbolTable ??= header;
    else if (header.name === LONG_NAMES) longNames = data;
    else {
      const { date, owner, group, mode } = header;
      const member = { name: memberName(header.name, longNames, at, file), data, date, owner, group, mode };
      members.push(member);
      memberAt.set(at, member);
    }
    // Members start at even offsets.
    at = header.start + header.size + (header.size & 1);
  }
  return { members, symbols: symbolTable && readSymbols(bytes, symbolTable, memberAt, file) };
}

function readMemberHeader(bytes: Uint8Array, at: number, file: string): Header {
  if (at + HEADER_SIZE > bytes.length)
    throw new ArchiveError(file, at, `member header (${HEADER_SIZE} bytes)`, `${bytes.length - at} bytes`);
  const end = text(bytes, at + 58, 2);
  if (end !== HEADER_END) throw new ArchiveError(file, at + 58, "'`' and a line feed", printable(end));
  const number = (offset: number, length: number, radix: 8 | 10, what: string): number => {
    const digits = text(bytes, at + offset, length).trimEnd();
    if (digits === "") return 0;
    if (!(radix === 8 ? /^[0-7]+$/ : /^[0-9]+$/).test(digits))
      throw new ArchiveError(file, at + offset, `${what} in ${radix === 8 ? "octal" : "decimal"}`, printable(digits));
    return Number.parseInt(digits, radix);
  };
  const header = {
    name: text(bytes, at, 16).trimEnd(),
    date: number(16, 12, 10, "date"),
    owner: number(28, 6, 10, "owner"),
    group: number(34, 6, 10, "group"),
    mode: number(40, 8, 8, "mode"),
    start: at + HEADER_SIZE,
    size: number(48, 10, 10, "size"),
  };
  const room = bytes.length - header.start;
  if (header.size > room)
    throw new ArchiveError(file, at + 48, `member size of at most ${room} bytes`, `${header.size}`);
  return header;
}

function memberName(name: string, longNames: Uint8Array | undefined, at: number, file: string): string {
  if (!/^\/[0-9]+$/.test(name)) return name.endsWith("/") ? name.slice(0, -1) : name;
  const start = Number(name.slice(1));
  if (!longNames) throw new ArchiveError(file, at, "table of long names '//' before a long name", "none");
  if (start >= longNames.length)
    throw new ArchiveError(file, at + 1, `place of a long name below ${longNames.length}`, `${start}`);
  const newline = longNames.indexOf(0x0a, start);
  const long = decodeUtf8(longNames.subarray(start, newline < 0 ? undefined : newline));
  return long.endsWith("/") ? long.slice(0, -1) : long;
}

/** The table: a big-endian count, that many offsets of member headers, then the names, each with its NUL. */
function readSymbols(
  bytes: Uint8Array,
  table: Header,
  memberAt: Map<number, ArchiveMember>,
  file: string,
): ArchiveSymbol[] {
  const { start, size } = table;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, size);
  const count = size < 4 ? 0 : view.getUint32(0);
  if (4 + count * 4 > size) throw new ArchiveError(file, start, `symbol count for ${size} bytes`, `${count}`);
  const symbols: ArchiveSymbol[] = [];
  let at = 4 + count * 4;
  for (let i = 0; i < count; i++) {
    const offset = view.getUint32(4 + i * 4);
    const member = memberAt.get(offset);
    if (!member) throw new ArchiveError(file, start + 4 + i * 4, "offset of a member", `0x${offset.toString(16)}`);
    const end = bytes.indexOf(0, start + at) - start;
    if (end < at || end >= size)
      throw new ArchiveError(file, start + at, "NUL at the end of a symbol name", "end of the table");
    symbols.push({ name: decodeUtf8(bytes.subarray(start + at, start + end)), member });
    at = end + 1;
  }
  return symbols;
}

/**
 * Writes an archive as `ar rcsD` lays it out: symbol table, long names, members.
 * @throws ArchiveError when a symbol's member is not in the archive
 */
export function writeArchive(archive: Archive): Uint8Array {
  const encoder = new TextEncoder();
  const longNames = archive.members.filter(({ name }) => encoder.encode(name).length > SHORT_NAME_LIMIT);
  const longNameAt = new Map<string, number>();
  let names = "";
  for (const { name } of longNames) {
    if (longNameAt.has(name)) continue;
    longNameAt.set(name, encoder.encode(names).length);
    names += `${name}/\n`;
  }
  const nameTable = encoder.encode(names);
  const symbolNames = encoder.encode((archive.symbols ?? []).map(({ name }) => `${name}\0`).join(""));
  const symbolTable = archive.symbols && new Uint8Array(even(4 + archive.symbols.length * 4 + symbolNames.length));

  let size = MAGIC.length;
  const place = (length: number): number => {
    const at = size;
    size += HEADER_SIZE + even(length);
    return at;
  };
  const symbolTableAt = symbolTable && place(symbolTable.length);
  const nameTableAt = nameTable.length > 0 ? place(nameTable.length) : undefined;
  const memberAt = new Map(archive.members.map((member) => [member, place(member.data.length)]));

  // What no one writes is padding: line feeds after members of odd length.
  const bytes = new Uint8Array(size).fill(0x0a);
  const put = (at: number, header: string, data: Uint8Array) => {
    bytes.set(encoder.encode(header), at);
    bytes.set(data, at + HEADER_SIZE);
  };
  bytes.set(encoder.encode(MAGIC));
  if (symbolTable && symbolTableAt !== undefined) {
    const view = new DataView(symbolTable.buffer);
    view.setUint32(0, archive.symbols?.length ?? 0);
    archive.symbols?.forEach(({ name, member }, i) => {
      const at = memberAt.get(member);
      if (at === undefined)
        throw new ArchiveError("archive being written", i, `a member that defines '${name}'`, "one of another archive");
      view.setUint32(4 + i * 4, at);
    });
    symbolTable.set(symbolNames, 4 + (archive.symbols?.length ?? 0) * 4);
    put(symbolTableAt, headerText(SYMBOL_TABLE, ["0", "0", "0", "0"], symbolTable.length), symbolTable);
  }
  if (nameTableAt !== undefined)
    put(nameTableAt, headerText(LONG_NAMES, ["", "", "", ""], even(nameTable.length)), nameTable);
  for (const [member, at] of memberAt) {
    const long = longNameAt.get(member.name);
    const fields = [member.date ?? 0, member.owner ?? 0, member.group ?? 0].map(String);
    fields.push((member.mode ?? 0o644).toString(8));
    put(at, headerText(long === undefined ? `${member.name}/` : `/${long}`, fields, member.data.length), member.data);
  }
  return bytes;
}

/** @param fields date, owner, group, mode */
function headerText(name: string, fields: string[], size: number): string {
  const widths = [12, 6, 6, 8];
  // The name may have characters of several bytes; the fields are ASCII.
  const padding = " ".repeat(Math.max(0, 16 - new TextEncoder().encode(name).length));
  const numbers = fields.map((field, i) => field.padEnd(widths[i])).join("");
  return `${name}${padding}${numbers}${String(size).padEnd(10)}${HEADER_END}`;
}

function even(size: number): number {
  return size + (size & 1);
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function printable(found: string): string {
  return found === "" ? "end of file" : JSON.stringify(found);
}
