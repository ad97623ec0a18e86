// The floating-point instructions. Each begins with a check that the unit may be used (#NM) and, but for those whose names begin with
// FN, that no exception is pending (#MF); only then is an operand's address formed.

import type { Instruction } from "../../../isa/decode.ts";
import type { MemoryOperand, Operand } from "../../../isa/instruction.ts";
import { Op } from "../core/ops.ts";
import { type Context, EAX, type Lift } from "./context.ts";

/** The reg field of D8 and its kin: the number of an operation in a record. */
const OPERATIONS = ["add", "mul", "com", "comp", "sub", "subr", "div", "divr"] as const;
/** FCMOVcc's condition as CMOVcc encodes it. */
const CONDITIONS: readonly (readonly [string, number])[] = [
  ["b", 2],
  ["e", 4],
  ["be", 6],
  ["u", 10],
  ["nb", 3],
  ["ne", 5],
  ["nbe", 7],
  ["nu", 11],
];

/** What stands in EXTRA: the instruction as the last-opcode register has it, the operand's segment. */
function extraOf({ opcode, modrm }: Instruction, segment = 0): number {
  return ((opcode & 7) << 8) | modrm | (segment << 11);
}

/** The number of a stack register. */
function stackIndex(operand: Operand | undefined): number {
  return operand?.kind === "register" ? operand.index : 0;
}

/** An instruction without an operand in memory. */
function plain(op: Op, destination = 0, immediate = 0, misc = 0): Lift {
  return (context, instruction) => {
    context.emit(Op.FPU_READY, 0);
    context.emit(op, destination, 0, 0, immediate, misc, extraOf(instruction));
  };
}

/** One with a stack register: the last operand. */
function register(op: Op, destination = 0, immediate = 0, misc = 0): Lift {
  return (context, instruction) => {
    context.emit(Op.FPU_READY, 0);
    const index = stackIndex(instruction.operands.at(-1));
    context.emit(op, destination, index, 0, immediate, misc, extraOf(instruction));
  };
}

function withMemory(
  context: Context,
  instruction: Instruction,
  operand: MemoryOperand,
  op: Op,
  destination: number,
  write: boolean,
): void {
  context.emit(Op.FPU_READY, 0);
  const { base, index, displacement, shift } = context.address(operand, operand.size, write);
  context.emit(op, destination, base, index, displacement, shift, extraOf(instruction, operand.segment));
}

/** A load or store, by the size of its operand; `destination` is 1 for a store that pops, 3 if it also truncates. */
function move(ops: { [size: number]: Op; register?: Op }, write: boolean, destination = 0): Lift {
  return (context, instruction) => {
    const [operand] = instruction.operands;
    if (operand.kind === "memory") withMemory(context, instruction, operand, ops[operand.size], destination, write);
    else register(ops.register ?? Op.NOP, destination)(context, instruction);
  };
}

/** FADD and its kin: ST with memory, or destination and source on the stack. */
function operation(code: number, pops: number): Lift {
  return (context, instruction) => {
    const [to, from] = instruction.operands;
    if (to.kind === "memory") {
      withMemory(context, instruction, to, to.size === 4 ? Op.FARITH32 : Op.FARITH64, code, false);
      return;
    }
    context.emit(Op.FPU_READY, 0);
    context.emit(Op.FARITH, stackIndex(to), stackIndex(from), 0, pops, code, extraOf(instruction));
  };
}

function integerOperation(code: number): Lift {
  return (context, instruction) => {
    const [operand] = instruction.operands;
    if (operand.kind !== "memory") return;
    withMemory(context, instruction, operand, operand.size === 2 ? Op.FIARITH16 : Op.FIARITH32, code, false);
  };
}

/** FCOM and FCOMP: also with memory. */
function compare(code: number, pops: number): Lift {
  const withRegister = register(Op.FCOM, 0, pops);
  const withOperand = operation(code, pops);
  return (context, instruction) => {
    const lift = instruction.operands[0]?.kind === "memory" ? withOperand : withRegister;
    lift(context, instruction);
  };
}

/** FCOMPP and FUCOMPP: with ST(1). */
function compareTwo(misc: number): Lift {
  return (context, instruction) => {
    context.emit(Op.FPU_READY, 0);
    context.emit(Op.FCOM, 0, 1, 0, 2, misc, extraOf(instruction));
  };
}

/** A control instruction with `size` bytes of memory (two sizes: by operand size). */
function control(op: Op, waits: boolean, write: boolean, size16: number, size32 = size16): Lift {
  return (context, { operands: [operand], operandSize }) => {
    context.emit(waits ? Op.FPU_READY : Op.FPU_AVAILABLE, 0);
    if (operand.kind !== "memory") return;
    const narrow = operandSize === 16;
    const at = context.linearWord(operand, narrow ? size16 : size32, write);
    context.emit(op, 0, at, undefined, 0, narrow ? 1 : 0);
  };
}

function unwaited(op: Op): Lift {
  return (context) => {
    context.emit(Op.FPU_AVAILABLE, 0);
    context.emit(op, 0);
  };
}

const storeStatus: Lift = (context, instruction) => {
  if (instruction.operands[0].kind === "memory") {
    control(Op.FSTSW, false, true, 2)(context, instruction);
    return;
  }
  context.emit(Op.FPU_AVAILABLE, 0);
  context.emit(Op.FSTSW_AX, EAX);
};

/** Encodings without a name of their own that every processor takes for other ones; the rest is #UD. Source: AMD64 manual, vol. 3, A.2. */
const unnamed: Lift = (context, instruction) => {
  const { opcode, modrm } = instruction;
  const index = modrm & 7;
  const key = (opcode << 8) | (modrm & 0xf8);
  const emit = (op: Op, destination: number, immediate: number): void => {
    context.emit(Op.FPU_READY, 0);
    context.emit(op, destination, index, 0, immediate, 0, extraOf(instruction));
  };
  if (key === 0xdcd0) emit(Op.FCOM, 0, 0);
  else if (key === 0xdcd8 || key === 0xded0) emit(Op.FCOM, 0, 1);
  else if (key === 0xddc8 || key === 0xdfc8) emit(Op.FXCH, 0, 0);
  else if (key === 0xd9d8 || key === 0xdfd0 || key === 0xdfd8) emit(Op.FST, 1, 0);
  else context.raise(6, false);
};

export const X87: Record<string, Lift> = {
  ...Object.fromEntries(
    OPERATIONS.flatMap((name, code): [string, Lift][] =>
      name === "com" || name === "comp"
        ? [[`fi${name}`, integerOperation(code)]]
        : [
            [`f${name}`, operation(code, 0)],
            [`f${name}p`, operation(code, 1)],
            [`fi${name}`, integerOperation(code)],
          ],
    ),
  ),
  ...Object.fromEntries(CONDITIONS.map(([name, code]) => [`fcmov${name}`, register(Op.FCMOV, 0, 0, code)])),
  fcom: compare(2, 0),
  fcomp: compare(3, 1),
  fcompp: compareTwo(0),
  fucom: register(Op.FCOM, 0, 0, 1),
  fucomp: register(Op.FCOM, 0, 1, 1),
  fucompp: compareTwo(1),
  fcomi: register(Op.FCOMI),
  fcomip: register(Op.FCOMI, 0, 1),
  fucomi: register(Op.FCOMI, 0, 0, 1),
  fucomip: register(Op.FCOMI, 0, 1, 1),
  fld: move({ 4: Op.FLD32, 8: Op.FLD64, 10: Op.FLD80, register: Op.FLD }, false),
  fst: move({ 4: Op.FST32, 8: Op.FST64, register: Op.FST }, true),
  fstp: move({ 4: Op.FST32, 8: Op.FST64, 10: Op.FST80, register: Op.FST }, true, 1),
  fild: move({ 2: Op.FILD16, 4: Op.FILD32, 8: Op.FILD64 }, false),
  fist: move({ 2: Op.FIST16, 4: Op.FIST32 }, true),
  fistp: move({ 2: Op.FIST16, 4: Op.FIST32, 8: Op.FIST64 }, true, 1),
  fbld: move({ 10: Op.FBLD }, false),
  fbstp: move({ 10: Op.FBSTP }, true, 1),
  fxch: register(Op.FXCH),
  ffree: register(Op.FFREE),
  ffreep: register(Op.FFREE, 1),
  fnop: plain(Op.NOP),
  fchs: plain(Op.FSIGN, 0xffff, 0x8000),
  fabs: plain(Op.FSIGN, 0x7fff),
  ftst: plain(Op.FTST),
  fxam: plain(Op.FXAM),
  fld1: plain(Op.FLD1),
  fldz: plain(Op.FLDZ),
  fldl2t: plain(Op.FLDL2T),
  fldl2e: plain(Op.FLDL2E),
  fldpi: plain(Op.FLDPI),
  fldlg2: plain(Op.FLDLG2),
  fldln2: plain(Op.FLDLN2),
  fsqrt: plain(Op.FSQRT),
  frndint: plain(Op.FRNDINT),
  fprem: plain(Op.FPREM),
  fprem1: plain(Op.FPREM, 0, 0, 1),
  fscale: plain(Op.FSCALE),
  fxtract: plain(Op.FXTRACT),
  f2xm1: plain(Op.F2XM1),
  fyl2x: plain(Op.FYL2X),
  fyl2xp1: plain(Op.FYL2XP1),
  fpatan: plain(Op.FPATAN),
  fsin: plain(Op.FSIN),
  fcos: plain(Op.FCOS),
  fsincos: plain(Op.FSINCOS),
  fptan: plain(Op.FPTAN),
  fincstp: plain(Op.FROTATE, 0, 1),
  fdecstp: plain(Op.FROTATE, 0, -1),
  fninit: unwaited(Op.FINIT),
  fnclex: unwaited(Op.FCLEX),
  // Of the 8087 and 287; later processors ignore them.
  fneni: unwaited(Op.NOP),
  fndisi: unwaited(Op.NOP),
  fnsetpm: unwaited(Op.NOP),
  frstpm: unnamed,
  fisttp: move({ 2: Op.FIST16, 4: Op.FIST32, 8: Op.FIST64 }, true, 3),
  fldcw: control(Op.FLDCW, true, false, 2),
  fnstcw: control(Op.FSTCW, false, true, 2),
  fnstsw: storeStatus,
  fldenv: control(Op.FLDENV, true, false, 14, 28),
  fnstenv: control(Op.FSTENV, false, true, 14, 28),
  frstor: control(Op.FRSTOR, true, false, 94, 108),
  fnsave: control(Op.FSAVE, false, true, 94, 108),
  esc: unnamed,
};
