// What every device test stands on: a clock that is moved by hand, ports and memory to attach to, lines that remember.

import { AddressBus, type Device, type GuestMemory, type Line } from "../bus.ts";
import { Clock } from "../clock.ts";
import type { KeyEvent } from "./keyboard.ts";
import { strokesOf } from "./us-layout.ts";

/** A line that keeps its level and counts rising edges. */
export class ProbeLine implements Line {
  level = false;
  risingEdges = 0;

  set(level: boolean): void {
    if (level && !this.level) this.risingEdges++;
    this.level = level;
  }
}

/** Guest memory in an array of its own. */
export class ArrayMemory implements GuestMemory {
  readonly bytes: Uint8Array;

  constructor(readonly size: number) {
    this.bytes = new Uint8Array(size);
  }

  read(physicalAddress: number, length: number): Uint8Array {
    const out = new Uint8Array(length).fill(0xff);
    if (physicalAddress < this.size) out.set(this.bytes.subarray(physicalAddress, physicalAddress + length));
    return out;
  }

  write(physicalAddress: number, bytes: Uint8Array): void {
    if (physicalAddress < this.size) this.bytes.set(bytes.subarray(0, this.size - physicalAddress), physicalAddress);
  }
}

export class TestBench {
  nowNs = 0;
  readonly clock = new Clock(() => this.nowNs);
  readonly ports = new AddressBus();
  readonly memory = new AddressBus();
  private readonly devices: Device[] = [];

  /** Attaches a device and resets it, as the machine does. */
  add<T extends Device>(device: T): T {
    device.attach(this.ports, this.memory);
    device.reset();
    this.devices.push(device);
    return device;
  }

  /** Lets time pass, stopping at every deadline on the way. */
  advance(ns: number): void {
    const end = this.nowNs + ns;
    for (;;) {
      const next = this.clock.nextDeadlineNs();
      if (next > end) break;
      this.nowNs = Math.max(this.nowNs, next);
      this.clock.fireDue();
    }
    this.nowNs = end;
  }

  out(port: number, ...values: number[]): void {
    for (const value of values) this.ports.write8(port, value);
  }

  in(port: number): number {
    return this.ports.read8(port);
  }

  /**
   * Hammers `ports` with `count` seeded random accesses of each width, time passing in between; throws when a value read is
   * out of range. Every so often the devices are saved and loaded back, which no later access may notice.
   */
  fuzz(ports: number[], options: { seed: number; count?: number; each?: (random: () => number) => void }): void {
    const random = xorshift(options.seed);
    for (let i = 0; i < (options.count ?? 100_000); i++) {
      const port = ports[random() % ports.length];
      const value = random() >>> (random() % 24);
      const action = random() % 16;
      let got = 0;
      let limit = 0x100;
      if (action < 7) this.ports.write8(port, value & 0xff);
      else if (action < 14) got = this.ports.read8(port);
      else if (action === 14) this.ports.write16(port, value & 0xffff);
      else {
        got = this.ports.read16(port);
        limit = 0x10000;
      }
      if (!Number.isInteger(got) || got < 0 || got >= limit)
        throw new RangeError(`port ${port.toString(16)}h read ${got}`);
      if (random() % 4 === 0) this.advance(random() % 50_000);
      options.each?.(random);
      if (i % 10_000 === 9_999) this.saveAndLoad();
    }
  }

  /** Saves, resets and loads every device; saving again must give the same. */
  saveAndLoad(): void {
    const clockState = this.clock.save();
    const states = this.devices.map((device) => device.save());
    for (const device of this.devices) device.reset();
    this.devices.forEach((device, i) => {
      device.load(states[i]);
    });
    this.clock.load(clockState);
    this.devices.forEach((device, i) => {
      const again = device.save();
      const before = JSON.stringify(states[i], briefBytes);
      const after = JSON.stringify(again, briefBytes);
      if (before !== after) throw new RangeError(`${device.name}: state changed by load:\n${before}\n${after}`);
    });
  }
}

/** For comparing states as text: bytes become their number and a checksum (FNV-1a). */
function briefBytes(_key: string, value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  let sum = 0x811c9dc5;
  for (const byte of value) sum = Math.imul(sum ^ byte, 0x01000193);
  return `${value.length} bytes, ${sum >>> 0}`;
}

/** A small seeded generator (Marsaglia's xorshift32) of unsigned 32-bit numbers. */
export function xorshift(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** The events of typing `text` on a US keyboard: modifiers down, key down and up, modifiers up. */
export function typeText(text: string): KeyEvent[] {
  return strokesOf(text).flatMap(({ code, modifiers }) => [
    ...modifiers.map((modifier) => ({ code: modifier, down: true })),
    { code, down: true },
    { code, down: false },
    ...[...modifiers].reverse().map((modifier) => ({ code: modifier, down: false })),
  ]);
}
