// Selection of arithmetic, loads and stores.

import type { Op, Value } from "../ssa/ir.ts";
import { choose } from "./conditions.ts";
import * as m from "./ir.ts";
import { loadSize, scaleOf } from "./operands.ts";
import { emit, type Selection } from "./select.ts";

const SIMPLE: Partial<Record<Op, string>> = { add: "add", sub: "sub", and: "and", or: "or", xor: "xor" };
const COMMUTATIVE = new Set<Op>(["add", "and", "or", "xor"]);
const SHIFTS: Partial<Record<Op, string>> = { shl: "shl", shr: "shr", sar: "sar", rotl: "rol", rotr: "ror" };

/** Any value that isn't a call, an intrinsic, a parameter or a comparison. */
export function selectWord(s: Selection, value: Value, high: Value | undefined): void {
  const { operands } = s;
  switch (value.op) {
    case "add":
    case "sub":
    case "and":
    case "or":
    case "xor":
      simple(s, value);
      return;
    case "shl":
    case "shr":
    case "sar":
    case "rotl":
    case "rotr":
      shift(s, value);
      return;
    case "mul":
      multiply(s, value);
      return;
    case "mulu":
    case "muls":
      high ? multiplyWide(s, value, high) : multiply(s, value);
      return;
    case "divu":
    case "divs":
    case "divu64":
      divide(s, value, high);
      return;
    case "add64":
    case "sub64":
      carried(s, value, high);
      return;
    case "shld":
    case "shrd":
      doubleShift(s, value);
      return;
    case "select":
      choose(s, value);
      return;
    case "clz":
    case "ctz":
      scan(s, value);
      return;
    case "extend8":
    case "extend16": {
      const size = value.op === "extend8" ? 1 : 2;
      emit(s, "movsx", m.def(operands.virtual(value)), narrow(s, value.args[0], size));
      return;
    }
    case "load":
    case "load8u":
    case "load8s":
    case "load16u":
    case "load16s":
    case "global":
      load(s, value);
      return;
    case "store":
    case "store8":
    case "store16":
    case "setGlobal":
      store(s, value);
      return;
    default:
      throw new RangeError(`operation ${value.op} has no instruction`);
  }
}

/** The low byte or word of a value, as a source. */
function narrow(s: Selection, value: Value, size: 1 | 2): m.MachineOperand {
  return m.use(s.operands.registerNumber(value), size, true);
}

/** dst = a, then `mnemonic dst, b`. */
function twoAddress(s: Selection, value: Value, mnemonic: string, a: Value, ...rest: m.MachineOperand[]): void {
  const virtual = s.operands.virtual(value);
  emit(s, "mov", m.def(virtual, 4, true), s.operands.any(a));
  emit(
    s,
    mnemonic,
    m.both(
      virtual,
      4,
      rest.every((operand) => operand.kind === "immediate"),
    ),
    ...rest,
  );
}

function simple(s: Selection, value: Value): void {
  const { operands } = s;
  let [a, b] = value.args;
  const mnemonic = SIMPLE[value.op] ?? "";
  if (value.op === "sub" && a.op === "const" && a.imm === 0) {
    twoAddress(s, value, "neg", b);
    return;
  }
  if (value.op === "xor" && b.op === "const" && b.imm === -1) {
    twoAddress(s, value, "not", a);
    return;
  }
  if (value.op === "and" && b.op === "const" && (b.imm === 0xff || b.imm === 0xffff)) {
    emit(s, "movzx", m.def(operands.virtual(value)), narrow(s, a, b.imm === 0xff ? 1 : 2));
    return;
  }
  if (value.op === "add") {
    if (loadAddress(s, value)) return;
    if (b.op === "const" && (b.imm === 1 || b.imm === -1)) {
      twoAddress(s, value, b.imm === 1 ? "inc" : "dec", a);
      return;
    }
  }
  // The operand that dies here is the one to change; a load goes to the other side.
  if (COMMUTATIVE.has(value.op) && b.op !== "const") {
    const swap = operands.canFold(a)
      ? !operands.canFold(b)
      : !operands.isSingleUse(a) && operands.isSingleUse(b) && !operands.canFold(b);
    if (swap) [a, b] = [b, a];
  }
  const right = operands.any(b);
  twoAddress(s, value, mnemonic, a, right);
}

/** A sum of three, or with a scaled operand: lea. */
function loadAddress(s: Selection, value: Value): boolean {
  const { operands } = s;
  const [a, b] = value.args;
  const inner = (x: Value) => x.op === "add" && operands.canCover(x) && !x.args.some((arg) => operands.canFold(arg));
  const scaled = (x: Value) => scaleOf(x) > 1 && operands.canCover(x);
  if (operands.canFold(a) || operands.canFold(b)) return false;
  if (b.op === "const" ? !inner(a) && !scaled(a) : !(scaled(a) || scaled(b) || hasOffset(a) || hasOffset(b)))
    return false;
  emit(s, "lea", m.def(operands.virtual(value)), operands.sum(a, b));
  return true;

  function hasOffset(x: Value): boolean {
    return x.op === "add" && x.args[1].op === "const" && operands.canCover(x);
  }
}

function shift(s: Selection, value: Value): void {
  const { operands } = s;
  const [a, count] = value.args;
  const mnemonic = SHIFTS[value.op] ?? "";
  if (count.op === "const") {
    if (value.op === "shl" && count.imm === 1) {
      const virtual = operands.virtual(value);
      emit(s, "mov", m.def(virtual), operands.any(a));
      emit(s, "add", m.both(virtual), m.use(virtual));
      return;
    }
    twoAddress(s, value, mnemonic, a, m.immediate(count.imm & 31, 1));
    return;
  }
  const virtual = operands.virtual(value);
  emit(s, "mov", m.def(virtual), operands.any(a));
  emit(s, mnemonic, m.both(virtual), countRegister(s, count));
}

/** A variable count has to be in CL. Emits the move, so the shift must follow at once. */
function countRegister(s: Selection, count: Value): m.RegisterOperand {
  const ecx = s.operands.fixed(m.ECX);
  emit(s, "mov", m.def(ecx), s.operands.any(count));
  return m.use(ecx, 1);
}

function doubleShift(s: Selection, value: Value): void {
  const { operands } = s;
  const [a, b, count] = value.args;
  const virtual = operands.virtual(value);
  const other = operands.register(b);
  emit(s, "mov", m.def(virtual), operands.any(a));
  const by = count.op === "const" ? m.immediate(count.imm & 31, 1) : countRegister(s, count);
  emit(s, value.op, m.both(virtual), other, by);
}

function multiply(s: Selection, value: Value): void {
  const { operands } = s;
  let [a, b] = value.args;
  const virtual = operands.virtual(value);
  if (b.op === "const") {
    const scale = ([3, 5, 9] as number[]).includes(b.imm) ? ((b.imm - 1) as 2 | 4 | 8) : undefined;
    if (scale) {
      const base = operands.registerNumber(a);
      const place = m.memory(0, base, 0);
      place.index = base;
      place.scale = scale;
      emit(s, "lea", m.def(virtual), place);
    } else emit(s, "imul", m.def(virtual), operands.registerOrMemory(a), m.immediate(b.imm));
    return;
  }
  if (operands.canFold(a) && !operands.canFold(b)) [a, b] = [b, a];
  const right = operands.registerOrMemory(b);
  emit(s, "mov", m.def(virtual), operands.any(a));
  emit(s, "imul", m.both(virtual), right);
}

function multiplyWide(s: Selection, value: Value, high: Value): void {
  const { operands } = s;
  const [a, b] = value.args;
  const [eax, edx] = [operands.fixed(m.EAX), operands.fixed(m.EDX)];
  const factor = operands.registerOrMemory(b);
  emit(s, "mov", m.def(eax), operands.any(a));
  const product = emit(s, value.op === "mulu" ? "mul" : "imul", factor);
  product.implicit.push(m.both(eax), m.def(edx));
  take(s, value, eax);
  take(s, high, edx);
}

/** Copies a result out of its fixed register, if anybody wants it. */
export function take(s: Selection, value: Value | undefined, fixed: number): void {
  if (!value || !s.operands.isWanted(value)) return;
  emit(s, "mov", m.def(s.operands.virtual(value), 4, true), m.use(fixed));
}

function divide(s: Selection, value: Value, high: Value | undefined): void {
  const { operands } = s;
  const divisor = value.args[value.args.length - 1];
  const [eax, edx] = [operands.fixed(m.EAX), operands.fixed(m.EDX)];
  const by = operands.registerOrMemory(divisor);
  emit(s, "mov", m.def(eax), operands.any(value.args[0]));
  if (value.op === "divs") emit(s, "cdq").implicit.push(m.use(eax), m.def(edx));
  else emit(s, "mov", m.def(edx), value.op === "divu" ? m.immediate(0) : operands.any(value.args[1]));
  emit(s, value.op === "divs" ? "idiv" : "div", by).implicit.push(m.both(eax), m.both(edx));
  take(s, value, eax);
  take(s, high, edx);
}

/** add/adc, sub/sbb. Between them only moves may stand, which leave the carry alone. */
function carried(s: Selection, value: Value, high: Value | undefined): void {
  const { operands } = s;
  const [alow, ahigh, blow, bhigh] = value.args;
  const [first, second] = value.op === "add64" ? ["add", "adc"] : ["sub", "sbb"];
  const low = operands.isWanted(value) ? operands.virtual(value) : operands.newVirtual();
  const lowRight = operands.any(blow);
  emit(s, "mov", m.def(low), operands.any(alow));
  emit(s, first, m.both(low), lowRight);
  if (!high) return;
  const virtual = operands.virtual(high);
  const highRight = operands.any(bhigh);
  emit(s, "mov", m.def(virtual), operands.any(ahigh));
  emit(s, second, m.both(virtual), highRight);
}

/** Bit scans leave nothing defined for 0; clz is 31 − index = index xor 31, and 63 xor 31 is 32. */
function scan(s: Selection, value: Value): void {
  const { operands } = s;
  const virtual = operands.virtual(value);
  const source = operands.registerOrMemory(value.args[0]);
  if (value.op === "ctz") {
    emit(s, "bsfOr", m.def(virtual), source, m.immediate(32));
    return;
  }
  emit(s, "bsrOr", m.def(virtual), source, m.immediate(63));
  emit(s, "xor", m.both(virtual), m.immediate(31));
}

function load(s: Selection, value: Value): void {
  const place = s.operands.place(value);
  const mnemonic = place.size === 4 ? "mov" : value.op.endsWith("s") ? "movsx" : "movzx";
  emit(s, mnemonic, m.def(s.operands.virtual(value)), place);
}

function store(s: Selection, value: Value): void {
  const { operands } = s;
  const stored = value.args[value.args.length - 1];
  if (changeInPlace(s, value, stored)) return;
  const place = operands.place(value);
  const size = loadSize(value) ?? 4;
  const source = operands.registerOrImmediate(stored, size);
  emit(s, "mov", place, source);
}

const LOAD_FOR: Partial<Record<Op, Op[]>> = {
  store: ["load"],
  store8: ["load8u", "load8s"],
  store16: ["load16u", "load16s"],
  setGlobal: ["global"],
};

/** load, operate, store to the same place: one instruction on memory. */
function changeInPlace(s: Selection, value: Value, stored: Value): boolean {
  const { operands } = s;
  if (!operands.canCover(stored)) return false;
  const isSame = (x: Value | undefined): boolean =>
    x !== undefined &&
    (LOAD_FOR[value.op] ?? []).includes(x.op) &&
    x.imm === value.imm &&
    (value.op === "setGlobal" || x.args[0] === value.args[0]) &&
    operands.canFold(x);
  let [a, b] = stored.args;
  if (COMMUTATIVE.has(stored.op) && !isSame(a) && isSame(b)) [a, b] = [b, a];
  const mnemonic = SIMPLE[stored.op] ?? (b?.op === "const" ? SHIFTS[stored.op] : undefined);
  // A right shift or rotation of a narrow place would pull in other bits.
  const isNarrow = loadSize(value) !== 4;
  if (!mnemonic || !isSame(a) || (isNarrow && !(stored.op in SIMPLE))) return false;
  const size = loadSize(value) ?? 4;
  operands.covered.add(stored);
  operands.covered.add(a);
  const place = operands.place(value);
  const isShift = stored.op in SHIFTS;
  if (stored.op === "add" && b.op === "const" && (b.imm === 1 || b.imm === -1)) {
    emit(s, b.imm === 1 ? "inc" : "dec", place);
    return true;
  }
  const source = isShift ? m.immediate(b.imm & 31, 1) : operands.registerOrImmediate(b, size);
  emit(s, mnemonic, place, source);
  return true;
}
