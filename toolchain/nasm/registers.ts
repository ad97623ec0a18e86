// Register names, from the instruction table's own list.

import type { Operand, RegisterClass, RegisterOperand } from "../../isa/instruction.ts";
import { REGISTER_NAMES } from "../../isa/table.ts";

export type Register = RegisterOperand;

/** One object for a register, so that registers can be compared. */
export const REGISTERS: ReadonlyMap<string, Register> = new Map(
  Object.entries(REGISTER_NAMES).flatMap(([registerClass, names]) =>
    names.map((name, index): [string, Register] => [
      name.replace(/^st\((\d)\)$/, "st$1"),
      { kind: "register", class: registerClass as RegisterClass, index },
    ]),
  ),
);

export function registerName(register: Register): string {
  for (const [name, candidate] of REGISTERS) if (candidate === register) return name;
  return register.class;
}

/** Bytes of a general register; 0 for the others. */
export function registerBytes(register: Register): number {
  switch (register.class) {
    case "r8":
      return 1;
    case "r16":
    case "sreg":
      return 2;
    case "r32":
      return 4;
    default:
      return 0;
  }
}

export function isClass(operand: Operand | undefined, registerClass: Register["class"]): boolean {
  return operand?.kind === "register" && operand.class === registerClass;
}
