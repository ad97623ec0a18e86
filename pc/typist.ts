// Types a queue of key strokes at the guest as a careful person would: not before the machine waits for input, not faster
// than the guest takes the keys. It sees only guest time, so a run with typed input is as deterministic as one without.

import type { Clock, Timer } from "./clock.ts";
import type { KeyStroke } from "./devices/us-layout.ts";

/** What the typist presses keys on. */
export interface TypedKeyboard {
  press(code: string): void;
  release(code: string): void;
  /** Nothing is left that the guest has not read. */
  readonly idle: boolean;
}

const LOOK_EVERY_NS = 1_000_000;
/** A machine counts as waiting when it was halted for nine tenths of this long; at first longer, for firmware and boot code wait here and there. */
const QUIET_AT_FIRST_NS = 200_000_000;
const QUIET_NS = 40_000_000;
const QUIET_SHARE = 0.9;
/** A guest that polls never halts: after this long it gets its next line all the same. */
const PATIENCE_NS = 3_000_000_000;
/** A guest that has used a drive so shortly ago is not waiting for a person; unless it has gone on like that for so long. */
const STORAGE_QUIET_NS = 30_000_000;
const STORAGE_PATIENCE_NS = 10_000_000_000;
const BETWEEN_KEYS_NS = 4_000_000;

export class Typist {
  private readonly queue: KeyStroke[] = [];
  private readonly timer: Timer;
  /** When the wait for the next stroke began. */
  private waitSinceNs = 0;
  private quietSinceNs = 0;
  private quietSinceIdleNs = 0;
  private nextKeyNs = 0;
  private giveUpNs = 0;
  private quietNs = QUIET_AT_FIRST_NS;

  /**
   * @param idleNs total guest time spent halted so far
   * @param storageActiveNs when a drive last worked; in the future while one gets ready
   */
  constructor(
    private readonly clock: Clock,
    private readonly keyboard: TypedKeyboard,
    private readonly idleNs: () => number,
    private readonly storageActiveNs: () => number,
  ) {
    this.timer = clock.timer("typist", () => this.look());
  }

  /** Adds strokes to the queue. */
  type(strokes: readonly KeyStroke[]): void {
    if (this.queue.length === 0) this.beginWait();
    this.queue.push(...strokes);
    if (this.timer.deadlineNs === Number.POSITIVE_INFINITY) this.timer.arm(this.clock.nowNs() + LOOK_EVERY_NS);
  }

  /** Everything was typed and read. */
  get done(): boolean {
    return this.queue.length === 0 && this.keyboard.idle;
  }

  save(): { queue: string; numbers: number[] } {
    const quiet = [this.quietSinceNs, this.quietSinceIdleNs, this.quietNs];
    const numbers = [...quiet, this.nextKeyNs, this.giveUpNs, this.waitSinceNs];
    return { queue: JSON.stringify(this.queue), numbers };
  }

  load(state: { queue: string; numbers: number[] }): void {
    this.queue.splice(0, this.queue.length, ...(JSON.parse(state.queue) as KeyStroke[]));
    [this.quietSinceNs, this.quietSinceIdleNs, this.quietNs] = state.numbers;
    [this.nextKeyNs, this.giveUpNs, this.waitSinceNs] = state.numbers.slice(3);
  }

  private beginWait(): void {
    this.waitSinceNs = this.clock.nowNs();
    this.beginQuiet();
  }

  private beginQuiet(): void {
    const now = this.clock.nowNs();
    this.quietSinceNs = now;
    this.quietSinceIdleNs = this.idleNs();
    this.giveUpNs = now + PATIENCE_NS;
  }

  private look(): void {
    if (this.queue.length === 0) return;
    const now = this.clock.nowNs();
    if (this.mayType(now)) this.stroke(now);
    this.timer.arm(now + LOOK_EVERY_NS);
  }

  private mayType(now: number): boolean {
    if (now < this.nextKeyNs) return false;
    const storageActive = now - this.storageActiveNs() < STORAGE_QUIET_NS;
    if (storageActive && now - this.waitSinceNs < STORAGE_PATIENCE_NS) {
      this.beginQuiet();
      return false;
    }
    if (now >= this.giveUpNs) return true;
    if (!this.keyboard.idle) return false;
    const elapsed = now - this.quietSinceNs;
    if (elapsed < this.quietNs) return false;
    if (this.idleNs() - this.quietSinceIdleNs >= elapsed * QUIET_SHARE) return true;
    this.quietSinceNs = now;
    this.quietSinceIdleNs = this.idleNs();
    return false;
  }

  private stroke(now: number): void {
    const stroke = this.queue.shift();
    if (stroke === undefined) return;
    for (const modifier of stroke.modifiers) this.keyboard.press(modifier);
    this.keyboard.press(stroke.code);
    this.keyboard.release(stroke.code);
    for (const modifier of [...stroke.modifiers].reverse()) this.keyboard.release(modifier);
    this.nextKeyNs = now + BETWEEN_KEYS_NS;
    // After Enter the guest works on the line: the next key waits until it is done.
    this.quietNs = stroke.code === "Enter" ? QUIET_NS : 0;
    this.beginWait();
  }
}
