// What is known of the machine at one point of a specialised program: the dispatch function's locals, and the words of processor
// state ("cells") that are held in locals of the compiled function, some of them newer than memory.

import { FPU_SCRATCH, TEMPORARIES, ZERO } from "../core/layout.ts";
import type { Value } from "./residual.ts";

/** Words from here to there, at constant addresses, are held in locals; nothing else is. */
const CELLS_START = ZERO;
export const CELLS_END = FPU_SCRATCH;

export interface Cell {
  value: Value;
  /** Not in memory yet. */
  dirty: boolean;
}

export type Cells = Map<number, Cell>;

/** The state at the start of a micro-op: what the interpreter needs to run it instead. */
export interface Entry {
  record: number;
  cells: Cells;
}

export class State {
  /** Locals by function being specialised: the dispatch function first, then what is inlined. undefined: never to be read. */
  frames: (Value | undefined)[][] = [];
  cells: Cells = new Map();
  entry: Entry = { record: 0, cells: new Map() };
  /** Memory has changed since the start of the micro-op: it cannot be started again. */
  effects = false;
  /** Something was called since the start of the instruction: its block may have been thrown away. */
  called = false;

  clone(): State {
    const copy = new State();
    copy.frames = this.frames.map((frame) => frame.slice());
    copy.cells = new Map(this.cells);
    copy.entry = this.entry;
    copy.effects = this.effects;
    copy.called = this.called;
    return copy;
  }

  get locals(): (Value | undefined)[] {
    return this.frames[this.frames.length - 1];
  }
}

/** Whether `size` bytes at a constant address lie in one cell. */
export function inCell(address: number, size: number): boolean {
  return address >= CELLS_START && address + size <= CELLS_END && (address & 3) + size <= 4;
}

/** Whether an access of unknown address with this constant offset can reach a cell: addresses do not wrap. */
export function mayReachCells(offset: number): boolean {
  return offset < CELLS_END;
}

export function isZero(address: number, size: number): boolean {
  return address >= ZERO && address + size <= ZERO + 8;
}

/** Temporaries mean nothing between two instructions. */
export function forgetTemporaries(cells: Cells): void {
  for (let i = 0; i < 8; i++) cells.delete(TEMPORARIES + i * 4);
}
