// Keeps the record of what the machine does: switched on and off by the person, begun anew with each machine.

import { Recorder } from "../../pc/recorder.ts";
import type { AnyMachine } from "./build.ts";
import type { Recording } from "./protocol.ts";

export class RecordingKeeper {
  private machine: AnyMachine | undefined;
  private recorder: Recorder | undefined;
  private isOn = false;
  private id = 0;

  /** A machine takes the place of the one before. */
  insert(machine: AnyMachine): void {
    this.connect(undefined);
    this.machine = machine;
    if (this.isOn) this.begin();
  }

  set(isOn: boolean): void {
    this.isOn = isOn;
    if (isOn) this.begin();
    else this.connect(undefined);
  }

  /** What was noted stays to be read when nothing is noted any more. */
  read(from: number, most: number): Recording {
    const { id, isOn, recorder } = this;
    if (!recorder) return { id, isOn, total: 0, events: [], disks: [] };
    return { id, isOn, total: recorder.total, events: recorder.events(from, most), disks: recorder.disks };
  }

  private begin(): void {
    this.id++;
    this.recorder = new Recorder();
    this.connect(this.recorder);
  }

  /** A domain has no ports. */
  private connect(recorder: Recorder | undefined): void {
    if (this.machine && "record" in this.machine) this.machine.record(recorder);
  }
}
