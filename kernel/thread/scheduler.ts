// The scheduler: which thread runs. Strict priorities, round robin with time slices inside a priority.
//
// The current thread is on no queue. A thread that is taken off the processor because a higher one woke goes to the front
// of its queue and keeps the rest of its slice; one whose slice is used up goes to the end. There is one processor, so
// a critical section is a stretch with interrupts off: enterCritical … leaveCritical.

import { switchContext } from "../platform/context.ts";
import { disableInterrupts, interruptsEnabled, restoreInterrupts } from "../platform/interrupts.ts";
import { ThreadQueue } from "./queue.ts";
import { PRIORITY_COUNT, Thread, ThreadState } from "./thread.ts";

/** A time slice, in ticks of the clock. */
export const TIME_SLICE: u32 = 5;

const QUEUE_BYTES: usize = 8;
const readyQueues = memory.data(64, 4);
/** Bit p: the queue of priority p has threads. */
let readyPriorities: u32 = 0;
let current: Thread | null = null;
/** A better choice than the current thread has come up; acted on at the next leaveCritical or interrupt exit. */
let switchWanted: bool = false;
let switches: u32 = 0;

const sleepers = changetype<ThreadQueue>(memory.data(8, 4));
let ticks: u32 = 0;

export function currentThread(): Thread {
  assert(current !== null, "no thread runs yet");
  return current as Thread;
}

/** Whether threads have started: before, a panic has no thread to name. */
export function hasCurrentThread(): bool {
  return current !== null;
}

/** Ticks of the clock since the start; wraps after 497 days. */
export function tickCount(): u32 {
  return ticks;
}

/** How often the processor went from one thread to another. */
export function switchCount(): u32 {
  return switches;
}

/** Makes `thread`, whose stack is in use already, the running one. */
export function adoptCurrent(thread: Thread): void {
  assert(current === null, "threads run already");
  thread.state = ThreadState.Running;
  thread.ticksLeft = TIME_SLICE;
  current = thread;
}

export function enterCritical(): bool {
  return disableInterrupts();
}

/** Ends a critical section; `wereEnabled` is what enterCritical returned. At the outermost end, a switch that is due happens. */
export function leaveCritical(wereEnabled: bool): void {
  if (wereEnabled) switchIfWanted();
  restoreInterrupts(wereEnabled);
}

/** Lets `thread` run when its turn comes. It must be on no queue. */
export function makeReady(thread: Thread): void {
  assert(!interruptsEnabled(), "makeReady needs interrupts off");
  assert(thread.state === ThreadState.Blocked, "only a blocked thread becomes ready");
  thread.state = ThreadState.Ready;
  thread.ticksLeft = TIME_SLICE;
  enqueue(thread, false);
  if (current !== null && thread.priority > (current as Thread).priority) switchWanted = true;
}

/** Takes the current thread off the processor until someone calls makeReady for it. */
export function blockCurrent(): void {
  assert(!interruptsEnabled(), "blockCurrent needs interrupts off");
  currentThread().state = ThreadState.Blocked;
  switchToNext();
}

/** Leaves the current thread, which has finished, for good. */
export function switchAway(): void {
  assert(!interruptsEnabled(), "switchAway needs interrupts off");
  assert(currentThread().state === ThreadState.Finished, "only a finished thread is left for good");
  switchToNext();
  assert(false, "a finished thread was switched to");
}

/** Lets other threads of the same priority run first. */
export function yieldProcessor(): void {
  const wereEnabled = enterCritical();
  const thread = currentThread();
  thread.state = ThreadState.Ready;
  thread.ticksLeft = TIME_SLICE;
  enqueue(thread, false);
  switchToNext();
  leaveCritical(wereEnabled);
}

/** Lets the current thread sleep for `count` ticks. */
export function sleep(count: u32): void {
  if (count == 0) {
    yieldProcessor();
    return;
  }
  const wereEnabled = enterCritical();
  const thread = currentThread();
  thread.wakeTick = ticks + count;
  let next = sleepers.head;
  // Differences, not values: so that the order survives the counter's wrap.
  while (next !== null && ((next.wakeTick - ticks) as u32) <= count) next = next.next;
  sleepers.insertBefore(next, thread);
  blockCurrent();
  leaveCritical(wereEnabled);
}

/** The clock's interrupt handler: wakes sleepers and ends time slices. */
export function onTick(): void {
  assert(!interruptsEnabled(), "a tick comes with interrupts off");
  ticks++;
  for (let first = sleepers.head; first !== null && first.wakeTick == ticks; first = sleepers.head) {
    sleepers.remove(first);
    makeReady(first);
  }
  if (current === null) return;
  const thread = current as Thread;
  thread.ticksUsed++;
  if (thread.ticksLeft > 0) thread.ticksLeft--;
  if (thread.ticksLeft == 0) switchWanted = true;
}

/** At the end of an interrupt: switches if a better thread waits or the slice is used up. */
export function switchIfWanted(): void {
  assert(!interruptsEnabled(), "switchIfWanted needs interrupts off");
  if (!switchWanted) return;
  const thread = currentThread();
  const sliceUsed = thread.ticksLeft == 0;
  if (sliceUsed) thread.ticksLeft = TIME_SLICE;
  thread.state = ThreadState.Ready;
  enqueue(thread, !sliceUsed);
  switchToNext();
}

/** Runs the first thread of the highest priority that has one. The current thread is queued, blocked or finished. */
function switchToNext(): void {
  assert(readyPriorities != 0, "no thread to run: the idle thread must never block");
  switchWanted = false;
  const previous = currentThread();
  const next = takeReady();
  next.state = ThreadState.Running;
  if (next === previous) return;
  current = next;
  switches++;
  switchContext(changetype<usize>(previous), next.stackPointer);
}

function enqueue(thread: Thread, first: bool): void {
  const queue = readyQueue(thread.priority);
  if (first) queue.prepend(thread);
  else queue.append(thread);
  readyPriorities |= 1 << thread.priority;
}

function takeReady(): Thread {
  const priority = 31 - clz<u32>(readyPriorities);
  const queue = readyQueue(priority);
  const thread = queue.takeFirst();
  if (queue.isEmpty) readyPriorities &= ~(1 << priority);
  return thread;
}

function readyQueue(priority: u32): ThreadQueue {
  assert(priority < PRIORITY_COUNT, "priority out of range");
  return changetype<ThreadQueue>(readyQueues + (priority as usize) * QUEUE_BYTES);
}
