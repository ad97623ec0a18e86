// The 8042 keyboard controller of the PC AT: between the keyboard's serial line and ports 60h and 64h; it also drives the A20
// gate and the processor's reset. There is no auxiliary (mouse) port on this one.
// Sources: IBM PC AT Technical Reference, "Keyboard Controller"; IBM PS/2 Hardware Interface Technical Reference.

import type { Bus, Device, DeviceState, Line } from "../bus.ts";
import type { Clock, Timer } from "../clock.ts";
import { Keyboard } from "./keyboard.ts";
import { BREAK_PREFIX, translateCode } from "./scan-codes.ts";
import { bytesField, loadFields, saveFields, stateField } from "./state.ts";

const DATA = 0x60;
const STATUS_COMMAND = 0x64;

// Status register.
const OUTPUT_BUFFER_FULL = 0x01;
const SYSTEM_FLAG = 0x04;
const LAST_WRITE_COMMAND = 0x08;
const NOT_INHIBITED = 0x10;
const AUXILIARY_DATA = 0x20;
const TIMEOUT = 0x40;

// Command byte (RAM byte 0).
const ENABLE_IRQ1 = 0x01;
const COMMAND_SYSTEM = 0x04;
const DISABLE_KEYBOARD = 0x10;
const DISABLE_AUXILIARY = 0x20;
const TRANSLATE = 0x40;

// Output port.
const OUT_NOT_RESET = 0x01;
const OUT_A20 = 0x02;
const OUT_IRQ1 = 0x10;
/** Lines that nothing on this board pulls down: keyboard clock and data, and two without a use. */
const OUT_IDLE_LINES = 0xcc;

const NO_COMMAND = 0;
const WRITE_OUTPUT_PORT = 0xd1;
const WRITE_KEYBOARD_BUFFER = 0xd2;
const WRITE_AUXILIARY_BUFFER = 0xd3;
const WRITE_AUXILIARY = 0xd4;

/** The auxiliary port's test finds its clock line stuck low: nothing is there. */
const NO_AUXILIARY = 0x01;
const RESEND = 0xfe;

/** Time from a keyboard's byte being ready to its arrival: 11 bits, at a clock of 10 to 16.7 kHz, of which we take the fastest. */
const BYTE_NS = 660_000;

const FIELDS = ["status", "outputBuffer", "outputPort", "command", "breakSeen"] as const;

export interface I8042Wiring {
  clock: Clock;
  /** IRQ 1. */
  irq: Line;
  /** The gate of address line 20: true lets it through. */
  a20: Line;
  /** Pulses the processor's reset. */
  resetCpu: () => void;
}

export class I8042 implements Device {
  readonly name = "i8042";
  readonly keyboard: Keyboard;
  // Public only for save and load.
  status = NOT_INHIBITED;
  outputBuffer = 0;
  outputPort = 0;
  /** The command whose data byte comes next at port 60h. */
  command = NO_COMMAND;
  /** A break prefix has come from the keyboard; the translated code after it gets bit 7. */
  breakSeen = false;
  private ram: Uint8Array = new Uint8Array(32);
  /** Answers waiting until the output buffer is empty, as [status flags, byte] pairs. */
  private answers: number[] = [];
  private readonly timer: Timer;

  constructor(private readonly wiring: I8042Wiring) {
    this.timer = wiring.clock.timer("i8042", () => this.takeFromKeyboard());
    this.keyboard = new Keyboard(
      wiring.clock,
      () => this.pace(),
      () => (this.status & OUTPUT_BUFFER_FULL) === 0,
    );
  }

  attach(ports: Bus): void {
    ports.map(DATA, 1, { read8: () => this.readData(), write8: (_port, value) => this.writeData(value) });
    ports.map(STATUS_COMMAND, 1, { read8: () => this.status, write8: (_port, value) => this.writeCommand(value) });
  }

  reset(): void {
    this.timer.cancel();
    this.keyboard.reset();
    this.status = NOT_INHIBITED | LAST_WRITE_COMMAND;
    this.outputBuffer = 0;
    this.outputPort = OUT_IDLE_LINES | OUT_NOT_RESET | OUT_A20;
    this.command = NO_COMMAND;
    this.breakSeen = false;
    this.answers = [];
    this.ram.fill(0);
    this.ram[0] = ENABLE_IRQ1 | DISABLE_AUXILIARY | TRANSLATE;
    this.wiring.irq.set(false);
    this.wiring.a20.set(true);
  }

  save(): DeviceState {
    return {
      ...saveFields<I8042>(this, FIELDS),
      ram: this.ram.slice(),
      answers: Uint8Array.from(this.answers),
      keyboard: this.keyboard.save(),
    };
  }

  load(state: DeviceState): void {
    loadFields<I8042>(this, FIELDS, state);
    this.ram = bytesField(state, "ram", 32);
    this.answers = Array.from(bytesField(state, "answers"));
    this.keyboard.load(stateField(state, "keyboard"));
    this.wiring.a20.set((this.outputPort & OUT_A20) !== 0);
  }

  private readData(): number {
    const value = this.outputBuffer;
    if (this.status & OUTPUT_BUFFER_FULL) {
      this.status &= ~(OUTPUT_BUFFER_FULL | AUXILIARY_DATA | TIMEOUT);
      this.updateIrq();
      this.nextAnswer();
      this.pace();
    }
    return value;
  }

  private writeData(value: number): void {
    this.status &= ~LAST_WRITE_COMMAND;
    const command = this.command;
    this.command = NO_COMMAND;
    if (command >= 0x60 && command <= 0x7f) this.writeRam(command & 31, value);
    else if (command === WRITE_OUTPUT_PORT) this.writeOutputPort(value);
    else if (command === WRITE_KEYBOARD_BUFFER) this.answer(value);
    else if (command === WRITE_AUXILIARY_BUFFER) this.answer(value);
    else if (command === WRITE_AUXILIARY) this.answer(RESEND, AUXILIARY_DATA | TIMEOUT);
    else {
      // Sending to the keyboard opens its clock line again.
      this.ram[0] &= ~DISABLE_KEYBOARD;
      this.keyboard.receive(value);
      this.pace();
    }
  }

  private writeCommand(value: number): void {
    this.status |= LAST_WRITE_COMMAND;
    this.command = NO_COMMAND;
    if (value >= 0x20 && value <= 0x3f) this.answer(this.ram[value & 31]);
    else if (value >= 0x60 && value <= 0x7f) this.command = value;
    else if (value >= 0xf0) this.pulseOutputPort(value & 15);
    else this.controllerCommand(value);
  }

  private controllerCommand(value: number): void {
    switch (value) {
      case 0xa4: // Is a password installed? No.
        this.answer(0xf1);
        break;
      case 0xa7: // Disable and enable the auxiliary port, which is not there.
      case 0xa8:
        break;
      case 0xa9:
        this.answer(NO_AUXILIARY);
        break;
      case 0xaa:
        this.ram[0] |= COMMAND_SYSTEM;
        this.status |= SYSTEM_FLAG;
        this.answer(0x55);
        break;
      case 0xab:
        this.answer(0x00);
        break;
      case 0xad:
        this.ram[0] |= DISABLE_KEYBOARD;
        this.pace();
        break;
      case 0xae:
        this.ram[0] &= ~DISABLE_KEYBOARD;
        this.pace();
        break;
      case 0xc0: // Input port: keyboard not locked, colour display.
        this.answer(0x80);
        break;
      case 0xd0:
        this.answer(this.outputPort | (this.status & OUTPUT_BUFFER_FULL ? OUT_IRQ1 : 0));
        break;
      case WRITE_OUTPUT_PORT:
      case WRITE_KEYBOARD_BUFFER:
      case WRITE_AUXILIARY_BUFFER:
      case WRITE_AUXILIARY:
        this.command = value;
        break;
      case 0xdd:
      case 0xdf:
        this.setA20(value === 0xdf);
        break;
      case 0xe0: // Test inputs: both lines idle.
        this.answer(0x00);
        break;
    }
  }

  private writeRam(index: number, value: number): void {
    if (index !== 0) {
      this.ram[index] = value;
      return;
    }
    this.ram[0] = value | DISABLE_AUXILIARY;
    this.status = value & COMMAND_SYSTEM ? this.status | SYSTEM_FLAG : this.status & ~SYSTEM_FLAG;
    this.updateIrq();
    this.pace();
  }

  private writeOutputPort(value: number): void {
    this.setA20((value & OUT_A20) !== 0);
    this.outputPort = (value & ~OUT_IRQ1) | OUT_NOT_RESET;
    if ((value & OUT_NOT_RESET) === 0) this.wiring.resetCpu();
  }

  /** Commands F0h..FFh pull the low four bits down for 6 µs where their bit is 0. Bit 1 would be too short to matter for A20. */
  private pulseOutputPort(bits: number): void {
    if ((bits & OUT_NOT_RESET) === 0) this.wiring.resetCpu();
  }

  private setA20(open: boolean): void {
    this.outputPort = open ? this.outputPort | OUT_A20 : this.outputPort & ~OUT_A20;
    this.wiring.a20.set(open);
  }

  private answer(byte: number, flags = 0): void {
    this.answers.push(flags, byte);
    // A guest that never reads cannot make the list grow.
    if (this.answers.length > 32) this.answers.splice(0, 2);
    this.nextAnswer();
  }

  private nextAnswer(): void {
    if (this.status & OUTPUT_BUFFER_FULL) return;
    const [flags, byte] = this.answers;
    if (byte === undefined) return;
    this.answers.splice(0, 2);
    this.fillOutputBuffer(byte, flags);
  }

  private fillOutputBuffer(byte: number, flags: number): void {
    this.outputBuffer = byte;
    this.status |= OUTPUT_BUFFER_FULL | flags;
    this.updateIrq();
  }

  private updateIrq(): void {
    const own = (this.status & (OUTPUT_BUFFER_FULL | AUXILIARY_DATA)) === OUTPUT_BUFFER_FULL;
    this.wiring.irq.set(own && (this.ram[0] & ENABLE_IRQ1) !== 0);
  }

  private get mayReceive(): boolean {
    return (this.status & OUTPUT_BUFFER_FULL) === 0 && (this.ram[0] & DISABLE_KEYBOARD) === 0 && this.keyboard.hasData;
  }

  /** Starts the transfer of the keyboard's next byte when the controller can take it, and stops it when it cannot. */
  private pace(): void {
    if (!this.mayReceive) this.timer.cancel();
    else if (this.timer.deadlineNs === Number.POSITIVE_INFINITY) {
      this.timer.arm(this.wiring.clock.nowNs() + BYTE_NS);
    }
  }

  private takeFromKeyboard(): void {
    if (!this.mayReceive) return;
    const byte = this.keyboard.take();
    if ((this.ram[0] & TRANSLATE) === 0) this.fillOutputBuffer(byte, 0);
    else if (byte === BREAK_PREFIX) {
      this.breakSeen = true;
      this.pace();
    } else {
      this.fillOutputBuffer(translateCode(byte) | (this.breakSeen ? 0x80 : 0), 0);
      this.breakSeen = false;
    }
  }
}
