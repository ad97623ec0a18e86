// Instructions by chance, in NASM's syntax: every form of the table, with operands of every kind it takes.

import type { Form, OperandSpec } from "../../../isa/instruction.ts";
import { ALIASES, FORMS, REGISTER_NAMES } from "../../../isa/table.ts";

const BASES_16 = ["bx", "bx+si", "bp+di", "si", "di", "bp", "bx+di", "bp+si", "si+bx"];
const BASES_32 = [
  ...["eax", "ebx+ecx", "ebp", "esp", "esp+4*eax", "ecx*2", "edx*4", "ebp+edi*8", "esi*3", "eax+ebp", "ebp+eax"],
  ...["esi+esp", "eax*1+ebx", "nosplit ecx*2", "edi*5", "eax+eax"],
];
const DISPLACEMENTS = ["", "", "+4", "-3", "+0x7f", "+0x80", "-128", "-129", "+0x1234", "+lab", "+con", "+lab-base"];
const PLAIN = ["0x1234", "lab", "con", "5", "dword 5", "word 5", "dword lab"];
const BYTES = ["1", "5", "-5", "127", "0x80", "0xff", "con", "-128", "3"];
const NUMBERS = [
  ...["1", "5", "-5", "127", "128", "-129", "0x1234", "0xff80", "0xffff", "0x12345678", "0xffffff80"],
  ...["lab", "con", "base-lab", "ahead"],
];
const KEYWORDS: Readonly<Record<number, string>> = {
  1: "byte ",
  2: "word ",
  4: "dword ",
  8: "qword ",
  10: "tword ",
  16: "oword ",
};
const FAR_NAMES: Readonly<Record<string, string>> = { jmpf: "jmp", callf: "call" };

/** What the lines refer to. */
export function surround(bits: 16 | 32, lines: readonly string[]): string {
  return `bits ${bits}\nbase:\nnop\nlab:\ncon equ 7\n${lines.join("\n")}\nahead:\n`;
}

/** How many lines `surround` puts before the first. */
export const LINES_BEFORE = 5;

export class InstructionGenerator {
  constructor(
    private seed: number,
    private readonly bits: 16 | 32,
  ) {}

  lines(count: number): string[] {
    const lines: string[] = [];
    while (lines.length < count) {
      const line = this.line(this.pick(FORMS));
      if (line !== undefined) lines.push(line);
    }
    return lines;
  }

  private random(limit: number): number {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.seed / 2 ** 32) * limit);
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.random(from.length)];
  }

  private line(form: Form): string | undefined {
    if (form.decodeOnly || form.mnemonic === "esc") return undefined;
    let prefix = "";
    if (form.operands.some(({ place }) => place === "source" || place === "destination" || place === "xlat")) {
      if (form.repeat && this.random(2)) prefix = this.pick(form.repeat === "rep" ? ["rep "] : ["repe ", "repne "]);
      if (form.operands.some(({ place }) => place === "source") && this.random(4) === 0)
        prefix += this.pick(["es ", "fs "]);
      return prefix + (form.mnemonic === "xlat" ? "xlatb" : form.mnemonic);
    }
    const operandSize = form.onlyOperandSize || (this.random(4) === 0 ? 48 - this.bits : this.bits);
    const operands: string[] = [];
    for (const spec of form.operands) {
      const operand = this.operand(form, spec, operandSize);
      if (operand === undefined) return undefined;
      operands.push(operand);
    }
    if (form.lockable && operands[0]?.includes("[") && this.random(4) === 0) prefix = "lock ";
    if (this.random(40) === 0) prefix += this.pick(["o16 ", "o32 ", "a16 ", "a32 ", "es "]);
    const aliases = [...ALIASES].flatMap(([alias, name]) => (name === form.mnemonic ? [alias] : []));
    const name = aliases.length > 0 && this.random(3) === 0 ? this.pick(aliases) : form.mnemonic;
    return `${prefix}${FAR_NAMES[name] ?? name} ${operands.join(",")}`.trim();
  }

  private operand(form: Form, spec: OperandSpec, operandSize: number): string | undefined {
    const size = bytesOf(spec, operandSize);
    const whole = operandSize === 16 ? "word " : "dword ";
    const general = () =>
      this.pick(size === 1 ? REGISTER_NAMES.r8 : size === 2 ? REGISTER_NAMES.r16 : REGISTER_NAMES.r32);
    const register = () => (spec.registers === "general" ? general() : `${spec.registers}${this.random(8)}`);
    switch (spec.place) {
      case "rm":
        return this.random(2) ? this.memory(size) : register();
      case "rmMemory": {
        const far = form.mnemonic in FAR_NAMES ? `far ${whole}` : "";
        return far + this.memory("pa".includes(spec.size) ? 0 : size);
      }
      case "rmRegister":
      case "reg":
      case "opcode":
        return register();
      case "sreg":
        return this.pick(form.opcode[0] === 0x8e ? ["es", "ss", "ds", "fs", "gs"] : REGISTER_NAMES.sreg);
      case "cr":
        return this.pick(["cr0", "cr2", "cr3", "cr4"]);
      case "dr":
        return this.pick(REGISTER_NAMES.dr);
      case "fixed": {
        if (spec.registers !== "general") return `${spec.registers}${spec.register}`;
        const names = size === 1 ? REGISTER_NAMES.r8 : size === 2 ? REGISTER_NAMES.r16 : REGISTER_NAMES.r32;
        return names[spec.register];
      }
      case "fixedSreg":
        return REGISTER_NAMES.sreg[spec.register];
      case "one":
        return "1";
      case "immediate": {
        const isByte = size === 1 && !spec.signExtended;
        const keyword = this.pick(["", "", "", "", ...(isByte ? [] : ["byte ", whole, `strict ${whole}`])]);
        return keyword + this.pick(size === 1 ? BYTES : NUMBERS);
      }
      case "relative":
        return (
          this.pick(/^j[a-z]+$/.test(form.mnemonic) && spec.size !== "b" ? ["", "near "] : [""]) +
          this.pick(["$", "$+2", "$+100"])
        );
      case "far":
        return `${operandSize === this.bits && this.random(2) ? "" : whole}8:${this.pick(["lab", "0x1234"])}`;
      default:
        return undefined;
    }
  }

  private memory(size: number): string {
    const keyword = this.random(8) ? (KEYWORDS[size] ?? "") : "";
    const segment = this.random(5) === 0 ? `${this.pick(REGISTER_NAMES.sreg)}:` : "";
    const is16 = (this.bits === 16) !== (this.random(4) === 0);
    const address =
      this.random(6) === 0 ? this.pick(PLAIN) : this.pick(is16 ? BASES_16 : BASES_32) + this.pick(DISPLACEMENTS);
    const [, words, rest] = /^((?:nosplit |d?word )?)(.*)$/.exec(address) ?? [];
    return `${keyword}[${words}${segment}${rest}]`;
  }
}

function bytesOf({ size }: OperandSpec, operandSize: number): number {
  switch (size) {
    case "b":
      return 1;
    case "w":
      return 2;
    case "d":
      return 4;
    case "q":
      return 8;
    case "t":
      return 10;
    case "o":
      return 16;
    case "v":
    case "z":
      return operandSize / 8;
    default:
      return 0;
  }
}
