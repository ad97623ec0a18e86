// The record of a session's machine as signals: the log and the disks look at the same one.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { DiskActivity, MachineEvent } from "../../pc/recorder.ts";
import type { Session } from "../state/session.ts";
import { join } from "./event-text.ts";

/** What the page keeps; the machine's own ring is larger. */
const MOST_EVENTS = 20_000;
/** What one look brings at most: enough for a second of a busy guest, and little enough to send. */
const MOST_AT_ONCE = 4_000;

export class RecordingView {
  readonly isOn: ReadonlySignal<boolean>;
  /** Oldest first. */
  readonly events: ReadonlySignal<readonly MachineEvent[]>;
  readonly disks: ReadonlySignal<readonly DiskActivity[]>;
  /** Events noted, of which `events` has the newest. */
  readonly total: ReadonlySignal<number>;

  private readonly onState = signal(false);
  private readonly eventsState = signal<readonly MachineEvent[]>([]);
  private readonly disksState = signal<readonly DiskActivity[]>([]);
  private readonly totalState = signal(0);
  private id = 0;

  constructor(private readonly session: Session) {
    this.isOn = this.onState;
    this.events = this.eventsState;
    this.disks = this.disksState;
    this.total = this.totalState;
  }

  /** Begins with an empty record. */
  async start(): Promise<void> {
    await this.session.client.call("record", true);
    await this.look();
  }

  async stop(): Promise<void> {
    await this.session.client.call("record", false);
    await this.look();
  }

  /** Empties it; what is on stays on. */
  async clear(): Promise<void> {
    if (this.onState.value) await this.start();
    else this.show([], [], this.totalState.value);
  }

  /** Fetches what is new. */
  async look(): Promise<void> {
    const known = this.eventsState.value;
    const from = known[known.length - 1]?.sequence ?? Math.max(0, this.totalState.value - 1);
    const found = await this.session.client.call("recorded", from, MOST_AT_ONCE);
    this.onState.value = found.isOn;
    if (found.id !== this.id) {
      // Another record: what is known is of the one before.
      this.id = found.id;
      const whole = await this.session.client.call("recorded", 0, MOST_AT_ONCE);
      this.show(whole.events, whole.disks, whole.total);
    } else if (found.total > 0 && (found.isOn || found.total !== this.totalState.value)) {
      this.show(join(this.eventsState.value, found.events, MOST_EVENTS), found.disks, found.total);
    }
  }

  private show(events: readonly MachineEvent[], disks: readonly DiskActivity[], total: number): void {
    this.eventsState.value = events;
    this.disksState.value = disks;
    this.totalState.value = total;
  }
}

const views = new WeakMap<Session, RecordingView>();

export function recordingOf(session: Session): RecordingView {
  const known = views.get(session);
  if (known) return known;
  const made = new RecordingView(session);
  views.set(session, made);
  return made;
}
