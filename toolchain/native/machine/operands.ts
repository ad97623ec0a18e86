// How a value becomes an operand: register, immediate, memory operand of a load that nobody else needs, or an address.
// Blocks are selected backwards, so a user decides about its operands before they are selected themselves.

import { type Block, effect, type SsaFunction, terminatorValues, type Value } from "../ssa/ir.ts";
import * as m from "./ir.ts";

/** A place in the block: what has been stored by then. */
interface Root {
  block: Block;
  /** Number of writes in the block before it. */
  writes: number;
}

export class Operands {
  readonly registers: m.VirtualRegister[] = [];
  readonly uses = new Map<Value, number>();
  /** How many of a value's uses are as the address of a load or store. */
  private readonly addressUses = new Map<Value, number>();
  /** Instructions that have to come before the one being selected: constants into registers. */
  before: m.MachineInstruction[] = [];
  /** Values that are part of another's instruction. */
  readonly covered = new Set<Value>();
  private readonly virtuals = new Map<Value, number>();
  private readonly writesBefore = new Map<Value, number>();
  private root: Root | undefined;
  /** Bytes that `scratch` gave away. */
  scratchBytes = 0;
  at = -1;

  constructor(f: SsaFunction) {
    const count = (value: Value): void => {
      this.uses.set(value, (this.uses.get(value) ?? 0) + 1);
    };
    for (const block of f.blocks) {
      let writes = 0;
      for (const phi of block.phis) phi.args.forEach(count);
      for (const value of block.values) {
        value.args.forEach(count);
        if (isAccess(value)) this.addressUses.set(value.args[0], (this.addressUses.get(value.args[0]) ?? 0) + 1);
        this.writesBefore.set(value, writes);
        if (effect(value) === "write") writes++;
      }
      terminatorValues(block.terminator).forEach(count);
    }
    // A sum that is only an address hands its index on.
    for (const block of f.blocks)
      for (const value of block.values) {
        if (value.op !== "add" || !this.isOnlyAddress(value)) continue;
        for (const arg of value.args)
          if (scaleOf(arg) > 1) this.addressUses.set(arg, (this.addressUses.get(arg) ?? 0) + 1);
      }
  }

  /** Starts an instruction whose effect is at the place of `value`, or at the end of the block. */
  begin(block: Block, value: Value | undefined): void {
    const last = block.values[block.values.length - 1];
    const end = last ? (this.writesBefore.get(last) ?? 0) + (effect(last) === "write" ? 1 : 0) : 0;
    this.root = { block, writes: value ? (this.writesBefore.get(value) ?? 0) : end };
    this.before = [];
  }

  /** Does work in which nothing may be folded, because it is done more than once. */
  apart<T>(work: () => T): T {
    const { root } = this;
    this.root = undefined;
    const result = work();
    this.root = root;
    return result;
  }

  newVirtual(allowed = m.ANY_REGISTER, fixed = -1): number {
    return this.registers.push({ allowed, fixed, home: undefined }) - 1;
  }

  fixed(register: number): number {
    return this.newVirtual(1 << register, register);
  }

  /** The virtual register of a value; asking for it makes the value be computed. */
  virtual(value: Value): number {
    let virtual = this.virtuals.get(value);
    if (virtual === undefined) {
      virtual = this.newVirtual();
      this.virtuals.set(value, virtual);
    }
    return virtual;
  }

  isWanted(value: Value): boolean {
    return this.virtuals.has(value);
  }

  /** A register that holds the value. */
  register(value: Value, size: 1 | 2 | 4 = 4): m.RegisterOperand {
    return m.use(this.registerNumber(value), size);
  }

  registerNumber(value: Value): number {
    if (value.op !== "const") return this.virtual(value);
    const virtual = this.newVirtual();
    this.before.push(m.instruction("mov", [m.def(virtual), m.immediate(value.imm)], this.at));
    return virtual;
  }

  /** A register, or memory. */
  registerOrMemory(value: Value, size: 1 | 2 | 4 = 4): m.MachineOperand {
    if (this.canFold(value) && loadSize(value) === size) return this.foldLoad(value);
    return m.use(this.registerNumber(value), size, true);
  }

  /** A register, memory or an immediate. */
  any(value: Value): m.MachineOperand {
    return value.op === "const" ? m.immediate(value.imm) : this.registerOrMemory(value);
  }

  registerOrImmediate(value: Value, size: 1 | 2 | 4 = 4): m.MachineOperand {
    if (value.op !== "const") return this.register(value, size);
    const truncated = size === 1 ? (value.imm << 24) >> 24 : size === 2 ? (value.imm << 16) >> 16 : value.imm;
    return m.immediate(truncated, size);
  }

  isSingleUse(value: Value): boolean {
    return this.hasUses(value, 1);
  }

  /** Whether so many others use it, none of which asked for it in a register. */
  hasUses(value: Value, count: number): boolean {
    return this.uses.get(value) === count && !this.isWanted(value);
  }

  /** Whether it stands in the block at hand, so that its only user may compute it. */
  isInBlock(value: Value): boolean {
    return this.root !== undefined && value.block === this.root.block;
  }

  /** Memory for one instruction to hand something to the next. */
  scratch(size: 2 | 4 | 8, offset = 0): m.MemoryOperand {
    this.scratchBytes = 8;
    return { ...m.memory(size, -1, offset - 8), inFrame: true };
  }

  /** Whether a load can be read by its only user, in the user's place. */
  canFold(value: Value): boolean {
    const { root } = this;
    if (!root || effect(value) !== "read" || value.keep || !this.isSingleUse(value)) return false;
    return value.block === root.block && this.writesBefore.get(value) === root.writes;
  }

  /** Whether a pure value can become part of its only user in this block. */
  canCover(value: Value): boolean {
    return this.isSingleUse(value) && value.block === this.root?.block;
  }

  /** Whether a value is only ever an address, so that it need not be computed when all accesses can form it themselves. */
  private isOnlyAddress(value: Value): boolean {
    const count = this.uses.get(value) ?? 0;
    return count > 0 && count === this.addressUses.get(value) && !this.isWanted(value);
  }

  foldLoad(value: Value): m.MemoryOperand {
    this.covered.add(value);
    return this.place(value);
  }

  /** The memory that a load, store or global access is about. */
  place(value: Value): m.MemoryOperand {
    if (value.op === "global" || value.op === "setGlobal")
      return m.memory(4, -1, 0, { kind: "global", index: value.imm, name: "" });
    return this.address(value.args[0], value.imm, loadSize(value) ?? 4);
  }

  /** base + index × scale + displacement of a sum, as far as it goes. */
  address(value: Value, offset: number, size: m.MemoryOperand["size"]): m.MemoryOperand {
    let displacement = offset;
    const skip = (v: Value): Value => {
      let at = v;
      while (at.op === "add" && at.args[1].op === "const") {
        displacement += at.args[1].imm;
        at = at.args[0];
      }
      return at;
    };
    const top = skip(value);
    const operand = m.memory(size, -1, 0);
    if (top.op === "const") displacement += top.imm;
    else if (top.op === "add" && this.canCover(top)) {
      this.covered.add(top);
      this.setSum(operand, skip(top.args[0]), skip(top.args[1]));
    } else if (scaleOf(top) > 1 && (this.canCover(top) || this.isOnlyAddress(top))) this.setIndex(operand, top);
    else operand.base = this.registerNumber(top);
    operand.displacement = displacement | 0;
    return operand;
  }

  /** a + b as an address of no data, for lea. */
  sum(a: Value, b: Value): m.MemoryOperand {
    if (b.op === "const") return this.address(a, b.imm, 0);
    const operand = m.memory(0, -1, 0);
    let displacement = 0;
    const skip = (value: Value): Value => {
      if (value.op !== "add" || value.args[1].op !== "const" || !this.canCover(value)) return value;
      this.covered.add(value);
      displacement += value.args[1].imm;
      return value.args[0];
    };
    this.setSum(operand, skip(a), skip(b));
    operand.displacement = displacement | 0;
    return operand;
  }

  private setSum(operand: m.MemoryOperand, a: Value, b: Value): void {
    const [base, index] = scaleOf(a) > 1 && scaleOf(b) === 1 ? [b, a] : [a, b];
    operand.base = this.registerNumber(base);
    this.setIndex(operand, index);
  }

  private setIndex(operand: m.MemoryOperand, index: Value): void {
    const scale = scaleOf(index);
    if (scale > 1) {
      if (this.canCover(index)) this.covered.add(index);
      operand.index = this.registerNumber(index.args[0]);
      operand.scale = scale;
    } else operand.index = this.registerNumber(index);
  }
}

/** 2, 4 or 8 for a shift that an index can do. */
export function scaleOf(value: Value): 1 | 2 | 4 | 8 {
  if (value.op !== "shl" || value.args[1].op !== "const") return 1;
  return ([1, 2, 4, 8] as const)[value.args[1].imm] ?? 1;
}

function isAccess(value: Value): boolean {
  return value.op.startsWith("load") || value.op.startsWith("store");
}

/** Bytes that an access touches, if they are the value as it is. */
export function loadSize(value: Value): 1 | 2 | 4 | undefined {
  switch (value.op) {
    case "load":
    case "store":
    case "global":
    case "setGlobal":
      return 4;
    case "load8u":
    case "load8s":
    case "store8":
      return 1;
    case "load16u":
    case "load16s":
    case "store16":
      return 2;
    default:
      return undefined;
  }
}
