// For the tests: starts itself as a child, in rows and in crowds, and looks how the children end. Run with a path: spawn /bin/spawn.

import { ECHILD, ENOENT, ENOEXEC, ESRCH } from "../../kernel/abi/errno.ts";
import {
  close,
  dup,
  lseek,
  O_CREAT,
  O_RDWR,
  O_TRUNC,
  open,
  pipe,
  read,
  SEEK_SET,
  STDERR,
  STDIN,
  STDOUT,
  unlink,
  write,
} from "../library/files.ts";
import {
  ENDED_BY_FAULT,
  ENDED_BY_KILL,
  getpid,
  kill,
  NO_HANDLE,
  SPAWN_DETACHED,
  semCreate,
  semDestroy,
  semP,
  semV,
  sleep,
  spawn,
  WAIT_NO_HANG,
  wait,
  waitStatus,
  yieldNow,
} from "../library/process.ts";
import { printf, puts } from "../library/stdio.ts";
import { argumentList, fromBytesOf } from "../library/text.ts";

const CHILDREN: i32 = 100;
const handles = memory.data(8, 4);
const BLOCKS: i32 = 20;
const BUFFER_BYTES: i32 = 64;
const buffer = memory.data(64);

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  const what = words.length > 1 ? words[1] : "";
  if (what == "exit") return 42;
  if (what == "fault") store<u32>(words.length - 2, 1);
  if (what == "sleep") sleep(1000000);
  if (what == "spin") spin();
  if (what == "take") return child();
  if (what == "float") return computes(getpid()) ? 42 : 1;
  if (what == "file") return writeAndRead(`/f${getpid()}`) ? 42 : 1;
  if (what == "say") return write(STDOUT, changetype<usize>(String.UTF8.encode("hello")), 5) == 5 ? 0 : 1;
  if (what != "") return 1;
  ends(words[0]);
  crowd(words[0]);
  semaphores(words[0]);
  pipes(words[0]);
  floats(words[0]);
  return 0;
}

function ends(self: string): void {
  printf("no such program: %s\n", spawn("/bin/nothing", ["nothing"]) == -ENOENT ? "ok" : "wrong");
  printf("not a program: %s\n", spawn("/etc/motd", ["motd"]) == -ENOEXEC ? "ok" : "wrong");
  printf("no child: %s\n", wait() == -ECHILD ? "ok" : "wrong");
  printf("no such process: %s\n", kill(30000) == -ESRCH ? "ok" : "wrong");
  const first = spawn(self, [self, "exit"]);
  printf("exit: %s %d\n", wait(first) == first ? "ok" : "wrong", waitStatus);
  spawn(self, [self, "fault"], NO_HANDLE, NO_HANDLE, dup(STDERR));
  wait();
  printf("fault: %s\n", waitStatus == (ENDED_BY_FAULT | 14) ? "ok" : "wrong");
  const sleeper = spawn(self, [self, "sleep"]);
  printf("still there: %s\n", wait(0, WAIT_NO_HANG) == 0 ? "ok" : "wrong");
  kill(sleeper);
  printf("killed asleep: %s\n", wait(sleeper) == sleeper && waitStatus == ENDED_BY_KILL ? "ok" : "wrong");
  const spinner = spawn(self, [self, "spin"]);
  sleep(50);
  kill(spinner);
  printf("killed at work: %s\n", wait() == spinner && waitStatus == ENDED_BY_KILL ? "ok" : "wrong");
}

/** Several at a time share the floating-point unit; what each computes must be what it computes alone. */
function floats(self: string): void {
  for (let i = 0; i < 5; i++) spawn(self, [self, "float"]);
  let good = computes(0);
  for (let i = 0; i < 5; i++) if (wait() < 0 || waitStatus != 42) good = false;
  printf("floats: %s\n", good ? "ok" : "wrong");
}

/** The series of 1 / (n + start)² has the same sum each time, whoever else computes meanwhile. */
function computes(start: i32): bool {
  let first: f64 = 0;
  for (let round = 0; round < 4; round++) {
    let sum: f64 = 0;
    for (let n = 1; n < 200; n++) {
      const term = (n + start) as f64;
      sum += 1 / (term * term);
      if (n % 50 == 0) yieldNow();
    }
    if (round == 0) first = sum;
    else if (sum != first) return false;
  }
  return first > 0 && first < 1.65;
}

function spin(): void {
  puts("spinning");
  while (true) {}
}

/** A file that is written, read and removed. */
function writeAndRead(path: string): bool {
  const file = open(path, O_RDWR | O_CREAT | O_TRUNC);
  if (file < 0) return false;
  for (let i = 0; i < BLOCKS; i++) {
    memory.fill(buffer, (getpid() + i) as u8, BUFFER_BYTES);
    if (write(file, buffer, BUFFER_BYTES) != BUFFER_BYTES) return false;
  }
  lseek(file, 0, SEEK_SET);
  for (let i = 0; i < BLOCKS; i++) {
    if (read(file, buffer, BUFFER_BYTES) != BUFFER_BYTES) return false;
    for (let at = 0; at < BUFFER_BYTES; at++) if (load<u8>(buffer + at) != ((getpid() + i) as u8)) return false;
  }
  // Left open: the end of the process closes it.
  return unlink(path) == 0;
}

/** Many children, ten at a time, each with a file of its own; and some that nobody waits for. */
function crowd(self: string): void {
  let sum: u32 = 0;
  for (let i = 0; i < CHILDREN; i++) {
    spawn(self, [self, "file"]);
    if (i % 10 == 9) for (let n = 0; n < 10; n++) if (wait() > 0) sum += waitStatus;
  }
  printf("%d children: %d\n", CHILDREN, sum);
  for (let i = 0; i < 10; i++) spawn(self, [self, "exit"], 0, 1, 2, SPAWN_DETACHED);
  sleep(100);
  printf("detached: %s\n", wait() == -ECHILD ? "ok" : "wrong");
}

/** Four children want a permit each, of which there is none until they are given. */
function semaphores(self: string): void {
  const permits = semCreate("permits", 0);
  const done = semCreate("done", 0);
  for (let i = 0; i < 4; i++) spawn(self, [self, "take"]);
  for (let i = 0; i < 4; i++) semV(permits);
  for (let i = 0; i < 4; i++) semP(done);
  let sum: u32 = 0;
  while (wait() > 0) sum += waitStatus;
  printf("semaphores: %d\n", sum);
  semDestroy(permits);
  semDestroy(done);
  printf("destroyed: %s\n", semV(permits) < 0 ? "ok" : "wrong");
}

function child(): i32 {
  semP(semCreate("permits", 99));
  semV(semCreate("done", 99));
  return getpid() > 0 ? 3 : 0;
}

function pipes(self: string): void {
  pipe(handles);
  const from = load<i32>(handles);
  const to = load<i32>(handles, 4);
  spawn(self, [self, "say"], STDIN, to, STDERR);
  close(to);
  let text = "";
  for (let got = read(from, buffer, 64); got > 0; got = read(from, buffer, 64)) text += fromBytesOf(buffer, got);
  wait();
  close(from);
  printf("pipe: %s\n", text);
  puts(open("/etc/motd") >= 0 ? "left open for exit to close" : "wrong");
}
