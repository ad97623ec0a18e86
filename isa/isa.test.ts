// The table, the decoder and the encoder agree with each other, on every form and on random bytes.

import { describe, expect, test } from "vitest";
import { decode } from "./decode.ts";
import { EncodeError, encode } from "./encode.ts";
import type { MemoryOperand, Operand } from "./instruction.ts";
import { FORMS } from "./table.ts";

const r32 = (index: number): Operand => ({ kind: "register", class: "r32", index });
const r16 = (index: number): Operand => ({ kind: "register", class: "r16", index });
const imm = (value: number): Operand => ({ kind: "immediate", value, size: 4 });
const mem = (more: Partial<MemoryOperand>): MemoryOperand => ({
  kind: "memory",
  size: 4,
  addressSize: 32,
  base: -1,
  index: -1,
  scale: 1,
  displacement: 0,
  segment: 3,
  ...more,
});

function hex(mnemonic: string, operands: Operand[], options: Partial<Parameters<typeof encode>[2]> = {}): string {
  return Buffer.from(encode(mnemonic, operands, { bits: 32, ...options }).bytes).toString("hex");
}

describe("encode", () => {
  test("takes the shortest form", () => {
    expect(hex("add", [r32(0), imm(1)])).toBe("83c001");
    expect(hex("add", [r32(0), imm(0x1000)])).toBe("0500100000");
    expect(hex("mov", [r32(3), r32(0)])).toBe("89c3");
    expect(hex("mov", [r32(3), imm(-1)])).toBe("bbffffffff");
    expect(hex("push", [imm(5)])).toBe("6a05");
    expect(hex("add", [r16(1), imm(0xffff)])).toBe("6683c1ff");
  });

  test("forms addresses", () => {
    expect(hex("mov", [r32(0), mem({ base: 4, displacement: 8, segment: 2 })])).toBe("8b442408");
    expect(hex("mov", [r32(1), mem({ base: 5, segment: 2 })])).toBe("8b4d00");
    expect(hex("mov", [r32(1), mem({ index: 3, scale: 4, displacement: 0x1234 })])).toBe("8b0c9d34120000");
    expect(hex("mov", [r32(0), mem({ displacement: 0x1234 })])).toBe("a134120000");
    expect(hex("mov", [r32(1), mem({ base: 6, segment: 0 })])).toBe("268b0e");
    expect(hex("mov", [r16(0), mem({ size: 2, addressSize: 16, base: 3, index: 6 })], { bits: 16 })).toBe("8b00");
  });

  test("makes fixups for symbols", () => {
    const call = encode("call", [{ kind: "relative", value: 0, size: 4, fixup: "f" }], { bits: 32 });
    expect(call.fixups).toEqual([{ offset: 1, size: 4, kind: "relative", operand: 0, symbol: "f", addend: -4 }]);
    const short = encode("jmp", [{ kind: "relative", value: 0, size: 1, fixup: "l" }], { bits: 32, jump: "short" });
    expect(short.bytes.length).toBe(2);
    const push = encode("push", [{ kind: "immediate", value: 3, size: 4, fixup: "s" }], { bits: 32 });
    expect(push.bytes.length).toBe(5);
    expect(push.fixups[0].addend).toBe(3);
  });

  test("takes other registers and mandatory prefixes", () => {
    const st = (index: number): Operand => ({ kind: "register", class: "st", index });
    const mm = (index: number): Operand => ({ kind: "register", class: "mm", index });
    const xmm = (index: number): Operand => ({ kind: "register", class: "xmm", index });
    expect(hex("fadd", [st(0), st(3)])).toBe("d8c3");
    expect(hex("fsub", [st(3), st(0)])).toBe("dceb");
    expect(hex("fld", [mem({ size: 10, base: 0 })])).toBe("db28");
    expect(hex("paddb", [mm(1), mm(2)])).toBe("0ffcca");
    expect(hex("paddb", [xmm(1), xmm(2)])).toBe("660ffcca");
    expect(hex("movsd", [xmm(1), mem({ size: 8, base: 0 })])).toBe("f20f1008");
    expect(hex("cvtsi2ss", [xmm(0), r32(1)])).toBe("f30f2ac1");
    expect(hex("movdqa", [xmm(0), mem({ size: 0, base: 0, segment: 4, addressSize: 32 })])).toBe("64660f6f00");
    expect(hex("cmpltps", [xmm(0), xmm(1)])).toBe("0fc2c101");
    expect(hex("pfadd", [mm(0), mem({ size: 8, base: 0, displacement: 4 })])).toBe("0f0f40049e");
  });

  test("writes what only assemblers know", () => {
    expect(hex("fstcw", [mem({ size: 2, base: 0 })])).toBe("9bd938");
    expect(hex("fstenv", [mem({ size: 0, base: 0 })], { operandSize: 16 })).toBe("9b66d930");
    expect(hex("finit", [])).toBe("9bdbe3");
    expect(hex("fstsw", [])).toBe("9bdfe0");
    expect(hex("faddp", [])).toBe("dec1");
    expect(hex("fadd", [])).toBe("dec1");
    expect(hex("fsubp", [])).toBe("dee9");
    expect(hex("fcom", [])).toBe("d8d1");
    expect(hex("fxch", [])).toBe("d9c9");
    expect(hex("fucomip", [])).toBe("dfe9");
  });

  test("refuses what no form takes", () => {
    expect(() => hex("mov", [r32(0), r16(0)])).toThrow(EncodeError);
    expect(() => hex("add", [mem({ size: 0 }), imm(1)])).toThrow(EncodeError);
    expect(() => hex("frobnicate", [])).toThrow(/unknown instruction "frobnicate"/);
  });
});

/** A small generator with a fixed seed (xorshift32). */
function randomBytes(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 8) & 0xff;
  };
}

const MANDATORY = { np: [], "66": [0x66], f3: [0xf3], f2: [0xf2] };

describe("decode", () => {
  test("every form of the table is reachable", () => {
    const seen = new Set<number>();
    const next = randomBytes(7);
    for (const form of FORMS) {
      if (form.encodeOnly) continue;
      for (let tries = 0; tries < 4000 && !seen.has(form.id); tries++) {
        const prefix = form.prefix !== "" ? MANDATORY[form.prefix] : tries & 1 ? [0x66] : tries & 2 ? [0x67] : [];
        const bytes = Uint8Array.from([...prefix, ...form.opcode, ...Array.from({ length: 12 }, next)]);
        const decoded = decode(bytes, 0, 32);
        if ("form" in decoded) seen.add(decoded.form.id);
      }
    }
    expect(FORMS.filter((f) => !f.encodeOnly && !seen.has(f.id)).map((f) => `${f.mnemonic} ${f.opcode}`)).toEqual([]);
  });

  test("what it decodes from random bytes encodes and decodes to the same again", () => {
    const next = randomBytes(42);
    let checked = 0;
    for (let n = 0; n < 60000; n++) {
      const bits = n & 1 ? 16 : 32;
      const bytes = Uint8Array.from({ length: 16 }, next);
      const first = decode(bytes, 0, bits);
      if ("failure" in first || first.form.decodeOnly || first.form.mnemonic === "nop") continue;
      const again = encode(first.form.mnemonic, first.operands, {
        bits,
        lock: first.lock,
        operandSize: first.form.sized ? first.operandSize : undefined,
      });
      const second = decode(again.bytes, 0, bits);
      if ("failure" in second) throw new Error(`${first.form.mnemonic}: ${Buffer.from(again.bytes).toString("hex")}`);
      expect(second.form.mnemonic).toBe(first.form.mnemonic);
      const normal = (operands: Operand[]) => operands.map((o) => (o.kind === "relative" ? { ...o, size: 0 } : o));
      if (first.form.mnemonic !== "xchg" && first.form.mnemonic !== "test") {
        expect(normal(second.operands)).toEqual(normal(first.operands));
      }
      checked++;
    }
    expect(checked).toBeGreaterThan(40000);
  });

  test("says why there is no instruction", () => {
    expect(decode(Uint8Array.of(0x0f), 0, 32)).toEqual({ failure: "truncated" });
    expect(decode(Uint8Array.of(0x0f, 0x04, 0, 0), 0, 32)).toEqual({ failure: "invalid" });
    expect(decode(new Uint8Array(20).fill(0x66), 0, 32)).toEqual({ failure: "too long" });
    expect(decode(Uint8Array.of(0xf0, 0x01, 0xc0), 0, 32)).toEqual({ failure: "invalid" });
  });
});
