// Says an operation simpler when its operands allow: constants, identities, strength reduction, addresses with an offset.
// Sources for the bit identities: Warren, Hacker's Delight, 2nd edition, chapter 2.

import { divideByConstant } from "./divide.ts";
import type { Graph } from "./graph.ts";
import { INVERSE, isCompare, type Op, SWAPPED, type Value } from "./ir.ts";

/** The largest shift that an index of an address does. */
const MAX_SCALE = 3;
const COMMUTATIVE = new Set<Op>(["add", "mul", "and", "or", "xor", "eq", "ne", "mulu", "muls"]);

/** An equal value, or undefined when the operation has to be made as it is. */
export function fold(g: Graph, op: Op, args: Value[], imm: number): Value | undefined {
  const constants = args.every((arg) => arg.op === "const");
  if (constants && args.length > 0) {
    const result = compute(
      op,
      args.map((arg) => arg.imm),
    );
    if (result !== undefined) return g.constant(result);
  }
  if (args.length === 2) {
    const [a, b] = args;
    if (a.op === "const" && b.op !== "const") {
      if (COMMUTATIVE.has(op)) return g.make(op, [b, a], imm);
      const swapped = SWAPPED[op];
      if (swapped) return g.make(swapped, [b, a], imm);
    }
    if (isCompare(op)) return foldCompare(g, op, a, b);
    if (b.op === "const") return foldWithConstant(g, op, a, b.imm, imm) ?? foldAddress(g, op, args, imm);
    return foldBinary(g, op, a, b) ?? foldAddress(g, op, args, imm);
  }
  if (op === "select") return foldSelect(g, args);
  if (op === "extend8" || op === "extend16") return foldExtend(g, op, args[0]);
  if (op === "shld" || op === "shrd") return foldDoubleShift(g, op, args);
  return foldAddress(g, op, args, imm);
}

/** The result on constants; undefined where the operation doesn't compute one word from words, or faults. */
export function compute(op: Op, args: number[]): number | undefined {
  const [a, b] = args;
  switch (op) {
    case "add":
      return (a + b) | 0;
    case "sub":
      return (a - b) | 0;
    case "mul":
      return Math.imul(a, b);
    case "divu":
      return b === 0 ? undefined : Math.trunc((a >>> 0) / (b >>> 0)) | 0;
    case "divs":
      return b === 0 || (b === -1 && a === -0x80000000) ? undefined : Math.trunc(a / b) | 0;
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return a << b;
    case "shr":
      return (a >>> b) | 0;
    case "sar":
      return a >> b;
    case "rotl":
      return (a << b) | (a >>> -b);
    case "rotr":
      return (a >>> b) | (a << -b);
    case "clz":
      return Math.clz32(a);
    case "ctz":
      return a === 0 ? 32 : 31 - Math.clz32(a & -a);
    case "extend8":
      return (a << 24) >> 24;
    case "extend16":
      return (a << 16) >> 16;
    case "eq":
      return Number(a === b);
    case "ne":
      return Number(a !== b);
    case "lts":
      return Number(a < b);
    case "ltu":
      return Number(a >>> 0 < b >>> 0);
    case "les":
      return Number(a <= b);
    case "leu":
      return Number(a >>> 0 <= b >>> 0);
    case "gts":
      return Number(a > b);
    case "gtu":
      return Number(a >>> 0 > b >>> 0);
    case "ges":
      return Number(a >= b);
    case "geu":
      return Number(a >>> 0 >= b >>> 0);
    case "shld":
      return (args[2] & 31) === 0 ? a : (a << args[2]) | (b >>> -args[2]);
    case "shrd":
      return (args[2] & 31) === 0 ? a : (a >>> args[2]) | (b << -args[2]);
    case "lts64":
      return Number(a32(args) < b32(args));
    case "ltu64":
      return Number(BigInt.asUintN(64, a32(args)) < BigInt.asUintN(64, b32(args)));
    default:
      return undefined;
  }
}

function a32(args: number[]): bigint {
  return (BigInt(args[1]) << 32n) | BigInt(args[0] >>> 0);
}

function b32(args: number[]): bigint {
  return (BigInt(args[3]) << 32n) | BigInt(args[2] >>> 0);
}

function foldBinary(g: Graph, op: Op, a: Value, b: Value): Value | undefined {
  if (a === b) {
    if (op === "sub" || op === "xor") return g.constant(0);
    if (op === "and" || op === "or") return a;
  }
  if (op === "add") {
    // (x + c) + y = (x + y) + c, so that constants meet in the address.
    if (isAddConstant(a)) return g.add(g.add(a.args[0], b), a.args[1]);
    if (isAddConstant(b)) return g.add(g.add(a, b.args[0]), b.args[1]);
  }
  if (op === "or" || op === "xor" || op === "add") {
    const rotation = foldRotation(g, a, b) ?? foldRotation(g, b, a);
    if (rotation) return rotation;
  }
  if (op === "or" || op === "xor") return foldAnds(g, op, a, b);
  if (op === "sub" && isAddConstant(b)) return g.add(g.make("sub", [a, b.args[0]]), g.constant(-b.args[1].imm));
  if (op === "sub" && isAddConstant(a)) return g.add(g.make("sub", [a.args[0], b]), a.args[1]);
  if (isShift(op) && a.op === "const" && a.imm === 0) return a;
  // A shift takes the count modulo 32, and so does the processor.
  if (isShift(op) && b.op === "and" && b.args[1].op === "const" && (b.args[1].imm & 31) === 31)
    return g.make(op, [a, b.args[0]]);
  return undefined;
}

/** x << n combined with x >>> (32 − n). */
function foldRotation(g: Graph, a: Value, b: Value): Value | undefined {
  if (a.op !== "shl" || b.op !== "shr" || a.args[0] !== b.args[0]) return undefined;
  const [left, right] = [a.args[1], b.args[1]];
  if (left.op !== "const" || right.op !== "const" || left.imm + right.imm !== 32) return undefined;
  return g.make("rotl", [a.args[0], left]);
}

/** (x & y) ^ (x & z) = x & (y ^ z), and (x & y) ^ (~x & z) = (x & (y ^ z)) ^ z; the same of |, whose bits don't meet in the second. */
function foldAnds(g: Graph, op: "or" | "xor", a: Value, b: Value): Value | undefined {
  if (a.op !== "and" || b.op !== "and") return undefined;
  for (const [x, y] of [a.args, [a.args[1], a.args[0]]])
    for (const [other, z] of [b.args, [b.args[1], b.args[0]]]) {
      if (x === other) return x.op === "const" ? undefined : g.and(x, g.make(op, [y, z]));
      if (isNot(other, x)) return g.make("xor", [g.and(x, g.make("xor", [y, z])), z]);
      if (isNot(x, other)) return g.make("xor", [g.and(other, g.make("xor", [y, z])), y]);
    }
  return undefined;
}

function isNot(value: Value, of: Value): boolean {
  return value.op === "xor" && value.args[0] === of && value.args[1].op === "const" && value.args[1].imm === -1;
}

export function isShift(op: Op): boolean {
  return op === "shl" || op === "shr" || op === "sar" || op === "rotl" || op === "rotr";
}

function isAddConstant(value: Value): boolean {
  return value.op === "add" && value.args[1].op === "const";
}

function foldWithConstant(g: Graph, op: Op, a: Value, c: number, imm: number): Value | undefined {
  const inner = a.args.length === 2 && a.args[1].op === "const" ? a.args[1].imm : undefined;
  switch (op) {
    case "add":
      if (c === 0) return a;
      if (a.op === "add" && inner !== undefined) return g.add(a.args[0], g.constant(inner + c));
      return undefined;
    case "sub":
      return g.add(a, g.constant(-c));
    case "mul":
      if (isAddConstant(a))
        return g.add(g.make("mul", [a.args[0], g.constant(c)]), g.constant(Math.imul(a.args[1].imm, c)));
      return foldMultiply(g, a, c);
    case "and":
      return foldAnd(g, a, c, inner);
    case "or":
      if (c === 0) return a;
      if (c === -1) return g.constant(-1);
      return a.op === "or" && inner !== undefined ? g.or(a.args[0], g.constant(inner | c)) : undefined;
    case "xor":
      if (c === 0) return a;
      if (a.op === "xor" && inner !== undefined) return g.make("xor", [a.args[0], g.constant(inner ^ c)]);
      return c === 1 && INVERSE[a.op] ? invert(g, a) : undefined;
    case "shl":
    case "shr":
    case "sar":
    case "rotl":
    case "rotr":
      return foldShift(g, op, a, c, inner);
    case "divu":
    case "divs":
      return divideByConstant(g, op, a, c);
    default:
      return foldAddress(g, op, [a, g.constant(c)], imm);
  }
}

function foldMultiply(g: Graph, a: Value, c: number): Value | undefined {
  if (c === 0) return g.constant(0);
  if (c === 1) return a;
  if (c === -1) return g.make("sub", [g.constant(0), a]);
  const shift = 31 - Math.clz32(c);
  if (c >>> 0 === 2 ** shift || c === 1 << shift) return g.make("shl", [a, g.constant(shift)]);
  return undefined;
}

function foldAnd(g: Graph, a: Value, c: number, inner: number | undefined): Value | undefined {
  if (c === 0) return g.constant(0);
  if (c === -1) return a;
  if ((knownZeros(a) | c) === -1) return a;
  if (a.op === "and" && inner !== undefined) return g.and(a.args[0], g.constant(inner & c));
  // Sign extension that the mask removes again.
  if (a.op === "extend8" && c >>> 0 <= 0xff) return g.and(a.args[0], g.constant(c));
  if (a.op === "extend16" && c >>> 0 <= 0xffff) return g.and(a.args[0], g.constant(c));
  return undefined;
}

/** Bits that are surely 0. */
export function knownZeros(value: Value, depth = 4): number {
  const { op, args } = value;
  if (op === "const") return ~value.imm;
  if (op === "load8u") return ~0xff;
  if (op === "load16u") return ~0xffff;
  if (isCompare(op) || op === "lts64" || op === "ltu64" || op === "compareFloat") return ~1;
  if (op === "clz" || op === "ctz") return ~63;
  if (depth === 0) return 0;
  const [a, b] = args;
  if (op === "and") return knownZeros(a, depth - 1) | knownZeros(b, depth - 1);
  if (op === "or" || op === "xor") return knownZeros(a, depth - 1) & knownZeros(b, depth - 1);
  if (op === "select") return knownZeros(b, depth - 1) & knownZeros(args[2], depth - 1);
  if (b?.op === "const") {
    const count = b.imm & 31;
    if (op === "shl") return (knownZeros(a, depth - 1) << count) | ((1 << count) - 1);
    if (op === "shr") return (knownZeros(a, depth - 1) >>> count) | (count === 0 ? 0 : ~(-1 >>> count));
  }
  return 0;
}

function foldShift(g: Graph, op: Op, a: Value, c: number, inner: number | undefined): Value | undefined {
  const count = c & 31;
  if (count === 0) return a;
  if (count !== c) return g.make(op, [a, g.constant(count)]);
  if (op === "rotr") return g.make("rotl", [a, g.constant(32 - count)]);
  if (inner === undefined) return undefined;
  // (x + k) × 4 = x × 4 + 4 k, so that the constant reaches the address.
  if (op === "shl" && a.op === "add" && count <= MAX_SCALE)
    return g.add(g.make("shl", [a.args[0], g.constant(count)]), g.constant(inner << count));
  const innerCount = inner & 31;
  if (a.op === "shl" && innerCount === count && (op === "shr" || op === "sar")) {
    if (op === "shr") return g.and(a.args[0], g.constant(-1 >>> count));
    if (count === 24) return g.make("extend8", [a.args[0]]);
    if (count === 16) return g.make("extend16", [a.args[0]]);
    return undefined;
  }
  if ((a.op === "shr" || a.op === "sar") && innerCount === count && op === "shl")
    return g.and(a.args[0], g.constant(-1 << count));
  if (a.op !== op || op === "rotl") return undefined;
  const sum = innerCount + count;
  if (sum < 32) return g.make(op, [a.args[0], g.constant(sum)]);
  return op === "sar" ? g.make("sar", [a.args[0], g.constant(31)]) : g.constant(0);
}

function foldExtend(g: Graph, op: Op, a: Value): Value | undefined {
  const bits = op === "extend8" ? 8 : 16;
  const mask = op === "extend8" ? 0xff : 0xffff;
  if ((knownZeros(a) & ~(mask >>> 1)) === ~(mask >>> 1)) return a;
  if (a.op === "and" && a.args[1].op === "const" && (a.args[1].imm & mask) === mask) return g.make(op, [a.args[0]]);
  if (a.op === "extend8" || a.op === "load8s" || (a.op === op && bits === 16) || (a.op === "load16s" && bits === 16))
    return a;
  return undefined;
}

/** The opposite of a comparison. */
export function invert(g: Graph, compare: Value): Value {
  const inverse = INVERSE[compare.op];
  return inverse ? g.make(inverse, compare.args) : g.make("eq", [compare, g.constant(0)]);
}

function foldCompare(g: Graph, op: Op, a: Value, b: Value): Value | undefined {
  if (a === b) return g.constant(Number(["eq", "les", "leu", "ges", "geu"].includes(op)));
  if (b.op !== "const") return undefined;
  const c = b.imm;
  if (c === 0) {
    if (op === "ltu") return g.constant(0);
    if (op === "geu") return g.constant(1);
    if (op === "gtu") return g.make("ne", [a, b]);
    if (op === "leu") return g.make("eq", [a, b]);
    if (
      (op === "eq" || op === "ne") &&
      (isCompare(a.op) || a.op === "lts64" || a.op === "ltu64" || a.op === "compareFloat")
    ) {
      if (op === "ne") return a;
      if (isCompare(a.op)) return invert(g, a);
    }
    if ((op === "eq" || op === "ne") && (a.op === "sub" || a.op === "xor")) return g.make(op, a.args);
    // A select of two constants is its condition.
    if ((op === "eq" || op === "ne") && a.op === "select") {
      const [condition, yes, no] = a.args;
      if (yes.op === "const" && no.op === "const" && (yes.imm === 0) !== (no.imm === 0))
        return (yes.imm !== 0) === (op === "ne") ? g.make("ne", [condition, b]) : g.make("eq", [condition, b]);
    }
  }
  if (c === 1 && op === "ltu") return g.make("eq", [a, g.constant(0)]);
  if (c === 1 && op === "geu") return g.make("ne", [a, g.constant(0)]);
  if (c === 1 && op === "lts") return g.make("les", [a, g.constant(0)]);
  if (c === 1 && op === "ges") return g.make("gts", [a, g.constant(0)]);
  if (c === -1 && op === "gts") return g.make("ges", [a, g.constant(0)]);
  if (c === -1 && op === "les") return g.make("lts", [a, g.constant(0)]);
  if (op === "eq" || op === "ne") {
    if (isAddConstant(a)) return g.make(op, [a.args[0], g.constant(c - a.args[1].imm)]);
    if ((c & knownZeros(a)) !== 0) return g.constant(Number(op === "ne"));
  }
  return undefined;
}

function foldSelect(g: Graph, [condition, yes, no]: Value[]): Value | undefined {
  if (condition.op === "const") return condition.imm !== 0 ? yes : no;
  if (yes === no) return yes;
  if (
    condition.op === "ne" &&
    condition.args[1].op === "const" &&
    condition.args[1].imm === 0 &&
    !isCompare(condition.args[0].op)
  )
    return g.select(condition.args[0], yes, no);
  if (condition.op === "eq" && condition.args[1].op === "const" && condition.args[1].imm === 0)
    return g.select(condition.args[0], no, yes);
  if (yes.op === "const" && no.op === "const") {
    if (yes.imm === 1 && no.imm === 0) return g.make("ne", [condition, g.constant(0)]);
    if (yes.imm === 0 && no.imm === 1) return g.make("eq", [condition, g.constant(0)]);
    // A mask or a constant with one bit comes from the comparison without a branch.
    if (isCompare(condition.op)) {
      const difference = (yes.imm - no.imm) | 0;
      const shift = 31 - Math.clz32(difference);
      if (difference === 1 << shift) return g.add(g.make("shl", [condition, g.constant(shift)]), no);
      if (difference === -1) return g.add(invert(g, condition), yes);
    }
  }
  return undefined;
}

function foldDoubleShift(g: Graph, op: Op, [a, b, count]: Value[]): Value | undefined {
  if (count.op !== "const") return undefined;
  const n = count.imm & 31;
  if (n === 0) return a;
  if (b.op === "const" && b.imm === 0) return g.make(op === "shld" ? "shl" : "shr", [a, g.constant(n)]);
  if (a.op === "const" && a.imm === 0) return g.make(op === "shld" ? "shr" : "shl", [b, g.constant(32 - n)]);
  return n === count.imm ? undefined : g.make(op, [a, b, g.constant(n)]);
}

const ADDRESSED = new Set<Op>([
  "load",
  "load8u",
  "load8s",
  "load16u",
  "load16s",
  "store",
  "store8",
  "store16",
  "storeFloat",
]);

/** Moves a constant that is added to an address into the access's offset. */
function foldAddress(g: Graph, op: Op, args: Value[], imm: number): Value | undefined {
  if (!ADDRESSED.has(op)) return undefined;
  const [address, ...rest] = args;
  if (isAddConstant(address)) return g.make(op, [address.args[0], ...rest], (imm + address.args[1].imm) | 0);
  return undefined;
}
