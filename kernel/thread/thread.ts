// Kernel threads: their life from `createThread` to `joinThread` (or, when detached, to the reaper).
//
//   create ──▶ Ready ◀──▶ Running ──▶ Finished ──join or reaper──▶ gone
//                ▲           │
//                └─ Blocked ◀┘
//
// A thread's memory is a block of the heap (class Thread) and frames for its stack, below which one page is not mapped:
// a stack overflow is a page fault and not somebody else's broken data.

import { allocateFrames, FRAME_BYTES, releaseFrames } from "../memory/frames.ts";
import { calloc, free } from "../memory/heap.ts";
import { bootStackBottom, prepareStack } from "../platform/context.ts";
import { disableInterrupts, enableInterrupts, interruptsEnabled } from "../platform/interrupts.ts";
import { mapPage, unmapPage } from "../platform/paging.ts";
import { ThreadQueue } from "./queue.ts";
import {
  adoptCurrent,
  blockCurrent,
  currentThread,
  enterCritical,
  leaveCritical,
  makeReady,
  switchAway,
} from "./scheduler.ts";
import { WaitQueue } from "./waitQueue.ts";

export const enum ThreadState {
  Ready,
  Running,
  Blocked,
  Finished,
}

// Priorities: a thread runs only while no thread of a higher priority is ready.
export const PRIORITY_IDLE: u32 = 0;
export const PRIORITY_LOW: u32 = 2;
export const PRIORITY_NORMAL: u32 = 4;
export const PRIORITY_HIGH: u32 = 6;
export const PRIORITY_COUNT: u32 = 8;

const STACK_FRAMES: u32 = 2;
const GUARD_FRAMES: u32 = 1;
export const STACK_BYTES: usize = (STACK_FRAMES as usize) * FRAME_BYTES;
export const GUARD_BYTES: usize = (GUARD_FRAMES as usize) * FRAME_BYTES;

export type ThreadFunction = (argument: usize) => u32;

@unmanaged
export class Thread {
  /** ESP while the thread isn't running. The first field: switchContext stores here. */
  stackPointer: usize;
  /** The lowest address of the stack; the guard page lies below. */
  stackBottom: usize;
  id: u32;
  state: ThreadState;
  priority: u32;
  /** Ticks left of the time slice. */
  ticksLeft: u32;
  /** Ticks that the thread has run. */
  ticksUsed: u32;
  /** When a sleeping thread wakes. */
  wakeTick: u32;
  queue: ThreadQueue | null;
  next: Thread | null;
  previous: Thread | null;
  /** The list of all threads, for ps. */
  nextOfAll: Thread | null;
  previousOfAll: Thread | null;
  /** The thread that waits in joinThread. */
  joiner: Thread | null;
  isDetached: bool;
  exitValue: u32;
  /** The thread's function, as index in the function table. */
  entry: u32;
  argument: usize;
  nameAddress: usize;

  get name(): string {
    return changetype<string>(this.nameAddress);
  }
}

let firstOfAll: Thread | null = null;
let lastOfAll: Thread | null = null;
let threadCount: u32 = 0;
let lastId: u32 = 0;

const finishedDetached = changetype<ThreadQueue>(memory.data(8, 4));
const reaperWait = changetype<WaitQueue>(memory.data(8, 4));

/** The first of all threads in order of creation; follow `nextOfAll`, with interrupts off. */
export function firstThread(): Thread | null {
  return firstOfAll;
}

export function threadTotal(): u32 {
  return threadCount;
}

/** Makes what runs now, the boot code on its stack, the first thread: it becomes the idle thread. */
export function adoptBootThread(name: string): void {
  assert(!interruptsEnabled(), "threads start with interrupts off");
  const thread = newThread(name, PRIORITY_IDLE);
  assert(thread !== null, "no memory for the first thread");
  (thread as Thread).stackBottom = bootStackBottom();
  adoptCurrent(thread as Thread);
}

/** Creates a thread that runs `entry(argument)`; null if there is no memory. `name` is a string constant. */
export function createThread(name: string, entry: ThreadFunction, argument: usize, priority: u32): Thread | null {
  assert(priority > PRIORITY_IDLE && priority < PRIORITY_COUNT, "priority out of range");
  const wereEnabled = enterCritical();
  const thread = newThread(name, priority);
  if (thread !== null) {
    const frames = allocateFrames(GUARD_FRAMES + STACK_FRAMES);
    if (frames == 0) {
      forget(thread);
      leaveCritical(wereEnabled);
      return null;
    }
    unmapPage(frames);
    thread.stackBottom = frames + GUARD_BYTES;
    thread.stackPointer = prepareStack(thread.stackBottom + STACK_BYTES);
    thread.entry = entry.index;
    thread.argument = argument;
    makeReady(thread);
  }
  leaveCritical(wereEnabled);
  return thread;
}

/** Where a new thread starts (context.s calls it, with interrupts off). */
export function threadMain(): void {
  const thread = currentThread();
  enableInterrupts();
  exitThread(call_indirect<u32>(thread.entry, thread.argument));
}

/** Ends the current thread. Its memory goes when someone joins it, or with the reaper if it is detached. */
export function exitThread(value: u32): void {
  disableInterrupts();
  const thread = currentThread();
  thread.exitValue = value;
  thread.state = ThreadState.Finished;
  if (thread.isDetached) {
    finishedDetached.append(thread);
    reaperWait.wakeFirst();
  } else {
    const joiner = thread.joiner;
    if (joiner !== null) makeReady(joiner);
  }
  switchAway();
}

/** Waits until `thread` has ended, frees it, and returns its exit value. Each thread is joined once, or detached. */
export function joinThread(thread: Thread): u32 {
  const wereEnabled = enterCritical();
  assert(thread !== currentThread(), "a thread can't join itself");
  assert(!thread.isDetached, "a detached thread can't be joined");
  assert(thread.joiner === null || thread.joiner === currentThread(), "another thread joins this one already");
  if (thread.state !== ThreadState.Finished) {
    thread.joiner = currentThread();
    blockCurrent();
  }
  const value = thread.exitValue;
  destroy(thread);
  leaveCritical(wereEnabled);
  return value;
}

/** Lets `thread` free itself when it ends: nobody will join it. */
export function detachThread(thread: Thread): void {
  const wereEnabled = enterCritical();
  assert(!thread.isDetached, "the thread is detached already");
  assert(thread.joiner === null, "a thread that is being joined can't be detached");
  thread.isDetached = true;
  if (thread.state === ThreadState.Finished) {
    finishedDetached.append(thread);
    reaperWait.wakeFirst();
  }
  leaveCritical(wereEnabled);
}

/** The reaper thread's function: frees detached threads that have ended. */
export function reap(_argument: usize): u32 {
  while (true) {
    const wereEnabled = enterCritical();
    while (!finishedDetached.isEmpty) destroy(finishedDetached.takeFirst());
    reaperWait.wait();
    leaveCritical(wereEnabled);
  }
}

function newThread(name: string, priority: u32): Thread | null {
  const address = calloc(offsetof<Thread>());
  if (address == 0) return null;
  const thread = changetype<Thread>(address);
  thread.id = ++lastId;
  thread.priority = priority;
  thread.nameAddress = changetype<usize>(name);
  thread.state = ThreadState.Blocked;
  thread.previousOfAll = lastOfAll;
  if (lastOfAll === null) firstOfAll = thread;
  else (lastOfAll as Thread).nextOfAll = thread;
  lastOfAll = thread;
  threadCount++;
  return thread;
}

/** Frees a thread that has ended and that the processor has left for good. */
function destroy(thread: Thread): void {
  assert(!interruptsEnabled(), "a thread is destroyed with interrupts off");
  assert(thread.state === ThreadState.Finished, "only a finished thread is destroyed");
  assert(thread !== currentThread(), "a thread can't free the stack it runs on");
  const frames = thread.stackBottom - GUARD_BYTES;
  mapPage(frames);
  releaseFrames(frames, GUARD_FRAMES + STACK_FRAMES);
  forget(thread);
}

function forget(thread: Thread): void {
  const next = thread.nextOfAll;
  const previous = thread.previousOfAll;
  if (previous === null) firstOfAll = next;
  else previous.nextOfAll = next;
  if (next === null) lastOfAll = previous;
  else next.previousOfAll = previous;
  threadCount--;
  free(changetype<usize>(thread));
}
