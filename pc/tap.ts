// Where a recorder hears what the machine does: at the processor's bus and at the drives. Without a recorder the bus has its own
// functions and the drives have no listener, so that nothing is slower for it.

import type { CpuBus } from "./cpu/cpu.ts";
import type { EventKind, Recorder } from "./recorder.ts";

/** What was moved between a disk and the PC. In blocks of 512 bytes. */
export type OnTransfer = (first: number, count: number, isWrite: boolean) => void;

/** Where the machine stands; asked in the middle of an instruction. */
export interface Moment {
  readonly instructions: number;
  readonly timeNs: number;
  /** Linear address of the instruction. */
  readonly linear: number;
}

/** A drive that tells of its transfers. */
export interface TappedDrive {
  onTransfer: OnTransfer | undefined;
  /** Of the disk in it, in blocks of 512 bytes. */
  readonly blockCount: number;
}

type Tapped = Pick<CpuBus, "readPort" | "writePort" | "acknowledgeInterrupt">;

export class Tap {
  private readonly plain: Tapped;

  /** @param drives by their number (`DISK_NAMES`); where there is none, undefined */
  constructor(
    private readonly bus: CpuBus,
    private readonly drives: readonly (TappedDrive | undefined)[],
    private readonly moment: Moment,
  ) {
    const { readPort, writePort, acknowledgeInterrupt } = bus;
    this.plain = { readPort, writePort, acknowledgeInterrupt };
  }

  /** From here on the recorder is told, in place of the one before; undefined: nobody is. */
  connect(recorder: Recorder | undefined): void {
    const { bus, plain, drives } = this;
    Object.assign(bus, plain);
    delete bus.exception;
    for (const drive of drives) if (drive) drive.onTransfer = undefined;
    if (!recorder) return;
    const add = (kind: EventKind, place: number, size: number, value: number) => {
      const { instructions, timeNs, linear } = this.moment;
      recorder.add({ kind, place, size, value, linear, instructions, timeNs });
    };
    bus.readPort = (port, size) => {
      const value = plain.readPort(port, size);
      add("in", port, size, value);
      return value;
    };
    bus.writePort = (port, value, size) => {
      add("out", port, size, value);
      plain.writePort(port, value, size);
    };
    bus.acknowledgeInterrupt = () => {
      const vector = plain.acknowledgeInterrupt();
      add("interrupt", vector, 0, 0);
      return vector;
    };
    bus.exception = (vector) => add("exception", vector, 0, 0);
    drives.forEach((drive, disk) => {
      if (!drive) return;
      drive.onTransfer = (first, count, isWrite) => {
        add(isWrite ? "write" : "read", first, count, disk);
        recorder.moved(disk, drive.blockCount, first, count, isWrite);
      };
    });
  }
}
