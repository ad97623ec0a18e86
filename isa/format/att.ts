// AT&T syntax: `addl $0x1,-0x4(%ebp)`. Source operand first, sizes as suffixes, registers with %.

import type { Instruction } from "../decode.ts";
import type { FormatOptions, Text } from "../format.ts";
import type { MemoryOperand, Operand } from "../instruction.ts";
import { REGISTER_NAMES } from "../table.ts";
import {
  addressRegisters,
  codeBits,
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
import { isConditionalJump } from "./prefixes.ts";

const RENAMED: Readonly<Record<string, string>> = {
  cbw: "cbtw",
  cwde: "cwtl",
  cwd: "cwtd",
  cdq: "cltd",
  retf: "lret",
  callf: "lcall",
  jmpf: "ljmp",
  wait: "fwait",
};

export function attText(instruction: Instruction, options: FormatOptions): Text {
  const { form, operands } = instruction;
  const texts = operands.map((operand, i) => operandText(instruction, operand, i, options));
  // BOUND and ENTER keep Intel's order.
  if (form.mnemonic !== "bound" && form.mnemonic !== "enter") texts.reverse();
  if (comparisonName(instruction)) texts.shift();
  if (form.mnemonic === "monitor") texts.push(instruction.addressSize === 16 ? "%ax" : "%eax", "%ecx", "%edx");
  if (form.mnemonic === "mwait") texts.push("%eax", "%ecx");
  return { name: name(instruction), operands: isNop(instruction) ? "" : texts.filter((text) => text !== "").join(",") };
}

const CS = 1;
const DS = 3;

function letter(operandSize: 16 | 32): string {
  return operandSize === 16 ? "w" : "l";
}

function name(instruction: Instruction): string {
  const { form, operandSize, prefixes } = instruction;
  const { mnemonic } = form;
  const string = form.operands.some((spec) => spec.place === "source" || spec.place === "destination");
  if (string) return stringName(mnemonic);
  if (mnemonic === "movzx" || mnemonic === "movsx")
    return `mov${mnemonic[3]}${form.operands[1].size}${letter(operandSize)}`;
  if (form.unit === "x87") return floatName(instruction);
  const plain = RENAMED[mnemonic] ?? undoubled(plainName(instruction));
  if (isMarked(instruction)) return plain + (prefixes.includes(OPERAND_SIZE) ? letter(operandSize) : "");
  if (mnemonic.startsWith("loop") && instruction.addressSize !== codeBits(instruction))
    return plain + letter(instruction.addressSize);
  if (isConditionalJump(instruction)) {
    if (instruction.segmentOverride === CS) return `${plain},pn`;
    if (instruction.segmentOverride === DS) return `${plain},pt`;
  }
  return plain + memorySuffix(instruction);
}

/** `movsl`; where the accumulator is an operand it shows the size. */
function stringName(mnemonic: string): string {
  const base = mnemonic.slice(0, -1);
  if (base === "lods" || base === "stos" || base === "scas") return base;
  return base + mnemonic.slice(-1).replace("d", "l");
}

/** FSUB and FSUBR, FDIV and FDIVR changed places in AT&T's assembler where ST(i) is the destination, and so it stayed. */
function floatName(instruction: Instruction): string {
  const { form, operands, operandSize, prefixes } = instruction;
  const plain = plainName(instruction);
  const [operand] = operands;
  if (isState(instruction)) {
    if (!prefixes.includes(OPERAND_SIZE)) return plain;
    return plain + (operandSize === 16 ? "s" : "l");
  }
  if (operand?.kind === "memory") return plain + floatSuffix(form.mnemonic, operand.size);
  const swapped = /^(fsub|fdiv)(r?)(p?)$/.exec(plain);
  const toStack = form.opcode[0] === 0xdc || form.opcode[0] === 0xde;
  return swapped && toStack ? swapped[1] + (swapped[2] ? "" : "r") + swapped[3] : plain;
}

const REALS = new Set(["fadd", "fmul", "fcom", "fcomp", "fsub", "fsubr", "fdiv", "fdivr", "fld", "fst", "fstp"]);

function floatSuffix(mnemonic: string, bytes: number): string {
  if (mnemonic.startsWith("fi")) return bytes === 2 ? "s" : bytes === 4 ? "l" : "ll";
  if (!REALS.has(mnemonic)) return "";
  return bytes === 4 ? "s" : bytes === 8 ? "l" : "t";
}

const PLAIN_BYTE = /^set/;

/** A suffix where memory has a size that no register shows. */
function memorySuffix(instruction: Instruction): string {
  const { form, operands, operandSize } = instruction;
  const at = operands.findIndex((operand) => operand.kind === "memory");
  if (at < 0 || form.mnemonic === "jmp" || PLAIN_BYTE.test(form.mnemonic)) return "";
  const spec = form.operands[at];
  if (spec.size === "s") return letter(operandSize);
  if (spec.place !== "rm" || !"bv".includes(spec.size)) return "";
  // The register that CRC32 collects in says nothing of what it reads.
  const shown =
    form.mnemonic !== "crc32" &&
    form.operands.some((other, i) => i !== at && operands[i].kind === "register" && other.code !== "CL");
  return shown ? "" : spec.size === "b" ? "b" : letter(operandSize);
}

function operandText(instruction: Instruction, operand: Operand, i: number, options: FormatOptions): string {
  const { form } = instruction;
  const spec = form.operands[i];
  const indirect = form.modrm && /^(jmp|call)f?$/.test(form.mnemonic) ? "*" : "";
  switch (operand.kind) {
    case "register":
      if (spec.code === "DX") return "(%dx)";
      if (operand.class === "dr") return `%db${operand.index}`;
      return `${indirect}%${registerName(instruction, operand, i)}`;
    case "memory":
      return indirect + memoryText(instruction, operand, i);
    case "immediate":
      return spec.place === "one" ? "" : `$${hexadecimal(unsigned(operand.value, operand.size))}`;
    case "relative":
      return target(instruction, operand, options);
    case "far":
      return `$${hexadecimal(operand.selector)},$${hexadecimal(operand.offset)}`;
  }
}

function memoryText(instruction: Instruction, memory: MemoryOperand, i: number): string {
  const showSegment = showsSegment(instruction, i);
  const segment = showSegment ? `%${REGISTER_NAMES.sreg[memory.segment]}:` : "";
  const { base, index } = addressRegisters(instruction, memory);
  const is16 = memory.addressSize === 16;
  if (base === "" && index === "") {
    if (instruction.form.operands[i].place === "moffs")
      return segment + hexadecimal(is16 ? memory.displacement & 0xffff : memory.displacement);
    return segment + (is16 ? signedHexadecimal(memory.displacement) : hexadecimal(memory.displacement));
  }
  const displacement = instruction.displacementSize > 0 ? signedHexadecimal(memory.displacement) : "";
  const parts = [base && `%${base}`];
  if (index) {
    parts.push(`%${index}`);
    if (!is16) parts.push(`${sibScale(instruction)}`);
  }
  return `${segment}${displacement}(${parts.join(",")})`;
}
