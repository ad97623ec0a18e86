// The command measure: what the kernel's basic operations cost, by the processor's time-stamp counter. On our PC the counter
// counts instructions, so the figures are exact there; elsewhere they are clock cycles.

import { flushKeys, putKey, waitForKey } from "../../drivers/input.ts";
import { pretendScanCode } from "../../drivers/keyboard.ts";
import { disableInterrupts, restoreInterrupts } from "../../platform/interrupts.ts";
import { rdtsc } from "../../platform/pc/instructions.external.ts";
import { print, printColumn, printLine, printNumber } from "../../print.ts";
import { MUTEX_BYTES, Mutex } from "../../thread/mutex.ts";
import { sleepTicks, yieldProcessor } from "../../thread/scheduler.ts";
import { SEMAPHORE_BYTES, Semaphore } from "../../thread/semaphore.ts";
import { joinThread, PRIORITY_HIGH, startKernelThread, ThreadFunction } from "../../thread/thread.ts";
import { addCommand } from "../table.ts";

const ROUNDS: u32 = 1000;
const NAME_COLUMNS: i32 = 36;

const ping = changetype<Semaphore>(memory.data(SEMAPHORE_BYTES, 4));
const pong = changetype<Semaphore>(memory.data(SEMAPHORE_BYTES, 4));
const SCAN_CODE_A: u32 = 0x1e;
/** When the last key was pressed, what the quickest took (a tick may fall into others), and how many were read. */
let pressed: i64 = 0;
let keyCounts: i64 = 0;
let keysRead: u32 = 0;

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
  report("key from the port to its reader", measureKeys);
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

/** Lets the controller pretend key presses; a thread of higher priority reads them, as soon as their interrupts have ended. */
function measureKeys(_argument: usize): u32 {
  keysRead = 0;
  keyCounts = i64.MAX_VALUE;
  flushKeys();
  if (startKernelThread(readKeys, 0, PRIORITY_HIGH + 1, true, "reader") === null) return 0;
  for (let i: u32 = 0; i < ROUNDS; i++) {
    const wereEnabled = disableInterrupts();
    pretendScanCode(SCAN_CODE_A);
    pressed = rdtsc();
    restoreInterrupts(wereEnabled); // here it interrupts
    if (keysRead == i) sleepTicks(1);
  }
  while (keysRead < ROUNDS) putKey(0); // of a controller that can't pretend
  flushKeys();
  return keyCounts as u32;
}

function readKeys(_argument: usize): u32 {
  while (keysRead < ROUNDS) {
    waitForKey();
    keyCounts = min<i64>(keyCounts, rdtsc() - pressed);
    keysRead++;
  }
  return 0;
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
