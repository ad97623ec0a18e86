// `minios mkimage vhd` and `minios mkimage raw`: a raw disk to a virtual one, and back. Both go through a file piece by piece, so
// that it may be larger than memory.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ByteSource } from "../../formats/byte-source.ts";
import { isVhd, Vhd, vhdPieces } from "../../formats/vhd.ts";
import { InputError, systemErrorText } from "../errors.ts";
import type { Io } from "../io.ts";
import { sourceDate } from "../source-date.ts";
import { naming } from "./input.ts";
import type { OutputOptions, VhdCommandOptions } from "./options.ts";
import { writeImage } from "./output.ts";

const SECTOR_BYTES = 512;
/** Sectors that are converted at once. */
const STEP_SECTORS = 4096;

/** @throws InputError */
export function makeVhdImage(io: Io, image: string, options: VhdCommandOptions): void {
  withFile(image, (source) => {
    if (isVhd(source))
      throw new InputError({
        file: image,
        offset: source.size - SECTOR_BYTES,
        expected: "a raw disk",
        found: "a virtual one",
      });
    const pieces = vhdPieces(source, { kind: options.type, time: sourceDate(io.env) });
    naming({ "virtual disk": image }, () => writeImage(io, options, pieces, source.size));
  });
}

/** @throws InputError */
export function makeRawImage(io: Io, image: string, options: OutputOptions): void {
  withFile(image, (source) => {
    naming({}, () => {
      const vhd = new Vhd(source, image);
      writeImage(io, options, sectorsOf(vhd), vhd.size);
    });
  });
}

function* sectorsOf(vhd: Vhd): Generator<Uint8Array> {
  const end = vhd.size / SECTOR_BYTES;
  for (let first = 0; first < end; first += STEP_SECTORS) yield vhd.read(first, Math.min(STEP_SECTORS, end - first));
}

function withFile(file: string, use: (source: ByteSource) => void): void {
  let descriptor: number;
  let size: number;
  try {
    descriptor = openSync(file, "r");
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new InputError({ file, expected: "a disk image", found: "no regular file" });
    size = stats.size;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ file, expected: "a disk image", found: systemErrorText(error) });
  }
  try {
    use({ size, read: (offset, count) => readFully(file, descriptor, offset, count) });
  } finally {
    closeSync(descriptor);
  }
}

function readFully(file: string, descriptor: number, offset: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let done = 0; done < count; ) {
    let got = 0;
    try {
      got = readSync(descriptor, bytes, done, count - done, offset + done);
    } catch (error) {
      throw new InputError({ file, offset: offset + done, expected: "a disk image", found: systemErrorText(error) });
    }
    if (got === 0)
      throw new InputError({ file, offset: offset + done, expected: "more bytes", found: "the end of the file" });
    done += got;
  }
  return bytes;
}
