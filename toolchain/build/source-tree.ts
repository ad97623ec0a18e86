// What the build reads from: a tree of files named by paths with slashes, wherever it lives (disk, browser storage, a zip).

export interface SourceTree {
  /** The file's text, or undefined when there is none. */
  readText(path: string): string | undefined;
  readBytes(path: string): Uint8Array | undefined;
  /**
   * The names in a folder, sorted, a folder's with a slash behind it; undefined when there is no such folder. A tree of files alone
   * leaves this out.
   */
  list?(folder: string): string[] | undefined;
}

/** The sources or the project file are at fault: the message is for the person, one line or the compiler's own lines. */
export class BuildError extends Error {
  override name = "BuildError";
}

/** The text of a file that has to be there. */
export function needText(tree: SourceTree, path: string): string {
  const text = tree.readText(path);
  if (text === undefined) throw new BuildError(`${path}: no such file`);
  return text;
}
