// Wait queues: where threads wait for something to happen, without spinning. First come, first woken.
// Waiting and waking happen with interrupts off, in the same critical section as the test of the condition: so no
// wake-up can fall between the test and the wait.

import { interruptsEnabled } from "../platform/interrupts.ts";
import { ThreadQueue } from "./queue.ts";
import { blockCurrent, currentThread, makeReady } from "./scheduler.ts";
import { Thread } from "./thread.ts";

@unmanaged
export class WaitQueue extends ThreadQueue {
  /** Blocks the current thread until it is woken. Interrupts are off before and after, and on in between. */
  wait(): void {
    assert(!interruptsEnabled(), "wait needs interrupts off");
    this.append(currentThread());
    blockCurrent();
  }

  /** Makes the thread that waits longest ready and returns it; null if none waits. */
  wakeFirst(): Thread | null {
    assert(!interruptsEnabled(), "wakeFirst needs interrupts off");
    if (this.isEmpty) return null;
    const thread = this.takeFirst();
    makeReady(thread);
    return thread;
  }

  wakeAll(): void {
    while (this.wakeFirst() !== null) {}
  }
}
