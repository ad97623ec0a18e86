// The two 8237A DMA controllers of the PC AT with their page registers: channels 0..3 move bytes, 5..7 words; channel 4 cascades
// the first controller, which therefore works only while channel 4 is not masked.
// Sources: Intel 8237A data sheet (order no. 231466); IBM PC AT Technical Reference for ports and pages.

import type { Bus, Device, DeviceState, GuestMemory } from "../bus.ts";
import { bytesField, loadFields, saveFields, stateField } from "./state.ts";

const CONTROLLER_2 = 0xc0;
/** Page register of each channel; the other ports from 81h to 8Fh are plain storage. */
const PAGE_PORTS = [0x87, 0x83, 0x81, 0x82, 0x8f, 0x8b, 0x89, 0x8a];
const PAGES_FIRST = 0x81;
const PAGES_COUNT = 15;
const CASCADE = 4;

// Register numbers 8..15.
const COMMAND_STATUS = 8;
const REQUEST = 9;
const SINGLE_MASK = 10;
const MODE = 11;
const CLEAR_FLIP_FLOP = 12;
const MASTER_CLEAR_TEMPORARY = 13;
const CLEAR_MASK = 14;
const ALL_MASK = 15;

const COMMAND_DISABLE = 0x04;

const MODE_TRANSFER = 0x0c;
const TRANSFER_WRITE = 0x04;
const TRANSFER_READ = 0x08;
const MODE_AUTO_INIT = 0x10;
const MODE_DECREMENT = 0x20;

class ChannelRegisters {
  baseAddress = 0;
  baseCount = 0;
  address = 0;
  count = 0;
  mode = 0;
}

const CHANNEL_FIELDS = ["baseAddress", "baseCount", "address", "count", "mode"] as const;
const CONTROLLER_FIELDS = ["command", "status", "mask", "requests", "highByteNext"] as const;

class Controller {
  readonly channels = [0, 1, 2, 3].map(() => new ChannelRegisters());
  command = 0;
  /** Terminal counts reached (bits 0..3) since it was read. */
  status = 0;
  mask = 0x0f;
  /** Software requests; nothing on the PC serves them. */
  requests = 0;
  /** The flip-flop of the 16-bit registers. */
  highByteNext = false;

  /** Master clear, and RESET. */
  clear(): void {
    this.command = 0;
    this.status = 0;
    this.mask = 0x0f;
    this.requests = 0;
    this.highByteNext = false;
  }

  read(register: number): number {
    if (register < COMMAND_STATUS) {
      const channel = this.channels[register >> 1];
      const value = register & 1 ? channel.count : channel.address;
      return this.nextIsHigh() ? value >> 8 : value & 0xff;
    }
    if (register === COMMAND_STATUS) {
      const status = this.status | (this.requests << 4);
      this.status = 0;
      return status;
    }
    // The temporary register serves memory-to-memory transfers only, which the PC does not wire.
    if (register === MASTER_CLEAR_TEMPORARY) return 0;
    if (register === ALL_MASK) return this.mask | 0xf0;
    return 0xff;
  }

  write(register: number, value: number): void {
    const bit = 1 << (value & 3);
    switch (register) {
      case COMMAND_STATUS:
        this.command = value;
        break;
      case REQUEST:
        this.requests = value & 4 ? this.requests | bit : this.requests & ~bit;
        break;
      case SINGLE_MASK:
        this.mask = value & 4 ? this.mask | bit : this.mask & ~bit;
        break;
      case MODE:
        this.channels[value & 3].mode = value & 0xfc;
        break;
      case CLEAR_FLIP_FLOP:
        this.highByteNext = false;
        break;
      case MASTER_CLEAR_TEMPORARY:
        this.clear();
        break;
      case CLEAR_MASK:
        this.mask = 0;
        break;
      case ALL_MASK:
        this.mask = value & 0x0f;
        break;
      default:
        this.writeChannel(this.channels[register >> 1], (register & 1) !== 0, value);
    }
  }

  private writeChannel(channel: ChannelRegisters, isCount: boolean, value: number): void {
    const high = this.nextIsHigh();
    const merge = (old: number): number => (high ? (old & 0x00ff) | (value << 8) : (old & 0xff00) | value);
    if (isCount) {
      channel.baseCount = merge(channel.baseCount);
      channel.count = merge(channel.count);
    } else {
      channel.baseAddress = merge(channel.baseAddress);
      channel.address = merge(channel.address);
    }
  }

  private nextIsHigh(): boolean {
    const high = this.highByteNext;
    this.highByteNext = !high;
    return high;
  }
}

/** A channel as the device on it sees it: DREQ, DACK and TC in one call. */
export interface DmaChannel {
  /** Device to memory. `moved` is how many bytes went before the channel was masked or its count ran out. */
  write(bytes: Uint8Array): DmaTransfer;
  /** Memory to device: fills `bytes` from its start. */
  read(bytes: Uint8Array): DmaTransfer;
}

export interface DmaTransfer {
  moved: number;
  /** The count ran out with the last byte moved. */
  terminalCount: boolean;
}

export class Dma implements Device {
  readonly name = "dma";
  private readonly controllers = [new Controller(), new Controller()];
  /** Bytes at ports 81h..8Fh. */
  private readonly pages = new Uint8Array(PAGES_COUNT);

  constructor(private readonly wiring: { memory: GuestMemory }) {}

  /** Channel 0..3 (bytes) or 5..7 (words). */
  channel(n: number): DmaChannel {
    if (!Number.isInteger(n) || n < 0 || n > 7 || n === CASCADE) throw new RangeError(`dma: no channel ${n}`);
    return {
      write: (bytes) => this.transfer(n, bytes, TRANSFER_WRITE),
      read: (bytes) => this.transfer(n, bytes, TRANSFER_READ),
    };
  }

  attach(ports: Bus): void {
    const [first, second] = this.controllers;
    ports.map(0x00, 16, {
      read8: (port) => first.read(port),
      write8: (port, value) => first.write(port, value),
    });
    ports.map(CONTROLLER_2, 32, {
      read8: (port) => second.read((port - CONTROLLER_2) >> 1),
      write8: (port, value) => second.write((port - CONTROLLER_2) >> 1, value),
    });
    ports.map(PAGES_FIRST, PAGES_COUNT, {
      read8: (port) => this.pages[port - PAGES_FIRST],
      write8: (port, value) => {
        this.pages[port - PAGES_FIRST] = value;
      },
    });
  }

  reset(): void {
    for (const controller of this.controllers) {
      controller.clear();
      for (const channel of controller.channels) Object.assign(channel, new ChannelRegisters());
    }
    this.pages.fill(0);
  }

  save(): DeviceState {
    const state: DeviceState = { pages: this.pages.slice() };
    this.controllers.forEach((controller, c) => {
      const saved = saveFields(controller, CONTROLLER_FIELDS);
      controller.channels.forEach((channel, n) => {
        saved[`channel${n}`] = saveFields(channel, CHANNEL_FIELDS);
      });
      state[`controller${c}`] = saved;
    });
    return state;
  }

  load(state: DeviceState): void {
    this.pages.set(bytesField(state, "pages", PAGES_COUNT));
    this.controllers.forEach((controller, c) => {
      const saved = stateField(state, `controller${c}`);
      loadFields(controller, CONTROLLER_FIELDS, saved);
      controller.channels.forEach((channel, n) => {
        loadFields(channel, CHANNEL_FIELDS, stateField(saved, `channel${n}`));
      });
    });
  }

  private isOpen(n: number): boolean {
    const controller = this.controllers[n >> 2];
    const masked = ((controller.mask >> (n & 3)) & 1) !== 0;
    if (masked || controller.command & COMMAND_DISABLE) return false;
    return n > CASCADE || this.isOpen2();
  }

  /** Whether the second controller passes the first one's requests on. */
  private isOpen2(): boolean {
    const second = this.controllers[1];
    return (second.mask & 1) === 0 && (second.command & COMMAND_DISABLE) === 0;
  }

  private transfer(n: number, bytes: Uint8Array, direction: number): DmaTransfer {
    const controller = this.controllers[n >> 2];
    const registers = controller.channels[n & 3];
    const unit = n > CASCADE ? 2 : 1;
    let moved = 0;
    while (moved + unit <= bytes.length && this.isOpen(n)) {
      // As much as fits before the count runs out or the 16-bit address wraps.
      const down = (registers.mode & MODE_DECREMENT) !== 0;
      const room = down ? 1 : 0x10000 - registers.address;
      const units = Math.min(Math.floor((bytes.length - moved) / unit), registers.count + 1, room);
      this.move(n, registers, bytes.subarray(moved, moved + units * unit), direction);
      moved += units * unit;
      registers.address = (registers.address + (down ? -units : units)) & 0xffff;
      registers.count = (registers.count - units) & 0xffff;
      if (registers.count !== 0xffff) continue;
      this.finish(controller, n & 3);
      return { moved, terminalCount: true };
    }
    return { moved, terminalCount: false };
  }

  /** Count register past zero: TC, and then auto-initialisation or the mask. */
  private finish(controller: Controller, n: number): void {
    const registers = controller.channels[n];
    controller.status |= 1 << n;
    controller.requests &= ~(1 << n);
    if (registers.mode & MODE_AUTO_INIT) {
      registers.address = registers.baseAddress;
      registers.count = registers.baseCount;
    } else controller.mask |= 1 << n;
  }

  /** The bus cycles. A channel set to verify, or to the other direction, makes them without moving data. */
  private move(n: number, registers: ChannelRegisters, bytes: Uint8Array, direction: number): void {
    const page = this.pages[PAGE_PORTS[n] - PAGES_FIRST];
    const physicalAddress =
      n > CASCADE ? ((page & 0xfe) << 16) + registers.address * 2 : (page << 16) + registers.address;
    const matches = (registers.mode & MODE_TRANSFER) === direction;
    if (direction === TRANSFER_WRITE) {
      if (matches) this.wiring.memory.write(physicalAddress, bytes);
    } else if (matches) bytes.set(this.wiring.memory.read(physicalAddress, bytes.length));
    else bytes.fill(0xff);
  }
}
