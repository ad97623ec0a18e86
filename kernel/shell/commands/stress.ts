// The command stress: many threads on few locks, to see whether any synchronisation ever fails. Each thread takes two of ten
// mutexes in their order, adds to what they protect, waits on semaphores and for time, and counts what it did; at the end
// the sums must agree, and all memory must be back. Printed figures don't depend on how long it ran.

import { freeFrameCount } from "../../memory/frames.ts";
import { free, heapArenaBytes, heapUsedBytes, malloc } from "../../memory/heap.ts";
import { TICKS_PER_SECOND } from "../../platform/clock.ts";
import { print, printLine, printNumber } from "../../print.ts";
import { parseNumber } from "../../text.ts";
import { MUTEX_BYTES, Mutex } from "../../thread/mutex.ts";
import { SchedulingPolicy } from "../../thread/policy.ts";
import { setSchedulingPolicy, sleepTicks, timeSlice, yieldProcessor } from "../../thread/scheduler.ts";
import { SEMAPHORE_BYTES, Semaphore } from "../../thread/semaphore.ts";
import {
  joinThread,
  KernelThread,
  PRIORITY_LOW,
  PRIORITY_NORMAL,
  startKernelThread,
  threadTotal,
} from "../../thread/thread.ts";
import { WakeReason } from "../../thread/waitQueue.ts";
import { wordAt } from "../../words.ts";
import { addCommand } from "../table.ts";

const LOCKS: u32 = 10;
const MOST_THREADS: i32 = 5000;
const MOST_SECONDS: i32 = 10000;
/** Ticks after which a thread gives up to wait for a permit. */
const PATIENCE: u32 = 3;

const locks = memory.data(MUTEX_BYTES * 10, 4);
/** What the locks protect: how often each was taken. */
const taken = memory.data(4 * 10, 4);
const permits = changetype<Semaphore>(memory.data(SEMAPHORE_BYTES, 4));
let isOver: bool = false;
let permitsOut: u32 = 0;
let permitsMost: u32 = 0;

const PERMITS: u32 = 5;

export function addStressCommand(): void {
  addCommand("stress", "many threads on few locks: stress THREADS SECONDS", stress);
}

function stress(count: u32): void {
  const threads = count == 3 ? parseNumber(wordAt(1)) : -1;
  const seconds = count == 3 ? parseNumber(wordAt(2)) : -1;
  if (threads < 1 || threads > MOST_THREADS || seconds < 1 || seconds > MOST_SECONDS) {
    printLine("usage: stress THREADS SECONDS, up to 5000 and 10000");
    return;
  }
  const framesBefore = freeFrameCount() + ((heapArenaBytes() >> 12) as u32);
  const heapBefore = heapUsedBytes();
  const threadsBefore = threadTotal();
  run(threads, seconds, SchedulingPolicy.Priority);
  run(threads, seconds, SchedulingPolicy.Feedback);
  setSchedulingPolicy(SchedulingPolicy.Priority, timeSlice());
  yieldProcessor();
  const framesAfter = freeFrameCount() + ((heapArenaBytes() >> 12) as u32);
  check("frames", framesAfter == framesBefore);
  check("heap", heapUsedBytes() == heapBefore);
  check("threads", threadTotal() == threadsBefore);
}

function check(what: string, isRight: bool): void {
  print(what);
  printLine(isRight ? ": the same as before" : ": NOT the same as before");
}

/** Half of the time under each policy. */
function run(threads: u32, seconds: u32, policy: SchedulingPolicy): void {
  setSchedulingPolicy(policy, timeSlice());
  const list = malloc((threads as usize) << 2);
  if (list == 0) {
    printLine("no memory");
    return;
  }
  memory.fill(taken, 0, LOCKS * 4);
  isOver = false;
  permitsOut = permitsMost = 0;
  permits.initialize(PERMITS);
  let started: u32 = 0;
  while (started < threads) {
    const priority = started % 3 == 0 ? PRIORITY_LOW : PRIORITY_NORMAL;
    const thread = startKernelThread(work, started, priority, false, "stress");
    if (thread === null) break;
    store<u32>(list + ((started as usize) << 2), changetype<usize>(thread) as u32);
    started++;
  }
  sleepTicks((seconds * TICKS_PER_SECOND) / 2);
  isOver = true;
  let expected: u32 = 0;
  for (let i: u32 = 0; i < started; i++) {
    expected += joinThread(changetype<KernelThread>(load<u32>(list + ((i as usize) << 2))));
  }
  free(list);
  let sum: u32 = 0;
  for (let i: u32 = 0; i < LOCKS; i++) sum += load<u32>(taken + (i << 2));
  printNumber(started);
  print(policy === SchedulingPolicy.Priority ? " threads by priority: " : " threads by feedback: ");
  print(sum == expected && expected > 0 ? "locks right" : "locks WRONG");
  const isRight = permitsOut == 0 && permits.count == PERMITS && permitsMost <= PERMITS;
  printLine(isRight ? ", semaphore right" : ", semaphore WRONG");
}

/** What each thread does; returns how often it took a lock. */
function work(seed: usize): u32 {
  let state = (seed as u32) * 2654435761 + 12345;
  let locked: u32 = 0;
  while (!isOver) {
    state = state * 1664525 + 1013904223;
    const choice = state >> 16;
    // In their order, so that no circle of waiting threads can close.
    const first = choice % (LOCKS - 1);
    const second = first + 1 + ((choice >> 4) % (LOCKS - 1 - first));
    lockAt(first).lock();
    lockAt(second).lock();
    add(first, choice);
    add(second, choice);
    lockAt(second).unlock();
    lockAt(first).unlock();
    locked += 2;
    if (choice % 4 == 0) usePermit(choice);
    sleepTicks(1 + (choice % 5));
  }
  return locked;
}

function lockAt(index: u32): Mutex {
  return changetype<Mutex>(locks + (index as usize) * MUTEX_BYTES);
}

/** Adds 1, with time for others between reading and writing. */
function add(index: u32, choice: u32): void {
  const address = taken + (index << 2);
  const before = load<u32>(address);
  if (choice % 8 == 1) yieldProcessor();
  store<u32>(address, before + 1);
}

function usePermit(choice: u32): void {
  if (permits.pFor(choice % 2 == 0 ? 0 : PATIENCE) !== WakeReason.Woken) return;
  lockAt(0).lock();
  permitsOut++;
  permitsMost = max(permitsMost, permitsOut);
  lockAt(0).unlock();
  sleepTicks(1);
  lockAt(0).lock();
  permitsOut--;
  lockAt(0).unlock();
  permits.v();
}
