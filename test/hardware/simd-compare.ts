// Compares what became of a SIMD case with what the processor made of it.

import { decode } from "../../isa/decode.ts";
import type { BlockVector } from "./block-run.ts";
import * as at from "./simd-record.ts";

/** The block with what no manual defines taken out. */
function defined(block: Uint8Array): Uint8Array {
  const copy = block.slice();
  copy.fill(0, at.ERROR + 4, at.IMAGE);
  copy.fill(0, at.POINTERS, at.MXCSR);
  copy.fill(0, at.MXCSR_MASK, at.STACK);
  for (let i = 0; i < 8; i++) copy.fill(0, at.STACK + i * 16 + 10, at.STACK + i * 16 + 16);
  copy.fill(0, at.IMAGE_END, at.MEMORY);
  return copy;
}

export function sameVector(expected: Uint8Array, found: Uint8Array): boolean {
  const a = Buffer.from(defined(expected));
  return a.equals(defined(found));
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export function nameOf(code: Uint8Array): string {
  const decoded = decode(code, 0, 32);
  return "failure" in decoded ? "(invalid)" : decoded.form.mnemonic;
}

/** A case as a person looks at it: the words that differ. */
export function describeVector({ code, before, after }: BlockVector, found: Uint8Array): string {
  const [was, expected, is] = [before, after, found].map(defined);
  const lines = [`${nameOf(code)} ${hex(code)}, MXCSR ${at.view(before).getUint32(at.MXCSR, true).toString(16)}`];
  const show = (name: string, from: number, length: number): void => {
    const [a, b, c] = [was, expected, is].map((block) => hex(block.slice(from, from + length).reverse()));
    if (a !== b || b !== c) lines.push(`  ${name}: ${a} -> ${b}${b === c ? "" : `, found ${c}`}`);
    else if (name.startsWith("xmm") || name.startsWith("memory") || name.startsWith("st")) {
      const decoded = decode(code, 0, 32);
      const used =
        !("failure" in decoded) && decoded.operands.some((o) => o.kind === "register" && name.endsWith(`m${o.index}`));
      if (used || (name.startsWith("memory") && code.some((byte, i) => i > 0 && i < 5 && (byte & 0xc7) === 0x43)))
        lines.push(`  ${name}: ${a}`);
    }
  };
  show("eflags", at.EFLAGS, 4);
  show("eax", at.EAX, 4);
  show("ecx", at.ECX, 4);
  show("edx", at.EDX, 4);
  show("vector", at.VECTOR, 4);
  show("error", at.ERROR, 4);
  show("fcw", at.CONTROL, 2);
  show("fsw", at.STATUS, 2);
  show("ftw", at.TAGS, 1);
  show("mxcsr", at.MXCSR, 4);
  for (let i = 0; i < 8; i++) show(`st${i}`, at.STACK + i * 16, 10);
  for (let i = 0; i < 8; i++) show(`xmm${i}`, at.XMM + i * 16, 16);
  for (let i = 0; i < 4; i++) show(`memory+${i * 16}`, at.MEMORY + i * 16, 16);
  return lines.join("\n");
}
