// Where the package's own files are: templates, boot code.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of the installed package, or of the repository: above dist/, or above cli/ or a folder in it.
 * @param holding a path that it must have
 */
export function packageRoot(holding: string): string {
  const root = ["..", "../.."]
    .map((up) => fileURLToPath(new URL(up, import.meta.url)))
    .find((folder) => existsSync(join(folder, holding)));
  if (root === undefined) throw new Error(`${holding} is missing from this package`);
  return root;
}
