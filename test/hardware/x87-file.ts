// The file of floating-point vectors: a line of JSON that says how it was made (with the distinct instructions in it), then the
// vectors, compressed with Brotli. A vector is stored as its block's differences from the usual block, then from the block before.
//
//   vector    u16 index of the instruction · differences before · differences after
//   differences   u8 count of runs, then for each u8 offset, u8 length − 1, data

import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { BLOCK_SIZE, type FloatVector, POINTERS, STACK, usualBlock } from "./x87-record.ts";

const MAGIC = "MiniOS floating-point vectors 1";

export class FloatVectorsError extends Error {
  override name = "FloatVectorsError";
}

export interface FloatVectorsFile {
  /** The processor they were taken from. */
  processor: string;
  seed: number;
  vectors: FloatVector[];
}

interface Head {
  format: string;
  processor: string;
  seed: number;
  count: number;
  codes: string[];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export function writeFloatVectors({ processor, seed, vectors }: FloatVectorsFile): Uint8Array {
  const codes = [...new Set(vectors.map(({ code }) => hex(code)))];
  const indexes = new Map(codes.map((code, index) => [code, index]));
  const body: number[] = [];
  const usual = usualBlock();
  for (const { code, before, after } of vectors) {
    const index = indexes.get(hex(code)) ?? 0;
    body.push(index & 0xff, index >> 8);
    const seen = after.slice();
    seen.set(before.subarray(POINTERS, STACK), POINTERS);
    putDifferences(body, before, usual);
    putDifferences(body, seen, before);
  }
  const head: Head = { format: MAGIC, processor, seed, count: vectors.length, codes };
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  const packed = brotliCompressSync(Uint8Array.from(body), { params });
  return Uint8Array.from(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), packed]));
}

export function readFloatVectors(bytes: Uint8Array): FloatVectorsFile {
  const end = bytes.indexOf(0x0a);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, Math.max(end, 0))) || "{}") as Head;
  if (head.format !== MAGIC) throw new FloatVectorsError(`no line that begins {"format":"${MAGIC}" at offset 0`);
  const body = brotliDecompressSync(bytes.subarray(end + 1));
  const codes = head.codes.map((code) => Uint8Array.from(Buffer.from(code, "hex")));
  const usual = usualBlock();
  let at = 0;
  const takeDifferences = (base: Uint8Array): Uint8Array => {
    const block = base.slice();
    for (let runs = body[at++]; runs > 0; runs--) {
      const from = body[at];
      const length = body[at + 1] + 1;
      block.set(body.subarray(at + 2, at + 2 + length), from);
      at += 2 + length;
    }
    return block;
  };
  const vectors = Array.from({ length: head.count }, () => {
    const code = codes[body[at] | (body[at + 1] << 8)];
    at += 2;
    const before = takeDifferences(usual);
    return { code, before, after: takeDifferences(before) };
  });
  if (at !== body.length) throw new FloatVectorsError(`${body.length} bytes of vectors, ${at} expected`);
  return { processor: head.processor, seed: head.seed, vectors };
}

function putDifferences(out: number[], block: Uint8Array, base: Uint8Array): void {
  const runs: [from: number, to: number][] = [];
  for (let i = 0; i < BLOCK_SIZE; i++) {
    if (block[i] === base[i]) continue;
    const last = runs[runs.length - 1];
    // Two bytes between runs cost less than another run.
    if (last && i - last[1] <= 2) last[1] = i + 1;
    else runs.push([i, i + 1]);
  }
  out.push(runs.length);
  for (const [from, to] of runs) out.push(from, to - from - 1, ...block.subarray(from, to));
}
