// The 82077AA floppy disk controller: registers, the three phases of a command, and the commands that move no data.
// The data commands (read, write, verify, scan, format) are in fdc-transfer.ts. IRQ 6, DMA channel 2.
// Source: Intel 82077AA data sheet (order no. 290166), whose names are used; the register model is the PC AT's.
// Mechanics are quick and always the same: a seek takes 50 µs, a sector 20 µs.

import type { Bus, Device, DeviceState, Line } from "../bus.ts";
import type { Clock, Timer } from "../clock.ts";
import type { DmaChannel } from "./dma.ts";
import { FdcTransfer } from "./fdc-transfer.ts";
import { FloppyDrive } from "./floppy-drive.ts";
import { loadFields, numbersField, saveFields, stateField } from "./state.ts";

const BASE = 0x3f0;
const DOR = 2;
const TDR = 3;
const MSR_DSR = 4;
const FIFO = 5;
const DIR_CCR = 0x3f7;

const DOR_NOT_RESET = 0x04;
const DOR_DMA_GATE = 0x08;
const DOR_MOTORS = 0xf0;
const DSR_RESET = 0x80;
const DIR_CHANGE = 0x80;

const MSR_RQM = 0x80;
const MSR_DIO = 0x40;
const MSR_NON_DMA = 0x20;
const MSR_BUSY = 0x10;

const ST0_ABNORMAL = 0x40;
const ST0_INVALID = 0x80;
const ST0_POLLING = 0xc0;
const ST0_SEEK_END = 0x20;
const ST0_EQUIPMENT_CHECK = 0x10;

const ST3_WRITE_PROTECTED = 0x40;
const ST3_TRACK_0 = 0x10;
const ST3_ALWAYS = 0x28;

// Configure byte.
const EIS = 0x40;
const NO_FIFO = 0x20;
const NO_POLL = 0x10;
const CONFIGURE_DEFAULT = NO_FIFO;
/** EFIFO and the FIFO threshold. */
const KEPT_BY_LOCK = 0x2f;

/** The chip comes up at 250 kbit/s; there are BIOSes that never set 500, which the disks of today need, because no emulator asks. */
const RATE_AFTER_RESET = 0;

/** Before power-on: a number that JSON can carry. */
const LONG_AGO_NS = -1e12;
/** A motor needs this long before a driver believes that it turns. */
const SPIN_UP_NS = 1_000_000_000;
const SEEK_NS = 50_000;
const RESET_NS = 20_000;
const RECALIBRATE_STEPS = 79;
const NONE = -1;

/** A command: bytes it takes with the opcode, and the bits of the opcode byte that must be as in the table. */
interface Command {
  opcode: number;
  mask: number;
  length: number;
  run: (fdc: Fdc, bytes: readonly number[]) => void;
}

const transfer = (fdc: Fdc, bytes: readonly number[]): void => fdc.beginTransfer(bytes);

const COMMANDS: readonly Command[] = [
  { opcode: 0x02, mask: 0x9f, length: 9, run: transfer }, // Read Track
  { opcode: 0x03, mask: 0xff, length: 3, run: (fdc, bytes) => fdc.specify(bytes) },
  { opcode: 0x04, mask: 0xff, length: 2, run: (fdc, bytes) => fdc.senseDriveStatus(bytes[1]) },
  { opcode: 0x05, mask: 0x3f, length: 9, run: transfer }, // Write Data
  { opcode: 0x06, mask: 0x1f, length: 9, run: transfer }, // Read Data
  { opcode: 0x07, mask: 0xff, length: 2, run: (fdc, bytes) => fdc.recalibrate(bytes[1] & 3) },
  { opcode: 0x08, mask: 0xff, length: 1, run: (fdc) => fdc.senseInterruptStatus() },
  { opcode: 0x09, mask: 0x3f, length: 9, run: transfer }, // Write Deleted Data
  { opcode: 0x0a, mask: 0xbf, length: 2, run: transfer }, // Read ID
  { opcode: 0x0c, mask: 0x1f, length: 9, run: transfer }, // Read Deleted Data
  { opcode: 0x0d, mask: 0xbf, length: 6, run: transfer }, // Format Track
  { opcode: 0x0e, mask: 0xff, length: 1, run: (fdc) => fdc.dumpReg() },
  { opcode: 0x0f, mask: 0xff, length: 3, run: (fdc, bytes) => fdc.seek(bytes[1] & 3, bytes[2]) },
  { opcode: 0x10, mask: 0xff, length: 1, run: (fdc) => fdc.finishCommand([0x90]) }, // Version
  { opcode: 0x11, mask: 0x1f, length: 9, run: transfer }, // Scan Equal
  { opcode: 0x12, mask: 0xff, length: 2, run: (fdc, bytes) => fdc.perpendicularMode(bytes[1]) },
  { opcode: 0x13, mask: 0xff, length: 4, run: (fdc, bytes) => fdc.configure(bytes) },
  { opcode: 0x14, mask: 0x7f, length: 1, run: (fdc, bytes) => fdc.setLock((bytes[0] & 0x80) !== 0) },
  { opcode: 0x16, mask: 0x1f, length: 9, run: transfer }, // Verify
  { opcode: 0x19, mask: 0x1f, length: 9, run: transfer }, // Scan Low or Equal
  { opcode: 0x1d, mask: 0x1f, length: 9, run: transfer }, // Scan High or Equal
  { opcode: 0x8f, mask: 0xbf, length: 3, run: (fdc, bytes) => fdc.relativeSeek(bytes) },
];

const INVALID: Command = { opcode: 0, mask: 0, length: 1, run: (fdc) => fdc.finishCommand([ST0_INVALID]) };

const FIELDS = [
  "dor",
  "tdr",
  "rate",
  "irqPending",
  "specifySrtHut",
  "specifyHltNd",
  "configuration",
  "precompensationTrack",
  "locked",
  "perpendicular",
  "seeking",
  "lastEot",
  "lastActiveNs",
] as const;

export interface FdcWiring {
  clock: Clock;
  /** IRQ 6. */
  irq: Line;
  /** Channel 2. */
  dma: DmaChannel;
  /** How many drives are connected; default 2. */
  drives?: 1 | 2;
  /** Reads and writes seek by themselves from the start, not only when CONFIGURE has asked for it. */
  impliedSeek?: boolean;
}

export class Fdc implements Device {
  readonly name = "fdc";
  readonly drives: readonly FloppyDrive[];
  // Public for save and load, and for the transfer.
  dor = 0;
  tdr = 0;
  rate = RATE_AFTER_RESET;
  irqPending = false;
  specifySrtHut = 0;
  specifyHltNd = 0;
  configuration = CONFIGURE_DEFAULT;
  precompensationTrack = 0;
  locked = false;
  perpendicular = 0;
  /** Drive busy bits of MSR. */
  seeking = 0;
  /** SC/EOT of the last data command, for Dump Registers. */
  lastEot = 0;
  /** Present cylinder numbers, as the controller believes. */
  presentCylinder = [0, 0, 0, 0];
  /** Bytes of a command that is coming in, and of a result going out. */
  /** When it last took a command; in the future while a motor gets its speed. */
  lastActiveNs = LONG_AGO_NS;
  private commandBytes: number[] = [];
  private result: number[] = [];
  /** ST0 that Sense Interrupt Status will report for each drive, or -1. */
  private seekStatus = [NONE, NONE, NONE, NONE];
  /** Cylinder each drive is on its way to. */
  private seekTarget = [0, 0, 0, 0];
  private readonly transfer: FdcTransfer;
  private readonly resetTimer: Timer;
  private readonly seekTimers: readonly Timer[];

  constructor(private readonly wiring: FdcWiring) {
    this.drives = Array.from({ length: wiring.drives ?? 2 }, () => new FloppyDrive());
    this.transfer = new FdcTransfer(this, wiring.clock, wiring.dma);
    this.resetTimer = wiring.clock.timer("fdc reset", () => this.resetDone());
    this.seekTimers = [0, 1, 2, 3].map((unit) => wiring.clock.timer(`fdc seek ${unit}`, () => this.seekDone(unit)));
  }

  /** Puts a disk in; the guest's writes go into `image`. Throws FloppyImageError when the size is none of a floppy disk. */
  insert(unit: number, image: Uint8Array, options: { writeProtected?: boolean } = {}): void {
    this.driveAt(unit).insert(image, options.writeProtected ?? false);
  }

  /** Takes the disk out and gives its image back. */
  eject(unit: number): Uint8Array | undefined {
    return this.driveAt(unit).eject();
  }

  attach(ports: Bus): void {
    ports.map(BASE, 6, {
      read8: (port) => this.read(port - BASE),
      write8: (port, value) => this.write(port - BASE, value),
    });
    ports.map(DIR_CCR, 1, {
      read8: () => this.readDir(),
      write8: (_port, value) => {
        this.rate = value & 3;
      },
    });
  }

  reset(): void {
    this.dor = 0;
    this.tdr = 0;
    this.rate = RATE_AFTER_RESET;
    this.locked = false;
    this.specifySrtHut = 0;
    this.specifyHltNd = 0;
    this.perpendicular = 0;
    this.lastEot = 0;
    this.presentCylinder.fill(0);
    this.resetController();
  }

  look(): DeviceState {
    return this.stateOf((drive) => drive.look());
  }

  save(): DeviceState {
    return this.stateOf((drive) => drive.save());
  }

  private stateOf(stateOfDrive: (drive: FloppyDrive) => DeviceState): DeviceState {
    const state: DeviceState = {
      ...saveFields<Fdc>(this, FIELDS),
      presentCylinder: this.presentCylinder.slice(),
      commandBytes: this.commandBytes.slice(),
      result: this.result.slice(),
      seekStatus: this.seekStatus.slice(),
      seekTarget: this.seekTarget.slice(),
      transfer: this.transfer.save(),
    };
    this.drives.forEach((drive, unit) => {
      state[`drive${unit}`] = stateOfDrive(drive);
    });
    return state;
  }

  load(state: DeviceState): void {
    loadFields<Fdc>(this, FIELDS, state);
    this.presentCylinder = numbersField(state, "presentCylinder", 4);
    this.commandBytes = numbersField(state, "commandBytes");
    this.result = numbersField(state, "result");
    this.seekStatus = numbersField(state, "seekStatus", 4);
    this.seekTarget = numbersField(state, "seekTarget", 4);
    this.transfer.load(stateField(state, "transfer"));
    this.drives.forEach((drive, unit) => {
      drive.load(stateField(state, `drive${unit}`));
    });
  }

  // What the transfer needs of its controller.

  /** The drive when it is connected and its motor runs: without the motor no address mark ever passes the head. */
  spinningDrive(unit: number): FloppyDrive | undefined {
    return (this.dor >> (4 + unit)) & 1 ? this.drives[unit] : undefined;
  }

  get nonDma(): boolean {
    return (this.specifyHltNd & 1) !== 0;
  }

  get dmaGate(): boolean {
    return (this.dor & DOR_DMA_GATE) !== 0;
  }

  get impliedSeek(): boolean {
    return (this.configuration & EIS) !== 0 || this.wiring.impliedSeek === true;
  }

  /** Moves a drive's heads to where the controller wants `cylinder` to be. */
  stepTo(unit: number, cylinder: number): void {
    this.drives[unit]?.step(cylinder - this.presentCylinder[unit]);
    this.presentCylinder[unit] = cylinder;
  }

  setIrq(level: boolean): void {
    this.irqPending = level;
    this.wiring.irq.set(level && this.dmaGate);
  }

  /** The result phase of a data command, which an interrupt announces. */
  finishTransfer(result: number[]): void {
    this.result = result;
    this.forgetPolling();
    this.setIrq(true);
  }

  // Commands; called from the table above.

  beginTransfer(bytes: readonly number[]): void {
    if (bytes.length === 9) this.lastEot = bytes[6];
    this.transfer.begin(bytes);
  }

  specify(bytes: readonly number[]): void {
    this.specifySrtHut = bytes[1];
    this.specifyHltNd = bytes[2];
  }

  senseDriveStatus(select: number): void {
    const drive = this.drives[select & 3];
    const protect = drive?.image && drive.writeProtected ? ST3_WRITE_PROTECTED : 0;
    this.finishCommand([(select & 7) | ST3_ALWAYS | protect | (drive?.cylinder === 0 ? ST3_TRACK_0 : 0)]);
  }

  recalibrate(unit: number): void {
    this.startSeek(unit, NONE);
  }

  seek(unit: number, cylinder: number): void {
    this.startSeek(unit, cylinder);
  }

  relativeSeek(bytes: readonly number[]): void {
    const unit = bytes[1] & 3;
    const steps = bytes[0] & 0x40 ? bytes[2] : -bytes[2];
    this.startSeek(unit, Math.min(255, Math.max(0, this.presentCylinder[unit] + steps)));
  }

  /** Reports finished seeks and the reset, one drive a call; without any it is an invalid command. */
  senseInterruptStatus(): void {
    const unit = this.seekStatus.findIndex((status) => status !== NONE);
    if (unit < 0) {
      this.finishCommand([ST0_INVALID]);
      return;
    }
    const st0 = this.seekStatus[unit];
    this.seekStatus[unit] = NONE;
    this.seeking &= ~(1 << unit);
    this.setIrq(false);
    // Another drive that has arrived asks anew; the four reports after a reset come with one interrupt.
    if (this.seekIsOver) this.setIrq(true);
    this.finishCommand([st0, this.presentCylinder[unit]]);
  }

  perpendicularMode(value: number): void {
    // A drive bit is only written with OW.
    this.perpendicular = value & 0x80 ? value & 0x3f : (this.perpendicular & 0x3c) | (value & 3);
  }

  configure(bytes: readonly number[]): void {
    this.configuration = bytes[2] & 0x7f;
    this.precompensationTrack = bytes[3];
  }

  setLock(locked: boolean): void {
    this.locked = locked;
    this.finishCommand([locked ? 0x10 : 0]);
  }

  dumpReg(): void {
    this.finishCommand([
      ...this.presentCylinder,
      this.specifySrtHut,
      this.specifyHltNd,
      this.lastEot,
      (this.locked ? 0x80 : 0) | this.perpendicular,
      this.configuration,
      this.precompensationTrack,
    ]);
  }

  /** The result phase of a command that has no execution phase; no interrupt. */
  finishCommand(result: number[]): void {
    this.result = result;
  }

  private driveAt(unit: number): FloppyDrive {
    const drive = this.drives[unit];
    if (drive === undefined) throw new RangeError(`fdc: no drive ${unit}`);
    return drive;
  }

  private read(register: number): number {
    switch (register) {
      case DOR:
        return this.dor;
      case TDR:
        return this.tdr;
      case MSR_DSR:
        return this.msr;
      case FIFO:
        return this.readFifo();
      default:
        // Status registers A and B exist in PS/2 mode only.
        return 0xff;
    }
  }

  private write(register: number, value: number): void {
    switch (register) {
      case DOR:
        this.writeDor(value);
        break;
      case TDR:
        this.tdr = value & 3;
        break;
      case MSR_DSR:
        this.rate = value & 3;
        if (value & DSR_RESET) this.softwareReset();
        break;
      case FIFO:
        this.writeFifo(value);
        break;
    }
  }

  private get msr(): number {
    if ((this.dor & DOR_NOT_RESET) === 0 || this.resetTimer.deadlineNs !== Number.POSITIVE_INFINITY) return 0;
    if (this.transfer.active) {
      const { wantsByte, hasByte } = this.transfer;
      const data = wantsByte || hasByte ? MSR_RQM | MSR_NON_DMA | (hasByte ? MSR_DIO : 0) : 0;
      return data | MSR_BUSY | this.seeking;
    }
    if (this.result.length > 0) return MSR_RQM | MSR_DIO | MSR_BUSY | this.seeking;
    return MSR_RQM | (this.commandBytes.length > 0 ? MSR_BUSY : 0) | this.seeking;
  }

  private writeDor(value: number): void {
    const before = this.dor;
    this.dor = value;
    if (value & ~before & DOR_MOTORS) this.lastActiveNs = this.wiring.clock.nowNs() + SPIN_UP_NS;
    if ((value & DOR_NOT_RESET) === 0) this.resetController();
    else if ((before & DOR_NOT_RESET) === 0) this.resetTimer.arm(this.wiring.clock.nowNs() + RESET_NS);
    this.wiring.irq.set(this.irqPending && this.dmaGate);
  }

  private softwareReset(): void {
    this.resetController();
    if (this.dor & DOR_NOT_RESET) this.resetTimer.arm(this.wiring.clock.nowNs() + RESET_NS);
  }

  /** What RESET, DOR and DSR do alike: the controller is idle, and forgets its configuration unless it is locked. */
  private resetController(): void {
    this.transfer.abort();
    this.resetTimer.cancel();
    for (const timer of this.seekTimers) timer.cancel();
    this.commandBytes = [];
    this.result = [];
    this.seeking = 0;
    this.seekStatus.fill(NONE);
    this.configuration = this.locked ? this.configuration & KEPT_BY_LOCK : CONFIGURE_DEFAULT;
    if (!this.locked) this.precompensationTrack = 0;
    this.perpendicular &= 0x3c;
    this.setIrq(false);
  }

  /** Drive polling finds that the ready line of every drive has changed. */
  private resetDone(): void {
    if (this.configuration & NO_POLL) return;
    for (let unit = 0; unit < 4; unit++) this.seekStatus[unit] = ST0_POLLING | unit;
    this.setIrq(true);
  }

  private readFifo(): number {
    if (this.transfer.hasByte) return this.transfer.readByte();
    const byte = this.result.shift();
    if (byte === undefined) return 0xff;
    // The first result byte read answers the interrupt of a data command, but not that of a drive that has arrived meanwhile.
    if (!this.seekIsOver) this.setIrq(false);
    return byte;
  }

  /** A drive has arrived, and nobody has asked for its status yet. */
  private get seekIsOver(): boolean {
    return this.seekStatus.some((status) => status !== NONE && status < ST0_POLLING);
  }

  /** What a driver left unasked after a reset is void with the next interrupt. */
  private forgetPolling(): void {
    this.seekStatus = this.seekStatus.map((status) => (status < ST0_POLLING ? status : NONE));
  }

  private writeFifo(value: number): void {
    if (this.transfer.wantsByte) {
      this.transfer.writeByte(value);
      return;
    }
    if ((this.msr & (MSR_RQM | MSR_DIO)) !== MSR_RQM) return;
    this.lastActiveNs = this.wiring.clock.nowNs();
    this.commandBytes.push(value);
    const opcode = this.commandBytes[0];
    const command = COMMANDS.find((entry) => (opcode & entry.mask) === entry.opcode) ?? INVALID;
    if (this.commandBytes.length < command.length) return;
    const bytes = this.commandBytes;
    this.commandBytes = [];
    command.run(this, bytes);
  }

  private readDir(): number {
    const unit = this.dor & 3;
    // A drive speaks only when it is selected, which on the PC goes with its motor.
    const drive = this.spinningDrive(unit);
    return drive?.changed ? DIR_CHANGE : 0;
  }

  private startSeek(unit: number, target: number): void {
    this.seeking |= 1 << unit;
    this.seekTarget[unit] = target;
    this.seekTimers[unit].arm(this.wiring.clock.nowNs() + SEEK_NS);
  }

  private seekDone(unit: number): void {
    const drive = this.drives[unit];
    let st0 = ST0_SEEK_END | unit;
    if (this.seekTarget[unit] === NONE) {
      // Recalibrate steps outwards until the drive says "track 0", or gives up.
      drive?.step(-Math.min(drive.cylinder, RECALIBRATE_STEPS));
      if (drive?.cylinder !== 0) st0 |= ST0_ABNORMAL | ST0_EQUIPMENT_CHECK;
      this.presentCylinder[unit] = 0;
    } else this.stepTo(unit, this.seekTarget[unit]);
    this.forgetPolling();
    this.seekStatus[unit] = st0;
    this.setIrq(true);
  }
}
