// Where the contents of disks and CDs come from: numbered blocks, read on demand, so that an image of gigabytes costs no memory.
// What the guest writes is kept apart from the source, as an overlay: the source stays as it was, and a saved state of the machine
// needs only what was written.

import type { DeviceState } from "./bus.ts";

/** Bytes in a block, whatever the drive's own sectors are. */
export const BLOCK_SIZE = 512;

/** Blocks in a sector of a CD. */
export const CD_BLOCKS = 4;

export interface DiskGeometry {
  cylinders: number;
  heads: number;
  sectorsPerTrack: number;
}

/** The contents of a disk as they are at power-on. Reading has no side effects: equal reads give equal bytes. */
export interface BlockSource {
  /** How many blocks of 512 bytes there are. */
  readonly blockCount: number;
  /** The geometry that the image's maker chose; guessed from the size when not given. */
  readonly geometry?: DiskGeometry;
  /** The bytes of `count` blocks from `first` on; the caller does not write into them. */
  read(first: number, count: number): Uint8Array;
}

/** An image that is no disk: empty, or no whole number of blocks. */
export class DiskImageError extends Error {
  override readonly name = "DiskImageError";

  constructor(
    readonly expected: string,
    readonly found: string,
  ) {
    super(`disk image: expected ${expected}, found ${found}`);
  }
}

/** An array as a source. Throws DiskImageError when its length is no multiple of a block, or 0. */
export function blocksOf(image: Uint8Array | BlockSource): BlockSource {
  if (!(image instanceof Uint8Array)) return image;
  if (image.length === 0 || image.length % BLOCK_SIZE !== 0) {
    throw new DiskImageError(`a whole number of blocks of ${BLOCK_SIZE} bytes`, `${image.length} bytes`);
  }
  return {
    blockCount: image.length / BLOCK_SIZE,
    read: (first, count) => image.subarray(first * BLOCK_SIZE, (first + count) * BLOCK_SIZE),
  };
}

/** A CD's image as a source: whole sectors of 2,048 bytes. Throws DiskImageError when it is none. */
export function cdBlocksOf(image: Uint8Array | BlockSource): BlockSource {
  const source = blocksOf(image);
  if (source.blockCount % CD_BLOCKS !== 0) {
    const found = `${source.blockCount * BLOCK_SIZE} bytes`;
    throw new DiskImageError(`a CD: a whole number of sectors of ${CD_BLOCKS * BLOCK_SIZE} bytes`, found);
  }
  return source;
}

/** Blocks in one piece of an overlay: 4 KiB, a page of a saved state. */
const PIECE_BLOCKS = 8;
const PIECE_BYTES = PIECE_BLOCKS * BLOCK_SIZE;

/** Blocks that the guest may write: a source, and over it whatever was written since power-on. */
export class WritableBlocks {
  private readonly pieces = new Map<number, Uint8Array>();

  constructor(readonly source: BlockSource) {}

  get blockCount(): number {
    return this.source.blockCount;
  }

  /** The guest has written something. */
  get modified(): boolean {
    return this.pieces.size > 0;
  }

  /** A copy of `count` blocks; all of them must exist. */
  read(first: number, count: number): Uint8Array {
    const bytes = this.source.read(first, count).slice();
    if (this.pieces.size === 0) return bytes;
    for (let block = first; block < first + count; block++) {
      const piece = this.pieces.get(Math.floor(block / PIECE_BLOCKS));
      if (piece === undefined) continue;
      const at = (block % PIECE_BLOCKS) * BLOCK_SIZE;
      bytes.set(piece.subarray(at, at + BLOCK_SIZE), (block - first) * BLOCK_SIZE);
    }
    return bytes;
  }

  /** Writes whole blocks; all of them must exist. */
  write(first: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += BLOCK_SIZE) {
      const block = first + at / BLOCK_SIZE;
      const piece = this.pieceOf(Math.floor(block / PIECE_BLOCKS));
      piece.set(bytes.subarray(at, at + BLOCK_SIZE), (block % PIECE_BLOCKS) * BLOCK_SIZE);
    }
  }

  /** What differs from the source, as runs of blocks in ascending order: what an image file must be given to be like the disk. */
  *changes(): Generator<{ first: number; bytes: Uint8Array }> {
    for (const index of [...this.pieces.keys()].sort((a, b) => a - b)) {
      const piece = this.pieces.get(index);
      if (piece === undefined) continue;
      const first = index * PIECE_BLOCKS;
      const before = this.source.read(first, piece.length / BLOCK_SIZE);
      for (let at = 0; at < piece.length; at += BLOCK_SIZE) {
        const bytes = piece.subarray(at, at + BLOCK_SIZE);
        if (!sameBytes(bytes, before.subarray(at, at + BLOCK_SIZE))) yield { first: first + at / BLOCK_SIZE, bytes };
      }
    }
  }

  save(): DeviceState {
    const indexes = [...this.pieces.keys()].sort((a, b) => a - b);
    const bytes = new Uint8Array(indexes.length * PIECE_BYTES);
    indexes.forEach((index, i) => {
      const piece = this.pieces.get(index);
      if (piece) bytes.set(piece, i * PIECE_BYTES);
    });
    return { indexes, bytes };
  }

  /** Throws DiskImageError when the state is of another disk. */
  load(state: DeviceState): void {
    const { indexes, bytes } = state;
    if (!Array.isArray(indexes) || !(bytes instanceof Uint8Array) || bytes.length !== indexes.length * PIECE_BYTES) {
      throw new DiskImageError("the written blocks of a saved disk", "something else");
    }
    this.pieces.clear();
    indexes.forEach((index, i) => {
      if (
        typeof index !== "number" ||
        !Number.isInteger(index) ||
        index < 0 ||
        index * PIECE_BLOCKS >= this.blockCount
      ) {
        throw new DiskImageError(`a saved disk of ${this.blockCount} blocks`, `piece ${String(index)}`);
      }
      this.pieces.set(index, bytes.slice(i * PIECE_BYTES, i * PIECE_BYTES + this.pieceBytes(index)));
    });
  }

  /** The last piece may be short. */
  private pieceBytes(index: number): number {
    return Math.min(PIECE_BLOCKS, this.blockCount - index * PIECE_BLOCKS) * BLOCK_SIZE;
  }

  private pieceOf(index: number): Uint8Array {
    let piece = this.pieces.get(index);
    if (piece === undefined) {
      piece = this.source.read(index * PIECE_BLOCKS, this.pieceBytes(index) / BLOCK_SIZE).slice();
      this.pieces.set(index, piece);
    }
    return piece;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
