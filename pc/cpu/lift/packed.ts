// MMX and XMM registers as bits and integers: moves, packed integers, logic, shuffles. Source: Intel SDM vol. 2.

import type { MemoryOperand } from "../../../isa/instruction.ts";
import { VECTOR_OPERAND } from "../core/layout.ts";
import { Op } from "../core/ops.ts";
import { Packed } from "../core/simd/operations.ts";
import { EAX, type Lift, OWN_IMMEDIATE, T0 } from "./context.ts";
import {
  addressOf,
  isMmx,
  isRegister,
  isXmm,
  loadVector,
  ready,
  selectorOf,
  storeVector,
  vectorSource,
} from "./vectors.ts";

const EDI = 7;
const DS = 3;

/** DST op= source, or for shifts an immediate. `operation64` is the MMX form where it differs. */
function packed(operation: Packed, operation64 = operation): Lift {
  return (context, { operands }) => {
    const [to, from, selector] = operands;
    ready(context, operands);
    const xmm = isXmm(to);
    const destination = addressOf(to);
    const code = xmm ? operation : operation64;
    // The count of a shift may be the record's own.
    const source = from.kind === "immediate" ? OWN_IMMEDIATE : vectorSource(context, from);
    const count = selectorOf(from.kind === "immediate" ? from : selector);
    context.emit(Op.PACKED, destination, destination, source, count, xmm ? 1 : 0, code);
  };
}

/** A word into one of four or eight. */
const insertWord: Lift = (context, { operands }) => {
  const [to, from, selector] = operands;
  ready(context, operands);
  const xmm = isXmm(to);
  const source = vectorSource(context, from);
  const lane = selectorOf(selector) & (xmm ? 7 : 3);
  context.emit(Op.PACKED, addressOf(to), addressOf(to), source, lane, xmm ? 1 : 0, Packed.PINSRW);
};

const extractWord: Lift = (context, { operands }) => {
  const [to, from, selector] = operands;
  ready(context, operands);
  const lane = selectorOf(selector) & (isXmm(from) ? 7 : 3);
  const place = addressOf(from) + lane * 2;
  if (to.kind === "memory") context.write(to, place);
  else context.emit(Op.MOVZX16_32, addressOf(to), place);
  if (isMmx(from)) context.emit(Op.ENTER_MMX, 0);
};

/** The signs of a register's lanes of `width` bytes. */
function signs(width: number): Lift {
  return (context, { operands }) => {
    const [to, from] = operands;
    ready(context, operands);
    context.emit(Op.MOVE_SIGNS, addressOf(to), addressOf(from), undefined, width, isXmm(from) ? 1 : 0);
    if (isMmx(from)) context.emit(Op.ENTER_MMX, 0);
  };
}

/** MOVD: the lowest doubleword, or all of the register from one. */
const moveDouble: Lift = (context, { operands }) => {
  const [to, from] = operands;
  ready(context, operands);
  if (isMmx(to)) context.emit(Op.MOV32_MMX, addressOf(to), context.read(from, T0));
  else if (isXmm(to)) context.emit(Op.MOV32_ZERO, addressOf(to), context.read(from, T0));
  else {
    context.write(to, addressOf(from));
    if (isMmx(from)) context.emit(Op.ENTER_MMX, 0);
  }
};

const moveQuad: Lift = (context, { operands }) => {
  const [to, from] = operands;
  ready(context, operands);
  if (to.kind === "memory") {
    storeVector(context, to, addressOf(from));
    if (isMmx(from)) context.emit(Op.ENTER_MMX, 0);
  } else context.emit(isMmx(to) ? Op.MOV64_MMX : Op.MOV64_ZERO, addressOf(to), vectorSource(context, from));
};

/** MOVQ2DQ and MOVDQ2Q: between the register files. */
const moveAcross: Lift = (context, { operands }) => {
  const [to, from] = operands;
  ready(context, operands);
  if (isMmx(to)) context.emit(Op.MOV64_MMX, addressOf(to), addressOf(from));
  else {
    context.emit(Op.MOV64_ZERO, addressOf(to), addressOf(from));
    context.emit(Op.ENTER_MMX, 0);
  }
};

/** 16 bytes. */
function moveWhole(unaligned: boolean): Lift {
  return (context, { operands }) => {
    const [to, from] = operands;
    ready(context, operands);
    if (to.kind === "memory") storeVector(context, to, addressOf(from), unaligned);
    else if (from.kind === "memory") loadVector(context, from, addressOf(to), unaligned);
    else context.emit(Op.MOV128, addressOf(to), addressOf(from));
  };
}

/** MOVSS, MOVSD: from memory the rest of the register becomes 0, from a register it stays. */
function moveScalar(merge: Op, zero: Op): Lift {
  return (context, { operands }) => {
    const [to, from] = operands;
    ready(context, operands);
    if (to.kind === "memory") storeVector(context, to, addressOf(from));
    else if (isRegister(from)) context.emit(merge, addressOf(to), addressOf(from));
    else context.emit(zero, addressOf(to), vectorSource(context, from));
  };
}

/** MOVLPS and its kin: half a register and memory. `offset` is 8 for the upper half. */
function moveHalf(offset: number): Lift {
  return (context, { operands }) => {
    const [to, from] = operands;
    ready(context, operands);
    if (to.kind === "memory") storeVector(context, to, addressOf(from) + offset);
    else loadVector(context, from, addressOf(to) + offset);
  };
}

/** MOVHLPS and MOVLHPS. */
function moveHalves(toOffset: number, fromOffset: number): Lift {
  return (context, { operands }) => {
    ready(context, operands);
    context.emit(Op.MOV64, addressOf(operands[0]) + toOffset, addressOf(operands[1]) + fromOffset);
  };
}

/** MOVNTI: a general register. */
const moveGeneral: Lift = (context, { operands: [to, from] }) => context.write(to, context.read(from, T0));

/** MASKMOVQ and MASKMOVDQU: to DS:(E)DI. */
const maskedMove: Lift = (context, { operands, addressSize, segmentOverride }) => {
  const [from, mask] = operands;
  ready(context, operands);
  const segment = segmentOverride < 0 ? DS : segmentOverride;
  const size = isXmm(from) ? 16 : 8;
  const to: MemoryOperand = {
    kind: "memory",
    size,
    addressSize,
    base: EDI,
    index: -1,
    scale: 1,
    displacement: 0,
    segment,
  };
  const at = context.linearWord(to, size, true);
  context.emit(Op.MASKED_MOVE, at, addressOf(from), addressOf(mask), 0, isXmm(from) ? 1 : 0);
  if (isMmx(from)) context.emit(Op.ENTER_MMX, 0);
};

const emptyMmx: Lift = (context) => {
  context.emit(Op.MMX_READY, 0);
  context.emit(Op.EMMS, 0);
};

/** LDMXCSR and STMXCSR, then FXSAVE and FXRSTOR, for which the x87 unit must be there and nothing else. */
function environment(op: Op, check: Op, bytes: number, write: boolean): Lift {
  return (context, { operands: [memory] }) => {
    context.emit(check, 0);
    if (memory.kind === "memory") context.emit(op, 0, context.linearWord(memory, bytes, write));
  };
}

/** Prefetches, fences and cache lines: nothing is cached, and memory is in order. */
const nothing: Lift = (context) => context.emit(Op.NOP, 0, EAX);

/** CLFLUSH: the byte must be readable. */
const flushLine: Lift = (context, { operands: [line] }) => loadVector(context, line, VECTOR_OPERAND);

export const PACKED: Record<string, Lift> = {
  paddb: packed(Packed.PADDB),
  paddw: packed(Packed.PADDW),
  paddd: packed(Packed.PADDD),
  paddq: packed(Packed.PADDQ),
  paddsb: packed(Packed.PADDSB),
  paddsw: packed(Packed.PADDSW),
  paddusb: packed(Packed.PADDUSB),
  paddusw: packed(Packed.PADDUSW),
  psubb: packed(Packed.PSUBB),
  psubw: packed(Packed.PSUBW),
  psubd: packed(Packed.PSUBD),
  psubq: packed(Packed.PSUBQ),
  psubsb: packed(Packed.PSUBSB),
  psubsw: packed(Packed.PSUBSW),
  psubusb: packed(Packed.PSUBUSB),
  psubusw: packed(Packed.PSUBUSW),
  pmullw: packed(Packed.PMULLW),
  pmulhw: packed(Packed.PMULHW),
  pmulhuw: packed(Packed.PMULHUW),
  pmuludq: packed(Packed.PMULUDQ),
  pmaddwd: packed(Packed.PMADDWD),
  pcmpeqb: packed(Packed.PCMPEQB),
  pcmpeqw: packed(Packed.PCMPEQW),
  pcmpeqd: packed(Packed.PCMPEQD),
  pcmpgtb: packed(Packed.PCMPGTB),
  pcmpgtw: packed(Packed.PCMPGTW),
  pcmpgtd: packed(Packed.PCMPGTD),
  pavgb: packed(Packed.PAVGB),
  pavgusb: packed(Packed.PAVGB),
  pavgw: packed(Packed.PAVGW),
  pmaxsw: packed(Packed.PMAXSW),
  pmaxub: packed(Packed.PMAXUB),
  pminsw: packed(Packed.PMINSW),
  pminub: packed(Packed.PMINUB),
  psadbw: packed(Packed.PSADBW),
  psllw: packed(Packed.PSLLW),
  pslld: packed(Packed.PSLLD),
  psllq: packed(Packed.PSLLQ),
  psrlw: packed(Packed.PSRLW),
  psrld: packed(Packed.PSRLD),
  psrlq: packed(Packed.PSRLQ),
  psraw: packed(Packed.PSRAW),
  psrad: packed(Packed.PSRAD),
  pslldq: packed(Packed.PSLLDQ),
  psrldq: packed(Packed.PSRLDQ),
  packsswb: packed(Packed.PACKSSWB, Packed.PACKSSWB_64),
  packssdw: packed(Packed.PACKSSDW, Packed.PACKSSDW_64),
  packuswb: packed(Packed.PACKUSWB, Packed.PACKUSWB_64),
  punpcklbw: packed(Packed.PUNPCKLBW),
  punpcklwd: packed(Packed.PUNPCKLWD),
  punpckldq: packed(Packed.PUNPCKLDQ),
  punpcklqdq: packed(Packed.PUNPCKLQDQ),
  punpckhbw: packed(Packed.PUNPCKHBW, Packed.PUNPCKHBW_64),
  punpckhwd: packed(Packed.PUNPCKHWD, Packed.PUNPCKHWD_64),
  punpckhdq: packed(Packed.PUNPCKHDQ, Packed.PUNPCKHDQ_64),
  punpckhqdq: packed(Packed.PUNPCKHQDQ),
  unpcklps: packed(Packed.PUNPCKLDQ),
  unpckhps: packed(Packed.PUNPCKHDQ),
  unpcklpd: packed(Packed.PUNPCKLQDQ),
  unpckhpd: packed(Packed.PUNPCKHQDQ),
  ...Object.fromEntries(["pand", "andps", "andpd"].map((name): [string, Lift] => [name, packed(Packed.PAND)])),
  ...Object.fromEntries(["pandn", "andnps", "andnpd"].map((name): [string, Lift] => [name, packed(Packed.PANDN)])),
  ...Object.fromEntries(["por", "orps", "orpd"].map((name): [string, Lift] => [name, packed(Packed.POR)])),
  ...Object.fromEntries(["pxor", "xorps", "xorpd"].map((name): [string, Lift] => [name, packed(Packed.PXOR)])),
  pshufd: packed(Packed.PSHUFD),
  pshufw: packed(Packed.PSHUFLW),
  pshuflw: packed(Packed.PSHUFLW),
  pshufhw: packed(Packed.PSHUFHW),
  shufps: packed(Packed.SHUFPS),
  shufpd: packed(Packed.SHUFPD),
  pinsrw: insertWord,
  pextrw: extractWord,
  pmovmskb: signs(1),
  movmskps: signs(4),
  movmskpd: signs(8),
  movd: moveDouble,
  movq: moveQuad,
  movq2dq: moveAcross,
  movdq2q: moveAcross,
  movaps: moveWhole(false),
  movapd: moveWhole(false),
  movdqa: moveWhole(false),
  movntps: moveWhole(false),
  movntpd: moveWhole(false),
  movntdq: moveWhole(false),
  movups: moveWhole(true),
  movupd: moveWhole(true),
  movdqu: moveWhole(true),
  movntq: moveQuad,
  movnti: moveGeneral,
  movss: moveScalar(Op.MOV32, Op.MOV32_ZERO),
  movsd: moveScalar(Op.MOV64, Op.MOV64_ZERO),
  movlps: moveHalf(0),
  movlpd: moveHalf(0),
  movhps: moveHalf(8),
  movhpd: moveHalf(8),
  movhlps: moveHalves(0, 8),
  movlhps: moveHalves(8, 0),
  maskmovq: maskedMove,
  maskmovdqu: maskedMove,
  ldmxcsr: environment(Op.LDMXCSR, Op.SSE_READY, 4, false),
  stmxcsr: environment(Op.STMXCSR, Op.SSE_READY, 4, true),
  fxsave: environment(Op.FXSAVE, Op.FPU_AVAILABLE, 512, true),
  fxrstor: environment(Op.FXRSTOR, Op.FPU_AVAILABLE, 512, false),
  emms: emptyMmx,
  femms: emptyMmx,
  prefetch: nothing,
  prefetchw: nothing,
  prefetchwt1: nothing,
  prefetchnta: nothing,
  prefetcht0: nothing,
  prefetcht1: nothing,
  prefetcht2: nothing,
  sfence: nothing,
  lfence: nothing,
  mfence: nothing,
  clflush: flushLine,
};
