// The table .ksyms, from which a report of a panic or of a program's fault names functions, files and lines. It lies in the kernel's
// image, so it is small: names are packed, and numbers have as many bits as they need. Its layout is in docs/architecture.md, "Kernel
// memory and calls".

import { PAIR_TABLE_BYTES, packTexts, unpackText } from "./packed-texts.ts";

const MAGIC = 0x3259534b;
const HEADER_BYTES = 16;
const INDEX_ENTRY_BYTES = 8;
/** Functions between two entries of the index. */
export const GROUP = 16;
/** Characters of a name or a file's path; what is longer is cut. */
export const MAX_TEXT = 127;

/** The shortest code of each kind of number: see `BitWriter.number`. */
const K_ADDRESS = 6;
const K_FILE = 2;
const K_COUNT = 3;
const K_FIRST_LINE = 5;
const K_LINE_ADDRESS = 3;
const K_LINE = 0;

export interface SymbolFunction {
  address: number;
  name: string;
  /** Without one it has no lines. */
  file?: string;
  /** By address, the first not before the function's; each holds up to the next. Lines count from 1. */
  lines: readonly { address: number; line: number }[];
}

export interface SymbolPlace {
  name: string;
  file?: string;
  /** 0 where it is not known. */
  line: number;
}

/** @param functions sorted by address */
export function writeKernelSymbols(functions: readonly SymbolFunction[]): Uint8Array {
  const files = [...new Set(functions.flatMap(({ file }) => file ?? []))];
  const { pairs, texts } = packTexts(
    [...files, ...functions.map(({ name }) => name)].map((text) => text.slice(0, MAX_TEXT)),
  );
  const groups = Math.ceil(functions.length / GROUP);
  const filesAt = HEADER_BYTES + PAIR_TABLE_BYTES + INDEX_ENTRY_BYTES * groups;
  const fileTexts = texts.slice(0, files.length).flatMap((text) => [...text, 0]);
  const numbers = new Map(files.map((file, i) => [file, i + 1]));
  const index: number[] = [];
  const bits = new BitWriter();
  functions.forEach((entry, i) => {
    const before = i % GROUP === 0 ? undefined : functions[i - 1];
    if (!before) {
      bits.align();
      index.push(entry.address, filesAt + fileTexts.length + bits.bytes.length);
    }
    writeFunction(bits, entry, before, texts[files.length + i], numbers);
  });
  const bytes = [...fileTexts, ...bits.bytes];
  const table = new Uint8Array((filesAt + bytes.length + 3) & ~3);
  const view = new DataView(table.buffer);
  [MAGIC, functions.length, files.length, filesAt].forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  table.set(pairs, HEADER_BYTES);
  index.forEach((word, i) => {
    view.setUint32(HEADER_BYTES + PAIR_TABLE_BYTES + 4 * i, word, true);
  });
  table.set(bytes, filesAt);
  return table;
}

function writeFunction(
  bits: BitWriter,
  { address, file, lines }: SymbolFunction,
  before: SymbolFunction | undefined,
  name: Uint8Array,
  files: ReadonlyMap<string, number>,
): void {
  const number = (path: string | undefined) => (path === undefined ? 0 : (files.get(path) ?? 0));
  bits.number(address - (before?.address ?? address), K_ADDRESS);
  bits.number(zigzag(number(file) - number(before?.file)), K_FILE);
  for (const code of name) bits.bits(code, 8);
  bits.bits(0, 8);
  if (file === undefined) return;
  bits.number(lines.length, K_COUNT);
  if (lines.length === 0) return;
  let at = address;
  let line = lines[0].line - 1;
  bits.number(line, K_FIRST_LINE);
  for (const entry of lines) {
    bits.number(entry.address - at, K_LINE_ADDRESS);
    bits.number(zigzag(entry.line - line - 1), K_LINE);
    at = entry.address;
    line = entry.line;
  }
}

/**
 * The function at `address`, and the line.
 * @param table as `writeKernelSymbols` made it; of any other it finds nothing or something wrong
 */
export function findKernelSymbol(table: Uint8Array, address: number): SymbolPlace | undefined {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const word = (at: number) => view.getUint32(at, true);
  if (table.length < HEADER_BYTES || word(0) !== MAGIC) return undefined;
  const [functionCount, filesAt] = [word(4), word(12)];
  const groupAt = (group: number) => HEADER_BYTES + PAIR_TABLE_BYTES + INDEX_ENTRY_BYTES * group;
  let group = Math.ceil(functionCount / GROUP) - 1;
  while (group >= 0 && word(groupAt(group)) > address) group--;
  if (group < 0) return undefined;

  const pairs = table.subarray(HEADER_BYTES, HEADER_BYTES + PAIR_TABLE_BYTES);
  const text = (bits: BitReader) => unpackText(Uint8Array.from(bits.codes()), pairs, MAX_TEXT);
  const bits = new BitReader(table, word(groupAt(group) + 4));
  let start = word(groupAt(group));
  let file = 0;
  let found: SymbolPlace | undefined;
  for (let i = group * GROUP; i < Math.min(functionCount, (group + 1) * GROUP); i++) {
    start += bits.number(K_ADDRESS);
    if (start > address) break;
    file += unzigzag(bits.number(K_FILE));
    const name = text(bits);
    if (file === 0) {
      found = { name, line: 0 };
      continue;
    }
    const paths = new BitReader(table, filesAt);
    for (let skipped = 1; skipped < file; skipped++) paths.codes();
    found = { name, file: text(paths), line: readLines(bits, start, address) };
  }
  return found;
}

/** The line at `address`; reads to the list's end. */
function readLines(bits: BitReader, start: number, address: number): number {
  const count = bits.number(K_COUNT);
  let line = count > 0 ? bits.number(K_FIRST_LINE) : 0;
  let at = start;
  let found = 0;
  for (let n = 0; n < count; n++) {
    at += bits.number(K_LINE_ADDRESS);
    line += 1 + unzigzag(bits.number(K_LINE));
    if (at <= address) found = line;
  }
  return found;
}

/** 0, −1, 1, −2 … as 0, 1, 2, 3 … */
const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value: number) => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

/** Bits, a byte's highest first. */
class BitWriter {
  readonly bytes: number[] = [];
  private free = 0;

  bits(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit--) {
      if (this.free === 0) {
        this.bytes.push(0);
        this.free = 8;
      }
      this.free--;
      this.bytes[this.bytes.length - 1] |= (Math.floor(value / 2 ** bit) % 2) << this.free;
    }
  }

  /** An exponential Golomb code of order k: n zeros, then the n + 1 bits of (value >> k) + 1, then the k low bits of the value. */
  number(value: number, k: number): void {
    const high = Math.floor(value / 2 ** k) + 1;
    const length = Math.floor(Math.log2(high)) + 1;
    this.bits(0, length - 1);
    this.bits(high, length);
    this.bits(value % 2 ** k, k);
  }

  align(): void {
    this.free = 0;
  }
}

class BitReader {
  private at: number;

  constructor(
    private readonly table: Uint8Array,
    byte: number,
  ) {
    this.at = 8 * byte;
  }

  private bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.at++) {
      value = value * 2 + (((this.table[this.at >> 3] ?? 0) >> (7 - (this.at & 7))) & 1);
    }
    return value;
  }

  number(k: number): number {
    let zeros = 0;
    while (zeros < 32 && this.bits(1) === 0) zeros++;
    return (2 ** zeros + this.bits(zeros) - 1) * 2 ** k + this.bits(k);
  }

  /** A text's codes, up to its NUL. */
  codes(): number[] {
    const codes: number[] = [];
    for (let code = this.bits(8); code !== 0; code = this.bits(8)) codes.push(code);
    return codes;
  }
}
