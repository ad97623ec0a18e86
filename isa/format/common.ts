// What both syntaxes share: numbers, jump targets, register names, and the names that objdump composes.

import type { Instruction } from "../decode.ts";
import type { FormatOptions } from "../format.ts";
import type { MemoryOperand, Operand, RelativeOperand } from "../instruction.ts";
import { PREDICATES } from "../table/notation.ts";
import { REGISTER_NAMES } from "../table.ts";

export const OPERAND_SIZE = 0x66;
export const ADDRESS_SIZE = 0x67;

/** Default size of the code that the instruction stands in. */
export function codeBits(instruction: Instruction): 16 | 32 {
  if (!instruction.prefixes.includes(OPERAND_SIZE)) return instruction.operandSize;
  return instruction.operandSize === 16 ? 32 : 16;
}

export function hexadecimal(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

export function signedHexadecimal(value: number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** The bits of an immediate that its size has. */
export function unsigned(value: number, bytes: number): number {
  return bytes === 1 ? value & 0xff : bytes === 2 ? value & 0xffff : value >>> 0;
}

/** `8048000 <main+0x4>`, or `0x8048000` where there are no symbols. */
export function target(instruction: Instruction, operand: RelativeOperand, options: FormatOptions): string {
  const address = options.address + instruction.length + operand.value;
  let masked = address >>> 0;
  if (operand.size === 2) {
    // In 16-bit code a jump stays in its 64 KiB; with a 16-bit operand in 32-bit code it goes to the first.
    const segment = codeBits(instruction) === 16 ? options.address & 0xffff_0000 : 0;
    masked = ((address & 0xffff) | segment) >>> 0;
  }
  if (options.symbolize === undefined) return hexadecimal(masked);
  const symbol = options.symbolize(masked);
  return symbol === undefined ? masked.toString(16) : `${masked.toString(16)} <${symbol}>`;
}

/** A register operand's name. Where only its low half counts, objdump still names it by the operand size. */
export function registerName(instruction: Instruction, operand: Operand, i: number): string {
  if (operand.kind !== "register") return "";
  const { form, operandSize } = instruction;
  if (operand.class === "st") return form.operands[i].place === "fixed" ? "st" : `st(${operand.index})`;
  const whole = form.mnemonic === "mov" || form.mnemonic === "lar" || form.mnemonic === "lsl";
  const bySize = (whole && form.operands[i].code === "Ew") || form.mnemonic === "bswap";
  return REGISTER_NAMES[bySize ? (operandSize === 16 ? "r16" : "r32") : operand.class][operand.index];
}

/** Names of an address's base and index; index is EIZ where a SIB byte has none but could have been left out. */
export function addressRegisters(instruction: Instruction, memory: MemoryOperand): { base: string; index: string } {
  const names = memory.addressSize === 16 ? REGISTER_NAMES.r16 : REGISTER_NAMES.r32;
  const base = memory.base < 0 ? "" : names[memory.base];
  if (memory.index >= 0) return { base, index: names[memory.index] };
  const needless = instruction.sib >= 0 && (memory.base !== ESP || sibScale(instruction) !== 1);
  return { base, index: needless ? "eiz" : "" };
}

const ESP = 4;

/** The scale that the SIB byte says, whether or not there is an index. */
export function sibScale(instruction: Instruction): number {
  return 1 << (instruction.sib >> 6);
}

const COMPARISON = /^cmp([ps][sd])$/;

/** `cmpltps` for CMPPS with the predicate 1; undefined for other instructions and predicates without a name. */
export function comparisonName(instruction: Instruction): string | undefined {
  const suffix = COMPARISON.exec(instruction.form.mnemonic);
  const predicate = instruction.operands[2];
  if (!suffix || predicate?.kind !== "immediate") return undefined;
  const name = PREDICATES[predicate.value & 0xff];
  return name && `cmp${name}${suffix[1]}`;
}

/** The one-byte no-operation is an exchange that changes nothing. */
export function isNop(instruction: Instruction): boolean {
  return (
    instruction.form.mnemonic !== "pause" &&
    instruction.opcode === 0x90 &&
    instruction.modrm < 0 &&
    !instruction.prefixes.includes(OPERAND_SIZE)
  );
}

/** Later processors have another instruction for BSF and BSR with an F3 prefix, which objdump names: gcc writes `rep bsf`. */
export function isCount({ form, repeat }: Instruction): boolean {
  return repeat === "rep" && (form.mnemonic === "bsf" || form.mnemonic === "bsr");
}

const OLD_UNITS: Readonly<Record<string, string>> = {
  fneni: "fneni(8087 only)",
  fndisi: "fndisi(8087 only)",
  fnsetpm: "fnsetpm(287 only)",
  frstpm: "frstpm(287 only)",
};

/** Names that both syntaxes print in their own way; otherwise the table's. */
export function plainName(instruction: Instruction): string {
  const { mnemonic } = instruction.form;
  if (isNop(instruction)) return "nop";
  if (isCount(instruction)) return mnemonic === "bsf" ? "tzcnt" : "lzcnt";
  return OLD_UNITS[mnemonic] ?? comparisonName(instruction) ?? mnemonic;
}

/** Whether an operand shows its segment: one that is implied always, another when a prefix names it. */
export function showsSegment(instruction: Instruction, i: number): boolean {
  const { place } = instruction.form.operands[i];
  if (place === "source" || place === "destination" || place === "xlat") return true;
  return instruction.segmentOverride >= 0 && !isUntracked(instruction);
}

const DS = 3;

/** An indirect jump or call with a DS prefix: with control-flow enforcement it may land anywhere. */
export function isUntracked(instruction: Instruction): boolean {
  const { mnemonic, modrm } = instruction.form;
  return instruction.segmentOverride === DS && modrm && (mnemonic === "jmp" || mnemonic === "call");
}

/** Instructions that have a size no operand shows: it is a suffix when an operand-size prefix changes it. */
const MARKED = new Set([
  ...["ret", "retf", "leave", "enter", "callf", "jmpf"],
  ...["pusha", "pushad", "popa", "popad", "pushf", "pushfd", "popf", "popfd", "iret", "iretd"],
]);

export function isMarked(instruction: Instruction): boolean {
  const { form, operands } = instruction;
  const { mnemonic } = form;
  if (mnemonic === "call") return operands[0].kind !== "register";
  if (MARKED.has(mnemonic)) return true;
  if (mnemonic === "push" || mnemonic === "pop") return operands[0].kind !== "register" || operands[0].class === "sreg";
  if (mnemonic !== "jmp") return false;
  return operands[0].kind === "memory" || (operands[0].kind === "relative" && operands[0].size > 1);
}

const STATE = new Set(["fldenv", "fnstenv", "frstor", "fnsave"]);

/** Instructions that load or store the state of the x87 unit, in one layout for 16 and one for 32 bits. */
export function isState(instruction: Instruction): boolean {
  return STATE.has(instruction.form.mnemonic);
}

/** Without the letter that tells the 32-bit form's name from the 16-bit one's: pushad, popfd, iretd. */
export function undoubled(mnemonic: string): string {
  return /^(pusha|popa|pushf|popf|iret)d$/.test(mnemonic) ? mnemonic.slice(0, -1) : mnemonic;
}
