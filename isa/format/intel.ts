// Intel syntax: `add DWORD PTR [ebp-0x4],0x1`. Destination first, sizes on memory operands, as `objdump -M intel` writes it.

import type { Instruction } from "../decode.ts";
import type { FormatOptions, Text } from "../format.ts";
import type { MemoryOperand, Operand } from "../instruction.ts";
import { REGISTER_NAMES } from "../table.ts";
import {
  addressRegisters,
  comparisonName,
  hexadecimal,
  isMarked,
  isNop,
  isState,
  OPERAND_SIZE,
  plainName,
  registerName,
  showsSegment,
  sibScale,
  signedHexadecimal,
  target,
  undoubled,
  unsigned,
} from "./common.ts";

export function intelText(instruction: Instruction, options: FormatOptions): Text {
  const { operands } = instruction;
  const texts = operands.map((operand, i) => operandText(instruction, operand, i, options));
  if (comparisonName(instruction)) texts.pop();
  return { name: name(instruction), operands: isNop(instruction) ? "" : texts.join(",") };
}

const RENAMED: Readonly<Record<string, string>> = { callf: "call", jmpf: "jmp", wait: "fwait" };

function name(instruction: Instruction): string {
  const { form, operandSize, prefixes } = instruction;
  const string = form.operands.some((spec) => spec.place === "source" || spec.place === "destination");
  if (string) return form.mnemonic.slice(0, -1);
  const plain = RENAMED[form.mnemonic] ?? undoubled(plainName(instruction));
  const letter = operandSize === 16 ? "w" : "d";
  if (form.operands[0]?.size === "s") return plain + letter;
  // An operand in memory shows its size itself.
  const marked = isMarked(instruction) && !form.modrm && !/^(call|jmp)f$/.test(form.mnemonic);
  if ((marked || isState(instruction)) && prefixes.includes(OPERAND_SIZE)) return plain + letter;
  return plain;
}

function operandText(instruction: Instruction, operand: Operand, i: number, options: FormatOptions): string {
  switch (operand.kind) {
    case "register":
      return registerName(instruction, operand, i);
    case "memory":
      return memoryText(instruction, operand, i);
    case "immediate":
      return instruction.form.operands[i].place === "one" ? "1" : hexadecimal(unsigned(operand.value, operand.size));
    case "relative":
      return target(instruction, operand, options);
    case "far":
      return `${hexadecimal(operand.selector)}:${hexadecimal(operand.offset)}`;
  }
}

const SIZES: Readonly<Record<number, string>> = {
  1: "BYTE",
  2: "WORD",
  4: "DWORD",
  6: "FWORD",
  8: "QWORD",
  10: "TBYTE",
  16: "XMMWORD",
};

function memoryText(instruction: Instruction, memory: MemoryOperand, i: number): string {
  const { form } = instruction;
  const selector = form.mnemonic === "lar" || form.mnemonic === "lsl";
  const size = form.operands[i].size === "s" ? undefined : SIZES[selector ? 2 : memory.size];
  // An address without a size is only that of LEA and of operands without a type.
  const pointer = size && form.operands[i].place !== "moffs" ? `${size} PTR ` : "";
  const { base, index } = addressRegisters(instruction, memory);
  const is16 = memory.addressSize === 16;
  const absolute = base === "" && index === "";
  const showSegment = showsSegment(instruction, i) || absolute;
  const segment = showSegment ? `${REGISTER_NAMES.sreg[memory.segment]}:` : "";
  if (absolute) return pointer + segment + hexadecimal(is16 ? memory.displacement & 0xffff : memory.displacement);
  const parts = [base, index && (is16 ? index : `${index}*${sibScale(instruction)}`)].filter((part) => part !== "");
  if (instruction.displacementSize > 0) parts.push(signedHexadecimal(memory.displacement));
  return `${pointer}${segment}[${parts.join("+").replaceAll("+-", "-")}]`;
}
