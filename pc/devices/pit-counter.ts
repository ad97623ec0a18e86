// One of the 8254's three counters, as a function of CLK pulses: between two events (a load, an edge of OUT) nothing is
// stored, so a counter costs nothing while it counts and its value is exact whenever it is read.
// Source: Intel 8254 data sheet (order no. 231164), whose names are used.

import type { DeviceState } from "../bus.ts";
import { loadFields, saveFields } from "./state.ts";

/** Far beyond any tick, yet a number that can be saved. */
const NEVER = Number.MAX_SAFE_INTEGER;

const RW_LSB = 1;
const RW_MSB = 2;
const RW_BOTH = 3;

const STATUS_OUT = 0x80;
const STATUS_NULL_COUNT = 0x40;

const FIELDS = [
  "control",
  "countRegister",
  "countWritten",
  "lowByte",
  "writeHighNext",
  "readHighNext",
  "statusLatch",
  "countLatch",
  "latchBytesLeft",
  "nullCount",
  "gate",
  "out",
  "stageHigh",
  "strobePending",
  "loaded",
  "stopped",
  "idleValue",
  "initialCount",
  "baseTick",
  "elapsedBefore",
  "loadTick",
] as const;

export class PitCounter {
  // The fields are public only so that save and load can name them.
  /** RW (bits 5, 4), mode (3..1) and BCD (0) of the control word. */
  control = 0x36;
  /** CR: the count last written. */
  countRegister = 0;
  countWritten = false;
  lowByte = 0;
  writeHighNext = false;
  readHighNext = false;
  /** The latched status byte, or -1. */
  statusLatch = -1;
  countLatch = 0;
  latchBytesLeft = 0;
  nullCount = true;
  gate = true;
  out = false;
  /** Modes 2 and 3: whether the cycle is in the part where OUT is high (the gate may force OUT high in the other). */
  stageHigh = true;
  /** Modes 4 and 5: the strobe is still to come, or under way. */
  strobePending = false;
  /** Whether CE holds a count since the last control word. */
  loaded = false;
  /** Mode 0: the first byte of a new count holds the counter. */
  stopped = false;
  /** What CE shows while not loaded. */
  idleValue = 0;
  /** The count that CE was last loaded with, 1..65536. */
  initialCount = 0x10000;
  /** CLK pulses since CE was loaded (modes 2, 3: since the stage began): `elapsedBefore`, and those since `baseTick` while running. */
  baseTick = 0;
  elapsedBefore = 0;
  /** The pulse at which CR goes into CE. */
  loadTick = NEVER;

  /** @param onOut called at each edge of OUT */
  constructor(private readonly onOut: (level: boolean) => void = () => {}) {}

  /** Power-on leaves the chip undefined; ours starts as a BIOS leaves it: mode 3, 65536. */
  reset(gate: boolean, tick: number): void {
    this.gate = gate;
    this.statusLatch = -1;
    this.latchBytesLeft = 0;
    this.writeControl(0x36, tick);
    this.writeCount(0, tick);
    this.writeCount(0, tick);
  }

  /** Makes everything happen that is due up to CLK pulse `tick`. */
  advance(tick: number): void {
    for (;;) {
      this.skipWholePeriods(tick);
      const event = this.nextEventTick();
      if (event > tick) return;
      if (event === this.loadTick) this.load(event);
      else this.edge(event);
    }
  }

  /** The pulse of the next load or edge of OUT; beyond all ticks when there is none. */
  nextEventTick(): number {
    return Math.min(this.loadTick, this.nextEdgeTick());
  }

  // The functions below have the state advanced to `tick`, the last CLK pulse before the access.

  writeControl(control: number, tick: number): void {
    this.idleValue = this.valueAt(tick);
    this.control = control & 0x3f;
    this.writeHighNext = false;
    this.readHighNext = false;
    this.latchBytesLeft = 0;
    this.countWritten = false;
    this.nullCount = true;
    this.loaded = false;
    this.stopped = false;
    this.strobePending = false;
    this.stageHigh = true;
    this.loadTick = NEVER;
    this.setOut(this.mode !== 0);
  }

  writeCount(byte: number, tick: number): void {
    switch (this.rw) {
      case RW_LSB:
        this.countRegister = byte;
        break;
      case RW_MSB:
        this.countRegister = byte << 8;
        break;
      case RW_BOTH:
        this.writeHighNext = !this.writeHighNext;
        if (this.writeHighNext) {
          this.lowByte = byte;
          if (this.mode === 0) this.stopForFirstByte(tick);
          return;
        }
        this.countRegister = (byte << 8) | this.lowByte;
        break;
    }
    this.countWritten = true;
    this.nullCount = true;
    switch (this.mode) {
      case 0:
        this.setOut(false);
        this.loadTick = tick + 1;
        break;
      case 4:
        this.loadTick = tick + 1;
        break;
      case 2:
      case 3:
        // While counting, a new count waits for the end of the cycle.
        if (!this.loaded) this.loadTick = tick + 1;
        break;
    }
  }

  /** Counter latch command; a second one before the first was read changes nothing. */
  latchCount(tick: number): void {
    if (this.latchBytesLeft > 0) return;
    this.countLatch = this.valueAt(tick);
    this.latchBytesLeft = this.rw === RW_BOTH ? (this.readHighNext ? 1 : 2) : 1;
  }

  latchStatus(): void {
    if (this.statusLatch >= 0) return;
    this.statusLatch = (this.out ? STATUS_OUT : 0) | (this.nullCount ? STATUS_NULL_COUNT : 0) | this.control;
  }

  read(tick: number): number {
    if (this.statusLatch >= 0) {
      const status = this.statusLatch;
      this.statusLatch = -1;
      return status;
    }
    let value = this.countLatch;
    if (this.latchBytesLeft > 0) this.latchBytesLeft--;
    else value = this.valueAt(tick);
    let high = this.rw === RW_MSB;
    if (this.rw === RW_BOTH) {
      high = this.readHighNext;
      this.readHighNext = !this.readHighNext;
    }
    return high ? value >> 8 : value & 0xff;
  }

  setGate(level: boolean, tick: number): void {
    if (level === this.gate) return;
    if (!level) this.freeze(tick);
    this.gate = level;
    const mode = this.mode;
    if (level) {
      this.baseTick = tick;
      if ((mode === 1 || mode === 2 || mode === 3 || mode === 5) && this.countWritten) this.loadTick = tick + 1;
    } else if (mode === 2 || mode === 3) this.setOut(true);
  }

  save(): DeviceState {
    return saveFields<PitCounter>(this, FIELDS);
  }

  restore(state: DeviceState): void {
    loadFields<PitCounter>(this, FIELDS, state);
  }

  /** 0..5; the don't-care bit of modes 2 and 3 is dropped. */
  private get mode(): number {
    const bits = (this.control >> 1) & 7;
    return bits > 5 ? bits - 4 : bits;
  }

  private get rw(): number {
    return this.control >> 4;
  }

  /** CLK pulses in a period of the wave at OUT: while it counts in mode 2 or 3. */
  get periodTicks(): number | undefined {
    const repeats = this.mode === 2 || this.mode === 3;
    return repeats && this.running && this.countWritten && !this.nullCount ? this.initialCount : undefined;
  }

  private get running(): boolean {
    const gateCounts = this.mode !== 1 && this.mode !== 5;
    return this.loaded && !this.stopped && (this.gate || !gateCounts);
  }

  private elapsed(tick: number): number {
    return this.elapsedBefore + (this.running ? tick - this.baseTick : 0);
  }

  /** Keeps what has been counted so far, before the gate or a first byte stops the counter. */
  private freeze(tick: number): void {
    this.elapsedBefore = this.elapsed(tick);
    this.baseTick = tick;
  }

  private stopForFirstByte(tick: number): void {
    this.freeze(tick);
    this.stopped = true;
    this.loadTick = NEVER;
    this.setOut(false);
  }

  private setOut(level: boolean): void {
    if (level === this.out) return;
    this.out = level;
    this.onOut(level);
  }

  /** CR as a number of CLK pulses; 0 stands for the largest count. */
  private get count(): number {
    const cr = this.countRegister;
    if ((this.control & 1) === 0) return cr || 0x10000;
    const decimal = (cr >> 12) * 1000 + ((cr >> 8) & 15) * 100 + ((cr >> 4) & 15) * 10 + (cr & 15);
    return decimal || 10000;
  }

  /** Length of the present stage of mode 2 or 3. The illegal count 1 behaves as 2 does. */
  private get stageTicks(): number {
    return this.stageLength(this.stageHigh);
  }

  private stageLength(high: boolean): number {
    const n = Math.max(2, this.initialCount);
    if (this.mode === 2) return high ? n - 1 : 1;
    return high ? (n + 1) >> 1 : n >> 1;
  }

  private nextEdgeTick(): number {
    if (!this.running) return NEVER;
    const zero = this.baseTick - this.elapsedBefore;
    switch (this.mode) {
      case 0:
      case 1:
        return this.out ? NEVER : zero + this.initialCount;
      case 2:
      case 3:
        return zero + this.stageTicks;
      default:
        return this.strobePending ? zero + this.initialCount + (this.out ? 0 : 1) : NEVER;
    }
  }

  /** CR → CE. */
  private load(tick: number): void {
    this.loadTick = NEVER;
    this.reload(tick);
    this.loaded = true;
    this.stopped = false;
    this.stageHigh = true;
    this.strobePending = this.mode >= 4;
    this.setOut(this.mode > 1);
  }

  private reload(tick: number): void {
    this.initialCount = this.count;
    this.nullCount = false;
    this.baseTick = tick;
    this.elapsedBefore = 0;
  }

  private edge(tick: number): void {
    switch (this.mode) {
      case 2:
        if (this.stageHigh) {
          this.baseTick = tick;
          this.elapsedBefore = 0;
        } else this.reload(tick);
        this.stageHigh = !this.stageHigh;
        this.setOut(this.stageHigh);
        break;
      case 3:
        this.reload(tick);
        this.stageHigh = !this.stageHigh;
        this.setOut(this.stageHigh);
        break;
      default:
        // Mode 0 and 1: terminal count. Mode 4 and 5: start or end of the strobe.
        if (!this.out) this.strobePending = false;
        this.setOut(!this.out);
    }
  }

  /** Jumps over periods in which nothing new happens, all but the last: its edges are still made. */
  private skipWholePeriods(tick: number): void {
    if ((this.mode !== 2 && this.mode !== 3) || !this.running || this.nullCount || this.loadTick !== NEVER) return;
    const period = this.stageLength(true) + this.stageLength(false);
    const whole = Math.floor((tick - this.baseTick) / period) - 1;
    if (whole > 0) this.baseTick += whole * period;
  }

  /** What CE holds, as it is read (binary or BCD). */
  valueAt(tick: number): number {
    if (!this.loaded) return this.idleValue;
    const elapsed = this.elapsed(tick);
    let value = this.initialCount - elapsed;
    if (this.mode === 2) value = this.stageHigh ? value : 1;
    else if (this.mode === 3) value = this.initialCount - (this.initialCount & 1) - 2 * elapsed;
    if ((this.control & 1) === 0) return value & 0xffff;
    let digits = value % 10000;
    if (digits < 0) digits += 10000;
    let bcd = 0;
    for (let shift = 0; shift < 16; shift += 4) {
      bcd |= ((digits % 10) | 0) << shift;
      digits = Math.floor(digits / 10);
    }
    return bcd;
  }
}
