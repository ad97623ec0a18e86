// The assembler against the disassembler: what the one prints, the other takes, and makes of it what the encoder makes of the operands.
// It needs no judge: objdump.test.ts and as.test.ts hold the two ends against GNU's.

import { describe, expect, test } from "vitest";
import type { Instruction } from "../../isa/decode.ts";
import { encode } from "../../isa/encode.ts";
import { isMarked, isState, OPERAND_SIZE } from "../../isa/format/common.ts";
import { leftoverPrefixes } from "../../isa/format/prefixes.ts";
import { formatInstruction } from "../../isa/format.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { samplesOf } from "./samples.ts";

function isPlain(instruction: Instruction, text: string, syntax: "att" | "intel"): boolean {
  const { form, operands } = instruction;
  if (form.decodeOnly || form.operands.some((spec) => spec.place === "relative")) return false;
  // What the text does not say, or what there is no text for: see as.test.ts. MONITOR and MWAIT have operands only there.
  if (/\(bad\)|eiz|only\)|,%st\(0\)|mov[sz]ww|bswap +%?..$|monitor|mwait/.test(text)) return false;
  if (operands.some((o) => o.kind === "memory" && o.addressSize === 16 && o.base < 0 && o.index < 0)) return false;
  // Intel syntax: names with a suffix for the size that no operand shows, and far pointers, which the mode does not decide.
  const suffixed = (isMarked(instruction) || isState(instruction)) && instruction.prefixes.includes(OPERAND_SIZE);
  const table = form.operands.some((spec) => spec.size === "s");
  if (syntax === "intel" && (suffixed || table || /^(lar|lsl|jmpf|callf)$/.test(form.mnemonic))) return false;
  return leftoverPrefixes(instruction, syntax === "att").every((name) => name.startsWith("rep"));
}

function bytesOf(text: string, bits: 16 | 32, syntax: "att" | "intel"): string {
  const { object } = assemble(`.${syntax}_syntax ${syntax === "att" ? "" : "no"}prefix\n.code${bits}\n${text}\n`, {
    file: "text.s",
  });
  const data = object.sections.find((section) => section.name === ".text")?.data;
  return data instanceof Uint8Array ? Buffer.from(data).toString("hex") : "";
}

describe("the assembler takes what the disassembler prints", () => {
  test.each([
    [16, "att"],
    [16, "intel"],
    [32, "att"],
    [32, "intel"],
  ] as const)("%i-bit code, %s syntax", (bits, syntax) => {
    const differences: string[] = [];
    let count = 0;
    for (const { instruction } of samplesOf(bits, 200 + bits, 4)) {
      const text = formatInstruction(instruction, { syntax, address: 0 });
      if (!isPlain(instruction, text, syntax)) continue;
      count++;
      const { form, operands, operandSize, repeat } = instruction;
      const { bytes } = encode(form.mnemonic, operands, {
        bits,
        repeat: repeat !== "" && form.repeat !== "" ? repeat : undefined,
        operandSize: form.sized ? operandSize : undefined,
      });
      const [ours, theirs] = [Buffer.from(bytes).toString("hex"), bytesOf(text, bits, syntax)];
      if (ours !== theirs) differences.push(`${text}: ${ours} | ${theirs}`);
    }
    expect(differences).toEqual([]);
    expect(count).toBeGreaterThan(2500);
  });
});
