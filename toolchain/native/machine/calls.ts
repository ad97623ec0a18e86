// Calls and returns by the cdecl convention: words pushed from the last to the first, result in EAX (high word in EDX) or, a
// float, in st(0); the caller pops. Source: System V ABI, Intel386 supplement, chapter 3.
// Within the module the first words go in registers, as with GCC's regparm(3), for the functions that object.ts says.

import type { Value } from "../ssa/ir.ts";
import { popInto, selectFloatReturn } from "./floats.ts";
import * as m from "./ir.ts";
import type { Operands } from "./operands.ts";
import { emit, type Selection } from "./select.ts";
import { take } from "./words.ts";

/** Where the first words go when they are not pushed. */
export const ARGUMENT_REGISTERS = [m.EAX, m.EDX, m.ECX];

export function selectCall(s: Selection, value: Value, high: Value | undefined): void {
  const { operands } = s;
  const args = value.op === "callIndirect" ? value.args.slice(1) : value.args;
  const target = callTarget(s, value);
  const inRegisters = value.op === "call" ? s.registerWords(value.imm) : 0;
  for (let i = args.length - 1; i >= inRegisters; i--) emit(s, "push", operands.any(args[i]));
  const registers = passInRegisters(s, args.slice(0, inRegisters));
  const call = emit(s, "call", target);
  call.implicit.push(...registers.map((fixed) => m.use(fixed)));
  call.clobbers = m.CALLER_SAVED.reduce((mask, register) => mask | (1 << register), 0);
  const isFloat = value.op !== "helper" && value.symbol !== "";
  const [eax, edx] = isFloat ? [-1, -1] : [result(s, call, value, m.EAX), result(s, call, high, m.EDX)];
  const pushed = args.length - inRegisters;
  if (pushed > 0) emit(s, "add", m.hardware(m.ESP), m.immediate(4 * pushed));
  if (isFloat) popInto(s, value.symbol === "f64" ? 8 : 4, value, high);
  if (eax >= 0) take(s, value, eax);
  if (edx >= 0) take(s, high, edx);
}

function passInRegisters(s: Selection, args: Value[]): number[] {
  const registers = args.map((_, i) => s.operands.fixed(ARGUMENT_REGISTERS[i]));
  if (args.length > 0)
    emit(s, "copies").copies = args.map((arg, i) => ({
      to: registers[i],
      from: arg.op === "const" ? { constant: arg.imm } : { virtual: s.operands.virtual(arg) },
    }));
  return registers;
}

/** The start of a function that takes words in registers. */
export function receiveArguments(
  operands: Operands,
  received: { virtual: number; word: number }[],
): m.MachineInstruction[] {
  if (received.length === 0) return [];
  const copies = m.instruction("copies");
  const entry = m.instruction("none");
  for (const { virtual, word } of received) {
    const fixed = operands.fixed(ARGUMENT_REGISTERS[word]);
    entry.implicit.push(m.def(fixed));
    copies.copies.push({ to: virtual, from: { virtual: fixed } });
  }
  return [entry, copies];
}

function callTarget(s: Selection, value: Value): m.MachineOperand {
  if (value.op === "helper") return { kind: "call", symbol: { kind: "external", index: 0, name: value.symbol } };
  if (value.op === "call") return { kind: "call", symbol: { kind: "function", index: value.imm, name: "" } };
  const [index] = value.args;
  const entry = m.memory(4, -1, 0, { kind: "table", index: 0, name: "" });
  if (index.op === "const") entry.displacement = index.imm * 4;
  else {
    entry.index = s.operands.registerNumber(index);
    entry.scale = 4;
  }
  return entry;
}

function result(s: Selection, call: m.MachineInstruction, value: Value | undefined, register: number): number {
  if (!value || !s.operands.isWanted(value)) return -1;
  const fixed = s.operands.fixed(register);
  call.implicit.push(m.def(fixed));
  return fixed;
}

export function selectReturn(s: Selection, values: Value[], isFloat: boolean): void {
  if (isFloat) {
    selectFloatReturn(s, values);
    emit(s, "ret");
    return;
  }
  const registers = values.map((value, i) => {
    const fixed = s.operands.fixed(i === 0 ? m.EAX : m.EDX);
    emit(s, "mov", m.def(fixed), s.operands.any(value));
    return m.use(fixed);
  });
  emit(s, "ret").implicit.push(...registers);
}
