// Global value numbering: walks the blocks in dominator order, simplifies every operation again with what is known by now,
// and replaces it by an equal value that was computed before on every path. Loads are equal while nothing was stored.
// Source: Briggs, Cooper, Simpson, "Value Numbering" (1997), dominator-based technique.

import { fold } from "../ssa/fold.ts";
import { Graph } from "../ssa/graph.ts";
import { type Block, effect, INVERSE, type Op, type SsaFunction, type Value } from "../ssa/ir.ts";
import { dominates, dropPredecessors } from "./order.ts";

/** Operations that have a second result; folding one would leave its `high` behind. */
const PAIRED = new Set<Op>(["add64", "sub64", "mulu", "muls", "divu", "divs", "divu64", "high"]);

/** Needs orderBlocks. Returns whether control flow changed, so that the order has to be found again. */
export function numberValues(f: SsaFunction): boolean {
  return new Numbering(f).run();
}

class Numbering {
  private readonly g: Graph;
  private readonly known = new Map<string, Value[]>();
  private readonly replaced = new Map<Value, Value>();
  /** State of memory at the end of each block: equal numbers, equal contents. */
  private readonly memoryAtEnd = new Map<Block, number>();
  private memory = 0;
  private memoryStates = 0;

  constructor(private readonly f: SsaFunction) {
    this.g = new Graph(f);
    this.g.find = (op, args, imm) => this.find(this.key(op, args, imm, ""));
    this.g.made = (value) => this.learn(value);
  }

  run(): boolean {
    for (const block of this.f.blocks) this.block(block);
    for (const block of this.f.blocks) for (const phi of block.phis) this.resolveAll(phi.args);
    let changed = false;
    for (const block of this.f.blocks) changed = this.terminator(block) || changed;
    return changed;
  }

  private resolve(value: Value): Value {
    let at = value;
    for (let next = this.replaced.get(at); next; next = this.replaced.get(at)) at = next;
    return at;
  }

  private resolveAll(values: Value[]): void {
    for (let i = 0; i < values.length; i++) values[i] = this.resolve(values[i]);
  }

  private block(block: Block): void {
    const { g } = this;
    const [only] = block.predecessors;
    const inherited = block.predecessors.length === 1 ? this.memoryAtEnd.get(only) : undefined;
    this.memory = inherited ?? ++this.memoryStates;
    this.phis(block);
    const old = block.values;
    block.values = [];
    g.block = block;
    for (const value of old) this.value(value, block);
    this.memoryAtEnd.set(block, this.memory);
  }

  /** A phi of one value (and itself) is that value; two equal phis are one. */
  private phis(block: Block): void {
    const kept: Value[] = [];
    for (const phi of block.phis) {
      this.resolveAll(phi.args);
      const different = new Set(phi.args);
      different.delete(phi);
      const [value] = different;
      const twin = kept.find((other) => other.args.every((arg, i) => arg === phi.args[i]));
      if (different.size === 1) this.replaced.set(phi, value);
      else if (twin) this.replaced.set(phi, twin);
      else kept.push(phi);
    }
    block.phis.splice(0, block.phis.length, ...kept);
  }

  private value(value: Value, block: Block): void {
    const { g } = this;
    this.resolveAll(value.args);
    g.at = value.at;
    if (value.op === "high") {
      this.replaced.set(value, g.high(value.args[0]));
      return;
    }
    const kind = effect(value);
    if (kind === "write") {
      block.values.push(value);
      this.memory = ++this.memoryStates;
      this.forward(value);
      return;
    }
    if (!PAIRED.has(value.op)) {
      const simpler = fold(g, value.op, value.args, value.imm);
      if (simpler) {
        if (value.keep) simpler.keep = true;
        this.replaced.set(value, simpler);
        return;
      }
    }
    const existing =
      value.keep || value.op === "param"
        ? undefined
        : this.find(this.key(value.op, value.args, value.imm, value.symbol));
    if (existing) this.replaced.set(value, existing);
    else {
      block.values.push(value);
      this.learn(value);
    }
  }

  /** A global that was just set has that value. Not so memory, where a device may answer. */
  private forward(store: Value): void {
    if (store.op === "setGlobal") this.remember(this.key("global", [], store.imm, ""), store.args[0]);
  }

  private key(op: Op, args: Value[], imm: number, symbol: string): string {
    const memory = op.startsWith("load") || op === "global" ? this.memory : "";
    return `${op} ${imm} ${symbol} ${memory} ${args.map((arg) => arg.id).join(" ")}`;
  }

  private learn(value: Value): void {
    if (effect(value) === "write") return;
    this.remember(this.key(value.op, value.args, value.imm, value.symbol), value);
  }

  private remember(key: string, value: Value): void {
    const list = this.known.get(key);
    if (list) list.push(value);
    else this.known.set(key, [value]);
  }

  private find(key: string): Value | undefined {
    const { block } = this.g;
    return this.known
      .get(key)
      ?.find((value) => value.block === undefined || value.block === block || (block && dominates(value.block, block)));
  }

  /** Resolves the terminator's values; a branch on a constant becomes a jump. */
  private terminator(block: Block): boolean {
    const { terminator } = block;
    if (terminator.kind === "return") this.resolveAll(terminator.values);
    else if (terminator.kind === "switch") {
      terminator.index = this.resolve(terminator.index);
      if (terminator.index.op === "const") {
        const target = terminator.targets[terminator.index.imm >>> 0] ?? terminator.fallback;
        for (const other of new Set([...terminator.targets, terminator.fallback]))
          if (other !== target) dropPredecessors(other, (predecessor) => predecessor === block);
        block.terminator = { kind: "jump", target };
        return true;
      }
    } else if (terminator.kind === "branch") return this.branch(block, terminator);
    return false;
  }

  private branch(block: Block, terminator: Extract<Block["terminator"], { kind: "branch" }>): boolean {
    let condition = this.resolve(terminator.condition);
    // A branch tests against zero anyway.
    while (
      (condition.op === "eq" || condition.op === "ne") &&
      condition.args[1].op === "const" &&
      condition.args[1].imm === 0
    ) {
      if (condition.op === "eq") [terminator.yes, terminator.no] = [terminator.no, terminator.yes];
      condition = this.resolve(condition.args[0]);
    }
    terminator.condition = condition;
    const isTrue = condition.op === "const" ? condition.imm !== 0 : decidedAbove(block, condition);
    if (isTrue === undefined) return false;
    const [target, other] = isTrue ? [terminator.yes, terminator.no] : [terminator.no, terminator.yes];
    dropPredecessors(other, (predecessor) => predecessor === block);
    block.terminator = { kind: "jump", target };
    return true;
  }
}

/** What a branch that dominates the block found out about the condition. */
function decidedAbove(block: Block, condition: Value): boolean | undefined {
  for (let at = block; at.dominator && at.dominator !== at; at = at.dominator) {
    const { terminator } = at.dominator;
    if (terminator.kind !== "branch" || at.predecessors.length !== 1 || at.predecessors[0] !== at.dominator) continue;
    const wasTrue = terminator.yes === at;
    if (terminator.condition === condition) return wasTrue;
    const isOpposite = INVERSE[condition.op] === terminator.condition.op && condition.args.length === 2;
    if (isOpposite && condition.args.every((arg, i) => arg === terminator.condition.args[i])) return !wasTrue;
  }
  return undefined;
}
