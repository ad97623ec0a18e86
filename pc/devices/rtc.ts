// The MC146818 real-time clock with the PC's CMOS memory: index port 70h (its bit 7 masks NMI), data port 71h, IRQ 8.
// The time registers hold what the chip's hold and are counted on once a second; how many seconds are due follows from the clock.
// Sources: Motorola MC146818A data sheet; IBM PC AT Technical Reference, "Real-time clock/CMOS RAM".

import type { Bus, Device, DeviceState, Line } from "../bus.ts";
import type { Clock, Timer } from "../clock.ts";
import type { DiskShape, Translation } from "./disk-geometry.ts";
import { bytesField, loadFields, saveFields } from "./state.ts";

const INDEX = 0x70;
const DATA = 0x71;

const SECONDS = 0x00;
const SECONDS_ALARM = 0x01;
const MINUTES = 0x02;
const MINUTES_ALARM = 0x03;
const HOURS = 0x04;
const HOURS_ALARM = 0x05;
const DAY_OF_WEEK = 0x06;
const DATE = 0x07;
const MONTH = 0x08;
const YEAR = 0x09;
const REGISTER_A = 0x0a;
const REGISTER_B = 0x0b;
const REGISTER_C = 0x0c;
const REGISTER_D = 0x0d;
const CENTURY = 0x32;

const A_UIP = 0x80;
const A_DIVIDER_RESET = 0x60;
const B_24H = 0x02;
const B_BINARY = 0x04;
const B_UIE = 0x10;
const B_AIE = 0x20;
const B_PIE = 0x40;
const B_SET = 0x80;
const C_UF = 0x10;
const C_AF = 0x20;
const C_PF = 0x40;
const C_IRQF = 0x80;
const D_VALID = 0x80;

const PM = 0x80;
/** Alarm bytes from C0h up match everything. */
const DONT_CARE = 0xc0;

const DISK_TYPES = 0x12;
/** The nibble that says "see the byte behind", and that byte's type with a table of its own. */
const DISK_TYPE_EXTENDED = 0x0f;
const DISK_TYPE_USER = 47;
/** Types and tables of the first two disks. */
const DISK_TYPE_BYTES = [0x19, 0x1a];
const DISK_TABLES = [0x1b, 0x24];
const DISK_TRANSLATIONS = 0x39;
const BOOT_ORDER = 0x3d;
const BOOT_ORDER_THIRD = 0x38;
const BOOT_MENU = 0x40;

// Codes as the BIOSes of virtual PCs read them.
const TRANSLATION_CODES: Record<Translation, number> = { none: 0, lba: 1, large: 2 };
const BOOT_CODES: Record<string, number> = { a: 1, c: 2, d: 3 };
const DEFAULT_BOOT_ORDER = "acd";

const SECOND_NS = 1e9;
/** UIP rises this long before the registers change. */
const UPDATE_WARNING_NS = 244_000;
/** One period of the 32.768 kHz crystal; a double holds it exactly. */
const CRYSTAL_NS = 1e9 / 32768;

/** What the PC's set-up program wrote into the CMOS. */
export interface CmosOptions {
  /** Time at reset; the clock keeps it as it is written, in UTC. */
  startTime: Date;
  /** Bytes of RAM. */
  memoryBytes: number;
  /** Types of drives A and B: 0 none, 1 360K, 2 1.2M, 3 720K, 4 1.44M, 5 2.88M. */
  floppyTypes: [number, number];
  /** Hard disks, primary master to secondary slave. */
  disks?: readonly (DiskShape | undefined)[];
  /** Drives to boot from: `a` floppy, `c` hard disk, `d` CD. */
  bootOrder?: string;
  /** Another order for the first time, until the machine is reset. */
  bootOnce?: string;
  /** The BIOS offers a menu. */
  bootMenu?: boolean;
}

export interface RtcWiring extends CmosOptions {
  clock: Clock;
  /** IRQ 8. */
  irq: Line;
}

export class Rtc implements Device {
  readonly name = "rtc";
  // Public only for save and load.
  index = 0;
  nmiMasked = false;
  /** A moment at which a second began; all other seconds follow. */
  secondStartNs = 0;
  /** Crystal periods of the divider chain up to the last read of the periodic flag. */
  periodsSeen = 0;
  /** Divider held in reset: time stands. */
  stopped = false;
  private cmos: Uint8Array = new Uint8Array(128);
  private readonly timer: Timer;
  private hasStarted = false;

  constructor(private readonly wiring: RtcWiring) {
    this.timer = wiring.clock.timer("rtc", () => {
      this.sync();
      this.arm();
    });
    this.writeSetup();
  }

  attach(ports: Bus): void {
    ports.map(INDEX, 2, {
      read8: (port) => (port === DATA ? this.read() : 0xff),
      write8: (port, value) => {
        if (port === DATA) this.write(value);
        else {
          this.index = value & 0x7f;
          this.nmiMasked = (value & 0x80) !== 0;
        }
      },
    });
  }

  /** RESET clears the interrupt enables and flags; time and memory are kept by the battery. */
  reset(): void {
    // Of the resets power-on is the first.
    if (this.wiring.bootOnce !== undefined && this.hasStarted) {
      this.writeBootOrder(this.wiring.bootOrder ?? DEFAULT_BOOT_ORDER);
    }
    this.hasStarted = true;
    this.sync();
    this.index = 0;
    this.nmiMasked = false;
    this.cmos[REGISTER_B] &= ~(B_UIE | B_AIE | B_PIE);
    this.cmos[REGISTER_C] = 0;
    this.wiring.irq.set(false);
    this.arm();
  }

  /** A CMOS byte, without the side effects of a read by the guest. */
  peek(index: number): number {
    this.sync();
    return this.cmos[index & 0x7f];
  }

  /** Sets a CMOS byte, as a set-up program would. */
  poke(index: number, value: number): void {
    this.cmos[index & 0x7f] = value;
  }

  save(): DeviceState {
    this.sync();
    return {
      ...saveFields<Rtc>(this, ["index", "nmiMasked", "secondStartNs", "periodsSeen", "stopped"]),
      cmos: this.cmos.slice(),
    };
  }

  load(state: DeviceState): void {
    loadFields<Rtc>(this, ["index", "nmiMasked", "secondStartNs", "periodsSeen", "stopped"], state);
    this.cmos = bytesField(state, "cmos", 128);
  }

  private read(): number {
    this.sync();
    const value = this.cmos[this.index];
    if (this.index === REGISTER_A) return value | (this.updateSoon() ? A_UIP : 0);
    if (this.index === REGISTER_C) {
      this.cmos[REGISTER_C] = 0;
      this.updateIrq();
      this.arm();
    }
    return value;
  }

  private write(value: number): void {
    this.sync();
    switch (this.index) {
      case REGISTER_A:
        this.writeA(value & 0x7f);
        break;
      case REGISTER_B:
        // SET stops an update in its tracks and takes the update interrupt with it.
        this.cmos[REGISTER_B] = value & B_SET ? value & ~B_UIE : value;
        this.updateIrq();
        break;
      case REGISTER_C:
      case REGISTER_D:
        break;
      default:
        this.cmos[this.index] = value;
    }
    this.arm();
  }

  private writeA(value: number): void {
    this.cmos[REGISTER_A] = value;
    const stop = (value & A_DIVIDER_RESET) === A_DIVIDER_RESET;
    if (stop === this.stopped) return;
    this.stopped = stop;
    // The first update comes half a second after the divider is let go.
    this.secondStartNs = this.wiring.clock.nowNs() - SECOND_NS / 2;
    this.periodsSeen = this.periodsNow();
  }

  private updateSoon(): boolean {
    if (this.stopped || this.cmos[REGISTER_B] & B_SET) return false;
    return this.wiring.clock.nowNs() >= this.secondStartNs + SECOND_NS - UPDATE_WARNING_NS;
  }

  /** Crystal periods between two periodic interrupts, or 0 for none. */
  private get periodicRate(): number {
    const rs = this.cmos[REGISTER_A] & 15;
    if (rs === 0) return 0;
    return 1 << (rs < 3 ? rs + 6 : rs - 1);
  }

  /** Crystal periods since the second began that `secondStartNs` names. */
  private periodsNow(): number {
    return Math.floor((this.wiring.clock.nowNs() - this.secondStartNs) / CRYSTAL_NS);
  }

  /** Makes all updates and periodic ticks happen that are due. */
  private sync(): void {
    if (this.stopped) return;
    const periods = this.periodsNow();
    const rate = this.periodicRate;
    if (rate > 0 && Math.floor(periods / rate) > Math.floor(this.periodsSeen / rate)) this.cmos[REGISTER_C] |= C_PF;
    this.periodsSeen = periods;
    while (this.wiring.clock.nowNs() >= this.secondStartNs + SECOND_NS) {
      this.secondStartNs += SECOND_NS;
      this.periodsSeen -= 32768;
      if ((this.cmos[REGISTER_B] & B_SET) === 0) this.update();
    }
    this.updateIrq();
  }

  private updateIrq(): void {
    const c = this.cmos[REGISTER_C] & (C_PF | C_AF | C_UF);
    const raised = (c & this.cmos[REGISTER_B] & (B_PIE | B_AIE | B_UIE)) !== 0;
    this.cmos[REGISTER_C] = c | (raised ? C_IRQF : 0);
    this.wiring.irq.set(raised);
  }

  /** Sets the timer for the next moment at which an interrupt could rise; with none enabled the clock needs no timer. */
  private arm(): void {
    const b = this.cmos[REGISTER_B];
    const c = this.cmos[REGISTER_C];
    let next = Number.POSITIVE_INFINITY;
    if (!this.stopped && (c & C_IRQF) === 0) {
      if (b & (B_UIE | B_AIE)) next = this.secondStartNs + SECOND_NS;
      const rate = this.periodicRate;
      if (b & B_PIE && rate > 0) {
        const period = (Math.floor(this.periodsSeen / rate) + 1) * rate;
        next = Math.min(next, Math.ceil(this.secondStartNs + period * CRYSTAL_NS));
      }
    }
    if (next === Number.POSITIVE_INFINITY) this.timer.cancel();
    else this.timer.arm(next);
  }

  /** One second goes by in the time registers. */
  private update(): void {
    if (this.count(SECONDS, 0, 59) && this.count(MINUTES, 0, 59) && this.countHour()) this.countDay();
    this.cmos[REGISTER_C] |= C_UF;
    const matches = (time: number, alarm: number): boolean =>
      this.cmos[alarm] >= DONT_CARE || this.cmos[alarm] === this.cmos[time];
    if (matches(SECONDS, SECONDS_ALARM) && matches(MINUTES, MINUTES_ALARM) && matches(HOURS, HOURS_ALARM)) {
      this.cmos[REGISTER_C] |= C_AF;
    }
  }

  private decode(value: number): number {
    return this.cmos[REGISTER_B] & B_BINARY ? value : (value >> 4) * 10 + (value & 15);
  }

  private encode(value: number): number {
    return this.cmos[REGISTER_B] & B_BINARY ? value : (Math.floor(value / 10) << 4) | (value % 10);
  }

  /** Counts a register on; true when it went past `last` and back to `first`. */
  private count(register: number, first: number, last: number): boolean {
    const next = this.decode(this.cmos[register]) + 1;
    const wrapped = next > last;
    this.cmos[register] = this.encode(wrapped ? first : next);
    return wrapped;
  }

  /** True when a day ended. */
  private countHour(): boolean {
    if (this.cmos[REGISTER_B] & B_24H) return this.count(HOURS, 0, 23);
    // 12-hour mode counts 12, 1, ... 11, with bit 7 for the afternoon.
    const pm = this.cmos[HOURS] & PM;
    const hour = (this.decode(this.cmos[HOURS] & 0x7f) % 12) + 1;
    const half = hour === 12 ? pm ^ PM : pm;
    this.cmos[HOURS] = this.encode(hour) | half;
    return hour === 12 && pm !== 0;
  }

  private countDay(): void {
    this.count(DAY_OF_WEEK, 1, 7);
    const month = this.decode(this.cmos[MONTH]);
    const year = this.decode(this.cmos[YEAR]);
    // The chip knows only "divisible by four"; with the century of the PC that is right until 2099.
    const days = month === 2 ? (year % 4 === 0 ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
    if (!this.count(DATE, 1, days) || !this.count(MONTH, 1, 12)) return;
    if (this.count(YEAR, 0, 99)) {
      const century = (this.cmos[CENTURY] >> 4) * 10 + (this.cmos[CENTURY] & 15) + 1;
      this.cmos[CENTURY] = (Math.floor((century % 100) / 10) << 4) | (century % 10);
    }
  }

  private writeSetup(): void {
    const { startTime, memoryBytes, floppyTypes } = this.wiring;
    const cmos = this.cmos;
    cmos[REGISTER_A] = 0x26;
    cmos[REGISTER_B] = B_24H;
    cmos[REGISTER_D] = D_VALID;
    cmos[SECONDS] = this.encode(startTime.getUTCSeconds());
    cmos[MINUTES] = this.encode(startTime.getUTCMinutes());
    cmos[HOURS] = this.encode(startTime.getUTCHours());
    cmos[DAY_OF_WEEK] = this.encode(startTime.getUTCDay() + 1);
    cmos[DATE] = this.encode(startTime.getUTCDate());
    cmos[MONTH] = this.encode(startTime.getUTCMonth() + 1);
    cmos[YEAR] = this.encode(startTime.getUTCFullYear() % 100);
    cmos[CENTURY] = this.encode(Math.floor(startTime.getUTCFullYear() / 100) % 100);
    this.secondStartNs = this.wiring.clock.nowNs() - startTime.getUTCMilliseconds() * 1e6;
    cmos[0x10] = (floppyTypes[0] << 4) | floppyTypes[1];
    // Equipment: drives present and how many, coprocessor, display with its own BIOS.
    const drives = floppyTypes.filter((type) => type !== 0).length;
    cmos[0x14] = 0x02 | (drives > 0 ? 0x01 | ((drives - 1) << 6) : 0);
    this.writeWord(0x15, 640);
    const extendedKib = Math.min(0xffff, Math.max(0, Math.floor(memoryBytes / 1024) - 1024));
    this.writeWord(0x17, extendedKib);
    this.writeWord(0x30, extendedKib);
    const above16M = Math.min(0xffff, Math.max(0, Math.floor((memoryBytes - 16 * 1024 * 1024) / 65536)));
    this.writeWord(0x34, above16M);
    this.writeDisks(this.wiring.disks ?? []);
    const { bootOrder = DEFAULT_BOOT_ORDER, bootOnce, bootMenu } = this.wiring;
    this.writeBootOrder(bootOnce ?? bootOrder);
    cmos[BOOT_MENU] = bootMenu ? 1 : 0;
    let checksum = 0;
    for (let i = 0x10; i <= 0x2d; i++) checksum += cmos[i];
    cmos[0x2e] = checksum >> 8;
    cmos[0x2f] = checksum & 0xff;
  }

  private writeBootOrder(letters: string): void {
    const order = Array.from(letters, (letter) => BOOT_CODES[letter] ?? 0);
    this.cmos[BOOT_ORDER] = (order[0] ?? 0) | ((order[1] ?? 0) << 4);
    this.cmos[BOOT_ORDER_THIRD] = (order[2] ?? 0) << 4;
  }

  private writeDisks(disks: readonly (DiskShape | undefined)[]): void {
    const { cmos } = this;
    disks.forEach((disk, place) => {
      if (disk === undefined) return;
      cmos[DISK_TRANSLATIONS] |= TRANSLATION_CODES[disk.translation] << (place * 2);
      if (place >= DISK_TABLES.length) return;
      const { cylinders, heads, sectorsPerTrack } = disk.geometry;
      cmos[DISK_TYPES] |= place === 0 ? DISK_TYPE_EXTENDED << 4 : DISK_TYPE_EXTENDED;
      cmos[DISK_TYPE_BYTES[place]] = DISK_TYPE_USER;
      const table = DISK_TABLES[place];
      this.writeWord(table, cylinders);
      cmos[table + 2] = heads;
      this.writeWord(table + 3, 0xffff); // no write precompensation
      cmos[table + 5] = 0xc0 | (heads > 8 ? 0x08 : 0); // control byte
      this.writeWord(table + 6, cylinders); // landing zone
      cmos[table + 8] = sectorsPerTrack;
    });
  }

  private writeWord(index: number, value: number): void {
    this.cmos[index] = value & 0xff;
    this.cmos[index + 1] = value >> 8;
  }
}
