// The virtual time that every device sees, in nanoseconds since reset.
// Time is a function of the instructions executed (and of the idle time skipped by `hlt`), so it is the same in every run.

/** A one-shot alarm owned by one device. Its deadline is part of the machine's saved state. */
export interface Timer {
  readonly name: string;
  /** Absolute deadline in ns, or Infinity when not armed. */
  readonly deadlineNs: number;
  /** Sets (or moves) the deadline; one in the past fires at the next instruction boundary where the machine looks. */
  arm(deadlineNs: number): void;
  cancel(): void;
}

export class Clock {
  private readonly timers = new Map<string, ClockTimer>();

  /**
   * @param readNs the present time in ns, exact even in the middle of a port access
   * @param onEarlierDeadline called when a timer is armed, so that the machine can shorten the running slice
   */
  constructor(
    private readonly readNs: () => number,
    private readonly onEarlierDeadline: (deadlineNs: number) => void = () => {},
  ) {}

  nowNs(): number {
    return this.readNs();
  }

  /** Makes a timer. `name` must be unique in the machine: saved deadlines are stored under it. */
  timer(name: string, fire: () => void): Timer {
    if (this.timers.has(name)) throw new RangeError(`clock: two timers are named "${name}"`);
    const timer = new ClockTimer(name, fire, this.onEarlierDeadline);
    this.timers.set(name, timer);
    return timer;
  }

  /** The earliest deadline in ns, or Infinity. */
  nextDeadlineNs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const timer of this.timers.values()) if (timer.deadlineNs < next) next = timer.deadlineNs;
    return next;
  }

  /** Fires every timer whose deadline has come, earliest first; equal deadlines fire in the order of creation. */
  fireDue(): void {
    for (;;) {
      const now = this.readNs();
      let due: ClockTimer | undefined;
      for (const timer of this.timers.values()) {
        if (timer.deadlineNs <= now && (due === undefined || timer.deadlineNs < due.deadlineNs)) due = timer;
      }
      if (due === undefined) return;
      due.cancel();
      due.fire();
    }
  }

  save(): Record<string, number> {
    const state: Record<string, number> = {};
    for (const timer of this.timers.values()) {
      if (timer.deadlineNs !== Number.POSITIVE_INFINITY) state[timer.name] = timer.deadlineNs;
    }
    return state;
  }

  load(state: Record<string, number>): void {
    for (const timer of this.timers.values()) timer.restore(state[timer.name] ?? Number.POSITIVE_INFINITY);
  }
}

class ClockTimer implements Timer {
  deadlineNs = Number.POSITIVE_INFINITY;

  constructor(
    readonly name: string,
    readonly fire: () => void,
    private readonly onArm: (deadlineNs: number) => void,
  ) {}

  arm(deadlineNs: number): void {
    this.deadlineNs = deadlineNs;
    this.onArm(deadlineNs);
  }

  cancel(): void {
    this.deadlineNs = Number.POSITIVE_INFINITY;
  }

  restore(deadlineNs: number): void {
    this.deadlineNs = deadlineNs;
  }
}
