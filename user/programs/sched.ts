// sched: the two ways to share the processor, side by side as a picture. Under each policy three programs compute and one mostly
// sleeps, as a program that waits for a person does. Every program counts what it gets done in each stretch of time; the
// picture has a row for each program and a column for each stretch: "." some, "o" half, "#" nearly all that one can
// get. For the one that sleeps it also says how late it ran after each sleep.

import { close, pipe, read, STDERR, STDIN, STDOUT, write } from "../library/files.ts";
import { numberOf, usageError } from "../library/options.ts";
import {
  SCHED_MLFQ,
  SCHED_PRIORITY,
  schedPolicy,
  setPriority,
  sleep,
  spawn,
  uptime,
  wait,
} from "../library/process.ts";
import { complain, print, printf } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

const COLUMNS: i32 = 32;
const COLUMN_MS: u32 = 40;
/** Until all programs have been loaded. */
const START_MS: u32 = 300;
const NAP_MS: u32 = 60;
/** What a computing program does between two looks at the clock, and the other one after each sleep. */
const CHUNK: i32 = 2000;
const BURST: i32 = 20000;

const PARENT_PRIORITY: u32 = 5;
const PRIORITIES: StaticArray<u32> = [4, 4, 3, 4];
const NAMES: StaticArray<string> = [
  "computes, priority 4",
  "computes, priority 4",
  "computes, priority 3",
  "sleeps,   priority 4",
];
const PROGRAMS: i32 = 4;
const SLEEPER: i32 = 3;

/** What a program sends when it is done: the work in each column, then naps, milliseconds late in all, and at most. */
const RESULT_BYTES: usize = 4 * 35;
const result = memory.data(140, 4);
const results = memory.data(560, 4);
const pipeHandles = memory.data(8, 4);
const sink = memory.data(4, 4);

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  if (words.length == 4 && words[1] == "work") return work(numberOf(words[2]), numberOf(words[3]));
  if (words.length != 1) return usageError("sched");
  printf("%d columns of %d ms; the letters say how much a program gets done: . o #\n", COLUMNS, COLUMN_MS);
  const before = schedPolicy(SCHED_PRIORITY, 0);
  setPriority(0, PARENT_PRIORITY); // or those that compute would not let it start the others
  let isDone = show("Priorities, turns inside one", words[0]);
  schedPolicy(SCHED_MLFQ, 0);
  isDone = show("Multilevel feedback queue", words[0]) && isDone;
  schedPolicy(before, 0);
  return isDone ? 0 : 1;
}

/** Runs the programs under the policy that is set, and draws what came of it. */
function show(title: string, program: string): bool {
  const made = pipe(pipeHandles);
  if (made < 0) {
    complain("sched", "pipe", made);
    return false;
  }
  const from = load<i32>(pipeHandles);
  const to = load<i32>(pipeHandles, 4);
  const path = program.includes("/") ? program : `/bin/${program}`;
  const start = uptime() + START_MS;
  let started = 0;
  for (let i = 0; i < PROGRAMS; i++) {
    const child = spawn(path, [program, "work", `${i}`, `${start}`], STDIN, to, STDERR);
    if (child < 0) complain("sched", path, child);
    else started++;
  }
  close(to);
  memory.fill(results, 0, 4 * RESULT_BYTES);
  let received = 0;
  while (readAll(from)) {
    // The first word says whose it is.
    const index = load<u32>(result + RESULT_BYTES - 4) >> 24;
    memory.copy(results + index * RESULT_BYTES, result, RESULT_BYTES);
    received++;
  }
  close(from);
  for (let i = 0; i < started; i++) wait();
  printf("\n%s\n", title);
  draw();
  return received == PROGRAMS;
}

function readAll(from: i32): bool {
  let length: usize = 0;
  while (length < RESULT_BYTES) {
    const got = read(from, result + length, RESULT_BYTES - length);
    if (got <= 0) return false;
    length += got;
  }
  return true;
}

function draw(): void {
  let most: u32 = 1;
  for (let i = 0; i < PROGRAMS; i++) {
    for (let column = 0; column < COLUMNS; column++) most = max<u32>(most, workOf(i, column));
  }
  for (let i = 0; i < PROGRAMS; i++) {
    let total: u32 = 0;
    printf("  %s |", NAMES[i]);
    for (let column = 0; column < COLUMNS; column++) {
      const done = workOf(i, column);
      total += done;
      print(done == 0 ? " " : done * 8 < most ? "." : done * 8 < 6 * most ? "o" : "#");
    }
    printf("| %3d %%\n", (total * 100) / (most * COLUMNS));
  }
  const row = results + SLEEPER * RESULT_BYTES;
  const naps = load<u32>(row, 4 * COLUMNS);
  const late = load<u32>(row, 4 * COLUMNS + 4);
  const latest = load<u32>(row, 4 * COLUMNS + 8) & 0xffffff;
  printf(
    "  after %d sleeps it ran %d ms late on the average, %d ms at most\n",
    naps,
    naps == 0 ? 0 : late / naps,
    latest,
  );
}

function workOf(index: i32, column: i32): u32 {
  return load<u32>(results + index * RESULT_BYTES + (column << 2));
}

/** What each of the programs does: number `index`, from `start` on. */
function work(index: i32, start: u32): i32 {
  const isSleeper = index == SLEEPER;
  setPriority(0, PRIORITIES[index]);
  const now = uptime();
  if (now < start) sleep(start - now);
  const latest = isSleeper ? nap(start) : compute(start);
  store<u32>(result + RESULT_BYTES - 4, latest | (index << 24));
  return write(STDOUT, result, RESULT_BYTES) == RESULT_BYTES ? 0 : 1;
}

/** Computes to the end, and notes in which column. */
function compute(start: u32): u32 {
  while (true) {
    const column = (uptime() - start) / COLUMN_MS;
    if (column >= (COLUMNS as u32)) return 0;
    spin(CHUNK);
    note(column, CHUNK);
  }
}

/** Sleeps and computes a little, in turn. Returns how late it ran at most. */
function nap(start: u32): u32 {
  let latest: u32 = 0;
  while (true) {
    const wake = uptime() + NAP_MS;
    sleep(NAP_MS);
    const now = uptime();
    const column = (now - start) / COLUMN_MS;
    if (column >= (COLUMNS as u32)) return latest;
    const late = now > wake ? now - wake : 0;
    latest = max<u32>(latest, late);
    store<u32>(result, load<u32>(result, 4 * COLUMNS) + 1, 4 * COLUMNS);
    store<u32>(result, load<u32>(result, 4 * COLUMNS + 4) + late, 4 * COLUMNS + 4);
    spin(BURST);
    note(column, BURST);
  }
}

function note(column: u32, done: u32): void {
  const at = result + ((column as usize) << 2);
  store<u32>(at, load<u32>(at) + done);
}

/** Work that the compiler can't leave out. */
function spin(rounds: i32): void {
  for (let i = 0; i < rounds; i++) store<u32>(sink, load<u32>(sink) * 1103515245 + 12345);
}
