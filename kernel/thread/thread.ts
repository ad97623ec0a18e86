// Kernel threads: their life from `startKernelThread` to `joinThread` (or, when detached, to the reaper).
//
//   start ──▶ Ready ◀──▶ Running ──▶ Dead ──last reference──▶ gone
//               ▲           │
//               └─ Blocked ◀┘
//
// A thread holds a reference to itself while it lives; the thread that started it, its owner, holds another until it joins
// it, unless the thread is detached. Who lets go of the last one frees it; a thread can't free the stack it runs on, so
// that is then the reaper's work. A thread's memory is a block of the heap (class KernelThread) and frames for its stack, below
// which one page is not mapped: a stack overflow is a page fault and not somebody else's broken data.

import { allocateFrames, FRAME_BYTES, releaseFrames } from "../memory/frames.ts";
import { calloc, free } from "../memory/heap.ts";
import { bootStackBottom, prepareStack } from "../platform/context.ts";
import { disableInterrupts, enableInterrupts, interruptsEnabled } from "../platform/interrupts.ts";
import { mapPage, unmapPage } from "../platform/paging.ts";
import { CONDITION_BYTES, Condition } from "./condition.ts";
import { MUTEX_BYTES, Mutex } from "./mutex.ts";
import { updatePlace } from "./policy.ts";
import { ThreadQueue } from "./queue.ts";
import {
  adoptCurrent,
  currentThread,
  enterCritical,
  leaveCritical,
  makeReady,
  switchAway,
  timeSlice,
} from "./scheduler.ts";
import { WaitQueue, WakeReason } from "./waitQueue.ts";

export const enum ThreadState {
  Ready,
  Running,
  Blocked,
  Dead,
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

const THREAD_BYTES: usize = offsetof<KernelThread>();

export type ThreadFunction = (argument: usize) => u32;

@unmanaged
export class KernelThread {
  /** ESP while the thread isn't running. The first field: switchContext stores here. */
  stackPointer: usize;
  /** The lowest address of the stack; the guard page lies below. */
  stackPage: usize;
  id: u32;
  state: ThreadState;
  priority: u32;
  /** The level in the multilevel feedback queue, 0 the best (policy.ts). */
  feedbackLevel: u32;
  /** Which ready queue is the thread's; policy.ts computes it. */
  place: u32;
  /** Ticks left of the time slice. */
  ticksLeft: u32;
  /** Ticks that the thread has run. */
  tickCount: u32;

  /** The queue that the thread is on, and its neighbours there. */
  queue: ThreadQueue | null;
  next: KernelThread | null;
  previous: KernelThread | null;
  /** The list of all threads. */
  nextOfAll: KernelThread | null;
  previousOfAll: KernelThread | null;
  /** The list of sleepers (sleepers.ts), and when a sleeping thread wakes. */
  nextSleeper: KernelThread | null;
  previousSleeper: KernelThread | null;
  wakeTick: u32;
  isSleeping: bool;

  /** The wait that the thread is in can be ended by interruptThread. */
  isInterruptible: bool;
  /** interruptThread was called; whoever acts on it clears it. */
  isInterrupted: bool;
  wakeReason: WakeReason;
  /** The mutex that the thread waits for. */
  wantedMutex: Mutex | null;

  /** The user process that the thread runs in; 0: none. */
  userContext: usize;
  /** Who may join the thread; null: it is detached. */
  owner: KernelThread | null;
  /** Threads that this one owns. */
  ownedCount: u32;
  referenceCount: u32;
  isAlive: bool;
  exitValue: u32;
  /** Protects `isAlive` for `joinCondition`, which is signalled when the thread ends. */
  joinLock: Mutex;
  joinCondition: Condition;

  /** The thread's function, as index in the function table. */
  startFunction: u32;
  argument: usize;
  nameAddress: usize;

  get name(): string {
    return changetype<string>(this.nameAddress);
  }

  get stateName(): string {
    switch (this.state) {
      case ThreadState.Ready:
        return "ready";
      case ThreadState.Running:
        return "running";
      case ThreadState.Blocked:
        return "blocked";
      default:
        return "dead";
    }
  }
}

let firstOfAll: KernelThread | null = null;
let lastOfAll: KernelThread | null = null;
let threadCount: u32 = 0;
let lastId: u32 = 0;

/** Threads that ended with nobody holding a reference: the reaper frees them. */
const graveyard = changetype<ThreadQueue>(memory.data(8, 4));
const reaperWait = changetype<WaitQueue>(memory.data(8, 4));

/** The first of all threads in order of creation; follow `nextOfAll`, with interrupts off. */
export function firstThread(): KernelThread | null {
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
  (thread as KernelThread).stackPage = bootStackBottom();
  adoptCurrent(thread as KernelThread);
}

/**
 * Starts a thread that runs `startFunction(argument)`; null if there is no memory.
 * @param detached false: the calling thread owns the new one, and must join (or detach) it to be rid of it; true: nobody waits
 *   for it, it goes when it ends, and the returned reference is good only until then
 * @param name a string constant
 */
export function startKernelThread(
  startFunction: ThreadFunction,
  argument: usize,
  priority: u32,
  detached: bool,
  name: string = "thread",
): KernelThread | null {
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
    thread.stackPage = frames + GUARD_BYTES;
    thread.stackPointer = prepareStack(thread.stackPage + STACK_BYTES);
    thread.startFunction = startFunction.index;
    thread.argument = argument;
    if (!detached) {
      const owner = currentThread();
      thread.owner = owner;
      owner.ownedCount++;
      thread.referenceCount++;
    }
    makeReady(thread);
  }
  leaveCritical(wereEnabled);
  return thread;
}

/** Where a new thread starts (context.s calls it, with interrupts off). */
export function threadMain(): void {
  const thread = currentThread();
  enableInterrupts();
  exitThread(call_indirect<u32>(thread.startFunction, thread.argument));
}

/** Ends the current thread: whoever joins it gets `value`. Threads that it owns and has not joined become detached. */
export function exitThread(value: u32): void {
  const thread = currentThread();
  if (thread.ownedCount > 0) detachOwned(thread);
  thread.joinLock.lock();
  thread.exitValue = value;
  thread.isAlive = false;
  thread.joinCondition.broadcast();
  thread.joinLock.unlock();
  disableInterrupts();
  thread.state = ThreadState.Dead;
  dropReference(thread);
  switchAway();
}

/** Waits until `thread`, which the current thread owns, has ended; returns its exit value and lets go of it. */
export function joinThread(thread: KernelThread): u32 {
  assert(thread.owner === currentThread(), "only its owner joins a thread, and only once");
  thread.joinLock.lock();
  while (thread.isAlive) thread.joinCondition.waitWith(thread.joinLock);
  const value = thread.exitValue;
  thread.joinLock.unlock();
  detachThread(thread);
  return value;
}

/** Lets `thread`, which the current thread owns, free itself when it ends: nobody will join it. */
export function detachThread(thread: KernelThread): void {
  const wereEnabled = enterCritical();
  assert(thread.owner === currentThread(), "only its owner detaches a thread, and only once");
  disown(thread);
  leaveCritical(wereEnabled);
}

export function nameThread(thread: KernelThread, name: string): void {
  thread.nameAddress = changetype<usize>(name);
}

/** The reaper thread's function: frees threads that ended as the last to hold a reference to themselves. */
export function reap(_argument: usize): u32 {
  while (true) {
    const wereEnabled = enterCritical();
    while (!graveyard.isEmpty) destroy(graveyard.takeFirst());
    reaperWait.wait();
    leaveCritical(wereEnabled);
  }
}

/** The owner lets go of its thread. */
function disown(thread: KernelThread): void {
  (thread.owner as KernelThread).ownedCount--;
  thread.owner = null;
  dropReference(thread);
}

function detachOwned(owner: KernelThread): void {
  const wereEnabled = enterCritical();
  let thread = firstOfAll;
  while (thread !== null) {
    const next = thread.nextOfAll;
    if (thread.owner === owner) disown(thread);
    thread = next;
  }
  leaveCritical(wereEnabled);
}

/** Lets go of a reference to the thread; with the last one, its own, it is freed. */
export function dropReference(thread: KernelThread): void {
  assert(!interruptsEnabled(), "references are counted with interrupts off");
  assert(thread.referenceCount > 0, "the thread has no reference left");
  if (--thread.referenceCount > 0) return;
  assert(thread.state === ThreadState.Dead, "the last reference of a living thread is its own");
  if (thread === currentThread()) {
    graveyard.append(thread);
    reaperWait.wakeFirst();
  } else {
    destroy(thread);
  }
}

function newThread(name: string, priority: u32): KernelThread | null {
  const address = calloc(THREAD_BYTES + (MUTEX_BYTES as usize) + (CONDITION_BYTES as usize));
  if (address == 0) return null;
  const thread = changetype<KernelThread>(address);
  thread.id = ++lastId;
  thread.priority = priority;
  updatePlace(thread);
  thread.nameAddress = changetype<usize>(name);
  thread.state = ThreadState.Blocked;
  thread.isAlive = true;
  thread.referenceCount = 1;
  thread.ticksLeft = timeSlice();
  thread.joinLock = changetype<Mutex>(address + THREAD_BYTES);
  thread.joinCondition = changetype<Condition>(address + THREAD_BYTES + (MUTEX_BYTES as usize));
  thread.previousOfAll = lastOfAll;
  if (lastOfAll === null) firstOfAll = thread;
  else (lastOfAll as KernelThread).nextOfAll = thread;
  lastOfAll = thread;
  threadCount++;
  return thread;
}

/** Frees a thread whose last reference is gone, and which the processor has left for good: nobody runs on its stack. */
function destroy(thread: KernelThread): void {
  const frames = thread.stackPage - GUARD_BYTES;
  mapPage(frames);
  releaseFrames(frames, GUARD_FRAMES + STACK_FRAMES);
  forget(thread);
}

function forget(thread: KernelThread): void {
  const next = thread.nextOfAll;
  const previous = thread.previousOfAll;
  if (previous === null) firstOfAll = next;
  else previous.nextOfAll = next;
  if (next === null) lastOfAll = previous;
  else next.previousOfAll = previous;
  threadCount--;
  free(changetype<usize>(thread));
}
