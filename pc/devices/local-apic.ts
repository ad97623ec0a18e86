// The processor's local APIC: priorities of interrupts, a timer, interrupts to itself, and the pin through which the 8259s come in.
// There is one processor and no I/O APIC. Source: Intel SDM vol. 3, chapter 10 (local APIC as of the P6 family, xAPIC).

import type { Bus, BusRange, Device, DeviceState, Line } from "../bus.ts";
import type { Clock, Timer } from "../clock.ts";
import { loadFields, numberField, numbersField, saveFields } from "./state.ts";

// Registers, by offset: 32 bits each, 16 bytes apart.
const ID = 0x020;
const VERSION = 0x030;
const TPR = 0x080;
const APR = 0x090;
const PPR = 0x0a0;
const EOI = 0x0b0;
const LDR = 0x0d0;
const DFR = 0x0e0;
const SVR = 0x0f0;
const ISR = 0x100;
const TMR = 0x180;
const IRR = 0x200;
const ESR = 0x280;
const ICR_LOW = 0x300;
const ICR_HIGH = 0x310;
const LVT_TIMER = 0x320;
const LVT_THERMAL = 0x330;
const LVT_COUNTERS = 0x340;
const LVT_LINT0 = 0x350;
const LVT_LINT1 = 0x360;
const LVT_ERROR = 0x370;
const INITIAL_COUNT = 0x380;
const CURRENT_COUNT = 0x390;
const DIVIDE = 0x3e0;

/** Version 14h with six entries in the local vector table. */
const VERSION_VALUE = 0x0005_0014;
const PAGE_BYTES = 0x1000;
const DEFAULT_BASE = 0xfee0_0000;

// IA32_APIC_BASE.
const BASE_ENABLE = 0x800;
const BASE_PROCESSOR = 0x100;

const SVR_ENABLE = 0x100;
const LVT_MASKED = 0x1_0000;
const LVT_PERIODIC = 0x2_0000;
/** What can be written in each entry: vector and mask; delivery mode, polarity and trigger mode; timer mode. */
const LVT_WRITABLE: ReadonlyMap<number, number> = new Map([
  [LVT_TIMER, 0x3_00ff],
  [LVT_THERMAL, 0x1_07ff],
  [LVT_COUNTERS, 0x1_07ff],
  [LVT_LINT0, 0x1_a7ff],
  [LVT_LINT1, 0x1_a7ff],
  [LVT_ERROR, 0x1_00ff],
]);

// Delivery modes, bits 8 to 10 of LVT and ICR.
const FIXED = 0;
const LOWEST_PRIORITY = 1;
const NMI = 4;
const EXT_INT = 7;

// Destination shorthands, bits 18 and 19 of ICR.
const TO_SELF = 1;
const TO_ALL = 2;
const TO_OTHERS = 3;
const ICR_LOGICAL = 0x800;
const ICR_WRITABLE = 0x000c_cfff;
const EVERYBODY = 0xff;

// ESR.
const SEND_ILLEGAL_VECTOR = 0x20;
const RECEIVED_ILLEGAL_VECTOR = 0x40;
const ILLEGAL_REGISTER = 0x80;

const FIRST_LEGAL_VECTOR = 16;
const VECTOR_WORDS = 8;

/** One tick of the bus clock that the timer divides: 100 MHz. */
export const APIC_TICK_NS = 10;

const FIELDS = [
  "base",
  "id",
  "taskPriority",
  "logicalDestination",
  "destinationFormat",
  "spurious",
  "errors",
  "errorsSeen",
  "commandLow",
  "commandHigh",
  "initialCount",
  "divide",
  "startNs",
  "externalLine",
] as const;

export interface LocalApicWiring {
  clock: Clock;
  /** INTR of the processor's core. */
  interrupt: Line;
  raiseNmi: () => void;
  /** INTA to the 8259s: their vector. */
  acknowledgeExternal: () => number;
}

/** What is not a list. */
class Registers {
  /** IA32_APIC_BASE. */
  base = 0;
  id = 0;
  taskPriority = 0;
  logicalDestination = 0;
  destinationFormat = 0;
  spurious = 0;
  /** Errors since the last write to ESR, and what that write made readable. */
  errors = 0;
  errorsSeen = 0;
  commandLow = 0;
  commandHigh = 0;
  initialCount = 0;
  divide = 0;
  /** When the timer's count began. */
  startNs = 0;
  /** The 8259s' INT, which is wired to LINT0. */
  externalLine = false;
}

export class LocalApic implements Device {
  readonly name = "localApic";
  private readonly timer: Timer;
  private range: BusRange | undefined;
  private readonly state = new Registers();
  private readonly vectorTable = new Map<number, number>();
  private readonly inService = new Uint32Array(VECTOR_WORDS);
  private readonly requested = new Uint32Array(VECTOR_WORDS);
  private readonly trigger = new Uint32Array(VECTOR_WORDS);

  constructor(private readonly wiring: LocalApicWiring) {
    this.timer = wiring.clock.timer("localApic", () => this.timerFired());
  }

  attach(_ports: Bus, memory: Bus): void {
    this.range = memory.map(DEFAULT_BASE, PAGE_BYTES, {
      read8: (address) => (this.read(address & 0xffc) >>> ((address & 3) * 8)) & 0xff,
      read16: (address) => (this.read(address & 0xffc) >>> ((address & 2) * 8)) & 0xffff,
      read32: (address) => this.read(address & 0xffc),
      // Narrower writes are undefined; they are as if not made.
      write8: () => {},
      write16: () => {},
      write32: (address, value) => this.write(address & 0xffc, value >>> 0),
    });
  }

  reset(): void {
    this.state.id = 0;
    this.clear();
    this.setBase(DEFAULT_BASE | BASE_ENABLE | BASE_PROCESSOR);
  }

  /** IA32_APIC_BASE, without bits above 31. Disabled, the APIC answers nowhere, and the 8259s go straight to the processor. */
  setBase(value: number): void {
    this.state.base = value >>> 0;
    const enabled = (value & BASE_ENABLE) !== 0;
    this.range?.moveTo(enabled ? (value & ~(PAGE_BYTES - 1)) >>> 0 : undefined);
    if (!enabled) this.clear();
    this.update();
  }

  /** All registers but ID as after RESET. */
  private clear(): void {
    this.state.taskPriority = 0;
    this.state.logicalDestination = 0;
    this.state.destinationFormat = 0xffff_ffff;
    this.state.spurious = 0xff;
    this.state.errors = 0;
    this.state.errorsSeen = 0;
    this.state.commandLow = 0;
    this.state.commandHigh = 0;
    this.state.initialCount = 0;
    this.state.divide = 0;
    for (const at of LVT_WRITABLE.keys()) this.vectorTable.set(at, LVT_MASKED);
    // As QEMU has it: where the manual masks this pin too, a BIOS that knows no APIC would never see an interrupt.
    this.vectorTable.set(LVT_LINT0, EXT_INT << 8);
    for (const words of [this.inService, this.requested, this.trigger]) words.fill(0);
    this.timer.cancel();
  }

  /** The 8259s' INT. */
  setExternal(level: boolean): void {
    const rising = level && !this.state.externalLine;
    this.state.externalLine = level;
    if (rising && this.enabled) this.pin(LVT_LINT0);
    this.update();
  }

  /** INTA: the vector of the interrupt that the processor takes. */
  acknowledge(): number {
    const vector = this.deliverable();
    if (vector >= 0) {
      clearBit(this.requested, vector);
      setBit(this.inService, vector);
      this.update();
      return vector;
    }
    if (this.externalPending) {
      const external = this.wiring.acknowledgeExternal();
      this.update();
      return external;
    }
    return this.state.spurious & 0xff;
  }

  private get enabled(): boolean {
    return (this.state.base & BASE_ENABLE) !== 0;
  }

  /** A pin whose entry makes it an interrupt of the APIC's own, or NMI; ExtINT is a level, not an event. */
  private pin(at: number): void {
    const entry = this.entry(at);
    if ((entry & LVT_MASKED) === 0) this.deliver((entry >>> 8) & 7, entry & 0xff);
  }

  /** Whether the 8259s' request reaches the processor. */
  private get externalPending(): boolean {
    if (!this.state.externalLine) return false;
    const entry = this.entry(LVT_LINT0);
    return !this.enabled || ((entry & LVT_MASKED) === 0 && ((entry >>> 8) & 7) === EXT_INT);
  }

  private entry(at: number): number {
    return this.vectorTable.get(at) ?? LVT_MASKED;
  }

  /** The vector that the processor would take now; -1 without one above the present priority. */
  private deliverable(): number {
    if (!this.enabled || (this.state.spurious & SVR_ENABLE) === 0) return -1;
    const vector = highest(this.requested);
    return vector >>> 4 > this.processorPriority >>> 4 ? vector : -1;
  }

  /** PPR: the higher of TPR and the class of what is in service. */
  private get processorPriority(): number {
    const serving = Math.max(0, highest(this.inService));
    return this.state.taskPriority >>> 4 >= serving >>> 4 ? this.state.taskPriority : serving & 0xf0;
  }

  private update(): void {
    this.wiring.interrupt.set(this.deliverable() >= 0 || this.externalPending);
  }

  private deliver(mode: number, vector: number): void {
    if (mode === NMI) this.wiring.raiseNmi();
    else if (mode === FIXED || mode === LOWEST_PRIORITY) this.request(vector);
  }

  private request(vector: number): void {
    if ((this.state.spurious & SVR_ENABLE) === 0) return;
    if (vector < FIRST_LEGAL_VECTOR) {
      this.fail(RECEIVED_ILLEGAL_VECTOR);
      return;
    }
    setBit(this.requested, vector);
    clearBit(this.trigger, vector);
    this.update();
  }

  private fail(error: number): void {
    const known = (this.state.errors & error) !== 0;
    this.state.errors |= error;
    const entry = this.entry(LVT_ERROR);
    // An error entry whose own vector is illegal must not go round in circles.
    if (!known && (entry & LVT_MASKED) === 0 && (entry & 0xff) >= FIRST_LEGAL_VECTOR) this.request(entry & 0xff);
  }

  private read(address: number): number {
    const at = address & ~0xf;
    if ((address & 0xc) !== 0) return 0;
    if (LVT_WRITABLE.has(at)) return this.entry(at);
    if (at >= ISR && at < ESR) {
      const words = at < TMR ? this.inService : at < IRR ? this.trigger : this.requested;
      return words[(at >>> 4) & 7];
    }
    switch (at) {
      case ID:
        return this.state.id;
      case VERSION:
        return VERSION_VALUE;
      case TPR:
        return this.state.taskPriority;
      case PPR:
        return this.processorPriority;
      case APR:
      case EOI:
        return 0;
      case LDR:
        return this.state.logicalDestination;
      case DFR:
        return this.state.destinationFormat;
      case SVR:
        return this.state.spurious;
      case ESR:
        return this.state.errorsSeen;
      case ICR_LOW:
        return this.state.commandLow;
      case ICR_HIGH:
        return this.state.commandHigh;
      case INITIAL_COUNT:
        return this.state.initialCount;
      case CURRENT_COUNT:
        return this.currentCount();
      case DIVIDE:
        return this.state.divide;
      default:
        this.fail(ILLEGAL_REGISTER);
        return 0;
    }
  }

  private write(address: number, value: number): void {
    const at = address & ~0xf;
    if ((address & 0xc) !== 0) return;
    if (LVT_WRITABLE.has(at)) {
      this.writeEntry(at, value);
      return;
    }
    switch (at) {
      case ID:
        this.state.id = (value & 0xff00_0000) >>> 0;
        break;
      case TPR:
        this.state.taskPriority = value & 0xff;
        break;
      case EOI: {
        const vector = highest(this.inService);
        if (vector >= 0) clearBit(this.inService, vector);
        break;
      }
      case LDR:
        this.state.logicalDestination = (value & 0xff00_0000) >>> 0;
        break;
      case DFR:
        this.state.destinationFormat = (value | 0x0fff_ffff) >>> 0;
        break;
      case SVR:
        this.state.spurious = value & 0x3ff;
        if ((value & SVR_ENABLE) === 0) {
          for (const [entry, old] of this.vectorTable) this.vectorTable.set(entry, old | LVT_MASKED);
        }
        break;
      case ESR:
        this.state.errorsSeen = this.state.errors;
        this.state.errors = 0;
        break;
      case ICR_HIGH:
        this.state.commandHigh = (value & 0xff00_0000) >>> 0;
        break;
      case ICR_LOW:
        this.state.commandLow = value & ICR_WRITABLE;
        this.send();
        break;
      case INITIAL_COUNT:
        this.state.initialCount = value;
        this.startTimer(this.wiring.clock.nowNs());
        break;
      case DIVIDE:
        this.changeDivide(value & 0xb);
        break;
      case VERSION:
      case APR:
      case PPR:
      case CURRENT_COUNT:
        break;
      default:
        if (at < ISR || at >= ESR) this.fail(ILLEGAL_REGISTER);
    }
    this.update();
  }

  private writeEntry(at: number, value: number): void {
    const writable = LVT_WRITABLE.get(at) ?? 0;
    // While the APIC is disabled by software every entry stays masked.
    const forced = this.state.spurious & SVR_ENABLE ? 0 : LVT_MASKED;
    this.vectorTable.set(at, (value & writable) | forced);
    this.update();
  }

  /** An interprocessor interrupt; the only processor it can reach is this one. */
  private send(): void {
    const shorthand = (this.state.commandLow >>> 18) & 3;
    const mode = (this.state.commandLow >>> 8) & 7;
    const vector = this.state.commandLow & 0xff;
    if ((mode === FIXED || mode === LOWEST_PRIORITY) && vector < FIRST_LEGAL_VECTOR) {
      this.fail(SEND_ILLEGAL_VECTOR);
      return;
    }
    if (shorthand === TO_OTHERS) return;
    if (shorthand === TO_SELF || shorthand === TO_ALL || this.isDestination()) this.deliver(mode, vector);
  }

  private isDestination(): boolean {
    const destination = this.state.commandHigh >>> 24;
    if (destination === EVERYBODY) return true;
    if ((this.state.commandLow & ICR_LOGICAL) === 0) return destination === this.state.id >>> 24;
    const own = this.state.logicalDestination >>> 24;
    const flat = this.state.destinationFormat >>> 28 === 0xf;
    if (flat) return (destination & own) !== 0;
    return destination >>> 4 === own >>> 4 && (destination & own & 0xf) !== 0;
  }

  /** What one count lasts. */
  private get countNs(): number {
    const code = (this.state.divide & 3) | ((this.state.divide >>> 1) & 4);
    return APIC_TICK_NS * (code === 7 ? 1 : 2 << code);
  }

  private startTimer(nowNs: number): void {
    this.state.startNs = nowNs;
    if (this.state.initialCount === 0) this.timer.cancel();
    else this.timer.arm(nowNs + this.state.initialCount * this.countNs);
  }

  /** The counter goes on from where it is, at another pace. */
  private changeDivide(value: number): void {
    const left = this.currentCount();
    const nowNs = this.wiring.clock.nowNs();
    this.state.divide = value;
    if (left === 0) return;
    this.state.startNs = nowNs - (this.state.initialCount - left) * this.countNs;
    this.timer.arm(nowNs + left * this.countNs);
  }

  private currentCount(): number {
    if (this.state.initialCount === 0 || this.timer.deadlineNs === Number.POSITIVE_INFINITY) return 0;
    const passed = Math.floor((this.wiring.clock.nowNs() - this.state.startNs) / this.countNs);
    return Math.max(0, this.state.initialCount - passed);
  }

  private timerFired(): void {
    const entry = this.entry(LVT_TIMER);
    // From the deadline on, not from now: a late look must not make the period longer.
    if (entry & LVT_PERIODIC) this.startTimer(this.state.startNs + this.state.initialCount * this.countNs);
    if ((entry & LVT_MASKED) === 0) this.request(entry & 0xff);
  }

  save(): DeviceState {
    return {
      ...saveFields(this.state, FIELDS),
      vectorTable: [...LVT_WRITABLE.keys()].map((at) => this.entry(at)),
      inService: [...this.inService],
      requested: [...this.requested],
      trigger: [...this.trigger],
    };
  }

  load(state: DeviceState): void {
    loadFields(this.state, FIELDS, state);
    const entries = numbersField(state, "vectorTable", LVT_WRITABLE.size);
    [...LVT_WRITABLE.keys()].forEach((at, i) => {
      this.vectorTable.set(at, entries[i]);
    });
    this.inService.set(numbersField(state, "inService", VECTOR_WORDS));
    this.requested.set(numbersField(state, "requested", VECTOR_WORDS));
    this.trigger.set(numbersField(state, "trigger", VECTOR_WORDS));
    const base = numberField(state, "base");
    this.range?.moveTo(base & BASE_ENABLE ? (base & ~(PAGE_BYTES - 1)) >>> 0 : undefined);
    this.update();
  }
}

function setBit(words: Uint32Array, vector: number): void {
  words[vector >>> 5] |= 1 << (vector & 31);
}

function clearBit(words: Uint32Array, vector: number): void {
  words[vector >>> 5] &= ~(1 << (vector & 31));
}

/** The highest vector whose bit is set, or -1. */
function highest(words: Uint32Array): number {
  for (let i = VECTOR_WORDS - 1; i >= 0; i--) if (words[i] !== 0) return i * 32 + 31 - Math.clz32(words[i]);
  return -1;
}
