// Puts a function's blocks in reverse postorder, drops those that control can't reach, finds dominators and loops.
// Source: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001).

import { type Block, type SsaFunction, successors } from "../ssa/ir.ts";

const LOOP_RUNS = 8;
const COLD = 1 / 4096;

/** Computes `blocks`, and each block's predecessors, order, dominator, depth and frequency. */
export function orderBlocks(f: SsaFunction): void {
  f.blocks = reversePostorder(f.entry);
  const reached = new Set(f.blocks);
  f.blocks.forEach((block, i) => {
    block.order = i;
    dropPredecessors(block, (predecessor) => !reached.has(predecessor));
  });
  findDominators(f);
  findLoops(f);
  guessFrequencies(f);
}

/** Removes edges into a block, and the phis' arguments for them. */
export function dropPredecessors(block: Block, drop: (predecessor: Block) => boolean): void {
  if (!block.predecessors.some(drop)) return;
  const kept = block.predecessors.map((predecessor) => !drop(predecessor));
  for (const phi of block.phis) phi.args.splice(0, phi.args.length, ...phi.args.filter((_, i) => kept[i]));
  block.predecessors = block.predecessors.filter((_, i) => kept[i]);
}

function reversePostorder(entry: Block): Block[] {
  const seen = new Set<Block>([entry]);
  const order: Block[] = [];
  const work: { block: Block; next: Block[] }[] = [{ block: entry, next: successors(entry) }];
  while (work.length > 0) {
    const top = work[work.length - 1];
    const next = top.next.pop();
    if (!next) {
      order.push(top.block);
      work.pop();
    } else if (!seen.has(next)) {
      seen.add(next);
      work.push({ block: next, next: successors(next) });
    }
  }
  return order.reverse();
}

function findDominators(f: SsaFunction): void {
  for (const block of f.blocks) block.dominator = undefined;
  f.entry.dominator = f.entry;
  let changed = true;
  while (changed) {
    changed = false;
    for (const block of f.blocks) {
      if (block === f.entry) continue;
      let dominator: Block | undefined;
      for (const predecessor of block.predecessors)
        if (predecessor.dominator) dominator = dominator ? meet(predecessor, dominator) : predecessor;
      if (dominator !== block.dominator) {
        block.dominator = dominator;
        changed = true;
      }
    }
  }
}

function meet(a: Block, b: Block): Block {
  let [x, y] = [a, b];
  while (x !== y) {
    while (x.order > y.order) x = x.dominator ?? x;
    while (y.order > x.order) y = y.dominator ?? y;
  }
  return x;
}

/** Whether every path to `block` passes `by`. */
export function dominates(by: Block, block: Block): boolean {
  let at = block;
  while (at.order > by.order) at = at.dominator ?? at;
  return at === by;
}

/** Loops by their back edges; structured control flow makes no others. */
function findLoops(f: SsaFunction): void {
  for (const block of f.blocks) block.depth = 0;
  for (const head of f.blocks) {
    const latches = head.predecessors.filter((latch) => latch.order >= head.order && dominates(head, latch));
    if (latches.length === 0) continue;
    const inside = new Set<Block>([head]);
    const work = [...latches];
    for (let block = work.pop(); block; block = work.pop()) {
      if (inside.has(block)) continue;
      inside.add(block);
      work.push(...block.predecessors);
    }
    for (const block of inside) block.depth++;
  }
}

/** A path that ends in `unreachable` (a failed assertion, a panic) is assumed not to be taken. */
function guessFrequencies(f: SsaFunction): void {
  const cold = new Set<Block>();
  for (let i = f.blocks.length - 1; i >= 0; i--) {
    const block = f.blocks[i];
    const next = successors(block);
    const dies = block.terminator.kind === "unreachable";
    if (dies || (next.length > 0 && next.every((successor) => cold.has(successor)))) cold.add(block);
  }
  for (const block of f.blocks) {
    block.frequency = LOOP_RUNS ** Math.min(block.depth, 6) * (cold.has(block) && block !== f.entry ? COLD : 1);
  }
}
