// Points in the guest's code at which the machine notes what it sees and goes on: what the time line is drawn from. The guest does not
// notice, and its time does not either.

import { readLinear } from "../../pc/address.ts";
import type { AnyMachine } from "./build.ts";

/** A 32-bit word to note: from a register (or 0), through memory at each offset in turn. */
export interface TraceWord {
  register?: string;
  offsets: readonly number[];
}

export interface TracePoint {
  /** Linear. */
  address: number;
  /** What it is to who asked. */
  name: string;
  words: readonly TraceWord[];
}

export interface TraceEvent {
  name: string;
  instructions: number;
  timeNs: number;
  words: number[];
}

/** More than this between two looks of the page are not kept: the newest count. */
const MOST_EVENTS = 4000;

export class Trace {
  private points: ReadonlyMap<number, TracePoint> = new Map();
  private events: TraceEvent[] = [];

  get addresses(): Iterable<number> {
    return this.points.keys();
  }

  set(points: readonly TracePoint[]): void {
    this.points = new Map(points.map((point) => [point.address, point]));
    this.events = [];
  }

  /** Notes what there is to note here. */
  note(machine: AnyMachine, linear: number): void {
    const point = this.points.get(linear);
    if (!point) return;
    const registers = machine.registers();
    const words = point.words.map((word) => wordOf(machine, registers, word));
    this.events.push({ name: point.name, instructions: machine.instructions, timeNs: machine.timeNs, words });
    if (this.events.length > MOST_EVENTS) this.events.splice(0, this.events.length - MOST_EVENTS);
  }

  /** What was noted since the last call. */
  take(): TraceEvent[] {
    const { events } = this;
    this.events = [];
    return events;
  }
}

function wordOf(machine: AnyMachine, registers: Record<string, number>, { register, offsets }: TraceWord): number {
  const { cr0 = 0, cr3 = 0, cr4 = 0 } = registers;
  const paging = { cr0, cr3, cr4 };
  let value = register === undefined ? 0 : (registers[register] ?? 0);
  for (const offset of offsets) {
    const bytes = readLinear(machine.memory, paging, (value + offset) >>> 0, 4);
    value = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  }
  return value;
}
