// What the decoders of device registers share: single bits with their data-sheet names, and sub-states that may be missing.

import type { DeviceState } from "../../pc/bus.ts";

/** A bit of a register by its name. */
export interface Bit {
  name: string;
  isSet: boolean;
}

/** The named bits of a register, as the data sheet orders them: highest first. */
export function bitsOf(value: number, names: Readonly<Record<string, number>>): Bit[] {
  return Object.entries(names).map(([name, mask]) => ({ name, isSet: (value & mask) !== 0 }));
}

/** A part of a state; undefined: the machine has no such part. */
export function partOf(state: DeviceState, name: string): DeviceState | undefined {
  const part = state[name];
  return typeof part !== "object" || part === null || Array.isArray(part) || part instanceof Uint8Array
    ? undefined
    : part;
}

/** Two digits in one byte, as clocks have them. */
export function fromBcd(byte: number): number {
  return (byte >> 4) * 10 + (byte & 0x0f);
}
