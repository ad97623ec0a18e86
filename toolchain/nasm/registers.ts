// Register names, from the instruction table's own list.

import type { RegisterClass, RegisterOperand } from "../../isa/instruction.ts";
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
