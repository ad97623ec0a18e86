// What connects the CPU with the devices: I/O ports, memory-mapped I/O and interrupt lines.

/** One wire: an interrupt request, a DMA request, the A20 gate. */
export interface Line {
  set(level: boolean): void;
}

/**
 * What a device offers to a bus. Addresses are absolute (not relative to the start of the mapping).
 * A 16- or 32-bit access to a device without the wide handler is split into bytes, lowest address first.
 */
export interface BusHandler {
  read8?(address: number): number;
  write8?(address: number, value: number): void;
  read16?(address: number): number;
  write16?(address: number, value: number): void;
  read32?(address: number): number;
  write32?(address: number, value: number): void;
}

/** Where a handler is mapped; a PCI device's place is chosen by software. */
export interface BusRange {
  /** Moves the mapping, keeping its size; undefined: it answers nowhere. */
  moveTo(first: number | undefined): void;
}

/** An address space of handlers; reading where nothing is mapped gives all ones, writing there is lost. */
export interface Bus {
  /** Maps `handler` at [first, first + count). A later mapping hides an earlier one. */
  map(first: number, count: number, handler: BusHandler): BusRange;
}

/** Guest physical memory as devices (DMA) and tools see it. A write is seen by the CPU at once, also as code. */
export interface GuestMemory {
  /** Bytes of RAM. */
  readonly size: number;
  /** Copies `length` bytes out; what lies outside RAM reads as 0xFF. */
  read(physicalAddress: number, length: number): Uint8Array;
  /** Writes `bytes`; what lies outside RAM is lost. */
  write(physicalAddress: number, bytes: Uint8Array): void;
}

/** Device state as it is saved: plain data that structured cloning and JSON-with-bytes can carry. */
export type DeviceState = {
  [key: string]: number | string | boolean | null | Uint8Array | DeviceState | DeviceState[] | number[];
};

/** Every device of the PC. Its constructor takes what it is wired to; time comes only from the `Clock` it is given. */
export interface Device {
  readonly name: string;
  /** Claims the device's ports and memory ranges. */
  attach(ports: Bus, memory: Bus): void;
  /** The RESET line: registers as the data sheet says they are after power-on. */
  reset(): void;
  save(): DeviceState;
  /** The registers without the contents of memories and media: for who looks often. Left out where `save` has nothing else. */
  look?(): DeviceState;
  load(state: DeviceState): void;
}

/** Sparse address space of fixed-size pages of handlers; used for ports (64 KiB) and physical addresses (4 GiB). */
export class AddressBus implements Bus {
  private readonly ranges: { first: number; end: number; handler: BusHandler }[] = [];

  map(first: number, count: number, handler: BusHandler): BusRange {
    const range = { first, end: first + count, handler };
    this.ranges.unshift(range);
    return {
      moveTo: (to) => {
        range.first = to ?? 0;
        range.end = to === undefined ? 0 : to + count;
      },
    };
  }

  /** The handler at `address`, or undefined. */
  find(address: number): BusHandler | undefined {
    for (const range of this.ranges) if (address >= range.first && address < range.end) return range.handler;
    return undefined;
  }

  read8(address: number): number {
    return (this.find(address)?.read8?.(address) ?? 0xff) & 0xff;
  }

  read16(address: number): number {
    const wide = this.find(address);
    if (wide?.read16) return wide.read16(address) & 0xffff;
    return this.read8(address) | (this.read8(address + 1) << 8);
  }

  read32(address: number): number {
    const wide = this.find(address);
    if (wide?.read32) return wide.read32(address) >>> 0;
    return (this.read16(address) | (this.read16(address + 2) << 16)) >>> 0;
  }

  write8(address: number, value: number): void {
    this.find(address)?.write8?.(address, value & 0xff);
  }

  write16(address: number, value: number): void {
    const wide = this.find(address);
    if (wide?.write16) {
      wide.write16(address, value & 0xffff);
      return;
    }
    this.write8(address, value & 0xff);
    this.write8(address + 1, (value >>> 8) & 0xff);
  }

  write32(address: number, value: number): void {
    const wide = this.find(address);
    if (wide?.write32) {
      wide.write32(address, value >>> 0);
      return;
    }
    this.write16(address, value & 0xffff);
    this.write16(address + 2, value >>> 16);
  }
}
