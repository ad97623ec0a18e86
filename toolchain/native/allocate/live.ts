// Where each virtual register is alive. Instruction i has the positions 4i (the gap before it), 4i + 1 (it reads) and
// 4i + 2 (it writes); a range is [from, to).
// Source: Wimmer and Franz, "Linear Scan Register Allocation on SSA Form" (2010), section 4, for the positions and ranges.

import * as m from "../machine/ir.ts";

export interface Range {
  from: number;
  to: number;
}

export interface Use {
  /** 4i + 1 or 4i + 2. */
  position: number;
  role: "use" | "def" | "both";
  needsRegister: boolean;
  /** Registers that this use can take. */
  allowed: number;
  /** Cost of having the value in memory here: how often it runs. */
  weight: number;
}

/** The life of a virtual register, or of a part of it. */
export interface Interval {
  virtual: number;
  ranges: Range[];
  uses: Use[];
  allowed: number;
  /** Hardware number; -1 while it has none. */
  register: number;
  spilled: boolean;
  weight: number;
}

export interface Liveness {
  /** By virtual register; undefined when it is never alive. */
  intervals: (Interval | undefined)[];
  /** Virtual registers alive at the start of each block. */
  liveIn: Map<m.MachineBlock, Set<number>>;
}

const MEMORY_USE_COST = 0.5;

export function numberInstructions(f: m.MachineFunction): void {
  let index = 0;
  for (const block of f.blocks) {
    block.from = 4 * index;
    index += block.instructions.length;
    block.to = 4 * index;
  }
}

/** Every register operand of an instruction, with what it does to the register. */
export function registerUses(instruction: m.MachineInstruction): m.RegisterOperand[] {
  const uses = [...instruction.implicit];
  for (const operand of instruction.operands) {
    if (operand.kind === "register") uses.push(operand);
    else if (operand.kind === "memory") {
      if (operand.base >= 0) uses.push(m.use(operand.base));
      if (operand.index >= 0) uses.push(m.use(operand.index));
    }
  }
  for (const copy of instruction.copies) {
    uses.push(m.def(copy.to, 4, true));
    if ("virtual" in copy.from) uses.push(m.use(copy.from.virtual, 4, true));
  }
  return uses;
}

/** Needs numberInstructions. */
export function findLiveness(f: m.MachineFunction): Liveness {
  const liveIn = solve(f);
  const intervals: (Interval | undefined)[] = f.registers.map(() => undefined);
  const interval = (virtual: number): Interval => {
    let found = intervals[virtual];
    if (!found) {
      found = {
        virtual,
        ranges: [],
        uses: [],
        allowed: f.registers[virtual].allowed,
        register: -1,
        spilled: false,
        weight: 0,
      };
      intervals[virtual] = found;
    }
    return found;
  };
  // Backwards, so every range is put before the ranges that are known.
  for (let b = f.blocks.length - 1; b >= 0; b--) {
    const block = f.blocks[b];
    for (const virtual of liveOut(block, liveIn)) addRange(interval(virtual), block.from, block.to);
    for (let i = block.instructions.length - 1; i >= 0; i--) {
      const at = block.from + 4 * i;
      const uses = registerUses(block.instructions[i]);
      for (const use of uses) {
        if (use.role === "def") shorten(interval(use.virtual), at + 2);
        else if (use.role === "both") addRange(interval(use.virtual), at + 2, at + 3);
      }
      for (const use of uses) if (use.role !== "def") addRange(interval(use.virtual), block.from, at + 2);
    }
  }
  collectUses(f, intervals);
  return { intervals, liveIn };
}

/** Finds the uses of each interval, in order. */
export function collectUses(f: m.MachineFunction, intervals: (Interval | undefined)[]): void {
  for (const interval of intervals) if (interval) interval.uses = [];
  for (const block of f.blocks)
    block.instructions.forEach((instruction, i) => {
      const at = block.from + 4 * i;
      for (const use of registerUses(instruction)) {
        const interval = intervals[use.virtual];
        if (interval) addUse(interval, use, at, block.frequency);
      }
    });
  for (const interval of intervals) interval?.uses.sort((a, b) => a.position - b.position);
}

function liveOut(block: m.MachineBlock, liveIn: Map<m.MachineBlock, Set<number>>): Set<number> {
  const out = new Set<number>();
  for (const next of block.successors) for (const virtual of liveIn.get(next) ?? []) out.add(virtual);
  return out;
}

/** Backward data flow until nothing changes. */
function solve(f: m.MachineFunction): Map<m.MachineBlock, Set<number>> {
  const liveIn = new Map<m.MachineBlock, Set<number>>();
  const facts = f.blocks.map((block) => {
    const read = new Set<number>();
    const written = new Set<number>();
    for (const instruction of block.instructions) {
      const uses = registerUses(instruction);
      for (const use of uses) if (use.role !== "def" && !written.has(use.virtual)) read.add(use.virtual);
      for (const use of uses) if (use.role !== "use") written.add(use.virtual);
    }
    liveIn.set(block, read);
    return { block, written };
  });
  let changed = true;
  while (changed) {
    changed = false;
    for (let i = facts.length - 1; i >= 0; i--) {
      const { block, written } = facts[i];
      const live = liveIn.get(block) ?? new Set();
      const before = live.size;
      for (const next of block.successors)
        for (const virtual of liveIn.get(next) ?? []) if (!written.has(virtual)) live.add(virtual);
      if (live.size !== before) changed = true;
    }
  }
  return liveIn;
}

function addRange(interval: Interval, from: number, to: number): void {
  const [first] = interval.ranges;
  if (first && first.from <= to) {
    // Overlaps or touches what is known: they become one.
    first.from = Math.min(first.from, from);
    first.to = Math.max(first.to, to);
  } else interval.ranges.unshift({ from, to });
}

/** The value begins at a definition; one that nobody reads lives for the moment. */
function shorten(interval: Interval, from: number): void {
  const [first] = interval.ranges;
  if (first && first.from <= from && first.to > from) first.from = from;
  else addRange(interval, from, from + 1);
}

function addUse(interval: Interval, use: m.RegisterOperand, at: number, frequency: number): void {
  interval.uses.push({
    position: use.role === "def" ? at + 2 : at + 1,
    role: use.role,
    needsRegister: !use.orMemory,
    allowed: use.size === 1 ? m.BYTE_REGISTERS : m.ANY_REGISTER,
    weight: frequency * (use.orMemory ? MEMORY_USE_COST : 1) * (use.role === "both" ? 2 : 1),
  });
}

export function overlaps(a: Range[], b: Range[]): boolean {
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i].to <= b[j].from) i++;
    else if (b[j].to <= a[i].from) j++;
    else return true;
  }
  return false;
}

export function covers(interval: Interval, position: number): boolean {
  return interval.ranges.some((range) => range.from <= position && position < range.to);
}
