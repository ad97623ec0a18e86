// Reads a FAT volume whole, every field checked: chains that loop, leave the volume, cross each other or do not have their file's
// length are errors that say where. Source: Microsoft FAT Specification (2005).

import { MediaBytes } from "../media-error.ts";
import { areasOf, type BootRecord, readBootRecord } from "./boot-record.ts";
import { DIRECTORY, type DirectoryEntry, MOST_DIRECTORY_BYTES, readDirectory, VOLUME_LABEL } from "./directory.ts";
import { BAD, endFrom, FIRST_CLUSTER, FREE, readEntry } from "./table.ts";
import type { FatFile } from "./write.ts";

export interface FatVolume {
  record: BootRecord;
  /** Of the root directory's entry, else of the boot record. */
  label: string;
  /** Files and folders, a folder before what is in it; a folder's path ends with a slash. */
  files: (FatFile & { attributes: number; time: number })[];
  /** FAT32: what its information sector says to be free, when it says it. */
  statedFree: number | undefined;
  freeClusters: number;
  /** Clusters that are taken, and by nothing that a name leads to. */
  lostClusters: number;
}

const MOST_DEPTH = 64;
// Where the number of a first cluster stands: of the root in the boot record, of a file in its entry.
const ROOT_CLUSTER = 44;
const CLUSTER_LOW = 26;
const FS_INFO_LEAD = 0x41615252;
const FS_INFO_FREE = 488;
const UNKNOWN_FREE = 0xffffffff;

/**
 * @param file names the image in errors
 * @throws MediaError
 */
export function readFat(bytes: Uint8Array, file = "FAT volume"): FatVolume {
  return new Reader(bytes, file).read();
}

class Reader {
  private readonly from: MediaBytes;
  private readonly record: BootRecord;
  private readonly areas;
  private readonly fat: Uint8Array;
  private readonly clusterBytes: number;
  /** 1 for each cluster that a chain has been through. */
  private readonly owned: Uint8Array;
  private readonly files: FatVolume["files"] = [];
  private label: string | undefined;

  constructor(bytes: Uint8Array, file: string) {
    this.from = new MediaBytes(bytes, file);
    this.record = readBootRecord(bytes, file);
    const { bytesPerSector, sectorsPerFat, sectorsPerCluster } = this.record;
    this.areas = areasOf(this.record);
    this.fat = this.from.slice(this.areas.fat * bytesPerSector, sectorsPerFat * bytesPerSector);
    this.clusterBytes = sectorsPerCluster * bytesPerSector;
    this.owned = new Uint8Array(this.areas.clusters + FIRST_CLUSTER);
  }

  read(): FatVolume {
    const { record, areas } = this;
    this.checkFats();
    const rootOffset = areas.root * record.bytesPerSector;
    if (record.type === 32) this.chainFolder(record.rootCluster, 0, ROOT_CLUSTER, "/", 0);
    else
      this.folder(
        this.from.slice(rootOffset, record.rootEntries * 32),
        (offset) => rootOffset + offset,
        [0, 0],
        "/",
        0,
      );
    let freeClusters = 0;
    let lostClusters = 0;
    for (let cluster = FIRST_CLUSTER; cluster < this.owned.length; cluster++) {
      const entry = readEntry(this.fat, record.type, cluster);
      if (entry === FREE) freeClusters++;
      else if (this.owned[cluster] === 0 && entry !== BAD[record.type]) lostClusters++;
    }
    const statedFree = this.statedFree();
    return { record, label: this.label ?? record.label, files: this.files, statedFree, freeClusters, lostClusters };
  }

  private checkFats(): void {
    const { fatCount, sectorsPerFat, bytesPerSector, media } = this.record;
    if (this.fat[0] !== media)
      throw this.from.wrong(this.fatOffset(0), `the medium ${media.toString(16)}`, this.fat[0].toString(16));
    for (let copy = 1; copy < fatCount; copy++) {
      const start = (this.areas.fat + copy * sectorsPerFat) * bytesPerSector;
      const other = this.from.slice(start, this.fat.length);
      const at = this.fat.findIndex((byte, index) => byte !== other[index]);
      if (at >= 0) throw this.from.wrong(start + at, `copy ${copy + 1} of the FAT to be the same`, "another byte");
    }
  }

  private fatOffset(cluster: number): number {
    return this.areas.fat * this.record.bytesPerSector + Math.floor((cluster * this.record.type) / 8);
  }

  private statedFree(): number | undefined {
    const { fsInfoSector, bytesPerSector, reservedSectors } = this.record;
    if (fsInfoSector === 0 || fsInfoSector >= reservedSectors) return undefined;
    const at = fsInfoSector * bytesPerSector;
    if (this.from.u32(at) !== FS_INFO_LEAD)
      throw this.from.wrong(at, "RRaA, the information sector", this.from.text(at, 4));
    const free = this.from.u32(at + FS_INFO_FREE);
    return free === UNKNOWN_FREE ? undefined : free;
  }

  /**
   * @param parent first cluster of the folder that it is in
   * @param where offset of the number of the first cluster
   */
  private chainFolder(first: number, parent: number, where: number, path: string, depth: number): void {
    const chain = this.chain(first, undefined, path, where);
    const place = (offset: number) =>
      this.offsetOf(chain[Math.floor(offset / this.clusterBytes)]) + (offset % this.clusterBytes);
    this.folder(this.contents(chain), place, [first, parent], path, depth);
  }

  /**
   * @param place tells where in the image a byte of the folder stands
   * @param clusters the first ones of the folder and of its parent
   */
  private folder(
    bytes: Uint8Array,
    place: (offset: number) => number,
    clusters: readonly [own: number, parent: number],
    path: string,
    depth: number,
  ): void {
    for (const entry of readDirectory(bytes)) {
      if ((entry.attributes & VOLUME_LABEL) !== 0) {
        if (depth === 0) this.label ??= entry.name.replace(".", "");
      } else if (entry.name === "." || entry.name === "..") {
        this.checkDots(entry, place(entry.offset), clusters, path, depth);
      } else {
        this.entry(entry, place(entry.offset), clusters[0], path, depth);
      }
    }
  }

  /** A folder's first two entries are itself and its parent; the root, which has none of them, is told by 0. */
  private checkDots(
    entry: DirectoryEntry,
    at: number,
    [own, parent]: readonly [own: number, parent: number],
    path: string,
    depth: number,
  ): void {
    const expected = entry.name === "." ? own : depth === 1 ? 0 : parent;
    const cluster = this.clusterOf(entry);
    const isRoot = entry.name === ".." && depth === 1 && cluster === this.record.rootCluster;
    if (depth === 0) throw this.from.wrong(at, "no entry of that name in the root", `"${entry.name}"`);
    if (cluster !== expected && !isRoot)
      throw this.from.wrong(at + CLUSTER_LOW, `${path}${entry.name} at cluster ${expected}`, cluster);
  }

  private clusterOf(entry: DirectoryEntry): number {
    return entry.cluster & (this.record.type === 32 ? 0x0fffffff : 0xffff);
  }

  /** @param own first cluster of the folder that the entry is in */
  private entry(entry: DirectoryEntry, at: number, own: number, folder: string, depth: number): void {
    const { name, attributes, size, time } = entry;
    const cluster = this.clusterOf(entry);
    if (name === "" || name.includes("/")) throw this.from.wrong(at, `a name in ${folder}`, JSON.stringify(name));
    const path = `${folder}${name}`;
    if ((attributes & DIRECTORY) === 0) {
      const isEmpty = size === 0 && cluster === 0;
      const data = isEmpty ? new Uint8Array(0) : this.contents(this.chain(cluster, size, path, at + CLUSTER_LOW));
      this.files.push({ path, data: data.subarray(0, size), attributes, time });
      return;
    }
    if (depth >= MOST_DEPTH) throw this.from.wrong(at, `at most ${MOST_DEPTH} folders deep`, "more");
    this.files.push({ path: `${path}/`, data: new Uint8Array(0), attributes, time });
    this.chainFolder(cluster, own, at + CLUSTER_LOW, `${path}/`, depth + 1);
  }

  /**
   * The clusters of a file or folder, each of them its own.
   * @param size of a file, for which the chain must have the right length; undefined for a folder
   * @param start where the number of the first cluster stands
   */
  private chain(first: number, size: number | undefined, path: string, start: number): number[] {
    const { type } = this.record;
    const most = Math.ceil((size ?? MOST_DIRECTORY_BYTES) / this.clusterBytes);
    const expected = size === undefined ? `at most ${most} clusters` : `${most} clusters for ${size} bytes`;
    const chain: number[] = [];
    let where = start;
    for (let cluster = first; cluster < endFrom(type); cluster = readEntry(this.fat, type, cluster)) {
      this.checkLink(cluster, where, path, chain.length);
      if (chain.length === most) throw this.from.wrong(where, `${path}: ${expected}`, "a longer chain");
      this.owned[cluster] = 1;
      chain.push(cluster);
      where = this.fatOffset(cluster);
    }
    if (chain.length === 0 || (size !== undefined && chain.length < most))
      throw this.from.wrong(where, `${path}: ${expected}`, chain.length);
    return chain;
  }

  private checkLink(cluster: number, where: number, path: string, index: number): void {
    const what = `${path}: cluster ${index + 1} of its chain`;
    if (cluster < FIRST_CLUSTER || cluster >= this.owned.length)
      throw this.from.wrong(where, `${what} to be ${FIRST_CLUSTER} to ${this.owned.length - 1}`, cluster);
    if (this.owned[cluster] !== 0)
      throw this.from.wrong(where, `${what} to be nobody else's`, `cluster ${cluster}, which is in a chain already`);
  }

  private contents(chain: readonly number[]): Uint8Array {
    const bytes = new Uint8Array(chain.length * this.clusterBytes);
    chain.forEach((cluster, index) => {
      bytes.set(this.from.slice(this.offsetOf(cluster), this.clusterBytes), index * this.clusterBytes);
    });
    return bytes;
  }

  private offsetOf(cluster: number): number {
    return this.areas.data * this.record.bytesPerSector + (cluster - FIRST_CLUSTER) * this.clusterBytes;
  }
}
