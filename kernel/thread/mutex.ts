// Mutual exclusion between threads. A thread that finds the mutex taken sleeps; unlock hands the mutex to the thread that
// waits longest, so a waiter owns it when it wakes and nobody can slip in between.

import { currentThread, enterCritical, leaveCritical, makeReady } from "./scheduler.ts";
import { Thread } from "./thread.ts";
import { WaitQueue } from "./waitQueue.ts";

/** Bytes of a Mutex, for those who place one in static memory; all zero is an unlocked mutex. */
export const MUTEX_BYTES: i32 = 12;

@unmanaged
export class Mutex extends WaitQueue {
  owner: Thread | null;

  get isHeld(): bool {
    return this.owner === currentThread();
  }

  lock(): void {
    const wereEnabled = enterCritical();
    assert(!this.isHeld, "the thread holds this mutex already");
    if (this.owner === null) this.owner = currentThread();
    else this.wait();
    leaveCritical(wereEnabled);
  }

  /** Takes the mutex if it is free; whether it did. */
  tryLock(): bool {
    const wereEnabled = enterCritical();
    const isFree = this.owner === null;
    if (isFree) this.owner = currentThread();
    leaveCritical(wereEnabled);
    return isFree;
  }

  unlock(): void {
    const wereEnabled = enterCritical();
    assert(this.isHeld, "only the owner unlocks a mutex");
    this.owner = this.wakeFirst();
    leaveCritical(wereEnabled);
  }

  /** Gives the mutex to `thread`, which is blocked and on no queue: now if it is free, else when its turn comes. */
  handTo(thread: Thread): void {
    if (this.owner === null) {
      this.owner = thread;
      makeReady(thread);
    } else {
      this.append(thread);
    }
  }
}
