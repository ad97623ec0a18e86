// The two 8259A programmable interrupt controllers of a PC: the slave's INT is wired to IR2 of the master.
// Sources: Intel 8259A data sheet (order no. 231468); the edge/level registers are those of the 82371SB (PIIX3).

import type { Bus, Device, DeviceState, Line } from "../bus.ts";
import { loadFields, saveFields, stateField } from "./state.ts";

const MASTER = 0x20;
const SLAVE = 0xa0;
const ELCR_MASTER = 0x4d0;
const ELCR_SLAVE = 0x4d1;
const CASCADE = 2;

// ICW1 and OCW2/OCW3 share the even port.
const ICW1 = 0x10;
const ICW1_IC4 = 0x01;
const ICW1_SNGL = 0x02;
const ICW1_LTIM = 0x08;
const ICW4_AEOI = 0x02;
const ICW4_SFNM = 0x10;
const OCW3 = 0x08;
const OCW3_RIS = 0x01;
const OCW3_RR = 0x02;
const OCW3_P = 0x04;
const OCW3_SMM = 0x20;
const OCW3_ESMM = 0x40;

// OCW2 bits 7..5: R, SL, EOI.
const ROTATE_IN_AEOI_CLEAR = 0;
const NONSPECIFIC_EOI = 1;
const SPECIFIC_EOI = 3;
const ROTATE_IN_AEOI_SET = 4;
const ROTATE_NONSPECIFIC_EOI = 5;
const SET_PRIORITY = 6;
const ROTATE_SPECIFIC_EOI = 7;

/** What comes next at the odd port: the rest of an initialisation, or OCW1. */
const READY = 0;
const EXPECT_ICW2 = 1;
const EXPECT_ICW3 = 2;
const EXPECT_ICW4 = 3;

const CHIP_FIELDS = [
  "irr",
  "isr",
  "imr",
  "levels",
  "elcr",
  "vectorBase",
  "icw1",
  "icw3",
  "icw4",
  "expect",
  "lowestPriority",
  "specialMask",
  "rotateInAeoi",
  "readIsr",
  "poll",
] as const;

/** One 8259A. */
class Pic8259 {
  /** Interrupt request, in-service and mask registers. */
  irr = 0;
  isr = 0;
  imr = 0;
  /** Levels of the IR pins. */
  levels = 0;
  elcr = 0;
  vectorBase = 0;
  icw1 = 0;
  icw3 = 0;
  icw4 = 0;
  expect = READY;
  lowestPriority = 7;
  specialMask = false;
  rotateInAeoi = false;
  readIsr = false;
  poll = false;

  constructor(
    /** The pins whose level mode the board allows to be chosen. */
    private readonly elcrMask: number,
    private readonly int: Line,
  ) {}

  reset(): void {
    // The pins keep their levels: those are their devices' business.
    this.irr = 0;
    this.isr = 0;
    this.imr = 0;
    this.elcr = 0;
    this.vectorBase = 0;
    this.icw1 = 0;
    this.icw3 = 0;
    this.icw4 = 0;
    this.expect = READY;
    this.lowestPriority = 7;
    this.specialMask = false;
    this.rotateInAeoi = false;
    this.readIsr = false;
    this.poll = false;
    this.updateInt();
  }

  /** Drives pin IR`n`. In edge mode a request that falls before it is acknowledged is lost (the acknowledge is then spurious). */
  setPin(n: number, level: boolean): void {
    const bit = 1 << n;
    const was = (this.levels & bit) !== 0;
    if (was === level) return;
    if (level) {
      this.levels |= bit;
      this.irr |= bit;
    } else {
      this.levels &= ~bit;
      this.irr &= ~bit;
    }
    this.updateInt();
  }

  /** The INTA sequence: the IR number taken, or undefined when no request is left (spurious; the data sheet's default IR7). */
  acknowledge(): number | undefined {
    const n = this.highestRequest();
    if (n !== undefined) {
      const bit = 1 << n;
      if (!this.isLevel(n)) this.irr &= ~bit;
      if (this.icw4 & ICW4_AEOI) {
        if (this.rotateInAeoi) this.lowestPriority = n;
      } else this.isr |= bit;
    }
    // INT falls with INTA, and rises again if another request may be served: the master must see that edge.
    this.int.set(false);
    this.updateInt();
    return n;
  }

  vector(n: number): number {
    return this.vectorBase | n;
  }

  /** Whether IR`n` has a slave on it. */
  hasSlave(n: number): boolean {
    return (this.icw1 & ICW1_SNGL) === 0 && ((this.icw3 >> n) & 1) !== 0;
  }

  writeElcr(value: number): void {
    this.elcr = value & this.elcrMask;
    // A pin that is now level-triggered requests as long as it is high.
    this.irr |= this.levels & this.elcr;
    this.updateInt();
  }

  writeEven(value: number): void {
    if (value & ICW1) this.initialise(value);
    else if (value & OCW3) this.writeOcw3(value);
    else this.writeOcw2(value >> 5, value & 7);
    this.updateInt();
  }

  writeOdd(value: number): void {
    switch (this.expect) {
      case EXPECT_ICW2:
        this.vectorBase = value & 0xf8;
        this.expect = (this.icw1 & ICW1_SNGL) === 0 ? EXPECT_ICW3 : this.afterIcw3();
        break;
      case EXPECT_ICW3:
        this.icw3 = value;
        this.expect = this.afterIcw3();
        break;
      case EXPECT_ICW4:
        this.icw4 = value;
        this.expect = READY;
        break;
      default:
        this.imr = value;
    }
    this.updateInt();
  }

  readEven(): number {
    if (this.poll) return this.readPoll();
    return this.readIsr ? this.isr : this.irr;
  }

  readOdd(): number {
    return this.poll ? this.readPoll() : this.imr;
  }

  updateInt(): void {
    this.int.set(this.highestRequest() !== undefined);
  }

  private afterIcw3(): number {
    return this.icw1 & ICW1_IC4 ? EXPECT_ICW4 : READY;
  }

  private initialise(icw1: number): void {
    this.icw1 = icw1;
    this.icw4 = 0;
    this.imr = 0;
    this.isr = 0;
    this.lowestPriority = 7;
    this.specialMask = false;
    this.rotateInAeoi = false;
    this.readIsr = false;
    this.poll = false;
    this.expect = EXPECT_ICW2;
    // The edge sense circuit is reset: a pin in edge mode must rise anew.
    this.irr = icw1 & ICW1_LTIM ? this.levels : this.levels & this.elcr;
  }

  private writeOcw3(value: number): void {
    if (value & OCW3_ESMM) this.specialMask = (value & OCW3_SMM) !== 0;
    if (value & OCW3_RR) this.readIsr = (value & OCW3_RIS) !== 0;
    this.poll = (value & OCW3_P) !== 0;
  }

  private writeOcw2(command: number, level: number): void {
    switch (command) {
      case NONSPECIFIC_EOI:
      case ROTATE_NONSPECIFIC_EOI: {
        // In special mask mode an in-service bit that is masked is not seen.
        const n = this.highest(this.specialMask ? this.isr & ~this.imr : this.isr);
        if (n === undefined) break;
        this.isr &= ~(1 << n);
        if (command === ROTATE_NONSPECIFIC_EOI) this.lowestPriority = n;
        break;
      }
      case SPECIFIC_EOI:
      case ROTATE_SPECIFIC_EOI:
        this.isr &= ~(1 << level);
        if (command === ROTATE_SPECIFIC_EOI) this.lowestPriority = level;
        break;
      case ROTATE_IN_AEOI_CLEAR:
      case ROTATE_IN_AEOI_SET:
        this.rotateInAeoi = command === ROTATE_IN_AEOI_SET;
        break;
      case SET_PRIORITY:
        this.lowestPriority = level;
        break;
    }
  }

  /** A read after a poll command stands for INTA. */
  private readPoll(): number {
    this.poll = false;
    const n = this.acknowledge();
    return n === undefined ? 0 : 0x80 | n;
  }

  private isLevel(n: number): boolean {
    return (this.icw1 & ICW1_LTIM) !== 0 || ((this.elcr >> n) & 1) !== 0;
  }

  /** Place of IR`n` in the present order of priority, 0 the highest. */
  private rank(n: number): number {
    return (n - this.lowestPriority - 1) & 7;
  }

  private highest(bits: number): number | undefined {
    for (let rank = 0; rank < 8; rank++) {
      const n = (this.lowestPriority + 1 + rank) & 7;
      if ((bits >> n) & 1) return n;
    }
    return undefined;
  }

  /** The request that may interrupt what is in service, or undefined. */
  private highestRequest(): number | undefined {
    const request = this.highest(this.irr & ~this.imr);
    if (request === undefined) return undefined;
    let serving = this.isr;
    if (this.specialMask) serving &= ~this.imr;
    // Special fully nested: the slave may interrupt itself with a request of its own higher priority.
    if (this.icw4 & ICW4_SFNM) serving &= ~this.icw3;
    const inService = this.highest(serving);
    return inService === undefined || this.rank(request) < this.rank(inService) ? request : undefined;
  }
}

export interface PicWiring {
  /** INTR of the processor. */
  cpu: Line;
}

/** Both controllers; IRQ 0..7 on the master, 8..15 on the slave. */
export class Pic implements Device {
  readonly name = "pic";
  private readonly master: Pic8259;
  private readonly slave: Pic8259;
  private readonly lines: Line[] = [];

  constructor(wiring: PicWiring) {
    const master = new Pic8259(0xf8, wiring.cpu);
    this.master = master;
    this.slave = new Pic8259(0xde, { set: (level) => master.setPin(CASCADE, level) });
    for (let irq = 0; irq < 16; irq++) {
      const chip = irq < 8 ? this.master : this.slave;
      this.lines.push({ set: (level) => chip.setPin(irq & 7, level) });
    }
  }

  /** Interrupt request line `irq`, 0..15; 2 is the cascade and not for devices. */
  line(irq: number): Line {
    const line = this.lines[irq];
    if (line === undefined || irq === CASCADE) throw new RangeError(`pic: no interrupt request line ${irq}`);
    return line;
  }

  /** The processor's INTA cycle: the vector to serve. Without a request it is that of IRQ 7 (or 15), and nothing is in service. */
  acknowledge(): number {
    const n = this.master.acknowledge();
    if (n === undefined) return this.master.vector(7);
    if (!this.master.hasSlave(n)) return this.master.vector(n);
    return this.slave.vector(this.slave.acknowledge() ?? 7);
  }

  attach(ports: Bus): void {
    for (const [base, chip] of [
      [MASTER, this.master],
      [SLAVE, this.slave],
    ] as const) {
      ports.map(base, 2, {
        read8: (port) => (port === base ? chip.readEven() : chip.readOdd()),
        write8: (port, value) => (port === base ? chip.writeEven(value) : chip.writeOdd(value)),
      });
    }
    ports.map(ELCR_MASTER, 2, {
      read8: (port) => (port === ELCR_SLAVE ? this.slave.elcr : this.master.elcr),
      write8: (port, value) => (port === ELCR_SLAVE ? this.slave : this.master).writeElcr(value),
    });
  }

  reset(): void {
    this.master.reset();
    this.slave.reset();
  }

  save(): DeviceState {
    return { master: saveFields(this.master, CHIP_FIELDS), slave: saveFields(this.slave, CHIP_FIELDS) };
  }

  load(state: DeviceState): void {
    loadFields(this.slave, CHIP_FIELDS, stateField(state, "slave"));
    loadFields(this.master, CHIP_FIELDS, stateField(state, "master"));
    this.master.updateInt();
  }
}
