// One function from SSA to bytes: selection, allocation, frame, peephole, layout.

import { allocate } from "../allocate/allocate.ts";
import { resolvePlaces } from "../allocate/rewrite.ts";
import * as m from "../machine/ir.ts";
import { type RegisterWords, selectInstructions } from "../machine/select.ts";
import { simplifyControl } from "../optimise/clean.ts";
import { orderBlocks } from "../optimise/order.ts";
import { branchSelects, splitCriticalEdges } from "../optimise/prepare.ts";
import { threadJumps } from "../optimise/thread.ts";
import type { SsaFunction } from "../ssa/ir.ts";
import { type Code, code, constant, register, rewriteBlock } from "./code.ts";
import { dropRepeatedCompares } from "./compares.ts";
import { type LaidOut, layOut } from "./layout.ts";
import { improve } from "./peephole.ts";

export interface CompiledFunction extends LaidOut {
  jumpTables: m.MachineBlock[][];
}

/** The processors for which code is made: the 386's instructions, or also those of the Pentium Pro (cmov). */
export type Target = "i386" | "i686";

export function compileFunction(
  f: SsaFunction,
  index: number,
  registerWords: RegisterWords,
  target: Target,
): CompiledFunction {
  if (target === "i386") branchSelects(f);
  orderBlocks(f);
  if (threadJumps(f)) {
    orderBlocks(f);
    simplifyControl(f);
    orderBlocks(f);
  }
  splitCriticalEdges(f);
  orderBlocks(f);
  const machine = selectInstructions(f, index, registerWords);
  const rewriting = resolvePlaces(machine, allocate(machine));
  const codes = new Map<m.MachineBlock, Code[]>();
  for (const block of machine.blocks) {
    const body = improve(rewriteBlock(block, rewriting));
    codes.set(
      block,
      body.flatMap((made) => (made.mnemonic === "ret" ? epilogue(rewriting, made) : [made])),
    );
  }
  dropRepeatedCompares(codes);
  const [first] = machine.blocks;
  codes.set(first, [...prologue(rewriting, codes.get(first)?.[0]?.at ?? -1), ...(codes.get(first) ?? [])]);
  return { ...layOut(machine.blocks, codes), jumpTables: machine.jumpTables };
}

/** EBP always points to the caller's EBP, so that a panic can walk the stack. */
function prologue({ frameSize, saved }: { frameSize: number; saved: number[] }, at: number): Code[] {
  const codes = [code("push", [register(m.EBP)], at), code("mov", [register(m.EBP), register(m.ESP)], at)];
  if (frameSize > 0) codes.push(code("sub", [register(m.ESP), constant(frameSize)], at));
  for (const index of saved) codes.push(code("push", [register(index)], at));
  return codes;
}

function epilogue({ frameSize, saved }: { frameSize: number; saved: number[] }, ret: Code): Code[] {
  const codes = [...saved].reverse().map((index) => code("pop", [register(index)], ret.at));
  codes.push(frameSize > 0 ? code("leave", [], ret.at) : code("pop", [register(m.EBP)], ret.at), ret);
  return codes;
}
