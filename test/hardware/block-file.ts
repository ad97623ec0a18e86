// A file of vectors whose cases are blocks of bytes: a line of JSON that says how it was made (with the distinct instructions in it),
// then the vectors, compressed with Brotli. A vector is stored as its block's differences from the usual block, then from the block
// before.
//
//   vector    u16 index of the instruction · differences before · differences after
//   differences   u8 count of runs, then for each the offset (u8, or u16 for blocks of more than 256 bytes), u8 length − 1, data

import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import type { BlockVector } from "./block-run.ts";

/** What differs between the files of the two kinds. */
export interface BlockFormat {
  /** What the file's first line says it is. */
  name: string;
  /** A block like those of all cases. */
  usualBlock(): Uint8Array;
  /** Bytes that are not kept of a block after its case: from and behind. */
  dropped: readonly (readonly [number, number])[];
}

export class BlockVectorsError extends Error {
  override name = "BlockVectorsError";
}

export interface BlockVectorsFile {
  /** The processor they were taken from. */
  processor: string;
  seed: number;
  vectors: BlockVector[];
}

interface Head {
  format: string;
  processor: string;
  seed: number;
  count: number;
  codes: string[];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export function writeBlockVectors(format: BlockFormat, { processor, seed, vectors }: BlockVectorsFile): Uint8Array {
  const codes = [...new Set(vectors.map(({ code }) => hex(code)))];
  const indexes = new Map(codes.map((code, index) => [code, index]));
  const body: number[] = [];
  const usual = format.usualBlock();
  for (const { code, before, after } of vectors) {
    const index = indexes.get(hex(code)) ?? 0;
    body.push(index & 0xff, index >> 8);
    const seen = after.slice();
    for (const [from, to] of format.dropped) seen.set(before.subarray(from, to), from);
    putDifferences(body, before, usual);
    putDifferences(body, seen, before);
  }
  const head: Head = { format: format.name, processor, seed, count: vectors.length, codes };
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  const packed = brotliCompressSync(Uint8Array.from(body), { params });
  return Uint8Array.from(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), packed]));
}

/** @throws BlockVectorsError if the file is of another kind or cut off */
export function readBlockVectors(format: BlockFormat, bytes: Uint8Array): BlockVectorsFile {
  const end = bytes.indexOf(0x0a);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, Math.max(end, 0))) || "{}") as Head;
  if (head.format !== format.name)
    throw new BlockVectorsError(`no line that begins {"format":"${format.name}" at offset 0`);
  const body = brotliDecompressSync(bytes.subarray(end + 1));
  const codes = head.codes.map((code) => Uint8Array.from(Buffer.from(code, "hex")));
  const usual = format.usualBlock();
  const wide = usual.length > 256;
  let at = 0;
  const takeDifferences = (base: Uint8Array): Uint8Array => {
    const block = base.slice();
    for (let runs = body[at++]; runs > 0; runs--) {
      let from = body[at++];
      if (wide) from |= body[at++] << 8;
      const length = body[at++] + 1;
      block.set(body.subarray(at, at + length), from);
      at += length;
    }
    return block;
  };
  const vectors = Array.from({ length: head.count }, () => {
    const code = codes[body[at] | (body[at + 1] << 8)];
    at += 2;
    const before = takeDifferences(usual);
    return { code, before, after: takeDifferences(before) };
  });
  if (at !== body.length) throw new BlockVectorsError(`${body.length} bytes of vectors, ${at} expected`);
  return { processor: head.processor, seed: head.seed, vectors };
}

function putDifferences(out: number[], block: Uint8Array, base: Uint8Array): void {
  const runs: [from: number, to: number][] = [];
  const wide = block.length > 256;
  for (let i = 0; i < block.length; i++) {
    if (block[i] === base[i]) continue;
    const last = runs[runs.length - 1];
    // Two bytes between runs cost less than another run.
    if (last && i - last[1] <= 2 && i - last[0] < 256) last[1] = i + 1;
    else runs.push([i, i + 1]);
  }
  out.push(runs.length);
  for (const [from, to] of runs) {
    out.push(from & 0xff);
    if (wide) out.push(from >> 8);
    out.push(to - from - 1, ...block.subarray(from, to));
  }
}
