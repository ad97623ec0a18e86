// The assembler against the disassembler: what the one prints, the other takes, and makes of it what the encoder makes of the operands.
// It needs no judge: objdump.test.ts and as.test.ts hold the two ends against GNU's.

import { describe, expect, test } from "vitest";
import type { Instruction } from "../../isa/decode.ts";
import { encode } from "../../isa/encode.ts";
import { leftoverPrefixes } from "../../isa/format/prefixes.ts";
import { formatInstruction } from "../../isa/format.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { samplesOf } from "./samples.ts";

function isPlain(instruction: Instruction, text: string): boolean {
  const { form, operands } = instruction;
  if (form.decodeOnly || form.operands.some((spec) => spec.place === "relative")) return false;
  // What the text does not say, or what there is no text for: see as.test.ts. MONITOR and MWAIT have operands only there.
  if (/\(bad\)|eiz|only\)|,%st\(0\)|mov[sz]ww|bswap +%..$|monitor|mwait/.test(text)) return false;
  if (operands.some((o) => o.kind === "memory" && o.addressSize === 16 && o.base < 0 && o.index < 0)) return false;
  return leftoverPrefixes(instruction, true).every((name) => name.startsWith("rep"));
}

function bytesOf(text: string, bits: 16 | 32): string {
  const { object } = assemble(`.code${bits}\n${text}\n`, { file: "text.s" });
  const data = object.sections.find((section) => section.name === ".text")?.data;
  return data instanceof Uint8Array ? Buffer.from(data).toString("hex") : "";
}

describe("the assembler takes what the disassembler prints", () => {
  test.each([16, 32] as const)("%i-bit code", (bits) => {
    const differences: string[] = [];
    let count = 0;
    for (const { instruction } of samplesOf(bits, 200 + bits, 4)) {
      const text = formatInstruction(instruction, { syntax: "att", address: 0 });
      if (!isPlain(instruction, text)) continue;
      count++;
      const { form, operands, operandSize, repeat } = instruction;
      const { bytes } = encode(form.mnemonic, operands, {
        bits,
        repeat: repeat !== "" && form.repeat !== "" ? repeat : undefined,
        operandSize: form.sized ? operandSize : undefined,
      });
      const [ours, theirs] = [Buffer.from(bytes).toString("hex"), bytesOf(text, bits)];
      if (ours !== theirs) differences.push(`${text}: ${ours} | ${theirs}`);
    }
    expect(differences).toEqual([]);
    expect(count).toBeGreaterThan(2500);
  });
});
