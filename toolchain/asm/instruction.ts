// One AT&T instruction to machine code: prefixes, name and operands are turned into what isa/encode takes.

import { defaultSegment } from "../../isa/decode.ts";
import { type Encoded, EncodeError, type EncodeOptions, encode } from "../../isa/encode.ts";
import type { Form, Operand, OperandSpec } from "../../isa/instruction.ts";
import { formsOf } from "../../isa/table.ts";
import { AssemblerError, type Position } from "./error.ts";
import { constantOf, type Expression, type Names } from "./expression.ts";
import { nasmWord } from "./foreign.ts";
import { fits, isSizing, registerBytes, showsSize } from "./forms.ts";
import { intelMeaning, parseIntelOperands } from "./intel.ts";
import { mismatch } from "./mismatch.ts";
import { INSTRUCTION_NAMES, type Meaning, meaningOf, type Size } from "./mnemonics.ts";
import { type AttOperand, parseOperands, REGISTERS } from "./operands.ts";
import { ADDRESS_SIZE, barePrefixes, LOCK, prefixByte, withPrefixes } from "./prefixes.ts";
import { suggestion } from "./suggest.ts";
import type { Tokens } from "./tokens.ts";

/** Machine code, or a jump whose size layout decides. The fixups' symbols are expressions. */
export type Assembled =
  | { kind: "code"; encoded: Encoded; call: boolean }
  | { kind: "jump"; short: Encoded; near: Encoded; target: Expression };

/** How instructions are written: Intel's way, or by a compiler for 16-bit code. */
export interface Dialect {
  intel: boolean;
  compiled16: boolean;
}

/** What uses the stack, and in `.code16gcc` does so with 32 bits. */
const STACK = /^(call|ret|push|pop|leave|enter|pushf|popf|pusha|popa|lcall|lret)$/;

/**
 * Assembles the instruction that the rest of the statement holds.
 * @throws AssemblerError when there is no such instruction, or not with these operands
 */
export function assembleInstruction(
  tokens: Tokens,
  bits: 16 | 32,
  names: Names,
  { intel, compiled16 }: Dialect = { intel: false, compiled16: false },
): Assembled {
  const prefixes: number[] = [];
  let position = tokens.position();
  let name = tokens.name("instruction").toLowerCase();
  for (let byte = prefixByte(name, bits); byte !== undefined; byte = prefixByte(name, bits)) {
    prefixes.push(byte);
    if (tokens.atEnd()) return { kind: "code", encoded: barePrefixes(prefixes), call: false };
    position = tokens.position();
    name = tokens.name("instruction").toLowerCase();
  }
  const foreign = tokens.peek().kind === "end" ? undefined : nasmWord(name);
  if (foreign !== undefined && formsOf(name).length === 0)
    throw new AssemblerError(position, `unknown instruction '${name}'${foreign}`);
  const given = intel ? parseIntelOperands(tokens, names, name) : parseOperands(tokens, names);
  if (compiled16 && !intel && STACK.test(name) && !isWord(given[0])) name += "l";
  const meaning = intel ? intelMeaning(name, bits, given) : meaningOf(name, bits, shapeOf(given));
  if (!meaning)
    throw new AssemblerError(
      position,
      `unknown instruction '${name}'${nasmWord(name) ?? suggestion(name, INSTRUCTION_NAMES)}`,
    );
  return new Translation(name, meaning, given, prefixes, bits, position, intel).assemble();
}

/** Whether the linker may turn an access through the global offset table, at offset `at` of the code, into a plain one. */
export function isRelaxable({ bytes, form }: Encoded, at: number): boolean {
  const [opcode] = form.opcode;
  const known = form.opcode.length === 1 && form.modrm && at >= bytes.length - 8;
  const jump = opcode === 0xff && (form.digit === 2 || form.digit === 4);
  return known && (jump || opcode === 0x8b || opcode === 0x85 || (opcode < 0x40 && (opcode & 7) === 3));
}

const ENCODABLE = new Map<string, readonly Form[]>();

function encodableForms(mnemonic: string): readonly Form[] {
  let forms = ENCODABLE.get(mnemonic);
  if (!forms) {
    forms = formsOf(mnemonic).filter((form) => !form.decodeOnly);
    ENCODABLE.set(mnemonic, forms);
  }
  return forms;
}

function isWord(operand: AttOperand | undefined): boolean {
  return operand?.kind === "register" && operand.register.class === "r16";
}

function shapeOf(given: AttOperand[]): { lastIsRegister: boolean; count: number; accumulator: Size | undefined } {
  const last = given.at(-1);
  const accumulator = given.find((operand) => operand.kind === "register" && operand.register.index === 0);
  return {
    lastIsRegister: last?.kind === "register",
    count: given.length,
    accumulator: accumulator?.kind === "register" ? registerBytes(accumulator.register) : undefined,
  };
}

class Translation {
  private readonly forms: readonly Form[];

  constructor(
    private readonly name: string,
    private readonly meaning: Meaning,
    private readonly given: AttOperand[],
    private readonly prefixes: number[],
    private readonly bits: 16 | 32,
    private readonly position: Position,
    private readonly intel: boolean,
  ) {
    this.forms = encodableForms(meaning.mnemonic);
  }

  assemble(): Assembled {
    const { mnemonic, size } = this.meaning;
    if (this.meaning.string) return this.code(this.stringOperands(), {});
    if (mnemonic === "xlat") return this.code([this.translateTable()], {});
    const target = this.branchTarget();
    if (target) return this.branch(target);
    const operands = this.intelOperands();
    if (mnemonic === "int" && isConstant(operands[0], 3)) return this.code([], {}, "int3");
    const forms = this.forms.filter((form) => fits(form, operands));
    if (forms.length === 0) this.fail(this.unwritten() ?? mismatch(this.forms, operands, mnemonic));
    this.settleRegisters(operands);
    const reversed = this.reversedMnemonic(operands);
    if (reversed) return this.code(operands, {}, reversed);
    if (this.meaning.suffixed && size) this.checkSuffix(forms, operands, size);
    this.sizeMemory(forms, operands);
    return this.code(operands, this.meaning.sourceSize ? {} : { operandSize: bitsOf(size) });
  }

  private fail(reason: string, position = this.position): never {
    throw new AssemblerError(position, `'${this.name}' ${reason}`);
  }

  // Branches

  /** The operand of a direct branch: an address without registers, in an instruction that has a relative form. */
  private branchTarget(): { expression: Expression; position: Position } | undefined {
    if (this.given.length !== 1 || !this.forms.some((form) => form.operands[0]?.place === "relative")) return undefined;
    const operand = this.given[0];
    if (operand.kind === "memory" && !operand.indirect) {
      if (operand.displacement && operand.addressSize === undefined && operand.segment < 0)
        return { expression: operand.displacement, position: operand.position };
      this.fail("to an address in memory or a register is written with '*'", operand.position);
    }
    return undefined;
  }

  private branch(target: { expression: Expression; position: Position }): Assembled {
    const operand: Operand = { kind: "relative", value: 0, size: 0, fixup: target.expression };
    const sizes = new Set(
      this.forms.flatMap((form) => (form.operands[0]?.place === "relative" ? form.operands[0].size : [])),
    );
    const options: Partial<EncodeOptions> = {};
    const size = bitsOf(this.meaning.suffixed ? this.meaning.size : undefined);
    // A suffix on `loop` says which counter it takes, which is the address size; on other branches it is the operand size.
    if (this.meaning.mnemonic.startsWith("loop")) {
      if (size && size !== this.bits) this.prefixes.push(ADDRESS_SIZE);
    } else if (size) options.operandSize = size;
    if (sizes.has("b") && sizes.size > 1) {
      const short = this.encode([operand], { ...options, jump: "short" });
      const near = this.encode([operand], { ...options, jump: "near" });
      return { kind: "jump", short, near, target: target.expression };
    }
    const jump = sizes.has("b") ? "short" : "near";
    return {
      kind: "code",
      encoded: this.encode([operand], { ...options, jump }),
      call: this.meaning.mnemonic === "call",
    };
  }

  // Implied operands

  private stringOperands(): Operand[] {
    const form = this.forms[0];
    let addressSize = this.bits;
    let segment = 3;
    for (const operand of this.given) {
      if (operand.kind === "register") {
        const registers = form.operands.filter((spec) => spec.place === "fixed");
        if (!registers.some((spec) => spec.register === operand.register.index))
          this.fail("does not take this register", operand.position);
        continue;
      }
      if (operand.kind !== "memory") this.fail("does not take an immediate", operand.position);
      if (isPortOperand(operand)) continue;
      const place = operand.base === 6 ? "source" : operand.base === 7 ? "destination" : undefined;
      if (operand.index >= 0 || operand.displacement || !form.operands.some((spec) => spec.place === place))
        this.fail("takes only (%esi) as source and %es:(%edi) as destination", operand.position);
      if (place === "source" && operand.segment >= 0) segment = operand.segment;
      if (place === "destination" && operand.segment > 0) this.fail("stores by %es only", operand.position);
      addressSize = operand.addressSize ?? addressSize;
    }
    if (this.prefixes.includes(ADDRESS_SIZE)) addressSize = this.bits === 16 ? 32 : 16;
    return form.operands.map((spec): Operand => {
      const size = this.meaning.size ?? 1;
      const memory = { kind: "memory", size, addressSize, index: -1, scale: 1, displacement: 0 } as const;
      if (spec.place === "source") return { ...memory, base: 6, segment };
      if (spec.place === "destination") return { ...memory, base: 7, segment: 0 };
      const registerClass = spec.code === "DX" ? "r16" : size === 1 ? "r8" : size === 2 ? "r16" : "r32";
      return { kind: "register", class: registerClass, index: spec.register };
    });
  }

  private translateTable(): Operand {
    const [operand] = this.given;
    if (operand === undefined)
      return {
        kind: "memory",
        size: 1,
        addressSize: this.bits,
        base: 3,
        index: -1,
        scale: 1,
        displacement: 0,
        segment: 3,
      };
    const translated = this.operand(operand);
    if (translated.kind !== "memory") this.fail("takes only (%ebx)", operand.position);
    return { ...translated, size: 1, segment: operand.kind === "memory" && operand.segment >= 0 ? operand.segment : 3 };
  }

  // Operands

  /** The operands in Intel's order, with those that AT&T syntax lets the writer leave out. */
  private intelOperands(): Operand[] {
    const { mnemonic } = this.meaning;
    const { given } = this;
    const far = this.farOperand();
    if (far) return [far];
    const operands = given.map((operand) => this.operand(operand));
    // Two immediates (enter) and bound keep Intel's order in AT&T syntax.
    const immediates = operands.filter((operand) => operand.kind === "immediate").length;
    if (!this.intel && immediates < 2 && mnemonic !== "bound") operands.reverse();
    const counts = new Set(this.forms.map((form) => form.operands.length));
    if (mnemonic === "imul" && operands.length === 2 && operands[1].kind === "immediate")
      operands.splice(1, 0, operands[0]);
    else if ((mnemonic === "in" || mnemonic === "out") && operands.length === 1) {
      const size = this.meaning.size ?? this.fail("needs a size suffix or its accumulator");
      const registerClass = size === 1 ? "r8" : size === 2 ? "r16" : "r32";
      const accumulator: Operand = { kind: "register", class: registerClass, index: 0 };
      if (mnemonic === "in") operands.unshift(accumulator);
      else operands.push(accumulator);
    } else if (!counts.has(operands.length) || operands.length === 1) {
      // A shift without a count is by one, a double shift by %cl; aam and aad without a base are decimal.
      const last = this.forms
        .filter((form) => form.operands.length === operands.length + 1)
        .map((form) => form.operands.at(-1));
      if (last.some((spec) => spec?.place === "one")) operands.push({ kind: "immediate", value: 1, size: 1 });
      else if (operands.length === 2 && last.some((spec) => spec?.code === "CL"))
        operands.push({ kind: "register", class: "r8", index: 1 });
      else if ((mnemonic === "aam" || mnemonic === "aad") && operands.length === 0)
        operands.push({ kind: "immediate", value: 10, size: 1 });
    }
    return operands;
  }

  /**
   * AT&T syntax exchanges fsub and fsubr, fdiv and fdivr where another stack register than the top is the destination: an old
   * assembler's mistake that stayed.
   */
  private reversedMnemonic(operands: readonly Operand[]): string | undefined {
    const parts = /^(fsub|fdiv)(r?)(p?)$/.exec(this.meaning.mnemonic);
    if (!parts || this.intel || operands.some((operand) => operand.kind === "memory")) return undefined;
    const [destination] = operands;
    const below = operands.length === 2 && destination.kind === "register" && destination.index !== 0;
    return parts[3] || below ? `${parts[1]}${parts[2] ? "" : "r"}${parts[3]}` : undefined;
  }

  /** What a register's name alone says: where only its low 16 bits count, the wider name must not cost a prefix. */
  private settleRegisters(operands: Operand[]): void {
    const { mnemonic } = this.meaning;
    const [destination, source] = operands;
    if (source?.kind !== "register" || destination.kind !== "register" || source.class === "sreg") return;
    if (mnemonic === "mov" && destination.class === "sreg" && source.class === "r32")
      operands[1] = { ...source, class: "r16" };
    if ((mnemonic === "lar" || mnemonic === "lsl") && source.class !== "r8")
      operands[1] = { ...source, class: destination.class };
  }

  private farOperand(): Operand | undefined {
    const [selector, offset] = this.given;
    if (!this.forms.some((form) => form.operands[0]?.place === "far") || this.given.length !== 2) return undefined;
    if (selector.kind !== "immediate" || offset.kind !== "immediate") this.fail("takes $selector, $offset");
    const sel = this.constantOrFixup(selector.expression, selector.position);
    const off = this.constantOrFixup(offset.expression, offset.position);
    return {
      kind: "far",
      selector: sel.value,
      selectorFixup: sel.fixup,
      offset: off.value,
      fixup: off.fixup,
      size: (bitsOf(this.meaning.size) ?? this.bits) / 8,
    };
  }

  private operand(operand: AttOperand): Operand {
    switch (operand.kind) {
      case "register":
        this.checkIndirect(operand.indirect, operand.position);
        return operand.register;
      case "immediate":
        return { kind: "immediate", size: 0, ...this.constantOrFixup(operand.expression, operand.position) };
      case "memory": {
        if (isPortOperand(operand) && (this.meaning.mnemonic === "in" || this.meaning.mnemonic === "out"))
          return { kind: "register", class: "r16", index: 2 };
        this.checkIndirect(operand.indirect, operand.position);
        const turned = this.prefixes.includes(ADDRESS_SIZE);
        const addressSize = operand.addressSize ?? (turned === (this.bits === 16) ? 32 : 16);
        const value = operand.displacement
          ? this.constantOrFixup(operand.displacement, operand.position)
          : { value: 0, fixup: undefined };
        if (addressSize === 16 && (value.value < -0x8000 || value.value > 0xffff))
          this.fail(`can't reach ${value.value} with a 16-bit address`, operand.position);
        return {
          kind: "memory",
          size: operand.size ?? 0,
          addressSize,
          base: operand.base,
          index: operand.index,
          scale: operand.scale,
          displacement: value.value | 0,
          segment: operand.segment >= 0 ? operand.segment : defaultSegment(operand.base, addressSize),
          fixup: value.fixup,
        };
      }
    }
  }

  private checkIndirect(indirect: boolean, position: Position): void {
    const branch = ["jmp", "call", "jmpf", "callf"].includes(this.meaning.mnemonic);
    if (indirect && !branch) this.fail("is no jump or call: '*' has no meaning here", position);
    if (!indirect && branch) this.fail("to an address in memory or a register is written with '*'", position);
  }

  private constantOrFixup(
    expression: Expression,
    position: Position,
  ): { value: number; fixup: Expression | undefined } {
    const constant = constantOf(expression, "now");
    if (constant === undefined) return { value: 0, fixup: expression };
    if (constant < -0x80000000n || constant > 0xffffffffn) this.fail(`can't hold ${constant} in 32 bits`, position);
    return { value: Number(constant), fixup: undefined };
  }

  // Sizes

  /** A suffix must say what the registers say. */
  private checkSuffix(forms: readonly Form[], operands: Operand[], size: Size): void {
    if (operands.length === 0 && !forms.some((form) => form.sized))
      this.fail("does not exist: no size suffix belongs here");
    operands.forEach((operand, i) => {
      if (operand.kind !== "register") return;
      const bytes = registerBytes(operand);
      if (bytes !== undefined && bytes !== size && forms.every((form) => isSizing(form.operands[i])))
        this.fail(`has a suffix for ${size * 8} bits and a register of ${bytes * 8}`);
    });
  }

  /** Gives the memory operand its size, where neither a register nor the instruction itself says it. */
  private sizeMemory(forms: readonly Form[], operands: Operand[]): void {
    const at = operands.findIndex((operand) => operand.kind === "memory");
    const memory = operands[at];
    if (memory?.kind !== "memory" || memory.size !== 0) return;
    if (this.meaning.memory) {
      memory.size = this.meaning.memory;
      return;
    }
    const specs = forms.map((form) => form.operands[at]).filter((spec) => spec.place === "rm");
    if (specs.length === 0) return;
    const { size, sourceSize } = this.meaning;
    const fixed = specs.every((spec) => spec.size === specs[0].size) ? FIXED_SIZE[specs[0].size] : undefined;
    if (sourceSize) memory.size = sourceSize;
    else if (fixed) memory.size = fixed;
    else if (size) memory.size = size;
    else if (operands.some((operand, i) => showsSize(operand, forms, i))) {
      if (this.meaning.mnemonic === "movzx" || this.meaning.mnemonic === "movsx")
        this.fail("needs to know the size of its source: say movzb, movzw, movsb or movsw");
      memory.size = 0;
    } else if (specs.every((spec) => spec.size === "v")) memory.size = this.bits / 8;
    else this.fail("needs a size suffix: no operand shows the size");
  }

  // Encoding

  private code(operands: Operand[], options: Partial<EncodeOptions>, mnemonic = this.meaning.mnemonic): Assembled {
    return { kind: "code", encoded: this.encode(operands, options, mnemonic), call: false };
  }

  private encode(operands: Operand[], options: Partial<EncodeOptions>, mnemonic = this.meaning.mnemonic): Encoded {
    let encoded: Encoded;
    try {
      encoded = encode(mnemonic, operands, { bits: this.bits, ...options });
    } catch (error) {
      if (error instanceof EncodeError) this.fail(this.whyNot(operands));
      throw error;
    }
    if (this.prefixes.includes(LOCK)) {
      const memory = operands.some((operand) => operand.kind === "memory");
      if (!encoded.form.lockable || !memory) this.fail("can't be locked");
    }
    return withPrefixes(encoded, this.prefixes);
  }

  /** What the encoder can't say: which operand is at fault. */
  private whyNot(operands: Operand[]): string {
    const register = operands.find((operand) => operand.kind === "register" && registerBytes(operand) !== undefined);
    const size = this.meaning.size ?? (register?.kind === "register" ? registerBytes(register) : undefined);
    for (const operand of operands) {
      if (operand.kind === "memory" && operand.index === 4) return "can't have %esp as index";
      if (operand.kind === "memory" && operand.addressSize === 16)
        return "does not take these operands; a 16-bit address is (%bx), (%bp), (%si), (%di) or one of the first with one of the last";
      if (operand.kind !== "immediate" || size === undefined || operand.fixup !== undefined) continue;
      if (operand.value < -(2 ** (8 * size - 1)) || operand.value >= 2 ** (8 * size))
        return `can't hold ${operand.value} in ${8 * size} bits`;
    }
    return mismatch(this.forms, operands, this.meaning.mnemonic);
  }

  /** A sign that is missing before a register or a number: without it they are names and addresses in memory. */
  private unwritten(): string | undefined {
    if (this.intel) return undefined;
    for (const operand of this.given) {
      const expression =
        operand.kind === "memory" && operand.addressSize === undefined ? operand.displacement : undefined;
      if (expression?.kind === "symbol" && REGISTERS.has(expression.symbol.name.toLowerCase()))
        return `does not take these operands: register ${expression.symbol.name} is written %${expression.symbol.name}`;
      if (expression?.kind === "number")
        return `does not take these operands: a number is written with '$', as $${shown(expression.value)}`;
    }
    return undefined;
  }
}

function shown(value: bigint): string {
  return value > 9n ? `0x${value.toString(16)}` : `${value}`;
}

const FIXED_SIZE: Readonly<Partial<Record<OperandSpec["size"], number>>> = { b: 1, w: 2, d: 4, q: 8, o: 16 };

function bitsOf(size: Size | undefined): 16 | 32 | undefined {
  return size === 2 ? 16 : size === 4 ? 32 : undefined;
}

/** `(%dx)`, which is how AT&T syntax writes the port in DX. */
function isPortOperand(operand: AttOperand): boolean {
  return (
    operand.kind === "memory" &&
    operand.base === 2 &&
    operand.addressSize === 16 &&
    operand.index < 0 &&
    !operand.displacement &&
    operand.segment < 0
  );
}

function isConstant(operand: Operand | undefined, value: number): boolean {
  return operand?.kind === "immediate" && operand.fixup === undefined && operand.value === value;
}
