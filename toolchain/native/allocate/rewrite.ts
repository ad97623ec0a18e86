// Puts the allocation into the code: virtual registers become hardware registers or frame slots, and moves appear where a
// value changes its place: where its interval was cut, and on edges between blocks that hold it in different places.
// Source: Wimmer and Mössenböck, "Optimized Interval Splitting in a Linear Scan Register Allocator" (2005), section 4.

import type * as m from "../machine/ir.ts";
import type { Allocation } from "./allocate.ts";
import { covers, type Interval, overlaps, type Range } from "./live.ts";
import type { Move, Place } from "./moves.ts";

/** Moves to be made at a position: all those of one entry at once, entry after entry. */
export type MovesAt = Map<number, Move[][]>;

export interface Rewriting {
  /** Where a virtual register is, at a position. */
  placeAt(virtual: number, position: number): Place;
  /** By position of a gap. */
  moves: MovesAt;
  /** Bytes of frame below the frame pointer. */
  frameSize: number;
  saved: number[];
}

export function resolvePlaces(f: m.MachineFunction, allocation: Allocation): Rewriting {
  return new Resolver(f, allocation).run();
}

/** Take memory as the first operand as well as a register. */
const IN_MEMORY = new Set([
  ...["add", "sub", "adc", "sbb", "and", "or", "xor", "cmp", "test", "inc", "dec", "neg", "not"],
  ...["shl", "shr", "sar", "rol", "ror"],
]);

interface Transition {
  virtual: number;
  from: Interval;
  to: Interval;
  gap: number;
  frequency: number;
  /** Edges at the start of a block come before cuts, those at the end after. */
  order: number;
}

class Resolver {
  private readonly slots = new Map<number, number>();
  private readonly frame: { ranges: Range[]; displacement: number }[] = [];

  constructor(
    private readonly f: m.MachineFunction,
    private readonly allocation: Allocation,
  ) {}

  run(): Rewriting {
    for (const parts of this.allocation.parts)
      for (const part of parts) if (this.canStayInSlot(part, parts)) part.spilled = true;
    const transitions = [...this.cuts(), ...this.edges()];
    const byVirtual = new Map<number, Transition[]>();
    for (const transition of transitions) {
      const list = byVirtual.get(transition.virtual);
      if (list) list.push(transition);
      else byVirtual.set(transition.virtual, [transition]);
    }
    this.allocation.parts.forEach((parts, virtual) => {
      if (parts.some((part) => part.spilled)) this.slots.set(virtual, this.slotFor(virtual, parts));
    });
    const steps: { gap: number; order: number; move: Move }[] = [];
    for (const [virtual, list] of byVirtual) steps.push(...this.movesOf(virtual, list));
    const moves: MovesAt = new Map();
    for (const order of [-1, 0, 1])
      for (const gap of new Set(steps.filter((step) => step.order === order).map((step) => step.gap))) {
        const group = steps.filter((step) => step.gap === gap && step.order === order).map((step) => step.move);
        moves.set(gap, [...(moves.get(gap) ?? []), group]);
      }
    return {
      placeAt: (virtual, position) => this.place(this.partAt(virtual, position)),
      moves,
      frameSize: 4 * this.frame.length + this.f.scratchBytes,
      saved: this.allocation.saved,
    };
  }

  /**
   * A value that comes out of its slot for one instruction only, and goes back, can be used in the slot when no other operand
   * of the instruction is in memory.
   */
  private canStayInSlot(part: Interval, parts: Interval[]): boolean {
    const [use] = part.uses;
    if (part.spilled || part.uses.length !== 1 || part.ranges.length !== 1 || use.role === "def") return false;
    const [{ from, to }] = part.ranges;
    const gap = use.position & ~3;
    if (from !== gap || to > gap + 4) return false;
    const isSlot = (other: Interval | undefined): boolean => other?.spilled === true;
    if (!isSlot(parts.find((other) => other.ranges.some((range) => range.to === from)))) return false;
    const next = parts.find((other) => other !== part && other.ranges.some((range) => range.from === to));
    if (to === gap + 4 && !isSlot(next)) return false;
    const block = this.f.blocks.find((candidate) => candidate.from <= gap && gap < candidate.to);
    // Another part may meet this one over an edge.
    if (!block || gap === block.from || to === block.to) return false;
    const instruction = block.instructions[(gap - block.from) >> 2];
    if (!IN_MEMORY.has(instruction.mnemonic) || instruction.implicit.length > 0) return false;
    const [first, second] = instruction.operands;
    if (first.kind !== "register" || first.virtual !== part.virtual || first.size !== 4) return false;
    if (second?.kind === "register")
      return second.virtual !== part.virtual && !this.partAt(second.virtual, gap + 1).spilled;
    return second === undefined || second.kind === "immediate";
  }

  private partAt(virtual: number, position: number): Interval {
    const part = this.allocation.parts[virtual].find((candidate) => covers(candidate, position));
    if (!part) throw new RangeError(`${this.f.name}: virtual register ${virtual} is not alive at ${position}`);
    return part;
  }

  private place(part: Interval): Place {
    return part.spilled ? { frame: this.slots.get(part.virtual) ?? 0 } : { register: part.register };
  }

  /** A parameter's slot is where the caller put it. Others share slots when they are never alive together. */
  private slotFor(virtual: number, parts: Interval[]): number {
    const { home } = this.f.registers[virtual];
    if (home !== undefined) return home;
    const ranges = parts.flatMap((part) => part.ranges).sort((a, b) => a.from - b.from);
    let slot = this.frame.find((candidate) => !overlaps(candidate.ranges, ranges));
    if (!slot) {
      slot = { ranges: [], displacement: -4 * (this.frame.length + 1) - this.f.scratchBytes };
      this.frame.push(slot);
    }
    slot.ranges = [...slot.ranges, ...ranges].sort((a, b) => a.from - b.from);
    return slot.displacement;
  }

  /** Where one part ends and the next begins within a block. */
  private *cuts(): Generator<Transition> {
    const starts = new Map(this.f.blocks.map((block) => [block.from, block]));
    for (const parts of this.allocation.parts)
      for (let i = 1; i < parts.length; i++) {
        const to = parts[i];
        const gap = to.ranges[0].from;
        if (starts.has(gap)) continue;
        const from = parts.find((part) => part.ranges.some((range) => range.to === gap));
        if (from && gap % 4 === 0)
          yield { virtual: to.virtual, from, to, gap, frequency: this.frequencyAt(gap), order: 0 };
      }
  }

  private *edges(): Generator<Transition> {
    for (const block of this.f.blocks)
      for (const next of block.successors)
        for (const virtual of this.allocation.liveness.liveIn.get(next) ?? []) {
          const from = this.partAt(virtual, block.to - 1);
          const to = this.partAt(virtual, next.from);
          if (from === to) continue;
          const atStart = next.predecessors.length === 1;
          const gap = atStart ? next.from : block.to - 4;
          yield { virtual, from, to, gap, frequency: (atStart ? next : block).frequency, order: atStart ? -1 : 1 };
        }
  }

  private frequencyAt(position: number): number {
    return this.f.blocks.find((block) => block.from <= position && position < block.to)?.frequency ?? 1;
  }

  /**
   * A value that was loaded from its slot and not changed since needs no store. Otherwise it is stored where it leaves its
   * register, or where it is computed, whichever runs less often.
   */
  private movesOf(virtual: number, transitions: Transition[]): { gap: number; order: number; move: Move }[] {
    const clean = this.cleanParts(virtual, transitions);
    const stores = transitions.filter(({ from, to }) => to.spilled && !from.spilled && !clean.has(from));
    const definitions = this.definitionsInRegisters(virtual);
    const sum = (list: { frequency: number }[]) => list.reduce((total, { frequency }) => total + frequency, 0);
    const storeAtDefinition = stores.length > 0 && sum(definitions) < sum(stores);
    const steps: { gap: number; order: number; move: Move }[] = [];
    for (const transition of transitions) {
      const { from, to, gap, order } = transition;
      if (from.spilled && to.spilled) continue;
      if (to.spilled && (storeAtDefinition || clean.has(from))) continue;
      if (!from.spilled && !to.spilled && from.register === to.register) continue;
      steps.push({ gap, order, move: { to: this.place(to), from: this.place(from) } });
    }
    if (storeAtDefinition)
      for (const { gap, part } of definitions)
        steps.push({ gap, order: -1, move: { to: { frame: this.slots.get(virtual) ?? 0 }, from: this.place(part) } });
    return steps;
  }

  private cleanParts(virtual: number, transitions: Transition[]): Set<Interval> {
    const clean = new Set<Interval>();
    for (const part of this.allocation.parts[virtual]) {
      const isChanged = part.uses.some((use) => use.role !== "use" && !this.isHomeLoad(virtual, use.position));
      if (!part.spilled && !isChanged) clean.add(part);
    }
    let changed = true;
    while (changed) {
      changed = false;
      for (const { from, to } of transitions)
        if (clean.has(to) && !from.spilled && !clean.has(from)) {
          clean.delete(to);
          changed = true;
        }
    }
    return clean;
  }

  /** The definition of a parameter that only loads it from the slot in which it was passed. */
  private isHomeLoad(virtual: number, position: number): boolean {
    const { home } = this.f.registers[virtual];
    if (home === undefined) return false;
    const instruction = this.instructionAt(position);
    const source = instruction?.operands[1];
    return (
      instruction?.mnemonic === "mov" && source?.kind === "memory" && source.inFrame && source.displacement === home
    );
  }

  private instructionAt(position: number): m.MachineInstruction | undefined {
    const block = this.f.blocks.find((candidate) => candidate.from <= position && position < candidate.to);
    return block?.instructions[(position - block.from) >> 2];
  }

  /** The gaps after the instructions that give the value a new content in a register. */
  private definitionsInRegisters(virtual: number): { gap: number; part: Interval; frequency: number }[] {
    const found: { gap: number; part: Interval; frequency: number }[] = [];
    for (const part of this.allocation.parts[virtual]) {
      if (part.spilled) continue;
      part.uses.forEach((use, i) => {
        if (use.role === "use" || this.isHomeLoad(virtual, use.position)) return;
        const gap = (use.position & ~3) + 4;
        // The change of a two-address instruction follows the copy at once: store only its result.
        const next = part.uses[i + 1];
        if (next?.role === "both" && (next.position & ~3) === gap) return;
        found.push({ gap, part, frequency: this.frequencyAt(use.position) });
      });
    }
    return found;
  }
}
