// SIMD test cases for a form of the instruction table: every MXCSR, operands in registers and memory, aligned and not.

import type { Form } from "../../isa/instruction.ts";
import type { BlockCase } from "./block-run.ts";
import type { Random } from "./random.ts";
import * as at from "./simd-record.ts";
import { DOUBLE, type Format, putFloat, putIntegers, putPartner, SINGLE } from "./simd-values.ts";

const MANDATORY = { "": [], np: [], "66": [0x66], f3: [0xf3], f2: [0xf2] } as const;
const UNITS: ReadonlySet<string> = new Set(["mmx", "sse", "sse2", "sse3", "ssse3", "sse4_1", "sse4_2"]);
/** The alignment of an operand in memory that is not 16 bytes, or need not be. */
const ANYWHERE = [16, 16, 16, 0, 32, 17, 20, 24, 30, 9];
const ALIGNED = [16, 16, 16, 0, 32, 16, 16, 24, 16, 16];
/** What the instruction's own image must be: its 512 bytes lie in the record, over the memory operand. */
const WHOLE_STATE = new Set(["fxsave", "fxrstor"]);

export function isVectorTestable(form: Form): boolean {
  const vectors = UNITS.has(form.unit) || form.mnemonic === "popcnt";
  return vectors && !form.encodeOnly && !WHOLE_STATE.has(form.mnemonic);
}

/** Whether a form computes with floats, and of which format its operands are. */
export function formatOf(mnemonic: string): Format | undefined {
  const conversion = /^cvtt?(dq|pd|pi|ps|sd|si|ss)2/.exec(mnemonic);
  const suffix = conversion ? conversion[1] : /(?:^|[a-z])([ps][sd])$/.exec(mnemonic)?.[1];
  if (/^(mov|and|or|xor|unpck|shuf|p)/.test(mnemonic) && !/^movmsk/.test(mnemonic)) return undefined;
  return suffix === "ps" || suffix === "ss" ? SINGLE : suffix === "pd" || suffix === "sd" ? DOUBLE : undefined;
}

export function vectorCaseCount(form: Form): number {
  if (formatOf(form.mnemonic) === undefined) return form.operands.length > 1 ? 100 : 30;
  return /^(h?add|h?sub|mul|div|sqrt|cvt|dp)/.test(form.mnemonic) ? 500 : 250;
}

interface Encoding {
  code: number[];
  /** Where in the block each of the instruction's ModRM operands stands. */
  reg: (block: Uint8Array) => number;
  rm: (block: Uint8Array) => number;
}

/** General registers that a case may use: EAX, ECX, EDX. */
const GENERAL = 3;

function placeOf(registers: string, index: number): (block: Uint8Array) => number {
  if (registers === "xmm") return () => at.XMM + index * 16;
  if (registers === "mm") return (block) => at.mmx(block, index);
  return () => at.EAX + index * 4;
}

function encode(form: Form, random: Random): Encoding {
  const code: number[] = [...MANDATORY[form.prefix], ...form.opcode];
  if (form.sized && random.chance(40)) code.unshift(0x66);
  const { operands } = form;
  const regSpec = operands.find((o) => o.place === "reg");
  const rmSpec = operands.find((o) => o.place === "rm" || o.place === "rmMemory" || o.place === "rmRegister");
  const reg = form.digit >= 0 ? form.digit : random.below(regSpec?.registers === "general" ? GENERAL : 8);
  let rm = (_: Uint8Array): number => at.MEMORY;
  if (form.modrmByte >= 0) code.push(form.modrmByte);
  else if (rmSpec) {
    const memory = rmSpec.place === "rmMemory" || (rmSpec.place === "rm" && random.chance(50));
    if (memory) {
      const displacement = random.pick(rmSpec.size === "o" && random.chance(95) ? ALIGNED : ANYWHERE);
      code.push(0x40 | (reg << 3) | 3, displacement);
      rm = () => at.MEMORY + displacement;
    } else {
      const index = random.below(rmSpec.registers === "general" ? GENERAL : 8);
      code.push(0xc0 | (reg << 3) | index);
      rm = placeOf(rmSpec.registers, index);
    }
  }
  if (form.suffix >= 0) code.push(form.suffix);
  if (operands.some((o) => o.place === "immediate")) code.push(immediate(form, random));
  return { code: [...code, 0xc3], reg: placeOf(regSpec?.registers ?? "general", reg), rm };
}

function immediate(form: Form, random: Random): number {
  const shift = form.mnemonic.startsWith("ps") && !form.mnemonic.startsWith("pshuf");
  return shift && random.chance(70) ? random.below(70) : random.below(256);
}

/** Masks, rounding, FZ, DAZ, and flags that are there already. */
function mxcsr(random: Random): number {
  // As it is while most programs run: everything masked, the inexact flag set.
  if (random.chance(12)) return 0x1fa0;
  const masks = random.chance(70) ? 0x3f : random.chance(50) ? random.bits() & 0x3f : 0x3f ^ (1 << random.below(6));
  const flags = random.chance(25) ? random.bits() & 0x3f : 0;
  const flush = random.chance(25) ? random.bits() & 0x8040 : 0;
  return (masks << 7) | flags | flush | (random.below(4) << 13);
}

export function makeVectorCase(form: Form, random: Random): BlockCase {
  const block = at.usualBlock();
  const words = at.view(block);
  words.setUint32(at.EFLAGS, 0x202 | (random.bits() & 0x8d5), true);
  words.setUint32(at.EAX, random.edge(32), true);
  words.setUint32(at.ECX, random.edge(32), true);
  words.setUint32(at.EDX, random.edge(32), true);
  words.setUint32(at.MXCSR, mxcsr(random), true);
  if (random.chance(25)) words.setUint16(at.STATUS, random.bits() & 0x7f00, true);
  if (random.chance(25)) block[at.TAGS] = random.bits();
  // A pending exception: #MF before an MMX instruction.
  if (random.chance(3)) {
    words.setUint16(at.CONTROL, 0x37e, true);
    words.setUint16(at.STATUS, words.getUint16(at.STATUS, true) | 0x8081, true);
  }
  const { code, reg, rm } = encode(form, random);
  fill(form, random, block, rm(block), reg(block));
  // What a blend chooses by.
  if (form.operands.some((o) => o.place === "fixed")) putIntegers(random, words, at.XMM, 16);
  if (/^pcmp[ei]str/.test(form.mnemonic)) fillStrings(random, block, rm(block), reg(block));
  if (form.mnemonic === "ptest" && random.chance(50)) {
    for (let i = 0; i < 16; i++) block[reg(block) + i] = block[rm(block) + i] ^ (random.chance(50) ? 0xff : 0);
  }
  if (form.mnemonic === "ldmxcsr")
    words.setUint32(rm(block), random.chance(80) ? mxcsr(random) : random.bits() & ~0x2_0000, true);
  return { code: Uint8Array.from(code), before: block };
}

/** Both operands: the second first, then the first that goes with it. */
function fill(form: Form, random: Random, block: Uint8Array, source: number, destination: number): void {
  const words = at.view(block);
  const bytes = Math.min(16, block.length - source);
  const format = formatOf(form.mnemonic);
  if (format === undefined || source < at.IMAGE) {
    putIntegers(random, words, source, source < at.IMAGE ? 4 : bytes);
    if (destination >= at.IMAGE && destination !== source)
      putIntegers(random, words, destination, isMmx(destination) ? 8 : 16);
    // A count that is in range more often than not.
    if (/^ps[rl][la]/.test(form.mnemonic) && random.chance(75))
      words.setBigUint64(source, BigInt(random.below(70)), true);
    return;
  }
  const lanes = isMmx(source) ? 8 : 16;
  for (let i = 0; i < lanes; i += format.bytes) putFloat(random, words, source + i, format);
  if (destination < at.IMAGE || destination === source || isMmx(destination)) return;
  for (let i = 0; i < lanes; i += format.bytes) putPartner(random, words, destination + i, source + i, format);
}

/** Strings of few different elements, which end somewhere; lengths of either sign around the registers' sizes. */
function fillStrings(random: Random, block: Uint8Array, source: number, destination: number): void {
  const words = at.view(block);
  const width = random.pick([1, 2]);
  const base = random.pick([0x40, 0x7f, 0xfe]);
  for (const place of [source, destination]) {
    const end = random.below(24);
    for (let i = 0; i < 16; i += width) {
      const value = i >= end && random.chance(60) ? 0 : base + random.below(3);
      if (width === 1) words.setUint8(place + i, value);
      else words.setUint16(place + i, value, true);
    }
  }
  for (const place of [at.EAX, at.EDX]) if (random.chance(85)) words.setInt32(place, random.between(-18, 18), true);
}

const isMmx = (place: number): boolean => place >= at.STACK && place < at.XMM;
