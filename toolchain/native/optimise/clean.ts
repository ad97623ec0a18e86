// Removes what does nothing: values that nobody uses, blocks that only jump, seams between blocks that always follow each other.

import {
  type Block,
  isRemovable,
  retarget,
  type SsaFunction,
  successors,
  terminatorValues,
  type Value,
} from "../ssa/ir.ts";

/** Drops unused values. Needs blocks in order. */
export function removeDead(f: SsaFunction): void {
  const live = new Set<Value>();
  const work: Value[] = [];
  const mark = (value: Value): void => {
    if (live.has(value)) return;
    live.add(value);
    work.push(value);
  };
  for (const block of f.blocks) {
    for (const value of block.values) if (!isRemovable(value)) mark(value);
    terminatorValues(block.terminator).forEach(mark);
  }
  for (let value = work.pop(); value; value = work.pop()) value.args.forEach(mark);
  for (const block of f.blocks) {
    block.values = block.values.filter((value) => live.has(value));
    block.phis.splice(0, block.phis.length, ...block.phis.filter((phi) => live.has(phi)));
  }
}

/** Merges and removes blocks. The order has to be found again after it. Returns whether anything changed. */
export function simplifyControl(f: SsaFunction): boolean {
  let changed = false;
  for (const block of f.blocks) {
    while (mergeWithSuccessor(block)) changed = true;
    changed = skipEmptySuccessors(f, block) || changed;
    changed = dropChoice(block) || changed;
  }
  return changed;
}

/** A choice between one and the same is none. */
export function dropChoice(block: Block): boolean {
  const [only, other] = successors(block);
  const { kind } = block.terminator;
  if (kind === "jump" || !only || (other && other !== only)) return false;
  block.terminator = { kind: "jump", target: only };
  return true;
}

/** A block that is the only successor of its only predecessor joins it. */
function mergeWithSuccessor(block: Block): boolean {
  const { terminator } = block;
  if (terminator.kind !== "jump") return false;
  const next = terminator.target;
  if (next === block || next.predecessors.length !== 1 || next.phis.length > 0) return false;
  for (const value of next.values) value.block = block;
  block.values.push(...next.values);
  block.terminator = next.terminator;
  block.at = next.at;
  for (const successor of successors(next)) replacePredecessor(successor, next, block);
  next.values = [];
  next.predecessors = [];
  next.terminator = { kind: "unreachable" };
  return true;
}

function skipEmptySuccessors(f: SsaFunction, block: Block): boolean {
  let changed = false;
  for (const next of successors(block)) {
    if (next === f.entry || next.phis.length > 0 || next.values.length > 0 || next.terminator.kind !== "jump") continue;
    const { target } = next.terminator;
    if (target === next || target === block || next.predecessors.length !== 1) continue;
    const both = target.predecessors.includes(block);
    if (both && target.phis.length > 0) continue;
    // A phi's move would stand on an edge of its own again: leave the block for it.
    if (target.phis.length > 0 && successors(block).length > 1) continue;
    retarget(block, next, target);
    if (both) target.predecessors = target.predecessors.filter((predecessor) => predecessor !== next);
    else replacePredecessor(target, next, block);
    next.predecessors = [];
    next.terminator = { kind: "unreachable" };
    changed = true;
  }
  return changed;
}

export function replacePredecessor(block: Block, from: Block, to: Block): void {
  const at = block.predecessors.indexOf(from);
  if (at >= 0) block.predecessors[at] = to;
}
