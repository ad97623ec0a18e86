// Wait queues: where threads wait for something to happen, without spinning. First come, first woken.
// Waiting and waking happen with interrupts off, in the same critical section as the test of the condition: so no
// wake-up can fall between the test and the wait. Interrupt handlers may wake.

import { interruptsEnabled } from "../platform/interrupts.ts";
import { ThreadQueue } from "./queue.ts";
import { blockCurrent, currentThread, makeReady, tickCount } from "./scheduler.ts";
import { addSleeper, removeSleeper } from "./sleepers.ts";
import { KernelThread } from "./thread.ts";

/** What ended a wait. */
export const enum WakeReason {
  /** Somebody woke the thread: what it waited for has happened. */
  Woken,
  TimedOut,
  /** interruptThread: the thread shall stop waiting and see why. */
  Interrupted,
}

@unmanaged
export class WaitQueue extends ThreadQueue {
  /** Blocks the current thread until it is woken. Interrupts are off before and after, and on in between. */
  wait(): void {
    assert(!interruptsEnabled(), "wait needs interrupts off");
    this.append(currentThread());
    blockCurrent();
  }

  /** Like wait, but ends after `ticks` ticks (0: never) or by interruptThread. */
  waitFor(ticks: u32): WakeReason {
    assert(!interruptsEnabled(), "waitFor needs interrupts off");
    const thread = currentThread();
    if (thread.isInterrupted) return WakeReason.Interrupted;
    if (ticks > 0) addSleeper(thread, tickCount(), ticks);
    thread.isInterruptible = true;
    thread.wakeReason = WakeReason.Woken;
    this.append(thread);
    blockCurrent();
    thread.isInterruptible = false;
    return thread.wakeReason;
  }

  /** Makes the thread that waits longest ready and returns it; null if none waits. */
  wakeFirst(): KernelThread | null {
    assert(!interruptsEnabled(), "wakeFirst needs interrupts off");
    if (this.isEmpty) return null;
    const thread = this.takeFirst();
    if (thread.isSleeping) removeSleeper(thread);
    makeReady(thread);
    return thread;
  }

  wakeAll(): void {
    while (this.wakeFirst() !== null) {}
  }
}
