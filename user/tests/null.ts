// For the tests: what a system call costs, by the processor's time-stamp counter (on our PC it counts instructions).

import { SYS_NULL } from "../../kernel/abi/systemCalls.ts";
import { printf } from "../library/stdio.ts";
import { systemCall, timestamp } from "../library/system.external.ts";

const ROUNDS: i32 = 1000;

export function main(_argc: i32, _argv: usize): i32 {
  const start = timestamp();
  for (let i = 0; i < ROUNDS; i++) systemCall(SYS_NULL, 0, 0, 0, 0, 0);
  const counts = timestamp() - start;
  printf("null system call: %d\n", counts / ROUNDS);
  return 0;
}
