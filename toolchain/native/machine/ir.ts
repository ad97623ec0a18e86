// The last form before bytes: i386 instructions on virtual registers. Two-address already: what an instruction changes is one
// operand of role "both". Values that must be in a certain register are virtual registers fixed to it, alive for a moment.

/** Hardware numbers. */
export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
export const EBX = 3;
export const ESP = 4;
export const EBP = 5;
export const ESI = 6;
export const EDI = 7;

/** What a call may change. */
export const CALLER_SAVED = [EAX, ECX, EDX];
export const CALLEE_SAVED = [EBX, ESI, EDI];
/** As bit masks of hardware numbers. */
export const ANY_REGISTER = 0b11001111;
export const BYTE_REGISTERS = 0b00001111;

/** A symbol's address, in a displacement, an immediate or a call. */
export interface SymbolTarget {
  kind: "function" | "global" | "table" | "jumpTable" | "external" | "constant";
  /** Function or global index (global: × 2 + word), or number of the jump table in this function. */
  index: number;
  /** External: the symbol's name; constant: its bytes in hexadecimal. */
  name: string;
}

export interface RegisterOperand {
  kind: "register";
  virtual: number;
  /** Bytes that the instruction touches. */
  size: 1 | 2 | 4;
  role: "use" | "def" | "both";
  /** The encoding has a form with memory here, so a spilled value can stay in its slot. */
  orMemory: boolean;
}

export interface ImmediateOperand {
  kind: "immediate";
  value: number;
  size: 1 | 2 | 4;
  symbol: SymbolTarget | undefined;
}

/** base and index are virtual registers, or -1 for none. */
export interface MemoryOperand {
  kind: "memory";
  size: 0 | 1 | 2 | 4 | 6 | 8 | 10;
  base: number;
  index: number;
  scale: 1 | 2 | 4 | 8;
  displacement: number;
  symbol: SymbolTarget | undefined;
  /** Relative to the frame pointer, instead of base and index. */
  inFrame: boolean;
}

export interface BlockOperand {
  kind: "block";
  block: MachineBlock;
}

export interface CallOperand {
  kind: "call";
  symbol: SymbolTarget;
}

/** A hardware register that is not allocated: esp, ebp, control registers. */
export interface HardwareOperand {
  kind: "hardware";
  class: "r32" | "cr" | "r16" | "r8" | "st";
  index: number;
}

export type MachineOperand =
  | RegisterOperand
  | ImmediateOperand
  | MemoryOperand
  | BlockOperand
  | CallOperand
  | HardwareOperand;

export interface ParallelCopy {
  to: number;
  /** A virtual register, or a constant. */
  from: { virtual: number } | { constant: number };
}

export interface MachineInstruction {
  /** Intel mnemonic; or "copies": parallel moves, "bsrOr"/"bsfOr": bit scan with a third operand's value for 0, "leave+ret". */
  mnemonic: string;
  operands: MachineOperand[];
  /** Registers that it reads or writes without saying so. */
  implicit: RegisterOperand[];
  /** Hardware registers whose contents are lost, as a mask. */
  clobbers: number;
  copies: ParallelCopy[];
  /** Offset in the module; -1 for none. */
  at: number;
}

export class MachineBlock {
  instructions: MachineInstruction[] = [];
  successors: MachineBlock[] = [];
  predecessors: MachineBlock[] = [];
  /** Positions of the first instruction and after the last (allocate/live.ts). */
  from = 0;
  to = 0;

  constructor(
    readonly id: number,
    readonly depth: number,
    readonly frequency: number,
  ) {}
}

export interface VirtualRegister {
  /** Hardware registers that it may have, as a mask. */
  allowed: number;
  /** The only one it may have, or -1. */
  fixed: number;
  /** Frame displacement where its value already lies (a parameter); undefined otherwise. */
  home: number | undefined;
}

export interface MachineFunction {
  name: string;
  blocks: MachineBlock[];
  registers: VirtualRegister[];
  jumpTables: MachineBlock[][];
  /** Bytes at the top of the frame that instructions use as they like; no value lives there. */
  scratchBytes: number;
}

export function use(virtual: number, size: 1 | 2 | 4 = 4, orMemory = false): RegisterOperand {
  return { kind: "register", virtual, size, role: "use", orMemory };
}

export function def(virtual: number, size: 1 | 2 | 4 = 4, orMemory = false): RegisterOperand {
  return { kind: "register", virtual, size, role: "def", orMemory };
}

export function both(virtual: number, size: 1 | 2 | 4 = 4, orMemory = false): RegisterOperand {
  return { kind: "register", virtual, size, role: "both", orMemory };
}

export function immediate(value: number, size: 1 | 2 | 4 = 4): ImmediateOperand {
  return { kind: "immediate", value: value | 0, size, symbol: undefined };
}

export function hardware(index: number, registerClass: HardwareOperand["class"] = "r32"): HardwareOperand {
  return { kind: "hardware", class: registerClass, index };
}

export function memory(
  size: MemoryOperand["size"],
  base: number,
  displacement: number,
  symbol?: SymbolTarget,
): MemoryOperand {
  return { kind: "memory", size, base, index: -1, scale: 1, displacement: displacement | 0, symbol, inFrame: false };
}

export function instruction(mnemonic: string, operands: MachineOperand[] = [], at = -1): MachineInstruction {
  return { mnemonic, operands, implicit: [], clobbers: 0, copies: [], at };
}
