// i64 operations as operations on pairs of words: low and high. Carries go through add64/sub64, which become add/adc and
// sub/sbb; division of two variables goes to a helper routine (emit/helpers.ts).

import type { Graph } from "./graph.ts";
import type { Op, Value } from "./ir.ts";

export interface Long {
  low: Value;
  high: Value;
}

const isZero = (value: Value): boolean => value.op === "const" && value.imm === 0;
const isConstant = (a: Long): boolean => a.low.op === "const" && a.high.op === "const";
const toBigInt = (a: Long): bigint => (BigInt(a.high.imm) << 32n) | BigInt(a.low.imm >>> 0);

/** Arithmetic on pairs. `name` is the instruction after "i64." */
export function longBinary(g: Graph, name: string, a: Long, b: Long): Long {
  switch (name) {
    case "add":
      return add(g, a, b);
    case "sub":
      return sub(g, a, b);
    case "mul":
      return multiply(g, a, b);
    case "and":
    case "or":
    case "xor":
      return { low: g.make(name, [a.low, b.low]), high: g.make(name, [a.high, b.high]) };
    case "shl":
    case "shr_s":
    case "shr_u":
      return b.low.op === "const" ? shiftConstant(g, name, a, b.low.imm & 63) : shiftVariable(g, name, a, b.low);
    case "rotl":
    case "rotr":
      return rotate(g, name, a, b.low);
    default:
      return divide(g, name, a, b);
  }
}

export function constantLong(g: Graph, value: bigint): Long {
  return {
    low: g.constant(Number(BigInt.asIntN(32, value))),
    high: g.constant(Number(BigInt.asIntN(32, value >> 32n))),
  };
}

function add(g: Graph, a: Long, b: Long): Long {
  if (isConstant(a) && isConstant(b)) return constantLong(g, toBigInt(a) + toBigInt(b));
  if (isZero(b.low)) return { low: a.low, high: g.add(a.high, b.high) };
  if (isZero(a.low)) return { low: b.low, high: g.add(a.high, b.high) };
  if (isConstant(a)) return add(g, b, a);
  return carried(g, "add64", a, b);
}

function sub(g: Graph, a: Long, b: Long): Long {
  if (isConstant(b)) return add(g, a, constantLong(g, -toBigInt(b)));
  if (isZero(b.low)) return { low: a.low, high: g.make("sub", [a.high, b.high]) };
  return carried(g, "sub64", a, b);
}

function carried(g: Graph, op: Op, a: Long, b: Long): Long {
  const low = g.append(op, [a.low, a.high, b.low, b.high]);
  return { low, high: g.high(low) };
}

/** low × low gives 64 bits; the crossed products only matter in the high word. */
function multiply(g: Graph, a: Long, b: Long): Long {
  if (isConstant(a) && !isConstant(b)) return multiply(g, b, a);
  if (isConstant(b)) {
    const c = BigInt.asUintN(64, toBigInt(b));
    if (isConstant(a)) return constantLong(g, toBigInt(a) * c);
    if (c === 0n) return constantLong(g, 0n);
    if ((c & (c - 1n)) === 0n) return shiftConstant(g, "shl", a, c.toString(2).length - 1);
  }
  const isSigned = (x: Long) => x.high.op === "sar" && x.high.args[0] === x.low && x.high.args[1].imm === 31;
  // Both sign-extended: one signed multiplication.
  if (isSigned(a) && (isSigned(b) || (isConstant(b) && b.high.imm === b.low.imm >> 31))) {
    const low = g.append("muls", [a.low, b.low]);
    return { low, high: g.high(low) };
  }
  const low = g.append("mulu", [a.low, b.low]);
  const crossed = g.add(g.make("mul", [a.low, b.high]), g.make("mul", [a.high, b.low]));
  return { low, high: g.add(g.high(low), crossed) };
}

function shiftConstant(g: Graph, name: string, a: Long, count: number): Long {
  const zero = g.constant(0);
  if (count === 0) return a;
  const n = g.constant(count & 31);
  if (name === "shl") {
    if (count >= 32) return { low: zero, high: g.make("shl", [a.low, n]) };
    return { low: g.make("shl", [a.low, n]), high: g.make("shld", [a.high, a.low, n]) };
  }
  const right: Op = name === "shr_s" ? "sar" : "shr";
  const fill = name === "shr_s" ? g.make("sar", [a.high, g.constant(31)]) : zero;
  if (count >= 32) return { low: g.make(right, [a.high, n]), high: fill };
  return { low: g.make("shrd", [a.low, a.high, n]), high: g.make(right, [a.high, n]) };
}

/** shld and shrd take the count modulo 32; bit 5 of it moves a word over. */
function shiftVariable(g: Graph, name: string, a: Long, count: Value): Long {
  const zero = g.constant(0);
  const far = g.and(count, g.constant(32));
  if (name === "shl") {
    const low = g.make("shl", [a.low, count]);
    const high = g.make("shld", [a.high, a.low, count]);
    return { low: g.select(far, zero, low), high: g.select(far, low, high) };
  }
  const right: Op = name === "shr_s" ? "sar" : "shr";
  const fill = name === "shr_s" ? g.make("sar", [a.high, g.constant(31)]) : zero;
  const high = g.make(right, [a.high, count]);
  const low = g.make("shrd", [a.low, a.high, count]);
  return { low: g.select(far, high, low), high: g.select(far, fill, high) };
}

function rotate(g: Graph, name: string, a: Long, count: Value): Long {
  if (count.op === "const") {
    const left = (name === "rotl" ? count.imm : -count.imm) & 63;
    const [high, low] = left >= 32 ? [a.low, a.high] : [a.high, a.low];
    const n = g.constant(left & 31);
    return { low: g.make("shld", [low, high, n]), high: g.make("shld", [high, low, n]) };
  }
  const op: Op = name === "rotl" ? "shld" : "shrd";
  const far = g.and(count, g.constant(32));
  const low = g.select(far, a.high, a.low);
  const high = g.select(far, a.low, a.high);
  return { low: g.make(op, [low, high, count]), high: g.make(op, [high, low, count]) };
}

const DIVIDERS: Record<string, string> = {
  div_s: "__wasm_i64_div_s",
  div_u: "__wasm_i64_div_u",
  rem_s: "__wasm_i64_rem_s",
  rem_u: "__wasm_i64_rem_u",
};

function divide(g: Graph, name: string, a: Long, b: Long): Long {
  if (isConstant(b) && (name === "div_u" || name === "rem_u")) {
    const c = BigInt.asUintN(64, toBigInt(b));
    if (c !== 0n && (c & (c - 1n)) === 0n) {
      if (name === "div_u") return shiftConstant(g, "shr_u", a, c.toString(2).length - 1);
      return longBinary(g, "and", a, constantLong(g, c - 1n));
    }
    // A divisor of one word: long division with two steps, whose second quotient fits because its high word is a remainder.
    if (c !== 0n && c < 1n << 32n) {
      const first = g.append("divu", [a.high, b.low]);
      const second = g.append("divu64", [a.low, g.high(first), b.low]);
      if (name === "div_u") return { low: second, high: first };
      return { low: g.high(second), high: g.constant(0) };
    }
  }
  const low = g.append("helper", [a.low, a.high, b.low, b.high], 0, DIVIDERS[name]);
  return { low, high: g.high(low) };
}

/** The 386 has no such instruction: sums of bits in pairs, fours and bytes. Hacker's Delight, section 5-1. */
export function populationCount(g: Graph, x: Value): Value {
  const masked = (value: Value, shift: number, mask: number) =>
    g.and(g.make("shr", [value, g.constant(shift)]), g.constant(mask));
  const pairs = g.make("sub", [x, masked(x, 1, 0x55555555)]);
  const fours = g.add(g.and(pairs, g.constant(0x33333333)), masked(pairs, 2, 0x33333333));
  const bytes = g.and(g.add(fours, g.make("shr", [fours, g.constant(4)])), g.constant(0x0f0f0f0f));
  return g.make("shr", [g.make("mul", [bytes, g.constant(0x01010101)]), g.constant(24)]);
}

/** clz, ctz, popcnt, extendN_s. */
export function longUnary(g: Graph, name: string, a: Long): Long {
  const zero = g.constant(0);
  switch (name) {
    case "clz": {
      const low = g.add(g.make("clz", [a.low]), g.constant(32));
      return { low: g.select(a.high, g.make("clz", [a.high]), low), high: zero };
    }
    case "ctz": {
      const high = g.add(g.make("ctz", [a.high]), g.constant(32));
      return { low: g.select(a.low, g.make("ctz", [a.low]), high), high: zero };
    }
    case "popcnt":
      return { low: g.add(populationCount(g, a.low), populationCount(g, a.high)), high: zero };
    case "extend8_s":
      return signExtend(g, g.make("extend8", [a.low]));
    case "extend16_s":
      return signExtend(g, g.make("extend16", [a.low]));
    default:
      return signExtend(g, a.low);
  }
}

export function signExtend(g: Graph, low: Value): Long {
  return { low, high: g.make("sar", [low, g.constant(31)]) };
}

/** eq ne lt_s … ge_u; 0 or 1. */
export function longCompare(g: Graph, name: string, a: Long, b: Long): Value {
  if (name === "eq" || name === "ne") {
    const difference = g.or(g.make("xor", [a.low, b.low]), g.make("xor", [a.high, b.high]));
    return g.make(name, [difference, g.constant(0)]);
  }
  const op: Op = name.endsWith("_s") ? "lts64" : "ltu64";
  const less = (x: Long, y: Long) => {
    // Sign tests and sums of zero-extended words need only one word.
    if (isConstant(y) && toBigInt(y) === 0n && op === "lts64") return g.make("lts", [x.high, y.high]);
    if (isZero(x.high) && isZero(y.high)) return g.make("ltu", [x.low, y.low]);
    return g.make(op, [x.low, x.high, y.low, y.high]);
  };
  switch (name.slice(0, 2)) {
    case "lt":
      return less(a, b);
    case "gt":
      return less(b, a);
    case "ge":
      return g.make("eq", [less(a, b), g.constant(0)]);
    default:
      return g.make("eq", [less(b, a), g.constant(0)]);
  }
}
