// The command measure: what the kernel's basic operations cost, by the processor's time-stamp counter. On our PC the counter
// counts instructions, so the figures are exact there; elsewhere they are clock cycles.

import { rdtsc } from "../../platform/pc/instructions.external.ts";
import { print, printColumn, printLine, printNumber } from "../../print.ts";
import { MUTEX_BYTES, Mutex } from "../../thread/mutex.ts";
import { yieldProcessor } from "../../thread/scheduler.ts";
import { SEMAPHORE_BYTES, Semaphore } from "../../thread/semaphore.ts";
import { joinThread, PRIORITY_HIGH, startKernelThread, ThreadFunction } from "../../thread/thread.ts";
import { addCommand } from "../table.ts";

const ROUNDS: u32 = 1000;
const NAME_COLUMNS: i32 = 36;

const ping = changetype<Semaphore>(memory.data(SEMAPHORE_BYTES, 4));
const pong = changetype<Semaphore>(memory.data(SEMAPHORE_BYTES, 4));
const mutex = changetype<Mutex>(memory.data(MUTEX_BYTES, 4));

export function addMeasureCommand(): void {
  addCommand("measure", "count what the kernel's basic operations cost", measure);
}

function measure(_count: u32): void {
  printLine("time-stamp counts:");
  report("thread switch (yield to yield)", measureYields);
  report("semaphore ping-pong, two switches", measurePingPong);
  report("mutex lock and unlock, free", measureMutex);
  report("start, run and join a thread", measureThreads);
}

/** Runs `operation` ROUNDS times in a thread of high priority: nothing else runs meanwhile but what it starts. */
function report(name: string, operation: ThreadFunction): void {
  const thread = startKernelThread(operation, 0, PRIORITY_HIGH, false, "measure");
  print("  ");
  printColumn(name, NAME_COLUMNS);
  if (thread === null) print("no memory");
  else printNumber(joinThread(thread), 6);
  print("\n");
}

function measureYields(_argument: usize): u32 {
  if (startKernelThread(yieldRounds, 0, PRIORITY_HIGH, true, "partner") === null) return 0;
  return yieldRounds(0) / 2; // the partner switches as often
}

function measurePingPong(_argument: usize): u32 {
  if (startKernelThread(answerRounds, 0, PRIORITY_HIGH, true, "partner") === null) return 0;
  const start = rdtsc();
  for (let i: u32 = 0; i < ROUNDS; i++) {
    ping.v();
    pong.p();
  }
  return countsSince(start);
}

function measureMutex(_argument: usize): u32 {
  const start = rdtsc();
  for (let i: u32 = 0; i < ROUNDS; i++) {
    mutex.lock();
    mutex.unlock();
  }
  return countsSince(start);
}

function measureThreads(_argument: usize): u32 {
  const start = rdtsc();
  for (let i: u32 = 0; i < ROUNDS; i++) {
    const thread = startKernelThread(doNothing, 0, PRIORITY_HIGH, false, "child");
    if (thread === null) return 0;
    joinThread(thread);
  }
  return countsSince(start);
}

function yieldRounds(_argument: usize): u32 {
  const start = rdtsc();
  for (let i: u32 = 0; i < ROUNDS; i++) yieldProcessor();
  return countsSince(start);
}

function answerRounds(_argument: usize): u32 {
  for (let i: u32 = 0; i < ROUNDS; i++) {
    ping.p();
    pong.v();
  }
  return 0;
}

function doNothing(_argument: usize): u32 {
  return 0;
}

/** The counts since `start` for one of ROUNDS. */
function countsSince(start: i64): u32 {
  return ((rdtsc() - start) / ROUNDS) as u32;
}
