// The floating-point unit among programs. Its state is switched only when a second program uses the unit: while the unit holds
// another program's state (CR0.TS is set), its first instruction is a fault, and that is where the states change places.
// The kernel itself uses no floating point. Source: Intel SDM volume 3, sections 2.5 (CR0) and 13.4 (lazy switching).

import { readCr0, writeCr0 } from "./instructions.external.ts";
import { allowFloats, initializeFloats, loadFloats, saveFloats } from "./programs.external.ts";

/** What `fnsave` writes. */
export const FLOAT_STATE_BYTES: usize = 108;

const CR0_MONITOR: u32 = 1 << 1;
const CR0_EMULATE: u32 = 1 << 2;
const CR0_TASK_SWITCHED: u32 = 1 << 3;
const CR0_NUMERIC_ERROR: u32 = 1 << 5;

/** A program's part in this. */
@unmanaged
export class FloatState {
  /** The program has used the unit: its state is in the unit or below. */
  isUsed: bool;
  // FLOAT_STATE_BYTES follow.

  get area(): usize {
    return changetype<usize>(this) + 4;
  }
}
export const FLOAT_BYTES: usize = 112;

/** Whose state is in the unit. */
let owner: FloatState | null = null;
let isForbidden: bool = false;

/** Sets the unit up: its errors are exceptions, and no program has it. */
export function initializeFloatingPoint(): void {
  const flags = CR0_MONITOR | CR0_NUMERIC_ERROR | CR0_TASK_SWITCHED;
  writeCr0((readCr0() & ~CR0_EMULATE) | flags);
  isForbidden = true;
}

/** The program with `state` runs next. */
export function switchFloats(state: FloatState): void {
  const forbid = owner !== state;
  if (forbid == isForbidden) return;
  isForbidden = forbid;
  if (forbid) writeCr0(readCr0() | CR0_TASK_SWITCHED);
  else allowFloats();
}

/** The running program, whose state is `state`, used the unit while another's state was in it. Interrupts are off. */
export function takeFloats(state: FloatState): void {
  allowFloats();
  isForbidden = false;
  const previous = owner;
  if (previous !== null) saveFloats(previous.area);
  owner = state;
  if (state.isUsed) loadFloats(state.area);
  else initializeFloats();
  state.isUsed = true;
}

/** The program with `state` has ended. */
export function dropFloats(state: FloatState): void {
  if (owner !== state) return;
  owner = null;
  isForbidden = true;
  writeCr0(readCr0() | CR0_TASK_SWITCHED);
}
