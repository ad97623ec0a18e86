// The program that specialisation leaves: structured like WebAssembly, with values held in locals that are set before they are read.
// Expressions have no effect and read no memory, so they may be computed anywhere after their locals are set.

import type { ValueType } from "../../../formats/wasm/module.ts";

export interface Constant {
  kind: "constant";
  type: ValueType;
  /** i32 as a signed number; i64 as a signed bigint. f32 and f64: their bits. */
  value: number | bigint;
}

export interface Local {
  kind: "local";
  type: ValueType;
  index: number;
}

/** A pure instruction, by its opcode in the binary format. */
export interface Operation {
  kind: "operation";
  type: ValueType;
  code: number;
  operands: Value[];
}

export type Value = Constant | Local | Operation;

/** Where a value comes from that is not pure. */
export type Source =
  | { kind: "load"; code: number; address: Value; offset: number }
  | { kind: "call"; target: number; operands: Value[] }
  | { kind: "global"; index: number };

export interface Move {
  to: Local;
  from: Value;
}

export interface Label {
  /** Given when the program is encoded. */
  depth: number;
}

export type Statement =
  | { kind: "set"; local: Local; value: Value }
  | { kind: "read"; local: Local; source: Source }
  | { kind: "call"; target: number; operands: Value[] }
  | { kind: "store"; code: number; address: Value; offset: number; value: Value }
  | { kind: "setGlobal"; index: number; value: Value }
  /** memory.copy, memory.fill */
  | { kind: "bulk"; code: number; operands: Value[] }
  | { kind: "if"; condition: Value; then: Statement[]; otherwise: Statement[] }
  | { kind: "block"; label: Label; body: Statement[] }
  | { kind: "loop"; label: Label; body: Statement[] }
  /** Parallel moves, then a branch; `falls` when control gets to the label by itself. */
  | { kind: "branch"; label: Label; before: Statement[]; moves: Move[]; falls: boolean }
  | { kind: "return"; value: Value }
  | { kind: "unreachable" };

export type Branch = Extract<Statement, { kind: "branch" }>;

export function constant(value: number): Constant {
  return { kind: "constant", type: "i32", value: value | 0 };
}

/** The value of an i32 constant, as an unsigned number; undefined for what is not known. */
export function known(value: Value): number | undefined {
  return value.kind === "constant" && value.type === "i32" ? Number(value.value) >>> 0 : undefined;
}

export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind === "constant") return b.kind === "constant" && a.type === b.type && a.value === b.value;
  if (a.kind === "local") return b.kind === "local" && a.index === b.index;
  if (b.kind !== "operation" || a.code !== b.code || a.operands.length !== b.operands.length) return false;
  return a.operands.every((operand, i) => sameValue(operand, b.operands[i]));
}
