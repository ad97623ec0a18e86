// What every drive on an IDE channel has, disk or CD-ROM: the task file, a buffer behind the data port, BSY for as long as a step of a
// command takes, and an interrupt to announce its end. What the commands do is in ata-disk.ts and atapi-drive.ts.
// Source: ATA/ATAPI-5 (T13/1321D), sections 7 (registers) and 9 (protocols), whose names are used; 48-bit registers are ATA/ATAPI-6's.
//
// A command is a chain of steps. Each takes its time with BSY set, and ends in one of three ways: with data to read or to write behind
// the data port, waiting for the bus master, or with the command done.

import type { DeviceState } from "../bus.ts";
import type { Clock, Timer } from "../clock.ts";
import { bytesField, loadFields, numbersField, saveFields } from "./state.ts";

// Status register.
export const BSY = 0x80;
export const DRDY = 0x40;
export const DF = 0x20;
export const DSC = 0x10;
export const DRQ = 0x08;
export const ERR = 0x01;

// Error register.
export const IDNF = 0x10;
export const ABRT = 0x04;
/** Diagnostic code: the device passed. */
export const PASSED = 0x01;

// Device register.
export const DEV = 0x10;
export const LBA = 0x40;

/** Places in the task file, as the offsets of their ports. */
export const FEATURES = 1;
export const SECTOR_COUNT = 2;
export const LBA_LOW = 3;
export const LBA_MID = 4;
export const LBA_HIGH = 5;
export const DEVICE = 6;

export interface DriveWiring {
  clock: Clock;
  /** Unique in the machine: timers and saved states are named by it. */
  name: string;
  /** INTRQ may have changed. */
  changed: () => void;
  dma: DmaPort;
}

/** The bus master as a drive sees it. */
export interface DmaPort {
  /** It was started, and in this direction. */
  ready(hostWrites: boolean): boolean;
  /** Moves bytes into memory; gives how many had room in the regions that the driver listed. */
  toMemory(bytes: Uint8Array): number;
  /** Bytes from memory; fewer than `count` when the listed regions hold no more. */
  fromMemory(count: number): Uint8Array;
}

/** Nothing is under way. */
export const NO_STEP = 0;
/** The command in the command register is to be looked at. */
export const STEP_COMMAND = 1;
/** The self-test of EXECUTE DEVICE DIAGNOSTIC; the second one of the two that does not announce its end. */
const STEP_DIAGNOSE = 2;
const STEP_DIAGNOSE_QUIETLY = 3;
/** From here on a drive's own steps. */
export const FIRST_OWN_STEP = 4;

/** From the write to the command register until the drive has looked at it. */
const COMMAND_NS = 10_000;
const RESET_NS = 50_000;
/** Before power-on: a number that JSON can carry. */
const LONG_AGO_NS = -1e12;

const FIELDS = [
  "status",
  "error",
  "interruptPending",
  "command",
  "step",
  "position",
  "hostWrites",
  "dmaWanted",
  "lastActiveNs",
] as const;

export abstract class IdeDrive {
  /** The task file as the host wrote it, and as commands leave it; index 0 is not used. */
  registers = [0, 0, 0, 0, 0, 0, 0];
  /** What the registers held before the last write: the upper bytes of a 48-bit command. */
  previous = [0, 0, 0, 0, 0, 0, 0];
  status = 0;
  error = 0;
  /** INTRQ, before selection and nIEN have their say. */
  interruptPending = false;
  /** Told of the blocks of 512 bytes that the guest reads and writes. */
  onTransfer: ((first: number, count: number, isWrite: boolean) => void) | undefined;
  // Public only for save and load.
  command = 0;
  step = NO_STEP;
  /** The next byte of the buffer behind the data port. */
  position = 0;
  /** When the drive last began or went on with a command. */
  lastActiveNs = LONG_AGO_NS;
  /** Direction of the data phase. */
  hostWrites = false;
  protected buffer: Uint8Array = new Uint8Array(0);
  protected readonly clock: Clock;
  private readonly timer: Timer;

  constructor(protected readonly wiring: DriveWiring) {
    this.clock = wiring.clock;
    this.timer = wiring.clock.timer(wiring.name, () => this.takeStep());
  }

  /** Of the medium, in blocks of 512 bytes; 0 without one. */
  abstract get blockCount(): number;
  /** The step of a command that is due; the drive's own. */
  protected abstract continueCommand(step: number): void;
  /** The host has taken all of the buffer, or filled it. */
  protected abstract bufferDone(): void;
  /** The bus master lets data flow: the data phase of a DMA command begins. */
  protected abstract beginDmaPhase(): void;
  /** The registers that tell what kind of drive this is, after a reset and a diagnostic. */
  protected abstract setSignature(): void;
  /** Forgets what is under way and what a software reset clears of the settings. */
  protected abstract forget(): void;

  /** A hardware reset: registers at once as after power-on. */
  reset(): void {
    this.registers.fill(0);
    this.previous.fill(0);
    this.beginReset();
    this.endReset();
    this.timer.cancel();
    this.step = NO_STEP;
    this.status = this.statusAfterReset();
  }

  /** SRST rises: whatever the drive does, it stops, and is busy until SRST falls. */
  beginReset(): void {
    this.forget();
    this.timer.cancel();
    this.step = NO_STEP;
    this.buffer = new Uint8Array(0);
    this.position = 0;
    this.dmaWanted = false;
    this.interruptPending = false;
    this.status = BSY;
  }

  /** SRST falls: the drive tests itself and shows its signature. */
  endReset(): void {
    this.setSignature();
    this.error = PASSED;
    this.status = BSY;
    this.step = NO_STEP;
    this.timer.arm(this.clock.nowNs() + RESET_NS);
  }

  /** EXECUTE DEVICE DIAGNOSTIC, which both drives of a channel obey; one of them announces the end. */
  diagnose(announce: boolean): void {
    this.forget();
    this.interruptPending = false;
    this.wait(announce ? STEP_DIAGNOSE : STEP_DIAGNOSE_QUIETLY, COMMAND_NS);
  }

  get busy(): boolean {
    return (this.status & BSY) !== 0;
  }

  /** Neither busy nor in a data phase: the host may write registers. */
  get idle(): boolean {
    return (this.status & (BSY | DRQ)) === 0;
  }

  /** DEVICE RESET works even while a command is under way: packet devices only. */
  get obeysDeviceReset(): boolean {
    return false;
  }

  /** DMARQ: the command waits for the bus master to let its data flow. */
  dmaWanted = false;

  /** The bus master was started. */
  dmaStarted(): void {
    if (this.dmaWanted && !this.busy && this.wiring.dma.ready(this.hostWrites)) this.beginDmaPhase();
  }

  writeRegister(index: number, value: number): void {
    this.previous[index] = this.registers[index];
    this.registers[index] = value;
  }

  writeCommand(command: number): void {
    this.command = command;
    this.error = 0;
    this.lastActiveNs = this.clock.nowNs();
    this.interruptPending = false;
    this.wait(STEP_COMMAND, COMMAND_NS);
    this.wiring.changed();
  }

  /** The data port, two bytes at a time. Without data to read it gives what a bus gives that nobody drives. */
  readData(): number {
    if ((this.status & DRQ) === 0 || this.hostWrites || this.dmaWanted || this.buffer.length < 2) return 0xffff;
    const word = this.buffer[this.position] | (this.buffer[this.position + 1] << 8);
    this.advance();
    return word;
  }

  writeData(word: number): void {
    if ((this.status & DRQ) === 0 || !this.hostWrites || this.dmaWanted || this.buffer.length < 2) return;
    this.buffer[this.position] = word & 0xff;
    this.buffer[this.position + 1] = word >> 8;
    this.advance();
  }

  /** The registers, without the buffer and the medium. */
  look(): DeviceState {
    return {
      ...saveFields<IdeDrive>(this, FIELDS),
      registers: this.registers.slice(),
      previous: this.previous.slice(),
    };
  }

  save(): DeviceState {
    return { ...this.look(), buffer: this.buffer.slice() };
  }

  load(state: DeviceState): void {
    loadFields<IdeDrive>(this, FIELDS, state);
    this.registers = numbersField(state, "registers", 7);
    this.previous = numbersField(state, "previous", 7);
    this.buffer = bytesField(state, "buffer");
  }

  // Steps that commands are made of.

  /** Status bits when nothing is under way. */
  protected readyStatus(): number {
    return DRDY | DSC;
  }

  /** Status bits after a reset, when no command has come yet. */
  protected statusAfterReset(): number {
    return this.readyStatus();
  }

  /** Busy for `ns`, then `step`. */
  wait(step: number, ns: number): void {
    this.step = step;
    this.status = (this.status & ~(DRQ | ERR | DF)) | BSY;
    this.timer.arm(this.clock.nowNs() + ns);
  }

  /** A data phase: the host takes `bytes` from the data port, or fills them. An even number. */
  offerData(bytes: Uint8Array, hostWrites: boolean, interrupt: boolean): void {
    this.buffer = bytes;
    this.position = 0;
    this.hostWrites = hostWrites;
    this.status = this.readyStatus() | DRQ;
    if (interrupt) this.interrupt();
  }

  /** The end of a command. */
  finish(error = 0): void {
    this.buffer = new Uint8Array(0);
    this.dmaWanted = false;
    this.error = error;
    this.status = this.readyStatus() | (error === 0 ? 0 : ERR);
    this.interrupt();
  }

  /** The end of a data phase whose data was the last: that is no news for an interrupt. */
  finishQuietly(): void {
    this.buffer = new Uint8Array(0);
    this.status = this.readyStatus();
  }

  /** DRQ without a buffer: the bus master is asked for the data phase. */
  requestDma(hostWrites: boolean): void {
    this.hostWrites = hostWrites;
    this.dmaWanted = true;
    this.status = this.readyStatus() | DRQ;
    this.dmaStarted();
  }

  protected interrupt(): void {
    this.interruptPending = true;
    this.wiring.changed();
  }

  private takeStep(): void {
    const step = this.step;
    this.step = NO_STEP;
    this.lastActiveNs = this.clock.nowNs();
    if (step === NO_STEP) this.status = this.statusAfterReset();
    else if (step === STEP_DIAGNOSE || step === STEP_DIAGNOSE_QUIETLY) {
      this.setSignature();
      this.error = PASSED;
      this.status = this.statusAfterReset();
      if (step === STEP_DIAGNOSE) this.interrupt();
    } else this.continueCommand(step);
  }

  private advance(): void {
    this.position += 2;
    if (this.position < this.buffer.length) return;
    this.position = 0;
    this.bufferDone();
  }
}
