// For the tests: runs every file of /damaged, each a program with a few bytes changed. Most are refused; what starts may do
// anything, so it gets no handles and little time.

import { DIRECTORY_ENTRY_BYTES, DirectoryEntry, O_DIRECTORY, open, readdir } from "../library/files.ts";
import { kill, NO_HANDLE, sleep, spawn, WAIT_NO_HANG, wait } from "../library/process.ts";
import { printf } from "../library/stdio.ts";
import { fromBytes } from "../library/text.ts";

const entry = changetype<DirectoryEntry>(memory.data(DIRECTORY_ENTRY_BYTES, 4));
const PATIENCE: i32 = 3;

export function main(_argc: i32, _argv: usize): i32 {
  const directory = open("/damaged", O_DIRECTORY);
  let refused = 0;
  let started = 0;
  while (readdir(directory, entry) > 0) {
    const child = spawn(`/damaged/${fromBytes(entry.name)}`, ["x"], NO_HANDLE, NO_HANDLE, NO_HANDLE);
    if (child < 0) {
      refused++;
      continue;
    }
    started++;
    for (let i = 0; wait(child, WAIT_NO_HANG) == 0; i++) {
      if (i == PATIENCE) kill(child);
      sleep(10);
    }
  }
  printf("refused %d, started %d\n", refused, started);
  return 0;
}
