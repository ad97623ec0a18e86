// A person's tree as a zip that `minios build` builds, and back: a zip's files become edits.

import { unzipSync, zipSync } from "fflate";
import { BUILT_FOLDER, EditedTree, type Edits, type Files, normalise, pathsOf } from "../toolchain/files.ts";

/** A zip may not unpack to more: a page has little memory, and a project is small. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_FILES = 5000;

export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

/**
 * The tree with the edits in it.
 * @param folder only what is below it; the whole tree if it is empty
 */
export function exportZip(files: Files, edits: Edits, folder = ""): Uint8Array {
  const tree = new EditedTree(files, edits);
  const prefix = folder === "" ? "" : `${folder}/`;
  const entries: Record<string, Uint8Array> = {};
  for (const path of pathsOf(files, edits)) {
    // A project's image may carry the programs that were built already; the compiler's types are the page's own.
    if (!path.startsWith(prefix) || (path.startsWith(BUILT_FOLDER) && !path.startsWith(`${BUILT_FOLDER}bin/`)))
      continue;
    const bytes = tree.readBytes(path);
    if (bytes) entries[path.slice(prefix.length)] = bytes;
  }
  return zipSync(entries, { level: 6 });
}

/**
 * What of a zip differs from what was shipped. Files that the zip lacks stay as they are.
 * @param folder where the zip's files go
 * @throws ArchiveError when the bytes are no zip, or hold what a project does not
 */
export function importZip(files: Files, zip: Uint8Array, folder = ""): Edits {
  const entries = unzip(zip);
  const edits = new Map<string, string | null>();
  for (const [name, bytes] of Object.entries(entries)) {
    if (name.endsWith("/") || name.startsWith(BUILT_FOLDER)) continue;
    const path = normalise(folder === "" ? name : `${folder}/${name}`);
    if (name.startsWith("/") || path.startsWith("..")) throw new ArchiveError(`${name}: a path outside the project`);
    const original = files.get(path);
    if (original && same(original, bytes)) continue;
    edits.set(path, textOf(name, bytes));
  }
  return edits;
}

function unzip(zip: Uint8Array): Record<string, Uint8Array> {
  let total = 0;
  let count = 0;
  try {
    return unzipSync(zip, {
      filter: ({ name, originalSize }) => {
        total += originalSize;
        count++;
        if (total > MOST_BYTES)
          throw new ArchiveError(`${name}: expected at most ${MOST_BYTES} bytes in a zip, found more`);
        if (count > MOST_FILES)
          throw new ArchiveError(`${name}: expected at most ${MOST_FILES} files in a zip, found more`);
        return true;
      },
    });
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError(`expected a zip file: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function textOf(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ArchiveError(`${name}: expected text in UTF-8`);
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
