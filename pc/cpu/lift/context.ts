// What lifting an instruction works with: the records being written, and operands as addresses in the shared memory.

import type { Instruction } from "../../../isa/decode.ts";
import type { MemoryOperand, Operand, RegisterOperand } from "../../../isa/instruction.ts";
import {
  FPU_REGISTERS,
  IMMEDIATE,
  LINK,
  MODE_CODE32,
  MODE_DS_FLAT,
  MODE_ES_FLAT,
  MODE_STACK_FLAT,
  RECORD,
  REGISTERS,
  SEGMENT_BYTES,
  SEGMENTS,
  TEMPORARIES,
  XMM_REGISTERS,
  ZERO,
} from "../core/layout.ts";
import { Op } from "../core/ops.ts";

/** Temporaries 0 to 4 are free for the instruction; 6 and 7 hold addresses. */
export const T0 = TEMPORARIES;
export const T1 = TEMPORARIES + 4;
export const T2 = TEMPORARIES + 8;
const T_ADDRESS = TEMPORARIES + 24;
const T_LINEAR = TEMPORARIES + 28;

export const EAX = REGISTERS;
export const ECX = REGISTERS + 4;
export const EDX = REGISTERS + 8;
export const EBX = REGISTERS + 12;
export const AH = REGISTERS + 1;

const SS = 2;
const DS = 3;
const ES = 0;

/** Stands for the address of the record's own immediate. */
export const OWN_IMMEDIATE = -1;

/** A linear address: [base] + ([index] << shift) + displacement. */
export interface Address {
  base: number;
  index: number;
  shift: number;
  displacement: number;
}

/** 0, 1, 2 for 1, 2, 4 bytes: the place in a family of micro-ops. */
export function sizeIndex(bytes: number): number {
  return bytes >> 1;
}

/** Address of a register operand. */
export function registerAddress(operand: RegisterOperand): number {
  if (operand.class === "r8")
    return operand.index < 4 ? REGISTERS + operand.index * 4 : REGISTERS + operand.index * 4 - 15;
  if (operand.class === "sreg") return segmentAddress(operand.index);
  if (operand.class === "xmm") return XMM_REGISTERS + operand.index * 16;
  if (operand.class === "mm") return FPU_REGISTERS + operand.index * 16;
  return REGISTERS + operand.index * 4;
}

/** Address of a segment register's selector. */
export function segmentAddress(index: number): number {
  return SEGMENTS + index * SEGMENT_BYTES;
}

/** Bytes of an operand's data. */
export function operandBytes(operand: Operand): number {
  switch (operand.kind) {
    case "register":
      return operand.class === "r8" ? 1 : operand.class === "r16" || operand.class === "sreg" ? 2 : 4;
    case "memory":
    case "immediate":
    case "relative":
    case "far":
      return operand.size;
  }
}

export class Context {
  /** Where the next record goes. */
  at = 0;
  /** The instruction ends its block: control does not fall into the next record. */
  ended = false;
  /** Something that blocks depend on may have changed: leave the block after this instruction. */
  leave = false;
  private index = 0;
  private bounds = 0;
  private flat = 0;
  code32 = false;

  constructor(private readonly words: Int32Array) {}

  startBlock(at: number, mode: number): void {
    this.at = at;
    this.code32 = (mode & MODE_CODE32) !== 0;
    this.flat =
      (mode & MODE_STACK_FLAT ? 1 << SS : 0) |
      (mode & MODE_DS_FLAT ? 1 << DS : 0) |
      (mode & MODE_ES_FLAT ? 1 << ES : 0);
  }

  /** `start` and `after` are offsets from the start of the block. */
  startInstruction(index: number, start: number, after: number): void {
    this.index = index << 16;
    this.bounds = start | (after << 16);
    this.ended = false;
    this.leave = false;
  }

  get stackFlat(): boolean {
    return (this.flat & (1 << SS)) !== 0;
  }

  /** Offset of the next instruction from the start of the block. */
  get after(): number {
    return this.bounds >>> 16;
  }

  /** Writes a record. `a` and `b` may be OWN_IMMEDIATE. */
  emit(op: Op, destination: number, a = ZERO, b = ZERO, immediate = 0, misc = 0, extra = 0): void {
    const { words, at } = this;
    const word = at >> 2;
    words[word] = op | this.index | (misc << 24);
    words[word + 1] = destination;
    words[word + 2] = a === OWN_IMMEDIATE ? at + IMMEDIATE : a;
    words[word + 3] = b === OWN_IMMEDIATE ? at + IMMEDIATE : b;
    words[word + 4] = immediate;
    words[word + 5] = 0;
    words[word + 6] = this.bounds;
    words[word + 7] = extra;
    this.at = at + RECORD;
  }

  /** A far transfer: selector and offset as addresses, or as constants in the record itself. */
  emitFar(op: Op, misc: number, selector: number, offset: number, constant: boolean): void {
    const at = this.at;
    if (!constant) {
      this.emit(op, 0, selector, ZERO, 0, misc, offset);
      return;
    }
    this.emit(op, 0, OWN_IMMEDIATE, ZERO, selector, misc, at + LINK);
    this.words[(at + LINK) >> 2] = offset;
  }

  /** #vector at this instruction, which ends the block. */
  raise(vector: number, withError: boolean): void {
    this.emit(Op.RAISE, 0, ZERO, ZERO, vector, 0, withError ? 1 : 0);
    this.ended = true;
  }

  private isFlat(segment: number): boolean {
    return ((this.flat >> segment) & 1) !== 0;
  }

  /** The linear address of a memory operand, checked against its segment for `size` bytes. */
  address(operand: MemoryOperand, size: number, write: boolean, displacement = operand.displacement): Address {
    const base = operand.base < 0 ? ZERO : REGISTERS + operand.base * 4;
    const index = operand.index < 0 ? ZERO : REGISTERS + operand.index * 4;
    return this.linear(operand, base, index, Math.log2(operand.scale), displacement, size, write);
  }

  /** As `address`, with `extraIndex` (an address) added: bit strings and XLAT. */
  addressPlus(operand: MemoryOperand, extraIndex: number, size: number, write: boolean): Address {
    const base = operand.base < 0 ? ZERO : REGISTERS + operand.base * 4;
    const index = operand.index < 0 ? ZERO : REGISTERS + operand.index * 4;
    this.emit(Op.LEA32, T_ADDRESS, base, index, operand.displacement, Math.log2(operand.scale));
    return this.linear(operand, T_ADDRESS, extraIndex, 0, 0, size, write);
  }

  private linear(
    operand: MemoryOperand,
    base: number,
    index: number,
    shift: number,
    displacement: number,
    size: number,
    write: boolean,
  ): Address {
    const address16 = operand.addressSize === 16;
    if (this.isFlat(operand.segment)) {
      if (!address16) return { base, index, shift, displacement };
      this.emit(Op.LEA16, T_LINEAR, base, index, displacement, shift);
    } else {
      const extra = operand.segment | (write ? 0x1000 : 0) | (address16 ? 0x2000 : 0) | (size << 16);
      this.emit(Op.LINEAR, T_LINEAR, base, index, displacement, shift, extra);
    }
    return { base: T_LINEAR, index: ZERO, shift: 0, displacement: 0 };
  }

  /** The effective address (no segment) into `destination`. */
  effective(operand: MemoryOperand, destination: number): void {
    const base = operand.base < 0 ? ZERO : REGISTERS + operand.base * 4;
    const index = operand.index < 0 ? ZERO : REGISTERS + operand.index * 4;
    const op = operand.addressSize === 16 ? Op.LEA16 : Op.LEA32;
    this.emit(op, destination, base, index, operand.displacement, Math.log2(operand.scale));
  }

  /** The address of a word that holds the operand's linear address. */
  linearWord(operand: MemoryOperand, size: number, write: boolean): number {
    const address = this.address(operand, size, write);
    if (address.base === T_LINEAR) return T_LINEAR;
    this.emit(Op.LEA32, T_LINEAR, address.base, address.index, address.displacement, address.shift);
    return T_LINEAR;
  }

  /** As `address`, but computed now: registers of the operand may change before it is used. */
  fixedAddress(operand: MemoryOperand, size: number, write: boolean): Address {
    return { base: this.linearWord(operand, size, write), index: ZERO, shift: 0, displacement: 0 };
  }

  load(destination: number, address: Address, size: number, offset = 0): void {
    const displacement = (address.displacement + offset) | 0;
    this.emit(Op.LOAD8 + sizeIndex(size), destination, address.base, address.index, displacement, address.shift);
  }

  loadModify(destination: number, address: Address, size: number): void {
    const op = Op.LOAD_MODIFY8 + sizeIndex(size);
    this.emit(op, destination, address.base, address.index, address.displacement, address.shift);
  }

  store(value: number, address: Address, size: number): void {
    this.emit(Op.STORE8 + sizeIndex(size), value, address.base, address.index, address.displacement, address.shift);
  }

  /** The address of an operand's value to read; memory is loaded into `temporary`. Not for immediates. */
  read(operand: Operand, temporary: number): number {
    if (operand.kind === "register") return registerAddress(operand);
    if (operand.kind === "memory") {
      this.load(temporary, this.address(operand, operand.size, false), operand.size);
      return temporary;
    }
    throw new TypeError(`lift: a ${operand.kind} operand has no address`);
  }

  /** Writes the value at `from` to an operand. */
  write(operand: Operand, from: number): void {
    if (operand.kind === "register") this.move(registerAddress(operand), from, operandBytes(operand));
    else if (operand.kind === "memory") this.store(from, this.address(operand, operand.size, true), operand.size);
    else throw new TypeError(`lift: a ${operand.kind} operand can't be written`);
  }

  move(to: number, from: number, size: number): void {
    this.emit(Op.MOV8 + sizeIndex(size), to, from);
  }

  /**
   * Read, change, write: calls `change` with the address of the value to change in place.
   * Memory is checked for writing before it is read, so that nothing is half done when it faults.
   */
  modify(operand: Operand, change: (place: number) => void): void {
    if (operand.kind === "register") {
      change(registerAddress(operand));
      return;
    }
    if (operand.kind !== "memory") throw new TypeError(`lift: a ${operand.kind} operand can't be changed`);
    const address = this.address(operand, operand.size, true);
    this.loadModify(T0, address, operand.size);
    change(T0);
    this.store(T0, address, operand.size);
  }
}

/** Emits the records of one instruction. */
export type Lift = (context: Context, instruction: Instruction) => void;
