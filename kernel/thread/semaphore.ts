// A counting semaphore, with Dijkstra's names: p takes one of a number of permits and waits while there is none, v gives one
// back. v hands its permit to the thread that waits longest: a third thread can't slip in between, and no wake-up is lost.

import { enterCritical, leaveCritical } from "./scheduler.ts";
import { WaitQueue, WakeReason } from "./waitQueue.ts";

/** Bytes of a Semaphore, for those who place one in static memory; all zero is a semaphore without permits. */
export const SEMAPHORE_BYTES: i32 = 12;

@unmanaged
export class Semaphore extends WaitQueue {
  /** Permits that are there to take; 0 while threads wait. */
  count: u32;

  initialize(count: u32): void {
    assert(this.isEmpty, "a semaphore that threads wait for can't be set up again");
    this.count = count;
  }

  /** Takes a permit, waiting for one. */
  p(): void {
    const wereEnabled = enterCritical();
    if (this.count > 0) this.count--;
    else this.wait();
    leaveCritical(wereEnabled);
  }

  /** Takes a permit, waiting for at most `ticks` ticks (0: any time); what ended the wait says whether it has one. */
  pFor(ticks: u32): WakeReason {
    const wereEnabled = enterCritical();
    let reason = WakeReason.Woken;
    if (this.count > 0) this.count--;
    else reason = this.waitFor(ticks);
    leaveCritical(wereEnabled);
    return reason;
  }

  /** Takes a permit if there is one; whether there was. */
  tryP(): bool {
    const wereEnabled = enterCritical();
    const isFree = this.count > 0;
    if (isFree) this.count--;
    leaveCritical(wereEnabled);
    return isFree;
  }

  /** Gives a permit back. Interrupt handlers may call it. */
  v(): void {
    const wereEnabled = enterCritical();
    if (this.wakeFirst() === null) {
      assert(this.count < u32.MAX_VALUE, "a semaphore's count overflows");
      this.count++;
    }
    leaveCritical(wereEnabled);
  }
}
