// A person's edits as a part of an address: JSON, deflated, in the letters that an address may hold (RFC 4648, section 5).

import { deflateSync, inflateSync, strFromU8, strToU8 } from "fflate";
import type { Edits } from "../toolchain/files.ts";

/** What a link tells. */
export interface Shared {
  /** The project that was open. */
  folder: string;
  /** The file that was open. */
  file?: string;
  edits: Edits;
}

/** A link that unpacks to more is refused: it comes from anywhere. */
const MOST_BYTES = 4 * 2 ** 20;

export function encodeShared({ folder, file, edits }: Shared): string {
  const json = JSON.stringify({ folder, ...(file !== undefined && { file }), edits: Object.fromEntries(edits) });
  let binary = "";
  for (const byte of deflateSync(strToU8(json), { level: 9 })) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @returns undefined when the text is no such link, or is damaged */
export function decodeShared(text: string): Shared | undefined {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const packed = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    // The room is given: what unpacks to more is an error, not a flood.
    const bytes = inflateSync(packed, { out: new Uint8Array(MOST_BYTES) });
    return parse(JSON.parse(strFromU8(bytes)));
  } catch {
    return undefined;
  }
}

function parse(value: unknown): Shared | undefined {
  if (typeof value !== "object" || value === null || !("folder" in value) || !("edits" in value)) return undefined;
  const { folder, edits } = value;
  if (typeof folder !== "string" || typeof edits !== "object" || edits === null) return undefined;
  const map = new Map<string, string | null>();
  for (const [path, text] of Object.entries(edits)) {
    if (typeof text !== "string" && text !== null) return undefined;
    map.set(path, text);
  }
  const file = "file" in value && typeof value.file === "string" ? value.file : undefined;
  return { folder, ...(file !== undefined && { file }), edits: map };
}
