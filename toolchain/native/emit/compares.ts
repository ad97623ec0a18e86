// A comparison that the only way into a block has just made is not made again: `if (a == b) … else if (a < b) …`.

import type { MachineBlock } from "../machine/ir.ts";
import type { Code } from "./code.ts";

const COMPARES = new Set(["cmp", "test"]);
/** They leave the flags alone and write only their first operand. */
const NEUTRAL = new Set(["mov", "lea", "movzx", "movsx"]);

/** Takes repeated comparisons out. After this, flags may live from one block into the next. */
export function dropRepeatedCompares(codes: Map<MachineBlock, Code[]>): void {
  const [entry] = codes.keys();
  for (const [block, list] of codes) {
    // The caller comes into the first one.
    if (block === entry) continue;
    const [predecessor, ...others] = block.predecessors;
    if (!predecessor || predecessor === block || others.length > 0) continue;
    const known = lastCompare(codes.get(predecessor) ?? []);
    const at = list.findIndex(({ mnemonic }) => !NEUTRAL.has(mnemonic));
    if (!known || at < 0 || !isSame(known, list[at])) continue;
    if (list.slice(0, at).every((made) => keeps(made, known))) list.splice(at, 1);
  }
}

/** The comparison whose flags leave the block: behind it are only jumps. */
function lastCompare(list: Code[]): Code | undefined {
  const at = list.findLastIndex(({ mnemonic }) => !mnemonic.startsWith("j"));
  return COMPARES.has(list[at]?.mnemonic ?? "") ? list[at] : undefined;
}

function isSame(a: Code, b: Code): boolean {
  return a.mnemonic === b.mnemonic && JSON.stringify(a.operands) === JSON.stringify(b.operands);
}

/** Whether the comparison would still see the same operands. */
function keeps({ operands: [to] }: Code, compare: Code): boolean {
  if (to?.kind === "memory") return compare.operands.every(({ kind }) => kind !== "memory");
  if (to?.kind !== "register") return false;
  // r8 4 to 7 are the high bytes of 0 to 3.
  const written = to.class === "r8" ? to.index & 3 : to.index;
  return compare.operands.every((operand) => {
    if (operand.kind === "memory") return operand.base !== written && operand.index !== written;
    if (operand.kind !== "register") return true;
    return (operand.class === "r8" ? operand.index & 3 : operand.index) !== written;
  });
}
