// mv: renames files, or moves them into a directory. Between file systems only files are moved: copied, then removed.

import { EXDEV } from "../../kernel/abi/errno.ts";
import { copyFile } from "../library/copy.ts";
import { rename, unlink } from "../library/files.ts";
import { parseOptions, usageError } from "../library/options.ts";
import { isDirectory, targetOf } from "../library/paths.ts";
import { complain } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

const USAGE = "mv FROM TO, or mv FROM... DIRECTORY";

export function main(argc: i32, argv: usize): i32 {
  const options = parseOptions(argumentList(argc, argv), "", USAGE);
  if (options === null) return 2;
  const names = options.names;
  const last = names.length - 1;
  if (last < 1 || (last > 1 && !isDirectory(names[last]))) return usageError(USAGE);
  let status = 0;
  for (let i = 0; i < last; i++) {
    const to = targetOf(names[i], names[last]);
    let result = rename(names[i], to);
    if (result == -EXDEV) result = moveAcross(names[i], to);
    if (result < 0) {
      complain("mv", names[i], result);
      status = 1;
    }
  }
  return status;
}

function moveAcross(from: string, to: string): i32 {
  if (isDirectory(from)) return -EXDEV;
  const copied = copyFile(from, to);
  return copied < 0 ? copied : unlink(from);
}
