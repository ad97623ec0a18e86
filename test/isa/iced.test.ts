// The instruction table against an independent one: iced-x86 decodes the same bytes, and knows the same flags.

import * as iced from "iced-x86";
import { describe, expect, test } from "vitest";
import { fuzzCount } from "../../formats/testing/damage.ts";
import { decode, type Instruction } from "../../isa/decode.ts";
import { AF, CF, DF, type Form, IF, type MemoryOperand, OF, type Operand, PF, SF, ZF } from "../../isa/instruction.ts";
import { FORMS, MNEMONICS, REGISTER_NAMES } from "../../isa/table.ts";
import { isTestable, makeCase } from "../hardware/cases.ts";
import { Random } from "../hardware/random.ts";
import { sampleOf } from "./samples.ts";

const SHOWN = 40;

// TZCNT, LZCNT and WBNOINVD are F3 BSF, F3 BSR and F3 WBINVD: no processor of ours has them. 0F 0D and the like are reserved NOPs only on P6 and later.
// FRSTPM is the 287's.
const OPTIONS =
  iced.DecoderOptions.NoMPFX_0FBC |
  iced.DecoderOptions.NoMPFX_0FBD |
  iced.DecoderOptions.NoWbnoinvd |
  iced.DecoderOptions.OldFpu;

/** iced's names where they differ from ours. */
const NAMES: Record<string, string> = {
  xlatb: "xlat",
  sal: "shl",
  // Hints that came after the Pentium 4 are no-operations to us, and the spare prefetches of 3DNow! all one.
  reservednop: "nop",
  cldemote: "nop",
  prefetchit0: "nop",
  prefetchit1: "nop",
  rdsspd: "nop",
};

const ANY_WIDTH = new Set(["arpl", "verr", "verw", "lldt", "ltr", "lmsw", "bswap"]);

function nameOf(instruction: iced.Instruction): string {
  const name = iced.Mnemonic[instruction.mnemonic].toLowerCase();
  const far =
    instruction.isJmpFar || instruction.isCallFar || instruction.isJmpFarIndirect || instruction.isCallFarIndirect;
  return (NAMES[name] ?? name) + (far ? "f" : "");
}

function registerName(register: iced.Register): string {
  return register === iced.Register.None ? "" : iced.Register[register].toLowerCase();
}

function memory(base: string, index: string, scale: number, displacement: number, segment: string): string {
  return `${segment}:[${base}+${index}*${scale}+${(displacement >>> 0).toString(16)}]`;
}

function icedOperand(instruction: iced.Instruction, i: number): string {
  const kind = instruction.opKind(i);
  const segment = registerName(instruction.memorySegment);
  const size = instruction.codeSize === iced.CodeSize.Code16 ? 16 : 32;
  const { Register } = iced;
  switch (kind) {
    case iced.OpKind.Register:
      return registerName(instruction.opRegister(i));
    case iced.OpKind.Memory: {
      const base = registerName(instruction.memoryBase);
      const index = registerName(instruction.memoryIndex);
      const narrow = /^(bx|bp|si|di)?$/.test(base) && (base !== "" || instruction.memoryDisplSize === 2);
      let displacement = Number(BigInt.asIntN(32, instruction.memoryDisplacement));
      if (narrow) displacement = (displacement << 16) >> 16;
      return memory(base, index, index === "" ? 1 : instruction.memoryIndexScale, displacement, segment);
    }
    case iced.OpKind.NearBranch16:
      return `to ${instruction.nearBranch16}`;
    case iced.OpKind.NearBranch32:
      return `to ${instruction.nearBranch32 >>> 0}`;
    case iced.OpKind.FarBranch16:
      return `${instruction.farBranchSelector}:${instruction.farBranch16}`;
    case iced.OpKind.FarBranch32:
      return `${instruction.farBranchSelector}:${instruction.farBranch32 >>> 0}`;
    case iced.OpKind.Immediate8:
      return `${instruction.immediate8 & 0xff}`;
    case iced.OpKind.Immediate8_2nd:
      return `${instruction.immediate8_2nd & 0xff}`;
    case iced.OpKind.Immediate16:
      return `${instruction.immediate16 & 0xffff}`;
    case iced.OpKind.Immediate32:
      return `${instruction.immediate32 >>> 0}`;
    case iced.OpKind.Immediate8to16:
      return `${instruction.immediate8to16 & 0xffff}`;
    case iced.OpKind.Immediate8to32:
      return `${instruction.immediate8to32 >>> 0}`;
    case iced.OpKind.MemorySegSI:
      return memory("si", "", 1, 0, segment);
    case iced.OpKind.MemorySegESI:
      return memory("esi", "", 1, 0, segment);
    case iced.OpKind.MemorySegDI:
      return memory("di", "", 1, 0, segment);
    case iced.OpKind.MemorySegEDI:
      return memory("edi", "", 1, 0, segment);
    case iced.OpKind.MemoryESDI:
      return memory("di", "", 1, 0, "es");
    case iced.OpKind.MemoryESEDI:
      return memory("edi", "", 1, 0, "es");
    default:
      throw new RangeError(`iced operand kind ${iced.OpKind[kind]} (${Register.None}, ${size})`);
  }
}

function ourOperand(instruction: Instruction, operand: Operand): string {
  switch (operand.kind) {
    case "register":
      return operand.class === "st" ? `st${operand.index}` : REGISTER_NAMES[operand.class][operand.index];
    case "memory":
      return ourMemory(instruction, operand);
    case "immediate": {
      const mask = operand.size === 1 ? 0xff : operand.size === 2 ? 0xffff : 0xffff_ffff;
      return `${(operand.value & mask) >>> 0}`;
    }
    case "relative": {
      const target = instruction.length + operand.value;
      return `to ${instruction.operandSize === 16 ? target & 0xffff : target >>> 0}`;
    }
    case "far":
      return `${operand.selector}:${operand.offset >>> 0}`;
  }
}

function ourMemory(instruction: Instruction, operand: MemoryOperand): string {
  const names = operand.addressSize === 16 ? REGISTER_NAMES.r16 : REGISTER_NAMES.r32;
  const name = (index: number): string => (index < 0 ? "" : names[index]);
  const segment = REGISTER_NAMES.sreg[operand.segment];
  // XLAT adds AL by itself; iced shows it as an index.
  const index = instruction.form.mnemonic === "xlat" ? "al" : name(operand.index);
  return memory(name(operand.base), index, operand.scale, operand.displacement, segment);
}

/** Forms whose flags depend on a count (see test/hardware/undefined.ts), and moves that iced says wipe out the flags but don't. */
function depends(form: Form): boolean {
  const counted =
    /^(ro|rc|sh|sa)[lr]d?$/.test(form.mnemonic) && form.operands.some((o) => o.code === "CL" || o.code === "Ib");
  return counted || form.operands.some((o) => o.place === "cr" || o.place === "dr");
}

/** How many operands iced shows before ours: the top of the stack, and the place that MASKMOVQ stores to. */
function implied(theirs: iced.Instruction, ours: Instruction): number {
  return ours.form.unit !== "integer" ? Math.max(0, theirs.opCount - ours.operands.length) : 0;
}

/** What differs, or undefined. */
function difference(bytes: Uint8Array, bits: 16 | 32): string | undefined {
  const ours = decode(bytes, 0, bits);
  const decoder = new iced.Decoder(bits, bytes, OPTIONS);
  decoder.ip = 0n;
  const theirs = decoder.decode();
  try {
    const where = `${Buffer.from(bytes.subarray(0, Math.max(theirs.length, 1))).toString("hex")} (${bits})`;
    if (theirs.isInvalid) {
      if ("failure" in ours || ours.form.mnemonic === "esc") return undefined;
      return `${where}: ours ${ours.form.mnemonic}, theirs invalid`;
    }
    const name = nameOf(theirs);
    // 0F 0D with a register is no 3DNow! instruction; to Intel's later processors it is one more no-operation.
    if ("failure" in ours && name === "nop") return undefined;
    if ("failure" in ours) return MNEMONICS.has(name) ? `${where}: ours ${ours.failure}, theirs ${theirs}` : undefined;
    const { form } = ours;
    const { mnemonic } = form;
    if (ours.length !== theirs.length) return `${where}: length ${ours.length}, theirs ${theirs.length}: ${theirs}`;
    if (mnemonic === "esc") return undefined;
    if ((mnemonic === "xchg" || mnemonic === "nop") && name === "nop") return undefined;
    if (mnemonic === "prefetch" && name === "prefetchw") return undefined;
    if (mnemonic !== name) return `${where}: ours ${mnemonic}, theirs ${theirs}`;
    // Of a 16-bit operand in 32-bit code iced shows the whole register, and of BSWAP with a 66 prefix (undefined) the half.
    const anyWidth = ANY_WIDTH.has(mnemonic) || ours.form.operands.some((spec) => spec.place === "sreg");
    const plain = (text: string): string => (anyWidth ? text.replace(/^e(?=[a-d]x|[sd]i|[sb]p)/, "") : text);
    // iced leaves out the XMM0 of a blend.
    const shown = ours.operands.filter((_, i) => form.operands[i].code !== "XMM0");
    const ourOperands = shown.map((operand) => plain(ourOperand(ours, operand)));
    const theirOperands = shown.map((_, i) => plain(icedOperand(theirs, i + implied(theirs, ours))));
    if (ourOperands.join() !== theirOperands.join())
      return `${where} ${mnemonic}: ${ourOperands.join(", ")}, theirs ${theirOperands.join(", ")}`;
    return undefined;
  } finally {
    theirs.free();
    decoder.free();
  }
}

function collect(samples: Iterable<[Uint8Array, 16 | 32]>): { count: number; differences: string[] } {
  const differences: string[] = [];
  let count = 0;
  for (const [bytes, bits] of samples) {
    count++;
    const found = difference(bytes, bits);
    if (found !== undefined) differences.push(found);
  }
  return { count, differences };
}

describe("the decoder and iced-x86", () => {
  test("agree on every form", () => {
    function* samples(): Iterable<[Uint8Array, 16 | 32]> {
      const random = new Random(1);
      for (const form of FORMS) {
        if (!isTestable(form)) continue;
        for (let i = 0; i < 60; i++) {
          const bits = i % 3 === 0 ? 16 : 32;
          yield [makeCase(form, random, bits).code, bits];
        }
      }
    }
    const { count, differences } = collect(samples());
    expect(differences).toEqual([]);
    expect(count).toBeGreaterThan(20_000);
  });

  test("agree on every form of every unit", () => {
    function* samples(): Iterable<[Uint8Array, 16 | 32]> {
      const random = new Random(4);
      for (const form of FORMS) {
        if (form.encodeOnly) continue;
        for (let i = 0; i < 40; i++) {
          const bits = i & 1 ? 16 : 32;
          const sample = sampleOf(form, random, bits);
          if (sample) yield [sample.bytes, bits];
        }
      }
    }
    const { count, differences } = collect(samples());
    expect(differences).toEqual([]);
    expect(count).toBeGreaterThan(30_000);
  });

  // MINIOS_FUZZ=10000000 tries ten million, in a minute or two.
  const count = fuzzCount(200_000);
  test(`agree on ${count} strings of random bytes`, { timeout: 60_000 + count / 5 }, () => {
    function* samples(): Iterable<[Uint8Array, 16 | 32]> {
      const random = new Random(2);
      for (let i = 0; i < count; i++) {
        const bytes = Uint8Array.from({ length: 16 }, () => random.below(256));
        // Every fourth in the second opcode map, every eighth there with a mandatory prefix, every sixteenth for the x87.
        if (i % 4 === 0) bytes[0] = 0x0f;
        else if (i % 8 === 1) bytes.set([random.pick([0x66, 0xf2, 0xf3]), 0x0f]);
        else if (i % 16 === 2) bytes[0] = 0xd8 | (bytes[0] & 7);
        yield [bytes, i & 1 ? 16 : 32];
      }
    }
    const { differences } = collect(samples());
    expect(differences.length, differences.slice(0, SHOWN).join("\n")).toBe(0);
  });
});

describe("the flags of every form", () => {
  test("are those that iced-x86 knows", () => {
    const bits: [number, number][] = [
      [iced.RflagsBits.OF, OF],
      [iced.RflagsBits.SF, SF],
      [iced.RflagsBits.ZF, ZF],
      [iced.RflagsBits.AF, AF],
      [iced.RflagsBits.CF, CF],
      [iced.RflagsBits.PF, PF],
      [iced.RflagsBits.DF, DF],
      [iced.RflagsBits.IF, IF],
    ];
    const ours = (mask: number): number => bits.reduce((sum, [theirs, our]) => (mask & theirs ? sum | our : sum), 0);
    const names = (mask: number): string => {
      const letters: [number, string][] = [
        [OF, "o"],
        [DF, "d"],
        [IF, "i"],
        [SF, "s"],
        [ZF, "z"],
        [AF, "a"],
        [PF, "p"],
        [CF, "c"],
      ];
      return letters.map(([bit, letter]) => (mask & bit ? letter : "")).join("");
    };
    const random = new Random(3);
    const differences = new Set<string>();
    for (const form of FORMS) {
      if (!isTestable(form) || depends(form)) continue;
      for (let i = 0; i < 10; i++) {
        const { code } = makeCase(form, random, 32);
        const decoded = decode(code, 0, 32);
        if ("failure" in decoded || decoded.form !== form) continue;
        const decoder = new iced.Decoder(32, code, OPTIONS);
        const theirs = decoder.decode();
        const written = ours(theirs.rflagsWritten | theirs.rflagsCleared | theirs.rflagsSet);
        const undefinedFlags = ours(theirs.rflagsUndefined);
        const tested = ours(theirs.rflagsRead);
        const { flags } = form;
        const all = OF | SF | ZF | AF | PF | CF | DF | IF;
        const mine = `t=${names(flags.tested & all)} w=${names(flags.written & all)} u=${names(flags.undefined & all)}`;
        const their = `t=${names(tested)} w=${names(written)} u=${names(undefinedFlags)}`;
        if (mine !== their)
          differences.add(`${form.mnemonic} ${form.operands.map((o) => o.code)}: ${mine}, theirs ${their}`);
        theirs.free();
        decoder.free();
      }
    }
    expect([...differences]).toEqual([]);
  });
});
