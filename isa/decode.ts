// Machine code to instruction: prefixes, opcode, ModRM, SIB, displacement, immediate, guided by the table alone.
// Source: Intel SDM, volume 2, chapter 2.

import type { Form, MemoryOperand, Operand, OperandSpec, RegisterClass, SizeCode } from "./instruction.ts";
import {
  ADDRESS_16,
  BY_SUFFIX,
  IGNORES_MOD,
  NO_FORM,
  OPERAND_16,
  PREFIX_66,
  PREFIX_F2,
  PREFIX_F3,
  SELECTORS,
} from "./select.ts";
import { FORMS } from "./table.ts";

export interface Instruction {
  form: Form;
  /** Bytes, prefixes included. */
  length: number;
  operandSize: 16 | 32;
  addressSize: 16 | 32;
  lock: boolean;
  /** The F3 or F2 prefix, as given (an instruction without `form.repeat` ignores it). */
  repeat: "" | "rep" | "repne";
  /** Segment register number of an override prefix, else -1. */
  segmentOverride: number;
  operands: Operand[];
  /** The prefixes in the order given, mandatory and meaningless ones included. */
  prefixes: readonly number[];
  /** The encoding's last opcode byte, its ModRM and SIB bytes (-1 for none), and the bytes of its displacement. */
  opcode: number;
  modrm: number;
  sib: number;
  displacementSize: number;
}

export interface DecodeFailure {
  /** No such instruction (#UD), bytes missing at the end of the input, or more than 15 bytes (#GP). */
  failure: "invalid" | "truncated" | "too long";
}

const MAX_LENGTH = 15;
const NO_PREFIXES: readonly number[] = [];
const DS = 3;
const SS = 2;
const CS = 1;
const ES = 0;
/** The others raise #UD. */
const CONTROL_REGISTERS = [0, 2, 3, 4];

class Truncated extends Error {}
const TRUNCATED = new Truncated("truncated");

class Reader {
  /** The SIB byte of the instruction, -1 for none, and the bytes of its displacement. */
  sib = -1;
  displacementSize = 0;

  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {}
  peek8(): number {
    if (this.at >= this.bytes.length) throw TRUNCATED;
    return this.bytes[this.at];
  }
  u8(): number {
    const value = this.peek8();
    this.at++;
    return value;
  }
  s8(): number {
    return (this.u8() << 24) >> 24;
  }
  u16(): number {
    const low = this.u8();
    return low | (this.u8() << 8);
  }
  s16(): number {
    return (this.u16() << 16) >> 16;
  }
  s32(): number {
    const low = this.u16();
    return low | (this.u16() << 16);
  }
}

/**
 * Decodes the instruction at `offset`.
 * @param bits default operand and address size of the code segment
 * @returns the instruction, or why there is none; never throws on any bytes
 */
export function decode(bytes: Uint8Array, offset: number, bits: 16 | 32): Instruction | DecodeFailure {
  try {
    const instruction = decodeAt(new Reader(bytes, offset), offset, bits);
    if (instruction === undefined) return { failure: "invalid" };
    return instruction.length > MAX_LENGTH ? { failure: "too long" } : instruction;
  } catch (error) {
    if (error !== TRUNCATED) throw error;
    return { failure: bytes.length - offset >= MAX_LENGTH ? "too long" : "truncated" };
  }
}

function decodeAt(reader: Reader, start: number, bits: 16 | 32): Instruction | undefined {
  let operandSize = bits;
  let addressSize = bits;
  let lock = false;
  let repeat: Instruction["repeat"] = "";
  let segmentOverride = -1;
  let opcode = reader.u8();
  let prefix = 0;
  let prefixes = NO_PREFIXES;
  while (IS_PREFIX[opcode]) {
    if (reader.at - start > MAX_LENGTH) throw TRUNCATED;
    prefixes = [...prefixes, opcode];
    switch (opcode) {
      case 0x64:
      case 0x65:
        segmentOverride = opcode - 0x60;
        break;
      case 0x66:
        operandSize = bits === 32 ? 16 : 32;
        if (prefix === 0) prefix = PREFIX_66;
        break;
      case 0x67:
        addressSize = bits === 32 ? 16 : 32;
        break;
      case 0xf0:
        lock = true;
        break;
      case 0xf2:
        repeat = "repne";
        prefix = PREFIX_F2;
        break;
      case 0xf3:
        repeat = "rep";
        prefix = PREFIX_F3;
        break;
      default:
        segmentOverride = (opcode - 0x26) >> 3;
        break;
    }
    opcode = reader.u8();
  }
  let index = opcode;
  if (opcode === 0x0f) {
    opcode = reader.u8();
    index = 256 + opcode;
    if (opcode === 0x38 || opcode === 0x3a) {
      index = opcode === 0x38 ? 512 : 768;
      opcode = reader.u8();
      index += opcode;
    }
  }
  const key = prefix | (operandSize === 16 ? OPERAND_16 : 0) | (addressSize === 16 ? ADDRESS_16 : 0);
  const selector = SELECTORS[index];
  if (selector === undefined) return undefined;
  const id = selector.select(key, selector.byModrm ? reader.peek8() : 0);
  if (id === NO_FORM) return undefined;
  let form = FORMS[id];

  let modrm = -1;
  let memory: MemoryOperand | undefined;
  if (form.modrm) {
    modrm = reader.u8();
    if (modrm < 0xc0 && !IGNORES_MOD[id]) memory = decodeMemory(reader, modrm, addressSize, segmentOverride);
  }
  const operands: Operand[] = [];
  // CS is loaded by far transfers only.
  if (form.operands[0]?.place === "sreg" && ((modrm >> 3) & 7) === CS) return undefined;
  for (const spec of form.operands) {
    const operand = decodeOperand(reader, spec, operandSize, addressSize, opcode, modrm, memory, segmentOverride);
    if (operand === undefined) return undefined;
    operands.push(operand);
  }
  if (form.suffix >= 0) {
    const suffixed = BY_SUFFIX.get(reader.u8());
    if (suffixed === undefined) return undefined;
    form = suffixed;
  }
  // With LOCK the destination must be memory; XCHG has its memory operand in either place.
  if (lock && !(form.lockable && memory !== undefined)) return undefined;
  const { sib, displacementSize } = reader;
  return {
    form,
    length: reader.at - start,
    operandSize,
    addressSize,
    lock,
    repeat,
    segmentOverride,
    operands,
    prefixes,
    opcode,
    modrm,
    sib,
    displacementSize,
  };
}

/** Whether a byte is a prefix. */
export const IS_PREFIX: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3].includes(byte),
);

/** Bytes of data for a size code. */
export function dataBytes(size: SizeCode, operandSize: 16 | 32): number {
  switch (size) {
    case "b":
      return 1;
    case "w":
      return 2;
    case "d":
      return 4;
    case "v":
    case "z":
      return operandSize / 8;
    case "p":
      return 2 + operandSize / 8;
    case "a":
      return operandSize / 4;
    case "s":
      return 6;
    case "q":
      return 8;
    case "t":
      return 10;
    case "o":
      return 16;
    case "n":
      return 0;
  }
}

/** The class of an operand's registers, given the bytes of its data. */
export function operandClass(spec: OperandSpec, bytes: number): RegisterClass {
  return spec.registers === "general" ? registerClass(bytes) : spec.registers;
}

/** The class of general register that holds so many bytes. */
export function registerClass(bytes: number): "r8" | "r16" | "r32" {
  return bytes === 1 ? "r8" : bytes === 2 ? "r16" : "r32";
}

function decodeOperand(
  reader: Reader,
  spec: OperandSpec,
  operandSize: 16 | 32,
  addressSize: 16 | 32,
  opcode: number,
  modrm: number,
  memory: MemoryOperand | undefined,
  segmentOverride: number,
): Operand | undefined {
  const size = dataBytes(spec.size, operandSize);
  const segment = segmentOverride >= 0 ? segmentOverride : DS;
  switch (spec.place) {
    case "rm":
    case "rmMemory":
    case "rmRegister":
      if (memory) {
        memory.size = size;
        return memory;
      }
      return register(operandClass(spec, size), modrm & 7);
    case "reg":
      return register(operandClass(spec, size), (modrm >> 3) & 7);
    case "sreg": {
      const index = (modrm >> 3) & 7;
      return index <= 5 ? register("sreg", index) : undefined;
    }
    case "cr": {
      const index = (modrm >> 3) & 7;
      return CONTROL_REGISTERS.includes(index) ? register("cr", index) : undefined;
    }
    case "dr":
    case "tr":
      return register(spec.place, (modrm >> 3) & 7);
    case "opcode":
      return register(registerClass(size), opcode & 7);
    case "fixed":
      return register(operandClass(spec, size), spec.register);
    case "fixedSreg":
      return register("sreg", spec.register);
    case "one":
      return { kind: "immediate", value: 1, size: 1 };
    case "immediate":
      if (spec.signExtended) return { kind: "immediate", value: reader.s8(), size: operandSize / 8 };
      return { kind: "immediate", value: signedImmediate(reader, size), size };
    case "relative":
      return { kind: "relative", value: signedImmediate(reader, size), size };
    case "far": {
      const offset = operandSize === 32 ? reader.s32() : reader.u16();
      return { kind: "far", offset, selector: reader.u16(), size: operandSize / 8 };
    }
    case "moffs": {
      const displacement = addressSize === 32 ? reader.s32() : reader.s16();
      return memoryOperand(size, addressSize, -1, -1, 1, displacement, segment);
    }
    case "source":
      return memoryOperand(size, addressSize, 6, -1, 1, 0, segment);
    case "destination":
      return memoryOperand(size, addressSize, 7, -1, 1, 0, ES);
    case "xlat":
      return memoryOperand(size, addressSize, 3, -1, 1, 0, segment);
  }
}

function signedImmediate(reader: Reader, size: number): number {
  return size === 1 ? reader.s8() : size === 2 ? reader.s16() : reader.s32();
}

function register(registerClass: RegisterClass, index: number): Operand {
  return { kind: "register", class: registerClass, index };
}

function memoryOperand(
  size: number,
  addressSize: 16 | 32,
  base: number,
  index: number,
  scale: 1 | 2 | 4 | 8,
  displacement: number,
  segment: number,
): MemoryOperand {
  return { kind: "memory", size, addressSize, base, index, scale, displacement, segment };
}

/** Base and index of the eight 16-bit address forms: BX+SI, BX+DI, BP+SI, BP+DI, SI, DI, BP, BX. */
export const BASES_16 = [3, 3, 5, 5, 6, 7, 5, 3] as const;
export const INDEXES_16 = [6, 7, 6, 7, -1, -1, -1, -1] as const;
const SCALES = [1, 2, 4, 8] as const;

function decodeMemory(reader: Reader, modrm: number, addressSize: 16 | 32, segmentOverride: number): MemoryOperand {
  const mod = modrm >> 6;
  let rm = modrm & 7;
  let base: number = rm;
  let index = -1;
  let scale: 1 | 2 | 4 | 8 = 1;
  if (addressSize === 16) {
    base = BASES_16[rm];
    index = INDEXES_16[rm];
    if (mod === 0 && rm === 6) base = -1;
  } else {
    if (rm === 4) {
      const sib = reader.u8();
      reader.sib = sib;
      rm = sib & 7;
      base = rm;
      index = ((sib >> 3) & 7) === 4 ? -1 : (sib >> 3) & 7;
      scale = index < 0 ? 1 : SCALES[sib >> 6];
    }
    if (mod === 0 && rm === 5) base = -1;
  }
  let displacement = 0;
  if (mod === 1) {
    displacement = reader.s8();
    reader.displacementSize = 1;
  } else if (mod === 2 || base === -1) {
    displacement = addressSize === 32 ? reader.s32() : reader.s16();
    reader.displacementSize = addressSize / 8;
  }
  const segment = segmentOverride >= 0 ? segmentOverride : defaultSegment(base, addressSize);
  return memoryOperand(0, addressSize, base, index, scale, displacement, segment);
}

/** SS for addresses based on (E)BP or ESP, else DS. */
export function defaultSegment(base: number, addressSize: 16 | 32): number {
  return base === 5 || (base === 4 && addressSize === 32) ? SS : DS;
}
