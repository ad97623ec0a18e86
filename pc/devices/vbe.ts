// The VGA's extension for large modes with a linear frame buffer: an index and a data register of 16 bits, as the adapters of Bochs
// and QEMU have them, so that their drivers and video BIOSes work here. Video memory is apart from the VGA's planes: 16 MiB, at the
// PCI base address, or 64 KiB of it at A0000h.
// Sources: Bochs, "VBE display extension" (its developers' documentation); QEMU, docs/specs/standard-vga.

import type { Bus, BusRange, DeviceState } from "../bus.ts";
import { BASE_ADDRESS_0, MEMORY_SPACE, type PciFunction } from "./pci-function.ts";
import { bytesField, numberField, numbersField } from "./state.ts";

const INDEX_PORT = 0x1ce;
/** Index, data, and the data register once more on an even port. */
const PORTS_COUNT = 3;

// Registers.
const ID = 0;
const X_RESOLUTION = 1;
const Y_RESOLUTION = 2;
const BITS_PER_PIXEL = 3;
const ENABLE = 4;
const BANK = 5;
const VIRTUAL_WIDTH = 6;
const VIRTUAL_HEIGHT = 7;
const X_OFFSET = 8;
const Y_OFFSET = 9;
const MEMORY_64K = 10;
const REGISTERS = 11;

// Of ENABLE.
const ENABLED = 0x01;
const CAPABILITIES = 0x02;
const DAC_8_BIT = 0x20;
const LINEAR = 0x40;
const NO_CLEAR = 0x80;

const OLDEST_ID = 0xb0c0;
const NEWEST_ID = 0xb0c5;
const MOST_X = 2560;
const MOST_Y = 1600;
const MOST_BITS = 32;
const DEPTHS = [8, 15, 16, 24, 32];

export const VIDEO_MEMORY_BYTES = 16 << 20;
const BANK_BYTES = 0x10000;

export class Vbe {
  private index = 0;
  private readonly registers = new Uint16Array(REGISTERS);
  /** Made when it is first needed: few guests do. */
  private memory: Uint8Array | undefined;
  private range: BusRange | undefined;
  private base = 0;

  /** @param onChange called when what is seen may have changed */
  constructor(private readonly onChange: () => void) {}

  attach(ports: Bus, memory: Bus): void {
    ports.map(INDEX_PORT, PORTS_COUNT, {
      read16: (port) => (port === INDEX_PORT ? this.index : this.read()),
      write16: (port, value) => {
        if (port === INDEX_PORT) this.index = value;
        else this.write(value);
      },
    });
    this.range = memory.map(0, VIDEO_MEMORY_BYTES, {
      read8: (address) => this.bytes[address - this.base],
      read16: (address) => this.bytes[address - this.base] | (this.bytes[address - this.base + 1] << 8),
      read32: (address) => {
        const at = address - this.base;
        const { bytes } = this;
        return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
      },
      write8: (address, value) => this.store(address - this.base, value, 1),
      write16: (address, value) => this.store(address - this.base, value, 2),
      write32: (address, value) => this.store(address - this.base, value, 4),
    });
    this.range.moveTo(undefined);
  }

  /** The frame buffer follows the base address register of the adapter's function. */
  connect(pci: PciFunction): void {
    pci.onChange = () => {
      this.base = (pci.word(BASE_ADDRESS_0 + 2) & (0x1_0000 - (VIDEO_MEMORY_BYTES >>> 16))) * 0x1_0000;
      const decoded = (pci.command & MEMORY_SPACE) !== 0 && this.base !== 0;
      this.range?.moveTo(decoded ? this.base : undefined);
    };
    pci.onChange();
  }

  reset(): void {
    this.index = 0;
    this.registers.fill(0);
    this.registers[ID] = NEWEST_ID;
    this.registers[BITS_PER_PIXEL] = 8;
    this.memory?.fill(0);
  }

  /** Is the picture made of the frame buffer? */
  get enabled(): boolean {
    return (this.registers[ENABLE] & ENABLED) !== 0;
  }

  /** Do the DAC's components have eight bits? */
  get hasWideDac(): boolean {
    return this.enabled && (this.registers[ENABLE] & DAC_8_BIT) !== 0;
  }

  get width(): number {
    return this.registers[X_RESOLUTION];
  }

  get height(): number {
    return this.registers[Y_RESOLUTION];
  }

  get bitsPerPixel(): number {
    return this.registers[BITS_PER_PIXEL];
  }

  /** Bytes from one line of the picture to the next. */
  get pitch(): number {
    return this.registers[VIRTUAL_WIDTH] * bytesPerPixel(this.bitsPerPixel);
  }

  /** Where the picture's first pixel is in `bytes`. */
  get start(): number {
    return this.registers[Y_OFFSET] * this.pitch + this.registers[X_OFFSET] * bytesPerPixel(this.bitsPerPixel);
  }

  get bytes(): Uint8Array {
    this.memory ??= new Uint8Array(VIDEO_MEMORY_BYTES);
    return this.memory;
  }

  /** The window at A0000h, while `enabled`; `offset` below 64 KiB. */
  readWindow(offset: number): number {
    return this.bytes[this.registers[BANK] * BANK_BYTES + offset];
  }

  writeWindow(offset: number, value: number): void {
    this.store(this.registers[BANK] * BANK_BYTES + offset, value, 1);
  }

  look(): DeviceState {
    return { index: this.index, registers: [...this.registers] };
  }

  save(): DeviceState {
    const { memory } = this;
    let used = memory?.length ?? 0;
    while (memory && used > 0 && memory[used - 1] === 0) used--;
    return { ...this.look(), memory: memory?.slice(0, used) ?? new Uint8Array(0) };
  }

  load(state: DeviceState): void {
    this.index = numberField(state, "index");
    this.registers.set(numbersField(state, "registers", REGISTERS));
    this.memory?.fill(0);
    const used = bytesField(state, "memory");
    if (used.length > 0) this.bytes.set(used);
  }

  private store(at: number, value: number, size: number): void {
    const { bytes } = this;
    for (let i = 0; i < size; i++) bytes[at + i] = value >>> (8 * i);
    if (this.enabled) this.onChange();
  }

  private read(): number {
    if (this.registers[ENABLE] & CAPABILITIES) {
      if (this.index === X_RESOLUTION) return MOST_X;
      if (this.index === Y_RESOLUTION) return MOST_Y;
      if (this.index === BITS_PER_PIXEL) return MOST_BITS;
    }
    if (this.index === MEMORY_64K) return VIDEO_MEMORY_BYTES >> 16;
    return this.registers[this.index] ?? 0;
  }

  private write(value: number): void {
    const { registers } = this;
    switch (this.index) {
      case ID:
        if (value >= OLDEST_ID && value <= NEWEST_ID) registers[ID] = value;
        break;
      case X_RESOLUTION:
        if (value > 0 && value <= MOST_X && !this.enabled) registers[X_RESOLUTION] = value;
        break;
      case Y_RESOLUTION:
        if (value > 0 && value <= MOST_Y && !this.enabled) registers[Y_RESOLUTION] = value;
        break;
      case BITS_PER_PIXEL:
        if (DEPTHS.includes(value) && !this.enabled) registers[BITS_PER_PIXEL] = value;
        break;
      case ENABLE:
        this.enable(value);
        break;
      case BANK:
        if (value < VIDEO_MEMORY_BYTES / BANK_BYTES) registers[BANK] = value;
        break;
      case VIRTUAL_WIDTH:
        if (this.enabled) this.setVirtualWidth(value);
        break;
      case X_OFFSET:
        if (this.enabled) registers[X_OFFSET] = Math.min(value, registers[VIRTUAL_WIDTH] - this.width);
        break;
      case Y_OFFSET:
        if (this.enabled) registers[Y_OFFSET] = Math.min(value, registers[VIRTUAL_HEIGHT] - this.height);
        break;
      default: // VIRTUAL_HEIGHT follows from the width; the memory is what it is.
        return;
    }
    this.onChange();
  }

  private enable(value: number): void {
    const { registers } = this;
    const wasEnabled = this.enabled;
    registers[ENABLE] = value & (ENABLED | CAPABILITIES | DAC_8_BIT | LINEAR | NO_CLEAR);
    if (!this.enabled || wasEnabled) return;
    const isShowable =
      this.width > 0 &&
      this.height > 0 &&
      this.width * this.height * bytesPerPixel(this.bitsPerPixel) <= VIDEO_MEMORY_BYTES;
    if (!isShowable) {
      registers[ENABLE] &= ~ENABLED;
      return;
    }
    registers[BANK] = 0;
    this.setVirtualWidth(this.width);
    if ((value & NO_CLEAR) === 0) this.memory?.fill(0);
  }

  /** As wide as wished, but so that the picture's height still fits into the memory. */
  private setVirtualWidth(value: number): void {
    const { registers } = this;
    const pixels = Math.floor(VIDEO_MEMORY_BYTES / bytesPerPixel(this.bitsPerPixel));
    const width = Math.max(this.width, Math.min(value, Math.floor(pixels / this.height)));
    registers[VIRTUAL_WIDTH] = width;
    registers[VIRTUAL_HEIGHT] = Math.min(0xffff, Math.floor(pixels / width));
    registers[X_OFFSET] = 0;
    registers[Y_OFFSET] = 0;
  }
}

function bytesPerPixel(bits: number): number {
  return (bits + 7) >> 3;
}
