// Register allocation: every interval asks for a register; a dear one may take it from cheaper ones; one that finds none is
// split where the conflict begins and asks again in parts; parts without uses live in memory.
// Sources: the ideas of LLVM's greedy allocator (Olesen, 2011) and of regalloc2's design document.

import * as m from "../machine/ir.ts";
import { chooseChanged } from "./choose.ts";
import { coalesce, findCopies } from "./coalesce.ts";
import { findLiveness, type Interval, type Liveness, numberInstructions, type Range } from "./live.ts";
import { Queue } from "./queue.ts";

export interface Allocation {
  liveness: Liveness;
  /** By virtual register: its parts in order. */
  parts: Interval[][];
  /** Callee-saved registers that the function changes. */
  saved: number[];
}

interface Busy extends Range {
  /** Undefined: not for sale. */
  owner: Interval | undefined;
}

const ORDER = [m.EAX, m.ECX, m.EDX, m.EBX, m.ESI, m.EDI];

export function allocate(f: m.MachineFunction): Allocation {
  numberInstructions(f);
  let liveness = findLiveness(f);
  if (chooseChanged(f, liveness)) liveness = findLiveness(f);
  const copies = findCopies(f);
  coalesce(f, liveness, copies);
  return new Allocator(f, liveness, copies).run();
}

class Allocator {
  private readonly busy = new Map<number, Busy[]>(ORDER.map((register) => [register, []]));
  private readonly parts: Interval[][];
  /** Registers that a virtual register would like: those of its copies. */
  private readonly friends = new Map<number, Set<number>>();
  private readonly queue = new Queue<Interval>((interval) => length(interval));
  private readonly saved = new Set<number>();
  /** By instruction: the first of its piece (see below). */
  private readonly pieceStart: number[];
  private readonly boundaries: { at: number; depth: number; frequency: number }[];

  constructor(
    private readonly f: m.MachineFunction,
    private readonly liveness: Liveness,
    copies: { to: number; from: number }[],
  ) {
    this.parts = f.registers.map(() => []);
    for (const { to, from } of copies) {
      this.befriend(to, from);
      this.befriend(from, to);
    }
    this.pieceStart = f.blocks.flatMap((block) => {
      const base = block.from / 4;
      const firstJump = block.instructions.findIndex((instruction) => instruction.mnemonic.startsWith("j"));
      return block.instructions.map((_, i) => base + (firstJump >= 0 && i > firstJump ? firstJump : i));
    });
    this.boundaries = f.blocks.map((block) => ({ at: block.from, depth: block.depth, frequency: block.frequency }));
  }

  run(): Allocation {
    this.takeFixed();
    for (const interval of this.liveness.intervals) {
      if (!interval || this.f.registers[interval.virtual].fixed >= 0) continue;
      this.enqueue(interval);
    }
    for (let interval = this.queue.pop(); interval; interval = this.queue.pop()) this.place(interval);
    for (const list of this.parts) list.sort((a, b) => start(a) - start(b));
    return { liveness: this.liveness, parts: this.parts, saved: m.CALLEE_SAVED.filter((r) => this.saved.has(r)) };
  }

  private befriend(a: number, b: number): void {
    const set = this.friends.get(a);
    if (set) set.add(b);
    else this.friends.set(a, new Set([b]));
  }

  /** Fixed virtual registers and calls take their hardware registers first. */
  private takeFixed(): void {
    for (const block of this.f.blocks)
      block.instructions.forEach((instruction, i) => {
        const at = block.from + 4 * i + 2;
        for (const register of ORDER)
          if (instruction.clobbers & (1 << register)) this.occupy(register, { from: at, to: at + 1, owner: undefined });
      });
    for (const interval of this.liveness.intervals) {
      const register = interval ? this.f.registers[interval.virtual].fixed : -1;
      if (!interval || register < 0) continue;
      interval.register = register;
      for (const range of interval.ranges) this.occupy(register, { ...range, owner: undefined });
      this.parts[interval.virtual] = [interval];
      if (m.CALLEE_SAVED.includes(register)) this.saved.add(register);
    }
  }

  private occupy(register: number, busy: Busy): void {
    const list = this.list(register);
    list.splice(firstAfter(list, busy.from), 0, busy);
  }

  private list(register: number): Busy[] {
    return this.busy.get(register) ?? [];
  }

  private enqueue(interval: Interval): void {
    const { allowed } = this.f.registers[interval.virtual];
    interval.allowed = interval.uses.reduce((mask, use) => mask & use.allowed, allowed);
    const cost = interval.uses.reduce((sum, use) => sum + use.weight, 0);
    const mustHave = this.isMinimal(interval) && needsRegister(interval);
    interval.weight = mustHave ? Number.POSITIVE_INFINITY : cost / (length(interval) + 16);
    this.queue.push(interval);
  }

  private place(interval: Interval): void {
    if (interval.uses.length === 0) {
      this.spill(interval);
      return;
    }
    const free = this.preference(interval).find((register) => this.conflicts(register, interval).length === 0);
    if (free !== undefined) {
      this.assign(interval, free);
      return;
    }
    if (this.evict(interval)) return;
    this.splitOrSpill(interval);
  }

  private assign(interval: Interval, register: number): void {
    interval.register = register;
    for (const range of interval.ranges) this.occupy(register, { ...range, owner: interval });
    if (m.CALLEE_SAVED.includes(register)) this.saved.add(register);
    this.parts[interval.virtual].push(interval);
  }

  private spill(interval: Interval): void {
    interval.spilled = true;
    this.parts[interval.virtual].push(interval);
  }

  private release(interval: Interval): void {
    const list = this.list(interval.register);
    this.busy.set(
      interval.register,
      list.filter((busy) => busy.owner !== interval),
    );
    interval.register = -1;
    const parts = this.parts[interval.virtual];
    parts.splice(parts.indexOf(interval), 1);
  }

  /** Allowed registers, the best first: those of copies, then those that cost nothing to use. */
  private preference(interval: Interval): number[] {
    const wanted = new Set<number>();
    for (const friend of this.friends.get(interval.virtual) ?? [])
      for (const part of this.parts[friend]) if (part.register >= 0) wanted.add(part.register);
    for (const part of this.parts[interval.virtual]) if (part.register >= 0) wanted.add(part.register);
    const needsByte = interval.allowed === m.BYTE_REGISTERS;
    const rank = (register: number): number => {
      if (wanted.has(register)) return 0;
      if (m.CALLER_SAVED.includes(register)) return 1;
      if (this.saved.has(register)) return 2;
      return register === m.EBX && !needsByte ? 4 : 3;
    };
    return ORDER.filter((register) => interval.allowed & (1 << register)).sort((a, b) => rank(a) - rank(b));
  }

  private conflicts(register: number, interval: Interval): Busy[] {
    const list = this.list(register);
    const found: Busy[] = [];
    for (const range of interval.ranges) {
      // Busy ranges of one register never overlap, so they end in the order in which they begin.
      let i = Math.max(0, firstAfter(list, range.from) - 1);
      for (; i < list.length && list[i].from < range.to; i++) if (list[i].to > range.from) found.push(list[i]);
    }
    return found;
  }

  /** Takes the register whose owners together are the cheapest, if each is cheaper than this interval. */
  private evict(interval: Interval): boolean {
    let best: { register: number; weight: number; owners: Set<Interval> } | undefined;
    for (const register of this.preference(interval)) {
      const owners = new Set<Interval>();
      let weight = 0;
      for (const { owner } of this.conflicts(register, interval)) {
        if (!owner || owner.weight >= interval.weight) weight = Number.POSITIVE_INFINITY;
        else {
          owners.add(owner);
          weight = Math.max(weight, owner.weight);
        }
      }
      if (weight < (best?.weight ?? Number.POSITIVE_INFINITY)) best = { register, weight, owners };
    }
    if (!best) return false;
    for (const owner of best.owners) {
      this.release(owner);
      this.queue.push(owner);
    }
    this.assign(interval, best.register);
    return true;
  }

  private splitOrSpill(interval: Interval): void {
    if (!needsRegister(interval)) {
      this.spill(interval);
      return;
    }
    if (this.isMinimal(interval))
      throw new RangeError(`${this.f.name}: no register for an instruction at position ${start(interval)}`);
    const at = this.splitPosition(interval);
    const [before, after] = split(interval, at);
    this.enqueue(before);
    this.enqueue(after);
  }

  /** Where to cut: before the first conflict, or before or after the first use when the conflict comes sooner. */
  private splitPosition(interval: Interval): number {
    const first = interval.uses[0];
    const firstInstruction = this.gapBefore(first.position);
    let reach = -1;
    for (const register of this.preference(interval)) reach = Math.max(reach, this.firstConflict(register, interval));
    const lastBefore = interval.uses.filter((use) => this.gapAfter(use.position) <= reach).pop();
    if (lastBefore) {
      const earliest = this.gapAfter(lastBefore.position);
      const at = this.cheapest(earliest, Math.max(earliest, this.gapBefore(reach)), interval);
      if (this.isInside(at, interval)) return at;
    }
    if (this.isInside(firstInstruction, interval))
      return this.cheapest(start(interval) + 1, firstInstruction, interval);
    // The first use is at the very start: cut it off, with the change that follows a copy at once.
    let after = this.gapAfter(first.position);
    for (const use of interval.uses) {
      if (use.role !== "both" || this.gapBefore(use.position) !== after) continue;
      if (this.isInside(this.gapAfter(use.position), interval)) after = this.gapAfter(use.position);
      break;
    }
    return this.isInside(after, interval) ? after : this.gapAfter(start(interval));
  }

  private firstConflict(register: number, interval: Interval): number {
    let first = Number.POSITIVE_INFINITY;
    for (const busy of this.conflicts(register, interval)) {
      if (busy.owner && busy.owner.weight < interval.weight) continue;
      first = Math.min(first, Math.max(busy.from, start(interval)));
    }
    return first;
  }

  /** The gap in [earliest, latest] that runs least often; the latest of equals. */
  private cheapest(earliest: number, latest: number, interval: Interval): number {
    let best = latest;
    let frequency = this.frequencyAt(latest);
    for (let i = this.boundaries.length - 1; i >= 0; i--) {
      const { at } = this.boundaries[i];
      if (at > latest || at < earliest || !this.isInside(at, interval)) continue;
      // A cut at the head of a loop is paid on the way in and around; just before it only on the way in.
      const candidates = [this.gapBefore(at - 4), at].filter((gap) => gap >= earliest && this.isInside(gap, interval));
      for (const gap of candidates) {
        const cost = this.frequencyAt(gap);
        if (cost < frequency) {
          best = gap;
          frequency = cost;
        }
      }
    }
    return best;
  }

  // A block's jumps are one piece: a move between two of them would be done on one way out only.

  private gapBefore(position: number): number {
    return 4 * this.pieceStart[position >> 2];
  }

  private gapAfter(position: number): number {
    let i = (position >> 2) + 1;
    while (i < this.pieceStart.length && this.pieceStart[i] !== i) i++;
    return 4 * i;
  }

  /** A cut there leaves something on both sides. */
  private isInside(gap: number, interval: Interval): boolean {
    return gap > start(interval) && gap < end(interval) && gap % 4 === 0 && this.gapBefore(gap) === gap;
  }

  /** Within one instruction. */
  private isMinimal(interval: Interval): boolean {
    return end(interval) <= this.gapAfter(start(interval));
  }

  private frequencyAt(position: number): number {
    let [low, high] = [0, this.boundaries.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.boundaries[middle].at <= position) low = middle;
      else high = middle - 1;
    }
    return this.boundaries[low].frequency;
  }
}

/** Index of the first range that begins after a position. */
function firstAfter(list: Busy[], position: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].from > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

function start(interval: Interval): number {
  return interval.ranges[0].from;
}

function end(interval: Interval): number {
  return interval.ranges[interval.ranges.length - 1].to;
}

function length(interval: Interval): number {
  return interval.ranges.reduce((sum, range) => sum + range.to - range.from, 0);
}

function needsRegister(interval: Interval): boolean {
  return interval.uses.some((use) => use.needsRegister);
}

function split(interval: Interval, at: number): [Interval, Interval] {
  const part = (ranges: Range[], uses: Interval["uses"]): Interval => ({ ...interval, ranges, uses });
  const before = interval.ranges
    .filter((range) => range.from < at)
    .map((r) => ({ from: r.from, to: Math.min(r.to, at) }));
  const after = interval.ranges.filter((range) => range.to > at).map((r) => ({ from: Math.max(r.from, at), to: r.to }));
  return [
    part(
      before,
      interval.uses.filter((use) => use.position < at),
    ),
    part(
      after,
      interval.uses.filter((use) => use.position >= at),
    ),
  ];
}
