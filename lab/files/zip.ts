// A zip as the files in it. The unpacker's code comes when the first zip does.

import { InputError } from "../../media/errors.ts";
import type { NamedBlob } from "./collection.ts";

const MARK = [0x50, 0x4b, 0x03, 0x04];
/** More than this would not fit into a tab's memory with a machine beside it. */
const LARGEST_CONTENTS = 1 << 30;

export async function isZip(blob: Blob): Promise<boolean> {
  const head = new Uint8Array(await blob.slice(0, MARK.length).arrayBuffer());
  return MARK.every((byte, i) => head[i] === byte);
}

/** @throws InputError when it cannot be unpacked, or is larger inside than makes sense */
export async function unzip({ name, blob }: NamedBlob): Promise<NamedBlob[]> {
  const { unzipSync } = await import("fflate");
  let total = 0;
  try {
    const entries = unzipSync(new Uint8Array(await blob.arrayBuffer()), {
      filter: ({ originalSize }) => {
        total += originalSize;
        if (total > LARGEST_CONTENTS) throw tooLarge(name);
        return originalSize > 0;
      },
    });
    return Object.entries(entries).map(([path, bytes]) => ({
      name: path,
      blob: new Blob([new Uint8Array(bytes)]),
    }));
  } catch (error) {
    if (error instanceof InputError) throw error;
    const found = error instanceof Error ? error.message : String(error);
    throw new InputError({ file: name, expected: "a zip that can be unpacked", found });
  }
}

function tooLarge(file: string): InputError {
  return new InputError({ file, expected: "a zip of at most 1 GiB when unpacked", found: "more" });
}
