// Makes a FAT volume of a list of files: directories with long names, both FATs, FAT32's information sector.
// Source: Microsoft FAT Specification (2005).

import { MediaError } from "../media-error.ts";
import { areasOf, type BootRecord, SECTOR_BYTES, writeBootRecord } from "./boot-record.ts";
import {
  ARCHIVE,
  DIRECTORY,
  entryBytes,
  MOST_DIRECTORY_BYTES,
  VOLUME_LABEL,
  writeDirectoryEntry,
} from "./directory.ts";
import { foldName, inventShortName, nameProblem, plainShortName, shortNameKey } from "./names.ts";
import { BACKUP_SECTOR, DEFAULT_TIME, FS_INFO_SECTOR, planVolume, type VolumeOptions } from "./plan.ts";
import { END, FIRST_CLUSTER, writeEntry } from "./table.ts";

export interface FatFile {
  /** "/bin/ls"; a folder's ends with a slash, and is needed only when nothing is in it. */
  path: string;
  data: Uint8Array;
  /** Seconds since 1970; the volume's if not given. */
  time?: number;
  /** ARCHIVE for a file and none for a folder, if not given. */
  attributes?: number;
}

export interface FatImageOptions extends VolumeOptions {
  /** 512 bytes of boot code; the parameter block is written into them. */
  bootSector?: Uint8Array;
  /** Zeros, `totalSectors` × 512 bytes, which become the volume: a part of a disk, so that nothing is copied. */
  target?: Uint8Array;
}

interface Folder {
  kind: "folder";
  name: string;
  path: string;
  attributes: number;
  time: number;
  children: Map<string, Folder | File>;
  parent: Folder | undefined;
  bytes: number;
  cluster: number;
}

interface File {
  kind: "file";
  name: string;
  path: string;
  attributes: number;
  time: number;
  data: Uint8Array;
  cluster: number;
}

/** FAT32's information sector. */
const FS_INFO_LEAD = 0x41615252;
const FS_INFO_SIGNATURE = 0x61417272;
const FS_INFO_TRAIL = 0xaa550000;
const DOT = new Uint8Array(11).fill(0x20).fill(0x2e, 0, 1);
const DOT_DOT = new Uint8Array(11).fill(0x20).fill(0x2e, 0, 2);
const MOST_DEPTH = 64;
const MOST_FILE_BYTES = 0xffffffff;

/**
 * @returns the volume, `totalSectors` × 512 bytes; its reserved sectors behind those of the file system are zero
 * @throws MediaError when a path is none, or the files do not fit
 */
export function writeFat(files: readonly FatFile[], options: FatImageOptions): Uint8Array {
  const record = planVolume(options);
  const time = options.time ?? DEFAULT_TIME;
  const root = buildTree(files, time);
  return new Writer(record, root, time, options).write(options.bootSector);
}

function buildTree(files: readonly FatFile[], time: number): Folder {
  const root = newFolder("", "/", time, undefined);
  for (const file of files) {
    const isFolder = file.path.endsWith("/");
    const names = file.path.replace(/^\//, "").replace(/\/$/, "").split("/");
    if (isFolder && names.length === 1 && names[0] === "") continue;
    if (names.length > MOST_DEPTH)
      throw new MediaError(file.path, 0, `at most ${MOST_DEPTH} folders deep`, `${names.length}`);
    const last = names.pop() ?? "";
    let folder = root;
    for (const name of names) folder = enter(folder, name, file.path, time);
    if (isFolder) {
      const made = enter(folder, last, file.path, time);
      made.attributes = (file.attributes ?? 0) | DIRECTORY;
      made.time = file.time ?? time;
    } else {
      add(folder, {
        kind: "file",
        name: last,
        path: file.path,
        attributes: file.attributes ?? ARCHIVE,
        time: file.time ?? time,
        data: file.data,
        cluster: 0,
      });
    }
  }
  return root;
}

function newFolder(name: string, path: string, time: number, parent: Folder | undefined): Folder {
  return { kind: "folder", name, path, attributes: DIRECTORY, time, children: new Map(), parent, bytes: 0, cluster: 0 };
}

function enter(folder: Folder, name: string, path: string, time: number): Folder {
  const there = folder.children.get(foldName(name));
  if (there === undefined) return add(folder, newFolder(name, path, time, folder));
  if (there.kind === "folder") return there;
  throw new MediaError(path, 0, `"${name}" to be a folder`, "a file of that name");
}

function add<T extends Folder | File>(folder: Folder, child: T): T {
  const problem = nameProblem(child.name);
  if (problem) throw new MediaError(child.path, 0, "a name that FAT can hold", problem);
  if (folder.children.has(foldName(child.name)))
    throw new MediaError(child.path, 0, "names that differ by more than the size of letters", "the name twice");
  folder.children.set(foldName(child.name), child);
  return child;
}

class Writer {
  private readonly image: Uint8Array;
  private readonly label: string | undefined;
  private readonly fat: Uint8Array;
  private readonly clusterBytes: number;
  private readonly areas;
  private next = FIRST_CLUSTER;

  constructor(
    private readonly record: BootRecord,
    private readonly root: Folder,
    private readonly time: number,
    { label, target }: FatImageOptions,
  ) {
    this.label = label;
    this.areas = areasOf(record);
    const bytes = record.totalSectors * SECTOR_BYTES;
    if (target && target.length !== bytes)
      throw new MediaError("FAT volume", 0, `room of ${bytes} bytes`, `${target.length} bytes`);
    this.image = target ?? new Uint8Array(bytes);
    this.fat = new Uint8Array(record.sectorsPerFat * SECTOR_BYTES);
    this.clusterBytes = record.sectorsPerCluster * SECTOR_BYTES;
  }

  write(bootSector: Uint8Array | undefined): Uint8Array {
    const { record, image, fat, areas } = this;
    if (bootSector && bootSector.length !== SECTOR_BYTES)
      throw new MediaError("boot sector", 0, `${SECTOR_BYTES} bytes`, `${bootSector.length} bytes`);
    writeEntry(fat, record.type, 0, (END[record.type] & ~0xff) | record.media);
    writeEntry(fat, record.type, 1, END[record.type]);
    this.checkFit();
    this.place(this.root);
    this.fill(this.root);
    const sector = image.subarray(0, SECTOR_BYTES);
    if (bootSector) sector.set(bootSector);
    writeBootRecord(sector, record);
    for (let copy = 0; copy < record.fatCount; copy++)
      image.set(fat, (areas.fat + copy * record.sectorsPerFat) * SECTOR_BYTES);
    if (record.type === 32) this.writeInformation();
    return image;
  }

  /** Says how much there is before anything is written. */
  private checkFit(): void {
    const clusters = this.measure(this.root, 0);
    if (clusters > this.areas.clusters) {
      throw new MediaError(
        "FAT volume",
        0,
        `files that fit into ${this.areas.clusters} clusters of ${this.clusterBytes} bytes`,
        `${clusters} clusters`,
      );
    }
  }

  /** Counts the clusters of a folder and all that is in it. */
  private measure(folder: Folder, depth: number): number {
    const isFixed = folder === this.root && this.record.type !== 32;
    const own = folder === this.root ? (this.label === undefined ? 0 : 1) : 2;
    let bytes = own * 32;
    let clusters = 0;
    for (const child of folder.children.values()) {
      bytes += entryBytes(plainShortName(child.name) ? undefined : child.name);
      if (child.kind === "folder") clusters += this.measure(child, depth + 1);
      else if (child.data.length > MOST_FILE_BYTES)
        throw new MediaError(child.path, 0, "a file below 4 GiB", `${child.data.length} bytes`);
      else clusters += this.clustersOf(child.data.length);
    }
    const limit = isFixed ? this.record.rootEntries * 32 : MOST_DIRECTORY_BYTES;
    if (bytes > limit)
      throw new MediaError(folder.path, 0, `at most ${limit / 32} entries in the folder`, `${bytes / 32}`);
    folder.bytes = isFixed ? limit : Math.max(1, this.clustersOf(bytes)) * this.clusterBytes;
    return clusters + (isFixed ? 0 : folder.bytes / this.clusterBytes);
  }

  private clustersOf(bytes: number): number {
    return Math.ceil(bytes / this.clusterBytes);
  }

  /** Gives a folder and all that is in it their clusters, one after the other. */
  private place(folder: Folder): void {
    if (folder !== this.root || this.record.type === 32) folder.cluster = this.allocate(folder.bytes);
    for (const child of folder.children.values()) {
      if (child.kind === "folder") this.place(child);
      else if (child.data.length > 0) child.cluster = this.allocate(child.data.length);
    }
  }

  private allocate(bytes: number): number {
    const { type } = this.record;
    const first = this.next;
    this.next += this.clustersOf(bytes);
    for (let cluster = first; cluster < this.next; cluster++)
      writeEntry(this.fat, type, cluster, cluster + 1 < this.next ? cluster + 1 : END[type]);
    return first;
  }

  private offsetOf(cluster: number): number {
    return this.areas.data * SECTOR_BYTES + (cluster - FIRST_CLUSTER) * this.clusterBytes;
  }

  private fill(folder: Folder): void {
    const start = folder.cluster === 0 ? this.areas.root * SECTOR_BYTES : this.offsetOf(folder.cluster);
    const into = this.image.subarray(start, start + folder.bytes);
    let at = this.writeOwnEntries(folder, into);
    const taken = new Set<string>();
    for (const { name } of folder.children.values()) {
      const plain = plainShortName(name);
      if (plain) taken.add(shortNameKey(plain));
    }
    for (const child of folder.children.values()) {
      const plain = plainShortName(child.name);
      const shortName = plain ?? inventShortName(child.name, taken);
      taken.add(shortNameKey(shortName));
      const size = child.kind === "file" ? child.data.length : 0;
      const { attributes, cluster, time } = child;
      at = writeDirectoryEntry(
        into,
        at,
        { shortName, attributes, cluster, size, time },
        plain ? undefined : child.name,
      );
      if (child.kind === "folder") this.fill(child);
      else if (size > 0) this.image.set(child.data, this.offsetOf(cluster));
    }
  }

  /** The root has the volume's label; any other folder itself and its parent, whose cluster is 0 when it is the root. */
  private writeOwnEntries(folder: Folder, into: Uint8Array): number {
    const { parent, time } = folder;
    if (parent) {
      const own = { attributes: DIRECTORY, size: 0, time };
      const at = writeDirectoryEntry(into, 0, { ...own, shortName: DOT, cluster: folder.cluster });
      const up = parent === this.root ? 0 : parent.cluster;
      return writeDirectoryEntry(into, at, { ...own, shortName: DOT_DOT, cluster: up });
    }
    if (this.label === undefined) return 0;
    const shortName = new Uint8Array(11).fill(0x20);
    shortName.set(new TextEncoder().encode(this.record.label).subarray(0, 11));
    return writeDirectoryEntry(into, 0, { shortName, attributes: VOLUME_LABEL, cluster: 0, size: 0, time: this.time });
  }

  private writeInformation(): void {
    const { image } = this;
    const sector = new Uint8Array(SECTOR_BYTES);
    const view = new DataView(sector.buffer);
    view.setUint32(0, FS_INFO_LEAD, true);
    view.setUint32(484, FS_INFO_SIGNATURE, true);
    view.setUint32(488, this.areas.clusters - (this.next - FIRST_CLUSTER), true);
    view.setUint32(492, this.next, true);
    view.setUint32(508, FS_INFO_TRAIL, true);
    image.set(sector, FS_INFO_SECTOR * SECTOR_BYTES);
    image.copyWithin(BACKUP_SECTOR * SECTOR_BYTES, 0, 2 * SECTOR_BYTES);
  }
}
