// The files that the page works on: what was shipped (the original) and, above it, what the person changed. Paths are those of the
// repository, with slashes.

import type { SourceTree } from "../../toolchain/build/source-tree.ts";

/** Contents by path. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** Below it in the shipped tree: what is ready made, not a person's to edit. */
export const BUILT_FOLDER = "build/";

/** The kernel of the image that the page boots first, with symbols and lines. */
export const KERNEL_FILE = "build/kernel.elf";

/** What the person changed: the new text, or null for a file that they removed. */
export type Edits = ReadonlyMap<string, string | null>;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The shipped files with the person's edits over them, as the build reads them. It remembers which files were asked for. */
export class EditedTree implements SourceTree {
  /** Every path that was asked for, whether it was there or not; a folder's ends with a slash. */
  readonly asked = new Set<string>();

  constructor(
    private readonly files: Files,
    private readonly edits: Edits,
  ) {}

  readText(name: string): string | undefined {
    const path = this.ask(name);
    const edit = this.edits.get(path);
    if (edit !== undefined) return edit ?? undefined;
    const bytes = this.files.get(path);
    return bytes && decoder.decode(bytes);
  }

  readBytes(name: string): Uint8Array | undefined {
    const path = this.ask(name);
    const edit = this.edits.get(path);
    if (edit !== undefined) return edit === null ? undefined : encoder.encode(edit);
    return this.files.get(path);
  }

  list(name: string): string[] | undefined {
    const folder = normalise(name);
    this.asked.add(`${folder}/`);
    const prefix = folder === "" ? "" : `${folder}/`;
    const names = new Set<string>();
    for (const path of pathsOf(this.files, this.edits)) {
      if (!path.startsWith(prefix)) continue;
      const [name = "", more] = path.slice(prefix.length).split("/");
      names.add(more === undefined ? name : `${name}/`);
    }
    return names.size === 0 ? undefined : [...names].sort();
  }

  private ask(name: string): string {
    const path = normalise(name);
    this.asked.add(path);
    return path;
  }
}

/** A project says `../user/root`; the tree's paths have no dots in them. Above the tree's top there is nothing. */
export function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return path;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** The paths that there are after the edits, sorted. */
export function pathsOf(files: Files, edits: Edits): string[] {
  const paths = [...files.keys()].filter((path) => edits.get(path) !== null);
  for (const [path, text] of edits) if (text !== null && !files.has(path)) paths.push(path);
  return paths.sort();
}
