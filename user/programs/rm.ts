// rm: removes files. "-r" removes directories with all that is in them, "-f" says nothing about files that are not there.

import { EISDIR, ENOENT } from "../../kernel/abi/errno.ts";
import { listDirectory, listError } from "../library/directory.ts";
import { rmdir, unlink } from "../library/files.ts";
import { parseOptions, usageError } from "../library/options.ts";
import { isDirectory, joinPath } from "../library/paths.ts";
import { complain } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

const USAGE = "rm [-rf] FILE...";

export function main(argc: i32, argv: usize): i32 {
  const options = parseOptions(argumentList(argc, argv), "rf", USAGE);
  if (options === null) return 2;
  const names = options.names;
  if (names.length == 0 && !options.has("f")) return usageError(USAGE);
  let status = 0;
  for (let i = 0; i < names.length; i++) {
    const result = remove(names[i], options.has("r"));
    if (result < 0 && !(options.has("f") && result == -ENOENT)) {
      complain("rm", names[i], result);
      status = 1;
    }
  }
  return status;
}

/** Removes a file or directory: 0, or the first negated error number. */
function remove(path: string, deep: bool): i32 {
  if (!isDirectory(path)) return unlink(path);
  if (!deep) return -EISDIR;
  const entries = listDirectory(path);
  if (entries === null) return listError;
  for (let i = 0; i < entries.length; i++) {
    const result = remove(joinPath(path, entries[i].name), deep);
    if (result < 0) return result;
  }
  return rmdir(path);
}
