// Condition variables, as in POSIX: a thread that holds a mutex waits until another one signals that the data which the
// mutex protects has changed. A signalled thread gets the mutex back before it runs; it must test its condition again,
// since a third thread may have been quicker.

import { Mutex } from "./mutex.ts";
import { enterCritical, leaveCritical } from "./scheduler.ts";
import { WaitQueue } from "./waitQueue.ts";

/** Bytes of a Condition, for those who place one in static memory; all zero is a condition nobody waits for. */
export const CONDITION_BYTES: i32 = 12;

@unmanaged
export class Condition extends WaitQueue {
  /** The mutex of the threads that wait; the same for all of them. */
  mutex: Mutex | null;

  /** Gives `mutex` up, waits for a signal and takes it again, without a gap in which a signal could be lost. */
  waitWith(mutex: Mutex): void {
    const wereEnabled = enterCritical();
    assert(mutex.isHeld, "a condition is waited for with its mutex held");
    assert(this.isEmpty || this.mutex === mutex, "all threads wait for a condition with the same mutex");
    this.mutex = mutex;
    mutex.passOn();
    this.wait();
    leaveCritical(wereEnabled);
  }

  /** Lets the thread that waits longest go on as soon as it can have the mutex. */
  signal(): void {
    const wereEnabled = enterCritical();
    if (!this.isEmpty) (this.mutex as Mutex).handTo(this.takeFirst());
    leaveCritical(wereEnabled);
  }

  /** Lets all threads that wait go on, one after the other. */
  broadcast(): void {
    const wereEnabled = enterCritical();
    while (!this.isEmpty) (this.mutex as Mutex).handTo(this.takeFirst());
    leaveCritical(wereEnabled);
  }
}
