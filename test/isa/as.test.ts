// The encoder against GNU as: what the disassembler writes for random operands of every form, assembled, is what the encoder makes of them.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Instruction } from "../../isa/decode.ts";
import { encode } from "../../isa/encode.ts";
import { leftoverPrefixes } from "../../isa/format/prefixes.ts";
import { formatInstruction } from "../../isa/format.ts";
import { isInstalled, scratchDirectory } from "../support.ts";
import { samplesOf } from "./samples.ts";

const folder = scratchDirectory("isa-as");
afterAll(folder.remove);

/** The bytes that GNU as makes of each line, without the padding behind it. */
function assemble(lines: readonly string[], bits: 16 | 32): string[] {
  const [object, binary] = ["o", "bin"].map((ending) => join(folder.path, `as${bits}.${ending}`));
  const source = lines.map((line) => `${line}\n.balign 16, 0xcc\n`).join("");
  const flags = ["--32", "-mtune=i686", "-o", object, "-"];
  execFileSync("as", flags, { input: `.code${bits}\n${source}`, stdio: ["pipe", "ignore", "pipe"] });
  execFileSync("objcopy", ["-O", "binary", "-j", ".text", object, binary]);
  const code = readFileSync(binary).toString("hex");
  return lines.map((_, i) => code.slice(i * 32, i * 32 + 32).replace(/(?:cc)*$/, ""));
}

describe.skipIf(!isInstalled("as"))("GNU as encodes the same", () => {
  test.each([16, 32] as const)("%i-bit code", (bits) => {
    const all = samplesOf(bits, 100 + bits, 12)
      .map((sample) => ({ ...sample, text: formatInstruction(sample.instruction, { syntax: "att", address: 0 }) }))
      .filter(
        ({ instruction, text }) =>
          isPlain(instruction, text, bits) &&
          leftoverPrefixes(instruction, true).every((name) => name.startsWith("rep")),
      );
    const lines = all.map(({ text }) => text);
    const theirs = assemble(lines, bits);
    const differences = all.flatMap(({ bytes, instruction }, i) => {
      const { form, operands, operandSize, repeat } = instruction;
      const { bytes: encoded } = encode(form.mnemonic, operands, {
        bits,
        repeat: repeat !== "" && form.repeat !== "" ? repeat : undefined,
        operandSize: form.sized ? operandSize : undefined,
      });
      const ours = Buffer.from(encoded)
        .toString("hex")
        .replace(/(?:cc)*$/, "");
      return ours === theirs[i] ? [] : [`${Buffer.from(bytes).toString("hex")} ${lines[i]}: ${ours} | ${theirs[i]}`];
    });
    expect(differences).toEqual([]);
    expect(all.length).toBeGreaterThan(5000);
  });
});

/** Whether the text says all there is to the instruction, and the assembler takes it as text. */
function isPlain({ form, operandSize, operands, segmentOverride }: Instruction, text: string, bits: 16 | 32): boolean {
  if (form.decodeOnly || form.operands.some((spec) => spec.place === "relative")) return false;
  if (/\(bad\)|eiz|only\)/.test(text)) return false;
  // MOVZWW and BSWAP of 16 bits exist for the decoder only; a segment does nothing to LEA, and the assembler says so.
  if (/^mov[sz]ww/.test(text) || (form.mnemonic === "bswap" && operandSize === 16)) return false;
  if (form.mnemonic === "lea" && segmentOverride >= 0) return false;
  // Nothing in the text says that an address without registers has 16 bits, nor which of two tops of the stack is the destination.
  const absolute16 = operands.some((o) => o.kind === "memory" && o.addressSize === 16 && o.base < 0 && o.index < 0);
  return !(absolute16 && bits === 32) && !text.endsWith(",%st(0)");
}
