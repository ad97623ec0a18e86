// Reading the files that a person names, with errors in one line, and writing so that a file is never half written.

import {
  chmodSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError, systemErrorText } from "../errors.ts";

/** A file as it was read, with what tells whether another program has changed it since. */
export interface FileContents {
  file: string;
  bytes: Uint8Array;
  stamp: string;
}

/**
 * @param what what the file should be, for the message: "a floppy image"
 * @throws InputError when there is no such file, or it cannot be read
 */
export function readInput(file: string, what: string): FileContents {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) {
      throw new InputError({ file, expected: what, found: stats.isDirectory() ? "a directory" : "no regular file" });
    }
    return { file, bytes: new Uint8Array(readFileSync(file)), stamp: stampOf(stats) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ file, expected: what, found: systemErrorText(error) });
  }
}

/**
 * Replaces a file that was read before, all or nothing: a temporary file beside it takes its name and its mode.
 * @throws InputError when the file changed since it was read, or cannot be written
 */
export function replaceFile(before: FileContents, bytes: Uint8Array): void {
  const { file } = before;
  let temporary = "";
  try {
    const target = realpathSync(file);
    const stats = statSync(target);
    if (stampOf(stats) !== before.stamp) {
      throw new InputError({
        file,
        expected: "the file as it was at the start, to write the guest's changes to it",
        found: "that another program changed it meanwhile; left as it is",
      });
    }
    temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
    writeFileSync(temporary, bytes, { flag: "wx" });
    chmodSync(temporary, stats.mode);
    renameSync(temporary, target);
  } catch (error) {
    if (temporary !== "") rmSync(temporary, { force: true });
    if (error instanceof InputError) throw error;
    throw new InputError({ file, expected: "to write the guest's changes to it", found: systemErrorText(error) });
  }
}

/** Writes a new file, or all of an old one anew. @throws InputError when that cannot be done */
export function writeOutput(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes);
  } catch (error) {
    throw new InputError({ file, expected: "a file that can be written", found: systemErrorText(error) });
  }
}

/** What tells whether a file is still the one that it was. */
export function stampOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeMs}`;
}
