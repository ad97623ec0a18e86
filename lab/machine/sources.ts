// Bytes from where a plan says: of the page's own files by fetch, with progress, and of a person's file piece by piece, so that a disk
// of gigabytes need not fit into memory. Runs in a worker: reading synchronously is possible only there.

import { type ByteSource, sourceOf } from "../../formats/byte-source.ts";
import { BLOCK_SIZE, type BlockSource, DiskImageError } from "../../pc/blocks.ts";
import type { Source } from "./plan.ts";

const GZIP = [0x1f, 0x8b];
/** How much of a file is read at a time. */
const CHUNK = 256 * 1024;
const CHUNKS_KEPT = 64;

/** What could not be had. */
export class SourceError extends Error {
  override readonly name = "SourceError";
}

export type OnProgress = (loaded: number, total: number) => void;

/** Sums up the progress of several downloads. */
export class Progress {
  private readonly parts: { loaded: number; total: number }[] = [];

  constructor(private readonly onProgress: OnProgress) {}

  part(): OnProgress {
    const part = { loaded: 0, total: 0 };
    this.parts.push(part);
    return (loaded, total) => {
      part.loaded = loaded;
      part.total = Math.max(total, loaded);
      const sum = (pick: "loaded" | "total") => this.parts.reduce((total, each) => total + each[pick], 0);
      this.onProgress(sum("loaded"), sum("total"));
    };
  }
}

/** All the bytes; a page's file that was packed by gzip is unpacked, whether or not the server has done so. */
export async function bytesOf(source: Source, onProgress: OnProgress = () => {}): Promise<Uint8Array<ArrayBuffer>> {
  if (source instanceof Uint8Array) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  const bytes = await download(source.url, onProgress);
  return GZIP.every((byte, i) => bytes[i] === byte) ? unpacked(bytes) : bytes;
}

async function download(url: string, onProgress: OnProgress): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url).catch((error: unknown) => {
    throw new SourceError(`${url}: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (!response.ok) throw new SourceError(`${url}: ${response.status} ${response.statusText}`.trim());
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  // The length is of what travels; what arrives may be unpacked already. Progress never goes beyond it.
  const total = Number(response.headers.get("content-length") ?? 0);
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  const reader = response.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    loaded += next.value.length;
    onProgress(total > 0 ? Math.min(loaded, total) : loaded, total);
  }
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Reads a person's file where it is asked for; the pieces last used are kept. */
export class BlobFile implements ByteSource {
  private readonly reader = new FileReaderSync();
  private readonly chunks = new Map<number, Uint8Array>();

  constructor(private readonly blob: Blob) {}

  get size(): number {
    return this.blob.size;
  }

  read(offset: number, count: number): Uint8Array {
    const result = new Uint8Array(count);
    for (let at = 0; at < count; ) {
      const position = offset + at;
      const inside = position % CHUNK;
      const chunk = this.chunk((position - inside) / CHUNK);
      const piece = chunk.subarray(inside, inside + count - at);
      // Behind the end of the file there is nothing.
      if (piece.length === 0) break;
      result.set(piece, at);
      at += piece.length;
    }
    return result;
  }

  private chunk(index: number): Uint8Array {
    const kept = this.chunks.get(index);
    if (kept) return kept;
    const [oldest] = this.chunks.keys();
    if (this.chunks.size >= CHUNKS_KEPT && oldest !== undefined) this.chunks.delete(oldest);
    const bytes = new Uint8Array(this.reader.readAsArrayBuffer(this.blob.slice(index * CHUNK, (index + 1) * CHUNK)));
    this.chunks.set(index, bytes);
    return bytes;
  }
}

/** A disk's or a CD's contents: all of them at hand, or those of a person's file where they are read. */
export async function blocksOf(source: Source, onProgress?: OnProgress): Promise<BlockSource> {
  const file = source instanceof Blob ? new BlobFile(source) : sourceOf(await bytesOf(source, onProgress));
  if (file.size === 0 || file.size % BLOCK_SIZE !== 0) {
    throw new DiskImageError(`a whole number of blocks of ${BLOCK_SIZE} bytes`, `${file.size} bytes`);
  }
  return {
    blockCount: file.size / BLOCK_SIZE,
    read: (first, count) => file.read(first * BLOCK_SIZE, count * BLOCK_SIZE),
  };
}
