// Control transfers: jumps, calls, returns, interrupts.

import { Op } from "../core/ops.ts";
import { type Context, type Lift, operandBytes, sizeIndex, T0, T1 } from "./context.ts";

/** MISC bit 0 of control micro-ops: EIP is truncated to 16 bits. */
function truncate(operandSize: number): number {
  return operandSize === 16 ? 1 : 0;
}

/** A jump or call to a relative operand. */
function relative(op: Op, misc = 0): Lift {
  return (context, { operands: [target], operandSize }) => {
    if (target.kind !== "relative") return;
    context.emit(op, 0, undefined, undefined, context.after + target.value, truncate(operandSize) | misc);
    context.ended = true;
  };
}

function near(direct: Op, indirect: Op): Lift {
  const toRelative = relative(direct);
  return (context, instruction) => {
    const [target] = instruction.operands;
    if (target.kind === "relative") toRelative(context, instruction);
    else {
      context.emit(indirect, 0, context.read(target, T0), undefined, 0, truncate(instruction.operandSize));
      context.ended = true;
    }
  };
}

function far(op: Op): Lift {
  return (context, { operands: [target], operandSize }) => {
    const misc = truncate(operandSize);
    if (target.kind === "far") context.emitFar(op, misc, target.selector, target.offset, true);
    else if (target.kind === "memory") {
      const size = operandSize / 8;
      const address = context.address(target, size + 2, false);
      context.load(T0, address, size);
      if (size === 2) context.emit(Op.MOVZX16_32, T0, T0);
      context.load(T1, address, 2, size);
      context.emitFar(op, misc, T1, T0, false);
    }
    context.ended = true;
  };
}

function ret(op: Op): Lift {
  return (context, { operands: [release], operandSize }) => {
    const bytes = release?.kind === "immediate" ? release.value & 0xffff : 0;
    context.emit(op, 0, undefined, undefined, bytes, truncate(operandSize));
    context.ended = true;
  };
}

const iret: Lift = (context, { operandSize }) => {
  context.emit(Op.INTERRUPT_RETURN, 0, undefined, undefined, 0, truncate(operandSize));
  context.ended = true;
};

/** LOOP, LOOPE, LOOPNE, JCXZ: kinds 0 to 3. The address size says whether CX or ECX counts. */
function loop(kind: number): Lift {
  return (context, instruction) => {
    const countsCx = instruction.addressSize === 16 ? 8 : 0;
    relative(Op.LOOP, (kind << 1) | countsCx)(context, instruction);
  };
}

function interrupt(context: Context, vector: number, kind: 0 | 1 | 2): void {
  context.emit(Op.INTERRUPT, 0, undefined, undefined, vector, kind);
  context.ended = true;
}

const int: Lift = (context, { operands: [vector] }) => {
  if (vector.kind === "immediate") interrupt(context, vector.value & 0xff, 1);
};

const into: Lift = (context) => {
  context.emit(Op.INTO, 0, undefined, undefined, 4);
  context.leave = true;
};

const bound: Lift = (context, { operands: [index, bounds] }) => {
  if (bounds.kind !== "memory") return;
  const size = operandBytes(index);
  const address = context.address(bounds, size * 2, false);
  context.load(T0, address, size);
  context.load(T1, address, size, size);
  context.emit(Op.BOUND16 + sizeIndex(size) - 1, 0, context.read(index, T1), T0);
};

/** Jcc, by condition code. */
export function jumpCondition(code: number): Lift {
  return relative(Op.JO + code);
}

export const CONTROL: Record<string, Lift> = {
  jmp: near(Op.JMP, Op.JMP_INDIRECT),
  call: near(Op.CALL, Op.CALL_INDIRECT),
  jmpf: far(Op.FAR_JUMP),
  callf: far(Op.FAR_CALL),
  ret: ret(Op.RET),
  retf: ret(Op.FAR_RETURN),
  iret,
  iretd: iret,
  loop: loop(0),
  loope: loop(1),
  loopne: loop(2),
  jcxz: loop(3),
  jecxz: loop(3),
  int,
  int3: (context) => interrupt(context, 3, 0),
  int1: (context) => interrupt(context, 1, 2),
  into,
  bound,
};
