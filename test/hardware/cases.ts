// Test cases for a form of the instruction table: random encodings of it, in states that its kind of instruction makes interesting.

import type { Feature, Form } from "../../isa/instruction.ts";
import { CONDITIONS } from "../../isa/table.ts";
import { type Address, CaseBuilder } from "./case-builder.ts";
import * as at from "./environment.ts";
import { prepare, SELECTOR_CHOICES } from "./prepare.ts";
import type { Random } from "./random.ts";
import { CODE_SIZE, type TestCase } from "./record.ts";

/** Instructions whose result user mode can't foresee, or that this processor's kernel treats in its own way. */
const NOT_REPRODUCIBLE = new Set([
  ...["rdtsc", "rdpmc", "cpuid", "sgdt", "sidt", "sldt", "str", "smsw", "int1", "sysenter", "sysexit", "rsm"],
  ...["endbr32", "endbr64"],
]);

/** Those that processors of another maker, or none of these days, have. */
const OTHER_FEATURES: ReadonlySet<Feature> = new Set(["popcnt", "syscall", "monitor"]);

export function isTestable(form: Form): boolean {
  const known = form.unit === "integer" && form.level !== "p4" && !OTHER_FEATURES.has(form.feature);
  // To later processors the hints may mean something.
  if (form.mnemonic === "nop" && form.decodeOnly) return false;
  return known && !form.encodeOnly && !NOT_REPRODUCIBLE.has(form.mnemonic);
}

/** How many cases a form deserves, in 32-bit code: the more operands and flags, the more. */
export function caseCount(form: Form): number {
  if (form.privilege !== "") return 6;
  if (form.operands.length === 0) return form.flags.written !== 0 || form.flags.tested !== 0 ? 50 : 20;
  if (CONDITIONS.some((name) => form.mnemonic === `j${name}` || form.mnemonic === `set${name}`)) return 32;
  return form.modrm ? 190 : 90;
}

/** One case of the form. */
export function makeCase(form: Form, random: Random, bits: 16 | 32): TestCase {
  for (;;) {
    const test = tryCase(form, random, bits);
    if (test.code.length <= CODE_SIZE - 1) return test;
  }
}

function tryCase(form: Form, random: Random, bits: 16 | 32): TestCase {
  const builder = new CaseBuilder(form, random, bits);
  // With LOCK and no memory destination the instruction is invalid; a few of those too (but AMD lets VERW and its like pass).
  builder.lock = random.chance(form.lockable ? 10 : form.protectedOnly ? 0 : 1);
  const repeat = form.repeat !== "" && random.chance(60) ? (random.chance(50) ? 0xf3 : 0xf2) : 0;
  builder.emitPrefixes(form.privilege === "iopl" ? 0 : repeat);
  const opcode = [...form.opcode];
  const inOpcode = form.operands.find((spec) => spec.place === "opcode");
  const opcodeRegister = random.below(8);
  if (inOpcode) opcode[opcode.length - 1] += opcodeRegister;
  builder.code.push(...opcode);

  let address: Address | undefined;
  let reg = 0;
  let rm = -1;
  if (form.modrmByte >= 0) builder.emit(form.modrmByte, 1);
  else if (form.modrm) {
    reg = form.digit >= 0 ? form.digit : registerField(form, random);
    const place = form.operands.find((spec) => spec.place.startsWith("rm"))?.place;
    const asRegister = place === "rmRegister" || (place === "rm" && random.chance(40));
    if (asRegister) {
      rm = random.below(8);
      builder.emit(0xc0 | (reg << 3) | rm, 1);
    } else address = builder.emitAddress(reg);
  }
  emitTrailing(form, builder);

  // The instruction's own needs first, then whatever is left free.
  prepare(builder, { address, reg, rm, opcodeRegister, repeated: repeat !== 0 });
  form.operands.forEach((spec) => {
    const size = builder.size(spec);
    const bits = size === 1 ? 8 : size === 2 ? 16 : 32;
    switch (spec.place) {
      case "rm":
      case "rmMemory":
        if (address && !builder.isPointed) {
          const segment = builder.segmentOf(address);
          builder.point(address, size);
          const offset = builder.pointedOffset;
          if (size === 1 || size === 2 || size === 4) {
            if (random.chance(70)) builder.poke(segment, offset, random.edge(bits), size);
          }
        } else if (rm >= 0) builder.vary(rm, bits);
        break;
      case "rmRegister":
        builder.vary(rm, bits);
        break;
      case "reg":
        builder.vary(reg, bits);
        break;
      case "opcode":
        builder.vary(opcodeRegister, bits);
        break;
      case "fixed":
        builder.vary(spec.register, bits);
        break;
    }
  });
  return builder.finish();
}

/** The reg field where it names a register: control and debug registers only those that every processor has. */
function registerField(form: Form, random: Random): number {
  if (form.operands.some((spec) => spec.place === "cr")) return random.pick([0, 2, 3]);
  if (form.operands.some((spec) => spec.place === "dr")) return random.pick([0, 1, 2, 3, 6, 7]);
  // Numbers 6 and 7 name no segment register.
  if (form.operands.some((spec) => spec.place === "sreg")) return random.below(random.chance(90) ? 6 : 8);
  return random.below(8);
}

/** Immediates, relative and far addresses, and addresses without ModRM. */
function emitTrailing(form: Form, builder: CaseBuilder): void {
  const { random } = builder;
  for (const spec of form.operands) {
    const size = builder.size(spec);
    switch (spec.place) {
      case "immediate":
        builder.emit(immediate(form, builder, size), size);
        break;
      case "relative":
        builder.emit(distance(builder, size), size);
        break;
      case "far": {
        const selector = random.chance(60) ? random.pick([at.USER_CODE, at.CODE_16]) : random.pick(SELECTOR_CHOICES);
        builder.emit(builder.landing(selector), builder.operandSize / 8);
        builder.emit(selector, 2);
        break;
      }
      case "moffs": {
        const segment = builder.override >= 0 ? builder.override : 3;
        const offset = builder.offsetIn(segment, builder.target(size, segment));
        builder.emit(offset, builder.addressSize / 8);
        builder.poke(segment, offset, random.edge(32), size);
        break;
      }
    }
  }
}

function immediate(form: Form, builder: CaseBuilder, size: number): number {
  const { random } = builder;
  switch (form.mnemonic) {
    case "int":
      // 80h is Linux's system call.
      return random.pick([0, 1, 3, 4, 5, 6, 13, 14, 0x1f, 0x20, 0x7f, 0x81, 0xff]);
    case "enter":
      return size === 2 ? random.pick([0, 1, 4, 16, 24]) : random.pick([0, 0, 1, 2, 3, 5, 32, 33]);
    case "ret":
    case "retf":
      return random.pick([0, 1, 2, 4, 8, 0x10, 0x7ffc, 0xfffc]);
    case "aam":
      return random.chance(60) ? 10 : random.edge(8);
    default:
      return random.edge(size === 1 ? 8 : size === 2 ? 16 : 32);
  }
}

/** A distance to somewhere with breakpoints, counted from the end of an instruction whose last bytes it is. */
function distance(builder: CaseBuilder, size: number): number {
  const { random } = builder;
  const length = builder.code.length + size;
  if (size === 1) {
    const value = random.chance(50) ? random.between(0, 127) : random.between(-128, -length - 1);
    return value;
  }
  return builder.landing(builder.selectors[1]) - (builder.start + length);
}
