// The tree that the page ships, as one zip: the sources that a person may read and change, and the programs ready made.
// The list of what each program was made of travels in it as `build/programs.json`.

import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import type { Shipped } from "./builder.ts";

const SOURCES_LIST = "build/programs.json";

export function packShipped({ files, programSources }: Shipped): Uint8Array {
  const list = strToU8(JSON.stringify(Object.fromEntries(programSources)));
  // A fixed time (the zip format's first): the same tree gives the same bytes.
  return zipSync({ ...Object.fromEntries(files), [SOURCES_LIST]: list }, { level: 9, mtime: new Date(1980, 0, 1) });
}

/** @throws Error when the bytes are no such zip */
export function unpackShipped(zip: Uint8Array): Shipped {
  const { [SOURCES_LIST]: list, ...files } = unzipSync(zip);
  if (!list) throw new Error(`the page's sources: expected ${SOURCES_LIST} in the zip, found none`);
  const sources = JSON.parse(strFromU8(list)) as Record<string, string[]>;
  return { files: new Map(Object.entries(files)), programSources: new Map(Object.entries(sources)) };
}
