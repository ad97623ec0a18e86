// Which forms of the instruction table operands may be for, and which of them say how wide the instruction is.

import type { Form, Operand, OperandSpec, RegisterOperand } from "../../isa/instruction.ts";
import type { Size } from "./mnemonics.ts";

/** Bytes of a general register; undefined for the others. */
export function registerBytes(register: RegisterOperand): Size | undefined {
  return register.class === "r8" ? 1 : register.class === "r16" ? 2 : register.class === "r32" ? 4 : undefined;
}

/** Whether the form's operands are of the kinds given; sizes are left to the encoder. */
export function fits(form: Form, operands: Operand[]): boolean {
  return form.operands.length === operands.length && form.operands.every((spec, i) => fitsPlace(spec, operands[i]));
}

function fitsPlace(spec: OperandSpec, operand: Operand): boolean {
  switch (spec.place) {
    case "rm":
      return operand.kind === "memory" || isOfSet(operand, spec);
    case "rmMemory":
    case "moffs":
    case "source":
    case "destination":
    case "xlat":
      return operand.kind === "memory";
    case "rmRegister":
    case "reg":
    case "opcode":
      return isOfSet(operand, spec);
    case "fixed":
      return isOfSet(operand, spec) && operand.kind === "register" && operand.index === spec.register;
    case "sreg":
    case "fixedSreg":
      return operand.kind === "register" && operand.class === "sreg";
    case "cr":
    case "dr":
    case "tr":
      return operand.kind === "register" && operand.class === spec.place;
    case "immediate":
    case "one":
      return operand.kind === "immediate";
    case "relative":
      return operand.kind === "relative";
    case "far":
      return operand.kind === "far";
  }
}

/** Whether it is a register of the kind that the operand takes. */
function isOfSet(operand: Operand, spec: OperandSpec): boolean {
  if (spec.registers === "general") return isGeneral(operand);
  return operand.kind === "register" && operand.class === spec.registers;
}

function isGeneral(operand: Operand): boolean {
  return operand.kind === "register" && registerBytes(operand) !== undefined;
}

/** Whether the operand's size is the instruction's: not a shift count, a port or a fixed-size register. */
export function isSizing(spec: OperandSpec): boolean {
  return spec.registers === "general" && (spec.size === "v" || spec.size === "b") && spec.code !== "CL";
}

export function showsSize(operand: Operand, forms: readonly Form[], i: number): boolean {
  return isGeneral(operand) && forms.some((form) => isSizing(form.operands[i]));
}
