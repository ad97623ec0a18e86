// Selection of floating-point arithmetic for the x87. An operation's operands are pushed or taken from memory; a result that only
// one other operation wants stays on the stack of the unit, and is rounded to its type on the way. Source: Intel SDM, volume 1,
// chapter 8. The unit has to round to 53 bits (control word 27Fh, `cpu.floatInit`); its exponents are larger than a double's.
// Source of the scaling in `*` and `/` below: the Java Virtual Machine's strict floating point on this unit; see also Golliver,
// "First-implementation artifacts in Java" (1998).

import type { Value } from "../ssa/ir.ts";
import * as m from "./ir.ts";
import { loadSize } from "./operands.ts";
import { emit, type Selection } from "./select.ts";

/** A float as words: one (f32) or two (f64), low word first. */
type Words = readonly Value[];
type Size = 4 | 8;

/** Operations that wait on the unit's stack of eight for one that is pushed. */
const DEEPEST = 5;
const ARITHMETIC: Record<string, string> = { add: "fadd", sub: "fsub", mul: "fmul", div: "fdiv" };
/** 2^-15360 and 2^15360 as the unit's own 80-bit numbers: the difference of its smallest exponent and a double's. */
const SCALE_DOWN = "0000000000000080ff03";
const SCALE_UP = "0000000000000080ff7b";
export const CONTROL_WORD = 0x27f;

const ST0 = m.hardware(0, "st");
const ST1 = m.hardware(1, "st");

/** The value of an operation, in registers. */
export function selectFloat(s: Selection, value: Value, high: Value | undefined): void {
  evaluate(s, value, 0);
  popInto(s, value.symbol.startsWith("f64") ? 8 : 4, value, high);
}

/** Pops what a call left on the unit's stack, whether or not somebody wants it. */
export function popInto(s: Selection, size: Size, value: Value, high: Value | undefined): void {
  const isWanted = (word: Value | undefined) => word !== undefined && s.operands.isWanted(word);
  if (!isWanted(value) && !isWanted(high)) {
    emit(s, "fstp", ST0);
    return;
  }
  emit(s, "fstp", s.operands.scratch(size));
  [value, high].forEach((word, i) => {
    if (word && s.operands.isWanted(word))
      emit(s, "mov", m.def(s.operands.virtual(word), 4, true), s.operands.scratch(4, 4 * i));
  });
}

export function selectFloatStore(s: Selection, value: Value): void {
  const [address, ...words] = value.args;
  const size = sizeOf(words);
  const source = onStack(s, words, 0);
  if (source) {
    // Storing rounds.
    evaluate(s, source, 0);
    emit(s, "fstp", s.operands.address(address, value.imm, size));
    return;
  }
  words.forEach((word, i) => {
    const place = s.operands.address(address, value.imm + 4 * i, 4);
    emit(s, "mov", place, s.operands.registerOrImmediate(word));
  });
}

/** Leaves a float on the unit's stack, as functions return it. */
export function selectFloatReturn(s: Selection, words: Words): void {
  push(s, words, 0);
}

/** Sets the flags; returns the suffix for "true". What is unordered is only "not equal". */
export function compareFloats(s: Selection, value: Value): string {
  const count = value.args.length / 2;
  const name = value.symbol.slice(4);
  let [a, b]: Words[] = [value.args.slice(0, count), value.args.slice(count)];
  // The flags of "above" are false for NaN, those of "below" are true.
  if (name === "lt" || name === "le") [a, b] = [b, a];
  push(s, a, 0);
  const right = onStack(s, b, 1);
  if (right) {
    evaluate(s, right, 1);
    round(s, right, 1);
    emit(s, "fxch", ST1);
    emit(s, "fucompp");
  } else emit(s, "fcomp", inMemory(s, b));
  const eax = s.operands.fixed(m.EAX);
  emit(s, "fnstsw", m.def(eax, 2));
  if (name === "eq" || name === "ne") {
    const ah = m.hardware(4, "r8");
    emit(s, "and", ah, m.immediate(0x45, 1)).implicit.push(m.both(eax));
    emit(s, "cmp", ah, m.immediate(0x40, 1)).implicit.push(m.use(eax));
    return name === "eq" ? "e" : "ne";
  }
  emit(s, "sahf").implicit.push(m.use(eax));
  return name === "lt" || name === "gt" ? "a" : "ae";
}

export function initialiseUnit(s: Selection): void {
  emit(s, "fninit");
  emit(s, "mov", s.operands.scratch(4), m.immediate(CONTROL_WORD));
  emit(s, "fldcw", s.operands.scratch(2));
}

function sizeOf(words: Words): Size {
  return words.length === 2 ? 8 : 4;
}

/** The operation whose result the words are, when nobody else wants it. `depth`: how much is on the stack already. */
function onStack(s: Selection, words: Words, depth: number): Value | undefined {
  const [low, high] = words;
  const { operands } = s;
  if (low.op !== "float" || depth >= DEEPEST || !operands.isInBlock(low)) return undefined;
  const isOwn =
    high === undefined
      ? operands.isSingleUse(low)
      : // Its high word counts as one of its uses.
        high.op === "high" && high.args[0] === low && operands.isSingleUse(high) && operands.hasUses(low, 2);
  if (!isOwn) return undefined;
  for (const word of words) operands.covered.add(word);
  return low;
}

function push(s: Selection, words: Words, depth: number): void {
  const operation = onStack(s, words, depth);
  if (operation) {
    evaluate(s, operation, depth);
    round(s, operation, depth);
    return;
  }
  const bits = constantBits(words);
  const simple = bits === undefined ? undefined : CONSTANTS[bits];
  if (simple) emit(s, simple);
  else emit(s, "fld", inMemory(s, words));
}

const CONSTANTS: Record<string, string> = {
  "00000000": "fldz",
  "0000000000000000": "fldz",
  "0000803f": "fld1",
  "000000000000f03f": "fld1",
};

/** Gives the top of the stack its type's precision and range. */
function round(s: Selection, operation: Value, _depth: number): void {
  const [type, name] = operation.symbol.split(".");
  if (name === "promote_f32" || (type === "f64" && name.startsWith("convert_i32"))) return;
  const size = type === "f64" ? 8 : 4;
  emit(s, "fstp", s.operands.scratch(size));
  emit(s, "fld", s.operands.scratch(size));
}

/** Pushes the result, to be rounded by whoever stores it. */
function evaluate(s: Selection, value: Value, depth: number): void {
  const [type, name] = value.symbol.split(".");
  const { args } = value;
  const count = type === "f64" ? 2 : 1;
  switch (name) {
    case "add":
    case "sub":
    case "mul":
    case "div":
      binary(s, name, args.slice(0, count), args.slice(count), depth);
      return;
    case "sqrt":
      push(s, args, depth);
      emit(s, "fsqrt");
      return;
    case "promote_f32":
    case "demote_f64":
      push(s, args, depth);
      return;
    case "convert_i32_u":
      emit(s, "mov", s.operands.scratch(4), s.operands.any(args[0]));
      emit(s, "mov", s.operands.scratch(4, 4), m.immediate(0));
      emit(s, "fild", s.operands.scratch(8));
      return;
    case "convert_i32_s":
    case "convert_i64_s":
      emit(s, "fild", inMemory(s, args));
      return;
    default:
      throw new RangeError(`operation ${value.symbol} has no instruction`);
  }
}

/**
 * Sums and differences of doubles that are too small for a normal number are exact, so rounding at the store is the only rounding.
 * Products and quotients are rounded twice, to 53 bits and then to fewer, unless they are computed on a scale where the unit's
 * smallest exponent stands for a double's. An f32 has less than half of the 53 bits: two roundings give what one gives.
 */
function binary(s: Selection, name: string, a: Words, b: Words, depth: number): void {
  const mayRoundTwice = a.length === 2 && (name === "mul" || name === "div");
  const isExact = isPowerOfTwo(b) || (name === "mul" && isPowerOfTwo(a));
  if (!mayRoundTwice || isExact) {
    push(s, a, depth);
    apply(s, name, b, depth + 1);
    return;
  }
  emit(s, "fld", pooled(SCALE_DOWN, 10));
  apply(s, "mul", a, depth + 1);
  apply(s, name, b, depth + 1);
  emit(s, "fld", pooled(SCALE_UP, 10));
  emit(s, "fmulp", ST1, ST0);
}

/** top = top `name` b */
function apply(s: Selection, name: string, b: Words, depth: number): void {
  const mnemonic = ARITHMETIC[name];
  const operation = onStack(s, b, depth);
  if (operation) {
    evaluate(s, operation, depth);
    round(s, operation, depth);
    emit(s, `${mnemonic}p`, ST1, ST0);
  } else emit(s, mnemonic, inMemory(s, b));
}

/** Multiplication and division by it only change the exponent. */
function isPowerOfTwo(words: Words): boolean {
  const [low, high] = words;
  if (low.op !== "const" || high?.op !== "const" || low.imm !== 0) return false;
  const exponent = (high.imm >>> 20) & 0x7ff;
  return (high.imm & 0xfffff) === 0 && exponent !== 0 && exponent !== 0x7ff;
}

/** The words as one place in memory: where they are loaded from, a constant, or the function's scratch. */
function inMemory(s: Selection, words: Words): m.MemoryOperand {
  const { operands } = s;
  const [low, high] = words;
  const bits = constantBits(words);
  if (bits !== undefined) return pooled(bits, sizeOf(words));
  if (high === undefined && operands.canFold(low) && loadSize(low) === 4) return operands.foldLoad(low);
  if (high !== undefined && operands.canFold(low) && operands.canFold(high) && areNeighbours(low, high)) {
    operands.covered.add(high);
    return { ...operands.foldLoad(low), size: 8 };
  }
  words.forEach((word, i) => void emit(s, "mov", operands.scratch(4, 4 * i), operands.any(word)));
  return operands.scratch(sizeOf(words));
}

function areNeighbours(low: Value, high: Value): boolean {
  if (low.op !== high.op || loadSize(low) !== 4) return false;
  if (low.op === "global") return high.imm === low.imm + 1;
  return low.args[0] === high.args[0] && high.imm === ((low.imm + 4) | 0);
}

/** A constant's bytes in hexadecimal, in the order of memory. */
function constantBits(words: Words): string | undefined {
  if (words.some((word) => word.op !== "const")) return undefined;
  return words
    .flatMap(({ imm }) => [imm, imm >> 8, imm >> 16, imm >> 24])
    .map((byte) => (byte & 0xff).toString(16).padStart(2, "0"))
    .join("");
}

function pooled(bytes: string, size: 4 | 8 | 10): m.MemoryOperand {
  return m.memory(size, -1, 0, { kind: "constant", index: 0, name: bytes });
}
