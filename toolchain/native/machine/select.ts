// Instruction selection: blocks from last to first, values from last to first, so that what a user took into its own
// instruction (a load, an address, a comparison) is not computed again. See operands.ts for what can be taken.

import { type Block, effect, type SsaFunction, successors, type Value } from "../ssa/ir.ts";
import { receiveArguments, selectCall, selectReturn } from "./calls.ts";
import { branchOn, setOn } from "./conditions.ts";
import { selectFloat, selectFloatStore } from "./floats.ts";
import * as m from "./ir.ts";
import { Operands } from "./operands.ts";
import { selectPrivileged } from "./privileged.ts";
import { selectWord } from "./words.ts";

/** What the selection of one instruction works with. */
export interface Selection {
  operands: Operands;
  /** How many argument words a function of the module takes in registers. */
  registerWords: RegisterWords;
  /** The instructions of the value at hand, in order. */
  out: m.MachineInstruction[];
  at: number;
}

export function emit(s: Selection, mnemonic: string, ...operands: m.MachineOperand[]): m.MachineInstruction {
  const made = m.instruction(mnemonic, operands, s.at);
  s.out.push(made);
  return made;
}

/** Chains of comparisons are shorter than a table up to here. */
const LONGEST_CHAIN = 3;

/** By function index. See calls.ts for the convention. */
export type RegisterWords = (index: number) => number;

/**
 * Needs ordered blocks without critical edges (optimise/prepare.ts).
 * @param index of the function itself
 */
export function selectInstructions(f: SsaFunction, index: number, registerWords: RegisterWords): m.MachineFunction {
  return new Selector(f, registerWords(index), registerWords).run();
}

class Selector {
  private readonly operands: Operands;
  private readonly blocks = new Map<Block, m.MachineBlock>();
  private readonly jumpTables: m.MachineBlock[][] = [];
  private readonly received: { virtual: number; word: number }[] = [];

  constructor(
    private readonly f: SsaFunction,
    private readonly ownRegisterWords: number,
    private readonly registerWords: RegisterWords,
  ) {
    this.operands = new Operands(f);
  }

  run(): m.MachineFunction {
    const { f, blocks } = this;
    for (const block of f.blocks) blocks.set(block, new m.MachineBlock(block.id, block.depth, block.frequency));
    for (const block of f.blocks) {
      const machine = this.machine(block);
      machine.successors = successors(block).map((next) => this.machine(next));
      machine.predecessors = block.predecessors.map((previous) => this.machine(previous));
    }
    for (let i = f.blocks.length - 1; i >= 0; i--) this.block(f.blocks[i]);
    return {
      name: f.name,
      blocks: f.blocks.map((block) => this.machine(block)),
      registers: this.operands.registers,
      jumpTables: this.jumpTables,
      scratchBytes: this.operands.scratchBytes,
    };
  }

  private machine(block: Block): m.MachineBlock {
    const machine = this.blocks.get(block);
    if (!machine) throw new RangeError(`block ${block.id} of ${this.f.name} is not in its order`);
    return machine;
  }

  private block(block: Block): void {
    const { operands } = this;
    const pieces: m.MachineInstruction[][] = [];
    const select = (value: Value | undefined, at: number, work: (s: Selection) => void): void => {
      operands.begin(block, value);
      operands.at = at;
      const s: Selection = { operands, registerWords: this.registerWords, out: [], at };
      work(s);
      pieces.push([...operands.before, ...s.out]);
    };
    select(undefined, block.at, (s) => this.terminator(s, block));
    for (let i = block.values.length - 1; i >= 0; i--) {
      const value = block.values[i];
      // The first result's instruction makes the second, so it is needed when only the second is.
      const second = block.values[i + 1];
      const high = second?.op === "high" && second.args[0] === value && operands.isWanted(second) ? second : undefined;
      if (value.op === "high" || operands.covered.has(value)) continue;
      if (!operands.isWanted(value) && !high && effect(value) !== "write" && !mustRun(value)) continue;
      select(value, value.at, (s) => this.value(s, value, high));
    }
    const instructions = pieces.reverse().flat();
    if (block === this.f.entry) instructions.unshift(...receiveArguments(operands, this.received));
    this.machine(block).instructions = instructions;
  }

  private value(s: Selection, value: Value, high: Value | undefined): void {
    if (value.op === "param") {
      this.parameter(s, value);
      return;
    }
    if (value.op === "cpu") {
      selectPrivileged(s, value, high);
      return;
    }
    if (value.op === "call" || value.op === "callIndirect" || value.op === "helper") {
      selectCall(s, value, high);
      return;
    }
    if (value.op === "float") {
      selectFloat(s, value, high);
      return;
    }
    if (value.op === "storeFloat") {
      selectFloatStore(s, value);
      return;
    }
    if (value.op in CONDITION_OPS) {
      setOn(s, value);
      return;
    }
    selectWord(s, value, high);
  }

  /** Parameters come in registers, or lie in the caller's frame: no instruction unless somebody wants one in a register. */
  private parameter(s: Selection, value: Value): void {
    const virtual = s.operands.virtual(value);
    if (value.imm < this.ownRegisterWords) {
      this.received.push({ virtual, word: value.imm });
      return;
    }
    const displacement = 8 + 4 * (value.imm - this.ownRegisterWords);
    s.operands.registers[virtual].home = displacement;
    const home = m.memory(4, -1, displacement);
    home.inFrame = true;
    emit(s, "mov", m.def(virtual, 4, true), home);
  }

  private terminator(s: Selection, block: Block): void {
    const { terminator } = block;
    switch (terminator.kind) {
      case "unreachable":
        emit(s, "ud2");
        return;
      case "return":
        selectReturn(s, terminator.values, this.f.returnsFloat);
        return;
      case "jump":
        this.phiCopies(s, block, terminator.target);
        emit(s, "jmp", { kind: "block", block: this.machine(terminator.target) });
        return;
      case "branch":
        branchOn(s, terminator.condition, this.machine(terminator.yes));
        emit(s, "jmp", { kind: "block", block: this.machine(terminator.no) });
        return;
      case "switch":
        this.switch(s, terminator.index, terminator.targets, terminator.fallback);
    }
  }

  private phiCopies(s: Selection, block: Block, target: Block): void {
    const index = target.predecessors.indexOf(block);
    const copies: m.ParallelCopy[] = [];
    for (const phi of target.phis) {
      if (!s.operands.uses.has(phi)) continue;
      const arg = phi.args[index];
      const from = arg.op === "const" ? { constant: arg.imm } : { virtual: s.operands.virtual(arg) };
      copies.push({ to: s.operands.virtual(phi), from });
    }
    if (copies.length > 0) emit(s, "copies").copies = copies;
  }

  private switch(s: Selection, index: Value, targets: Block[], fallback: Block): void {
    const toBlock = (block: Block): m.BlockOperand => ({ kind: "block", block: this.machine(block) });
    const virtual = s.operands.registerNumber(index);
    if (targets.length <= LONGEST_CHAIN) {
      targets.forEach((target, i) => {
        if (target === fallback) return;
        emit(s, "cmp", m.use(virtual, 4, true), m.immediate(i));
        emit(s, "je", toBlock(target));
      });
    } else {
      emit(s, "cmp", m.use(virtual), m.immediate(targets.length));
      emit(s, "jae", toBlock(fallback));
      const table = this.jumpTables.push(targets.map((target) => this.machine(target))) - 1;
      const entry = m.memory(4, -1, 0, { kind: "jumpTable", index: table, name: "" });
      entry.index = virtual;
      entry.scale = 4;
      emit(s, "jmp", entry);
      return;
    }
    emit(s, "jmp", toBlock(fallback));
  }
}

const CONDITION_OPS: Record<string, true> = {
  eq: true,
  ne: true,
  lts: true,
  ltu: true,
  les: true,
  leu: true,
  gts: true,
  gtu: true,
  ges: true,
  geu: true,
  lts64: true,
  ltu64: true,
  compareFloat: true,
};

/** Not a write, but can't be left out: a division that may fault, a load that the program wants to happen. */
function mustRun(value: Value): boolean {
  return value.keep || value.op === "divs" || value.op === "divu" || value.op === "divu64";
}
