// Steps that are larger than one instruction: over a call, out of a function, through the instructions of a source line. Each is a goal
// that the runner runs towards; an interrupt that comes in between is run through.

import { decode } from "../../isa/decode.ts";
import { readLinear } from "../../pc/address.ts";
import type { AnyMachine } from "./build.ts";

/** A place that the machine runs to: an address, with more of the stack in use than `above` meaning that it is not there yet. */
export interface Goal {
  linear: number;
  /** The stack pointer must be above this: the function that called is the one that goes on, not one that it called itself. */
  above: number;
}

/** Instructions [first, end) of a source line. */
export interface Range {
  first: number;
  end: number;
}

/** Where the machine stands. */
export interface Position {
  linear: number;
  stackPointer: number;
}

const LONGEST_INSTRUCTION = 15;
const CALLS = /^(l?call|int|int3|into|syscall|sysenter)$/;
const STRINGS = /^(movs|cmps|stos|lods|scas|ins|outs)/;
/** Where these lead is not known beforehand. */
const INDIRECT = /^(l?call|l?jmp|l?ret|iret|int|int3|into|sysenter|sysexit|loop|loope|loopne|jcxz)/;
const CODE_32 = 0x4000;
const VM = 0x2_0000;
/** Instructions in one go, between which keys and questions come in. */
const MOST_AT_ONCE = 20_000;

export function positionOf(machine: AnyMachine): Position {
  const registers = machine.registers();
  return {
    linear: (registers["cs.base"] + registers["eip"]) >>> 0,
    stackPointer: registers["esp"] >>> 0,
  };
}

/** Reached when the machine stands at the goal's address with the caller's stack. */
export function isReached(goal: Goal, { linear, stackPointer }: Position): boolean {
  return linear === goal.linear && stackPointer > goal.above;
}

interface Next {
  mnemonic: string;
  /** The instruction behind it. */
  after: number;
  /** Where a jump with a fixed target leads. */
  target?: number;
  repeats: boolean;
}

function nextInstruction(machine: AnyMachine): Next | undefined {
  const registers = machine.registers();
  const { linear } = positionOf(machine);
  const bits = registers["cs.attributes"] & CODE_32 && !(registers["eflags"] & VM) ? 32 : 16;
  const instruction = decode(readLinear(machine.memory, pagingOf(registers), linear, LONGEST_INSTRUCTION), 0, bits);
  if ("failure" in instruction) return undefined;
  const after = (linear + instruction.length) >>> 0;
  const [operand] = instruction.operands;
  return {
    mnemonic: instruction.form.mnemonic,
    after,
    ...(operand?.kind === "relative" && { target: (after + operand.value) >>> 0 }),
    repeats: instruction.repeat !== "" && STRINGS.test(instruction.form.mnemonic),
  };
}

/** The goal of a step over what comes back by itself: a call, an interrupt, a repeated string instruction. */
export function overGoal(machine: AnyMachine): Goal | undefined {
  const next = nextInstruction(machine);
  if (!next || !(CALLS.test(next.mnemonic) || next.repeats)) return undefined;
  return { linear: next.after, above: positionOf(machine).stackPointer - 1 };
}

/** The goal of a step out of a function that keeps a frame pointer: where it returns to. */
export function outGoal(machine: AnyMachine): Goal {
  const registers = machine.registers();
  const frame = registers["ebp"] >>> 0;
  const [a, b, c, d] = readLinear(machine.memory, pagingOf(registers), registers["ss.base"] + frame + 4, 4);
  return { linear: (registers["cs.base"] + (a | (b << 8) | (c << 16) | (d << 24))) >>> 0, above: frame };
}

/**
 * Steps through a range, calls as one.
 * @returns a goal to run to before going on, true when the range was left, false to go on after a look around
 */
export function throughRange(machine: AnyMachine, range: Range): Goal | boolean {
  for (let count = 0; count < MOST_AT_ONCE; count++) {
    const over = overGoal(machine);
    if (over) return over;
    const next = nextInstruction(machine);
    const before = positionOf(machine);
    if (machine.run({ instructions: 1, pass: true }) !== "instructions") return true;
    const now = positionOf(machine);
    if (next && wasInterrupted(next, before, now)) {
      // The instruction has not run; it will when the handler returns.
      return { linear: before.linear, above: before.stackPointer - 1 };
    }
    if (now.linear < range.first || now.linear >= range.end) return true;
  }
  return false;
}

/** The machine is somewhere that the instruction does not lead to, with more on the stack. */
function wasInterrupted(next: Next, before: Position, now: Position): boolean {
  if (INDIRECT.test(next.mnemonic) || now.linear === next.after || now.linear === next.target) return false;
  return now.linear !== before.linear && now.stackPointer < before.stackPointer;
}

function pagingOf(registers: Record<string, number>) {
  return { cr0: registers["cr0"], cr3: registers["cr3"], cr4: registers["cr4"] };
}
