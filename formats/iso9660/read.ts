// Reads a CD: its descriptors, the tree with the best names that it has (Rock Ridge, else Joliet, else the plain ones), and its boot
// entry. Directories that contain themselves, records and files that leave the image, and numbers that contradict each other are
// errors that say where. Source: ECMA-119; Joliet Specification; El Torito 1.0; IEEE P1281 and P1282.

import type { ByteSource } from "../byte-source.ts";
import { latin1, MediaBytes } from "../media-error.ts";
import { type BootEntry, readCatalog, SPECIFICATION } from "./el-torito.ts";
import {
  BLOCK_BYTES,
  BOOT_RECORD,
  both32,
  D_BLOCK_BYTES,
  D_BLOCKS,
  D_ESCAPES,
  D_ROOT,
  D_STANDARD,
  D_VOLUME,
  FIRST_DESCRIPTOR,
  FLAG_CONTINUES,
  FLAG_DIRECTORY,
  JOLIET_ESCAPES,
  NAME_FIELD_BYTES,
  PRIMARY,
  R_DATE,
  R_EXTENT,
  R_FLAGS,
  R_NAME,
  R_NAME_BYTES,
  R_SIZE,
  readShortDate,
  STANDARD,
  SUPPLEMENTARY,
  TERMINATOR,
} from "./layout.ts";
import { VERSION } from "./names.ts";
import { readSystemUse } from "./rock-ridge.ts";

export interface IsoEntry {
  /** A folder's ends with a slash. */
  path: string;
  /** Where the contents stand in the image, in bytes, and how many there are. */
  offset: number;
  size: number;
  /** Seconds since 1970. */
  time: number;
}

export interface IsoVolume {
  label: string;
  /** Blocks of 2048 bytes that the volume says to have. */
  blocks: number;
  names: "Rock Ridge" | "Joliet" | "plain";
  /** A folder before what is in it. */
  entries: IsoEntry[];
  boot: BootEntry | undefined;
}

const MOST_DESCRIPTORS = 64;
const MOST_DEPTH = 64;
const MOST_ENTRIES = 1_000_000;
/** The parts of a large file follow each other. */
const SELF = "\0";
const PARENT = "\x01";

/** Does this image have a CD's first descriptor? */
export function isIso(source: ByteSource): boolean {
  const at = FIRST_DESCRIPTOR * BLOCK_BYTES;
  return source.size >= at + BLOCK_BYTES && latin1(source.read(at + D_STANDARD, STANDARD.length)) === STANDARD;
}

/**
 * @param file names the image in errors
 * @throws MediaError
 */
export function readIso(bytes: Uint8Array, file = "CD"): IsoVolume {
  return new Reader(new MediaBytes(bytes, file)).read();
}

class Reader {
  private readonly entries: IsoEntry[] = [];
  private readonly seen = new Set<number>();
  private directoryBytes = 0;
  private names: IsoVolume["names"] = "plain";
  private skip = 0;

  constructor(private readonly from: MediaBytes) {}

  read(): IsoVolume {
    let primary: number | undefined;
    let joliet: number | undefined;
    let boot: BootEntry | undefined;
    for (let index = 0; ; index++) {
      const at = (FIRST_DESCRIPTOR + index) * BLOCK_BYTES;
      if (index === MOST_DESCRIPTORS)
        throw this.from.wrong(at, `the last of at most ${MOST_DESCRIPTORS} descriptors`, "more");
      const type = this.from.u8(at);
      const standard = this.from.text(at + D_STANDARD, STANDARD.length);
      if (standard !== STANDARD) throw this.from.wrong(at + D_STANDARD, `"${STANDARD}"`, JSON.stringify(standard));
      if (type === TERMINATOR) break;
      if (type === PRIMARY) primary ??= at;
      const escapes = this.from.text(at + D_ESCAPES, 3);
      if (type === SUPPLEMENTARY && JOLIET_ESCAPES.includes(escapes)) joliet ??= at;
      const isTorito = type === BOOT_RECORD && this.from.text(at + 7, SPECIFICATION.length) === SPECIFICATION;
      if (isTorito) boot ??= readCatalog(this.from, at);
    }
    if (primary === undefined)
      throw this.from.wrong(
        FIRST_DESCRIPTOR * BLOCK_BYTES,
        "a primary volume descriptor",
        "none before the end of the set",
      );
    const blocks = this.checkDescriptor(primary);
    this.choose(primary, joliet);
    const descriptor = this.names === "Joliet" ? (joliet ?? primary) : primary;
    this.folder(descriptor + D_ROOT, "/", 0);
    const label = this.from.text(primary + D_VOLUME, NAME_FIELD_BYTES).trimEnd();
    return { label, blocks, names: this.names, entries: this.entries, boot };
  }

  private checkDescriptor(at: number): number {
    const blockBytes = this.from.u16(at + D_BLOCK_BYTES);
    if (blockBytes !== BLOCK_BYTES)
      throw this.from.wrong(at + D_BLOCK_BYTES, `blocks of ${BLOCK_BYTES} bytes`, blockBytes);
    const blocks = both32(this.from, at + D_BLOCKS);
    const there = Math.floor(this.from.bytes.length / BLOCK_BYTES);
    if (blocks > there) throw this.from.wrong(at + D_BLOCKS, `at most ${there} blocks, which there are`, blocks);
    return blocks;
  }

  /** The root's own record says whether there is Rock Ridge. */
  private choose(primary: number, joliet: number | undefined): void {
    const root = both32(this.from, primary + D_ROOT + R_EXTENT) * BLOCK_BYTES;
    const length = this.from.u8(root);
    const nameEnd = R_NAME + 1;
    const use = length > nameEnd ? readSystemUse(this.from, root + nameEnd, root + length) : undefined;
    if (use?.isMarked) {
      this.names = "Rock Ridge";
      this.skip = use.skip;
    } else if (joliet !== undefined) this.names = "Joliet";
  }

  /** @param record of the folder, in its parent or the descriptor */
  private folder(record: number, path: string, depth: number): void {
    const start = both32(this.from, record + R_EXTENT) * BLOCK_BYTES;
    const size = both32(this.from, record + R_SIZE);
    if (this.seen.has(start))
      throw this.from.wrong(
        record + R_EXTENT,
        `${path}: a directory of its own`,
        `block ${start / BLOCK_BYTES}, which was one before`,
      );
    this.seen.add(start);
    this.from.slice(start, size);
    this.directoryBytes += size;
    if (this.directoryBytes > this.from.bytes.length)
      throw this.from.wrong(record + R_SIZE, "directories smaller than the image", `${this.directoryBytes} bytes`);
    if (depth > MOST_DEPTH) throw this.from.wrong(record, `at most ${MOST_DEPTH} folders deep`, "more");
    for (let at = start; at < start + size; ) {
      const length = this.from.u8(at);
      if (length === 0) {
        // The rest of the block is empty.
        at = (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES;
        continue;
      }
      const nameBytes = this.from.u8(at + R_NAME_BYTES);
      const inBlock = BLOCK_BYTES - (at % BLOCK_BYTES);
      if (length < R_NAME + nameBytes || length > inBlock)
        throw this.from.wrong(at, `a record of at least ${R_NAME + nameBytes} bytes within its block`, length);
      this.record(at, length, nameBytes, path, depth);
      at += length;
    }
  }

  private record(at: number, length: number, nameBytes: number, folder: string, depth: number): void {
    const plain = this.from.text(at + R_NAME, nameBytes);
    if (plain === SELF || plain === PARENT) return;
    const name = this.nameOf(at, length, nameBytes, plain);
    const flags = this.from.u8(at + R_FLAGS);
    const isFolder = (flags & FLAG_DIRECTORY) !== 0;
    if (name === "" || name === "." || name === ".." || name.includes("/"))
      throw this.from.wrong(at + R_NAME, `a name in ${folder}`, JSON.stringify(name));
    if (this.entries.length === MOST_ENTRIES) throw this.from.wrong(at, `at most ${MOST_ENTRIES} files`, "more");
    const path = folder + name + (isFolder ? "/" : "");
    const offset = both32(this.from, at + R_EXTENT) * BLOCK_BYTES;
    const size = both32(this.from, at + R_SIZE);
    const time = readShortDate(this.from.slice(at + R_DATE, 7));
    if (isFolder) {
      this.entries.push({ path, offset, size: 0, time });
      this.folder(at, path, depth + 1);
      return;
    }
    if (size > 0) this.from.slice(offset, size);
    const last = this.entries[this.entries.length - 1];
    if (last?.path === path && last.offset + last.size === offset) last.size += size;
    else if (last?.path === path || (flags & FLAG_CONTINUES && size % BLOCK_BYTES !== 0))
      throw this.from.wrong(at + R_EXTENT, `${path} in one piece`, "parts that are apart");
    else this.entries.push({ path, offset, size, time });
  }

  private nameOf(at: number, length: number, nameBytes: number, plain: string): string {
    if (this.names === "Rock Ridge") {
      const start = R_NAME + nameBytes + ((nameBytes + 1) & 1) + this.skip;
      const { name } = readSystemUse(this.from, at + start, at + length);
      if (name !== undefined) return name;
    }
    const text = this.names === "Joliet" ? this.wideText(at + R_NAME, nameBytes) : plain;
    const bare = text.replace(/;\d+$/, "");
    return this.names === "plain" || !text.endsWith(VERSION) ? bare.replace(/\.$/, "") : bare;
  }

  private wideText(offset: number, count: number): string {
    const bytes = this.from.slice(offset, count);
    let text = "";
    for (let i = 0; i + 1 < count; i += 2) text += String.fromCharCode((bytes[i] << 8) | bytes[i + 1]);
    return text;
  }
}
