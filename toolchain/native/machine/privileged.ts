// Imports of module `cpu`: instructions that no WebAssembly operator stands for. The list is in docs/architecture.md,
// "Kernel memory and calls"; what each does in the Intel SDM, volume 2.

import type { Value } from "../ssa/ir.ts";
import { initialiseUnit } from "./floats.ts";
import * as m from "./ir.ts";
import { emit, type Selection } from "./select.ts";
import { take } from "./words.ts";

export function selectPrivileged(s: Selection, value: Value, high: Value | undefined): void {
  const { operands } = s;
  const { symbol: name, args } = value;
  const [first] = args;
  switch (name) {
    case "in8":
    case "in16":
    case "in32":
      input(s, value, first);
      return;
    case "out8":
    case "out16":
    case "out32":
      output(s, name, first, args[1]);
      return;
    case "eflags":
      emit(s, "pushfd");
      emit(s, "pop", m.def(wanted(s, value), 4, true));
      return;
    case "setEflags":
      emit(s, "push", operands.any(first));
      emit(s, "popfd");
      return;
    case "lgdt":
    case "lidt":
      emit(s, name, operands.address(first, 0, 6));
      return;
    case "invlpg":
      emit(s, name, operands.address(first, 0, 0));
      return;
    case "ltr":
    case "lldt":
      emit(s, name, m.use(operands.registerNumber(first), 2));
      return;
    case "readCr0":
    case "readCr2":
    case "readCr3":
    case "readCr4":
      emit(s, "mov", m.def(wanted(s, value)), m.hardware(Number(name.slice(-1)), "cr"));
      return;
    case "writeCr0":
    case "writeCr3":
    case "writeCr4":
      emit(s, "mov", m.hardware(Number(name.slice(-1)), "cr"), operands.register(first));
      return;
    case "rdtsc":
      results(s, "rdtsc", [], value, high);
      return;
    case "rdmsr":
      results(s, "rdmsr", [[m.ECX, first]], value, high);
      return;
    case "wrmsr":
      emitWith(s, "wrmsr", [
        [m.ECX, first],
        [m.EAX, args[1]],
        [m.EDX, args[2]],
      ]);
      return;
    case "cpuid":
      cpuid(s, args);
      return;
    case "floatInit":
      initialiseUnit(s);
      return;
    case "framePointer":
      emit(s, "mov", m.def(wanted(s, value), 4, true), m.hardware(m.EBP));
      return;
    case "stackPointer":
      emit(s, "mov", m.def(wanted(s, value), 4, true), m.hardware(m.ESP));
      return;
    default:
      emit(s, name);
  }
}

/** The result's register, though perhaps nobody reads it. */
function wanted(s: Selection, value: Value): number {
  return s.operands.isWanted(value) ? s.operands.virtual(value) : s.operands.newVirtual();
}

const SIZES: Record<string, 1 | 2 | 4> = { in8: 1, in16: 2, in32: 4, out8: 1, out16: 2, out32: 4 };

/** A port below 256 is an immediate; others go to DX. */
function portOperand(s: Selection, port: Value): m.MachineOperand {
  if (port.op === "const" && port.imm >= 0 && port.imm < 256) return m.immediate(port.imm, 1);
  const edx = s.operands.fixed(m.EDX);
  emit(s, "mov", m.def(edx), s.operands.any(port));
  return m.use(edx, 2);
}

function input(s: Selection, value: Value, port: Value): void {
  const size = SIZES[value.symbol];
  const eax = s.operands.fixed(m.EAX);
  const from = portOperand(s, port);
  emit(s, "in", m.def(eax, size), from);
  if (!s.operands.isWanted(value)) return;
  emit(s, size === 4 ? "mov" : "movzx", m.def(s.operands.virtual(value)), m.use(eax, size));
}

function output(s: Selection, name: string, port: Value, value: Value): void {
  const eax = s.operands.fixed(m.EAX);
  emit(s, "mov", m.def(eax), s.operands.any(value));
  const to = portOperand(s, port);
  emit(s, "out", to, m.use(eax, SIZES[name]));
}

/** An instruction with arguments in fixed registers. */
function emitWith(s: Selection, mnemonic: string, args: [number, Value][]): m.MachineInstruction {
  const uses = args.map(([register, value]) => {
    const fixed = s.operands.fixed(register);
    emit(s, "mov", m.def(fixed), s.operands.any(value));
    return m.use(fixed);
  });
  const made = emit(s, mnemonic);
  made.implicit.push(...uses);
  return made;
}

/** An instruction with a result in EDX:EAX. */
function results(s: Selection, mnemonic: string, args: [number, Value][], value: Value, high: Value | undefined): void {
  const [eax, edx] = [s.operands.fixed(m.EAX), s.operands.fixed(m.EDX)];
  emitWith(s, mnemonic, args).implicit.push(m.def(eax), m.def(edx));
  take(s, value, eax);
  take(s, high, edx);
}

function cpuid(s: Selection, [leaf, subleaf, address]: Value[]): void {
  const place = s.operands.registerNumber(address);
  const made = emitWith(s, "cpuid", [
    [m.EAX, leaf],
    [m.ECX, subleaf],
  ]);
  const order = [m.EAX, m.EBX, m.ECX, m.EDX].map((register) => s.operands.fixed(register));
  made.implicit.push(...order.map((fixed) => m.def(fixed)));
  order.forEach((fixed, i) => {
    emit(s, "mov", m.memory(4, place, 4 * i), m.use(fixed));
  });
}
