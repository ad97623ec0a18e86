// bench: what the system costs a program, by the processor's time-stamp counter. On our PC that counts instructions, and while the
// processor is halted 10 ns each; elsewhere clock cycles. The parts are calls, programs and file (in the current
// directory), which run if none is named, and key: it says at which count it got a key, and who pressed it knows when.

import { SYS_NULL } from "../../kernel/abi/systemCalls.ts";
import {
  close,
  O_CREAT,
  O_TRUNC,
  O_WRONLY,
  open,
  pipe,
  read,
  sync,
  unlink,
  write,
  writeAll,
} from "../library/files.ts";
import { malloc } from "../library/memory.ts";
import { usageError } from "../library/options.ts";
import { semCreate, semDestroy, semP, semV, spawn, wait, yieldNow } from "../library/process.ts";
import { complain, print, printf } from "../library/stdio.ts";
import { systemCall, timestamp } from "../library/system.external.ts";
import { openTerminal, readKey, restoreTerminal } from "../library/terminal.ts";
import { argumentList } from "../library/text.ts";

const ROUNDS: i32 = 1000;
const SPAWNS: i32 = 20;
const FILE = "bench.tmp";
const FILE_BYTES: usize = 0x100000;
const BUFFER_BYTES: usize = 0x8000;
const NAME_COLUMNS = 38;
const PARTS = ["calls", "programs", "file"];
const USAGE = "bench [calls|programs|file|key]";
const PIPE_BYTES: usize = 4096;

const handles = memory.data(8, 4);
const transfer = memory.data(4096);

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  const part = words.length > 1 ? words[1] : "";
  if (part == "exit") return 0;
  if (part == "partner") return partner();
  if (part == "key") return showKey();
  if (words.length > 2 || (part != "" && !PARTS.includes(part))) return usageError(USAGE);
  const self = words[0].includes("/") ? words[0] : `/bin/${words[0]}`;
  const isAll = part == "";
  if (isAll || part == "calls") measureCalls();
  if (isAll || part == "programs") measurePrograms(self);
  return isAll || part == "file" ? measureFile() : 0;
}

function report(name: string, counts: i64): void {
  printf("%s %10d\n", name.padEnd(NAME_COLUMNS), counts);
}

function measureCalls(): void {
  let start = timestamp();
  for (let i = 0; i < ROUNDS; i++) systemCall(SYS_NULL, 0, 0, 0, 0, 0);
  report("null system call", (timestamp() - start) / ROUNDS);
  const semaphore = semCreate("bench", 0);
  start = timestamp();
  for (let i = 0; i < ROUNDS; i++) {
    semV(semaphore);
    semP(semaphore);
  }
  report("semaphore V and P", (timestamp() - start) / ROUNDS);
  semDestroy(semaphore);
  if (pipe(handles) < 0) return;
  const from = load<i32>(handles);
  const to = load<i32>(handles, 4);
  start = timestamp();
  for (let i = 0; i < ROUNDS; i++) {
    write(to, transfer, PIPE_BYTES);
    read(from, transfer, PIPE_BYTES);
  }
  report("4096 bytes through a pipe", (timestamp() - start) / ROUNDS);
  close(from);
  close(to);
}

/** What needs two programs: they take turns by yield, then by two semaphores; and one starts others. */
function measurePrograms(self: string): void {
  const ping = semCreate("bench ping", 0);
  const pong = semCreate("bench pong", 0);
  const child = spawn(self, ["bench", "partner"]);
  if (child < 0 || ping < 0 || pong < 0) {
    complain("bench", self, child);
    return;
  }
  semP(pong); // the partner is there
  let start = timestamp();
  for (let i = 0; i < ROUNDS; i++) yieldNow();
  report("yield to another program and back", (timestamp() - start) / ROUNDS);
  for (let i = 0; i < ROUNDS; i++) yieldNow(); // until the partner has had enough of it
  start = timestamp();
  for (let i = 0; i < ROUNDS; i++) {
    semV(ping);
    semP(pong);
  }
  report("semaphore ping-pong of two programs", (timestamp() - start) / ROUNDS);
  wait(child);
  semDestroy(ping);
  semDestroy(pong);
  report("spawn a program, and wait for it", spawns(self));
}

function partner(): i32 {
  const ping = semCreate("bench ping", 0);
  const pong = semCreate("bench pong", 0);
  semV(pong);
  for (let i = 0; i < ROUNDS + ROUNDS / 2; i++) yieldNow();
  for (let i = 0; i < ROUNDS; i++) {
    semP(ping);
    semV(pong);
  }
  return 0;
}

/** The first one brings the program's file into the cache. */
function spawns(self: string): i64 {
  let start: i64 = 0;
  for (let i = 0; i <= SPAWNS; i++) {
    if (i == 1) start = timestamp();
    spawn(self, ["bench", "exit"]);
    wait();
  }
  return (timestamp() - start) / SPAWNS;
}

/** Writes a file to its medium, and reads it: it is larger than the kernel's cache. */
function measureFile(): i32 {
  const buffer = malloc(BUFFER_BYTES);
  if (buffer == 0) return 1;
  memory.fill(buffer, 0x2a, BUFFER_BYTES);
  let start = timestamp();
  let result = writeFile(buffer);
  if (result >= 0) {
    report("write a file of 1 MB to its medium", timestamp() - start);
    start = timestamp();
    result = readFile(buffer);
    report("read it", timestamp() - start);
  }
  if (result < 0) complain("bench", FILE, result);
  unlink(FILE);
  return result < 0 ? 1 : 0;
}

function writeFile(buffer: usize): i32 {
  const file = open(FILE, O_WRONLY | O_CREAT | O_TRUNC);
  let result = file;
  for (let done: usize = 0; done < FILE_BYTES && result >= 0; done += BUFFER_BYTES) {
    result = writeAll(file, buffer, BUFFER_BYTES);
  }
  if (file >= 0) close(file);
  return result < 0 ? result : sync();
}

function readFile(buffer: usize): i32 {
  const file = open(FILE);
  if (file < 0) return file;
  let got = 0;
  do got = read(file, buffer, BUFFER_BYTES);
  while (got > 0);
  close(file);
  return got;
}

function showKey(): i32 {
  if (openTerminal() < 0) return usageError(USAGE);
  print("press a key\n");
  const key = readKey();
  const now = timestamp();
  restoreTerminal();
  printf("key %d at count %d\n", key, now);
  return 0;
}
