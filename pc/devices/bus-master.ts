// The PIIX3's bus master: moves the data of a channel's DMA commands between drive and memory, as a table of regions says.
// Sources: Intel 82371SB (PIIX3) data sheet (290550), section 2.7; SFF-8038i, "Programming Interface for Bus Master IDE Controller".

import type { DeviceState, GuestMemory } from "../bus.ts";
import type { DmaPort } from "./ide-drive.ts";
import { loadFields, saveFields } from "./state.ts";

/** Ports of one channel. */
export const BUS_MASTER_PORTS = 8;
const COMMAND = 0;
const STATUS = 2;
const TABLE = 4;

const START = 0x01;
/** The drive's data goes to memory. */
const TO_MEMORY = 0x08;

const ACTIVE = 0x01;
const ERROR = 0x02;
const INTERRUPT = 0x04;
/** For software only: it notes there which drives it has set up for DMA. */
const CAPABLE = 0x60;

/** A physical region descriptor: address, count (0: 64 KiB), and the end-of-table bit. */
const DESCRIPTOR_BYTES = 8;
const MOST_BYTES = 0x1_0000;

export interface BusMasterWiring {
  memory: GuestMemory;
  /** The function may be a bus master. */
  enabled: () => boolean;
  /** Software has started it. */
  started: () => void;
}

const FIELDS = ["command", "status", "table", "nextDescriptor", "regionAddress", "regionLeft", "atEnd"] as const;

export class BusMaster implements DmaPort {
  // Public only for save and load.
  command = 0;
  status = 0;
  /** Physical address of the table. */
  table = 0;
  nextDescriptor = 0;
  /** What is left of the region under way. */
  regionAddress = 0;
  regionLeft = 0;
  /** The region under way is the table's last. */
  atEnd = false;

  constructor(private readonly wiring: BusMasterWiring) {}

  reset(): void {
    this.command = 0;
    this.status = 0;
    this.table = 0;
    this.regionLeft = 0;
    this.atEnd = false;
  }

  read8(register: number): number {
    if (register === COMMAND) return this.command;
    if (register === STATUS) return this.status;
    return register >= TABLE ? (this.table >>> ((register - TABLE) * 8)) & 0xff : 0;
  }

  write8(register: number, value: number): void {
    if (register === COMMAND) this.writeCommand(value);
    else if (register === STATUS) {
      const kept = this.status & ~(value & (ERROR | INTERRUPT));
      this.status = (kept & ~CAPABLE) | (value & CAPABLE);
    } else if (register >= TABLE) {
      const shift = (register - TABLE) * 8;
      this.table = (((this.table & ~(0xff << shift)) | (value << shift)) & ~3) >>> 0;
    }
  }

  /** The channel's interrupt line rises. */
  interrupt(): void {
    this.status |= INTERRUPT;
  }

  ready(hostWrites: boolean): boolean {
    const direction = (this.command & TO_MEMORY) !== 0;
    return (this.status & ACTIVE) !== 0 && direction !== hostWrites && this.wiring.enabled();
  }

  toMemory(bytes: Uint8Array): number {
    let done = 0;
    while (done < bytes.length) {
      const count = this.nextPiece(bytes.length - done, false);
      if (count === 0) break;
      this.wiring.memory.write(this.regionAddress, bytes.subarray(done, done + count));
      this.pass(count);
      done += count;
    }
    return done;
  }

  fromMemory(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    let done = 0;
    while (done < count) {
      const piece = this.nextPiece(count - done, true);
      if (piece === 0) break;
      bytes.set(this.wiring.memory.read(this.regionAddress, piece), done);
      this.pass(piece);
      done += piece;
    }
    return bytes.subarray(0, done);
  }

  save(): DeviceState {
    return saveFields<BusMaster>(this, FIELDS);
  }

  load(state: DeviceState): void {
    loadFields<BusMaster>(this, FIELDS, state);
  }

  private writeCommand(value: number): void {
    const starts = (value & START) !== 0 && (this.command & START) === 0;
    this.command = value & (START | TO_MEMORY);
    if ((value & START) === 0) {
      this.status &= ~ACTIVE;
      return;
    }
    if (!starts) return;
    this.status |= ACTIVE;
    this.nextDescriptor = this.table;
    this.regionLeft = 0;
    this.atEnd = false;
    this.wiring.started();
  }

  /** How many of `wanted` bytes the region under way takes, going on to the next one when it is full; 0: nothing is left. */
  private nextPiece(wanted: number, hostWrites: boolean): number {
    if (!this.ready(hostWrites)) return 0;
    if (this.regionLeft === 0) {
      const descriptor = this.wiring.memory.read(this.nextDescriptor, DESCRIPTOR_BYTES);
      const view = new DataView(descriptor.buffer, descriptor.byteOffset, DESCRIPTOR_BYTES);
      this.regionAddress = (view.getUint32(0, true) & ~1) >>> 0;
      this.regionLeft = view.getUint16(4, true) & ~1 || MOST_BYTES;
      this.atEnd = (descriptor[7] & 0x80) !== 0;
      this.nextDescriptor = (this.nextDescriptor + DESCRIPTOR_BYTES) >>> 0;
    }
    return Math.min(wanted, this.regionLeft);
  }

  private pass(count: number): void {
    this.regionAddress += count;
    this.regionLeft -= count;
    if (this.regionLeft === 0 && this.atEnd) this.status &= ~ACTIVE;
  }
}
