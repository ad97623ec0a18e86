// Makes a CD of a list of files: ISO 9660 with Rock Ridge, a Joliet tree beside it, and El Torito to boot from.
// Sources: ECMA-119; Joliet Specification; and those of rock-ridge.ts and el-torito.ts.
//
// Block 16 the primary descriptor, 17 the boot record if there is one, then Joliet's and the end; the boot catalog; path tables;
// directories with Rock Ridge's continuations; Joliet's directories; files, the boot image among them.

import { MediaError } from "../media-error.ts";
import { type BootImage, withInformationTable, writeBootDescriptor, writeCatalog } from "./el-torito.ts";
import {
  ascii,
  BLOCK_BYTES,
  blocksOf,
  D_BLOCK_BYTES,
  D_BLOCKS,
  D_CREATION,
  D_ESCAPES,
  D_PATH_TABLE_BYTES,
  D_PATH_TABLE_L,
  D_PATH_TABLE_M,
  D_ROOT,
  D_SEQUENCE,
  D_SET_NAME,
  D_SET_SIZE,
  D_STANDARD,
  D_STRUCTURE_VERSION,
  D_SYSTEM,
  D_TEXTS_END,
  D_VERSION,
  D_VOLUME,
  FIRST_DESCRIPTOR,
  FLAG_DIRECTORY,
  JOLIET_ESCAPE,
  longDate,
  MOST_RECORD_BYTES,
  NAME_FIELD_BYTES,
  PRIMARY,
  putBoth16,
  putBoth32,
  R_DATE,
  R_EXTENT,
  R_FLAGS,
  R_NAME,
  R_NAME_BYTES,
  R_SEQUENCE,
  R_SIZE,
  STANDARD,
  SUPPLEMENTARY,
  SYSTEM_AREA_BLOCKS,
  shortDate,
  TERMINATOR,
  ucs2,
} from "./layout.ts";
import { CONTINUATION_BYTES, continuation, posixEntries, rootEntries } from "./rock-ridge.ts";
import { buildTree, foldersOf, type IsoFile, type IsoNode, sortedChildren } from "./tree.ts";

export interface IsoOptions {
  /** At most 32 characters; "MINIOS" if not given. */
  label?: string;
  /** Of all files that have none of their own, in seconds since 1970; 2000-01-01 if not given. */
  time?: number;
  boot?: BootImage;
  /** The image's size is a multiple of so many bytes. */
  alignBytes?: number;
}

export interface IsoPlan {
  /** Blocks of 2048 bytes of the whole image. */
  blocks: number;
  /** Where the boot image starts, in blocks, and the sectors of 512 bytes that are loaded of it. */
  boot: { block: number; loadSectors: number } | undefined;
  /** The image in order. @param systemArea its first bytes, at most 32 KiB */
  pieces(systemArea?: Uint8Array): Generator<Uint8Array>;
}

const DEFAULT_TIME = 946684800;
const MOST_BYTES = 2 ** 31;
const MOST_FOLDERS = 65535;
const SECTORS_PER_BLOCK = 4;
const JOLIET_LABEL_CHARACTERS = 16;
const SELF = "\0";
const PARENT = "\x01";

/** @throws MediaError when names, sizes or the boot image are not what they must be */
export function planIso(files: readonly IsoFile[], options: IsoOptions = {}): IsoPlan {
  return new Planner(files, options).plan();
}

/** One of the two trees: 0 the primary one with Rock Ridge, 1 Joliet. */
interface Tree {
  kind: 0 | 1;
  folders: IsoNode[];
  /** Where each folder's directory stands, and its bytes. */
  places: Map<IsoNode, { block: number; bytes: number }>;
  pathTable: { l: number; m: number; bytes: number };
}

class Planner {
  private readonly root: IsoNode;
  private readonly trees: readonly [Tree, Tree];
  private readonly time: number;
  private readonly label: string;
  private readonly boot: BootImage | undefined;
  private catalog = 0;
  private continuationBlock = 0;
  private continuations = new Continuations(0);
  private directoriesEnd = 0;
  private bootBlock = 0;
  private end = 0;

  constructor(
    files: readonly IsoFile[],
    private readonly options: IsoOptions,
  ) {
    this.time = options.time ?? DEFAULT_TIME;
    this.label = options.label ?? "MINIOS";
    if (!/^[\x20-\x7e]{1,32}$/.test(this.label))
      throw new MediaError("CD", 0, "a label of 1 to 32 characters of ASCII", JSON.stringify(this.label));
    // A copy of its own, by which it is known among the files.
    this.boot = options.boot && { ...options.boot, bytes: options.boot.bytes.slice() };
    if (this.boot) checkBoot(this.boot);
    const { boot } = this;
    const all = boot
      ? [...files.filter(({ path }) => path !== boot.path), { path: boot.path, data: boot.bytes }]
      : files;
    this.root = buildTree(all, this.time);
    this.trees = [this.newTree(0), this.newTree(1)];
  }

  plan(): IsoPlan {
    let next = FIRST_DESCRIPTOR + (this.boot ? 4 : 3);
    if (this.boot) this.catalog = next++;
    for (const { pathTable } of this.trees) {
      pathTable.l = next;
      pathTable.m = next + blocksOf(pathTable.bytes);
      next = pathTable.m + blocksOf(pathTable.bytes);
    }
    next = this.placeFolders(this.trees[0], next);
    this.continuationBlock = next;
    this.continuations = new Continuations(next);
    for (const folder of this.trees[0].folders) this.directory(folder, this.trees[0]);
    next += this.continuations.blocks;
    next = this.placeFolders(this.trees[1], next);
    this.directoriesEnd = next;
    for (const file of this.files()) {
      if (file.data.length === 0) continue;
      if (file.data === this.boot?.bytes) this.bootBlock = next;
      file.block = next;
      next += blocksOf(file.data.length);
    }
    const step = Math.max(1, (this.options.alignBytes ?? BLOCK_BYTES) / BLOCK_BYTES);
    this.end = Math.ceil(next / step) * step;
    if (this.end * BLOCK_BYTES > MOST_BYTES)
      throw new MediaError("CD", 0, `at most ${MOST_BYTES} bytes`, `${this.end * BLOCK_BYTES} bytes`);
    const boot = this.boot && { block: this.bootBlock, loadSectors: loadSectorsOf(this.boot) };
    return { blocks: this.end, boot, pieces: (systemArea) => this.pieces(systemArea) };
  }

  private newTree(kind: 0 | 1): Tree {
    const folders = foldersOf(this.root, kind);
    if (folders.length > MOST_FOLDERS)
      throw new MediaError("CD", 0, `at most ${MOST_FOLDERS} folders`, `${folders.length}`);
    const tree: Tree = { kind, folders, places: new Map(), pathTable: { l: 0, m: 0, bytes: 0 } };
    tree.pathTable.bytes = this.pathTable(tree, true).length;
    return tree;
  }

  /** Measures the directories, whose sizes do not depend on where things stand, and gives them their places. */
  private placeFolders(tree: Tree, first: number): number {
    let next = first;
    this.continuations = new Continuations(0);
    for (const folder of tree.folders) {
      const bytes = this.directory(folder, tree).length;
      tree.places.set(folder, { block: next, bytes });
      next += bytes / BLOCK_BYTES;
    }
    return next;
  }

  private *files(folder = this.root): Generator<IsoNode> {
    for (const child of folder.children) {
      if (child.isFolder) yield* this.files(child);
      else yield child;
    }
  }

  private *pieces(systemArea: Uint8Array = new Uint8Array(0)): Generator<Uint8Array> {
    yield filled(systemArea, SYSTEM_AREA_BLOCKS * BLOCK_BYTES);
    yield this.descriptor(this.trees[0]);
    if (this.boot) yield writeBootDescriptor(this.catalog);
    yield this.descriptor(this.trees[1]);
    yield terminator();
    if (this.boot) yield writeCatalog(loadSectorsOf(this.boot), this.bootBlock);
    for (const tree of this.trees) {
      for (const isLittle of [true, false]) yield wholeBlocks(this.pathTable(tree, isLittle));
    }
    const [primary, joliet] = this.trees;
    this.continuations = new Continuations(this.continuationBlock);
    for (const folder of primary.folders) yield this.directory(folder, primary);
    yield this.continuations.bytes();
    for (const folder of joliet.folders) yield this.directory(folder, joliet);
    let done = this.directoriesEnd;
    for (const { data, block } of this.files()) {
      if (data.length === 0) continue;
      const isPatched = data === this.boot?.bytes && this.boot.informationTable;
      yield wholeBlocks(isPatched ? withInformationTable(data, FIRST_DESCRIPTOR, block) : data);
      done = block + blocksOf(data.length);
    }
    yield new Uint8Array((this.end - done) * BLOCK_BYTES);
  }

  private descriptor(tree: Tree): Uint8Array {
    const bytes = new Uint8Array(BLOCK_BYTES);
    const view = new DataView(bytes.buffer);
    const text = tree.kind === 0 ? ascii : ucs2;
    bytes[0] = tree.kind === 0 ? PRIMARY : SUPPLEMENTARY;
    bytes.set(ascii(STANDARD, STANDARD.length), D_STANDARD);
    bytes[D_VERSION] = 1;
    bytes.set(text("", NAME_FIELD_BYTES), D_SYSTEM);
    const label = tree.kind === 0 ? this.label.toUpperCase() : this.label.slice(0, JOLIET_LABEL_CHARACTERS);
    bytes.set(text(label, NAME_FIELD_BYTES), D_VOLUME);
    putBoth32(view, D_BLOCKS, this.end);
    if (tree.kind === 1)
      for (let i = 0; i < JOLIET_ESCAPE.length; i++) bytes[D_ESCAPES + i] = JOLIET_ESCAPE.charCodeAt(i);
    putBoth16(view, D_SET_SIZE, 1);
    putBoth16(view, D_SEQUENCE, 1);
    putBoth16(view, D_BLOCK_BYTES, BLOCK_BYTES);
    putBoth32(view, D_PATH_TABLE_BYTES, tree.pathTable.bytes);
    view.setUint32(D_PATH_TABLE_L, tree.pathTable.l, true);
    view.setUint32(D_PATH_TABLE_M, tree.pathTable.m, false);
    bytes.set(this.record(SELF, this.root, tree, []), D_ROOT);
    bytes.set(text("", D_TEXTS_END - D_SET_NAME), D_SET_NAME);
    // Created and modified then; it does not expire, and is effective at once.
    [this.time, this.time, undefined, undefined].forEach((seconds, index) => {
      bytes.set(longDate(seconds), D_CREATION + index * 17);
    });
    bytes[D_STRUCTURE_VERSION] = 1;
    return bytes;
  }

  private pathTable(tree: Tree, isLittle: boolean): Uint8Array {
    const numbers = new Map(tree.folders.map((folder, index) => [folder, index + 1]));
    const parts = tree.folders.map((folder) => {
      const name = nameBytes(folder.parent ? folder.names[tree.kind] : SELF, tree.kind);
      const bytes = new Uint8Array(8 + name.length + (name.length & 1));
      const view = new DataView(bytes.buffer);
      bytes[0] = name.length;
      view.setUint32(2, tree.places.get(folder)?.block ?? 0, isLittle);
      view.setUint16(6, numbers.get(folder.parent ?? folder) ?? 1, isLittle);
      bytes.set(name, 8);
      return bytes;
    });
    return joined(parts);
  }

  /** A folder's records, in whole blocks; no record goes from one block to the next. */
  private directory(folder: IsoNode, tree: Tree): Uint8Array {
    const parent = folder.parent ?? folder;
    const records = [
      this.record(SELF, folder, tree, this.systemUse(folder, SELF, tree)),
      this.record(PARENT, parent, tree, this.systemUse(parent, PARENT, tree)),
    ];
    for (const child of sortedChildren(folder, tree.kind)) {
      const name = child.names[tree.kind];
      records.push(this.record(name, child, tree, this.systemUse(child, name, tree)));
    }
    const blocks: Uint8Array[] = [];
    let used = BLOCK_BYTES;
    for (const record of records) {
      if (used + record.length > BLOCK_BYTES) {
        blocks.push(new Uint8Array(BLOCK_BYTES));
        used = 0;
      }
      blocks[blocks.length - 1].set(record, used);
      used += record.length;
    }
    return joined(blocks);
  }

  private systemUse(node: IsoNode, name: string, tree: Tree): Uint8Array[] {
    if (tree.kind === 1) return [];
    const isOwn = name === SELF || name === PARENT;
    const subfolders = node.children.filter(({ isFolder }) => isFolder).length;
    const entries = posixEntries({
      name: isOwn ? undefined : node.name,
      isFolder: node.isFolder,
      links: node.isFolder ? 2 + subfolders : 1,
      time: node.time,
    });
    if (name !== SELF || node.parent) return entries;
    const { first, last } = rootEntries();
    return [first, ...entries, last];
  }

  /** @param entries of Rock Ridge; what does not fit goes to the continuations */
  private record(name: string, node: IsoNode, tree: Tree, entries: readonly Uint8Array[]): Uint8Array {
    const bytes = nameBytes(name, tree.kind);
    const nameEnd = R_NAME + bytes.length + ((bytes.length + 1) & 1);
    const here = this.fitting(nameEnd, entries);
    const length = nameEnd + here.reduce((sum, entry) => sum + entry.length, 0);
    const record = new Uint8Array(length + (length & 1));
    const view = new DataView(record.buffer);
    const place = node.isFolder ? tree.places.get(node) : { block: node.block, bytes: node.data.length };
    record[0] = record.length;
    putBoth32(view, R_EXTENT, place?.block ?? 0);
    putBoth32(view, R_SIZE, place?.bytes ?? 0);
    record.set(shortDate(node.time), R_DATE);
    record[R_FLAGS] = node.isFolder ? FLAG_DIRECTORY : 0;
    putBoth16(view, R_SEQUENCE, 1);
    record[R_NAME_BYTES] = bytes.length;
    record.set(bytes, R_NAME);
    record.set(joined(here), nameEnd);
    return record;
  }

  private fitting(start: number, entries: readonly Uint8Array[]): Uint8Array[] {
    const total = entries.reduce((sum, entry) => sum + entry.length, 0);
    if (start + total <= MOST_RECORD_BYTES) return [...entries];
    const here: Uint8Array[] = [];
    let used = start + CONTINUATION_BYTES;
    let index = 0;
    while (index < entries.length && used + entries[index].length <= MOST_RECORD_BYTES) {
      used += entries[index].length;
      here.push(entries[index++]);
    }
    return [...here, this.continuations.add(joined(entries.slice(index)))];
  }
}

/** Where Rock Ridge's entries go on that do not fit into their records; none goes from one block to the next. */
class Continuations {
  private readonly parts: { at: number; bytes: Uint8Array }[] = [];
  private end = 0;

  constructor(private readonly firstBlock: number) {}

  get blocks(): number {
    return blocksOf(this.end);
  }

  /** @returns the entry that says where they are */
  add(bytes: Uint8Array): Uint8Array {
    if ((this.end % BLOCK_BYTES) + bytes.length > BLOCK_BYTES) this.end = this.blocks * BLOCK_BYTES;
    const at = this.end;
    this.parts.push({ at, bytes });
    this.end += bytes.length;
    return continuation(this.firstBlock + Math.floor(at / BLOCK_BYTES), at % BLOCK_BYTES, bytes.length);
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.blocks * BLOCK_BYTES);
    for (const { at, bytes } of this.parts) all.set(bytes, at);
    return all;
  }
}

function checkBoot({ bytes, loadSectors, informationTable }: BootImage): void {
  if (bytes.length === 0) throw new MediaError("boot image", 0, "some bytes", "none");
  const count = loadSectors ?? Math.ceil(bytes.length / 512);
  if (!Number.isInteger(count) || count < 1 || count > 0xffff)
    throw new MediaError("boot image", 0, "1 to 65535 sectors of 512 bytes to load", `${count}`);
  if (informationTable && bytes.length < 64)
    throw new MediaError("boot image", 0, "room for the boot information table, 64 bytes", `${bytes.length} bytes`);
}

/** In whole blocks: a CD is not read in less. */
function loadSectorsOf({ bytes, loadSectors }: BootImage): number {
  return loadSectors ?? Math.min(0xffff, blocksOf(bytes.length) * SECTORS_PER_BLOCK);
}

function terminator(): Uint8Array {
  const bytes = new Uint8Array(BLOCK_BYTES);
  bytes[0] = TERMINATOR;
  bytes.set(ascii(STANDARD, STANDARD.length), D_STANDARD);
  bytes[D_VERSION] = 1;
  return bytes;
}

/** A folder's own name and its parent's are one byte in both trees. */
function nameBytes(name: string, kind: 0 | 1): Uint8Array {
  if (kind === 0 || name === SELF || name === PARENT) return ascii(name, name.length);
  return ucs2(name, name.length * 2);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function filled(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length > length) throw new MediaError("system area", 0, `at most ${length} bytes`, `${bytes.length} bytes`);
  const all = new Uint8Array(length);
  all.set(bytes);
  return all;
}

function wholeBlocks(bytes: Uint8Array): Uint8Array {
  return bytes.length % BLOCK_BYTES === 0 ? bytes : filled(bytes, blocksOf(bytes.length) * BLOCK_BYTES);
}
