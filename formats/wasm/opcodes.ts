// The instructions that function bodies may hold: name, immediates and type of each.
// Source: WebAssembly Core Specification 2.0, section 5.4 and the index of instructions.

import type { ValueType } from "./module.ts";

export type Immediate =
  | "none"
  | "block"
  | "label"
  | "labels"
  | "local"
  | "global"
  | "function"
  | "type"
  | "memory"
  | "i32"
  | "i64"
  | "f32"
  | "f64"
  | "zero"
  | "zeros"
  | "types";

export interface Opcode {
  name: string;
  immediate: Immediate;
  /** Operand and result types, for those whose type doesn't depend on context. */
  operands: ValueType[];
  results: ValueType[];
}

/** By opcode; those with prefix FC are at 0xFC00 + n. */
export const OPCODES = new Map<number, Opcode>();

const TYPES: Record<string, ValueType> = { i: "i32", l: "i64", f: "f32", d: "f64" };

/** `signature` is operands>results in the letters above; without one the instruction is typed by its context. */
function define(code: number, name: string, immediate: Immediate, signature = ">"): void {
  const [operands, results] = signature.split(">").map((part) => [...part].map((letter) => TYPES[letter]));
  OPCODES.set(code, { name, immediate, operands, results });
}

function defineRun(first: number, names: string, immediate: Immediate, signature: string): void {
  names.split(" ").forEach((name, i) => {
    define(first + i, name, immediate, signature);
  });
}

define(0x00, "unreachable", "none");
define(0x01, "nop", "none");
define(0x02, "block", "block");
define(0x03, "loop", "block");
define(0x04, "if", "block");
define(0x05, "else", "none");
define(0x0b, "end", "none");
define(0x0c, "br", "label");
define(0x0d, "br_if", "label");
define(0x0e, "br_table", "labels");
define(0x0f, "return", "none");
define(0x10, "call", "function");
define(0x11, "call_indirect", "type");
define(0x1a, "drop", "none");
define(0x1b, "select", "none");
define(0x1c, "select", "types");
define(0x20, "local.get", "local");
define(0x21, "local.set", "local");
define(0x22, "local.tee", "local");
define(0x23, "global.get", "global");
define(0x24, "global.set", "global");
defineRun(0x28, "i32.load", "memory", "i>i");
defineRun(0x29, "i64.load", "memory", "i>l");
defineRun(0x2a, "f32.load", "memory", "i>f");
defineRun(0x2b, "f64.load", "memory", "i>d");
defineRun(0x2c, "i32.load8_s i32.load8_u i32.load16_s i32.load16_u", "memory", "i>i");
defineRun(0x30, "i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u", "memory", "i>l");
defineRun(0x36, "i32.store", "memory", "ii>");
defineRun(0x37, "i64.store", "memory", "il>");
defineRun(0x38, "f32.store", "memory", "if>");
defineRun(0x39, "f64.store", "memory", "id>");
defineRun(0x3a, "i32.store8 i32.store16", "memory", "ii>");
defineRun(0x3c, "i64.store8 i64.store16 i64.store32", "memory", "il>");
define(0x3f, "memory.size", "zero", ">i");
define(0x40, "memory.grow", "zero", "i>i");
define(0x41, "i32.const", "i32", ">i");
define(0x42, "i64.const", "i64", ">l");
define(0x43, "f32.const", "f32", ">f");
define(0x44, "f64.const", "f64", ">d");
define(0x45, "i32.eqz", "none", "i>i");
defineRun(
  0x46,
  "i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u",
  "none",
  "ii>i",
);
define(0x50, "i64.eqz", "none", "l>i");
defineRun(
  0x51,
  "i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u",
  "none",
  "ll>i",
);
defineRun(0x5b, "f32.eq f32.ne f32.lt f32.gt f32.le f32.ge", "none", "ff>i");
defineRun(0x61, "f64.eq f64.ne f64.lt f64.gt f64.le f64.ge", "none", "dd>i");
defineRun(0x67, "i32.clz i32.ctz i32.popcnt", "none", "i>i");
defineRun(
  0x6a,
  "i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u i32.and i32.or i32.xor",
  "none",
  "ii>i",
);
defineRun(0x74, "i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr", "none", "ii>i");
defineRun(0x79, "i64.clz i64.ctz i64.popcnt", "none", "l>l");
defineRun(
  0x7c,
  "i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u i64.and i64.or i64.xor",
  "none",
  "ll>l",
);
defineRun(0x86, "i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr", "none", "ll>l");
defineRun(0x8b, "f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt", "none", "f>f");
defineRun(0x92, "f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign", "none", "ff>f");
defineRun(0x99, "f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt", "none", "d>d");
defineRun(0xa0, "f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign", "none", "dd>d");
define(0xa7, "i32.wrap_i64", "none", "l>i");
defineRun(0xa8, "i32.trunc_f32_s i32.trunc_f32_u", "none", "f>i");
defineRun(0xaa, "i32.trunc_f64_s i32.trunc_f64_u", "none", "d>i");
defineRun(0xac, "i64.extend_i32_s i64.extend_i32_u", "none", "i>l");
defineRun(0xae, "i64.trunc_f32_s i64.trunc_f32_u", "none", "f>l");
defineRun(0xb0, "i64.trunc_f64_s i64.trunc_f64_u", "none", "d>l");
defineRun(0xb2, "f32.convert_i32_s f32.convert_i32_u", "none", "i>f");
defineRun(0xb4, "f32.convert_i64_s f32.convert_i64_u", "none", "l>f");
define(0xb6, "f32.demote_f64", "none", "d>f");
defineRun(0xb7, "f64.convert_i32_s f64.convert_i32_u", "none", "i>d");
defineRun(0xb9, "f64.convert_i64_s f64.convert_i64_u", "none", "l>d");
define(0xbb, "f64.promote_f32", "none", "f>d");
define(0xbc, "i32.reinterpret_f32", "none", "f>i");
define(0xbd, "i64.reinterpret_f64", "none", "d>l");
define(0xbe, "f32.reinterpret_i32", "none", "i>f");
define(0xbf, "f64.reinterpret_i64", "none", "l>d");
defineRun(0xc0, "i32.extend8_s i32.extend16_s", "none", "i>i");
defineRun(0xc2, "i64.extend8_s i64.extend16_s i64.extend32_s", "none", "l>l");
defineRun(0xfc00, "i32.trunc_sat_f32_s i32.trunc_sat_f32_u", "none", "f>i");
defineRun(0xfc02, "i32.trunc_sat_f64_s i32.trunc_sat_f64_u", "none", "d>i");
defineRun(0xfc04, "i64.trunc_sat_f32_s i64.trunc_sat_f32_u", "none", "f>l");
defineRun(0xfc06, "i64.trunc_sat_f64_s i64.trunc_sat_f64_u", "none", "d>l");
define(0xfc0a, "memory.copy", "zeros", "iii>");
define(0xfc0b, "memory.fill", "zero", "iii>");
