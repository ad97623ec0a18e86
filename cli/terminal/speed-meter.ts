// How fast the guest runs, for the status line: instructions per host second, measured twice a second.

import type { Guest } from "../guest.ts";

const PERIOD_MS = 500;
/** Below this share of the clock rate a guest counts as idle. */
const IDLE_MIPS = 0.5;

export class SpeedMeter {
  private sinceMs?: number;
  private sinceInstructions = 0;
  text = "starting";

  /** @returns ms until the next measurement is due; Infinity once the text says that the guest idles */
  update(nowMs: number, guest: Pick<Guest, "instructions">): number {
    if (this.sinceMs === undefined) {
      this.sinceMs = nowMs;
      this.sinceInstructions = guest.instructions;
      return PERIOD_MS;
    }
    const elapsedMs = nowMs - this.sinceMs;
    if (elapsedMs < PERIOD_MS) return PERIOD_MS - elapsedMs;
    const mips = (guest.instructions - this.sinceInstructions) / elapsedMs / 1000;
    this.sinceMs = nowMs;
    this.sinceInstructions = guest.instructions;
    const idle = mips < IDLE_MIPS;
    this.text = idle ? "idle" : `running, ${mips < 10 ? mips.toFixed(1) : Math.round(mips)} MIPS`;
    return idle ? Number.POSITIVE_INFINITY : PERIOD_MS;
  }
}
