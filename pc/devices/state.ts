// Reading saved device state back: the types are checked, because a state may come from a file.

import type { DeviceState } from "../bus.ts";

/** A saved state that does not fit the device. */
export class DeviceStateError extends Error {
  override readonly name = "DeviceStateError";

  constructor(
    readonly field: string,
    readonly expected: string,
    readonly found: unknown,
  ) {
    super(`saved device state: field "${field}": expected ${expected}, found ${describe(found)}`);
  }
}

function describe(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" ? "an object" : String(value);
}

export function numberField(state: DeviceState, field: string): number {
  const value = state[field];
  if (typeof value !== "number") throw new DeviceStateError(field, "a number", value);
  return value;
}

export function booleanField(state: DeviceState, field: string): boolean {
  const value = state[field];
  if (typeof value !== "boolean") throw new DeviceStateError(field, "true or false", value);
  return value;
}

export function textField(state: DeviceState, field: string): string {
  const value = state[field];
  if (typeof value !== "string") throw new DeviceStateError(field, "text", value);
  return value;
}

/** A copy of saved bytes; `length`, when given, must match. */
export function bytesField(state: DeviceState, field: string, length?: number): Uint8Array {
  const value = state[field];
  if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length)) {
    throw new DeviceStateError(field, length === undefined ? "bytes" : `${length} bytes`, value);
  }
  return value.slice();
}

/** A copy of a saved list of numbers. */
export function numbersField(state: DeviceState, field: string, length?: number): number[] {
  const value = state[field];
  if (
    !Array.isArray(value) ||
    !value.every((item): item is number => typeof item === "number") ||
    (length !== undefined && value.length !== length)
  ) {
    throw new DeviceStateError(field, length === undefined ? "numbers" : `${length} numbers`, value);
  }
  return value.slice();
}

export function stateField(state: DeviceState, field: string): DeviceState {
  const value = state[field];
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw new DeviceStateError(field, "an object", value);
  }
  return value;
}

/** Saved numbers and booleans by name, copied onto `target`'s fields of the same name and type. */
export function loadFields<T extends object>(
  target: T,
  names: readonly (keyof T & string)[],
  state: DeviceState,
): void {
  for (const name of names) {
    const value = state[name];
    if (typeof value !== typeof target[name]) throw new DeviceStateError(name, `a ${typeof target[name]}`, value);
    Object.assign(target, { [name]: value });
  }
}

/** The numbers and booleans named, for `loadFields`. */
export function saveFields<T extends object>(source: T, names: readonly (keyof T & string)[]): DeviceState {
  const state: DeviceState = {};
  for (const name of names) {
    const value = source[name];
    if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") state[name] = value;
  }
  return state;
}
