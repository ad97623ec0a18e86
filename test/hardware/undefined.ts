// What the manual leaves undefined, so that two correct processors may differ. The instruction table says which flags an instruction
// always leaves undefined; here is what depends on the values: shift counts, and results that exist only sometimes.
// Source: Intel SDM, volume 2, the instructions' pages.

import type { Instruction } from "../../isa/decode.ts";
import { AF, CF, OF, PF, SF, ZF } from "../../isa/instruction.ts";
import * as at from "./environment.ts";
import { PAGE_FAULT, type Vector } from "./record.ts";

const ALL = OF | SF | ZF | AF | PF | CF;
const ECX = 1;
const ESP = 4;
const SS = 2;
const STACK_FAULT = 12;

/** The EFLAGS bits that need not match after this instruction. */
export function undefinedFlags(instruction: Instruction, vector: Vector): number {
  const { form } = instruction;
  switch (form.mnemonic) {
    case "shl":
    case "shr":
    case "sar": {
      const { count, bits } = shift(instruction, vector);
      if (count === 0) return 0;
      const carry = form.mnemonic !== "sar" && count >= bits ? CF : 0;
      return AF | (count === 1 ? 0 : OF) | carry;
    }
    case "rol":
    case "ror":
    case "rcl":
    case "rcr": {
      const { count } = shift(instruction, vector);
      return count <= 1 ? 0 : OF;
    }
    case "shld":
    case "shrd": {
      const { count, bits } = shift(instruction, vector);
      if (count === 0) return 0;
      if (count > bits) return ALL;
      return AF | (count === 1 ? 0 : OF);
    }
    default:
      return form.flags.undefined;
  }
}

/** Whether the manual says nothing at all about the destination's value (it then says nothing about the flags either). */
export function resultIsUndefined(instruction: Instruction, vector: Vector): boolean {
  const { mnemonic } = instruction.form;
  if (mnemonic === "bswap") return instruction.operandSize === 16;
  if (mnemonic !== "shld" && mnemonic !== "shrd") return false;
  const { count, bits } = shift(instruction, vector);
  return count > bits;
}

/**
 * Bytes of the window that need not match: of a selector pushed as a doubleword, processors write all or only the low word
 * (AMD's the one, Intel's the other).
 */
export function undefinedMemory(instruction: Instruction, vector: Vector): readonly number[] {
  const { form, operandSize } = instruction;
  const pushesSelector = form.mnemonic === "push" && form.operands[0].place === "fixedSreg";
  if (operandSize === 16 || !(pushesSelector || form.mnemonic === "callf")) return [];
  const stack =
    vector.after.selectors[SS] === at.DATA_16 ? vector.after.registers[ESP] & 0xffff : vector.after.registers[ESP];
  const base = at.segmentBase(vector.after.selectors[SS]) ?? 0;
  const upper = base + stack - at.WINDOW + (pushesSelector ? 2 : 6);
  return [upper, upper + 1];
}

/**
 * Whether more than one fault applies, whose order the manual leaves to the processor (volume 3, on priority among exceptions): RETF with an operand, where the
 * selector is no good and the stack that an outer level would have had is not there. AMD's processors look at the stack first.
 */
export function faultOrderIsUndefined({ form }: Instruction, vector: Vector): boolean {
  const { trap } = vector;
  return (
    form.mnemonic === "retf" && form.operands.length > 0 && (trap.vector === STACK_FAULT || trap.vector === PAGE_FAULT)
  );
}

/** The count as the processor uses it (the low five bits), and the width of what is shifted. */
function shift(instruction: Instruction, vector: Vector): { count: number; bits: number } {
  const { operands } = instruction;
  const destination = operands[0];
  const last = operands[operands.length - 1];
  const count = last.kind === "immediate" ? last.value : vector.before.registers[ECX];
  const bytes =
    destination.kind === "memory"
      ? destination.size
      : destination.kind === "register" && destination.class === "r8"
        ? 1
        : instruction.operandSize / 8;
  return { count: count & 31, bits: bytes * 8 };
}
