// cat: writes files to the output, one after the other; without a name, or for "-", the input.

import { copyRest } from "../library/copy.ts";
import { close, open, STDIN, STDOUT } from "../library/files.ts";
import { complain } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

export function main(argc: i32, argv: usize): i32 {
  const names = argumentList(argc, argv).slice(1);
  if (names.length == 0) names.push("-");
  let status = 0;
  for (let i = 0; i < names.length; i++) {
    const handle = names[i] == "-" ? STDIN : open(names[i]);
    const result = handle < 0 ? handle : copyRest(handle, STDOUT);
    if (result < 0) {
      complain("cat", names[i], result);
      status = 1;
    }
    if (handle > 0) close(handle);
  }
  return status;
}
