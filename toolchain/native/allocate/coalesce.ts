// Makes one virtual register of two that are copied into each other and never alive together, so that the copy disappears.
// Source: Chaitin et al., "Register Allocation via Coloring" (1981), section on subsumption.

import type * as m from "../machine/ir.ts";
import { collectUses, type Interval, type Liveness, overlaps, type Range } from "./live.ts";

interface Copy {
  to: number;
  from: number;
  frequency: number;
}

/** Copies between registers, the most frequent first. */
export function findCopies(f: m.MachineFunction): Copy[] {
  const copies: Copy[] = [];
  for (const block of f.blocks)
    for (const instruction of block.instructions) {
      const { frequency } = block;
      const pair = copiedRegisters(instruction);
      if (pair) copies.push({ ...pair, frequency });
      for (const { to, from } of instruction.copies)
        if ("virtual" in from) copies.push({ to, from: from.virtual, frequency });
    }
  return copies.sort((a, b) => b.frequency - a.frequency);
}

export function copiedRegisters(instruction: m.MachineInstruction): { to: number; from: number } | undefined {
  const [to, from] = instruction.operands;
  if (instruction.mnemonic !== "mov" || to?.kind !== "register" || from?.kind !== "register") return undefined;
  return to.size === 4 && from.size === 4 ? { to: to.virtual, from: from.virtual } : undefined;
}

/** Merges and renames. The liveness is kept true. */
export function coalesce(f: m.MachineFunction, liveness: Liveness, copies: Copy[]): void {
  const { intervals } = liveness;
  const leader = f.registers.map((_, i) => i);
  const find = (virtual: number): number => {
    let at = virtual;
    while (leader[at] !== at) at = leader[at];
    return at;
  };
  let merged = false;
  for (const copy of copies) {
    const [to, from] = [find(copy.to), find(copy.from)];
    const [a, b] = [intervals[to], intervals[from]];
    if (to === from || !a || !b || f.registers[to].fixed >= 0 || f.registers[from].fixed >= 0) continue;
    if (overlaps(a.ranges, b.ranges)) continue;
    leader[from] = to;
    merge(a, b);
    f.registers[to].home ??= f.registers[from].home;
    intervals[from] = undefined;
    merged = true;
  }
  if (!merged) return;
  for (const copy of copies) {
    copy.to = find(copy.to);
    copy.from = find(copy.from);
  }
  rename(f, find);
  collectUses(f, intervals);
  for (const [block, live] of liveness.liveIn) liveness.liveIn.set(block, new Set([...live].map(find)));
}

function merge(a: Interval, b: Interval): void {
  const ranges: Range[] = [];
  for (const range of [...a.ranges, ...b.ranges].sort((x, y) => x.from - y.from)) {
    const last = ranges[ranges.length - 1];
    if (last && last.to >= range.from) last.to = Math.max(last.to, range.to);
    else ranges.push({ ...range });
  }
  a.ranges = ranges;
}

function rename(f: m.MachineFunction, find: (virtual: number) => number): void {
  for (const block of f.blocks)
    for (const instruction of block.instructions) {
      for (const operand of [...instruction.operands, ...instruction.implicit]) {
        if (operand.kind === "register") operand.virtual = find(operand.virtual);
        else if (operand.kind === "memory") {
          if (operand.base >= 0) operand.base = find(operand.base);
          if (operand.index >= 0) operand.index = find(operand.index);
        }
      }
      for (const copy of instruction.copies) {
        copy.to = find(copy.to);
        if ("virtual" in copy.from) copy.from = { virtual: find(copy.from.virtual) };
      }
      instruction.copies = instruction.copies.filter(({ to, from }) => !("virtual" in from) || from.virtual !== to);
      const pair = copiedRegisters(instruction);
      if (pair && pair.to === pair.from) {
        instruction.mnemonic = "none";
        instruction.operands = [];
      }
    }
}
