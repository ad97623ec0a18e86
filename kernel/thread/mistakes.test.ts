// What must never be done with threads, queues, sleepers and timers: each is a panic that says what it was.

import { beforeAll, expect, it } from "vitest";
import { compile, instantiate } from "../testing.ts";
import { THREADS_PRELUDE } from "../testing-threads.ts";

const SOURCE = `${THREADS_PRELUDE}
import { calloc } from "./memory/heap.ts";
import { disableInterrupts, enableInterrupts } from "./platform/interrupts.ts";
import { Condition, CONDITION_BYTES } from "./thread/condition.ts";
import { Mutex, MUTEX_BYTES } from "./thread/mutex.ts";
import { SchedulingPolicy } from "./thread/policy.ts";
import { ThreadQueue } from "./thread/queue.ts";
import { addSleeper, removeSleeper } from "./thread/sleepers.ts";
import { setThreadPriority, switchAway } from "./thread/scheduler.ts";
import { Semaphore, SEMAPHORE_BYTES } from "./thread/semaphore.ts";
import { dropReference } from "./thread/thread.ts";
import { WaitQueue } from "./thread/waitQueue.ts";
import { runTimers, stopTimer, Timer } from "./clock/timers.ts";

const queue = changetype<WaitQueue>(memory.data(8, 4));
const other = changetype<ThreadQueue>(memory.data(8, 4));
const semaphore = changetype<Semaphore>(memory.data(SEMAPHORE_BYTES, 4));
const condition = changetype<Condition>(memory.data(CONDITION_BYTES, 4));
const mutexes = memory.data(2 * MUTEX_BYTES, 4);
/** A thread that nothing knows of. */
function stranger(): KernelThread {
  const thread = changetype<KernelThread>(calloc(256));
  thread.state = ThreadState.Blocked;
  return thread;
}
function idle(_argument: usize): u32 { return 0; }

export function bootWithInterrupts(): void { enableInterrupts(); adoptBootThread("second"); }
export function bootWithoutMemory(): void {
  addAvailable(0x200000, 0x201000); // the bitmap's
  initializeFrames();
  adoptBootThread("first");
}
export function bootTwice(): void { adoptBootThread("second"); }
export function nobodyRuns(): void { currentThread(); }
export function readyWithInterrupts(): void { enableInterrupts(); makeReady(stranger()); }
export function readyTwice(): void { makeReady(currentThread()); }
export function leaveWithInterrupts(): void { enableInterrupts(); currentThread().state = ThreadState.Dead; switchAway(); }
export function leaveAlive(): void { switchAway(); }
export function comeBackDead(): void {
  startKernelThread(idle, 0, 4, true);
  currentThread().state = ThreadState.Dead;
  switchAway(); // a processor that doesn't switch
}
export function tickWithInterrupts(): void { enableInterrupts(); onTick(); }
export function switchWithInterrupts(): void { enableInterrupts(); switchIfWanted(); }
export function sliceOf0(): void { setSchedulingPolicy(SchedulingPolicy.Priority, 0); }
export function sliceOf1001(): void { setSchedulingPolicy(SchedulingPolicy.Priority, 1001); }
export function priority0(): void { setThreadPriority(currentThread(), 0); }
export function priority8(): void { setThreadPriority(currentThread(), 8); }
export function startWithPriority0(): void { startKernelThread(idle, 0, 0, true); }
export function startWithPriority8(): void { startKernelThread(idle, 0, 8, true); }
export function dropWithInterrupts(): void {
  const thread = stranger();
  thread.referenceCount = 2;
  enableInterrupts();
  dropReference(thread);
}
export function dropOneTooMany(): void { const thread = stranger(); thread.state = ThreadState.Dead; dropReference(thread); }
export function dropTheLiving(): void {
  const thread = startKernelThread(idle, 0, 4, true) as KernelThread;
  dropReference(thread);
}

export function sleepWithInterrupts(): void { enableInterrupts(); addSleeper(stranger(), 0, 5); }
export function sleepTwice(): void { const thread = stranger(); addSleeper(thread, 0, 5); addSleeper(thread, 0, 5); }
export function wakeWithInterrupts(): void {
  const thread = stranger();
  addSleeper(thread, 0, 5);
  enableInterrupts();
  removeSleeper(thread);
}
export function wakeTheWaking(): void { removeSleeper(stranger()); }

export function waitWithInterrupts(): void { enableInterrupts(); queue.wait(); }
export function waitForWithInterrupts(): void { currentThread().isInterrupted = true; enableInterrupts(); queue.waitFor(1); }
export function wakeFirstWithInterrupts(): void { enableInterrupts(); queue.wakeFirst(); }
export function appendTwice(): void { const thread = stranger(); queue.append(thread); other.append(thread); }
export function prependTwice(): void { const thread = stranger(); queue.append(thread); other.prepend(thread); }
export function rotateTheQueued(): void { const thread = stranger(); queue.append(thread); other.append(stranger()); other.rotate(thread); }
export function takeFromNothing(): void { queue.takeFirst(); }
export function removeFromAnother(): void { const thread = stranger(); queue.append(thread); other.remove(thread); }

export function initializeWhileWaiting(): void { semaphore.append(stranger()); semaphore.initialize(1); }
export function overflow(): void { semaphore.initialize(u32.MAX_VALUE); semaphore.v(); }
export function waitUnheld(): void { condition.waitWith(changetype<Mutex>(mutexes)); }
export function waitWithAnother(): void {
  condition.append(stranger());
  condition.mutex = changetype<Mutex>(mutexes);
  const second = changetype<Mutex>(mutexes + MUTEX_BYTES);
  second.lock();
  condition.waitWith(second);
}

export function timersWithInterrupts(): void { enableInterrupts(); runTimers(); }
export function stopTheUnknown(): void {
  const timer = changetype<Timer>(calloc(64));
  timer.isActive = true;
  stopTimer(timer);
}
`;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

it.each([
  ["bootWithInterrupts", /threads start with interrupts off/],
  ["bootTwice", /threads run already/],
  ["readyWithInterrupts", /makeReady needs interrupts off/],
  ["readyTwice", /only a blocked thread becomes ready/],
  ["leaveWithInterrupts", /switchAway needs interrupts off/],
  ["leaveAlive", /only a dead thread is left for good/],
  ["comeBackDead", /a dead thread was switched to/],
  ["tickWithInterrupts", /a tick comes with interrupts off/],
  ["switchWithInterrupts", /switchIfWanted needs interrupts off/],
  ["sliceOf0", /1 to 1000 ticks/],
  ["sliceOf1001", /1 to 1000 ticks/],
  ["priority0", /priority out of range/],
  ["priority8", /priority out of range/],
  ["startWithPriority0", /priority out of range/],
  ["startWithPriority8", /priority out of range/],
  ["dropWithInterrupts", /references are counted with interrupts off/],
  ["dropOneTooMany", /no reference left/],
  ["dropTheLiving", /the last reference of a living thread/],
  ["sleepWithInterrupts", /sleepers is changed with interrupts off/],
  ["sleepTwice", /sleeps already/],
  ["wakeWithInterrupts", /sleepers is changed with interrupts off/],
  ["wakeTheWaking", /does not sleep/],
  ["waitWithInterrupts", /wait needs interrupts off/],
  ["waitForWithInterrupts", /waitFor needs interrupts off/],
  ["wakeFirstWithInterrupts", /wakeFirst needs interrupts off/],
  ["appendTwice", /on a queue already/],
  ["prependTwice", /on a queue already/],
  ["rotateTheQueued", /on a queue already/],
  ["takeFromNothing", /has no first thread/],
  ["removeFromAnother", /not on this queue/],
  ["initializeWhileWaiting", /threads wait for can't be set up again/],
  ["overflow", /count overflows/],
  ["waitUnheld", /with its mutex held/],
  ["waitWithAnother", /with the same mutex/],
  ["timersWithInterrupts", /timers run with interrupts off/],
  ["stopTheUnknown", /not on the list/],
])("%s panics", (mistake, reason) => {
  const kernel = instantiate(module);
  kernel.call("boot");
  expect(kernel.abortOf(mistake)).toMatch(reason);
});

it.each([
  ["nobodyRuns", /no thread runs yet/],
  ["bootWithoutMemory", /no memory for the first thread/],
])("%s panics before there are threads", (mistake, reason) => {
  expect(instantiate(module).abortOf(mistake)).toMatch(reason);
});
