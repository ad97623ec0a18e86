// Pure instructions on what is known: constants are computed, neutral operands vanish. What is not folded stays an operation, so
// this table may be incomplete, but not wrong. Source: WebAssembly Core Specification 2.0, section 4.3.2.

import type { ValueType } from "../../../formats/wasm/module.ts";
import { constant, type Value } from "./residual.ts";

export const EQZ = 0x45;
export const ADD = 0x6a;
const SUB = 0x6b;
export const AND = 0x71;
export const OR = 0x72;
const XOR = 0x73;
export const SHL = 0x74;
const SHR_S = 0x75;
export const SHR_U = 0x76;
const ROTL = 0x77;
const ROTR = 0x78;
export const EXTEND8_S = 0xc0;
export const EXTEND16_S = 0xc1;

const bool = (met: boolean): number => (met ? 1 : 0);
const rotate = (a: number, by: number): number => (a << by) | (a >>> (32 - by));

/** Of i32 operands, as signed numbers. Divisions are left alone: they may trap. */
const UNARY: Record<number, (a: number) => number> = {
  [EQZ]: (a) => bool(a === 0),
  [EXTEND8_S]: (a) => (a << 24) >> 24,
  [EXTEND16_S]: (a) => (a << 16) >> 16,
};
const BINARY: Record<number, (a: number, b: number) => number> = {
  70: (a, b) => bool(a === b),
  71: (a, b) => bool(a !== b),
  72: (a, b) => bool(a < b),
  73: (a, b) => bool(a >>> 0 < b >>> 0),
  74: (a, b) => bool(a > b),
  75: (a, b) => bool(a >>> 0 > b >>> 0),
  76: (a, b) => bool(a <= b),
  77: (a, b) => bool(a >>> 0 <= b >>> 0),
  78: (a, b) => bool(a >= b),
  79: (a, b) => bool(a >>> 0 >= b >>> 0),
  [ADD]: (a, b) => a + b,
  [SUB]: (a, b) => a - b,
  108: (a, b) => Math.imul(a, b),
  [AND]: (a, b) => a & b,
  [OR]: (a, b) => a | b,
  [XOR]: (a, b) => a ^ b,
  [SHL]: (a, b) => a << b,
  [SHR_S]: (a, b) => a >> b,
  [SHR_U]: (a, b) => a >>> b,
  [ROTL]: (a, b) => rotate(a, b & 31),
  [ROTR]: (a, b) => rotate(a, -b & 31),
};

/** x op 0 = x. */
const ZERO_NEUTRAL = new Set([ADD, SUB, OR, XOR, SHL, SHR_S, SHR_U, ROTL, ROTR]);

function number(value: Value): number | undefined {
  return value.kind === "constant" && value.type === "i32" ? Number(value.value) : undefined;
}

/** The value of a pure instruction. */
export function operation(code: number, type: ValueType, operands: Value[]): Value {
  const [first, second] = operands;
  const a = first && number(first);
  if (operands.length === 1) {
    const compute = UNARY[code];
    if (compute && a !== undefined) return constant(compute(a));
  } else if (operands.length === 2) {
    const b = number(second);
    const compute = BINARY[code];
    if (compute && b !== undefined) {
      if (a !== undefined) return constant(compute(a, b));
      return withConstant(code, first, b) ?? { kind: "operation", type, code, operands };
    }
    if (a === 0 && (code === ADD || code === OR || code === XOR)) return second;
    if (a === 0 && code === AND) return first;
  }
  return { kind: "operation", type, code, operands };
}

/** `value op b` in a simpler form, if there is one. */
function withConstant(code: number, value: Value, b: number): Value | undefined {
  if (b === 0 && ZERO_NEUTRAL.has(code)) return value;
  if (b === 0 && code === AND) return constant(0);
  if (b === -1 && code === AND) return value;
  if (code === SUB) return operation(ADD, "i32", [value, constant(-b)]);
  // (x + c) + d, (x & c) & d
  if ((code === ADD || code === AND) && value.kind === "operation" && value.code === code) {
    const inner = number(value.operands[1]);
    if (inner !== undefined) {
      return operation(code, "i32", [value.operands[0], constant(code === ADD ? inner + b : inner & b)]);
    }
  }
  return undefined;
}
