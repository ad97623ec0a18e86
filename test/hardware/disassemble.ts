// One instruction as text, for people who read a mismatch: Intel order, as the table writes it.

import { decode } from "../../isa/decode.ts";
import type { MemoryOperand, Operand } from "../../isa/instruction.ts";
import { REGISTER_NAMES } from "../../isa/table.ts";

const SIZES: Record<number, string> = { 1: "byte", 2: "word", 4: "dword", 6: "fword", 8: "qword" };

export function disassemble(code: Uint8Array, bits: 16 | 32): string {
  const instruction = decode(code, 0, bits);
  if ("failure" in instruction) return `(${instruction.failure})`;
  const { form, operands, lock, repeat } = instruction;
  const prefix = `${lock ? "lock " : ""}${repeat === "" || form.repeat === "" ? "" : `${repeat} `}`;
  return `${prefix}${form.mnemonic} ${operands.map(operandText).join(", ")}`.trim();
}

function operandText(operand: Operand): string {
  switch (operand.kind) {
    case "register":
      return REGISTER_NAMES[operand.class][operand.index];
    case "memory":
      return memoryText(operand);
    case "immediate":
      return number(operand.value);
    case "relative":
      return `.${operand.value < 0 ? "" : "+"}${number(operand.value)} after`;
    case "far":
      return `${number(operand.selector)}:${number(operand.offset)}`;
  }
}

function memoryText(memory: MemoryOperand): string {
  const names = memory.addressSize === 16 ? REGISTER_NAMES.r16 : REGISTER_NAMES.r32;
  const parts: string[] = [];
  if (memory.base >= 0) parts.push(names[memory.base]);
  if (memory.index >= 0)
    parts.push(memory.scale === 1 ? names[memory.index] : `${names[memory.index]}*${memory.scale}`);
  if (memory.displacement !== 0 || parts.length === 0) parts.push(number(memory.displacement));
  const size = SIZES[memory.size];
  return `${size ? `${size} ` : ""}${REGISTER_NAMES.sreg[memory.segment]}:[${parts.join("+").replaceAll("+-", "-")}]`;
}

function number(value: number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}
