// The 16550A UART of COM1 and COM2, with its FIFOs. OUT2 gates the interrupt, as the PC's serial card wires it.
// Source: National Semiconductor PC16550D data sheet.

import type { Bus, Device, DeviceState, Line } from "../bus.ts";
import type { Clock, Timer } from "../clock.ts";
import { bytesField, loadFields, saveFields } from "./state.ts";

// Register offsets.
const RBR_THR = 0;
const IER = 1;
const IIR_FCR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const MSR = 6;
const SCR = 7;

const IER_RX = 0x01;
const IER_THRE = 0x02;
const IER_LSR = 0x04;
const IER_MSR = 0x08;

const IIR_NONE = 0x01;
const IIR_MSR = 0x00;
const IIR_THRE = 0x02;
const IIR_RX = 0x04;
const IIR_LSR = 0x06;
const IIR_TIMEOUT = 0x0c;
const IIR_FIFOS = 0xc0;

const FCR_ENABLE = 0x01;
const FCR_CLEAR_RX = 0x02;
const FCR_CLEAR_TX = 0x04;
const RX_TRIGGERS = [1, 4, 8, 14];

const LCR_STOP = 0x04;
const LCR_PARITY = 0x08;
const LCR_BREAK = 0x40;
const LCR_DLAB = 0x80;

const MCR_DTR = 0x01;
const MCR_RTS = 0x02;
const MCR_OUT1 = 0x04;
const MCR_OUT2 = 0x08;
const MCR_LOOP = 0x10;

const LSR_DR = 0x01;
const LSR_OE = 0x02;
const LSR_BI = 0x10;
const LSR_THRE = 0x20;
const LSR_TEMT = 0x40;
const LSR_ERRORS = 0x1e;

const MSR_TERI = 0x04;
const MSR_CTS = 0x10;
const MSR_DSR = 0x20;
const MSR_RI = 0x40;
const MSR_DCD = 0x80;

const FIFO_SIZE = 16;
const BAUD_BASE_HZ = 115_200;

const FIELDS = [
  "ier",
  "lcr",
  "mcr",
  "scr",
  "divisor",
  "fifos",
  "rxTrigger",
  "lineErrors",
  "modemDeltas",
  "thrEmptyPending",
  "timeoutPending",
  "shifting",
  "lastRead",
] as const;

export interface UartWiring {
  clock: Clock;
  irq: Line;
  /** First port: 3F8h for COM1, 2F8h for COM2. */
  base: number;
  /** "baud" (default): a character takes as long as its bits do. "instant": it leaves in the moment it is written. */
  transmit?: "baud" | "instant";
  /** Gets every byte that leaves. */
  onByte?: (byte: number) => void;
}

export class Uart implements Device {
  readonly name: string;
  onByte: ((byte: number) => void) | undefined;
  // Public only for save and load.
  ier = 0;
  lcr = 0;
  mcr = 0;
  scr = 0;
  divisor = 12;
  fifos = false;
  rxTrigger = 1;
  /** OE and BI until LSR is read. */
  lineErrors = 0;
  /** Bits 0..3 of MSR until it is read. */
  modemDeltas = 0;
  thrEmptyPending = false;
  timeoutPending = false;
  /** The byte in the transmitter shift register, or -1. */
  shifting = -1;
  lastRead = 0;
  private rx: number[] = [];
  private tx: number[] = [];
  /** Bytes from the host that have not arrived yet. */
  private hostQueue: number[] = [];
  private readonly transmitTimer: Timer;
  private readonly receiveTimer: Timer;
  private readonly timeoutTimer: Timer;

  constructor(private readonly wiring: UartWiring) {
    this.name = `uart ${wiring.base.toString(16)}`;
    this.onByte = wiring.onByte;
    this.transmitTimer = wiring.clock.timer(`${this.name} transmit`, () => this.transmitted());
    this.receiveTimer = wiring.clock.timer(`${this.name} receive`, () => this.receiveFromHost());
    this.timeoutTimer = wiring.clock.timer(`${this.name} timeout`, () => {
      this.timeoutPending = this.rx.length > 0;
      this.updateIrq();
    });
  }

  attach(ports: Bus): void {
    ports.map(this.wiring.base, 8, {
      read8: (port) => this.read(port - this.wiring.base),
      write8: (port, value) => this.write(port - this.wiring.base, value),
    });
  }

  reset(): void {
    this.ier = 0;
    this.lcr = 0;
    this.mcr = 0;
    this.scr = 0;
    this.divisor = 12;
    this.fifos = false;
    this.rxTrigger = 1;
    this.lineErrors = 0;
    this.modemDeltas = 0;
    this.thrEmptyPending = false;
    this.timeoutPending = false;
    this.shifting = -1;
    this.lastRead = 0;
    this.rx = [];
    this.tx = [];
    this.hostQueue = [];
    this.transmitTimer.cancel();
    this.receiveTimer.cancel();
    this.timeoutTimer.cancel();
    this.updateIrq();
  }

  /** Bytes from the other end of the line. They arrive one character time apart, and wait while the receiver is full. */
  send(bytes: Uint8Array): void {
    for (const byte of bytes) this.hostQueue.push(byte);
    this.paceReceiver();
  }

  /** Whether all that was sent has been read by the guest. */
  get idle(): boolean {
    return this.hostQueue.length === 0 && this.rx.length === 0;
  }

  save(): DeviceState {
    return {
      ...saveFields<Uart>(this, FIELDS),
      rx: Uint8Array.from(this.rx),
      tx: Uint8Array.from(this.tx),
      hostQueue: Uint8Array.from(this.hostQueue),
    };
  }

  load(state: DeviceState): void {
    loadFields<Uart>(this, FIELDS, state);
    this.rx = Array.from(bytesField(state, "rx"));
    this.tx = Array.from(bytesField(state, "tx"));
    this.hostQueue = Array.from(bytesField(state, "hostQueue"));
  }

  private read(register: number): number {
    if (this.lcr & LCR_DLAB && register <= IER) return register === 0 ? this.divisor & 0xff : this.divisor >> 8;
    switch (register) {
      case RBR_THR:
        return this.readRbr();
      case IER:
        return this.ier;
      case IIR_FCR: {
        const source = this.interruptSource();
        if (source === IIR_THRE) {
          this.thrEmptyPending = false;
          this.updateIrq();
        }
        return source | (this.fifos ? IIR_FIFOS : 0);
      }
      case LCR:
        return this.lcr;
      case MCR:
        return this.mcr;
      case LSR: {
        const lsr = this.lsr;
        this.lineErrors = 0;
        this.updateIrq();
        return lsr;
      }
      case MSR: {
        const msr = this.modemInputs() | this.modemDeltas;
        this.modemDeltas = 0;
        this.updateIrq();
        return msr;
      }
      default:
        return this.scr;
    }
  }

  private write(register: number, value: number): void {
    if (this.lcr & LCR_DLAB && register <= IER) {
      this.divisor = register === 0 ? (this.divisor & 0xff00) | value : (this.divisor & 0xff) | (value << 8);
      return;
    }
    switch (register) {
      case RBR_THR:
        this.writeThr(value);
        break;
      case IER:
        // Enabling the interrupt while the holding register is empty raises it.
        if (value & ~this.ier & IER_THRE && this.tx.length === 0) this.thrEmptyPending = true;
        this.ier = value & 0x0f;
        break;
      case IIR_FCR:
        this.writeFcr(value);
        break;
      case LCR:
        // A break in loopback arrives at the receiver as a zero with the break bit.
        if (value & ~this.lcr & LCR_BREAK && this.mcr & MCR_LOOP) {
          this.arrive(0);
          this.lineErrors |= LSR_BI;
        }
        this.lcr = value;
        break;
      case MCR:
        this.writeMcr(value & 0x1f);
        break;
      case SCR:
        this.scr = value;
        break;
    }
    this.updateIrq();
  }

  private get lsr(): number {
    let lsr = this.lineErrors;
    if (this.rx.length > 0) lsr |= LSR_DR;
    if (this.tx.length === 0) lsr |= LSR_THRE;
    if (this.tx.length === 0 && this.shifting < 0) lsr |= LSR_TEMT;
    return lsr;
  }

  private readRbr(): number {
    const byte = this.rx.shift();
    if (byte === undefined) return this.lastRead;
    this.lastRead = byte;
    this.timeoutPending = false;
    this.restartTimeout();
    this.updateIrq();
    this.paceReceiver();
    return byte;
  }

  private writeThr(value: number): void {
    this.thrEmptyPending = false;
    // The line falls even when the byte leaves at once, so that an edge-triggered controller sees the next request.
    this.updateIrq();
    const capacity = this.fifos ? FIFO_SIZE : 1;
    // What is written to a full transmitter replaces the last byte.
    if (this.tx.length >= capacity) this.tx[this.tx.length - 1] = value;
    else this.tx.push(value);
    this.startShifting();
  }

  private startShifting(): void {
    while (this.shifting < 0) {
      const byte = this.tx.shift();
      if (byte === undefined) return;
      this.shifting = byte & (0xff >> (3 - (this.lcr & 3)));
      if (this.tx.length === 0) this.thrEmptyPending = true;
      if (this.wiring.transmit === "instant") this.deliver();
      else this.transmitTimer.arm(this.wiring.clock.nowNs() + this.characterNs);
    }
  }

  private transmitted(): void {
    this.deliver();
    this.startShifting();
    this.updateIrq();
  }

  private deliver(): void {
    const byte = this.shifting;
    this.shifting = -1;
    if (this.mcr & MCR_LOOP) this.arrive(byte);
    else if (byte >= 0) this.onByte?.(byte);
  }

  /** Start bit, data bits, parity, stop bits at the programmed rate. */
  private get characterNs(): number {
    const data = 5 + (this.lcr & 3);
    const bits = 1 + data + (this.lcr & LCR_PARITY ? 1 : 0) + (this.lcr & LCR_STOP ? 2 : 1);
    return Math.ceil((bits * (this.divisor || 0x10000) * 1e9) / BAUD_BASE_HZ);
  }

  /** A byte is complete in the receiver. */
  private arrive(byte: number): void {
    const capacity = this.fifos ? FIFO_SIZE : 1;
    if (this.rx.length >= capacity) {
      this.lineErrors |= LSR_OE;
      // Without FIFOs the new byte destroys the old one; a full FIFO keeps what it has.
      if (!this.fifos) this.rx[0] = byte;
    } else this.rx.push(byte);
    this.restartTimeout();
  }

  private receiveFromHost(): void {
    const byte = this.hostQueue.shift();
    if (byte === undefined) return;
    this.arrive(byte);
    this.paceReceiver();
    this.updateIrq();
  }

  /** The line waits while the receiver is full or turned away by loopback, so nothing that the host sends is lost. */
  private paceReceiver(): void {
    const full = this.rx.length >= (this.fifos ? FIFO_SIZE : 1);
    if (full || this.hostQueue.length === 0 || this.mcr & MCR_LOOP) this.receiveTimer.cancel();
    else if (this.receiveTimer.deadlineNs === Number.POSITIVE_INFINITY) {
      this.receiveTimer.arm(this.wiring.clock.nowNs() + this.characterNs);
    }
  }

  /** With FIFOs, data that lies for four character times below the trigger level raises an interrupt. */
  private restartTimeout(): void {
    if (this.fifos && this.rx.length > 0) this.timeoutTimer.arm(this.wiring.clock.nowNs() + 4 * this.characterNs);
    else this.timeoutTimer.cancel();
  }

  private writeFcr(value: number): void {
    const enable = (value & FCR_ENABLE) !== 0;
    const changed = enable !== this.fifos;
    this.fifos = enable;
    if (changed || (enable && value & FCR_CLEAR_RX)) {
      this.rx = [];
      this.timeoutPending = false;
      this.timeoutTimer.cancel();
    }
    if ((changed || (enable && value & FCR_CLEAR_TX)) && this.tx.length > 0) {
      this.tx = [];
      this.thrEmptyPending = true;
    }
    this.rxTrigger = enable ? RX_TRIGGERS[value >> 6] : 1;
    this.paceReceiver();
  }

  private writeMcr(value: number): void {
    const before = this.modemInputs();
    this.mcr = value;
    const after = this.modemInputs();
    const changed = before ^ after;
    this.modemDeltas |= (changed >> 4) & ~MSR_TERI;
    // Of the ring indicator only its end is noted.
    if (changed & before & MSR_RI) this.modemDeltas |= MSR_TERI;
    this.paceReceiver();
  }

  /** Upper half of MSR: a modem that is always ready, or in loopback our own outputs. */
  private modemInputs(): number {
    if ((this.mcr & MCR_LOOP) === 0) return MSR_CTS | MSR_DSR | MSR_DCD;
    return (
      (this.mcr & MCR_RTS ? MSR_CTS : 0) |
      (this.mcr & MCR_DTR ? MSR_DSR : 0) |
      (this.mcr & MCR_OUT1 ? MSR_RI : 0) |
      (this.mcr & MCR_OUT2 ? MSR_DCD : 0)
    );
  }

  private interruptSource(): number {
    if (this.ier & IER_LSR && this.lineErrors & LSR_ERRORS) return IIR_LSR;
    if (this.ier & IER_RX && this.rx.length >= this.rxTrigger) return IIR_RX;
    if (this.ier & IER_RX && this.timeoutPending) return IIR_TIMEOUT;
    if (this.ier & IER_THRE && this.thrEmptyPending) return IIR_THRE;
    if (this.ier & IER_MSR && this.modemDeltas) return IIR_MSR;
    return IIR_NONE;
  }

  private updateIrq(): void {
    // In loopback the OUT2 pin is off, and the card's gate with it.
    const gate = (this.mcr & (MCR_OUT2 | MCR_LOOP)) === MCR_OUT2;
    this.wiring.irq.set(gate && this.interruptSource() !== IIR_NONE);
  }
}
