// Brings a function into the shape that instruction selection wants: choices without cmov become branches, and no edge goes
// from a block with several successors to a block with several predecessors (there would be no place for a move).

import { Graph } from "../ssa/graph.ts";
import {
  type Block,
  effect,
  isRemovable,
  retarget,
  type SsaFunction,
  successors,
  terminatorValues,
  type Value,
} from "../ssa/ir.ts";
import { dropChoice, replacePredecessor } from "./clean.ts";

/** Turns each select into a branch; selects of one condition that follow each other share it. Blocks need ordering after. */
export function branchSelects(f: SsaFunction): void {
  const g = new Graph(f);
  const uses = countUses(f);
  const work = [...f.blocks];
  for (let block = work.pop(); block; block = work.pop()) {
    const first = block.values.findIndex((value) => value.op === "select");
    if (first < 0) continue;
    const [condition] = block.values[first].args;
    let end = first + 1;
    while (end < block.values.length && isSameChoice(block.values[end], condition, block.values.slice(first, end)))
      end++;
    const selects = block.values.slice(first, end);
    const join = g.newBlock();
    join.values = block.values.slice(end);
    for (const value of join.values) value.block = join;
    join.terminator = block.terminator;
    join.at = block.at;
    for (const successor of successors(block)) replacePredecessor(successor, block, join);
    block.values = block.values.slice(0, first);
    const [then, otherwise] = [g.newBlock(), g.newBlock()];
    for (const arm of [then, otherwise]) {
      arm.predecessors = [block];
      arm.terminator = { kind: "jump", target: join };
    }
    join.predecessors = [then, otherwise];
    block.terminator = { kind: "branch", condition, yes: then, no: otherwise };
    block.at = selects[0].at;
    replaceWithPhis(g, f, selects, join);
    for (const select of selects) {
      sink(select.args[1], block, then, uses);
      sink(select.args[2], block, otherwise, uses);
    }
    f.blocks.push(join, then, otherwise);
    work.push(join);
  }
}

function countUses(f: SsaFunction): Map<Value, number> {
  const uses = new Map<Value, number>();
  const count = (value: Value): void => {
    uses.set(value, (uses.get(value) ?? 0) + 1);
  };
  for (const block of f.blocks) {
    for (const value of [...block.phis, ...block.values]) value.args.forEach(count);
    terminatorValues(block.terminator).forEach(count);
  }
  return uses;
}

/** What only one arm needs is computed only there. */
function sink(value: Value, from: Block, to: Block, uses: Map<Value, number>): void {
  if (value.block !== from || uses.get(value) !== 1 || !isSinkable(value)) return;
  from.values.splice(from.values.indexOf(value), 1);
  to.values.unshift(value);
  value.block = to;
  for (const arg of value.args) sink(arg, from, to, uses);
}

function isSinkable(value: Value): boolean {
  const isPair = value.op === "high" || value.op === "mulu" || value.op === "muls" || value.op.endsWith("64");
  return effect(value) === "none" && isRemovable(value) && !isPair && value.op !== "phi" && value.op !== "param";
}

function isSameChoice(value: Value, condition: Value, before: Value[]): boolean {
  return value.op === "select" && value.args[0] === condition && !value.args.some((arg) => before.includes(arg));
}

function replaceWithPhis(g: Graph, f: SsaFunction, selects: Value[], join: Block): void {
  const phis = new Map(selects.map((select) => [select, g.phi(join, [select.args[1], select.args[2]])]));
  const swap = (values: Value[]): void => {
    values.forEach((value, i) => {
      values[i] = phis.get(value) ?? value;
    });
  };
  for (const block of [...f.blocks, join]) {
    for (const value of [...block.phis, ...block.values]) swap(value.args);
    const { terminator } = block;
    if (terminator.kind === "return") swap(terminator.values);
    else if (terminator.kind === "branch")
      terminator.condition = phis.get(terminator.condition) ?? terminator.condition;
    else if (terminator.kind === "switch") terminator.index = phis.get(terminator.index) ?? terminator.index;
  }
}

export function splitCriticalEdges(f: SsaFunction): void {
  const g = new Graph(f);
  for (const block of [...f.blocks]) {
    dropChoice(block);
    const next = successors(block);
    if (next.length < 2) continue;
    for (const successor of next) {
      if (successor.predecessors.length < 2) continue;
      const edge = g.newBlock();
      edge.terminator = { kind: "jump", target: successor };
      edge.at = block.at;
      edge.predecessors = [block];
      retarget(block, successor, edge);
      replacePredecessor(successor, block, edge);
      f.blocks.push(edge);
    }
  }
}
