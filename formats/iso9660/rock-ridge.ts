// Rock Ridge: names as the person gave them, modes and times, in entries behind each directory record's name.
// Sources: IEEE P1281 (System Use Sharing Protocol 1.12); IEEE P1282 (Rock Ridge Interchange Protocol 1.12), with the PX entry of 1.10.

import { latin1, type MediaBytes } from "../media-error.ts";
import { BLOCK_BYTES, both32, putBoth32, shortDate } from "./layout.ts";

const EXTENSION_ID = "RRIP_1991A";
const EXTENSION_TEXT = "THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS";
const EXTENSION_SOURCE = "IEEE P1282, ROCK RIDGE INTERCHANGE PROTOCOL, VERSION 1.10";

const MODE_FOLDER = 0o40555;
const MODE_FILE = 0o100444;
/** Modified, accessed, attributes changed. */
const TIMES = 0x0e;
export const CONTINUATION_BYTES = 28;
const HEADER_BYTES = 4;
const NAME_HEADER_BYTES = 5;
const NAME_CONTINUES = 1;
/** A name longer than this is split; an entry's length is a byte. */
const NAME_PIECE = 200;
/** A name of Rock Ridge may go through so many continuations; more is a loop. */
const MOST_CONTINUATIONS = 32;

export interface PosixEntry {
  /** Undefined for a folder's own record and its parent's. */
  name: string | undefined;
  isFolder: boolean;
  links: number;
  time: number;
}

/** The entries of one record, none longer than 255 bytes. */
export function posixEntries({ name, isFolder, links, time }: PosixEntry): Uint8Array[] {
  const attributes = entry("PX", 36);
  const view = new DataView(attributes.buffer);
  putBoth32(view, 4, isFolder ? MODE_FOLDER : MODE_FILE);
  putBoth32(view, 12, links);
  const times = entry("TF", 5 + 3 * 7);
  times[4] = TIMES;
  for (let i = 0; i < 3; i++) times.set(shortDate(time), 5 + i * 7);
  const names: Uint8Array[] = [];
  const bytes = new TextEncoder().encode(name ?? "");
  for (let at = 0; at < bytes.length; at += NAME_PIECE) {
    const piece = bytes.subarray(at, at + NAME_PIECE);
    const part = entry("NM", NAME_HEADER_BYTES + piece.length);
    part[4] = at + NAME_PIECE < bytes.length ? NAME_CONTINUES : 0;
    part.set(piece, NAME_HEADER_BYTES);
    names.push(part);
  }
  return [...names, attributes, times];
}

/** What the root's own record says besides: that there are such entries, and whose. */
export function rootEntries(): { first: Uint8Array; last: Uint8Array } {
  const first = entry("SP", 7);
  first.set([0xbe, 0xef, 0], 4);
  const texts = [EXTENSION_ID, EXTENSION_TEXT, EXTENSION_SOURCE];
  const last = entry("ER", 8 + texts.join("").length);
  texts.forEach((text, index) => {
    last[4 + index] = text.length;
  });
  last[7] = 1;
  last.set(new TextEncoder().encode(texts.join("")), 8);
  return { first, last };
}

/** Says where the entries go on. */
export function continuation(block: number, offset: number, bytes: number): Uint8Array {
  const made = entry("CE", CONTINUATION_BYTES);
  const view = new DataView(made.buffer);
  putBoth32(view, 4, block);
  putBoth32(view, 12, offset);
  putBoth32(view, 20, bytes);
  return made;
}

function entry(signature: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([signature.charCodeAt(0), signature.charCodeAt(1), length, 1]);
  return bytes;
}

export interface SystemUse {
  /** Rock Ridge's name, if there is one. */
  name: string | undefined;
  /** The root says that entries follow this protocol. */
  isMarked: boolean;
  /** Bytes to pass over in each record (the SP entry). */
  skip: number;
}

/**
 * Reads the entries behind a record's name.
 * @param start,end of them, as offsets in `from`
 * @throws MediaError when an entry is broken, or continuations have no end
 */
export function readSystemUse(from: MediaBytes, start: number, end: number): SystemUse {
  const found: SystemUse = { name: undefined, isMarked: false, skip: 0 };
  const nameParts: Uint8Array[] = [];
  let at = start;
  let limit = end;
  for (let continuations = 0; ; continuations++) {
    let next: { at: number; limit: number } | undefined;
    while (at + HEADER_BYTES <= limit) {
      const signature = from.text(at, 2);
      const length = from.u8(at + 2);
      if (signature === "\0\0" || signature === "ST") break;
      if (length < HEADER_BYTES || at + length > limit)
        throw from.wrong(at + 2, "the length of a system use entry", `${length}, ${limit - at} bytes before the end`);
      if (signature === "SP" && length >= 7 && from.u8(at + 4) === 0xbe) {
        found.isMarked = true;
        found.skip = from.u8(at + 6);
      } else if (signature === "NM" && length > NAME_HEADER_BYTES && (from.u8(at + 4) & 6) === 0) {
        nameParts.push(from.slice(at + NAME_HEADER_BYTES, length - NAME_HEADER_BYTES));
      } else if (signature === "CE" && length >= CONTINUATION_BYTES) {
        const offset = both32(from, at + 4) * BLOCK_BYTES + both32(from, at + 12);
        next = { at: offset, limit: offset + both32(from, at + 20) };
      }
      at += length;
    }
    if (!next) break;
    if (continuations === MOST_CONTINUATIONS)
      throw from.wrong(at, `system use entries in at most ${MOST_CONTINUATIONS} places`, "more");
    ({ at, limit } = next);
  }
  if (nameParts.length > 0) found.name = nameOf(nameParts);
  return found;
}

function nameOf(parts: readonly Uint8Array[]): string {
  const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return latin1(bytes);
  }
}
