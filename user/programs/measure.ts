// measure: what system calls cost, by the processor's time-stamp counter. On our PC that counts instructions; elsewhere, clock cycles.

import { SYS_NULL } from "../../kernel/abi/systemCalls.ts";
import { pipe, read, write } from "../library/files.ts";
import { semCreate, semP, semV, spawn, wait } from "../library/process.ts";
import { printf } from "../library/stdio.ts";
import { systemCall, timestamp } from "../library/system.external.ts";

const PROGRAM = "/bin/measure";
const ROUNDS: i32 = 1000;
const CHILDREN: i32 = 20;
const handles = memory.data(8, 4);
const buffer = memory.data(4096);
const BUFFER_BYTES: i32 = 4096;

export function main(argc: i32, _argv: usize): i32 {
  if (argc > 1) return 0; // as its own child
  let start = timestamp();
  for (let i = 0; i < ROUNDS; i++) systemCall(SYS_NULL, 0, 0, 0, 0, 0);
  report("null system call", start, ROUNDS);

  const semaphore = semCreate("measure", 0);
  start = timestamp();
  for (let i = 0; i < ROUNDS; i++) {
    semV(semaphore);
    semP(semaphore);
  }
  report("semaphore V and P", start, ROUNDS);

  pipe(handles);
  start = timestamp();
  for (let i = 0; i < ROUNDS; i++) {
    write(load<i32>(handles, 4), buffer, BUFFER_BYTES);
    read(load<i32>(handles), buffer, BUFFER_BYTES);
  }
  report("4096 bytes through a pipe", start, ROUNDS);

  start = timestamp();
  for (let i = 0; i < CHILDREN; i++) {
    if (spawn(PROGRAM, [PROGRAM, "child"]) < 0) return 1; // there is no disk
    wait();
  }
  report("spawn and wait", start, CHILDREN);
  return 0;
}

function report(what: string, start: i64, rounds: i32): void {
  printf("%s: %d\n", what, (timestamp() - start) / rounds);
}
