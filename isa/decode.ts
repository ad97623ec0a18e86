// Machine code to instruction: prefixes, opcode, ModRM, SIB, displacement, immediate, guided by the table alone.
// Source: Intel SDM, volume 2, chapter 2.

import type { Form, MemoryOperand, Operand, OperandSpec, RegisterClass, SizeCode } from "./instruction.ts";
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
}

export interface DecodeFailure {
  /** No such instruction (#UD), bytes missing at the end of the input, or more than 15 bytes (#GP). */
  failure: "invalid" | "truncated" | "too long";
}

const MAX_LENGTH = 15;
const DS = 3;
const SS = 2;
const CS = 1;
const ES = 0;
/** The others raise #UD. */
const CONTROL_REGISTERS = [0, 2, 3, 4];

/** Candidates for each opcode: index is the byte, plus 256 after 0F. */
const CANDIDATES: Form[][] = Array.from({ length: 512 }, () => []);
for (const form of FORMS) {
  if (form.encodeOnly) continue;
  const [first, second] = form.opcode;
  const index = form.opcode.length === 2 ? 256 + second : first;
  const inOpcode = form.operands.some((o) => o.place === "opcode");
  for (let r = 0; r < (inOpcode ? 8 : 1); r++) CANDIDATES[index + r].push(form);
}
// A form that asks for more (a prefix, a whole ModRM byte) is tried first.
for (const forms of CANDIDATES) forms.sort((a, b) => specificity(b) - specificity(a) || a.id - b.id);

function specificity(form: Form): number {
  return (form.mandatoryF3 ? 2 : 0) + (form.modrmByte >= 0 ? 1 : 0);
}

class Truncated extends Error {}
const TRUNCATED = new Truncated("truncated");

class Reader {
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
  let opcode = 0;
  prefixes: for (;;) {
    if (reader.at - start > MAX_LENGTH) throw TRUNCATED;
    opcode = reader.u8();
    switch (opcode) {
      case 0x26:
      case 0x2e:
      case 0x36:
      case 0x3e:
        segmentOverride = (opcode - 0x26) >> 3;
        break;
      case 0x64:
      case 0x65:
        segmentOverride = opcode - 0x60;
        break;
      case 0x66:
        operandSize = bits === 32 ? 16 : 32;
        break;
      case 0x67:
        addressSize = bits === 32 ? 16 : 32;
        break;
      case 0xf0:
        lock = true;
        break;
      case 0xf2:
        repeat = "repne";
        break;
      case 0xf3:
        repeat = "rep";
        break;
      default:
        break prefixes;
    }
  }
  const index = opcode === 0x0f ? 256 + reader.u8() : opcode;
  const form = choose(CANDIDATES[index], reader, operandSize, addressSize, repeat);
  if (form === undefined) return undefined;

  let modrm = -1;
  let memory: MemoryOperand | undefined;
  if (form.modrm) {
    modrm = reader.u8();
    if (modrm < 0xc0 && !IGNORES_MOD.has(form)) memory = decodeMemory(reader, modrm, addressSize, segmentOverride);
  }
  const operands: Operand[] = [];
  // CS is loaded by far transfers only.
  if (form.operands[0]?.place === "sreg" && ((modrm >> 3) & 7) === CS) return undefined;
  for (const spec of form.operands) {
    const operand = decodeOperand(reader, spec, operandSize, addressSize, index, modrm, memory, segmentOverride);
    if (operand === undefined) return undefined;
    operands.push(operand);
  }
  // With LOCK the destination must be memory; XCHG has its memory operand in either place.
  if (lock && !(form.lockable && memory !== undefined)) return undefined;
  return { form, length: reader.at - start, operandSize, addressSize, lock, repeat, segmentOverride, operands };
}

function choose(
  candidates: readonly Form[],
  reader: Reader,
  operandSize: number,
  addressSize: number,
  repeat: string,
): Form | undefined {
  for (const form of candidates) {
    if (form.onlyOperandSize !== 0 && form.onlyOperandSize !== operandSize) continue;
    if (form.onlyAddressSize !== 0 && form.onlyAddressSize !== addressSize) continue;
    if (form.mandatoryF3 && repeat !== "rep") continue;
    if (form.modrm) {
      const modrm = reader.peek8();
      if (form.modrmByte >= 0 && form.modrmByte !== modrm) continue;
      if (form.digit >= 0 && form.digit !== ((modrm >> 3) & 7)) continue;
      if (!fitsMod(form, modrm)) continue;
    }
    return form;
  }
  return undefined;
}

/** Moves to and from control and debug registers take rm as a register whatever mod says. */
const IGNORES_MOD = new Set(FORMS.filter((f) => f.operands.some((o) => o.place === "cr" || o.place === "dr")));

/** Whether the rm operand may be what the mod field says: memory or register. */
function fitsMod(form: Form, modrm: number): boolean {
  if (IGNORES_MOD.has(form)) return true;
  for (const spec of form.operands) {
    if (spec.place === "rmMemory") return modrm < 0xc0;
    if (spec.place === "rmRegister") return modrm >= 0xc0;
  }
  return true;
}

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
    case "n":
      return 0;
  }
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
      return register(registerClass(size), modrm & 7);
    case "reg":
      return register(registerClass(size), (modrm >> 3) & 7);
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
      return register(registerClass(size), spec.register);
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
      rm = sib & 7;
      base = rm;
      index = ((sib >> 3) & 7) === 4 ? -1 : (sib >> 3) & 7;
      scale = index < 0 ? 1 : SCALES[sib >> 6];
    }
    if (mod === 0 && rm === 5) base = -1;
  }
  let displacement = 0;
  if (mod === 1) displacement = reader.s8();
  else if (mod === 2 || base === -1) displacement = addressSize === 32 ? reader.s32() : reader.s16();
  const segment = segmentOverride >= 0 ? segmentOverride : defaultSegment(base, addressSize);
  return memoryOperand(0, addressSize, base, index, scale, displacement, segment);
}

/** SS for addresses based on (E)BP or ESP, else DS. */
export function defaultSegment(base: number, addressSize: 16 | 32): number {
  return base === 5 || (base === 4 && addressSize === 32) ? SS : DS;
}
