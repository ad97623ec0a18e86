// Arithmetic, logic, shifts, bits, multiplication: what works on one or two operands and sets flags.

import type { Operand } from "../../../isa/instruction.ts";
import { Op } from "../core/ops.ts";
import {
  type Context,
  type Lift,
  OWN_IMMEDIATE,
  operandBytes,
  registerAddress,
  sizeIndex,
  T0,
  T1,
  T2,
} from "./context.ts";

/** `destination op= source`. */
function binary(family: Op): Lift {
  return (context, { operands: [destination, source] }) => {
    const op = family + sizeIndex(operandBytes(destination));
    if (source.kind === "immediate") {
      context.modify(destination, (place) => context.emit(op, place, place, OWN_IMMEDIATE, source.value));
      return;
    }
    const value = context.read(source, T1);
    context.modify(destination, (place) => context.emit(op, place, place, value));
  };
}

/** CMP and TEST: only flags. */
function compare(family: Op): Lift {
  return (context, { operands: [left, right] }) => {
    const op = family + sizeIndex(operandBytes(left));
    const a = context.read(left, T0);
    if (right.kind === "immediate") context.emit(op, 0, a, OWN_IMMEDIATE, right.value);
    else context.emit(op, 0, a, context.read(right, T1));
  };
}

function unary(family: Op): Lift {
  return (context, { operands: [operand] }) => {
    const op = family + sizeIndex(operandBytes(operand));
    context.modify(operand, (place) => context.emit(op, place, place));
  };
}

function shift(family: Op): Lift {
  return (context, { operands: [operand, count] }) => {
    const op = family + sizeIndex(operandBytes(operand));
    context.modify(operand, (place) => emitCount(context, op, place, place, count));
  };
}

function emitCount(context: Context, op: Op, destination: number, a: number, count: Operand): void {
  if (count.kind === "immediate") context.emit(op, destination, a, OWN_IMMEDIATE, count.value);
  else context.emit(op, destination, a, context.read(count, T1));
}

/** SHLD and SHRD. */
function doubleShift(family: Op): Lift {
  return (context, { operands: [operand, source, count] }) => {
    const op = family + sizeIndex(operandBytes(operand)) - 1;
    const entering = context.read(source, T1);
    context.modify(operand, (place) => emitCount(context, op, place, entering, count));
  };
}

/** MUL, DIV, IDIV and one-operand IMUL. */
function accumulator(family: Op): Lift {
  return (context, { operands: [operand] }) => {
    context.emit(family + sizeIndex(operandBytes(operand)), 0, context.read(operand, T0));
  };
}

const signedMultiply: Lift = (context, instruction) => {
  const [destination, source, factor] = instruction.operands;
  if (source === undefined) {
    accumulator(Op.IMUL8)(context, instruction);
    return;
  }
  const to = context.read(destination, T0);
  const op = Op.IMUL_TWO16 + sizeIndex(operandBytes(destination)) - 1;
  if (factor === undefined) context.emit(op, to, to, context.read(source, T1));
  else if (factor.kind === "immediate") context.emit(op, to, context.read(source, T1), OWN_IMMEDIATE, factor.value);
};

/** BT, BTS, BTR, BTC: a register bit number in a memory operand reaches beyond the operand. */
function bit(family: Op, changes: boolean): Lift {
  return (context, { operands: [operand, number] }) => {
    const size = operandBytes(operand);
    const op = family + sizeIndex(size) - 1;
    if (operand.kind === "memory" && number.kind === "register") {
      const bits = registerAddress(number);
      context.emit(Op.BIT_OFFSET16 + sizeIndex(size) - 1, T2, bits);
      const address = context.addressPlus(operand, T2, size, changes);
      if (changes) context.loadModify(T0, address, size);
      else context.load(T0, address, size);
      context.emit(op, T0, T0, bits);
      if (changes) context.store(T0, address, size);
      return;
    }
    const place = (at: number) => {
      if (number.kind === "immediate") context.emit(op, at, at, OWN_IMMEDIATE, number.value);
      else context.emit(op, at, at, context.read(number, T1));
    };
    if (changes) context.modify(operand, place);
    else place(context.read(operand, T0));
  };
}

function scan(family: Op): Lift {
  return (context, { operands: [destination, source] }) => {
    const op = family + sizeIndex(operandBytes(destination)) - 1;
    context.emit(op, context.read(destination, T0), context.read(source, T1));
  };
}

const exchangeAdd: Lift = (context, { operands: [destination, source] }) => {
  const size = operandBytes(destination);
  const op = Op.ADD8 + sizeIndex(size);
  const added = context.read(source, T2);
  if (destination.kind === "memory") {
    const address = context.address(destination, size, true);
    context.loadModify(T0, address, size);
    context.emit(op, T1, T0, added);
    context.store(T1, address, size);
    context.move(added, T0, size);
    return;
  }
  const place = context.read(destination, T0);
  context.emit(op, T1, place, added);
  context.move(added, place, size);
  context.move(place, T1, size);
};

const compareExchange: Lift = (context, { operands: [destination, source] }) => {
  const size = operandBytes(destination);
  const op = Op.CMPXCHG8 + sizeIndex(size);
  const value = context.read(source, T2);
  if (destination.kind === "memory") {
    // The accumulator, which may be part of the address, changes before the store.
    const address = context.fixedAddress(destination, size, true);
    context.loadModify(T0, address, size);
    context.emit(op, T1, T0, value);
    context.store(T1, address, size);
    return;
  }
  const place = context.read(destination, T0);
  context.emit(op, T1, place, value);
  context.move(place, T1, size);
};

const simple =
  (op: Op): Lift =>
  (context) =>
    context.emit(op, 0);

const withBase =
  (op: Op): Lift =>
  (context, { operands: [base] }) => {
    context.emit(op, 0, undefined, undefined, base.kind === "immediate" ? base.value : 10);
  };

export const ARITHMETIC: Record<string, Lift> = {
  add: binary(Op.ADD8),
  or: binary(Op.OR8),
  adc: binary(Op.ADC8),
  sbb: binary(Op.SBB8),
  and: binary(Op.AND8),
  sub: binary(Op.SUB8),
  xor: binary(Op.XOR8),
  cmp: compare(Op.CMP8),
  test: compare(Op.TEST8),
  inc: unary(Op.INC8),
  dec: unary(Op.DEC8),
  not: unary(Op.NOT8),
  neg: unary(Op.NEG8),
  rol: shift(Op.ROL8),
  ror: shift(Op.ROR8),
  rcl: shift(Op.RCL8),
  rcr: shift(Op.RCR8),
  shl: shift(Op.SHL8),
  shr: shift(Op.SHR8),
  sar: shift(Op.SAR8),
  shld: doubleShift(Op.SHLD16),
  shrd: doubleShift(Op.SHRD16),
  mul: accumulator(Op.MUL8),
  imul: signedMultiply,
  div: accumulator(Op.DIV8),
  idiv: accumulator(Op.IDIV8),
  bt: bit(Op.BT16, false),
  bts: bit(Op.BTS16, true),
  btr: bit(Op.BTR16, true),
  btc: bit(Op.BTC16, true),
  bsf: scan(Op.BSF16),
  bsr: scan(Op.BSR16),
  xadd: exchangeAdd,
  cmpxchg: compareExchange,
  daa: simple(Op.DAA),
  das: simple(Op.DAS),
  aaa: simple(Op.AAA),
  aas: simple(Op.AAS),
  aam: withBase(Op.AAM),
  aad: withBase(Op.AAD),
};
