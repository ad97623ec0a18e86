// Where ways through the specialised program meet: what they agree on stays known, what differs gets a local that each way sets.

import type { Builder } from "./builder.ts";
import type { Target } from "./evaluate.ts";
import { type Branch, type Local, sameValue, type Value } from "./residual.ts";
import { type Cell, type Cells, State } from "./state.ts";

/** One way that leads to a target: the state it brings, what it leaves on the operand stack, and its branch. */
export interface Snapshot {
  state: State;
  results: Value[];
  branch: Branch;
}

class Merge {
  readonly #arrivals: readonly Snapshot[];

  constructor(
    private readonly builder: Builder,
    arrivals: readonly Snapshot[],
  ) {
    this.#arrivals = arrivals;
  }

  /** The value that is `values[i]` on the way of `arrivals[i]`. */
  value(values: readonly Value[]): Value {
    if (values.every((value) => sameValue(value, values[0]))) return values[0];
    const local: Local = this.builder.fresh(values[0].type);
    values.forEach((from, i) => {
      this.#arrivals[i].branch.moves.push({ to: local, from });
    });
    return local;
  }

  /** undefined where one way has no value to read. */
  locals(frames: readonly (Value | undefined)[][]): (Value | undefined)[] {
    return frames[0].map((_, index) => {
      const values: Value[] = [];
      for (const frame of frames) {
        const value = frame[index];
        if (value === undefined) return undefined;
        values.push(value);
      }
      return this.value(values);
    });
  }

  cells(): Cells {
    const merged: Cells = new Map();
    const addresses = new Set(this.#arrivals.flatMap(({ state }) => [...state.cells.keys()]));
    for (const address of addresses) {
      const found = this.#arrivals.map(({ state }) => state.cells.get(address));
      const dirty = found.some((cell) => cell?.dirty);
      // One that memory has, too, and that not all hold: forgotten. One that memory does not have yet: held on all ways.
      if (!dirty && found.includes(undefined)) continue;
      const values = found.map((cell, i) => cell?.value ?? this.readOn(this.#arrivals[i], address));
      merged.set(address, { value: this.value(values), dirty } satisfies Cell);
    }
    return merged;
  }

  private readOn({ branch }: Snapshot, address: number): Value {
    let value: Value | undefined;
    this.builder.into(branch.before, () => {
      value = this.builder.readWord(address);
    });
    return value as Value;
  }
}

/** Makes the builder's state that behind `target`; returns what is left on the operand stack. */
export function merge(builder: Builder, target: Target): Value[] {
  const { arrivals, list, start, label } = target;
  const merge = new Merge(builder, arrivals);
  const states = arrivals.map(({ state }) => state);
  const state = new State();
  state.frames = states[0].frames.map((_, depth) => merge.locals(states.map(({ frames }) => frames[depth])));
  state.cells = merge.cells();
  state.entry = states[0].entry;
  state.effects = states.some(({ effects }) => effects);
  state.called = states.some(({ called }) => called);
  const results = target.results.map((_, i) => merge.value(arrivals.map((arrival) => arrival.results[i])));
  builder.state = state;
  if (arrivals.some(({ branch }) => !branch.falls)) {
    const body = list.splice(start);
    list.push({ kind: "block", label, body });
  }
  return results;
}
