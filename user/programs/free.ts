// free: how much memory there is, and how it is used.

import { ENOENT } from "../../kernel/abi/errno.ts";
import { readValues, valueOf } from "../library/procfs.ts";
import { complain, printf } from "../library/stdio.ts";

const FILE = "/proc/meminfo";

export function main(_argc: i32, _argv: usize): i32 {
  const values = readValues(FILE);
  if (values === null) {
    complain("free", FILE, ENOENT);
    return 1;
  }
  const total = parseInt(valueOf(values, "MemTotal"), 10) as i32;
  const unused = parseInt(valueOf(values, "MemFree"), 10) as i32;
  const cached = parseInt(valueOf(values, "Cached"), 10) as i32;
  const heap = parseInt(valueOf(values, "Heap"), 10) as i32;
  const heapUsed = parseInt(valueOf(values, "HeapUsed"), 10) as i32;
  printf("             total      used      free\n");
  printf("memory  %7d KB %6d KB %6d KB  (%d KB of files are cached)\n", total, total - unused, unused, cached);
  printf("heap    %7d KB %6d KB %6d KB\n", heap >> 10, (heapUsed + 1023) >> 10, (heap - heapUsed) >> 10);
  return 0;
}
