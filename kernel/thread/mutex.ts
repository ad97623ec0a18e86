// Mutual exclusion between threads. A thread that finds the mutex taken sleeps; unlock hands the mutex to the thread that
// waits longest, so a waiter owns it when it wakes and nobody can slip in between. Interrupt handlers must not use one.

import { wouldDeadlock } from "./deadlock.ts";
import { currentThread, enterCritical, leaveCritical, makeReady } from "./scheduler.ts";
import { KernelThread } from "./thread.ts";
import { WaitQueue } from "./waitQueue.ts";

/** Bytes of a Mutex, for those who place one in static memory; all zero is an unlocked mutex. */
export const MUTEX_BYTES: i32 = 12;

@unmanaged
export class Mutex extends WaitQueue {
  owner: KernelThread | null;

  get isHeld(): bool {
    return this.owner === currentThread();
  }

  lock(): void {
    const wereEnabled = enterCritical();
    assert(!this.isHeld, "the thread holds this mutex already");
    const thread = currentThread();
    if (this.owner === null) {
      this.owner = thread;
    } else {
      thread.wantedMutex = this; // before the test, so that a panic can follow the circle
      assert(!wouldDeadlock(thread, this), "deadlock: each waits for a mutex of the next");
      this.wait();
    }
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
    this.passOn();
    leaveCritical(wereEnabled);
  }

  /** Takes the mutex from its owner and gives it to the thread that waits longest. Interrupts are off. */
  passOn(): void {
    const next = this.wakeFirst();
    this.owner = next;
    if (next !== null) next.wantedMutex = null;
  }

  /** Gives the mutex to `thread`, which is blocked and on no queue: now if it is free, else when its turn comes. */
  handTo(thread: KernelThread): void {
    if (this.owner === null) {
      this.owner = thread;
      makeReady(thread);
    } else {
      thread.wantedMutex = this;
      this.append(thread);
    }
  }
}
