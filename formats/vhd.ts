// Virtual hard disks (.vhd), fixed and dynamic: made of a raw disk image, and read where a reader wants to read. A fixed disk is
// the raw image with a footer; a dynamic one has only the blocks that hold something, each behind a bitmap of its sectors.
// Source: Microsoft Virtual Hard Disk Image Format Specification 1.0 (2006).

import { type ByteSource, sourceOf } from "./byte-source.ts";
import { MediaError } from "./media-error.ts";
import {
  FOOTER_BYTES,
  HEADER_BYTES,
  isFooter,
  MOST_BYTES,
  NO_BLOCK,
  readFooter,
  readHeader,
  SECTOR_BYTES,
  USUAL_BLOCK_BYTES,
  type VhdFooter,
  type VhdHeader,
  type VhdKind,
  wholeCylinders,
  writeFooter,
  writeHeader,
} from "./vhd-layout.ts";

/** A piece of a file, and where it goes. */
export interface Piece {
  offset: number;
  bytes: Uint8Array;
}

export interface VhdOptions {
  kind: VhdKind;
  /** Seconds since 1970; 2000-01-01 if not given. */
  time?: number;
  /** Of a dynamic disk: a power of two, 2 MiB if not given. */
  blockBytes?: number;
}

const DEFAULT_TIME = 946684800;
const TABLE_OFFSET = FOOTER_BYTES + HEADER_BYTES;

/**
 * Makes a virtual disk of a raw one. Its size is rounded up to whole cylinders of the geometry that belongs to it.
 * @returns the pieces of the file in order; nothing stands between them
 * @throws MediaError when the disk is too large
 */
export function* vhdPieces(raw: ByteSource, options: VhdOptions): Generator<Uint8Array> {
  const { kind, time = DEFAULT_TIME } = options;
  if (raw.size === 0 || raw.size > MOST_BYTES)
    throw new MediaError("virtual disk", 0, `1 to ${MOST_BYTES} bytes`, `${raw.size} bytes`);
  const { sectors, geometry } = wholeCylinders(Math.ceil(raw.size / SECTOR_BYTES));
  const size = sectors * SECTOR_BYTES;
  const footer = writeFooter({ kind, size, geometry, time, uniqueId: uniqueIdOf(raw, time) });
  if (kind === "fixed") {
    for (let at = 0; at < size; at += USUAL_BLOCK_BYTES)
      yield readPadded(raw, at, Math.min(USUAL_BLOCK_BYTES, size - at));
    yield footer;
    return;
  }
  const { blockBytes = USUAL_BLOCK_BYTES } = options;
  const tableEntries = Math.ceil(size / blockBytes);
  const table = new Uint8Array(roundUp(tableEntries * 4, SECTOR_BYTES)).fill(0xff);
  const entries = new DataView(table.buffer);
  const bitmapBytes = bitmapBytesOf(blockBytes);
  let next = TABLE_OFFSET + table.length;
  for (let block = 0; block < tableEntries; block++) {
    if (isZero(readPadded(raw, block * blockBytes, blockBytes))) continue;
    entries.setUint32(block * 4, next / SECTOR_BYTES);
    next += bitmapBytes + blockBytes;
  }
  yield footer;
  yield writeHeader({ tableOffset: TABLE_OFFSET, tableEntries, blockBytes });
  yield table;
  for (let block = 0; block < tableEntries; block++) {
    if (entries.getUint32(block * 4) === NO_BLOCK) continue;
    yield fullBitmap(blockBytes);
    yield readPadded(raw, block * blockBytes, blockBytes).slice();
  }
  yield footer;
}

export function writeVhd(raw: Uint8Array, options: VhdOptions): Uint8Array {
  const pieces = [...vhdPieces(sourceOf(raw), options)];
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Does this file end as a virtual disk does? */
export function isVhd(source: ByteSource): boolean {
  return source.size > FOOTER_BYTES && isFooter(source.read(source.size - FOOTER_BYTES, FOOTER_BYTES));
}

/** A virtual disk that is read, and told what to write. */
export class Vhd {
  readonly footer: VhdFooter;
  /** Of a dynamic disk. */
  private readonly header: VhdHeader | undefined;
  /** For each block the sector of its bitmap, or NO_BLOCK. */
  private readonly table: Uint32Array;

  /**
   * @param file names it in errors
   * @throws MediaError when a checksum, the table or a block is not what it must be
   */
  constructor(
    private readonly source: ByteSource,
    private readonly file: string,
  ) {
    const at = source.size - FOOTER_BYTES;
    if (at <= 0) throw new MediaError(file, 0, "a virtual disk and its footer", `${source.size} bytes`);
    const { headerOffset, ...footer } = readFooter(source.read(at, FOOTER_BYTES), file, at);
    this.footer = footer;
    if (footer.kind === "fixed") {
      if (footer.size !== at)
        throw new MediaError(file, at, `a fixed disk of ${footer.size} bytes in front of the footer`, `${at} bytes`);
      this.table = new Uint32Array(0);
      return;
    }
    this.header = readHeader(
      this.part(headerOffset, HEADER_BYTES, "the dynamic disk's header"),
      file,
      headerOffset,
      footer.size,
    );
    this.table = this.readTable(this.header);
  }

  get size(): number {
    return this.footer.size;
  }

  /** Whole sectors of the disk. */
  read(firstSector: number, count: number): Uint8Array {
    if (!this.header) return this.source.read(firstSector * SECTOR_BYTES, count * SECTOR_BYTES);
    const sectorsOfBlock = this.header.blockBytes / SECTOR_BYTES;
    const bytes = new Uint8Array(count * SECTOR_BYTES);
    for (let done = 0; done < count; ) {
      const block = Math.floor((firstSector + done) / sectorsOfBlock);
      const inBlock = (firstSector + done) % sectorsOfBlock;
      const here = Math.min(count - done, sectorsOfBlock - inBlock);
      this.readBlock(block, inBlock, bytes.subarray(done * SECTOR_BYTES, (done + here) * SECTOR_BYTES));
      done += here;
    }
    return bytes;
  }

  /**
   * What must be written to the file so that the disk holds these sectors; a dynamic disk grows when it must. This object goes on
   * telling the old contents.
   */
  *changes(sectors: Iterable<{ first: number; bytes: Uint8Array }>): Generator<Piece> {
    const { header } = this;
    if (!header) {
      for (const { first, bytes } of sectors) yield { offset: first * SECTOR_BYTES, bytes };
      return;
    }
    const blocks = new Map<number, Map<number, Uint8Array>>();
    for (const { first, bytes } of sectors) {
      for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
        const sector = first + at / SECTOR_BYTES;
        const block = Math.floor((sector * SECTOR_BYTES) / header.blockBytes);
        const inBlock = blocks.get(block) ?? new Map<number, Uint8Array>();
        blocks.set(
          block,
          inBlock.set(sector - (block * header.blockBytes) / SECTOR_BYTES, bytes.subarray(at, at + SECTOR_BYTES)),
        );
      }
    }
    const bitmapBytes = bitmapBytesOf(header.blockBytes);
    const footer = this.source.read(this.source.size - FOOTER_BYTES, FOOTER_BYTES).slice();
    let end = roundUp(this.source.size - FOOTER_BYTES, SECTOR_BYTES);
    for (const [block, inBlock] of blocks) {
      const isNew = this.table[block] === NO_BLOCK;
      const start = isNew ? end : this.table[block] * SECTOR_BYTES;
      const contents = new Uint8Array(bitmapBytes + header.blockBytes);
      if (!isNew) contents.set(this.source.read(start, contents.length));
      for (const [sector, bytes] of inBlock) {
        contents[sector >> 3] |= 0x80 >> (sector & 7);
        contents.set(bytes, bitmapBytes + sector * SECTOR_BYTES);
      }
      yield { offset: start, bytes: contents };
      if (!isNew) continue;
      end += contents.length;
      // The footer first, the table last: whoever reads in between finds the old disk.
      yield { offset: end, bytes: footer };
      const entry = new Uint8Array(4);
      new DataView(entry.buffer).setUint32(0, start / SECTOR_BYTES);
      yield { offset: header.tableOffset + block * 4, bytes: entry };
    }
  }

  /** Sectors of one block: those that its bitmap has, the others are zero already. Neighbours are read at once. */
  private readBlock(block: number, first: number, into: Uint8Array): void {
    if (!this.header || this.table[block] === NO_BLOCK) return;
    const start = this.table[block] * SECTOR_BYTES;
    const bitmapBytes = bitmapBytesOf(this.header.blockBytes);
    const end = first + into.length / SECTOR_BYTES;
    const bitmap = this.source.read(start, Math.ceil(end / 8)).slice();
    const isThere = (sector: number) => (bitmap[sector >> 3] & (0x80 >> (sector & 7))) !== 0;
    for (let sector = first; sector < end; ) {
      let next = sector + 1;
      while (next < end && isThere(next) === isThere(sector)) next++;
      if (isThere(sector)) {
        const run = this.source.read(start + bitmapBytes + sector * SECTOR_BYTES, (next - sector) * SECTOR_BYTES);
        into.set(run, (sector - first) * SECTOR_BYTES);
      }
      sector = next;
    }
  }

  private readTable({ tableOffset, tableEntries, blockBytes }: VhdHeader): Uint32Array {
    const bytes = this.part(tableOffset, tableEntries * 4, "the table of blocks");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const table = new Uint32Array(tableEntries);
    const span = bitmapBytesOf(blockBytes) + blockBytes;
    const end = this.source.size - FOOTER_BYTES;
    const present: [start: number, block: number][] = [];
    for (let block = 0; block < tableEntries; block++) {
      table[block] = view.getUint32(block * 4);
      if (table[block] === NO_BLOCK) continue;
      const start = table[block] * SECTOR_BYTES;
      if (start < TABLE_OFFSET || start + span > end)
        throw this.wrongEntry(tableOffset, block, `block ${block} within the file`, `one at ${start}`);
      present.push([start, block]);
    }
    present.sort(([a], [b]) => a - b);
    for (let i = 1; i < present.length; i++) {
      const [start, block] = present[i];
      if (present[i - 1][0] + span > start)
        throw this.wrongEntry(
          tableOffset,
          block,
          "blocks that do not overlap",
          `${present[i - 1][1]} and ${block} that do`,
        );
    }
    return table;
  }

  private wrongEntry(tableOffset: number, block: number, expected: string, found: string): MediaError {
    return new MediaError(this.file, tableOffset + block * 4, expected, found);
  }

  private part(offset: number, count: number, what: string): Uint8Array {
    if (offset < 0 || offset + count > this.source.size)
      throw new MediaError(this.file, offset, what, `the end of ${this.source.size} bytes`);
    return this.source.read(offset, count);
  }
}

/** The raw disk of a virtual one. @throws MediaError */
export function readVhd(bytes: Uint8Array, file = "virtual disk"): Uint8Array {
  const vhd = new Vhd(sourceOf(bytes), file);
  // An empty dynamic disk of terabytes is a small file, but no array.
  if (vhd.size > 2 ** 31) throw new MediaError(file, bytes.length - FOOTER_BYTES, "at most 2 GiB", `${vhd.size} bytes`);
  return vhd.read(0, vhd.size / SECTOR_BYTES);
}

/** Each block's bitmap has a bit for each sector, the first sector's highest, and is whole sectors. */
function bitmapBytesOf(blockBytes: number): number {
  return roundUp(blockBytes / SECTOR_BYTES / 8, SECTOR_BYTES);
}

function fullBitmap(blockBytes: number): Uint8Array {
  return new Uint8Array(bitmapBytesOf(blockBytes)).fill(0xff, 0, Math.ceil(blockBytes / SECTOR_BYTES / 8));
}

/** Zeros follow the end. */
function readPadded(source: ByteSource, offset: number, count: number): Uint8Array {
  const there = Math.max(0, Math.min(count, source.size - offset));
  if (there === count) return source.read(offset, count);
  const bytes = new Uint8Array(count);
  if (there > 0) bytes.set(source.read(offset, there));
  return bytes;
}

function isZero(bytes: Uint8Array): boolean {
  // Words where they can be had: a disk is mostly zeros.
  const isAligned = bytes.byteOffset % 4 === 0 && bytes.length % 4 === 0;
  const words = isAligned ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4) : bytes;
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  return true;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** An identifier made of the disk's first bytes, its size and the time, so that the same disk gets the same one. */
function uniqueIdOf(raw: ByteSource, time: number): Uint8Array {
  const id = new Uint8Array(16);
  const view = new DataView(id.buffer);
  const hash = [0x811c9dc5, 0x01000193, raw.size >>> 0, time >>> 0];
  const seed = raw.read(0, Math.min(raw.size, 65536));
  for (let i = 0; i < seed.length; i++) hash[i & 3] = Math.imul(hash[i & 3] ^ seed[i], 0x01000193);
  hash.forEach((word, index) => {
    view.setUint32(index * 4, word >>> 0);
  });
  // Of version 4, in the variant of RFC 4122.
  id[6] = (id[6] & 0x0f) | 0x40;
  id[8] = (id[8] & 0x3f) | 0x80;
  return id;
}
