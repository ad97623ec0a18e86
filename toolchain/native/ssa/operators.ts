// WebAssembly's plain operators (no control flow, no variables) as values: pops operands, pushes results.

import type { WasmInstruction } from "../../../formats/wasm/decode.ts";
import type { ValueType } from "../../../formats/wasm/module.ts";
import { floatOperator } from "./floats.ts";
import type { Graph } from "./graph.ts";
import type { Op, Value } from "./ir.ts";
import { constantLong, type Long, longBinary, longCompare, longUnary, populationCount, signExtend } from "./long.ts";

/** What lies on WebAssembly's operand stack. `high` is meaningful for i64 and f64 only. */
export interface Operand extends Long {
  type: ValueType;
}

const WORD_OPS: Record<string, Op> = {
  add: "add",
  sub: "sub",
  mul: "mul",
  and: "and",
  or: "or",
  xor: "xor",
  shl: "shl",
  shr_s: "sar",
  shr_u: "shr",
  rotl: "rotl",
  rotr: "rotr",
  clz: "clz",
  ctz: "ctz",
  extend8_s: "extend8",
  extend16_s: "extend16",
  eq: "eq",
  ne: "ne",
  lt_s: "lts",
  lt_u: "ltu",
  le_s: "les",
  le_u: "leu",
  gt_s: "gts",
  gt_u: "gtu",
  ge_s: "ges",
  ge_u: "geu",
};

const LOADS: Record<string, Op> = {
  load: "load",
  load8_s: "load8s",
  load8_u: "load8u",
  load16_s: "load16s",
  load16_u: "load16u",
  load32_s: "load",
  load32_u: "load",
};
const STORES: Record<string, Op> = { store: "store", store8: "store8", store16: "store16", store32: "store" };
const COMPARES = new Set(["eq", "ne", "lt_s", "lt_u", "le_s", "le_u", "gt_s", "gt_u", "ge_s", "ge_u"]);

/** Applies an operator to its operands. Undefined result: the compiler doesn't have it (yet). */
export function operator(g: Graph, instruction: WasmInstruction, operands: Operand[]): Operand[] | undefined {
  const [type, name] = instruction.opcode.name.split(".");
  if (type === "f32" || type === "f64" || name.includes("f32") || name.includes("f64"))
    return floatOperator(g, instruction, operands);
  if (type === "i32") return wordOperator(g, name, instruction, operands);
  if (type === "i64") return longOperator(g, name, instruction, operands);
  if (type === "memory") return memoryOperator(g, name, operands);
  return undefined;
}

export function word(value: Value): Operand {
  return { type: "i32", low: value, high: value };
}

export function long(value: Long): Operand {
  return { type: "i64", low: value.low, high: value.high };
}

function wordOperator(g: Graph, name: string, { value }: WasmInstruction, [a, b]: Operand[]): Operand[] | undefined {
  if (name === "const") return [word(g.constant(value))];
  if (name === "eqz") return [word(g.make("eq", [a.low, g.constant(0)]))];
  if (name === "wrap_i64") return [word(a.low)];
  if (name in LOADS) return [word(g.make(LOADS[name], [a.low], value))];
  if (name in STORES) return store(g, STORES[name], a.low, b.low, value);
  if (name === "popcnt") return [word(populationCount(g, a.low))];
  if (name in WORD_OPS) return [word(g.make(WORD_OPS[name], b ? [a.low, b.low] : [a.low]))];
  return [word(divide(g, name, a.low, b.low))];
}

function divide(g: Graph, name: string, a: Value, b: Value): Value {
  const op = name.endsWith("_s") ? "divs" : "divu";
  if (name.startsWith("div")) return g.make(op, [a, b]);
  if (b.op === "const" && b.imm !== 0) {
    // x rem −1 is 0, where the processor's division would overflow.
    if (op === "divs" && b.imm === -1) return g.constant(0);
    if (op === "divu" && (b.imm & (b.imm - 1)) === 0) return g.and(a, g.constant(b.imm - 1));
    return g.make("sub", [a, g.make("mul", [g.make(op, [a, b]), b])]);
  }
  if (op === "divu" || b.op === "const") return g.high(g.append(op, [a, b]));
  const divisor = g.select(g.make("eq", [b, g.constant(-1)]), g.constant(1), b);
  return g.high(g.append(op, [a, divisor]));
}

/** The sign of the access widths below a word is in the load; only the high word is left to make. */
function longOperator(
  g: Graph,
  name: string,
  { value, high }: WasmInstruction,
  [a, b]: Operand[],
): Operand[] | undefined {
  const zero = g.constant(0);
  if (name === "const") return [long({ low: g.constant(value), high: g.constant(high) })];
  if (name === "extend_i32_u") return [long({ low: a.low, high: zero })];
  if (name === "extend_i32_s") return [long(signExtend(g, a.low))];
  if (name === "load") {
    const low = g.make("load", [a.low], value);
    return [long({ low, high: g.make("load", [a.low], (value + 4) | 0) })];
  }
  if (name in LOADS) {
    const low = g.make(LOADS[name], [a.low], value);
    return [long(name.endsWith("_s") ? signExtend(g, low) : { low, high: zero })];
  }
  if (name === "store") {
    store(g, "store", a.low, b.low, value);
    return store(g, "store", a.low, b.high, (value + 4) | 0);
  }
  if (name in STORES) return store(g, STORES[name], a.low, b.low, value);
  if (name === "eqz") return [word(longCompare(g, "eq", a, constantLong(g, 0n)))];
  if (COMPARES.has(name)) return [word(longCompare(g, name, a, b))];
  return [long(b ? longBinary(g, name, a, b) : longUnary(g, name, a))];
}

function store(g: Graph, op: Op, address: Value, value: Value, offset: number): Operand[] {
  let stored = value;
  // The bits that a narrow store drops need no mask.
  const mask = op === "store8" ? 0xff : op === "store16" ? 0xffff : 0;
  while (
    mask !== 0 &&
    ((stored.op === "and" && stored.args[1].op === "const" && (stored.args[1].imm & mask) === mask) ||
      stored.op === "extend16" ||
      (stored.op === "extend8" && op === "store8"))
  )
    stored = stored.args[0];
  g.make(op, [address, stored], offset);
  return [];
}

/** How much memory there is, only the system that the program runs on knows: it defines __memory_size and __memory_grow. */
function memoryOperator(g: Graph, name: string, operands: Operand[]): Operand[] | undefined {
  const words = operands.map((operand) => operand.low);
  if (name === "size" || name === "grow") return [word(g.append("helper", words, 0, `__memory_${name}`))];
  if (name === "copy") g.append("helper", words, 0, "__wasm_memory_copy");
  else if (name === "fill") g.append("helper", words, 0, "__wasm_memory_fill");
  else return undefined;
  return [];
}
