// Timers: functions that the clock's interrupt calls once or periodically, a number of ticks from now. A timer is memory of
// its user's, linked into a list that is sorted by when it is due; so starting one can't fail.
// A callback runs in the interrupt, with interrupts off: it must not block, and should be short.

import { interruptsEnabled } from "../platform/interrupts.ts";
import { enterCritical, leaveCritical, tickCount } from "../thread/scheduler.ts";

export type TimerCallback = (argument: usize) => void;

/** Bytes of a Timer, for static memory; all zero is a timer that doesn't run. */
export const TIMER_BYTES: i32 = 24;

@unmanaged
export class Timer {
  nextTimer: Timer | null;
  dueTick: u32;
  /** 0: once. */
  periodTicks: u32;
  /** Index in the function table. */
  callback: u32;
  argument: usize;
  isActive: bool;
}

let firstTimer: Timer | null = null;

/**
 * Calls `callback(argument)` in `delayTicks` ticks (at least 1), and then every `periodTicks` ticks unless that is 0. A timer that
 * runs already starts anew.
 */
export function startTimer(
  timer: Timer,
  delayTicks: u32,
  periodTicks: u32,
  callback: TimerCallback,
  argument: usize,
): void {
  const wereEnabled = enterCritical();
  if (timer.isActive) unlink(timer);
  timer.periodTicks = periodTicks;
  timer.callback = callback.index;
  timer.argument = argument;
  timer.dueTick = tickCount() + max<u32>(delayTicks, 1);
  insert(timer);
  leaveCritical(wereEnabled);
}

/** Its callback isn't called any more; whether it would have been. */
export function stopTimer(timer: Timer): bool {
  const wereEnabled = enterCritical();
  const wasActive = timer.isActive;
  if (wasActive) unlink(timer);
  leaveCritical(wereEnabled);
  return wasActive;
}

/** Calls what is due; the clock's interrupt does so after each tick. */
export function runTimers(): void {
  assert(!interruptsEnabled(), "timers run with interrupts off");
  const now = tickCount();
  // A callback may start and stop timers, its own too: so the list is looked at anew each time.
  for (let timer = firstTimer; timer !== null && ((now - timer.dueTick) as i32) >= 0; timer = firstTimer) {
    unlink(timer);
    if (timer.periodTicks > 0) {
      timer.dueTick += timer.periodTicks;
      insert(timer);
    }
    call_indirect<void>(timer.callback, timer.argument);
  }
}

/** After all timers that are due at the same tick: first come, first called. */
function insert(timer: Timer): void {
  let before: Timer | null = null;
  let next = firstTimer;
  // Differences, not values: so that the order survives the counter's wrap.
  while (next !== null && ((next.dueTick - timer.dueTick) as i32) <= 0) {
    before = next;
    next = next.nextTimer;
  }
  timer.nextTimer = next;
  if (before === null) firstTimer = timer;
  else before.nextTimer = timer;
  timer.isActive = true;
}

function unlink(timer: Timer): void {
  let before: Timer | null = null;
  let at = firstTimer;
  while (at !== null && at !== timer) {
    before = at;
    at = at.nextTimer;
  }
  assert(at === timer, "the timer is not on the list");
  if (before === null) firstTimer = timer.nextTimer;
  else before.nextTimer = timer.nextTimer;
  timer.nextTimer = null;
  timer.isActive = false;
}
