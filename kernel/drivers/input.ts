// The input queue: key codes from the keyboard and from the serial line, for the one thread that reads them.

import { RING_BYTES, Ring } from "../ring.ts";
import { enterCritical, leaveCritical } from "../thread/scheduler.ts";
import { WaitQueue } from "../thread/waitQueue.ts";

const CAPACITY: u32 = 256;
const keys = changetype<Ring>(memory.data(RING_BYTES, 4));
const keyValues = memory.data(512, 2);
const readers = changetype<WaitQueue>(memory.data(8, 4));

export function initializeInput(): void {
  keys.initialize(keyValues, CAPACITY);
}

/** Adds a key code; called by interrupt handlers. A full queue drops it, as a keyboard does. */
export function putKey(key: u16): void {
  const wereEnabled = enterCritical();
  keys.put(key);
  readers.wakeFirst();
  leaveCritical(wereEnabled);
}

/** Takes the next key code, waiting for one. */
export function readKey(): u16 {
  const wereEnabled = enterCritical();
  while (keys.isEmpty) readers.wait();
  const key = keys.take();
  leaveCritical(wereEnabled);
  return key;
}
