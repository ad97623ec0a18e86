// Threads that wait for a tick of the clock, in the order in which they wake. A thread may be here and on a wait queue at
// once: that is a wait with a timeout. Every function expects interrupts to be off.

import { interruptsEnabled } from "../platform/interrupts.ts";
import { KernelThread } from "./thread.ts";

let first: KernelThread | null = null;

/** Adds `thread`, which wakes `count` ticks after `now`. */
export function addSleeper(thread: KernelThread, now: u32, count: u32): void {
  assert(!interruptsEnabled(), "the list of sleepers is changed with interrupts off");
  assert(!thread.isSleeping, "the thread sleeps already");
  thread.wakeTick = now + count;
  thread.isSleeping = true;
  let previous: KernelThread | null = null;
  let next = first;
  // Differences, not values: so that the order survives the counter's wrap.
  while (next !== null && ((next.wakeTick - now) as u32) <= count) {
    previous = next;
    next = next.nextSleeper;
  }
  thread.previousSleeper = previous;
  thread.nextSleeper = next;
  if (previous === null) first = thread;
  else previous.nextSleeper = thread;
  if (next !== null) next.previousSleeper = thread;
}

export function removeSleeper(thread: KernelThread): void {
  assert(!interruptsEnabled(), "the list of sleepers is changed with interrupts off");
  assert(thread.isSleeping, "the thread does not sleep");
  const previous = thread.previousSleeper;
  const next = thread.nextSleeper;
  if (previous === null) first = next;
  else previous.nextSleeper = next;
  if (next !== null) next.previousSleeper = previous;
  thread.previousSleeper = null;
  thread.nextSleeper = null;
  thread.isSleeping = false;
}

/** The sleeper whose tick `now` is; null if there is none (more). */
export function dueSleeper(now: u32): KernelThread | null {
  return first !== null && (first as KernelThread).wakeTick == now ? first : null;
}
