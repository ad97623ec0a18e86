// A block of micro-ops becomes a program: the core's dispatch loop, specialised to the block's records (the first Futamura
// projection). Nothing here knows what a micro-op does. Blocks that the last record is linked to are run through in place, as a
// tree; a link back to the first block closes a loop, in which the processor's state stays in locals.

import { MODE, RECORD } from "../core/layout.ts";
import { Evaluator, NEVER, type Target, TooManyWays } from "./evaluate.ts";
import { EQZ, operation } from "./fold.ts";
import type { Records } from "./records.ts";
import { type Branch, constant, known, type Label, type Local, type Statement, type Value } from "./residual.ts";
import { type Entry, type Semantics, SemanticsError } from "./semantics.ts";
import { forgetTemporaries } from "./state.ts";

const LOAD16_U = 0x2f;
const NE = 0x47;
/** A program goes through no more blocks than this, and starts no further one once it has as many statements. */
const MOST_BLOCKS = 24;
const MOST_STATEMENTS = 2000;

export interface Program {
  /** Types of its locals. It takes nothing and returns the record to go on with, or 0 to leave the dispatch loop. */
  locals: Evaluator["locals"];
  body: Statement[];
}

class Specialiser extends Evaluator {
  /** The present record, and what comes after it. */
  private record = 0;
  private next: Target | undefined;
  /** Blocks on the way here from the first. */
  private readonly path: number[] = [];
  private blocks = 0;
  /** A link leads back to the first block. */
  loops = false;
  private readonly header: Label = { depth: 0 };
  private held: Map<number, Local> | undefined;

  /**
   * @param held cells that a loop keeps in locals, and which of them it changes
   */
  region(block: number, held?: { used: ReadonlySet<number>; written: ReadonlySet<number> }): Statement[] {
    const body: Statement[] = [];
    this.list = body;
    if (held) {
      this.held = new Map();
      for (const address of held.used) {
        const local = this.fresh("i32");
        this.emit({ kind: "set", local, value: this.readWord(address) });
        this.held.set(address, local);
        this.state.cells.set(address, { value: local, dirty: held.written.has(address) });
      }
      const inner: Statement[] = [];
      this.emit({ kind: "loop", label: this.header, body: inner });
      this.list = inner;
    }
    this.records.learn(block);
    this.block(block);
    return body;
  }

  /** Runs through the records of a block; no way leads out of it but those that are emitted. */
  private block(first: number): void {
    const { records } = this;
    this.path.push(first);
    this.blocks++;
    let index = 0;
    for (let record = first + RECORD; ; record += RECORD) {
      if (records.index(record) !== index) {
        index = records.index(record);
        forgetTemporaries(this.state.cells);
        if (this.state.called) this.checkUnchanged(record);
        this.state.called = false;
      }
      if (!this.microOp(record)) break;
    }
    this.path.pop();
  }

  /** After a call, which may have written code: the next instruction must be the one that this program has. */
  private checkUnchanged(record: number): void {
    const op = this.loadOp(record);
    this.exitIf(operation(NE, "i32", [op, constant(this.records.op(record))]), record);
  }

  private loadOp(record: number): Value {
    return this.read("i32", { kind: "load", code: LOAD16_U, address: constant(record), offset: 0 });
  }

  private exitIf(condition: Value, record: number): void {
    const then: Statement[] = [];
    this.fork(then, () => this.exit(constant(record)));
    this.emit({ kind: "if", condition, then, otherwise: [] });
  }

  /** Returns whether control gets to the record after this one. */
  private microOp(record: number): boolean {
    const entry = this.semantics.entries[this.records.op(record)];
    if (entry === undefined) throw new SemanticsError(`record at 0x${record.toString(16)}: no micro-op has its number`);
    const { state } = this;
    // What a block depends on is what it was found by.
    if (!state.cells.has(MODE)) state.cells.set(MODE, { value: constant(this.records.mode(record)), dirty: false });
    state.entry = { record, cells: new Map(state.cells) };
    state.effects = false;
    const locals: (Value | undefined)[] = new Array(this.code.body.locals.length).fill(undefined);
    locals[0] = constant(record);
    state.frames = [locals];
    this.record = record;
    this.home = this.list;
    this.homeStart = this.list.length;
    const next = this.through(entry, this.records.isLast(record));
    this.list = next.list;
    if (next.arrivals.length === 0) return false;
    const last = next.list[next.list.length - 1];
    for (const { branch } of next.arrivals) if (branch === last) branch.falls = true;
    this.arrive(next);
    return true;
  }

  /** Runs a micro-op's code; returns where what goes on with the next record arrives. */
  private through(entry: Entry, split: boolean): Target {
    const { list, state, blocks, loops } = this;
    const { length } = list;
    this.stack = [];
    this.calls = [];
    this.targets = [];
    const next = this.target("block", NEVER, []);
    this.next = next;
    this.targets = [...this.semantics.around, this.target("dispatch", NEVER, []), ...entry.blocks];
    this.split = split;
    this.parted = 0;
    if (split) this.state = state.clone();
    try {
      this.run(entry.at, NEVER, 0);
    } catch (error) {
      if (!(error instanceof TooManyWays && split)) throw error;
      Object.assign(this, { list, state, blocks, loops, code: this.semantics.dispatch });
      list.length = length;
      return this.through(entry, false);
    }
    this.split = false;
    return next;
  }

  protected dispatch(): void {
    const value = this.state.locals[0];
    if (value === undefined) throw new SemanticsError("core.wasm: the dispatch loop goes on without a record");
    const record = known(value);
    if (record === this.record + RECORD && this.next) this.depart(this.next, false);
    else if (record === undefined || !this.records.learn(record)) this.exit(value);
    else this.enter(record);
  }

  protected leave(): void {
    this.exit(constant(0));
  }

  protected restart(): void {
    const { entry } = this.state;
    this.state.cells = new Map(entry.cells);
    this.exit(constant(entry.record));
  }

  private exit(record: Value): void {
    this.flush();
    this.emit({ kind: "return", value: record });
  }

  /** Goes on with another block, which a record is linked to. */
  private enter(block: number): void {
    const [first] = this.path;
    const here = block === first || (!this.path.includes(block) && this.blocks < MOST_BLOCKS && this.roomy);
    if (!here) {
      this.exit(constant(block));
      return;
    }
    forgetTemporaries(this.state.cells);
    this.exitIf(operation(EQZ, "i32", [this.loadOp(block)]), block);
    if (block === first) this.close();
    else this.nested(() => this.block(block));
  }

  private get roomy(): boolean {
    return this.statements < MOST_STATEMENTS;
  }

  /** Runs `work` in the middle of a micro-op. */
  private nested(work: () => void): void {
    const { record, next, home, homeStart, split, parted } = this;
    this.split = false;
    this.fork(this.list, work);
    Object.assign(this, { record, next, home, homeStart, split, parted });
  }

  /** Back to the first block. */
  private close(): void {
    this.loops = true;
    if (this.held === undefined) {
      // The first attempt, which only finds out what the loop needs.
      this.exit(constant(this.path[0]));
      return;
    }
    const branch: Branch = { kind: "branch", label: this.header, before: [], moves: [], falls: false };
    const { cells } = this.state;
    for (const [address, to] of this.held) {
      const from = cells.get(address)?.value ?? this.readWord(address);
      if (from !== to) branch.moves.push({ to, from });
      cells.delete(address);
    }
    this.flush();
    this.emit(branch);
  }
}

/** @throws SemanticsError when the core's code has a shape that cannot be specialised */
export function specialise(semantics: Semantics, records: Records, block: number): Program {
  records.forget();
  const first = new Specialiser(semantics, records);
  const body = first.region(block);
  if (!first.loops) return { locals: first.locals, body };
  records.forget();
  const second = new Specialiser(semantics, records);
  return { body: second.region(block, first), locals: second.locals };
}
