// Floating-point test cases for a form of the instruction table: every control word, operands at the edges of every format.

import type { Form } from "../../isa/instruction.ts";
import type { Random } from "./random.ts";
import * as at from "./x87-record.ts";
import {
  angle,
  decimalValue,
  extendedPair,
  extendedValue,
  integerValue,
  narrowValue,
  randomBits,
} from "./x87-values.ts";

export const TRANSCENDENTAL = new Set(["f2xm1", "fyl2x", "fyl2xp1", "fsin", "fcos", "fsincos", "fptan", "fpatan"]);
const ANGLES = new Set(["fsin", "fcos", "fsincos", "fptan"]);
/** What later processors do with instructions of the 8087 and 287 that mean nothing to them; `esc` stands for undefined encodings. */
const NOT_REPRODUCIBLE = new Set(["frstpm", "fnsetpm", "fneni", "fndisi", "esc"]);
const HEAVY = new Set([
  "fadd",
  "fsub",
  "fmul",
  "fdiv",
  "fsubr",
  "fdivr",
  "fld",
  "fst",
  "fstp",
  "fist",
  "fistp",
  "fisttp",
  "fprem",
  "fprem1",
]);

export function isFloatTestable(form: Form): boolean {
  return form.unit === "x87" && !form.encodeOnly && !NOT_REPRODUCIBLE.has(form.mnemonic);
}

export function floatCaseCount(form: Form): number {
  if (TRANSCENDENTAL.has(form.mnemonic)) return 600;
  if (["fsqrt", "frndint", "fscale", "fxtract", "fbstp"].includes(form.mnemonic)) return 640;
  return HEAVY.has(form.mnemonic) ? 560 : form.operands.length > 0 ? 250 : 150;
}

/** The instruction with its operand at (%ebx) or on the stack, and a RET. */
function encode(form: Form, random: Random): number[] {
  const code: number[] = form.sized && random.chance(30) ? [0x66] : [];
  code.push(...form.opcode);
  const stack = random.pick([0, 1, 1, 1, 2, 5]);
  const memory = form.operands.some((o) => o.place === "rmMemory");
  if (form.modrmByte >= 0) code.push(form.modrmByte);
  else code.push((memory ? 0 : 0xc0) | (form.digit << 3) | (memory ? 3 : stack));
  return [...code, 0xc3];
}

function controlWord(random: Random): number {
  const masks = random.chance(65) ? 0x3f : random.bits() & 0x3f;
  return 0x40 | masks | random.pick([0, 0x200, 0x300, 0x300, 0x300]) | (random.below(4) << 10);
}

function put(block: Uint8Array, where: number, value: bigint, bytes: number): void {
  for (let i = 0; i < bytes; i++) block[where + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}

/** What the registers hold that a case does not care for. */
const BYSTANDERS: readonly bigint[] = Array.from({ length: 8 }, (_, i) => (0x4000n << 64n) | (BigInt(8 + i) << 60n));

export function makeFloatCase(form: Form, random: Random): at.FloatCase {
  const block = at.usualBlock();
  const code = encode(form, random);
  put(block, at.EFLAGS, BigInt(0x202 | (random.bits() & 0x8d5)), 4);
  put(block, at.EAX, 0x1234_5678n, 4);
  const control = controlWord(random);
  at.put16(block, at.CONTROL, control);

  const top = random.below(8);
  // Flags that are set but masked, and the condition codes.
  const status =
    (random.chance(30) ? random.bits() & control & 0x3f : 0) | (random.chance(30) ? random.bits() & 0x4740 : 0);
  at.put16(block, at.STATUS, status | (top << 11));
  let full = random.chance(80) ? 0x1f : random.bits() & 0xff;
  if (random.chance(4)) full = 0xff;
  let tags = 0;
  for (let i = 0; i < 8; i++) if (((full >> i) & 1) === 0) tags |= 3 << (((top + i) & 7) * 2);
  at.put16(block, at.TAGS, tags);
  const [first, second] = operands(form, random);
  [first, second, ...BYSTANDERS.slice(2)].forEach((value, i) => {
    put(block, at.STACK + i * at.REGISTER_SIZE, value, 10);
  });

  const memory = form.operands.find((o) => o.place === "rmMemory");
  if (memory) fillMemory(form, memory.size, random, block);
  return { code: Uint8Array.from(code), before: block };
}

/** ST(0) and ST(1). */
function operands(form: Form, random: Random): [bigint, bigint] {
  const { mnemonic } = form;
  if (ANGLES.has(mnemonic)) return [angle(random), BYSTANDERS[1]];
  const [first, second] = extendedPair(random);
  const one = 0x3fffn << 64n;
  const fraction = (1n << 63n) | randomBits(random, 63);
  const sign = BigInt(random.below(2)) << 79n;
  const small = (BigInt(0x3ffe - random.below(random.chance(50) ? 4 : 70)) << 64n) | fraction;
  if (mnemonic === "f2xm1") return [random.chance(75) ? small | sign : first, second];
  if (mnemonic === "fyl2x" && random.chance(75))
    return [one + (BigInt(random.between(-3, 3)) << 64n) + fraction, second];
  if (mnemonic === "fyl2xp1" && random.chance(75)) return [(small - (2n << 64n)) | sign, second];
  if (mnemonic === "fscale" && random.chance(70)) {
    const places = BigInt(0x3fff + random.between(-2, 15)) << 64n;
    return [first, places | fraction | sign];
  }
  if (form.mnemonic.startsWith("fprem") && random.chance(30)) {
    const exponent = (second >> 64n) & 0x7fffn;
    const above = exponent + BigInt(random.between(-2, 200));
    return [((above > 0x7ffen ? 0x7ffen : above < 1n ? 1n : above) << 64n) | fraction | sign, second];
  }
  return [first, second];
}

function fillMemory(form: Form, size: string, random: Random, block: Uint8Array): void {
  const integer = form.mnemonic.startsWith("fi");
  const bits = size === "w" ? 16 : size === "d" ? 32 : 64;
  if (form.mnemonic === "fldcw")
    at.put16(block, at.MEMORY, random.chance(80) ? controlWord(random) : random.bits() & 0xffff);
  else if (form.mnemonic === "fldenv" || form.mnemonic === "frstor") fillImage(random, block);
  else if (form.mnemonic === "fbld") put(block, at.MEMORY, decimalValue(random), 10);
  else if (size === "t") put(block, at.MEMORY, extendedValue(random), 10);
  else if (integer) put(block, at.MEMORY, integerValue(random, bits), bits / 8);
  else if (size === "d") put(block, at.MEMORY, narrowValue(random, 23, 8), 4);
  else if (size === "q") put(block, at.MEMORY, narrowValue(random, 52, 11), 8);
}

/** Anything at all, since either operand size may read it. */
function fillImage(random: Random, block: Uint8Array): void {
  for (let i = 0; i < at.MEMORY_SIZE; i++) block[at.MEMORY + i] = random.below(256);
  if (random.chance(50)) for (let i = 36; i < at.MEMORY_SIZE; i += 10) block[at.MEMORY + i] |= 0x80;
}
