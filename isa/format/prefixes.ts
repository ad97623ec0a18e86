// Prefixes that the text shows by name, because neither the mnemonic nor an operand shows them.

import type { Instruction } from "../decode.ts";
import { REGISTER_NAMES } from "../table.ts";
import { ADDRESS_SIZE, codeBits, isCount, isMarked, isState, isUntracked, OPERAND_SIZE } from "./common.ts";

const LOCK = 0xf0;
const REPNE = 0xf2;
const REP = 0xf3;
const CS = 0x2e;
const DS = 0x3e;
/** By the byte's place among the prefixes: ES CS SS DS FS GS. */
const SEGMENTS = [0x26, CS, 0x36, DS, 0x64, 0x65];

/** The names of the prefixes to print before the mnemonic, in the order of the bytes. */
export function leftoverPrefixes(instruction: Instruction, att: boolean): string[] {
  const { prefixes } = instruction;
  if (prefixes.length === 0) return [];
  const lastSegment = prefixes.findLastIndex((byte) => SEGMENTS.includes(byte));
  const names: string[] = [];
  prefixes.forEach((byte, i) => {
    const isLast = SEGMENTS.includes(byte) ? i === lastSegment : i === prefixes.lastIndexOf(byte);
    if (isLast && isUsed(instruction, byte, att)) return;
    names.push(isLast ? nameOf(instruction, byte) : prefixName(byte, codeBits(instruction)));
  });
  return names;
}

/** Whether the rest of the text shows the prefix. */
function isUsed(instruction: Instruction, byte: number, att: boolean): boolean {
  switch (byte) {
    case OPERAND_SIZE:
      return usesOperandSize(instruction);
    case ADDRESS_SIZE:
      return usesAddressSize(instruction, att);
    case REPNE:
    case REP: {
      const { prefix } = instruction.form;
      return prefix === (byte === REP ? "f3" : "f2") || isCount(instruction);
    }
    case LOCK:
      return false;
    default:
      return usesSegment(instruction, byte, att);
  }
}

/** These have no 16-bit form worth a suffix. */
const SHORT = new Set(["loop", "loope", "loopne", "jcxz", "jecxz"]);

function usesOperandSize(instruction: Instruction): boolean {
  const { form, operands } = instruction;
  if (form.prefix === "66") return true;
  // A segment register is 16 bits wide; only the name of a general register beside it shows the prefix.
  if (form.operands.some((spec) => spec.place === "sreg")) return operands.every((o) => o.kind === "register");
  if (!form.sized) return false;
  if (SHORT.has(form.mnemonic)) return false;
  if (isMarked(instruction) || isState(instruction)) return true;
  return form.operands[0]?.code !== "Jb";
}

function usesAddressSize(instruction: Instruction, att: boolean): boolean {
  const { form, operands } = instruction;
  if (form.onlyAddressSize !== 0) return true;
  if (form.mnemonic.startsWith("loop")) return att;
  return operands.some((operand, i) => {
    if (operand.kind !== "memory" || form.operands[i].place === "moffs") return false;
    // objdump takes a 32-bit address without registers for granted.
    const registers = operand.base >= 0 || operand.index >= 0 || instruction.sib >= 0;
    return registers || operand.addressSize === 16;
  });
}

function usesSegment(instruction: Instruction, byte: number, att: boolean): boolean {
  const { form, operands } = instruction;
  if (isUntracked(instruction)) return false;
  if (isConditionalJump(instruction) && (byte === CS || byte === DS)) return att;
  return operands.some((operand, i) => operand.kind === "memory" && form.operands[i].place !== "destination");
}

/** A jump that can carry a hint: `,pn` for CS, `,pt` for DS. */
export function isConditionalJump(instruction: Instruction): boolean {
  const { form } = instruction;
  return form.operands[0]?.place === "relative" && form.mnemonic !== "jmp" && form.mnemonic !== "call";
}

function nameOf(instruction: Instruction, byte: number): string {
  const { form, operands, lock } = instruction;
  const memory = operands[0]?.kind === "memory";
  const transfer = form.mnemonic === "ret" || /^(j[a-z]{1,2}|jmp|call)$/.test(form.mnemonic);
  switch (byte) {
    case DS:
      if (isUntracked(instruction)) return "notrack";
      break;
    case REPNE:
      if (transfer && !SHORT.has(form.mnemonic)) return "bnd";
      if (memory && form.lockable && (lock || form.mnemonic === "xchg")) return "xacquire";
      break;
    case REP:
      if (memory && form.lockable && (lock || form.mnemonic === "xchg")) return "xrelease";
      if (memory && form.mnemonic === "mov" && [0x88, 0x89, 0xc6, 0xc7].includes(instruction.opcode)) return "xrelease";
      if (form.repeat === "rep") return "rep";
      break;
  }
  return prefixName(byte, codeBits(instruction));
}

/** The name of a prefix byte that the instruction has no use for. */
export function prefixName(byte: number, bits: 16 | 32): string {
  switch (byte) {
    case OPERAND_SIZE:
      return bits === 32 ? "data16" : "data32";
    case ADDRESS_SIZE:
      return bits === 32 ? "addr16" : "addr32";
    case REPNE:
      return "repnz";
    case REP:
      return "repz";
    case LOCK:
      return "lock";
    default:
      return REGISTER_NAMES.sreg[SEGMENTS.indexOf(byte)];
  }
}
