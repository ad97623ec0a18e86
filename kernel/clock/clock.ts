// The clock: 100 ticks a second, which drive the scheduler and the timers.

import { initializeClock } from "../platform/clock.ts";
import { onTick } from "../thread/scheduler.ts";
import { runTimers } from "./timers.ts";

export function startClock(): void {
  initializeClock(tick);
}

/** Comes with every interrupt of the clock, with interrupts off. */
function tick(): void {
  onTick();
  runTimers();
}
