// Flags, ports, tables, descriptors, and what only a system program uses.

import { CONTROL, LDTR, TR } from "../core/layout.ts";
import { Op } from "../core/ops.ts";
import {
  EAX,
  EDX,
  type Lift,
  OWN_IMMEDIATE,
  operandBytes,
  registerAddress,
  segmentAddress,
  sizeIndex,
  T0,
  T1,
} from "./context.ts";
import { storeWord } from "./moves.ts";

function simple(op: Op, leave = false): Lift {
  return (context) => {
    context.emit(op, 0);
    context.leave = leave;
  };
}

/** What goes on elsewhere. */
function transfer(op: Op): Lift {
  return (context) => {
    context.emit(op, 0);
    context.ended = true;
  };
}

const sized =
  (op: Op, leave: boolean): Lift =>
  (context, { operandSize }) => {
    context.emit(operandSize === 32 ? op + 1 : op, 0);
    context.leave = leave;
  };

/** A port is a byte in the instruction or DX. Port I/O ends the block, because a device may raise an interrupt. */
const input: Lift = (context, { operands: [to, port] }) => {
  const op = Op.IN8 + sizeIndex(operandBytes(to));
  if (port.kind === "immediate") context.emit(op, EAX, OWN_IMMEDIATE, undefined, port.value & 0xff);
  else context.emit(op, EAX, EDX);
  context.leave = true;
};

const output: Lift = (context, { operands: [port, from] }) => {
  const op = Op.OUT8 + sizeIndex(operandBytes(from));
  if (port.kind === "immediate") context.emit(op, 0, OWN_IMMEDIATE, EAX, port.value & 0xff);
  else context.emit(op, 0, EDX, EAX);
  context.leave = true;
};

function loadTable(op: Op): Lift {
  return (context, { operands: [table], operandSize }) => {
    if (table.kind !== "memory") return;
    context.emit(op, 0, context.linearWord(table, 6, false), undefined, 0, operandSize === 16 ? 1 : 0);
  };
}

function storeTable(which: number): Lift {
  return (context, { operands: [table] }) => {
    if (table.kind !== "memory") return;
    context.emit(Op.STORE_TABLE, 0, context.linearWord(table, 6, true), undefined, 0, 0, which);
  };
}

function storeSelector(segment: number): Lift {
  return (context, { operands: [to] }) => {
    context.emit(Op.PROTECTED_ONLY, 0);
    storeWord(context, to, segmentAddress(segment));
  };
}

/** LLDT, LTR, LMSW: the privilege is checked before the operand is read. */
function supervisorWord(op: Op, protectedOnly: boolean): Lift {
  return (context, { operands: [from] }) => {
    if (protectedOnly) context.emit(Op.PROTECTED_ONLY, 0);
    context.emit(Op.SUPERVISOR_ONLY, 0);
    context.emit(op, 0, context.read(from, T0));
    context.leave = !protectedOnly;
  };
}

/** VERR, VERW: one 16-bit source. */
function withWord(op: Op): Lift {
  return (context, { operands: [from] }) => {
    context.emit(op, 0, context.read(from, T0));
  };
}

function describe(op: Op): Lift {
  return (context, { operands: [to, from] }) => {
    // Only the low word of the source counts, whatever the operand size.
    let selector = T0;
    if (from.kind === "register") selector = registerAddress(from);
    else if (from.kind === "memory") context.load(T0, context.address(from, 2, false), 2);
    context.emit(op, context.read(to, T1), selector, undefined, 0, operandBytes(to) === 4 ? 1 : 0);
  };
}

const arpl: Lift = (context, { operands: [to, from] }) => {
  const rpl = context.read(from, T1);
  context.emit(Op.PROTECTED_ONLY, 0);
  if (to.kind === "memory") {
    context.effective(to, T0);
    context.emit(Op.ARPL_MEMORY, 0, T0, rpl, 0, 0, to.segment);
  } else context.modify(to, (place) => context.emit(Op.ARPL, place, place, rpl));
};

const invlpg: Lift = (context, { operands: [page] }) => {
  if (page.kind !== "memory") return;
  context.emit(Op.INVLPG, 0, context.linearWord(page, 1, false));
  context.leave = true;
};

const compareExchange8: Lift = (context, { operands: [memory] }) => {
  if (memory.kind !== "memory") return;
  context.emit(Op.CMPXCHG8B, 0, context.linearWord(memory, 8, true));
};

/** An instruction that this CPU does not have. */
export const liftUndefined: Lift = (context) => context.raise(6, false);

export const SYSTEM: Record<string, Lift> = {
  clc: simple(Op.CLC),
  stc: simple(Op.STC),
  cmc: simple(Op.CMC),
  cld: simple(Op.CLD),
  std: simple(Op.STD),
  cli: simple(Op.CLI),
  sti: simple(Op.STI, true),
  lahf: simple(Op.LAHF),
  sahf: simple(Op.SAHF),
  pushf: sized(Op.PUSHF16, false),
  pushfd: sized(Op.PUSHF16, false),
  popf: sized(Op.POPF16, true),
  popfd: sized(Op.POPF16, true),
  in: input,
  out: output,
  hlt: simple(Op.HLT, true),
  wait: simple(Op.WAIT),
  lgdt: loadTable(Op.LGDT),
  lidt: loadTable(Op.LIDT),
  sgdt: storeTable(0),
  sidt: storeTable(1),
  sldt: storeSelector(LDTR),
  str: storeSelector(TR),
  lldt: supervisorWord(Op.LLDT, true),
  ltr: supervisorWord(Op.LTR, true),
  verr: withWord(Op.VERIFY_READ),
  verw: withWord(Op.VERIFY_WRITE),
  lar: describe(Op.LAR),
  lsl: describe(Op.LSL),
  arpl,
  smsw: (context, { operands: [to] }) => storeWord(context, to, CONTROL),
  lmsw: supervisorWord(Op.LMSW, false),
  clts: simple(Op.CLTS),
  invlpg,
  invd: simple(Op.SUPERVISOR_ONLY),
  wbinvd: simple(Op.SUPERVISOR_ONLY),
  rdtsc: simple(Op.RDTSC),
  rdmsr: simple(Op.RDMSR),
  wrmsr: simple(Op.WRMSR),
  // There are no performance counters: every index is out of range.
  rdpmc: (context) => context.raise(13, true),
  cpuid: simple(Op.CPUID),
  cmpxchg8b: compareExchange8,
  ud2: liftUndefined,
  sysenter: transfer(Op.SYSENTER),
  sysexit: transfer(Op.SYSEXIT),
  rsm: liftUndefined,
  syscall: liftUndefined,
  sysret: liftUndefined,
  ud0: liftUndefined,
  ud1: liftUndefined,
  monitor: liftUndefined,
  mwait: liftUndefined,
};
