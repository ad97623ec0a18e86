// Writing images: to a temporary file that takes the image's name when it is complete, zeros left out where the file system can
// leave them out, and a line that says how far it is.

import { closeSync, existsSync, ftruncateSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { InputError, systemErrorText } from "../errors.ts";
import type { Io } from "../io.ts";
import type { OutputOptions } from "./options.ts";

/** What is written, or left out, at once. */
const CHUNK_BYTES = 65536;
const ZEROS = new Uint8Array(CHUNK_BYTES);
/** A line is for work that a person notices. */
const PROGRESS_BYTES = 64 * 2 ** 20;

/**
 * @param pieces of the image in order
 * @param size of all of them, for the progress line
 * @throws InputError when the file cannot be written; then nothing is left of it, and a file that was there is as it was
 */
export function writeImage(io: Io, options: OutputOptions, pieces: Iterable<Uint8Array>, size: number): void {
  const { output } = options;
  const showsProgress = !options.quiet && Boolean(io.stderr.isTTY) && size >= PROGRESS_BYTES;
  // A device or a pipe can't be put in the place of.
  const isPlain = !existsSync(output) || statSync(output).isFile() || statSync(output).isDirectory();
  const path = isPlain ? `${output}.${process.pid}.part` : output;
  let descriptor = -1;
  let done = 0;
  let shown = -1;
  try {
    descriptor = attempt(output, () => openSync(path, "w"));
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += CHUNK_BYTES) {
        const chunk = piece.subarray(at, at + CHUNK_BYTES);
        if (!isPlain || !isZero(chunk)) attempt(output, () => writeFully(descriptor, chunk, isPlain ? done : null));
        done += chunk.length;
        const percent = Math.floor((done / size) * 100);
        if (!showsProgress || percent === shown) continue;
        shown = percent;
        io.stderr.write(`\r${output}: ${percent} %`);
      }
    }
    attempt(output, () => {
      if (isPlain) ftruncateSync(descriptor, done);
      closeSync(descriptor);
      descriptor = -1;
      if (isPlain) renameSync(path, output);
    });
  } catch (error) {
    if (descriptor >= 0) closeSync(descriptor);
    if (isPlain) rmSync(path, { force: true });
    throw error;
  } finally {
    if (showsProgress) io.stderr.write("\r\x1b[K");
  }
}

/** Errors of the file are the person's to mend; those of what makes the pieces go on as they are. */
function attempt<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new InputError({ file, expected: "a file that can be written", found: systemErrorText(error) });
  }
}

function writeFully(descriptor: number, bytes: Uint8Array, position: number | null): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, position === null ? null : position + done);
  }
}

function isZero(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0;
}
