// One IDE channel: a cable with two drives, the ports through which the selected one is reached, and its interrupt line.
// Source: ATA/ATAPI-5 (T13/1321D), sections 7 (registers) and 9.16 (channels with one drive); ATA/ATAPI-6 for HOB.

import type { Bus, DeviceState, Line } from "../bus.ts";
import { DEV, DEVICE, type IdeDrive, LBA_HIGH, LBA_MID, SECTOR_COUNT } from "./ide-drive.ts";
import { loadFields, saveFields, stateField } from "./state.ts";

const DATA = 0;
const ERROR = 1;
const STATUS_COMMAND = 7;
const PORTS = 8;

const N_IEN = 0x02;
const SRST = 0x04;
/** The next reads show what the registers held before their last write. */
const HOB = 0x80;

const DEVICE_RESET = 0x08;
const EXECUTE_DEVICE_DIAGNOSTIC = 0x90;
/** Bits of the device register that read as ones. */
const DEVICE_ONES = 0xa0;

export interface ChannelWiring {
  irq: Line;
  /** The interrupt line rises. */
  raised: () => void;
  /** The first port of the command block, and the port of device control. */
  base: number;
  control: number;
}

export class IdeChannel {
  readonly drives: (IdeDrive | undefined)[] = [undefined, undefined];
  /** The drive that the DEV bit selects. */
  selected = 0;
  control = 0;
  irqLevel = false;

  constructor(private readonly wiring: ChannelWiring) {}

  attach(ports: Bus): void {
    const { base, control } = this.wiring;
    ports.map(base, PORTS, {
      read8: (port) => this.read(port - base),
      write8: (port, value) => this.write(port - base, value),
      read16: (port) => this.readWide(port - base, 2),
      write16: (port, value) => this.writeWide(port - base, value, 2),
      read32: (port) => this.readWide(port - base, 4),
      write32: (port, value) => this.writeWide(port - base, value, 4),
    });
    ports.map(control, 1, {
      read8: () => this.status,
      write8: (_port, value) => this.writeControl(value),
    });
  }

  reset(): void {
    this.selected = 0;
    this.control = 0;
    for (const drive of this.drives) drive?.reset();
    this.updateIrq();
  }

  look(): DeviceState {
    return this.stateOf((drive) => drive.look());
  }

  save(): DeviceState {
    return this.stateOf((drive) => drive.save());
  }

  private stateOf(stateOfDrive: (drive: IdeDrive) => DeviceState): DeviceState {
    const state = saveFields<IdeChannel>(this, ["selected", "control", "irqLevel"]);
    this.drives.forEach((drive, unit) => {
      if (drive) state[`drive${unit}`] = stateOfDrive(drive);
    });
    return state;
  }

  load(state: DeviceState): void {
    loadFields<IdeChannel>(this, ["selected", "control", "irqLevel"], state);
    this.drives.forEach((drive, unit) => {
      drive?.load(stateField(state, `drive${unit}`));
    });
    this.updateIrq();
  }

  /** A drive's INTRQ may have changed. */
  updateIrq(): void {
    const level = this.drive?.interruptPending === true && (this.control & N_IEN) === 0;
    if (level && !this.irqLevel) this.wiring.raised();
    this.irqLevel = level;
    this.wiring.irq.set(level);
  }

  /** The selected drive. */
  get drive(): IdeDrive | undefined {
    return this.drives[this.selected];
  }

  /** The drive whose registers are seen: a lone device 0 answers for device 1 too, but for the status. */
  private get responder(): IdeDrive | undefined {
    return this.drive ?? this.drives[0];
  }

  private get status(): number {
    return this.drive?.status ?? 0;
  }

  private read(register: number): number {
    const { responder } = this;
    if (register === STATUS_COMMAND) {
      const { drive, status } = this;
      if (drive?.interruptPending) {
        drive.interruptPending = false;
        this.updateIrq();
      }
      return status;
    }
    if (register === DATA) return 0xff;
    if (responder === undefined) return 0;
    if (register === ERROR) return responder.error;
    if (register === DEVICE) {
      return (responder.registers[DEVICE] & ~DEV) | DEVICE_ONES | (this.selected === 1 ? DEV : 0);
    }
    // A packet device does not lend its signature: who looks for a second drive would find one.
    if (this.drive === undefined && responder.obeysDeviceReset && (register === LBA_MID || register === LBA_HIGH))
      return 0;
    const upper = (this.control & HOB) !== 0 && register >= SECTOR_COUNT;
    return (upper ? responder.previous : responder.registers)[register];
  }

  private write(register: number, value: number): void {
    if (register === DATA) return;
    this.control &= ~HOB;
    if (register === STATUS_COMMAND) this.writeCommand(value);
    // A drive at work does not listen. Both drives hear what is written, whichever is selected.
    else if (this.drive?.idle !== false) {
      if (register === DEVICE) this.selected = value & DEV ? 1 : 0;
      for (const drive of this.drives) drive?.writeRegister(register, value);
      if (register === DEVICE) this.updateIrq();
    }
  }

  private writeCommand(command: number): void {
    const { drive } = this;
    if (command === EXECUTE_DEVICE_DIAGNOSTIC) {
      if (drive?.idle !== false) this.diagnose();
    } else if (drive?.idle || (command === DEVICE_RESET && drive?.obeysDeviceReset)) drive.writeCommand(command);
  }

  private diagnose(): void {
    this.selected = 0;
    const first = this.drives.find((drive) => drive !== undefined);
    for (const drive of this.drives) drive?.diagnose(drive === first);
    this.updateIrq();
  }

  private writeControl(value: number): void {
    const before = this.control;
    this.control = value & (HOB | SRST | N_IEN);
    if (value & SRST && !(before & SRST)) for (const drive of this.drives) drive?.beginReset();
    if (before & SRST && !(value & SRST)) {
      this.selected = 0;
      for (const drive of this.drives) drive?.endReset();
    }
    this.updateIrq();
  }

  /** Only the data port is wider than a byte; a wide access to another register is one to each of its bytes. */
  private readWide(register: number, bytes: number): number {
    let value = 0;
    if (register === DATA) {
      const { drive } = this;
      if (drive === undefined) return bytes === 2 ? 0xffff : 0xffff_ffff;
      for (let at = 0; at < bytes; at += 2) value |= drive.readData() << (8 * at);
    } else {
      for (let at = 0; at < bytes; at++) value |= (register + at < PORTS ? this.read(register + at) : 0xff) << (8 * at);
    }
    return value >>> 0;
  }

  private writeWide(register: number, value: number, bytes: number): void {
    if (register === DATA) {
      for (let at = 0; at < bytes; at += 2) this.drive?.writeData((value >>> (8 * at)) & 0xffff);
    } else {
      for (let at = 0; at < bytes && register + at < PORTS; at++)
        this.write(register + at, (value >>> (8 * at)) & 0xff);
    }
  }
}
