// Runs a machine slice by slice until something ends the run, with the guest's clock virtual or following the wall.
//
// Virtual: the guest's time passes as fast as the host can make it, and the same input gives the same run.
// Wall: guest time never runs ahead of the host's; while the guest idles, the host sleeps. A guest that the host
// cannot keep up with simply sees time pass more slowly; it is not made to catch up.

import type { Guest, StopReason } from "../guest.ts";
import type { KeyFeeder } from "../keys/key-feeder.ts";
import type { Condition } from "./condition.ts";
import type { Waker } from "./waker.ts";

/** Why a run ended. */
export type End =
  | "until"
  | "powerOff"
  | "quit"
  | "signal"
  | "timeout"
  | "hostTimeout"
  | "instructions"
  | "halted"
  | "dead";

export interface RunPlan {
  clock: "virtual" | "wall";
  until?: Pick<Condition, "met">;
  /** Guest time. */
  timeoutNs?: number;
  /** Host time, for a guest whose own time hardly passes. */
  hostTimeoutMs?: number;
  maxInstructions?: number;
  /** Somebody may still press a key: a guest that waits for ever is not the end. */
  interactive: boolean;
  /** The guest has taken all keys of --type. */
  scriptDone: () => boolean;
  /** Keys of the person at the terminal. */
  input?: KeyFeeder;
}

/** Something that looks at the machine between slices: the display, serial lines, the debug log. */
export interface Observer {
  /** @returns ms until it would like to be called again although nothing happened in the guest; Infinity: never */
  afterSlice(nowMs: number): number;
}

const SLICE_NS = 10e6;
const NS_PER_MS = 1e6;
/** Host time between turns of the event loop. */
const YIELD_MS = 10;
/** A guest further behind the wall than this is given a new zero point. */
const LARGEST_LAG_MS = 100;
/** How often the keyboard is looked at while keys wait for the guest to take them. */
const KEY_WAIT_MS = 2;

export class Runner {
  private requested?: End;

  constructor(
    private readonly guest: Guest,
    private readonly plan: RunPlan,
    private readonly observers: readonly Observer[],
    private readonly waker: Waker,
    private readonly nowMs: () => number,
  ) {}

  /** Ends the run at the next slice: the quit key, a signal. The first request counts. */
  stop(end: End): void {
    this.requested ??= end;
    this.waker.wake();
  }

  async run(): Promise<End> {
    return this.plan.clock === "wall" ? this.runWall() : this.runVirtual();
  }

  private async runVirtual(): Promise<End> {
    const startMs = this.nowMs();
    let lastYieldMs = startMs;
    for (;;) {
      this.pumpKeys();
      const reason = this.slice(this.guest.timeNs + SLICE_NS);
      const now = this.nowMs();
      this.observe(now);
      const end = this.endAfter(reason, now - startMs);
      if (end) return end;
      if (reason === "halted") await this.waker.sleep(Number.POSITIVE_INFINITY);
      else if (now - lastYieldMs >= YIELD_MS) {
        await this.waker.sleep(0);
        lastYieldMs = this.nowMs();
      }
    }
  }

  private async runWall(): Promise<End> {
    const startMs = this.nowMs();
    let zeroMs = startMs - this.guest.timeNs / NS_PER_MS;
    for (;;) {
      const before = this.nowMs();
      const horizonNs = this.horizonNs();
      const behindMs = before - zeroMs - horizonNs / NS_PER_MS;
      if (behindMs > LARGEST_LAG_MS) zeroMs += behindMs - SLICE_NS / NS_PER_MS;
      const reason = this.slice(Math.min((before - zeroMs) * NS_PER_MS, horizonNs + SLICE_NS));

      const now = this.nowMs();
      const observeMs = this.observe(now);
      const end = this.endAfter(reason, now - startMs);
      if (end) return end;
      // Only now, when the guest has reached the present: a key must not come in the guest's past.
      const keysMs = this.pumpKeys();

      const restMs = (reason === "halted" ? Number.POSITIVE_INFINITY : this.horizonNs()) / NS_PER_MS + zeroMs - now;
      const guestBusy = this.guest.idleUntilNs <= this.guest.timeNs && reason !== "halted";
      // A busy guest at the wall's time gets its next slice half a slice later; one that lags gets it at once.
      const guestMs = guestBusy && restMs > -1 ? SLICE_NS / NS_PER_MS / 2 : restMs;
      await this.waker.sleep(Math.min(guestMs, observeMs, keysMs));
    }
  }

  /** The guest time up to which all is known: the present, or the end of the guest's idling. */
  private horizonNs(): number {
    return Math.max(this.guest.timeNs, this.guest.idleUntilNs);
  }

  /** @returns ms until the keyboard should be looked at again */
  private pumpKeys(): number {
    const { input } = this.plan;
    input?.pump();
    return input?.done === false ? KEY_WAIT_MS : Number.POSITIVE_INFINITY;
  }

  private slice(timeNs: number): StopReason {
    const { maxInstructions } = this.plan;
    if (maxInstructions === undefined) return this.guest.run({ timeNs });
    return this.guest.run({ timeNs, instructions: Math.max(0, maxInstructions - this.guest.instructions) });
  }

  private observe(nowMs: number): number {
    let soonest = Number.POSITIVE_INFINITY;
    for (const observer of this.observers) soonest = Math.min(soonest, observer.afterSlice(nowMs));
    return soonest;
  }

  private endAfter(reason: StopReason, elapsedMs: number): End | undefined {
    const { until, scriptDone, timeoutNs, hostTimeoutMs, maxInstructions, interactive } = this.plan;
    const stuck = reason === "powerOff" || reason === "dead" || reason === "halted";
    // What --type still has to say comes first, lest an earlier prompt be taken for the end. A guest that ended, say in a
    // panic, will not take the last key's release any more.
    if (until && (stuck || scriptDone()) && until.met()) return "until";
    if (stuck && !(reason === "halted" && interactive)) return reason;
    if (this.requested) return this.requested;
    if (maxInstructions !== undefined && this.guest.instructions >= maxInstructions) return "instructions";
    if (timeoutNs !== undefined && this.guest.timeNs >= timeoutNs) return "timeout";
    if (hostTimeoutMs !== undefined && elapsedMs >= hostTimeoutMs) return "hostTimeout";
    return undefined;
  }
}
