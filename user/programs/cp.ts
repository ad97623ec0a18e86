// cp: copies files. cp FROM TO, or cp FROM... DIRECTORY; "-r" copies directories with all that is in them.

import { EEXIST, EISDIR } from "../../kernel/abi/errno.ts";
import { copyFile } from "../library/copy.ts";
import { listDirectory, listError } from "../library/directory.ts";
import { mkdir } from "../library/files.ts";
import { parseOptions, usageError } from "../library/options.ts";
import { isDirectory, joinPath, targetOf } from "../library/paths.ts";
import { complain } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

const USAGE = "cp [-r] FROM TO, or cp [-r] FROM... DIRECTORY";
/** A directory in itself would never end. */
const MOST_LEVELS = 32;

export function main(argc: i32, argv: usize): i32 {
  const options = parseOptions(argumentList(argc, argv), "r", USAGE);
  if (options === null) return 2;
  const names = options.names;
  const last = names.length - 1;
  if (last < 1 || (last > 1 && !isDirectory(names[last]))) return usageError(USAGE);
  let status = 0;
  for (let i = 0; i < last; i++) {
    const to = targetOf(names[i], names[last]);
    if (!copy(names[i], to, options.has("r"), 0)) status = 1;
  }
  return status;
}

/** Copies a file or directory; false, with a message, if something failed. */
function copy(from: string, to: string, deep: bool, level: i32): bool {
  if (!isDirectory(from)) {
    const result = from == to ? -EEXIST : copyFile(from, to);
    return result >= 0 || failed(from, result);
  }
  if (!deep || level > MOST_LEVELS || to == from || to.startsWith(`${from}/`)) return failed(from, -EISDIR);
  if (!isDirectory(to)) {
    const made = mkdir(to);
    if (made < 0) return failed(to, made);
  }
  const entries = listDirectory(from);
  if (entries === null) return failed(from, listError);
  let isWhole = true;
  for (let i = 0; i < entries.length; i++) {
    const name = entries[i].name;
    if (!copy(joinPath(from, name), joinPath(to, name), deep, level + 1)) isWhole = false;
  }
  return isWhole;
}

function failed(name: string, error: i32): bool {
  complain("cp", name, error);
  return false;
}
