// Comparisons: as a branch, or as 0 or 1 in a register.

import { isCompare, type Op, SWAPPED, type Value } from "../ssa/ir.ts";
import { compareFloats } from "./floats.ts";
import * as m from "./ir.ts";
import { loadSize, type Operands } from "./operands.ts";
import { emit, type Selection } from "./select.ts";

/** Suffix of jcc and setcc. */
const SUFFIX: Partial<Record<Op, string>> = {
  eq: "e",
  ne: "ne",
  lts: "l",
  les: "le",
  gts: "g",
  ges: "ge",
  ltu: "b",
  leu: "be",
  gtu: "a",
  geu: "ae",
};

/** Jumps to `then` when the condition isn't 0. */
export function branchOn(s: Selection, condition: Value, then: m.MachineBlock): void {
  const suffix = compare(s, condition);
  emit(s, `j${suffix}`, { kind: "block", block: then });
}

/** The comparison's own value: 0 or 1. The register is cleared before, because clearing changes the flags. */
export function setOn(s: Selection, value: Value): void {
  const virtual = s.operands.virtual(value);
  emit(s, "mov", m.def(virtual), m.immediate(0));
  const suffix = flagsOf(s, value);
  emit(s, `set${suffix}`, m.both(virtual, 1));
}

/** One of two values, by cmov. */
export function choose(s: Selection, value: Value): void {
  const [condition, yes, no] = value.args;
  const virtual = s.operands.virtual(value);
  const source = s.operands.registerOrMemory(yes);
  emit(s, "mov", m.def(virtual), s.operands.any(no));
  const suffix = compare(s, condition);
  emit(s, `cmov${suffix}`, m.both(virtual), source);
}

/** Sets the flags for a condition; returns the suffix that means "not 0". */
function compare(s: Selection, condition: Value): string {
  // Comparing floats takes long: its value is kept for a second use.
  if (condition.op === "compareFloat" && s.operands.isSingleUse(condition)) {
    s.operands.covered.add(condition);
    return s.operands.isInBlock(condition) ? flagsOf(s, condition) : s.operands.apart(() => flagsOf(s, condition));
  }
  const isComparison = isCompare(condition.op) || condition.op === "lts64" || condition.op === "ltu64";
  // A comparison is repeated for each branch on it: cheaper than keeping its value. A load in it is read once, though.
  if (isComparison) {
    if (s.operands.isSingleUse(condition)) s.operands.covered.add(condition);
    else return s.operands.apart(() => flagsOf(s, condition));
    return flagsOf(s, condition);
  }
  return testZero(s, condition, "ne");
}

function flagsOf(s: Selection, value: Value): string {
  const [a, b] = value.args;
  if (value.op === "compareFloat") return compareFloats(s, value);
  if (value.op === "lts64" || value.op === "ltu64") return compareLong(s, value);
  if (b.op === "const" && b.imm === 0) {
    if (value.op === "eq" || value.op === "ne") return testZero(s, a, value.op);
    if ((value.op === "lts" || value.op === "ges") && !s.operands.canFold(a)) {
      emit(s, "test0", m.use(s.operands.registerNumber(a), 4, true));
      return value.op === "lts" ? "s" : "ns";
    }
  }
  let op: Op = value.op;
  const narrow = narrowCompare(s.operands, op, a, b);
  if (narrow) {
    emit(s, "cmp", ...narrow);
  } else if (b.op !== "const" && s.operands.canFold(a) && loadSize(a) === 4 && !s.operands.canFold(b)) {
    emit(s, "cmp", s.operands.foldLoad(a), s.operands.register(b));
  } else if (b.op === "const") {
    emit(s, "cmp", s.operands.registerOrMemory(a), m.immediate(b.imm));
  } else if (a.op === "const") {
    op = SWAPPED[op] ?? op;
    emit(s, "cmp", s.operands.registerOrMemory(b), m.immediate(a.imm));
  } else emit(s, "cmp", s.operands.register(a), s.operands.registerOrMemory(b));
  return SUFFIX[op] ?? "ne";
}

/** A load of a byte or word compared with a constant that it can have: compared in memory. */
function narrowCompare(operands: Operands, op: Op, a: Value, b: Value): m.MachineOperand[] | undefined {
  const size = loadSize(a);
  if (b.op !== "const" || size === undefined || size === 4 || !operands.canFold(a)) return undefined;
  const isSigned = a.op.endsWith("s");
  const range = 2 ** (8 * size);
  const fits = isSigned ? b.imm >= -range / 2 && b.imm < range / 2 : b.imm >= 0 && b.imm < range;
  const signedTest = op === "lts" || op === "les" || op === "gts" || op === "ges";
  const unsignedTest = op === "ltu" || op === "leu" || op === "gtu" || op === "geu";
  if (!fits || (isSigned ? unsignedTest : signedTest)) return undefined;
  const value = size === 1 ? (b.imm << 24) >> 24 : (b.imm << 16) >> 16;
  return [operands.foldLoad(a), m.immediate(value, size)];
}

/** Flags of a value against 0. */
function testZero(s: Selection, value: Value, op: "eq" | "ne"): string {
  const { operands } = s;
  const suffix = SUFFIX[op] ?? "";
  const size = loadSize(value);
  if (value.op === "and" && operands.canCover(value)) {
    operands.covered.add(value);
    const [a, b] = value.args;
    if (b.op !== "const") emit(s, "test", operands.registerOrMemory(a), operands.register(b));
    else if (!testNarrow(s, a, b.imm)) emit(s, "test", operands.registerOrMemory(a), m.immediate(b.imm));
  } else if (size !== undefined && operands.canFold(value))
    emit(s, "cmp", operands.foldLoad(value), m.immediate(0, size));
  else {
    const virtual = operands.registerNumber(value);
    emit(s, "test0", m.use(virtual, 4, true));
  }
  return suffix;
}

/** Bits of a byte or word in memory. */
function testNarrow(s: Selection, a: Value, mask: number): boolean {
  const size = loadSize(a);
  if (size === undefined || size === 4 || !s.operands.canFold(a)) return false;
  // The sign's copies above the narrow value would be tested too.
  if (mask >>> 0 >= 2 ** (8 * size) || (a.op.endsWith("s") && mask >>> 0 >= 2 ** (8 * size - 1))) return false;
  emit(s, "test", s.operands.foldLoad(a), m.immediate(mask, size));
  return true;
}

/** a < b by a subtraction of which only the flags matter. */
function compareLong(s: Selection, value: Value): string {
  const [alow, ahigh, blow, bhigh] = value.args;
  const { operands } = s;
  const low = operands.register(alow);
  emit(s, "cmp", low, operands.any(blow));
  const high = operands.newVirtual();
  emit(s, "mov", m.def(high), operands.any(ahigh));
  emit(s, "sbb", m.both(high), operands.any(bhigh));
  return value.op === "lts64" ? "l" : "b";
}
