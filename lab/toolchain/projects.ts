// Which projects a tree has. Apart from the builder, which brings the whole toolchain with it.

import { PROJECT_FILE } from "../../toolchain/build/project.ts";

/** The projects of a tree: the folders that have a project file, sorted. */
export function projectFolders(paths: readonly string[]): string[] {
  const ending = `/${PROJECT_FILE}`;
  return paths
    .filter((path) => path.endsWith(ending))
    .map((path) => path.slice(0, -ending.length))
    .sort();
}
