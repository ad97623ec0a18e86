// The command threads: creates and joins many threads, and checks that nothing of them is left.
// Up to WINDOW of them live at a time. Each adds its number to a sum under a mutex, so a lost update or a thread that
// ran twice would show in the sum.

import { freeFrameCount } from "../../memory/frames.ts";
import { free, heapArenaBytes, heapUsedBytes, malloc } from "../../memory/heap.ts";
import { print, printLine, printNumber } from "../../print.ts";
import { parseNumber } from "../../text.ts";
import { MUTEX_BYTES, Mutex } from "../../thread/mutex.ts";
import { yieldProcessor } from "../../thread/scheduler.ts";
import { joinThread, KernelThread, PRIORITY_NORMAL, startKernelThread } from "../../thread/thread.ts";
import { wordAt } from "../../words.ts";
import { addCommand } from "../table.ts";

const WINDOW: u32 = 32;
const MAX_THREADS: i32 = 1000000;
/** Every so many threads one gives the processor up while it holds the mutex, so that others wait for it. */
const YIELD_EVERY: u32 = 8;

const mutex = changetype<Mutex>(memory.data(MUTEX_BYTES, 4));
let sum: u64 = 0;

export function addThreadsCommand(): void {
  addCommand("threads", "create and join threads: threads 1000", threads);
}

function threads(count: u32): void {
  const total = count == 2 ? parseNumber(wordAt(1)) : -1;
  if (total < 1 || total > MAX_THREADS) {
    printLine("usage: threads COUNT, 1 to 1000000");
    return;
  }
  const framesBefore = freeFrameCount() + ((heapArenaBytes() >> 12) as u32);
  const heapBefore = heapUsedBytes();
  sum = 0;
  if (!runThreads(total)) return;

  const expected = ((total as u64) * ((total as u64) + 1)) / 2;
  printNumber(total);
  print(" threads created and joined, sum ");
  printLine(sum == expected ? "right" : "wrong");
  const framesAfter = freeFrameCount() + ((heapArenaBytes() >> 12) as u32);
  const isAllBack = framesAfter == framesBefore && heapUsedBytes() == heapBefore;
  if (isAllBack) {
    printLine("no memory lost");
    return;
  }
  print("memory lost: ");
  printNumber(framesBefore - framesAfter);
  print(" frames, ");
  printNumber((heapUsedBytes() - heapBefore) as u32);
  printLine(" bytes of the heap");
}

/** Creates and joins `total` threads; false, with a message, if even one doesn't fit into memory. */
function runThreads(total: u32): bool {
  const window = malloc(WINDOW * 4);
  if (window == 0) {
    printLine("no memory");
    return false;
  }
  let created: u32 = 0;
  let joined: u32 = 0;
  while (joined < total) {
    let thread: KernelThread | null = null;
    if (created < total && created - joined < WINDOW) {
      thread = startKernelThread(addNumber, created + 1, PRIORITY_NORMAL, false, "worker");
    }
    if (thread !== null) {
      store<u32>(window + ((created % WINDOW) << 2), changetype<usize>(thread) as u32);
      created++;
      continue;
    }
    if (joined == created) {
      printLine("no memory for a thread");
      free(window);
      return false;
    }
    const value = joinThread(changetype<KernelThread>(load<u32>(window + ((joined % WINDOW) << 2))));
    joined++;
    if (value != joined) printLine("a thread's exit value is not what it returned");
  }
  free(window);
  return true;
}

/** A worker: adds its number to the sum. */
function addNumber(number: usize): u32 {
  mutex.lock();
  const before = sum;
  if (number % YIELD_EVERY == 0) yieldProcessor();
  sum = before + number;
  mutex.unlock();
  return number as u32;
}
