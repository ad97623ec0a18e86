// One function of a PCI device: its 256 bytes of configuration space, of which software may write some bits.
// Source: PCI Local Bus Specification 2.1, chapter 6.

import type { DeviceState } from "../bus.ts";
import { bytesField } from "./state.ts";

export const CONFIG_BYTES = 256;

// Registers that every function has.
export const VENDOR_ID = 0x00;
export const COMMAND = 0x04;
const CACHE_LINE_SIZE = 0x0c;
export const BASE_ADDRESS_0 = 0x10;
export const EXPANSION_ROM = 0x30;
const INTERRUPT_LINE = 0x3c;

// Command register.
export const IO_SPACE = 0x01;
export const MEMORY_SPACE = 0x02;
export const BUS_MASTER = 0x04;
const SERR_ENABLE = 0x100;
const INTERRUPT_DISABLE = 0x400;

export interface FunctionDescription {
  vendor: number;
  device: number;
  revision: number;
  /** Class, subclass and programming interface, as one number of 24 bits. */
  classCode: number;
  /** Command bits that software may change; those outside keep their value of `registers`. */
  command?: number;
  /** The device has further functions. */
  multifunction?: boolean;
  /** Registers by offset: bytes after a reset, and the bits of each that software may write (none when not given). */
  registers: readonly { at: number; reset: readonly number[]; writable?: readonly number[] }[];
}

const USUAL_COMMAND = IO_SPACE | MEMORY_SPACE | BUS_MASTER | SERR_ENABLE | INTERRUPT_DISABLE;

export class PciFunction {
  /** Called when software has written, and when a state was loaded. */
  onChange: () => void = () => {};
  private config = new Uint8Array(CONFIG_BYTES);
  private readonly initial = new Uint8Array(CONFIG_BYTES);
  private readonly writable = new Uint8Array(CONFIG_BYTES);

  constructor(description: FunctionDescription) {
    const { vendor, device, revision, classCode, command = USUAL_COMMAND, multifunction, registers } = description;
    const initial = new DataView(this.initial.buffer);
    initial.setUint16(VENDOR_ID, vendor, true);
    initial.setUint16(0x02, device, true);
    initial.setUint32(0x08, classCode * 0x100 + revision, true);
    initial.setUint8(0x0e, multifunction ? 0x80 : 0);
    new DataView(this.writable.buffer).setUint16(COMMAND, command, true);
    this.writable[CACHE_LINE_SIZE] = 0xff;
    this.writable[INTERRUPT_LINE] = 0xff;
    for (const { at, reset, writable } of registers) {
      this.initial.set(reset, at);
      if (writable) this.writable.set(writable, at);
    }
    this.reset();
  }

  reset(): void {
    this.config.set(this.initial);
    this.onChange();
  }

  read8(offset: number): number {
    return this.config[offset & 0xff];
  }

  write8(offset: number, value: number): void {
    const at = offset & 0xff;
    this.config[at] = (this.config[at] & ~this.writable[at]) | (value & this.writable[at]);
    this.onChange();
  }

  get command(): number {
    return this.word(COMMAND);
  }

  word(offset: number): number {
    return this.config[offset] | (this.config[offset + 1] << 8);
  }

  save(): DeviceState {
    return { config: this.config.slice() };
  }

  load(state: DeviceState): void {
    this.config = bytesField(state, "config", CONFIG_BYTES) as Uint8Array<ArrayBuffer>;
    this.onChange();
  }
}
