// The 8254 programmable interval timer, and port B (61h), through which the PC wires its gates and outputs.
// Counter 0 drives IRQ 0, counter 1 once timed DRAM refresh, counter 2 the speaker.
// Sources: Intel 8254 data sheet (order no. 231164); IBM PC AT Technical Reference for port B.

import type { Bus, Device, DeviceState, Line } from "../bus.ts";
import type { Clock, Timer } from "../clock.ts";
import { PitCounter } from "./pit-counter.ts";
import { loadFields, saveFields, stateField } from "./state.ts";

const COUNTER_0 = 0x40;
const CONTROL = 0x43;
const PORT_B = 0x61;

// Control word.
const READ_BACK = 3;
const READ_BACK_NO_COUNT = 0x20;
const READ_BACK_NO_STATUS = 0x10;

// Port B.
const GATE_2 = 0x01;
const SPEAKER_DATA = 0x02;
const PORT_B_WRITABLE = 0x0f;
const REFRESH_TOGGLE = 0x10;
const OUT_2 = 0x20;

/** DRAM is refreshed every 15.085 µs, which is 18 CLK pulses. */
const REFRESH_TICKS = 18;

// CLK is 14.31818 MHz / 12, where 14.31818 is short for 315/22. So it is 105/88 MHz, and 21 pulses take 17600 ns exactly.
const PULSES = 21;
const PULSES_NS = 17600;

/** CLK pulses in the first `ns` nanoseconds; exact for all times a double can count. */
export function ticksAtNs(ns: number): number {
  const whole = Math.floor(ns / PULSES_NS);
  return whole * PULSES + Math.floor(((ns - whole * PULSES_NS) * PULSES) / PULSES_NS);
}

/** The first whole nanosecond at which `ticks` CLK pulses have passed. */
export function nsOfTick(ticks: number): number {
  const whole = Math.floor(ticks / PULSES);
  return whole * PULSES_NS + Math.ceil(((ticks - whole * PULSES) * PULSES_NS) / PULSES);
}

export interface PitWiring {
  clock: Clock;
  /** IRQ 0. */
  irq: Line;
  /** The speaker's input: counter 2 while port B lets it through. */
  speaker?: Line;
}

export class Pit implements Device {
  readonly name = "pit";
  private readonly clock: Clock;
  private readonly counters: readonly PitCounter[];
  private readonly speaker: Line | undefined;
  private readonly timer: Timer;
  portB = 0;

  constructor(wiring: PitWiring) {
    this.clock = wiring.clock;
    this.speaker = wiring.speaker;
    this.counters = [
      new PitCounter((level) => wiring.irq.set(level)),
      new PitCounter(),
      new PitCounter(() => this.driveSpeaker()),
    ];
    this.timer = wiring.clock.timer("pit", () => this.sync());
  }

  attach(ports: Bus): void {
    ports.map(COUNTER_0, 4, {
      read8: (port) => (port === CONTROL ? 0xff : this.readCounter(port - COUNTER_0)),
      write8: (port, value) =>
        port === CONTROL ? this.writeControl(value) : this.writeCounter(port - COUNTER_0, value),
    });
    ports.map(PORT_B, 1, { read8: () => this.readPortB(), write8: (_port, value) => this.writePortB(value) });
  }

  /** The speaker's tone; 0 when it is silent. */
  get toneHz(): number {
    this.sync();
    const period = this.counters[2].periodTicks;
    const isOn = (this.portB & SPEAKER_DATA) !== 0 && period !== undefined;
    return isOn ? (PULSES * 1e9) / PULSES_NS / period : 0;
  }

  reset(): void {
    this.portB = 0;
    const tick = this.now();
    this.counters[0].reset(true, tick);
    this.counters[1].reset(true, tick);
    this.counters[2].reset(false, tick);
    this.sync();
  }

  /** With what the counters show at this moment, as `count0` to `count2`. */
  look(): DeviceState {
    const state = this.save();
    const tick = this.now();
    this.counters.forEach((counter, n) => {
      state[`count${n}`] = counter.valueAt(tick);
    });
    return state;
  }

  save(): DeviceState {
    this.sync();
    const state = saveFields<Pit>(this, ["portB"]);
    this.counters.forEach((counter, n) => {
      state[`counter${n}`] = counter.save();
    });
    return state;
  }

  load(state: DeviceState): void {
    loadFields<Pit>(this, ["portB"], state);
    this.counters.forEach((counter, n) => {
      counter.restore(stateField(state, `counter${n}`));
    });
  }

  private now(): number {
    return ticksAtNs(this.clock.nowNs());
  }

  /** Brings all counters to the present and sets the timer for the next edge that others can see. */
  private sync(): number {
    const tick = this.now();
    for (const counter of this.counters) counter.advance(tick);
    this.arm();
    return tick;
  }

  private arm(): void {
    let next = this.counters[0].nextEventTick();
    if (this.speaker && this.portB & SPEAKER_DATA) next = Math.min(next, this.counters[2].nextEventTick());
    if (next === Number.MAX_SAFE_INTEGER) this.timer.cancel();
    else this.timer.arm(nsOfTick(next));
  }

  private readCounter(n: number): number {
    return this.counters[n].read(this.sync());
  }

  private writeCounter(n: number, value: number): void {
    this.counters[n].writeCount(value, this.sync());
    this.arm();
  }

  private writeControl(value: number): void {
    const tick = this.sync();
    const select = value >> 6;
    if (select === READ_BACK) {
      this.counters.forEach((counter, n) => {
        if (((value >> (n + 1)) & 1) === 0) return;
        if ((value & READ_BACK_NO_COUNT) === 0) counter.latchCount(tick);
        if ((value & READ_BACK_NO_STATUS) === 0) counter.latchStatus();
      });
      return;
    }
    if ((value & 0x30) === 0) this.counters[select].latchCount(tick);
    else this.counters[select].writeControl(value, tick);
    this.arm();
  }

  private readPortB(): number {
    const tick = this.sync();
    const refresh = Math.floor(tick / REFRESH_TICKS) % 2 ? REFRESH_TOGGLE : 0;
    return this.portB | refresh | (this.counters[2].out ? OUT_2 : 0);
  }

  private writePortB(value: number): void {
    const tick = this.sync();
    this.portB = value & PORT_B_WRITABLE;
    this.counters[2].setGate((value & GATE_2) !== 0, tick);
    this.driveSpeaker();
    this.arm();
  }

  private driveSpeaker(): void {
    this.speaker?.set((this.portB & SPEAKER_DATA) !== 0 && this.counters[2].out);
  }
}
