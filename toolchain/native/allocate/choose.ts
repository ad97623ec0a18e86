// Of a commutative operation on two registers, the operand to be overwritten is better the one that nobody needs afterwards:
// then the copy before the operation can disappear.

import type * as m from "../machine/ir.ts";
import { copiedRegisters } from "./coalesce.ts";
import { covers, type Liveness } from "./live.ts";

const COMMUTATIVE = new Set(["add", "and", "or", "xor", "imul"]);

/** Changes the code; returns whether it did, so that liveness has to be found again. */
export function chooseChanged(f: m.MachineFunction, { intervals }: Liveness): boolean {
  let changed = false;
  const isLive = (virtual: number, position: number): boolean => {
    const interval = intervals[virtual];
    return interval !== undefined && covers(interval, position);
  };
  const returned = new Set<string>();
  for (const block of f.blocks)
    for (const { copies } of block.instructions)
      for (const { to, from } of copies) if ("virtual" in from) returned.add(`${to} ${from.virtual}`);
  const returns = (to: number, from: number): boolean => returned.has(`${to} ${from}`);
  for (const block of f.blocks)
    for (let i = 1; i < block.instructions.length; i++) {
      const [copy, operation] = [block.instructions[i - 1], block.instructions[i]];
      const [target, right] = operation.operands;
      const pair = copiedRegisters(copy);
      if (!pair || !COMMUTATIVE.has(operation.mnemonic) || operation.operands.length !== 2) continue;
      if (target.kind !== "register" || target.virtual !== pair.to) continue;
      if (right.kind !== "register" || right.size !== 4 || right.virtual === pair.to || right.virtual === pair.from)
        continue;
      // A fixed register is alive for a moment only and stays where it is.
      if (f.registers[pair.from].fixed >= 0 || f.registers[right.virtual].fixed >= 0) continue;
      const after = block.from + 4 * i + 2;
      if (isLive(right.virtual, after)) continue;
      // Of two that both end here, the one that gets the result back in the next round of a loop.
      const isBetter = isLive(pair.from, after) || (returns(right.virtual, pair.to) && !returns(pair.from, pair.to));
      if (!isBetter) continue;
      const source = copy.operands[1];
      if (source.kind !== "register") continue;
      source.virtual = right.virtual;
      right.virtual = pair.from;
      changed = true;
    }
  return changed;
}
