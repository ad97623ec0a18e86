// Instruction to machine code: picks the shortest form of the table that fits the operands, as GNU as does.
// Source: Intel SDM, volume 2, chapter 2.

import { BASES_16, dataBytes, defaultSegment, INDEXES_16, operandClass } from "./decode.ts";
import type { Form, MemoryOperand, Operand, OperandSpec } from "./instruction.ts";
import { formsOf } from "./table.ts";

export interface EncodeOptions {
  /** Default operand and address size of the code. */
  bits: 16 | 32;
  lock?: boolean;
  repeat?: "rep" | "repne";
  /** For a relative operand with a fixup: which displacement size to take (near by default; `loop` and `jcxz` are always short). */
  jump?: "short" | "near";
  /** Operand size where the operands do not show it (`retw`, `pushl $1`, `lgdtl`). */
  operandSize?: 16 | 32;
  /** Which forms may be chosen; all when absent. */
  accept?: (form: Form) => boolean;
}

/** A place in the encoding that a symbol's address completes. */
export interface Fixup {
  /** Byte offset from the start of the instruction. */
  offset: number;
  size: 1 | 2 | 4;
  /** absolute: symbol + addend. relative: symbol + addend − address of the field. */
  kind: "absolute" | "relative";
  /** Index of the operand it belongs to. */
  operand: number;
  symbol: unknown;
  addend: number;
}

export interface Encoded {
  bytes: Uint8Array;
  fixups: Fixup[];
  form: Form;
}

/** No form of the instruction takes these operands. */
export class EncodeError extends Error {
  override name = "EncodeError";
}

/**
 * Encodes one instruction.
 * @param mnemonic Intel name or alias, without a size suffix
 * @param operands destination first; a memory operand of size 0 takes the size of the register beside it
 * @throws EncodeError when the mnemonic is unknown or nothing fits
 */
export function encode(mnemonic: string, operands: readonly Operand[], options: EncodeOptions): Encoded {
  const forms = formsOf(mnemonic);
  if (forms.length === 0) throw new EncodeError(`unknown instruction "${mnemonic}"`);
  let best: Encoded | undefined;
  for (const form of forms) {
    if (form.decodeOnly || form.operands.length !== operands.length) continue;
    if (options.accept && !options.accept(form)) continue;
    const operandSize = matchForm(form, operands, options);
    if (operandSize === 0) continue;
    const encoded = emit(form, operands, operandSize, options);
    if (encoded && (best === undefined || encoded.bytes.length < best.bytes.length)) best = encoded;
  }
  if (best === undefined) throw new EncodeError(`no form of "${mnemonic}" takes these operands`);
  return best;
}

/** The operand size with which the form takes the operands, or 0 when it does not. */
function matchForm(form: Form, operands: readonly Operand[], options: EncodeOptions): 0 | 16 | 32 {
  let size: 0 | 16 | 32 = form.onlyOperandSize !== 0 ? form.onlyOperandSize : (options.operandSize ?? 0);
  const registerShows = form.operands.some(
    (spec, i) => spec.registers !== "general" || ("vb".includes(spec.size) && isSized(operands[i])),
  );
  for (let i = 0; i < operands.length; i++) {
    const spec = form.operands[i];
    const operand = operands[i];
    if (spec.size === "v" || (spec.size === "p" && operand.kind === "memory" && operand.size !== 0)) {
      const shown = shownSize(spec, operand);
      if (shown === 0) continue;
      if (size !== 0 && size !== shown) return 0;
      size = shown;
    }
  }
  const operandSize = size === 0 ? options.bits : size;
  for (let i = 0; i < operands.length; i++) {
    if (!matches(form.operands[i], operands[i], operandSize, registerShows, options)) return 0;
  }
  return operandSize;
}

/** Whether an operand shows its size by itself: a general register, or memory with a size. */
function isSized(operand: Operand): boolean {
  return (
    (operand.kind === "register" && operand.class.startsWith("r")) || (operand.kind === "memory" && operand.size !== 0)
  );
}

function shownSize(spec: OperandSpec, operand: Operand): 0 | 16 | 32 {
  if (operand.kind === "register") return operand.class === "r16" ? 16 : operand.class === "r32" ? 32 : 0;
  if (operand.kind !== "memory") return 0;
  if (spec.size === "p") return operand.size === 4 ? 16 : operand.size === 6 ? 32 : 0;
  return operand.size === 2 ? 16 : operand.size === 4 ? 32 : 0;
}

function matches(
  spec: OperandSpec,
  operand: Operand,
  operandSize: 16 | 32,
  sizeIsShown: boolean,
  options: EncodeOptions,
): boolean {
  const size = dataBytes(spec.size, operandSize);
  switch (spec.place) {
    case "rm": {
      const shown = sizeIsShown || spec.registers !== "general" || options.operandSize !== undefined;
      return isRegister(operand, spec, size) || isMemory(operand, size, shown);
    }
    case "rmMemory":
      return operand.kind === "memory" && (size === 0 || operand.size === 0 || operand.size === size);
    case "rmRegister":
    case "reg":
    case "opcode":
      return isRegister(operand, spec, size);
    case "sreg":
    case "cr":
    case "dr":
    case "tr":
      return operand.kind === "register" && operand.class === spec.place;
    case "fixed":
      return isRegister(operand, spec, size) && operand.kind === "register" && operand.index === spec.register;
    case "fixedSreg":
      return operand.kind === "register" && operand.class === "sreg" && operand.index === spec.register;
    case "one":
      return operand.kind === "immediate" && operand.fixup === undefined && operand.value === 1;
    case "immediate":
      return operand.kind === "immediate" && immediateFits(spec, operand, operandSize);
    case "relative":
      return operand.kind === "relative" && relativeFits(spec, operand, operandSize, options);
    case "far":
      return operand.kind === "far";
    case "moffs":
      return isMemory(operand, size, true) && operand.kind === "memory" && operand.base < 0 && operand.index < 0;
    case "source":
      return isMemory(operand, size, true) && isString(operand, 6);
    case "destination":
      return isMemory(operand, size, true) && isString(operand, 7) && (operand as MemoryOperand).segment === 0;
    case "xlat":
      return operand.kind === "memory" && isString(operand, 3);
  }
}

function isRegister(operand: Operand, spec: OperandSpec, bytes: number): boolean {
  return operand.kind === "register" && operand.class === operandClass(spec, bytes);
}

function isMemory(operand: Operand, bytes: number, sizeIsShown: boolean): boolean {
  return operand.kind === "memory" && (operand.size === bytes || bytes === 0 || (operand.size === 0 && sizeIsShown));
}

function isString(operand: Operand, register: number): boolean {
  return operand.kind === "memory" && operand.base === register && operand.index < 0 && operand.displacement === 0;
}

function immediateFits(spec: OperandSpec, operand: { value: number; fixup?: unknown }, operandSize: 16 | 32): boolean {
  if (spec.signExtended) {
    if (operand.fixup !== undefined) return false;
    const value = operandSize === 16 ? (operand.value << 16) >> 16 : operand.value | 0;
    const inRange = operandSize === 32 || (operand.value >= -0x8000 && operand.value <= 0xffff);
    return inRange && value >= -128 && value <= 127;
  }
  if (operand.fixup !== undefined) return true;
  switch (dataBytes(spec.size, operandSize)) {
    case 1:
      return operand.value >= -0x80 && operand.value <= 0xff;
    case 2:
      return operand.value >= -0x8000 && operand.value <= 0xffff;
    default:
      return operand.value >= -0x80000000 && operand.value <= 0xffffffff;
  }
}

function relativeFits(
  spec: OperandSpec,
  operand: { value: number; fixup?: unknown },
  operandSize: 16 | 32,
  options: EncodeOptions,
): boolean {
  const size = dataBytes(spec.size, operandSize);
  if (options.jump !== undefined) return size === 1 ? options.jump === "short" : options.jump === "near";
  if (operand.fixup !== undefined) return true;
  return size === 1 ? operand.value >= -128 && operand.value <= 127 : size === 4 || Math.abs(operand.value) <= 0xffff;
}

const SEGMENT_PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];

/** Collects the bytes of one instruction and the fixups among them. */
class Emitter {
  readonly bytes: number[] = [];
  readonly fixups: Fixup[] = [];

  put(value: number, size: number): void {
    for (let i = 0; i < size; i++) this.bytes.push((value >> (8 * i)) & 0xff);
  }

  putFixed(value: number, size: number, kind: Fixup["kind"], operand: number, symbol: unknown): void {
    if (symbol === undefined) {
      this.put(value, size);
      return;
    }
    this.fixups.push({ offset: this.bytes.length, size: size as 1 | 2 | 4, kind, operand, symbol, addend: value });
    this.put(0, size);
  }
}

function emit(
  form: Form,
  operands: readonly Operand[],
  operandSize: 16 | 32,
  options: EncodeOptions,
): Encoded | undefined {
  const out = new Emitter();
  const memory = operands.find((o): o is MemoryOperand => o.kind === "memory");
  const implicit = form.operands.some((o) => o.place === "source" || o.place === "destination" || o.place === "xlat");
  if (options.lock && !form.lockable) return undefined;
  // The order is GNU as's: WAIT, segment, address size, operand size, repeat, LOCK.
  if (form.wait) out.put(0x9b, 1);
  const overridable = operands.find(
    (o, i): o is MemoryOperand => o.kind === "memory" && form.operands[i].place !== "destination",
  );
  if (overridable) {
    const usual = implicit || overridable.base < 0 ? 3 : defaultSegment(overridable.base, overridable.addressSize);
    if (overridable.segment !== usual) out.put(SEGMENT_PREFIXES[overridable.segment], 1);
  }
  const addressSize = form.onlyAddressSize !== 0 ? form.onlyAddressSize : (memory?.addressSize ?? options.bits);
  if (addressSize !== options.bits) out.put(0x67, 1);
  if (form.prefix === "66" || (form.sized && operandSize !== options.bits)) out.put(0x66, 1);
  if (options.repeat) out.put(options.repeat === "rep" ? 0xf3 : 0xf2, 1);
  else if (form.prefix === "f3" || form.prefix === "f2") out.put(form.prefix === "f3" ? 0xf3 : 0xf2, 1);
  if (options.lock) out.put(0xf0, 1);

  const opcode = [...form.opcode];
  let reg = Math.max(form.digit, 0);
  let rm: Operand | undefined;
  let rmAt = -1;
  form.operands.forEach((spec, i) => {
    const operand = operands[i];
    if (spec.place === "opcode" && operand.kind === "register") opcode[opcode.length - 1] += operand.index;
    else if (spec.place.startsWith("rm")) {
      rm = operand;
      rmAt = i;
    } else if (form.modrm && operand.kind === "register" && ["reg", "sreg", "cr", "dr", "tr"].includes(spec.place)) {
      reg = operand.index;
    }
  });
  for (const byte of opcode) out.put(byte, 1);
  if (form.modrmByte >= 0) out.put(form.modrmByte, 1);
  else if (form.modrm && rm?.kind === "register") out.put(0xc0 | (reg << 3) | rm.index, 1);
  else if (form.modrm && rm?.kind === "memory" && !emitMemory(out, rm, reg, rmAt)) return undefined;

  form.operands.forEach((spec, i) => {
    const operand = operands[i];
    const size = dataBytes(spec.size, operandSize);
    if (spec.place === "immediate" && operand.kind === "immediate") {
      out.putFixed(operand.value, size, "absolute", i, operand.fixup);
    } else if (spec.place === "relative" && operand.kind === "relative") {
      out.putFixed(operand.value, size, "relative", i, operand.fixup);
    } else if (spec.place === "moffs" && operand.kind === "memory") {
      out.putFixed(operand.displacement, operand.addressSize / 8, "absolute", i, operand.fixup);
    } else if (spec.place === "far" && operand.kind === "far") {
      out.putFixed(operand.offset, operandSize / 8, "absolute", i, operand.fixup);
      out.putFixed(operand.selector, 2, "absolute", i, operand.selectorFixup);
    }
  });
  if (form.suffix >= 0) out.put(form.suffix, 1);
  // A relative field counts from the end of the instruction, a fixup from the field itself.
  for (const fixup of out.fixups) if (fixup.kind === "relative") fixup.addend -= out.bytes.length - fixup.offset;
  return { bytes: Uint8Array.from(out.bytes), fixups: out.fixups, form };
}

/** ModRM, SIB and displacement; false when the registers cannot form an address of that size. */
function emitMemory(out: Emitter, memory: MemoryOperand, reg: number, operand: number): boolean {
  return memory.addressSize === 16 ? emitMemory16(out, memory, reg, operand) : emitMemory32(out, memory, reg, operand);
}

function emitMemory16(out: Emitter, memory: MemoryOperand, reg: number, operand: number): boolean {
  const displacement = (memory.displacement << 16) >> 16;
  if (memory.base < 0 && memory.index < 0) {
    out.put((reg << 3) | 6, 1);
    out.putFixed(displacement, 2, "absolute", operand, memory.fixup);
    return true;
  }
  const rm = BASES_16.findIndex(
    (base, i) =>
      (base === memory.base && INDEXES_16[i] === memory.index) ||
      (INDEXES_16[i] >= 0 && base === memory.index && INDEXES_16[i] === memory.base),
  );
  if (rm < 0 || memory.scale !== 1) return false;
  const mod = displacementMode(displacement, memory.fixup, rm === 6 || memory.displacementSize === 1);
  out.put((mod << 6) | (reg << 3) | rm, 1);
  if (mod !== 0) out.putFixed(displacement, mod === 1 ? 1 : 2, "absolute", operand, memory.fixup);
  return true;
}

function emitMemory32(out: Emitter, memory: MemoryOperand, reg: number, operand: number): boolean {
  const { base, index, displacement, fixup } = memory;
  if (index === 4) return false;
  const scale = [1, 2, 4, 8].indexOf(memory.scale);
  if (base < 0) {
    out.put((reg << 3) | (index < 0 ? 5 : 4), 1);
    if (index >= 0) out.put((scale << 6) | (index << 3) | 5, 1);
    out.putFixed(displacement, 4, "absolute", operand, fixup);
    return true;
  }
  const mod = displacementMode(displacement, fixup, base === 5 || memory.displacementSize === 1);
  const sib = index >= 0 || base === 4;
  out.put((mod << 6) | (reg << 3) | (sib ? 4 : base), 1);
  if (sib) out.put((scale << 6) | ((index < 0 ? 4 : index) << 3) | base, 1);
  if (mod !== 0) out.putFixed(displacement, mod === 1 ? 1 : 4, "absolute", operand, fixup);
  return true;
}

/** mod field: 0 no displacement, 1 a byte, 2 full size. `needed`: there must be one (the base register has no form without). */
function displacementMode(displacement: number, fixup: unknown, needed: boolean): 0 | 1 | 2 {
  if (fixup !== undefined) return 2;
  if (displacement === 0 && !needed) return 0;
  return displacement >= -128 && displacement <= 127 ? 1 : 2;
}
