// The input queue: key codes from the keyboard and from the serial line, presses and releases, for those who read them. Interrupt
// handlers fill it. A filter (the terminal's) sees each code first and may keep it.

import { EINTR } from "../abi/errno.ts";
import { RING_BYTES, Ring } from "../ring.ts";
import { enterCritical, leaveCritical } from "../thread/scheduler.ts";
import { WaitQueue, WakeReason } from "../thread/waitQueue.ts";

/** A second of typing as fast as a keyboard's line carries it. */
const CAPACITY: u32 = 1024;
const keys = changetype<Ring>(memory.data(RING_BYTES, 4));
const keyValues = memory.data(2048, 2);
const readers = changetype<WaitQueue>(memory.data(8, 4));
let lost: u32 = 0;
/** Index in the function table; 0: none. */
let filter: u32 = 0;

/** Whether the key goes no further. Runs in the interrupt. */
export type KeyFilter = (key: u16) => bool;

export function initializeInput(): void {
  keys.initialize(keyValues, CAPACITY);
}

export function setKeyFilter(wanted: KeyFilter): void {
  filter = wanted.index;
}

/** Adds a key code; called by interrupt handlers. A full queue drops it, as a keyboard does. */
export function putKey(key: u16): void {
  const wereEnabled = enterCritical();
  if (filter == 0 || !call_indirect<bool>(filter, key)) {
    if (!keys.put(key)) lost++;
    readers.wakeFirst();
  }
  leaveCritical(wereEnabled);
}

/** Takes the next key code, waiting for one: only the calling thread waits. -EINTR if the thread is interrupted. */
export function waitForKey(): i32 {
  const wereEnabled = enterCritical();
  let key: i32 = -EINTR;
  let reason = WakeReason.Woken;
  while (keys.isEmpty && reason === WakeReason.Woken) reason = readers.waitFor(0);
  if (!keys.isEmpty) key = keys.take();
  leaveCritical(wereEnabled);
  return key;
}

/** Whether waitForKey would not wait. */
export function hasKey(): bool {
  return !keys.isEmpty;
}

/** Throws away what was typed and not read. */
export function flushKeys(): void {
  const wereEnabled = enterCritical();
  while (!keys.isEmpty) keys.take();
  leaveCritical(wereEnabled);
}

/** Key codes that came while the queue was full. */
export function lostKeys(): u32 {
  return lost;
}
