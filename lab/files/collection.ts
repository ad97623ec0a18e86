// Files that a person opened together: some dropped at once, or a zip's contents. A configuration among them names the others.

import { basename, join } from "../../media/paths.ts";

export interface NamedBlob {
  /** Path with "/" between its names. */
  name: string;
  blob: Blob;
}

export class Collection {
  constructor(readonly files: readonly NamedBlob[]) {}

  /** The file of this path; else the only one of that name wherever it is, for paths of another machine. */
  find(path: string): Blob | undefined {
    const wanted = join(".", path);
    const exact = this.files.find(({ name }) => join(".", name) === wanted);
    if (exact) return exact.blob;
    const last = basename(wanted).toLowerCase();
    const similar = this.files.filter(({ name }) => basename(name).toLowerCase() === last);
    return similar.length === 1 ? similar[0].blob : undefined;
  }
}
