// The clock: 100 ticks a second, which drive the scheduler and the timers.

import { initializeClock, microsecondsOfTick, TICKS_PER_SECOND } from "../platform/clock.ts";
import { disableInterrupts, restoreInterrupts } from "../platform/interrupts.ts";
import { onTick, tickCount } from "../thread/scheduler.ts";
import { runTimers } from "./timers.ts";

/** What uptimeMs returned last. */
let lastMs: u64 = 0;

export function startClock(): void {
  initializeClock(tick);
}

/** Milliseconds since the start. It never goes back. */
export function uptimeMs(): u64 {
  const wereEnabled = disableInterrupts();
  const ms = ((tickCount() as u64) * 1000) / TICKS_PER_SECOND + microsecondsOfTick() / 1000;
  // The counter may have come round while its interrupt still waits: then time stands still for a moment.
  if (ms > lastMs) lastMs = ms;
  const result = lastMs;
  restoreInterrupts(wereEnabled);
  return result;
}

/** Comes with every interrupt of the clock, with interrupts off. */
function tick(): void {
  onTick();
  runTimers();
}
