// f32 and f64 operators. A float is its bits: one word or two, like an integer, so that variables, calls, loads, stores and
// phis need to know nothing of it. Only arithmetic is an operation of its own (machine/floats.ts); what is about the sign alone is
// done on the bits; what needs another rounding mode or several steps goes to a routine (emit/float-routines.ts).

import type { WasmInstruction } from "../../../formats/wasm/decode.ts";
import type { ValueType } from "../../../formats/wasm/module.ts";
import type { Graph } from "./graph.ts";
import type { Value } from "./ir.ts";
import type { Operand } from "./operators.ts";

const ARITHMETIC = new Set(["add", "sub", "mul", "div", "sqrt"]);
const COMPARISONS = new Set(["eq", "ne", "lt", "gt", "le", "ge"]);
const ROUTINES = new Set(["min", "max", "ceil", "floor", "trunc", "nearest", "convert_i64_u"]);
const SIGN = 0x80000000;

export function isFloat(type: ValueType): boolean {
  return type === "f32" || type === "f64";
}

/** Operators whose operands or results are floats. */
export function floatOperator(g: Graph, instruction: WasmInstruction, operands: Operand[]): Operand[] | undefined {
  const { opcode, value, high } = instruction;
  const [type, name] = opcode.name.split(".");
  const [result] = opcode.results;
  const [a, b] = operands;
  if (name === "const") return [operand(result, g.constant(value), g.constant(high))];
  if (name === "load") {
    const low = g.make("load", [a.low], value);
    return [operand(result, low, result === "f64" ? g.make("load", [a.low], (value + 4) | 0) : low)];
  }
  if (name === "store") {
    storeFloat(g, a.low, b, value);
    return [];
  }
  if (name.startsWith("reinterpret")) return [operand(result, a.low, a.high)];
  if (name === "abs" || name === "neg" || name === "copysign") return [changeSign(g, name, a, b)];
  const words = operands.flatMap(wordsOfOperand);
  if (COMPARISONS.has(name)) return [operand(result, g.append("compareFloat", words, 0, opcode.name))];
  const isInline = ARITHMETIC.has(name) || /^(promote|demote|convert_i32|convert_i64_s)/.test(name);
  if (!isInline && !ROUTINES.has(name) && !name.startsWith("trunc_")) return undefined;
  const made = isInline
    ? g.append("float", words, 0, opcode.name)
    : g.append("helper", words, 0, `__wasm_${type}_${name}`);
  return [operand(result, made, result === "f64" || result === "i64" ? g.high(made) : made)];
}

export function operand(type: ValueType, low: Value, high = low): Operand {
  return { type, low, high };
}

export function isWide(type: ValueType): boolean {
  return type === "i64" || type === "f64";
}

export function wordsOfOperand({ type, low, high }: Operand): Value[] {
  return isWide(type) ? [low, high] : [low];
}

/** A result of arithmetic goes to memory straight from the floating-point unit; other bits are moved as words. */
function storeFloat(g: Graph, address: Value, stored: Operand, offset: number): void {
  const words = wordsOfOperand(stored);
  if (stored.low.op === "float") g.make("storeFloat", [address, ...words], offset);
  else words.forEach((word, i) => void g.make("store", [address, word], (offset + 4 * i) | 0));
}

/** The sign is the top bit of the highest word. */
function changeSign(g: Graph, name: string, a: Operand, b: Operand | undefined): Operand {
  const change = (top: Value): Value => {
    if (name === "neg") return g.make("xor", [top, g.constant(SIGN)]);
    const magnitude = g.and(top, g.constant(~SIGN));
    return b === undefined ? magnitude : g.or(magnitude, g.and(isWide(b.type) ? b.high : b.low, g.constant(SIGN)));
  };
  return isWide(a.type) ? operand(a.type, a.low, change(a.high)) : operand(a.type, change(a.low));
}
