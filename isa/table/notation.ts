// The notation of the instruction tables, and its parser. A line is a form:
//
//   mnemonic  opcode  operands  attributes
//
// Opcode: hex bytes; `/r` a ModRM byte, `/0`…`/7` with that reg field, `=XX` that ModRM byte, `+r` register in the opcode;
// a hex byte after `/r` comes behind the operands (3DNow!, comparisons). 9B before the opcode: a WAIT that the assembler writes first.
// Operands: destination first, as SDM appendix A writes them: E M R (ModRM.rm: either, memory, register), G (ModRM.reg);
// the same for MMX as Q M N and P, for XMM as W M U and V; F is ST(i) in ModRM.rm, ST the top of the stack. Then the size of
// the data in memory: b 1, w 2, d 4, q 8, t 10, o 16 bytes, v and z by operand size. `Is` is a byte sign-extended to the operand size.
// Attributes: flags as t= (tested) w= (written) u= (undefined) over o d i s z a p c; lock; rep, repz; o16/o32, a16/a32 only
// with that size; sized (the operand size matters though no operand shows it); np, 66, f3, f2: the mandatory prefix, np for none
// of the three (nothing: they do not select the form); cpl0, iopl; prot; dec (decode only), enc (encode only).
// Who has it: 486, pentium, p6, p4 and everything later; has:NAME whoever says so by CPUID. A line with neither belongs to its
// table: the 386's, or whoever has a floating-point unit, MMX, SSE and so on.

import {
  AF,
  CF,
  DF,
  FEATURES,
  type Feature,
  type Form,
  IF,
  type Level,
  OF,
  type OperandPlace,
  type OperandSpec,
  PF,
  SF,
  type SizeCode,
  type Unit,
  ZF,
} from "../instruction.ts";

/** Condition codes in encoding order: the low four bits of Jcc, SETcc and CMOVcc. */
export const CONDITIONS = [
  "o",
  "no",
  "b",
  "ae",
  "e",
  "ne",
  "be",
  "a",
  "s",
  "ns",
  "p",
  "np",
  "l",
  "ge",
  "le",
  "g",
] as const;

/** The flags that each condition looks at, as letters of the notation. */
export const CONDITION_TESTS = ["o", "o", "c", "c", "z", "z", "zc", "zc", "s", "s", "p", "p", "so", "so", "zso", "zso"];

/** The comparisons of CMPPS and its like, by the immediate that selects them. */
export const PREDICATES = ["eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord"] as const;

/** `cmpltps` and its like: names for a comparison with its immediate, which stands behind the operands as 3DNow!'s suffix does. */
export function comparisons(suffix: string, operands: string, prefix: string): string {
  return PREDICATES.map((name, i) => `cmp${name}${suffix} 0F C2 /r ${hex(i)} ${operands} ${prefix} enc`).join("\n");
}

/** A byte as the notation writes it. */
export function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}

const HEX_BYTE = /^[0-9A-F]{2}$/;
const WAIT = 0x9b;
const FLAG_LETTERS: Record<string, number> = { o: OF, d: DF, i: IF, t: 1 << 8, s: SF, z: ZF, a: AF, p: PF, c: CF };

const FIXED: Record<string, { register: number; size: SizeCode; registers: OperandSpec["registers"] }> = {
  AL: { register: 0, size: "b", registers: "general" },
  CL: { register: 1, size: "b", registers: "general" },
  AX: { register: 0, size: "w", registers: "general" },
  DX: { register: 2, size: "w", registers: "general" },
  eAX: { register: 0, size: "v", registers: "general" },
  ST: { register: 0, size: "t", registers: "st" },
  XMM0: { register: 0, size: "o", registers: "xmm" },
};

const FIXED_SREG = ["ES", "CS", "SS", "DS", "FS", "GS"];

const PLACES: Record<string, OperandPlace> = {
  E: "rm",
  M: "rmMemory",
  R: "rmRegister",
  G: "reg",
  S: "sreg",
  C: "cr",
  D: "dr",
  T: "tr",
  Z: "opcode",
  I: "immediate",
  J: "relative",
  A: "far",
  O: "moffs",
  X: "source",
  Y: "destination",
  B: "xlat",
  P: "reg",
  Q: "rm",
  N: "rmRegister",
  V: "reg",
  W: "rm",
  U: "rmRegister",
  F: "rmRegister",
};

/** The letters that name other registers than the general ones. */
const REGISTERS: Record<string, OperandSpec["registers"]> = {
  P: "mm",
  Q: "mm",
  N: "mm",
  V: "xmm",
  W: "xmm",
  U: "xmm",
  F: "st",
};

function parseOperand(code: string): OperandSpec {
  const spec = { code, signExtended: false, register: -1, registers: REGISTERS[code[0]] ?? "general" } as const;
  if (code in FIXED) return { ...spec, place: "fixed", ...FIXED[code] };
  const sreg = FIXED_SREG.indexOf(code);
  if (sreg >= 0) return { ...spec, place: "fixedSreg", size: "w", register: sreg };
  if (code === "1") return { ...spec, place: "one", size: "b" };
  const place = PLACES[code[0]];
  if (code === "Is") return { ...spec, place, size: "b", signExtended: true };
  return { ...spec, place, size: (code[1] ?? "n") as SizeCode };
}

const OPERAND = /^(?:[EMRGSCDTZIJAOXYBPQNVWUF][bwdvzpasqton]?|AL|CL|AX|DX|eAX|ST|XMM0|ES|CS|SS|DS|FS|GS|1)$/;
const LEVEL = /^(?:486|pentium|p6|p4)$/;
const FEATURE = new RegExp(`^has:(?:${FEATURES.join("|")})$`);
const UNIT_FEATURE: Record<Unit, Feature> = {
  integer: "",
  x87: "fpu",
  mmx: "mmx",
  "3dnow": "3dnow",
  sse: "sse",
  sse2: "sse2",
  sse3: "pni",
  ssse3: "ssse3",
  sse4_1: "sse4_1",
  sse4_2: "sse4_2",
};

/** Reads one line of a table; `id` is its place among all. */
export function parseLine(line: string, id: number, unit: Unit): Form {
  const words = line.trim().split(/\s+/);
  const form: Form = {
    id,
    unit,
    mnemonic: words[0],
    prefix: "",
    wait: false,
    opcode: [],
    suffix: -1,
    modrm: false,
    digit: -1,
    modrmByte: -1,
    operands: [],
    flags: { tested: 0, written: 0, undefined: 0 },
    onlyOperandSize: 0,
    onlyAddressSize: 0,
    sized: false,
    lockable: false,
    repeat: "",
    privilege: "",
    level: "386",
    feature: UNIT_FEATURE[unit],
    protectedOnly: false,
    decodeOnly: false,
    encodeOnly: false,
  };
  const opcode: number[] = [];
  const operands: OperandSpec[] = [];
  let at = 1;
  for (; HEX_BYTE.test(words[at]); at++) opcode.push(Number.parseInt(words[at], 16));
  if (opcode.length > 1 && opcode[0] === WAIT) {
    opcode.shift();
    form.wait = true;
  }
  for (; at < words.length; at++) {
    const word = words[at];
    const flag = /^([twu])=([oditszapc]+)$/.exec(word);
    if (flag) {
      let mask = 0;
      for (const letter of flag[2]) mask |= FLAG_LETTERS[letter];
      if (flag[1] === "t") form.flags.tested |= mask;
      else if (flag[1] === "w") form.flags.written |= mask;
      else form.flags.undefined |= mask;
    } else if (word === "/r") form.modrm = true;
    else if (/^\/[0-7]$/.test(word)) {
      form.modrm = true;
      form.digit = Number(word[1]);
    } else if (/^=[0-9A-F]{2}$/.test(word)) {
      form.modrm = true;
      form.modrmByte = Number.parseInt(word.slice(1), 16);
    } else if (HEX_BYTE.test(word) && operands.length === 0) form.suffix = Number.parseInt(word, 16);
    else if (OPERAND.test(word)) operands.push(parseOperand(word));
    else if (word === "o16") form.onlyOperandSize = 16;
    else if (word === "o32") form.onlyOperandSize = 32;
    else if (word === "a16") form.onlyAddressSize = 16;
    else if (word === "a32") form.onlyAddressSize = 32;
    else if (word === "sized") form.sized = true;
    else if (word === "lock") form.lockable = true;
    else if (word === "rep" || word === "repz") form.repeat = word;
    else if (word === "np" || word === "66" || word === "f3" || word === "f2") form.prefix = word;
    else if (word === "cpl0" || word === "iopl") form.privilege = word;
    else if (LEVEL.test(word)) {
      form.level = word as Level;
      form.feature = "";
    } else if (FEATURE.test(word)) form.feature = word.slice("has:".length) as Feature;
    else if (word === "prot") form.protectedOnly = true;
    else if (word === "dec") form.decodeOnly = true;
    else if (word === "enc") form.encodeOnly = true;
    else if (word !== "+r" && word !== "-") throw new RangeError(`isa table: "${word}" in "${line}"`);
  }
  const bySize = operands.some((o) => "vzpa".includes(o.size)) || form.onlyOperandSize !== 0;
  return { ...form, opcode, operands, sized: form.sized || bySize };
}
