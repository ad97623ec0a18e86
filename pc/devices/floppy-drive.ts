// A floppy drive and the disk in it: where the heads stand, and the sectors as one flat image.
// The image is the array given at insertion; writes go straight into it.

import type { DeviceState } from "../bus.ts";
import { bytesField, loadFields, saveFields } from "./state.ts";

export const SECTOR_SIZE = 512;

/** Data rates as the controller's two rate bits name them. */
const RATE_500K = 0;
const RATE_300K = 1;
const RATE_250K = 2;
const RATE_1M = 3;

export interface FloppyGeometry {
  cylinders: number;
  heads: number;
  sectorsPerTrack: number;
  /** Rate bits at which its tracks can be read. */
  rates: readonly number[];
}

// 40-track disks are read at 250 kbit/s, or at 300 in the faster turning 1.2 MB drive.
const GEOMETRIES: readonly FloppyGeometry[] = [
  { cylinders: 40, heads: 1, sectorsPerTrack: 8, rates: [RATE_250K, RATE_300K] }, // 160 KiB
  { cylinders: 40, heads: 1, sectorsPerTrack: 9, rates: [RATE_250K, RATE_300K] }, // 180 KiB
  { cylinders: 40, heads: 2, sectorsPerTrack: 8, rates: [RATE_250K, RATE_300K] }, // 320 KiB
  { cylinders: 40, heads: 2, sectorsPerTrack: 9, rates: [RATE_250K, RATE_300K] }, // 360 KiB
  { cylinders: 80, heads: 2, sectorsPerTrack: 9, rates: [RATE_250K] }, // 720 KiB
  { cylinders: 80, heads: 2, sectorsPerTrack: 15, rates: [RATE_500K] }, // 1.2 MB
  { cylinders: 80, heads: 2, sectorsPerTrack: 18, rates: [RATE_500K] }, // 1.44 MB
  { cylinders: 80, heads: 2, sectorsPerTrack: 21, rates: [RATE_500K] }, // 1.68 MB (DMF)
  { cylinders: 80, heads: 2, sectorsPerTrack: 36, rates: [RATE_1M] }, // 2.88 MB
];

export function geometryBytes(geometry: FloppyGeometry): number {
  return geometry.cylinders * geometry.heads * geometry.sectorsPerTrack * SECTOR_SIZE;
}

/** The geometry of an image of exactly this size, or undefined. */
export function floppyGeometry(imageBytes: number): FloppyGeometry | undefined {
  return GEOMETRIES.find((geometry) => geometryBytes(geometry) === imageBytes);
}

/** Sizes of all images that can be inserted, in bytes. */
export function floppySizes(): number[] {
  return GEOMETRIES.map(geometryBytes);
}

/** The CMOS type of the drive in which PCs read such a disk: 1 360K, 2 1.2M, 3 720K, 4 1.44M, 5 2.88M. */
export function driveTypeFor(geometry: FloppyGeometry): number {
  if (geometry.cylinders === 40) return 1;
  if (geometry.sectorsPerTrack === 15) return 2;
  if (geometry.sectorsPerTrack === 9) return 3;
  return geometry.sectorsPerTrack === 36 ? 5 : 4;
}

/** An image that is no floppy disk. */
export class FloppyImageError extends Error {
  override readonly name = "FloppyImageError";

  constructor(readonly found: number) {
    super(`floppy image: expected one of ${floppySizes().join(", ")} bytes, found ${found}`);
  }
}

/** Steps to the innermost cylinder that a drive can reach. */
const LAST_CYLINDER = 83;

const FIELDS = ["cylinder", "changed", "writeProtected", "modified"] as const;

export class FloppyDrive {
  image: Uint8Array | undefined;
  geometry: FloppyGeometry | undefined;
  /** Where the heads stand. */
  cylinder = 0;
  /** The disk change line: set when the disk goes, cleared by a step with a disk in place. */
  changed = true;
  writeProtected = false;
  /** The guest has written to the disk. */
  modified = false;
  /** Told of the blocks that the guest reads and writes. */
  onTransfer: ((first: number, count: number, isWrite: boolean) => void) | undefined;

  insert(image: Uint8Array, writeProtected: boolean): void {
    const geometry = floppyGeometry(image.length);
    if (geometry === undefined) throw new FloppyImageError(image.length);
    this.image = image;
    this.geometry = geometry;
    this.writeProtected = writeProtected;
    this.changed = true;
    this.modified = false;
  }

  eject(): Uint8Array | undefined {
    const image = this.image;
    this.image = undefined;
    this.geometry = undefined;
    this.changed = true;
    return image;
  }

  /** Moves the heads by `steps` cylinders (negative: outwards). */
  step(steps: number): void {
    if (steps === 0) return;
    this.cylinder = Math.min(LAST_CYLINDER, Math.max(0, this.cylinder + steps));
    if (this.image) this.changed = false;
  }

  /** The bytes of a sector on the cylinder under the heads; undefined when it is not on the disk. */
  sector(head: number, sector: number): Uint8Array | undefined {
    const { image, geometry } = this;
    if (image === undefined || geometry === undefined) return undefined;
    if (this.cylinder >= geometry.cylinders || head >= geometry.heads) return undefined;
    if (sector < 1 || sector > geometry.sectorsPerTrack) return undefined;
    const block = this.blockOf(geometry, head, sector);
    return image.subarray(block * SECTOR_SIZE, (block + 1) * SECTOR_SIZE);
  }

  private blockOf({ heads, sectorsPerTrack }: FloppyGeometry, head: number, sector: number): number {
    return (this.cylinder * heads + head) * sectorsPerTrack + sector - 1;
  }

  /** Blocks on the disk; 0 without one. */
  get blockCount(): number {
    return (this.image?.length ?? 0) / SECTOR_SIZE;
  }

  /** The host has read or written the sector under the heads. */
  transferred(head: number, sector: number, isWrite: boolean): void {
    if (this.onTransfer && this.geometry) this.onTransfer(this.blockOf(this.geometry, head, sector), 1, isWrite);
  }

  look(): DeviceState {
    return { ...saveFields<FloppyDrive>(this, FIELDS), blockCount: this.blockCount };
  }

  save(): DeviceState {
    return { ...this.look(), image: this.image?.slice() ?? null };
  }

  load(state: DeviceState): void {
    if (state["image"] === null) {
      this.image = undefined;
      this.geometry = undefined;
    } else {
      const image = bytesField(state, "image");
      const geometry = floppyGeometry(image.length);
      if (geometry === undefined) throw new FloppyImageError(image.length);
      // Whoever inserted the image keeps seeing it.
      if (this.image?.length === image.length) this.image.set(image);
      else this.image = image;
      this.geometry = geometry;
    }
    loadFields<FloppyDrive>(this, FIELDS, state);
  }
}
