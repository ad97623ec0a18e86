// What the lifting of SIMD instructions shares: when the registers may be used, and operands of 2 to 16 bytes.

import type { ImmediateOperand, Operand, RegisterOperand } from "../../../isa/instruction.ts";
import { VECTOR_OPERAND } from "../core/layout.ts";
import { Op } from "../core/ops.ts";
import { type Context, registerAddress } from "./context.ts";

/** A general, MMX or XMM register. */
export const isRegister = (operand: Operand | undefined): operand is RegisterOperand => operand?.kind === "register";
export const isXmm = (operand: Operand | undefined): boolean => isRegister(operand) && operand.class === "xmm";
export const isMmx = (operand: Operand | undefined): boolean => isRegister(operand) && operand.class === "mm";

/** The address of a register operand; an instruction's form says which operands are registers. */
export function addressOf(operand: Operand): number {
  if (operand.kind === "register") return registerAddress(operand);
  throw new TypeError(`lift: a ${operand.kind} operand is no register`);
}

export const selectorOf = (operand: Operand | undefined): number =>
  operand?.kind === "immediate" ? (operand satisfies ImmediateOperand).value & 0xff : 0;

/** The checks that come before anything else: of both register files, if the instruction uses both. */
export function ready(context: Context, operands: readonly Operand[]): void {
  if (operands.some(isXmm)) context.emit(Op.SSE_READY, 0);
  if (operands.some(isMmx)) context.emit(Op.MMX_READY, 0);
}

/** Loads from memory to `to`; 16 bytes must be aligned unless `unaligned`. */
export function loadVector(context: Context, operand: Operand, to: number, unaligned = false): void {
  if (operand.kind !== "memory") throw new TypeError(`lift: a ${operand.kind} operand is not in memory`);
  const { base, index, displacement, shift } = context.address(operand, operand.size, false);
  if (operand.size < 8) context.load(to, { base, index, displacement, shift }, operand.size);
  else context.emit(wideOp(operand.size, unaligned, Op.LOAD64), to, base, index, displacement, shift);
}

/** Stores 8 or 16 bytes from `from`. */
export function storeVector(context: Context, operand: Operand, from: number, unaligned = false): void {
  if (operand.kind !== "memory") throw new TypeError(`lift: a ${operand.kind} operand is not in memory`);
  const { base, index, displacement, shift } = context.address(operand, operand.size, true);
  if (operand.size < 8) context.store(from, { base, index, displacement, shift }, operand.size);
  else context.emit(wideOp(operand.size, unaligned, Op.STORE64), from, base, index, displacement, shift);
}

/** `family` is LOAD64 or STORE64: 8 bytes, 16, 16 aligned. */
function wideOp(size: number, unaligned: boolean, family: Op): Op {
  return size === 8 ? family : unaligned ? family + 1 : family + 2;
}

/** The address of an operand's bytes: of the register, or where memory was loaded to. */
export function vectorSource(context: Context, operand: Operand): number {
  if (operand.kind === "register") return registerAddress(operand);
  loadVector(context, operand, VECTOR_OPERAND);
  return VECTOR_OPERAND;
}
