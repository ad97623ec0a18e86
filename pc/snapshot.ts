// A machine's saved state as bytes: a header in JSON, then the byte arrays it refers to, each as its non-zero pages.
//
//   "MINISNAP"  u32 header length  header (UTF-8 JSON)  pages…
//
// In the header a byte array stands as {"$bytes": [length, first page, [page index, …]]}.

import type { DeviceState } from "./bus.ts";

const MAGIC = "MINISNAP";
const PAGE = 4096;
const HEADER_AT = MAGIC.length + 4;

/** What is wrong with a saved state. */
export class SnapshotError extends Error {
  override name = "SnapshotError";
  constructor(
    readonly offset: number,
    expected: string,
    found: string,
  ) {
    super(`saved state: offset ${offset}: expected ${expected}, found ${found}`);
  }
}

/** Encodes a state tree. The inverse of `decodeSnapshot`. */
export function encodeSnapshot(state: DeviceState): Uint8Array {
  const pages: Uint8Array[] = [];
  const header = JSON.stringify(state, (_key, value: unknown) => {
    if (!(value instanceof Uint8Array)) return value;
    const first = pages.length;
    const indexes: number[] = [];
    for (let at = 0; at < value.length; at += PAGE) {
      const page = value.subarray(at, at + PAGE);
      if (isZero(page)) continue;
      indexes.push(at / PAGE);
      pages.push(page);
    }
    return { $bytes: [value.length, first, indexes] };
  });
  const headerBytes = new TextEncoder().encode(header);
  const bytes = new Uint8Array(HEADER_AT + headerBytes.length + pages.length * PAGE);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(MAGIC.length, headerBytes.length, true);
  bytes.set(headerBytes, HEADER_AT);
  pages.forEach((page, i) => {
    bytes.set(page, HEADER_AT + headerBytes.length + i * PAGE);
  });
  return bytes;
}

/** Decodes a saved state; throws SnapshotError when the bytes are not one. */
export function decodeSnapshot(bytes: Uint8Array): DeviceState {
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw new SnapshotError(0, `"${MAGIC}"`, JSON.stringify(magic));
  if (bytes.length < HEADER_AT) throw new SnapshotError(bytes.length, "a header length", "the end of the file");
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC.length, true);
  const pagesAt = HEADER_AT + headerLength;
  if (pagesAt > bytes.length)
    throw new SnapshotError(MAGIC.length, "a header inside the file", `${headerLength} bytes`);
  const state: unknown = parseHeader(
    new TextDecoder().decode(bytes.subarray(HEADER_AT, pagesAt)),
    (length, first, indexes) => {
      const array = new Uint8Array(length);
      indexes.forEach((index, i) => {
        const from = pagesAt + (first + i) * PAGE;
        if (from + PAGE > bytes.length) throw new SnapshotError(from, "a page of 4096 bytes", "the end of the file");
        const page = bytes.subarray(from, from + Math.min(PAGE, length - index * PAGE));
        if (page.length > 0) array.set(page, index * PAGE);
      });
      return array;
    },
  );
  if (typeof state !== "object" || state === null) throw new SnapshotError(HEADER_AT, "an object", typeof state);
  return state as DeviceState;
}

/** A plain loop: a machine has tens of thousands of pages. */
function isZero(page: Uint8Array): boolean {
  for (let i = 0; i < page.length; i++) if (page[i] !== 0) return false;
  return true;
}

type MakeBytes = (length: number, first: number, indexes: number[]) => Uint8Array;

function parseHeader(text: string, makeBytes: MakeBytes): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown) => {
      if (typeof value !== "object" || value === null || !("$bytes" in value)) return value;
      const [length, first, indexes] = value.$bytes as [number, number, number[]];
      return makeBytes(length, first, indexes);
    });
  } catch (error) {
    if (error instanceof SnapshotError) throw error;
    throw new SnapshotError(HEADER_AT, "a header in JSON", String(error));
  }
}
