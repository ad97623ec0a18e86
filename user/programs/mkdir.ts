// mkdir: makes directories. "-p" makes those above them too, and says nothing about those that are there.

import { mkdir } from "../library/files.ts";
import { parseOptions, usageError } from "../library/options.ts";
import { isDirectory } from "../library/paths.ts";
import { complain } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

const USAGE = "mkdir [-p] DIRECTORY...";

export function main(argc: i32, argv: usize): i32 {
  const options = parseOptions(argumentList(argc, argv), "p", USAGE);
  if (options === null) return 2;
  const names = options.names;
  if (names.length == 0) return usageError(USAGE);
  let status = 0;
  for (let i = 0; i < names.length; i++) {
    const result = options.has("p") ? makeAll(names[i]) : mkdir(names[i]);
    if (result < 0) {
      complain("mkdir", names[i], result);
      status = 1;
    }
  }
  return status;
}

function makeAll(path: string): i32 {
  for (let slash = path.indexOf("/", 1); slash > 0; slash = path.indexOf("/", slash + 1)) {
    const parent = path.substring(0, slash);
    if (isDirectory(parent)) continue;
    const result = mkdir(parent);
    if (result < 0) return result;
  }
  return isDirectory(path) ? 0 : mkdir(path);
}
