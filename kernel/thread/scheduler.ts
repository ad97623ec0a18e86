// The scheduler: which thread runs: the first of the highest rank (policy.ts says what rank a thread has); threads of one rank
// take turns by time slices.
//
// The current thread is on no queue. A thread that is taken off the processor because a higher one woke goes to the front
// of its queue and keeps the rest of its slice; one whose slice is used up goes to the end. There is one processor, so
// a critical section is a stretch with interrupts off: enterCritical … leaveCritical.

import { switchContext } from "../platform/context.ts";
import { disableInterrupts, enableInterrupts, interruptsEnabled, restoreInterrupts } from "../platform/interrupts.ts";
import {
  FEEDBACK_RESET_TICKS,
  onBlocked,
  onSliceUsed,
  SchedulingPolicy,
  schedulingPolicy,
  selectPolicy,
  setLevel,
  updatePlace,
} from "./policy.ts";
import { ThreadQueue } from "./queue.ts";
import { addSleeper, dueSleeper, removeSleeper } from "./sleepers.ts";
import { firstThread, KernelThread, PRIORITY_COUNT, PRIORITY_IDLE, ThreadState } from "./thread.ts";
import { WakeReason } from "./waitQueue.ts";

/** The time slice that the system starts with, in ticks of the clock. */
const DEFAULT_TIME_SLICE: u32 = 5;
export const MAX_TIME_SLICE: u32 = 1000;

const QUEUE_BYTES: usize = 8;
const readyQueues = memory.data(64, 4);
/** Bit p: the queue at place p has threads. */
let readyPlaces: u32 = 0;
let slice: u32 = DEFAULT_TIME_SLICE;
let current: KernelThread | null = null;
/** A better choice than the current thread has come up; acted on at the next leaveCritical or interrupt exit. */
let switchWanted: bool = false;
let switches: u32 = 0;

/** A ThreadFunction's index in the function table, called with the thread that is switched to; 0: none. */
let userContextFunction: u32 = 0;

let ticks: u32 = 0;

export function currentThread(): KernelThread {
  assert(current !== null, "no thread runs yet");
  return current as KernelThread;
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

/** A time slice, in ticks. */
export function timeSlice(): u32 {
  return slice;
}

/** Selects how threads are chosen from now on, and how long a time slice is, in ticks. */
export function setSchedulingPolicy(policy: SchedulingPolicy, sliceTicks: u32): void {
  assert(sliceTicks > 0 && sliceTicks <= MAX_TIME_SLICE, "a time slice is 1 to 1000 ticks");
  const wereEnabled = enterCritical();
  slice = sliceTicks;
  if (policy !== schedulingPolicy()) {
    const waiting = takeAllReady();
    selectPolicy(policy);
    resetFeedback();
    enqueueAll(waiting);
    switchWanted = true; // the current thread may no longer be the best
  }
  leaveCritical(wereEnabled);
}

/** Gives `thread` another priority, wherever it is. */
export function setThreadPriority(thread: KernelThread, priority: u32): void {
  assert(priority > PRIORITY_IDLE && priority < PRIORITY_COUNT, "priority out of range");
  const wereEnabled = enterCritical();
  const waiting = takeAllReady();
  thread.priority = priority;
  updatePlace(thread);
  enqueueAll(waiting);
  switchWanted = true; // the current thread may no longer be the best
  leaveCritical(wereEnabled);
}

/** Connects the function that is called when the scheduler goes to a thread with a user context, before it runs. */
export function onUserContextSwitch(activate: (thread: KernelThread) => void): void {
  userContextFunction = activate.index;
}

/** Makes `thread`, whose stack is in use already, the running one. */
export function adoptCurrent(thread: KernelThread): void {
  assert(current === null, "threads run already");
  thread.state = ThreadState.Running;
  thread.ticksLeft = slice;
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
export function makeReady(thread: KernelThread): void {
  assert(!interruptsEnabled(), "makeReady needs interrupts off");
  assert(thread.state === ThreadState.Blocked, "only a blocked thread becomes ready");
  thread.state = ThreadState.Ready;
  thread.ticksLeft = slice;
  Ready.append(thread);
  if (current !== null && thread.place < (current as KernelThread).place) switchWanted = true;
}

/** Takes the current thread off the processor until someone calls makeReady for it. */
export function blockCurrent(): void {
  assert(!interruptsEnabled(), "blockCurrent needs interrupts off");
  const thread = currentThread();
  thread.state = ThreadState.Blocked;
  onBlocked(thread);
  switchToNext();
}

/** Leaves the current thread, which has ended, for good. */
export function switchAway(): void {
  assert(!interruptsEnabled(), "switchAway needs interrupts off");
  assert(currentThread().state === ThreadState.Dead, "only a dead thread is left for good");
  switchToNext();
  assert(false, "a dead thread was switched to");
}

/** Lets other threads of the same rank run first. */
export function yieldProcessor(): void {
  const wereEnabled = disableInterrupts();
  const thread = changetype<KernelThread>(current);
  thread.state = ThreadState.Ready;
  thread.ticksLeft = slice;
  const place = thread.place;
  // Most often somebody of the same rank is ready and nobody of a higher one: they take turns, and all else stays as it is.
  if (ctz<u32>(readyPlaces) == place) {
    switchWanted = false;
    switchTo(Ready.queueAt(place).rotate(thread));
  } else {
    Ready.append(thread);
    switchToNext();
  }
  // Not leaveCritical: the best thread has just been chosen.
  if (wereEnabled) enableInterrupts();
}

/** Lets the current thread sleep for `count` ticks; false if interruptThread ended the sleep early. */
export function sleepTicks(count: u32): bool {
  if (count == 0) {
    yieldProcessor();
    return true;
  }
  const wereEnabled = enterCritical();
  const thread = currentThread();
  if (!thread.isInterrupted) {
    addSleeper(thread, ticks, count);
    thread.isInterruptible = true;
    thread.wakeReason = WakeReason.TimedOut;
    blockCurrent();
    thread.isInterruptible = false;
  }
  const wasInterrupted = thread.isInterrupted;
  leaveCritical(wereEnabled);
  return !wasInterrupted;
}

/**
 * Ends the wait of `thread`, if it is in one that allows it, and lets it return at once from those to come, until it clears
 * its `isInterrupted`. A thread that waits for a mutex goes on waiting.
 */
export function interruptThread(thread: KernelThread): void {
  const wereEnabled = enterCritical();
  thread.isInterrupted = true;
  if (thread.state === ThreadState.Blocked && thread.isInterruptible) wakeEarly(thread, WakeReason.Interrupted);
  leaveCritical(wereEnabled);
}

/** The clock's interrupt handler: wakes sleepers and ends time slices. */
export function onTick(): void {
  assert(!interruptsEnabled(), "a tick comes with interrupts off");
  ticks++;
  for (let sleeper = dueSleeper(ticks); sleeper !== null; sleeper = dueSleeper(ticks)) {
    wakeEarly(sleeper, WakeReason.TimedOut);
  }
  if (current === null) return;
  if (schedulingPolicy() === SchedulingPolicy.Feedback && ticks % FEEDBACK_RESET_TICKS == 0) {
    const waiting = takeAllReady();
    resetFeedback();
    enqueueAll(waiting);
  }
  const thread = current as KernelThread;
  thread.tickCount++;
  if (thread.ticksLeft > 0) thread.ticksLeft--;
  if (thread.ticksLeft == 0) switchWanted = true;
}

/** At the end of an interrupt: switches if a better thread waits or the slice is used up. */
export function switchIfWanted(): void {
  assert(!interruptsEnabled(), "switchIfWanted needs interrupts off");
  if (!switchWanted) return;
  const thread = currentThread();
  thread.state = ThreadState.Ready;
  if (thread.ticksLeft == 0) {
    thread.ticksLeft = slice;
    onSliceUsed(thread);
    Ready.append(thread);
  } else {
    Ready.prepend(thread);
  }
  switchToNext();
}

/** Runs the first thread of the highest rank that has one. The current thread is queued, blocked or dead. */
function switchToNext(): void {
  assert(readyPlaces != 0, "no thread to run: the idle thread must never block");
  switchWanted = false;
  const next = Ready.take();
  if (next === current) next.state = ThreadState.Running;
  else switchTo(next);
}

/** Goes from the current thread to another. */
function switchTo(next: KernelThread): void {
  const previous = changetype<KernelThread>(current);
  next.state = ThreadState.Running;
  current = next;
  switches++;
  if (next.userContext != 0) call_indirect<void>(userContextFunction, changetype<usize>(next));
  switchContext(changetype<usize>(previous), next.stackPointer);
}

/** Ends the wait of a blocked thread before somebody wakes it. */
function wakeEarly(thread: KernelThread, reason: WakeReason): void {
  const queue = thread.queue;
  if (queue !== null) queue.remove(thread);
  if (thread.isSleeping) removeSleeper(thread);
  thread.wakeReason = reason;
  makeReady(thread);
}

/** Takes every thread off the ready queues, in the order in which they would run; they come back as a chain by `next`. */
function takeAllReady(): KernelThread | null {
  let first: KernelThread | null = null;
  let last: KernelThread | null = null;
  while (readyPlaces != 0) {
    const thread = Ready.take();
    if (last === null) first = thread;
    else last.next = thread;
    last = thread;
  }
  return first;
}

/** Puts the threads of takeAllReady's chain on the queues of their ranks. */
function enqueueAll(first: KernelThread | null): void {
  let thread = first;
  while (thread !== null) {
    const next = thread.next;
    thread.next = null;
    Ready.append(thread);
    thread = next;
  }
}

function resetFeedback(): void {
  let thread = firstThread();
  while (thread !== null) {
    setLevel(thread, 0);
    thread = thread.nextOfAll;
  }
}

/** The ready queues, one for each rank, the highest first. Inlined: they are on the way of every switch. */
class Ready {
  @inline static queueAt(place: u32): ThreadQueue {
    return changetype<ThreadQueue>(readyQueues + (place as usize) * QUEUE_BYTES);
  }

  @inline static append(thread: KernelThread): void {
    const place = thread.place;
    Ready.queueAt(place).append(thread);
    readyPlaces |= 1 << place;
  }

  @inline static prepend(thread: KernelThread): void {
    const place = thread.place;
    Ready.queueAt(place).prepend(thread);
    readyPlaces |= 1 << place;
  }

  /** The first thread of the highest rank. */
  @inline static take(): KernelThread {
    const place = ctz<u32>(readyPlaces);
    const queue = Ready.queueAt(place);
    const thread = queue.takeFirst();
    if (queue.isEmpty) readyPlaces ^= 1 << place;
    return thread;
  }
}
