// Builds one test case for one form of the instruction table: chooses an encoding and a state in which its memory operands lie in the
// window (or just where they fault).

import { BASES_16, dataBytes, defaultSegment, INDEXES_16 } from "../../isa/decode.ts";
import { type Form, OF } from "../../isa/instruction.ts";
import * as at from "./environment.ts";
import type { Random } from "./random.ts";
import type { TestCase } from "./record.ts";

export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
export const EBX = 3;
export const ESP = 4;
export const EBP = 5;
export const ESI = 6;
export const EDI = 7;

export const ES = 0;
export const CS = 1;
export const SS = 2;
export const DS = 3;
export const FS = 4;
export const GS = 5;

export const STATUS_FLAGS = 0x8d5;
const RESERVED_AND_INTERRUPT = 0x202;
const OVERRIDES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];

/** A memory operand with ModRM: registers and displacement still to be made to point somewhere. */
export interface Address {
  base: number;
  index: number;
  scale: number;
  /** Place and size of the displacement in the code; size 0 for none. */
  displacementAt: number;
  displacementSize: number;
}

export class CaseBuilder {
  readonly code: number[] = [];
  readonly registers: Uint32Array;
  readonly selectors = new Uint16Array(6);
  readonly window: Uint8Array;
  eflags: number;
  readonly operandSize: 16 | 32;
  readonly addressSize: 16 | 32;
  /** Bytes of the stack pointer. */
  readonly stackSize: 16 | 32;
  readonly override: number;
  lock = false;
  /** Offset of the memory operand in its segment, -1 while it has none. */
  pointedOffset = -1;
  /** Registers whose values the case depends on: a later choice must not change them. */
  private readonly fixed = new Set<number>();

  constructor(
    readonly form: Form,
    readonly random: Random,
    /** Default size of the code segment. */
    readonly bits: 16 | 32,
  ) {
    this.window = fillerWindow(random);
    this.operandSize = form.onlyOperandSize !== 0 ? form.onlyOperandSize : form.sized && random.chance(40) ? 16 : 32;
    if (bits === 16 && form.sized && form.onlyOperandSize === 0) this.operandSize = random.chance(60) ? 16 : 32;
    else if (!form.sized) this.operandSize = bits;
    const otherAddressSize = random.chance(20);
    this.addressSize = form.onlyAddressSize !== 0 ? form.onlyAddressSize : otherAddressSize === (bits === 32) ? 16 : 32;
    this.override = random.chance(12) ? random.below(6) : -1;
    this.eflags = RESERVED_AND_INTERRUPT | (random.bits() & STATUS_FLAGS) | (random.chance(10) ? 0x400 : 0);

    // 16-bit addresses reach the window only through a segment that begins at its page.
    const flat = this.addressSize === 32 && bits === 32 && !random.chance(15);
    const data = flat ? at.USER_DATA : bits === 16 || this.addressSize === 16 ? at.DATA_16 : at.DATA_32;
    this.selectors.fill(data);
    this.selectors[CS] = bits === 16 ? at.CODE_16 : at.USER_CODE;
    this.selectors[FS] = 0;
    this.selectors[GS] = 0;
    if (this.override >= FS) this.selectors[this.override] = random.pick([at.DATA_16, at.DATA_32, data]);
    // A segment that ends or begins in the middle of the window now and then, and one that can't be written.
    if (!flat && random.chance(20)) {
      this.selectors[random.pick([ES, DS])] = random.pick([at.DATA_LIMITED, at.DATA_EXPAND_DOWN, at.DATA_READ_ONLY]);
    }
    this.stackSize = data === at.DATA_16 ? 16 : 32;

    const page = flat ? at.DATA_PAGE : 0;
    const offset = page + at.WINDOW_OFFSET;
    this.registers = Uint32Array.of(
      0x1234_5678,
      0x0000_0003,
      0x9abc_def0,
      offset + 0x20,
      offset + 0x80,
      offset + 0xa0,
      offset + 0x40,
      offset + 0x60,
    );
    // What lies above a 16-bit stack pointer must survive.
    if (this.stackSize === 16 && random.chance(20)) this.registers[ESP] |= random.bits() & 0xffff_0000;
  }

  /** Bytes of data of an operand. */
  size(spec: Form["operands"][number]): number {
    return dataBytes(spec.size, this.operandSize);
  }

  get start(): number {
    return this.bits === 16 ? at.CODE_OFFSET : at.CODE_PAGE + at.CODE_OFFSET;
  }

  emitPrefixes(repeat: 0 | 0xf2 | 0xf3): void {
    const prefixes: number[] = [];
    if (repeat !== 0) prefixes.push(repeat);
    if (this.form.prefix === "f3") prefixes.push(0xf3);
    if (this.lock) prefixes.push(0xf0);
    if (this.override >= 0) prefixes.push(OVERRIDES[this.override]);
    if (this.operandSize !== this.bits) prefixes.push(0x66);
    if (this.addressSize !== this.bits) prefixes.push(0x67);
    // Their order does not matter to the processor.
    if (prefixes.length > 1 && this.random.chance(30)) prefixes.reverse();
    this.code.push(...prefixes);
  }

  emit(value: number, bytes: number): void {
    for (let i = 0; i < bytes; i++) this.code.push((value >>> (8 * i)) & 0xff);
  }

  /** A ModRM byte for a memory operand with a random addressing mode, and the SIB byte and displacement behind it. */
  emitAddress(reg: number): Address {
    const { random } = this;
    const mod = random.below(3);
    const rm = random.below(8);
    this.emit((mod << 6) | (reg << 3) | rm, 1);
    let base: number = rm;
    let index = -1;
    let scale = 1;
    if (this.addressSize === 16) {
      base = mod === 0 && rm === 6 ? -1 : BASES_16[rm];
      index = base < 0 ? -1 : INDEXES_16[rm];
    } else {
      if (rm === 4) {
        const sib = random.below(256);
        this.emit(sib, 1);
        base = sib & 7;
        index = ((sib >> 3) & 7) === 4 ? -1 : (sib >> 3) & 7;
        scale = 1 << (sib >> 6);
      }
      if (mod === 0 && base === 5) base = -1;
    }
    const whole = this.addressSize / 8;
    const displacementSize = mod === 1 ? 1 : mod === 2 || base < 0 ? whole : 0;
    const displacementAt = this.code.length;
    const value = displacementSize === 1 ? random.between(-128, 127) : random.edge(this.addressSize);
    this.emit(value, displacementSize);
    return { base, index, scale, displacementAt, displacementSize };
  }

  /** The segment register that a memory operand with ModRM goes through. */
  segmentOf(address: Address): number {
    return this.override >= 0 ? this.override : defaultSegment(address.base, this.addressSize);
  }

  /** An offset in the segment whose linear address is `linear`. */
  offsetIn(segment: number, linear: number): number {
    const offset = linear - (at.segmentBase(this.selectors[segment]) ?? 0);
    return this.addressSize === 16 ? offset & 0xffff : offset >>> 0;
  }

  /** A linear address for so many bytes: in the window, or sometimes where the access faults. */
  target(bytes: number, segment: number): number {
    const { random } = this;
    if (random.chance(5)) {
      const crossing = at.DATA_PAGE + at.PAGE_SIZE - random.below(Math.max(bytes, 1));
      const flat = at.segmentBase(this.selectors[segment]) === 0;
      return flat ? random.pick([crossing, at.READ_ONLY_PAGE + random.below(4000), 0x10]) : crossing;
    }
    const last = at.WINDOW_SIZE - Math.max(bytes, 1);
    const offset = random.below(last + 1);
    return at.WINDOW + (random.chance(50) ? offset & -4 & ~(bytes - 1) : offset);
  }

  /** Makes the operand lie somewhere good for so many bytes, unless it has its place already. */
  point(address: Address, bytes: number): void {
    this.pointAt(address, this.target(bytes, this.segmentOf(address)));
  }

  /** Makes the operand lie at a linear address, unless it has its place already. */
  pointAt(address: Address, linear: number): void {
    if (this.pointedOffset >= 0) return;
    const offset = this.offsetIn(this.segmentOf(address), linear);
    this.pointTo(address, offset);
    this.pointedOffset = this.offsetOf(address);
  }

  get isPointed(): boolean {
    return this.pointedOffset >= 0;
  }

  /** The offset that the operand's registers and displacement add up to. */
  private offsetOf(address: Address): number {
    const base = address.base < 0 ? 0 : this.registers[address.base];
    const index = address.index < 0 ? 0 : this.registers[address.index];
    const offset = base + index * address.scale + this.displacement(address);
    return this.addressSize === 16 ? offset & 0xffff : offset >>> 0;
  }

  /** Chooses register values and the displacement so that the operand lies at an offset in its segment (or near, where it can't). */
  private pointTo(address: Address, offset: number): void {
    const { base, index, scale, displacementSize } = address;
    const size = this.addressSize;
    if (base < 0 && index < 0) {
      this.setDisplacement(address, offset);
    } else if (displacementSize === size / 8 && (base < 0 || base === index)) {
      // The displacement takes up what the registers leave.
      const value = this.registerFor(index, () => this.random.edge(size));
      this.setDisplacement(address, offset - value * (base < 0 ? scale : scale + 1));
    } else if (base === index) {
      this.setRegister(base, size, Math.floor((offset - this.displacement(address)) / (scale + 1)));
    } else {
      const value =
        index < 0
          ? 0
          : this.registerFor(index, () => this.random.pick([this.random.below(16), this.random.edge(size)]));
      const rest = offset - Math.imul(value, scale) - this.displacement(address);
      if (!this.fixed.has(base)) this.setRegister(base, size, rest);
      else if (displacementSize === size / 8)
        this.setDisplacement(address, offset - Math.imul(value, scale) - this.registers[base]);
    }
  }

  /** Sets the low bits of a register; in what lies above 16 of them an address must not depend. */
  setRegister(index: number, size: 8 | 16 | 32, value: number): void {
    if (size === 32) this.registers[index] = value;
    else if (size === 16) {
      const above = this.random.chance(50) ? this.registers[index] : this.random.bits();
      this.registers[index] = (above & 0xffff_0000) | (value & 0xffff);
    } else if (index < 4) this.registers[index] = (this.registers[index] & ~0xff) | (value & 0xff);
    else this.registers[index - 4] = (this.registers[index - 4] & ~0xff00) | ((value & 0xff) << 8);
    this.fixed.add(size === 8 ? index & 3 : index);
  }

  /** Gives a register operand a value, unless it already has one that matters. */
  vary(index: number, size: 8 | 16 | 32): void {
    if (!this.fixed.has(size === 8 ? index & 3 : index)) this.setRegister(index, size, this.random.edge(size));
  }

  isFixed(index: number): boolean {
    return this.fixed.has(index);
  }

  /** Writes to the window at an offset in a segment, when it lies there. */
  poke(segment: number, offset: number, value: number, bytes: number): void {
    const linear = ((at.segmentBase(this.selectors[segment]) ?? 0) + offset) >>> 0;
    for (let i = 0; i < bytes; i++) {
      const place = linear - at.WINDOW + i;
      if (place >= 0 && place < at.WINDOW_SIZE) this.window[place] = value >>> (8 * i);
    }
  }

  /** The offset that the stack pointer has. */
  get stackOffset(): number {
    return this.stackSize === 16 ? this.registers[ESP] & 0xffff : this.registers[ESP];
  }

  /** An offset in a code segment where only breakpoints lie, and not in the instruction's own bytes. */
  landing(codeSelector: number): number {
    const { random } = this;
    const offset = random.chance(50) ? random.between(0x10, 0x7f0) : random.between(0x820, 0xff0);
    return codeSelector === at.USER_CODE ? at.CODE_PAGE + offset : offset;
  }

  /** Sets OF or clears it, for the instructions that only look at that. */
  setOverflow(on: boolean): void {
    this.eflags = on ? this.eflags | OF : this.eflags & ~OF;
  }

  finish(): TestCase {
    return {
      code: Uint8Array.from(this.code),
      before: {
        registers: this.registers,
        eip: this.start,
        eflags: this.eflags,
        selectors: this.selectors,
        window: this.window,
      },
    };
  }

  private registerFor(index: number, choose: () => number): number {
    if (!this.fixed.has(index)) this.setRegister(index, this.addressSize, choose());
    return this.addressSize === 16 ? this.registers[index] & 0xffff : this.registers[index];
  }

  private displacement(address: Address): number {
    const { displacementAt: from, displacementSize: bytes } = address;
    let value = 0;
    for (let i = 0; i < bytes; i++) value |= this.code[from + i] << (8 * i);
    return bytes === 1 ? (value << 24) >> 24 : bytes === 2 ? (value << 16) >> 16 : value;
  }

  private setDisplacement(address: Address, value: number): void {
    for (let i = 0; i < address.displacementSize; i++) {
      this.code[address.displacementAt + i] = (value >>> (8 * i)) & 0xff;
    }
  }
}

/** What the window holds where a case does not care: the same in all cases, so that the file stays small. */
export const FILLER: Uint8Array = Uint8Array.from({ length: at.WINDOW_SIZE }, (_, i) => (i * 37 + 11) & 0xff);

function fillerWindow(random: Random): Uint8Array {
  const window = FILLER.slice();
  // A part of it all ones or zeros, for the instructions that look for them.
  if (random.chance(10)) window.fill(random.pick([0, 0xff]), 0x10, random.between(0x20, 0xf0));
  return window;
}
