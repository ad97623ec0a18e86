// What a file is that a person names without saying.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { detectImage, type ImageKind } from "../../media/detect.ts";

/** The kind of a file; undefined for what bears no mark of any, and for one that cannot be read, about which whoever reads it has better words. */
export function detectFile(file: string): ImageKind | undefined {
  let descriptor = -1;
  try {
    descriptor = openSync(file, "r");
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return undefined;
    return detectImage({
      size: stats.size,
      read: (offset, count) => {
        const bytes = new Uint8Array(count);
        readSync(descriptor, bytes, 0, count, offset);
        return bytes;
      },
    });
  } catch {
    return undefined;
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
}
