// Moves, conversions, the stack, and segment register loads.

import type { Operand } from "../../../isa/instruction.ts";
import { Op } from "../core/ops.ts";
import {
  type Context,
  EAX,
  EBX,
  ECX,
  EDX,
  type Lift,
  OWN_IMMEDIATE,
  operandBytes,
  registerAddress,
  sizeIndex,
  T0,
  T1,
  T2,
} from "./context.ts";

const CS = 1;
const GS = 5;
const FS = 4;
const ESP = 4;

const mov: Lift = (context, instruction) => {
  const [to, from] = instruction.operands;
  if (to.kind === "register" && to.class === "sreg") {
    if (to.index === CS) context.raise(6, false);
    else loadSegment(context, to.index, context.read(from, T0));
    return;
  }
  if (to.kind === "register" && (to.class === "cr" || to.class === "dr")) {
    context.emit(
      to.class === "cr" ? Op.WRITE_CONTROL : Op.WRITE_DEBUG,
      0,
      context.read(from, T0),
      undefined,
      0,
      to.index,
    );
    // Blocks depend on CR0, and are run one by one while there are breakpoints.
    context.leave = true;
    return;
  }
  const size = operandBytes(to);
  if (from.kind === "register" && (from.class === "cr" || from.class === "dr")) {
    const op = from.class === "cr" ? Op.READ_CONTROL : Op.READ_DEBUG;
    context.emit(op, context.read(to, T0), undefined, undefined, 0, from.index);
  } else if (from.kind === "immediate") {
    if (to.kind === "register")
      context.emit(Op.MOV8 + sizeIndex(size), registerAddress(to), OWN_IMMEDIATE, undefined, from.value);
    else {
      context.emit(Op.MOV32, T0, OWN_IMMEDIATE, undefined, from.value);
      context.write(to, T0);
    }
  } else if (from.kind === "memory" && to.kind === "register") {
    context.load(registerAddress(to), context.address(from, size, false), size);
  } else context.write(to, context.read(from, T0));
};

/** MOV and POP, but not LSS, hold up interrupts after a load of SS. */
function loadSegment(context: Context, segment: number, selector: number, holdsUp = true): void {
  context.emit(Op.LOAD_SEGMENT, 0, selector, undefined, 0, segment, holdsUp ? 1 : 0);
  // Blocks depend on ES, SS and DS being flat, and a load of SS inhibits interrupts.
  if (segment !== FS && segment !== GS) context.leave = true;
}

function extend(byte16: Op, byte32: Op, word32: Op): Lift {
  return (context, { operands: [to, from] }) => {
    const place = context.read(to, T1);
    const value = context.read(from, T0);
    const wide = operandBytes(to) === 4;
    if (operandBytes(from) === 1) context.emit(wide ? byte32 : byte16, place, value);
    else context.emit(wide ? word32 : Op.MOV16, place, value);
  };
}

const lea: Lift = (context, { operands: [to, from] }) => {
  if (from.kind !== "memory") return;
  if (operandBytes(to) === 4) context.effective(from, context.read(to, T1));
  else {
    context.effective(from, T0);
    context.move(context.read(to, T1), T0, 2);
  }
};

const xchg: Lift = (context, { operands: [left, right] }) => {
  const size = operandBytes(left);
  const [memory, other] = left.kind === "memory" ? [left, right] : [right, left];
  const register = context.read(other, T1);
  if (memory.kind === "memory") {
    const address = context.address(memory, size, true);
    context.loadModify(T0, address, size);
    context.store(register, address, size);
    context.move(register, T0, size);
    return;
  }
  const place = context.read(memory, T1);
  if (place === register) {
    context.emit(Op.NOP, 0);
    return;
  }
  context.move(T0, place, size);
  context.move(place, register, size);
  context.move(register, T0, size);
};

/** Loads a far pointer: offset to the register, selector to the segment register. */
function loadFar(segment: number): Lift {
  return (context, { operands: [to, from] }) => {
    if (from.kind !== "memory") return;
    const size = operandBytes(to);
    const address = context.address(from, size + 2, false);
    context.load(T0, address, size);
    context.load(T1, address, 2, size);
    loadSegment(context, segment, T1, false);
    context.move(context.read(to, T2), T0, size);
  };
}

function pushValue(context: Context, size: number, from: number, immediate = 0): void {
  if (size === 4 && context.stackFlat) context.emit(Op.PUSH32_FLAT, 0, from, undefined, immediate);
  else context.emit(size === 4 ? Op.PUSH32 : Op.PUSH16, 0, from, undefined, immediate);
}

const push: Lift = (context, { operands: [operand], operandSize }) => {
  const size = operandSize / 8;
  if (operand.kind === "immediate") pushValue(context, size, OWN_IMMEDIATE, operand.value);
  else pushValue(context, size, context.read(operand, T0));
};

const pop: Lift = (context, { operands: [operand], operandSize }) => {
  const size = operandSize / 8;
  if (operand.kind === "register" && operand.class !== "sreg") {
    const place = registerAddress(operand);
    if (size === 4 && context.stackFlat) context.emit(Op.POP32_FLAT, place);
    else context.emit(size === 4 ? Op.POP32 : Op.POP16, place);
    return;
  }
  context.emit(size === 4 ? Op.PEEK32 : Op.PEEK16, T0);
  if (operand.kind === "register") loadSegment(context, operand.index, T0);
  else if (operand.kind === "memory") {
    // An address that uses ESP is formed with its value after the pop.
    const displacement = operand.displacement + (operand.base === ESP && operand.addressSize === 32 ? size : 0);
    context.store(T0, context.address(operand, size, true, displacement), size);
  }
  context.emit(Op.DROP, 0, undefined, undefined, size);
};

const xlat: Lift = (context, { operands: [table] }) => {
  if (table.kind !== "memory") return;
  context.emit(Op.MOVZX8_32, T2, EAX);
  context.load(EAX, context.addressPlus(table, T2, 1, false), 1);
};

/** SALC: AL <- CF ? FFh : 0, without touching flags. */
const salc: Lift = (context) => {
  const ABOVE_OR_EQUAL = 3;
  context.emit(Op.SETCC, T0, undefined, undefined, 0, ABOVE_OR_EQUAL);
  context.emit(Op.MOVZX8_32, T0, T0);
  context.emit(Op.LEA32, T1, T0, undefined, -1);
  context.move(EAX, T1, 1);
};

const enter: Lift = (context, { operands: [bytes, level], operandSize }) => {
  if (bytes.kind !== "immediate" || level.kind !== "immediate") return;
  const op = operandSize === 32 ? Op.ENTER32 : Op.ENTER16;
  context.emit(op, 0, undefined, undefined, bytes.value & 0xffff, 0, level.value & 0xff);
};

const sized =
  (op16: Op, op32: Op): Lift =>
  (context, { operandSize }) =>
    context.emit(operandSize === 32 ? op32 : op16, 0);

const convert =
  (op: Op, to: number, from: number): Lift =>
  (context) =>
    context.emit(op, to, from);

/** SETcc. */
export function setCondition(code: number): Lift {
  return (context, { operands: [operand] }) => {
    const to = operand.kind === "register" ? registerAddress(operand) : T0;
    context.emit(Op.SETCC, to, undefined, undefined, 0, code);
    if (operand.kind === "memory") context.write(operand, T0);
  };
}

/** CMOVcc: a memory source is read (and may fault) whatever the condition. */
export function moveCondition(code: number): Lift {
  return (context, { operands: [to, from] }) => {
    const op = operandBytes(to) === 4 ? Op.CMOV32 : Op.CMOV16;
    context.emit(op, context.read(to, T1), context.read(from, T0), undefined, 0, code);
  };
}

const bswap: Lift = (context, { operands: [operand], operandSize }) => {
  const place = context.read(operand, T0);
  // With a 16-bit operand size processors clear the low word (the manual leaves it undefined).
  if (operandSize === 16) context.emit(Op.MOV16, place, OWN_IMMEDIATE);
  else context.emit(Op.BSWAP, place, place);
};

/** The words of a segment register or table that can be stored but not loaded as data. */
export function storeWord(context: Context, operand: Operand, from: number): void {
  if (operand.kind === "register") context.move(registerAddress(operand), from, operandBytes(operand));
  else if (operand.kind === "memory") context.store(from, context.address(operand, 2, true), 2);
}

export const MOVES: Record<string, Lift> = {
  mov,
  movzx: extend(Op.MOVZX8_16, Op.MOVZX8_32, Op.MOVZX16_32),
  movsx: extend(Op.MOVSX8_16, Op.MOVSX8_32, Op.MOVSX16_32),
  lea,
  xchg,
  les: loadFar(0),
  lss: loadFar(2),
  lds: loadFar(3),
  lfs: loadFar(FS),
  lgs: loadFar(GS),
  push,
  pop,
  pusha: sized(Op.PUSHA16, Op.PUSHA32),
  pushad: sized(Op.PUSHA16, Op.PUSHA32),
  popa: sized(Op.POPA16, Op.POPA32),
  popad: sized(Op.POPA16, Op.POPA32),
  enter,
  leave: sized(Op.LEAVE16, Op.LEAVE32),
  xlat,
  salc,
  bswap,
  cbw: convert(Op.MOVSX8_16, EAX, EAX),
  cwde: convert(Op.MOVSX16_32, EAX, EAX),
  cwd: convert(Op.SIGN16, EDX, EAX),
  cdq: convert(Op.SIGN32, EDX, EAX),
  nop: convert(Op.NOP, 0, EBX),
  endbr32: convert(Op.NOP, 0, EBX),
  endbr64: convert(Op.NOP, 0, EBX),
  pause: convert(Op.NOP, 0, ECX),
};
