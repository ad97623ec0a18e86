// A block that only decides on a phi: whoever comes with a constant knows the way already and goes there directly.

import { type Block, retarget, type SsaFunction, terminatorValues, type Value } from "../ssa/ir.ts";

/** Blocks need ordering after it. Returns whether anything changed. */
export function threadJumps(f: SsaFunction): boolean {
  const outsideUses = usesOutsidePhis(f);
  let changed = false;
  for (const block of f.blocks) changed = threadThrough(block, outsideUses) || changed;
  return changed;
}

/** By phi: the blocks in which something other than a phi or that block's own branch reads it; phis count for their block. */
function usesOutsidePhis(f: SsaFunction): Map<Value, Set<Block | "value">> {
  const uses = new Map<Value, Set<Block | "value">>();
  const note = (value: Value, where: Block | "value"): void => {
    if (value.op !== "phi") return;
    const set = uses.get(value);
    if (set) set.add(where);
    else uses.set(value, new Set([where]));
  };
  for (const block of f.blocks) {
    for (const phi of block.phis) for (const arg of phi.args) note(arg, block);
    for (const value of block.values) for (const arg of value.args) note(arg, "value");
    for (const value of terminatorValues(block.terminator)) if (value.block !== block) note(value, "value");
  }
  return uses;
}

function threadThrough(block: Block, uses: Map<Value, Set<Block | "value">>): boolean {
  const { terminator } = block;
  if (terminator.kind !== "branch" || block.values.length > 0) return false;
  const { condition, yes, no } = terminator;
  if (condition.op !== "phi" || condition.block !== block || yes === block || no === block) return false;
  // After this the block no longer dominates its successors: nobody but their phis may know its phis.
  const isLocal = (phi: Value) => [...(uses.get(phi) ?? [])].every((where) => where === yes || where === no);
  if (!block.phis.every(isLocal)) return false;
  let changed = false;
  for (const predecessor of [...block.predecessors]) {
    const index = block.predecessors.indexOf(predecessor);
    const known = condition.args[index];
    if (known.op !== "const" || block.predecessors.length < 2) continue;
    const target = known.imm !== 0 ? yes : no;
    if (target.predecessors.includes(predecessor)) continue;
    const from = target.predecessors.indexOf(block);
    for (const phi of target.phis) {
      const value = phi.args[from];
      phi.args.push(value.op === "phi" && value.block === block ? value.args[index] : value);
    }
    target.predecessors.push(predecessor);
    retarget(predecessor, block, target);
    for (const phi of block.phis) phi.args.splice(index, 1);
    block.predecessors.splice(index, 1);
    changed = true;
  }
  return changed;
}
