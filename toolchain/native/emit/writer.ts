// Routines are written here as assembly would be: instructions, labels and jumps. They keep a frame pointer, as all code does.

import type { Operand } from "../../../isa/instruction.ts";
import { EBP, ESP, MachineBlock } from "../machine/ir.ts";
import { type Code, code, register } from "./code.ts";

export interface Routine {
  blocks: MachineBlock[];
  codes: Map<MachineBlock, Code[]>;
}

/** Nothing runs after these. */
const ENDS = new Set(["jmp", "ret", "ud2"]);

/** Collects instructions and labels. */
export class Writer implements Routine {
  readonly blocks: MachineBlock[] = [];
  readonly codes = new Map<MachineBlock, Code[]>();
  private list: Code[] = [];

  constructor(private readonly saved: number[]) {
    this.place(this.label());
    this.put("push", EBP);
    this.put("mov", EBP, ESP);
    for (const r of saved) this.put("push", r);
  }

  label(): MachineBlock {
    return new MachineBlock(this.codes.size, 0, 1);
  }

  /** What stands before goes on here: the layout takes no order of blocks for granted, and drops jumps to the next one. */
  place(label: MachineBlock): void {
    if (this.blocks.length > 0 && !ENDS.has(this.list[this.list.length - 1]?.mnemonic ?? "")) this.jump("jmp", label);
    this.list = [];
    this.blocks.push(label);
    this.codes.set(label, this.list);
  }

  /** A number is a register. */
  put(mnemonic: string, ...operands: (number | Operand)[]): void {
    this.list.push(
      code(
        mnemonic,
        operands.map((operand) => (typeof operand === "number" ? register(operand) : operand)),
      ),
    );
  }

  jump(mnemonic: string, target: MachineBlock): void {
    const made = code(mnemonic);
    made.target = target;
    this.list.push(made);
  }

  repeat(mnemonic: string, ...operands: Operand[]): void {
    const made = code(mnemonic, operands);
    made.repeat = true;
    this.list.push(made);
  }

  leave(): Routine {
    for (const r of [...this.saved].reverse()) this.put("pop", r);
    this.put("pop", EBP);
    this.put("ret");
    return this;
  }
}
