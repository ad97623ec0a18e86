// Runs a function of the core on partly known values: what is known is computed, what is not becomes statements of the residual
// program. A branch on a known condition is followed; on an unknown one both ways are, and their states are merged where they meet,
// or else (`split`) each way goes on by itself to its end.

import type { WasmInstruction } from "../../../formats/wasm/decode.ts";
import type { ValueType } from "../../../formats/wasm/module.ts";
import { Builder } from "./builder.ts";
import { EQZ, operation } from "./fold.ts";
import { merge, type Snapshot } from "./merge.ts";
import type { Records } from "./records.ts";
import { type Branch, constant, known, type Label, type Local, type Statement, type Value } from "./residual.ts";
import type { Code, Semantics } from "./semantics.ts";
import { SemanticsError } from "./semantics.ts";

const SELECT = 0x1b;
const FIRST_PURE = 0x45;
const LAST_PURE = 0xc4;
/** Instructions of a function that is copied rather than called; and from which on one that is not always called is left to the
 * interpreter instead: the slow ways of the core are such functions. */
const LARGEST_INLINED = 250;
const SMALLEST_COLD = 40;
const DEEPEST_INLINED = 4;
/** More ways than this through one micro-op meet again. */
const MOST_WAYS = 40;
/** No instruction's number. */
export const NEVER = -1;

/** A block, loop or function that a branch can lead to. */
export interface Target {
  kind: "block" | "loop" | "dispatch";
  label: Label;
  /** Where its statements go, and from which on they belong to it. */
  list: Statement[];
  start: number;
  /** The instruction that ends it. */
  end: number;
  /** Depth of the operand stack outside, and what is left on it. */
  height: number;
  results: ValueType[];
  /** The function it is in. */
  code: Code;
  calls: number;
  /** It is that function's end. */
  returns: boolean;
  arrivals: Snapshot[];
  /** Of a loop: the locals that change in it. */
  changing: Map<number, Local> | undefined;
}

/** A micro-op has too many ways to keep them apart. */
export class TooManyWays extends Error {}

/** A function that has been copied up to a call: where it goes on. */
interface Call {
  code: Code;
  at: number;
}

export abstract class Evaluator extends Builder {
  protected code: Code;
  /** Innermost last. A number is a block that nobody has branched to yet, by its instruction. */
  protected targets: (Target | number)[] = [];
  /** The list that the running micro-op emits into. */
  protected home: Statement[] = [];
  protected stack: Value[] = [];
  /** From the dispatch function inwards. */
  protected calls: Call[] = [];
  /** Ways do not meet again: for the last micro-op of a block, where each leads elsewhere. */
  protected split = false;
  /** In such a micro-op: how many unknown conditions there have been. */
  protected parted = 0;

  constructor(
    protected readonly semantics: Semantics,
    records: Records,
  ) {
    super(records);
    this.code = semantics.dispatch;
  }

  /** The dispatch loop goes on: with the record in its first local. */
  protected abstract dispatch(): void;
  /** The dispatch function returns. */
  protected abstract leave(): void;
  /** Back to the interpreter, which does the present micro-op from its start. */
  protected abstract restart(): void;

  protected target(kind: Target["kind"], end: number, results: ValueType[]): Target {
    const { list, stack } = this;
    return {
      kind,
      label: { depth: 0 },
      list,
      start: list.length,
      end,
      height: stack.length,
      results,
      code: this.code,
      calls: this.calls.length,
      returns: false,
      arrivals: [],
      changing: undefined,
    };
  }

  protected pop(): Value {
    const value = this.stack.pop();
    if (value === undefined) throw new SemanticsError("core.wasm: the operand stack is empty");
    return value;
  }

  private popMany(count: number): Value[] {
    return count === 0 ? [] : this.stack.splice(-count);
  }

  /**
   * Runs from instruction `at` to `stop` of the same function.
   * @param floor targets from here on are of this run
   * @returns whether control gets to `stop`
   */
  protected run(at: number, stop: number, floor: number): boolean {
    const depth = this.calls.length;
    let next: number | undefined = at;
    for (;;) {
      next ??= this.resume(floor);
      if (next === undefined) return false;
      if (this.calls.length === depth && next === stop) return true;
      next = next === this.code.codes.length ? this.comeBack() : this.step(next);
    }
  }

  /** Runs from here until nothing is left to run. */
  private runOut(at: number | undefined): void {
    if (at !== undefined) this.run(at, NEVER, this.targets.length);
  }

  /** At the end of a function that was copied. */
  private comeBack(): number | undefined {
    const call = this.calls.pop();
    if (call === undefined) {
      this.leave();
      return undefined;
    }
    this.state.frames.pop();
    this.code = call.code;
    return call.at;
  }

  /** Goes on at the innermost block of this run that something branched to. */
  private resume(floor: number): number | undefined {
    const { targets } = this;
    while (targets.length > floor) {
      const target = targets.pop();
      if (typeof target === "object" && target.kind === "block" && target.arrivals.length > 0)
        return this.arrive(target);
    }
    return undefined;
  }

  /** Merges what branched to a target that is no longer in the list; all of it has been recorded. */
  protected arrive(target: Target): number {
    this.list = target.list;
    this.code = target.code;
    this.calls.length = target.calls;
    this.stack.length = target.height;
    this.stack.push(...merge(this, target));
    return target.end + 1;
  }

  private step(at: number): number | undefined {
    const { code, stack } = this;
    const instruction = code.body.instructions[at];
    const opcode = code.codes[at];
    if ((opcode >= FIRST_PURE && opcode <= LAST_PURE) || (opcode >= 0xfc00 && opcode <= 0xfc07)) {
      const { operands, results } = instruction.opcode;
      stack.push(operation(opcode, results[0], this.popMany(operands.length)));
      return at + 1;
    }
    if (opcode >= 0x28 && opcode <= 0x35) {
      stack.push(this.load(opcode, instruction.opcode.results[0], this.pop(), instruction.value >>> 0));
      return at + 1;
    }
    if (opcode >= 0x36 && opcode <= 0x3e) {
      const value = this.pop();
      this.store(opcode, this.pop(), instruction.value >>> 0, value);
      return at + 1;
    }
    switch (instruction.opcode.name) {
      case "nop":
        break;
      case "drop":
        this.pop();
        break;
      case "i32.const":
        stack.push(constant(instruction.value));
        break;
      case "i64.const": {
        const value = (BigInt(instruction.high) << 32n) | BigInt(instruction.value >>> 0);
        stack.push({ kind: "constant", type: "i64", value });
        break;
      }
      case "local.get":
        stack.push(this.local(instruction.value));
        break;
      case "local.set":
        this.state.locals[instruction.value] = this.atom(this.pop());
        break;
      case "local.tee": {
        const value = this.atom(this.pop());
        this.state.locals[instruction.value] = value;
        stack.push(value);
        break;
      }
      case "global.get": {
        const { type } = this.semantics.module.globals[instruction.value];
        stack.push(this.read(type, { kind: "global", index: instruction.value }));
        break;
      }
      case "global.set":
        this.emit({ kind: "setGlobal", index: instruction.value, value: this.pop() });
        this.state.effects = true;
        break;
      case "select":
        this.select();
        break;
      case "memory.copy":
      case "memory.fill": {
        const operands = this.popMany(3);
        this.flush();
        this.emit({ kind: "bulk", code: opcode, operands });
        this.state.cells.clear();
        this.state.effects = true;
        break;
      }
      case "unreachable":
        this.emit({ kind: "unreachable" });
        return undefined;
      case "call":
        return this.call(at, instruction.value);
      case "return":
        return this.branch(this.functionTarget);
      case "block":
        this.targets.push(this.target("block", instruction.end, instruction.type.results));
        break;
      case "loop":
        return this.loop(at, instruction);
      case "if":
        return this.if(at, instruction);
      case "else":
        return this.branch(this.outer(0));
      case "end": {
        const target = this.outer(0);
        if (target?.kind !== "loop") return this.branch(target);
        this.targets.pop();
        break;
      }
      case "br":
        return this.branch(this.outer(instruction.value));
      case "br_if":
        return this.branchIf(at, this.outer(instruction.value));
      case "br_table":
        return this.branchTable(instruction);
      default:
        throw new SemanticsError(`core.wasm: offset ${instruction.at}: ${instruction.opcode.name} in a micro-op`);
    }
    return at + 1;
  }

  private local(index: number): Value {
    const value = this.state.locals[index];
    if (value === undefined) throw new SemanticsError(`core.wasm: local ${index} outlives a micro-op`);
    return value;
  }

  private select(): void {
    const [first, second, condition] = this.popMany(3);
    const met = known(condition);
    if (met !== undefined) this.stack.push(met !== 0 ? first : second);
    else this.stack.push(operation(SELECT, first.type, [first, second, condition]));
  }

  /** The target of a branch; undefined is the function itself. */
  private outer(depth: number): Target | undefined {
    const index = this.targets.length - 1 - depth;
    const target = this.targets[index];
    if (typeof target !== "number") return target;
    // A block of the jump table, which nothing has branched to so far.
    const made = this.target("block", this.code.body.instructions[target].end, []);
    made.list = this.home;
    made.start = this.homeStart;
    made.height = 0;
    this.targets[index] = made;
    return made;
  }

  protected homeStart = 0;

  /** Where `return` leads; undefined in the dispatch function. */
  private get functionTarget(): Target | undefined {
    for (let i = this.targets.length - 1; i >= 0; i--) {
      const target = this.targets[i];
      if (typeof target === "object" && target.returns && target.calls === this.calls.length) return target;
    }
    return undefined;
  }

  /** Whether something else than what is being followed may happen in this micro-op. */
  private get conditional(): boolean {
    if (this.parted > 0 || this.list !== this.home) return true;
    for (const target of this.targets) {
      if (typeof target === "object" && target.arrivals.length > 0) return true;
    }
    return false;
  }

  /** Follows a branch. Returns where to go on, or undefined if not from here. */
  protected branch(target: Target | undefined): number | undefined {
    if (target === undefined) {
      this.leave();
      return undefined;
    }
    if (target.kind === "dispatch") {
      this.dispatch();
      return undefined;
    }
    if (target.kind === "loop") {
      this.again(target);
      return undefined;
    }
    if (this.split || (target.list === this.list && !this.passes(target))) {
      while (this.targets.pop() !== target);
      if (target.arrivals.length === 0) {
        const results = this.popMany(target.results.length);
        this.stack.length = target.height;
        this.stack.push(...results);
        return target.end + 1;
      }
      this.depart(target, true);
      return this.arrive(target);
    }
    this.depart(target, false);
    return undefined;
  }

  /** Whether a block inside `target` has been branched to: its end has still to be run. */
  private passes(target: Target): boolean {
    const { targets } = this;
    for (let i = targets.length - 1; targets[i] !== target; i--) {
      const inner = targets[i];
      if (typeof inner === "object" && inner.arrivals.length > 0) return true;
    }
    return false;
  }

  /** Emits a branch to a target whose other arrivals are not known yet. */
  protected depart(target: Target, falls: boolean): Branch {
    const branch: Branch = { kind: "branch", label: target.label, before: [], moves: [], falls };
    this.emit(branch);
    const count = target.results.length;
    const results = count === 0 ? [] : this.stack.slice(-count);
    target.arrivals.push({ state: this.state, results, branch });
    return branch;
  }

  private branchIf(at: number, target: Target | undefined): number | undefined {
    const condition = this.pop();
    const met = known(condition);
    if (met !== undefined) return met !== 0 ? this.branch(target) : at + 1;
    const then: Statement[] = [];
    this.fork(then, () => this.follow(target));
    this.emit({ kind: "if", condition, then, otherwise: [] });
    return at + 1;
  }

  /** Follows a branch in a way of its own. */
  private follow(target: Target | undefined): void {
    const next = this.branch(target);
    if (this.split) this.runOut(next);
  }

  /** Runs `work` on a copy of the state, emitting into `list`. */
  protected fork(list: Statement[], work: () => void): void {
    const { state, stack, targets, calls, code } = this;
    this.state = state.clone();
    this.stack = stack.slice();
    this.calls = calls.slice();
    // Where ways meet again, what arrives at a target must be known to all.
    if (this.split) {
      this.targets = targets.slice();
      if (++this.parted > MOST_WAYS) throw new TooManyWays();
    }
    this.into(list, work);
    Object.assign(this, { state, stack, targets, calls, code });
  }

  private branchTable({ labels }: WasmInstruction): number | undefined {
    const selector = this.atom(this.pop());
    const index = known(selector);
    if (index !== undefined) return this.branch(this.outer(labels[Math.min(index, labels.length - 1)]));
    for (let i = 0; i < labels.length - 1; i++) {
      const then: Statement[] = [];
      const target = this.outer(labels[i]);
      this.fork(then, () => this.follow(target));
      this.emit({ kind: "if", condition: operation(0x46, "i32", [selector, constant(i)]), then, otherwise: [] });
    }
    return this.branch(this.outer(labels[labels.length - 1]));
  }

  private if(at: number, instruction: WasmInstruction): number | undefined {
    const condition = this.pop();
    const { end, elseAt } = instruction;
    const target = this.target("block", end, instruction.type.results);
    const met = known(condition);
    this.targets.push(target);
    if (met !== undefined) {
      if (met !== 0) return at + 1;
      return elseAt >= 0 ? elseAt + 1 : this.branch(target);
    }
    const negated = condition.kind === "operation" && condition.code === EQZ;
    const arms: Statement[][] = [[], []];
    const starts = [at + 1, elseAt >= 0 ? elseAt + 1 : end];
    const stops = [elseAt >= 0 ? elseAt : end, end];
    for (let i = 0; i < 2; i++) {
      this.fork(arms[i], () => {
        if (this.split) {
          this.runOut(starts[i]);
          return;
        }
        if (!this.run(starts[i], stops[i], this.targets.length)) return;
        this.list = arms[i];
        this.depart(target, false);
      });
    }
    const [then, otherwise] = negated ? [arms[1], arms[0]] : arms;
    this.emit({ kind: "if", condition: negated ? condition.operands[0] : condition, then, otherwise });
    this.targets.pop();
    if (target.arrivals.length === 0) return undefined;
    // Branches that end an arm fall to what follows.
    for (const { branch } of target.arrivals)
      if (arms.some((arm) => arm[arm.length - 1] === branch)) branch.falls = true;
    return this.arrive(target);
  }

  /** A loop of the core's own: nothing is known of what changes in it, and no cell is held across its start. */
  private loop(at: number, { end, assigned }: WasmInstruction): number | undefined {
    this.flush();
    this.state.cells.clear();
    // From the second round on, memory may have changed.
    this.state.effects = true;
    const { locals } = this.state;
    const target = this.target("loop", end, []);
    target.changing = new Map();
    for (const index of assigned ?? []) {
      const type = this.code.body.locals[index];
      const local = this.fresh(type);
      const value = locals[index];
      if (value !== undefined) this.emit({ kind: "set", local, value });
      target.changing.set(index, local);
      locals[index] = local;
    }
    const body: Statement[] = [];
    const { list } = this;
    this.emit({ kind: "loop", label: target.label, body });
    this.list = body;
    this.targets.push(target);
    const floor = this.targets.length;
    const falls = this.run(at + 1, end, floor);
    this.list = list;
    this.targets.length = floor - 1;
    return falls ? end + 1 : undefined;
  }

  private again(target: Target): void {
    this.flush();
    const branch: Branch = { kind: "branch", label: target.label, before: [], moves: [], falls: false };
    for (const [index, to] of target.changing ?? []) {
      const from = this.state.locals[index];
      if (from !== undefined && from !== to) branch.moves.push({ to, from });
    }
    this.emit(branch);
  }

  /** Returns where to go on. */
  private call(at: number, index: number): number | undefined {
    const f = this.semantics.module.functions[index];
    const operands = this.popMany(f.type.parameters.length);
    const code = this.semantics.code(index);
    const size = code && !code.hasLoop && this.calls.length < DEEPEST_INLINED ? code.codes.length : Number.MAX_VALUE;
    if (code && size <= SMALLEST_COLD && !this.semantics.rare.has(index)) return this.inline(at, code, operands);
    if (this.conditional && !this.state.effects && !this.semantics.frequent.has(index)) {
      this.restart();
      return undefined;
    }
    if (code && size <= LARGEST_INLINED) return this.inline(at, code, operands);
    this.flush();
    const [type] = f.type.results;
    if (type === undefined) this.emit({ kind: "call", target: index, operands });
    else this.stack.push(this.read(type, { kind: "call", target: index, operands }));
    this.state.cells.clear();
    this.state.effects = true;
    this.state.called = true;
    return at + 1;
  }

  /** Enters a copy of a function. */
  private inline(at: number, code: Code, operands: Value[]): number {
    const frame: Value[] = operands.map((value) => this.atom(value));
    for (const type of code.body.locals.slice(frame.length))
      frame.push({ kind: "constant", type, value: type === "i64" ? 0n : 0 });
    this.state.frames.push(frame);
    this.calls.push({ code: this.code, at: at + 1 });
    this.code = code;
    const target = this.target("block", code.codes.length - 1, code.type.results);
    target.returns = true;
    this.targets.push(target);
    return 0;
  }
}
