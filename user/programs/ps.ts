// ps: lists the programs that run, from /proc; "-t" lists the kernel's threads.

import { copyRest } from "../library/copy.ts";
import { listDirectory, listError } from "../library/directory.ts";
import { close, open, STDOUT } from "../library/files.ts";
import { numberOf, parseOptions } from "../library/options.ts";
import { readValues, valueOf } from "../library/procfs.ts";
import { complain, printf } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

export function main(argc: i32, argv: usize): i32 {
  const options = parseOptions(argumentList(argc, argv), "t", "ps [-t]");
  if (options === null) return 2;
  return options.has("t") ? showThreads() : showProcesses();
}

function showProcesses(): i32 {
  const entries = listDirectory("/proc");
  if (entries === null) {
    complain("ps", "/proc", listError);
    return 1;
  }
  const numbers: i32[] = [];
  for (let i = 0; i < entries.length; i++) {
    const number = numberOf(entries[i].name);
    if (number > 0) numbers.push(number);
  }
  numbers.sort((a, b) => a - b);
  printf("   id parent  state        ticks  name\n");
  for (let i = 0; i < numbers.length; i++) {
    const status = readValues(`/proc/${numbers[i]}/status`);
    if (status === null) continue; // it has ended meanwhile
    const state = valueOf(status, "state");
    printf("%5d %6s  %-9s %8s  ", numbers[i], valueOf(status, "parent"), state, valueOf(status, "ticks"));
    printf("%s\n", valueOf(status, "name"));
  }
  return 0;
}

function showThreads(): i32 {
  const handle = open("/proc/threads");
  const result = handle < 0 ? handle : copyRest(handle, STDOUT);
  if (handle >= 0) close(handle);
  if (result < 0) complain("ps", "/proc/threads", result);
  return result < 0 ? 1 : 0;
}
