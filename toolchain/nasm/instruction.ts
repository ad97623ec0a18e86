// One instruction to machine code, as NASM chooses it: isa/encode finds the form, this file says what the operands mean to it and
// puts the prefixes in NASM's order.
// Source: the NASM manual, sections 3.3 (effective addresses), 3.7 (strict) and 2.1.23 (optimisation).

import { defaultSegment } from "../../isa/decode.ts";
import { type Encoded, EncodeError, type EncodeOptions, encode } from "../../isa/encode.ts";
import type { Form, MemoryOperand, Operand } from "../../isa/instruction.ts";
import { formsOf } from "../../isa/table.ts";
import { AssemblerError, type Position } from "../asm/error.ts";
import { mismatch } from "../asm/mismatch.ts";
import { addressRegisters } from "./address.ts";
import { constant, evaluate, isSegment, isSimple, type Scope, type Segment, type Value } from "./expression.ts";
import type { ParsedOperand } from "./operands.ts";
import { isClass, registerBytes } from "./registers.ts";
import { type Instruction, NASM_NAMES } from "./statement.ts";

export interface Fixup {
  /** From the start of the instruction. */
  offset: number;
  size: 1 | 2 | 4;
  kind: "absolute" | "relative";
  value: Value;
  /** Added to the value: of a relative field, minus the bytes from it to the end of the instruction. */
  addend: number;
}

export interface AssembledInstruction {
  bytes: Uint8Array;
  fixups: Fixup[];
}

export interface Place {
  bits: 16 | 32;
  optimise: boolean;
  scope: Scope;
  /** Where the instruction stands; without a segment in `absolute` space. */
  segment: Segment | undefined;
  offset: number;
  warn(position: Position, text: string): void;
}

const REPEATS: Readonly<Record<string, number>> = { rep: 0xf3, repe: 0xf3, repz: 0xf3, repne: 0xf2, repnz: 0xf2 };
const SEGMENTS: Readonly<Record<string, number>> = { es: 0x26, cs: 0x2e, ss: 0x36, ds: 0x3e, fs: 0x64, gs: 0x65 };
const SEGMENT_BYTES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];
const OPERAND_SIZE = 0x66;
const ADDRESS_SIZE = 0x67;
const WAIT = 0x9b;

/** Whether the result can be kept: nothing in it depends on a symbol or on the place. */
export function isFixed(instruction: Instruction): boolean {
  return instruction.operands.every(({ what }) => {
    switch (what.kind) {
      case "register":
        return true;
      case "memory":
        return what.expression.kind === "number";
      default:
        return what.kind === "immediate" && what.expression.kind === "number" && !isBranch(instruction.name);
    }
  });
}

function isBranch(name: string): boolean {
  return formsOf(name).some((form) => form.operands[0]?.place === "relative");
}

/** @throws AssemblerError when the instruction does not take these operands */
export function assembleInstruction(instruction: Instruction, place: Place): AssembledInstruction {
  return new Translation(instruction, place).assemble();
}

class Translation {
  private repeat = 0;
  private lock = false;
  private wait = false;
  private segment = 0;
  private operandSizeByte = false;
  /** o16 or o32 is written: it stands whatever the operands say. */
  private operandSizeSaid = false;
  /** The address that a sign-extended byte takes the low bits of. */
  private byteFixup: Value | undefined;
  private addressSizeByte = false;
  private readonly forms: readonly Form[];
  private readonly mnemonic: string;
  private readonly options: EncodeOptions;

  constructor(
    private readonly instruction: Instruction,
    private readonly place: Place,
  ) {
    this.options = { bits: place.bits };
    this.readPrefixes();
    this.mnemonic = this.tableName();
    this.forms = formsOf(this.mnemonic);
  }

  assemble(): AssembledInstruction {
    const { operands, name } = this.instruction;
    if (name === "") return this.withPrefixes({ bytes: new Uint8Array(0), fixups: [], form: formsOf("nop")[0] });
    const [first] = operands;
    if (operands.length === 1 && first.what.kind === "immediate" && isBranch(this.mnemonic)) return this.branch(first);
    if (/^loop|^jc?e?cxz$/.test(name) && operands.length === 2) return this.countedBranch();
    return this.withPrefixes(this.find(this.operandsForTable()));
  }

  private fail(reason: string, position = this.instruction.position): never {
    throw new AssemblerError(position, reason);
  }

  private readPrefixes(): void {
    for (const prefix of this.instruction.prefixes) {
      if (prefix in REPEATS) this.repeat = REPEATS[prefix];
      else if (prefix in SEGMENTS) this.segment = SEGMENTS[prefix];
      else if (prefix === "lock") this.lock = true;
      else if (prefix === "wait") this.wait = true;
      else if (prefix === "o16" || prefix === "o32") {
        this.operandSizeByte = Number(prefix.slice(1)) !== this.place.bits;
        this.operandSizeSaid = true;
      } else this.addressSizeByte = Number(prefix.slice(1)) !== this.place.bits;
    }
  }

  /** The table's name: names without a size mean the size of the code, and far branches have names of their own. */
  private tableName(): string {
    const { name, operands } = this.instruction;
    if (/^(?:iret|pusha|popa|pushf|popf)$/.test(name)) {
      if (this.place.bits === 16) return name;
      return `${name}d`;
    }
    const [first] = operands;
    if ((name === "jmp" || name === "call") && first && (first.distance === "far" || first.what.kind === "far"))
      return `${name}f`;
    return NASM_NAMES.get(name) ?? name;
  }

  // Branches

  private branch(operand: ParsedOperand): AssembledInstruction {
    if (operand.what.kind !== "immediate") return this.fail("a branch needs a target");
    const target = evaluate(operand.what.expression, this.place.scope);
    if (target.terms.some((term) => !isSegment(term.what)))
      this.fail("a branch can't add to a register", operand.position);
    const relative: Operand = { kind: "relative", value: 0, size: 0, fixup: target };
    if (operand.size === 2 || operand.size === 4) this.options.operandSize = operand.size === 2 ? 16 : 32;
    const sizes = new Set(
      this.forms.map((form) => (form.operands[0]?.place === "relative" ? form.operands[0].size : "")),
    );
    const short = () => this.withPrefixes(this.encode([relative], { ...this.options, jump: "short" }));
    const near = () => this.withPrefixes(this.encode([relative], { ...this.options, jump: "near" }));
    if (!sizes.has("b")) return near();
    if (![...sizes].some((size) => size === "z" || size === "v")) return short();
    if (operand.distance === "short" || operand.size === 1) return short();
    if (operand.distance === "near" || operand.strict) return near();
    // Unasked, NASM without optimisation makes a jump near and a conditional one short.
    if (!this.place.optimise) return this.mnemonic === "jmp" ? near() : short();
    if (target.unknown) return short();
    const attempt = short();
    const [term] = target.terms;
    if (target.terms.length !== 1 || term.what !== this.place.segment || term.factor !== 1) return near();
    const distance = Number(target.constant) - this.place.offset - attempt.bytes.length;
    return distance >= -128 && distance <= 127 ? attempt : near();
  }

  /** `loop label, cx`: the counter says the address size. */
  private countedBranch(): AssembledInstruction {
    const [target, counter] = this.instruction.operands;
    const { what } = counter;
    if (what.kind !== "register" || what.register.index !== 1 || !["r16", "r32"].includes(what.register.class))
      this.fail("the counter must be cx or ecx", counter.position);
    else this.addressSizeByte = (what.register.class === "r16" ? 16 : 32) !== this.place.bits;
    return this.branch(target);
  }

  // Operands

  private operandsForTable(): Operand[] {
    const { operands } = this.instruction;
    const implied = this.impliedOperands();
    if (implied) return implied;
    const table = operands.map((operand) => this.operand(operand));
    if (operands.length === 1 && operands[0].to) table.push({ kind: "register", class: "st", index: 0 });
    const [first, second] = table;
    // A jump through memory reads an address of the code's size.
    if (/^(?:jmp|call)$/.test(this.mnemonic) && first?.kind === "memory" && first.size === 0)
      first.size = (this.options.operandSize ?? this.place.bits) / 8;
    // An immediate's keyword may stand for the memory's.
    const keyword = operands.find(({ what }) => what.kind === "immediate")?.size ?? 0;
    if (first?.kind === "memory" && first.size === 0 && second?.kind === "immediate") first.size = keyword;
    if (this.mnemonic === "xchg" && first?.kind === "register" && second?.kind === "register") table.reverse();
    // Of a segment register's source only 16 bits count, and the wider name costs nothing.
    if (this.mnemonic === "mov" && isClass(first, "sreg") && second?.kind === "register" && second.class === "r32")
      table[1] = { ...second, class: "r16" };
    // Of two ways to write st0 op st0 NASM takes the one with the destination in the opcode.
    if (
      isClass(first, "st") &&
      isClass(second, "st") &&
      [first, second].every((one) => one.kind === "register" && one.index === 0)
    )
      this.options.accept = (form) => form.opcode[0] !== 0xd8;
    const counts = new Set(this.forms.map((form) => form.operands.length));
    if (this.mnemonic === "imul" && table.length === 2 && table[1].kind === "immediate") table.splice(1, 0, table[0]);
    else if ((this.mnemonic === "aam" || this.mnemonic === "aad") && table.length === 0 && counts.has(1))
      table.push({ kind: "immediate", value: 10, size: 1 });
    return table;
  }

  /** String instructions and xlat write no operands; the table has them. */
  private impliedOperands(): Operand[] | undefined {
    if (this.instruction.operands.length > 0) return undefined;
    const form = this.forms.find((candidate) =>
      candidate.operands.some(({ place }) => place === "source" || place === "destination" || place === "xlat"),
    );
    if (!form) return undefined;
    const { bits } = this.place;
    const addressSize = this.addressSizeByte ? (bits === 16 ? 32 : 16) : bits;
    return form.operands.map((spec): Operand => {
      const size = spec.size === "b" || spec.size === "w" ? (spec.size === "b" ? 1 : 2) : form.onlyOperandSize / 8;
      const memory = { kind: "memory", size, addressSize, index: -1, scale: 1, displacement: 0 } as const;
      if (spec.place === "source") return { ...memory, base: 6, segment: 3 };
      if (spec.place === "destination") return { ...memory, base: 7, segment: 0 };
      if (spec.place === "xlat") return { ...memory, base: 3, segment: 3 };
      return { kind: "register", class: size === 1 ? "r8" : size === 2 ? "r16" : "r32", index: spec.register };
    });
  }

  private operand(operand: ParsedOperand): Operand {
    const { what, size } = operand;
    const far = operand.distance === "far";
    switch (what.kind) {
      case "register":
        if (size !== 0 && size !== registerBytes(what.register) && registerBytes(what.register) !== 0)
          this.fail("the size keyword contradicts the register", operand.position);
        return what.register;
      case "memory":
        return this.memory(operand, far ? (size === 0 ? this.place.bits / 8 : size) + 2 : size);
      case "far": {
        if (size === 2 || size === 4) this.options.operandSize = size === 2 ? 16 : 32;
        const selector = this.immediate(what.selector, operand.position);
        const offset = this.immediate(what.offset, operand.position);
        return {
          kind: "far",
          selector: selector.value,
          selectorFixup: selector.fixup,
          offset: offset.value,
          fixup: offset.fixup,
          size: (this.options.operandSize ?? this.place.bits) / 8,
        };
      }
      case "immediate": {
        const { value, fixup } = this.immediate(what.expression, operand.position);
        if (size === 1 && this.restrictToBytes()) {
          this.byteFixup = fixup;
          return { kind: "immediate", value: (value << 24) >> 24, size: 0 };
        }
        // `push dword 5`: where no register or memory shows the size, the immediate's keyword does.
        if (this.mnemonic === "push" && (size === 2 || size === 4)) this.options.operandSize = size === 2 ? 16 : 32;
        const whole = operand.strict || (!this.place.optimise && size !== 1);
        if (whole && fixup === undefined && size !== 1)
          return { kind: "immediate", value: 0, size: 0, fixup: constant(value) };
        return { kind: "immediate", value, size: 0, fixup };
      }
    }
  }

  /** `byte 5` where a whole operand could stand: the form with a sign-extended byte, if there is one. */
  private restrictToBytes(): boolean {
    const sized = this.instruction.operands.some(({ what, size }) => what.kind === "register" || size > 1);
    if (!sized && this.mnemonic !== "push") return false;
    if (!this.forms.some((form) => form.operands.some((spec) => spec.signExtended))) return false;
    this.options.accept = (form) => form.operands.some((spec) => spec.place === "immediate" && spec.size === "b");
    return true;
  }

  private immediate(expression: ParsedExpression, position: Position): { value: number; fixup?: Value } {
    const value = evaluate(expression, this.place.scope);
    if (value.terms.some((term) => !isSegment(term.what)))
      this.fail("a sum with a register belongs in brackets", position);
    if (!isSimple(value)) return { value: 0, fixup: value };
    // What isn't known yet is taken for small: later passes know better.
    if (value.unknown) return { value: 1 };
    return { value: this.dword(value.constant, position) };
  }

  private dword(value: bigint, position: Position): number {
    if (value < -0x80000000n || value > 0xffffffffn)
      this.place.warn(position, `value ${value} does not fit into 32 bits`);
    return Number(BigInt.asIntN(32, value));
  }

  private memory(operand: ParsedOperand, size: number): MemoryOperand {
    const { what, position } = operand;
    if (what.kind !== "memory") return this.fail("an address in memory expected", position);
    const value = evaluate(what.expression, this.place.scope);
    const registers = value.terms.filter((term) => !isSegment(term.what));
    const segments = value.terms.filter((term) => isSegment(term.what));
    const { base, index, scale, bits } = addressRegisters(registers, what.nosplit, value.summed === true, position);
    const turned = this.place.bits === 16 ? 32 : 16;
    const implied = this.addressSizeByte ? turned : this.place.bits;
    const addressSize = bits || (what.displacementSize > 1 ? (what.displacementSize === 2 ? 16 : 32) : implied);
    if (what.segment >= 0) this.segment = SEGMENT_BYTES[what.segment];
    let displacement = this.dword(value.constant, position);
    let fixup: Value | undefined;
    const whole = addressSize / 8;
    if (segments.length > 0 || value.unknown || (what.displacementSize === whole && registers.length > 0)) {
      fixup = { constant: value.constant, terms: segments, unknown: value.unknown };
      displacement = 0;
    } else if (addressSize === 16) {
      if (value.constant < -0x8000n || value.constant > 0xffffn)
        this.place.warn(position, `address ${value.constant} does not fit into 16 bits`);
      displacement = (displacement << 16) >> 16;
    }
    return {
      kind: "memory",
      size,
      addressSize,
      base,
      index,
      scale,
      displacement,
      segment: defaultSegment(base, addressSize),
      displacementSize: what.displacementSize === 1 && registers.length > 0 && fixup === undefined ? 1 : undefined,
      fixup,
    };
  }

  // Encoding

  private encode(operands: readonly Operand[], options = this.options): Encoded {
    return encode(this.mnemonic, operands, options);
  }

  /** Encodes; a number too large for its place is cut off with a warning, as NASM does. */
  private find(operands: Operand[]): Encoded {
    const attempt = (tried: readonly Operand[], options = this.options): Encoded | undefined => {
      try {
        return this.encode(tried, options);
      } catch (error) {
        if (error instanceof EncodeError) return undefined;
        throw error;
      }
    };
    const unsized = operands.findIndex((operand) => operand.kind === "memory" && operand.size === 0);
    // A count in cl says nothing of the size of what is shifted.
    const isShift = operands.length === 2 && this.forms.some((form) => form.operands[1]?.code === "CL");
    if (unsized === 0 && isShift) this.failWithoutSize();
    if (unsized === 0 && operands.length === 1 && this.memorySizes() > 1) this.failWithoutSize();
    if (unsized === 1 && /^mov[sz]x$/.test(this.mnemonic) && isClass(operands[0], "r32")) this.failWithoutSize();
    const found = attempt(operands) ?? attempt(operands, { ...this.options, accept: undefined });
    if (found && /^mov[sz]x$/.test(this.mnemonic) && found.form.operands[1].size === "w" && isClass(operands[0], "r16"))
      this.fail(`'${this.instruction.name}' must make its operand wider`);
    if (found) return found;
    const at = operands.findIndex((operand) => operand.kind === "immediate" && operand.fixup === undefined);
    const number = operands[at];
    if (number?.kind === "immediate") {
      for (const bits of [16, 8]) {
        const value = Number(BigInt.asIntN(bits, BigInt(number.value)));
        const cut = attempt(operands.with(at, { ...number, value }));
        if (!cut) continue;
        this.place.warn(
          this.instruction.operands.at(-1)?.position ?? this.instruction.position,
          `value ${number.value} does not fit into ${bits} bits`,
        );
        return cut;
      }
    }
    const memory = operands[unsized];
    if (memory?.kind === "memory") {
      const fitting = [1, 2, 4, 8, 10].flatMap((size) => attempt(operands.with(unsized, { ...memory, size })) ?? []);
      // Where only one size can be meant, it needs no keyword.
      if (fitting.length === 1) return fitting[0];
      if (fitting.length > 1) this.failWithoutSize();
    }
    return this.fail(`'${this.instruction.name}' ${mismatch(this.forms, operands, this.mnemonic)}`);
  }

  /** How many sizes of memory the forms with one operand take. */
  private memorySizes(): number {
    const memory = this.forms.flatMap(({ operands: [spec, ...more] }) =>
      spec && more.length === 0 && (spec.place === "rm" || spec.place === "rmMemory") ? [spec.size] : [],
    );
    return new Set(memory).size;
  }

  private failWithoutSize(): never {
    return this.fail("the size of the operand is missing: byte, word or dword before the '['");
  }

  /** The prefixes in NASM's order: WAIT, repeat, LOCK, segment, operand size, address size, then those that belong to the opcode. */
  private withPrefixes(encoded: Encoded): AssembledInstruction {
    const mandatory: number[] = [];
    let at = 0;
    for (; at < encoded.bytes.length; at++) {
      const byte = encoded.bytes[at];
      if (byte === ADDRESS_SIZE) this.addressSizeByte = true;
      else if (byte === OPERAND_SIZE && encoded.form.sized) this.operandSizeByte ||= !this.operandSizeSaid;
      else if (byte === OPERAND_SIZE || byte === 0xf2 || byte === 0xf3) mandatory.push(byte);
      else if (byte === WAIT) this.wait = true;
      else break;
    }
    const prefixes: number[] = [];
    if (this.wait) prefixes.push(WAIT);
    if (this.repeat) prefixes.push(this.repeat);
    if (this.lock) prefixes.push(0xf0);
    if (this.segment) prefixes.push(this.segment);
    if (this.operandSizeByte) prefixes.push(OPERAND_SIZE);
    if (this.addressSizeByte) prefixes.push(ADDRESS_SIZE);
    prefixes.push(...mandatory);
    const bytes = new Uint8Array(prefixes.length + encoded.bytes.length - at);
    bytes.set(prefixes);
    bytes.set(encoded.bytes.subarray(at), prefixes.length);
    const fixups: Fixup[] = encoded.fixups.map(({ offset, size, kind, symbol, addend }) => ({
      offset: offset + prefixes.length - at,
      size,
      kind,
      value: symbol as Value,
      addend,
    }));
    if (this.byteFixup)
      fixups.push({ offset: bytes.length - 1, size: 1, kind: "absolute", value: this.byteFixup, addend: 0 });
    return { bytes, fixups };
  }
}

type ParsedExpression = Parameters<typeof evaluate>[0];
