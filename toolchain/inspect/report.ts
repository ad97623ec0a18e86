// What every looking tool takes and gives: named bytes in, text out, and the archives between them.

import { type ArchiveMember, isArchive, readArchive } from "../../formats/ar.ts";

export interface InputFile {
  name: string;
  bytes: Uint8Array;
}

/** What a tool says of a file. */
export interface Report {
  text: string;
  /** Lines for the error stream, without the tool's name. */
  notes: string[];
}

/** One object file: the input itself, or a member of the archive that the input is. */
export interface Item {
  name: string;
  bytes: Uint8Array;
  /** The archive's name and the member's header fields, when it stands in one. */
  archive?: string;
  member?: ArchiveMember;
}

/** The file itself, or the members of an archive. */
export function itemsOf(file: InputFile): Item[] {
  if (!isArchive(file.bytes)) return [file];
  return readArchive(file.bytes, file.name).members.map((member) => ({
    name: member.name,
    bytes: member.data,
    archive: file.name,
    member,
  }));
}

/** How errors name an item: `lib.a(member.o)`. */
export function itemName(item: Item): string {
  return item.archive === undefined ? item.name : `${item.archive}(${item.name})`;
}

/** A number with leading zeros. */
export function hex(value: number, width = 0): string {
  return (value >>> 0).toString(16).padStart(width, "0");
}
