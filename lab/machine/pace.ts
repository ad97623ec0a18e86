// How fast the guest may go: the clock's pace (guest time never runs ahead of the host's) or so many instructions a second. Pure
// arithmetic over times that are handed in.

const NS_PER_MS = 1e6;
/** A guest further behind the wall than this is given a new zero point: it is not made to catch up. */
const LARGEST_LAG_MS = 100;

/** What the next slice may do: run up to a guest time or a number of instructions, or wait so many ms. */
export type Turn = { timeNs: number } | { instructions: number } | { waitMs: number };

export interface GuestTimes {
  timeNs: number;
  /** While it sleeps: when it will next wake by itself. Else now. */
  idleUntilNs: number;
}

export class Pace {
  private zeroMs = 0;
  /** Of a slow guest: when it last was given instructions, and what part of one it has saved since. */
  private fedMs = 0;
  private saved = 0;
  private ips: number | null = null;

  /** @param hurryNs guest time that passes as fast as the host can make it, so that nobody waits for a BIOS to wait */
  constructor(private readonly hurryNs = 0) {}

  get instructionsPerSecond(): number | null {
    return this.ips;
  }

  setSpeed(instructionsPerSecond: number | null, nowMs: number, guestNs: number): void {
    this.ips = instructionsPerSecond;
    this.start(nowMs, guestNs);
    // A person who slows a guest down sees its next instruction at once.
    this.saved = 1;
  }

  /** The guest goes on from here, after a pause. */
  start(nowMs: number, guestNs: number): void {
    this.zeroMs = nowMs - guestNs / NS_PER_MS;
    this.fedMs = nowMs;
    this.saved = 0;
  }

  next(nowMs: number, guest: GuestTimes): Turn {
    return this.ips === null ? this.byClock(nowMs, guest) : this.byCount(nowMs, this.ips);
  }

  private byClock(nowMs: number, { timeNs, idleUntilNs }: GuestTimes): Turn {
    if (timeNs < this.hurryNs) {
      // From where the hurry ends on, the guest goes by the host's clock.
      this.start(nowMs, this.hurryNs);
      return { timeNs: this.hurryNs };
    }
    const knownNs = Math.max(timeNs, Math.min(idleUntilNs, Number.MAX_SAFE_INTEGER));
    const presentNs = (nowMs - this.zeroMs) * NS_PER_MS;
    if (presentNs < knownNs) return { waitMs: (knownNs - presentNs) / NS_PER_MS };
    if (presentNs - knownNs > LARGEST_LAG_MS * NS_PER_MS) {
      this.start(nowMs - LARGEST_LAG_MS / 2, knownNs);
      return { timeNs: knownNs + (LARGEST_LAG_MS / 2) * NS_PER_MS };
    }
    return { timeNs: presentNs };
  }

  private byCount(nowMs: number, ips: number): Turn {
    this.saved += ((nowMs - this.fedMs) * ips) / 1000;
    this.fedMs = nowMs;
    // What could not be run in a tenth of a second is not made up for; at a crawl one instruction is always owed.
    this.saved = Math.min(this.saved, Math.max(1, ips / 10));
    const instructions = Math.floor(this.saved);
    if (instructions < 1) return { waitMs: ((1 - this.saved) * 1000) / ips };
    this.saved -= instructions;
    return { instructions };
  }
}
