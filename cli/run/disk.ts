// Hard disk images: raw sectors, or a virtual disk (.vhd), in a file that is read where the guest reads it, so that an image of
// gigabytes is no burden.
// The guest's writes stay in the machine until the run ends; then the changed sectors are written to the file, in place.

import { closeSync, fstatSync, fsyncSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { isVhd, Vhd } from "../../formats/vhd.ts";
import { BLOCK_SIZE, type BlockSource, type DiskGeometry } from "../../pc/blocks.ts";
import { asInputError, InputError, systemErrorText } from "../errors.ts";
import type { GuestDisk } from "../guest.ts";
import { stampOf } from "./files.ts";

const EXPECTED = "a disk image (whole sectors of 512 bytes)";
/** Blocks that are read from the file at once. */
const CHUNK_BLOCKS = 128;

/** A file as blocks. It stays open until `close`. */
export class DiskFile implements BlockSource {
  readonly blockCount: number;
  private readonly stamp: string;
  private readonly descriptor: number;
  /** The piece of the file that was read last. */
  private chunk = new Uint8Array(0);
  private chunkIndex = -1;
  private readonly fileBytes: number;
  /** What tells where in a virtual disk the sectors are. */
  private readonly vhd: Vhd | undefined;

  /**
   * @param blockMultiple blocks of 512 bytes that the size must be a multiple of: 4 for a CD
   * @param geometry in place of the one that the machine would find
   * @throws InputError when there is no such file, or it can be no disk
   */
  constructor(
    readonly file: string,
    expected = EXPECTED,
    blockMultiple = 1,
    readonly geometry?: DiskGeometry,
  ) {
    try {
      if (!statSync(file).isFile()) {
        const found = statSync(file).isDirectory() ? "a directory" : "no regular file";
        throw new InputError({ file, expected, found });
      }
      this.descriptor = openSync(file, "r");
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new InputError({ file, expected, found: systemErrorText(error) });
    }
    const stats = fstatSync(this.descriptor);
    if (stats.size === 0 || stats.size % (BLOCK_SIZE * blockMultiple) !== 0) {
      closeSync(this.descriptor);
      throw new InputError({ file, expected, found: `${stats.size} byte${stats.size === 1 ? "" : "s"}` });
    }
    this.stamp = stampOf(stats);
    this.fileBytes = stats.size;
    // A CD is no disk.
    this.vhd = blockMultiple === 1 ? this.openVirtual() : undefined;
    this.blockCount = (this.vhd?.size ?? stats.size) / BLOCK_SIZE;
    this.checkGeometry(expected);
  }

  /** @throws InputError when the file cannot be read, or has become shorter */
  read(first: number, count: number): Uint8Array {
    return this.vhd ? this.vhd.read(first, count) : this.readFile(first, count);
  }

  /** A disk with more sectors than the file would end in the middle of a track. */
  private checkGeometry(expected: string): void {
    if (!this.geometry) return;
    const { cylinders, heads, sectorsPerTrack } = this.geometry;
    if (cylinders * heads * sectorsPerTrack <= this.blockCount) return;
    closeSync(this.descriptor);
    const needed = `${cylinders} x ${heads} x ${sectorsPerTrack} sectors (${cylinders * heads * sectorsPerTrack * BLOCK_SIZE} bytes)`;
    throw new InputError({
      file: this.file,
      expected: `${expected} of ${needed}`,
      found: `${this.blockCount * BLOCK_SIZE} bytes`,
    });
  }

  private openVirtual(): Vhd | undefined {
    const source = {
      size: this.fileBytes,
      read: (offset: number, count: number) => {
        const first = Math.floor(offset / BLOCK_SIZE);
        const blocks = this.readFile(first, Math.ceil((offset + count) / BLOCK_SIZE) - first);
        return blocks.subarray(offset - first * BLOCK_SIZE, offset - first * BLOCK_SIZE + count);
      },
    };
    try {
      return isVhd(source) ? new Vhd(source, this.file) : undefined;
    } catch (error) {
      closeSync(this.descriptor);
      throw asInputError(error, this.file) ?? error;
    }
  }

  /** Blocks of the file. */
  private readFile(first: number, count: number): Uint8Array {
    const bytes = new Uint8Array(count * BLOCK_SIZE);
    for (let block = first; block < first + count; ) {
      const index = Math.floor(block / CHUNK_BLOCKS);
      this.load(index);
      const end = Math.min(first + count, (index + 1) * CHUNK_BLOCKS);
      const at = (block - index * CHUNK_BLOCKS) * BLOCK_SIZE;
      bytes.set(this.chunk.subarray(at, at + (end - block) * BLOCK_SIZE), (block - first) * BLOCK_SIZE);
      block = end;
    }
    return bytes;
  }

  /**
   * Writes the guest's changes into the file.
   * @throws InputError when another program changed the file since it was opened, or it cannot be written
   */
  writeBack(disk: GuestDisk): void {
    if (!disk.modified) return;
    const { file } = this;
    let descriptor = -1;
    try {
      if (stampOf(statSync(file)) !== this.stamp) {
        throw new InputError({
          file,
          expected: "the file as it was at the start, to write the guest's changes to it",
          found: "that another program changed it meanwhile; left as it is",
        });
      }
      for (const { offset, bytes } of this.piecesOf(disk)) {
        if (descriptor < 0) descriptor = openSync(file, "r+");
        writeFully(descriptor, bytes, offset);
      }
      if (descriptor >= 0) fsyncSync(descriptor);
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new InputError({ file, expected: "to write the guest's changes to it", found: systemErrorText(error) });
    } finally {
      if (descriptor >= 0) closeSync(descriptor);
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  /** What the guest changed, and where in the file it goes. */
  private *piecesOf(disk: GuestDisk): Generator<{ offset: number; bytes: Uint8Array }> {
    if (this.vhd) yield* this.vhd.changes(disk.changes());
    else for (const { first, bytes } of disk.changes()) yield { offset: first * BLOCK_SIZE, bytes };
  }

  private load(index: number): void {
    if (index === this.chunkIndex) return;
    const first = index * CHUNK_BLOCKS;
    const chunk = new Uint8Array(Math.min(CHUNK_BLOCKS, this.fileBytes / BLOCK_SIZE - first) * BLOCK_SIZE);
    for (let done = 0; done < chunk.length; ) {
      const offset = first * BLOCK_SIZE + done;
      const got = this.readAt(chunk, done, offset);
      if (got === 0) {
        throw new InputError({
          file: this.file,
          offset,
          expected: "a sector of the disk",
          found: "the end of the file",
        });
      }
      done += got;
    }
    this.chunk = chunk;
    this.chunkIndex = index;
  }

  private readAt(chunk: Uint8Array, at: number, offset: number): number {
    try {
      return readSync(this.descriptor, chunk, at, chunk.length - at, offset);
    } catch (error) {
      throw new InputError({
        file: this.file,
        offset,
        expected: "a sector of the disk",
        found: systemErrorText(error),
      });
    }
  }
}

function writeFully(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  }
}
