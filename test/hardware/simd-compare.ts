// Compares what became of a SIMD case with what the processor made of it.

import { decode } from "../../isa/decode.ts";
import type { BlockVector } from "./block-run.ts";
import * as at from "./simd-record.ts";

/** Reciprocals: of the exact value, both must lie within this. Source: Intel SDM vol. 2, RCPPS. */
const APPROXIMATE = new Set(["rcpps", "rcpss", "rsqrtps", "rsqrtss"]);
const APPROXIMATE_ERROR = 1.5 * 2 ** -12;

export const isApproximate = (mnemonic: string): boolean => APPROXIMATE.has(mnemonic);

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

/** Whether our CPU left what the processor did, wherever that is defined. */
export function sameVector({ code, after }: Omit<BlockVector, "before">, found: Uint8Array): boolean {
  const expected = Buffer.from(defined(after));
  const ours = defined(found);
  if (expected.equals(ours)) return true;
  const decoded = decode(code, 0, 32);
  if ("failure" in decoded || !isApproximate(decoded.form.mnemonic)) return false;
  const [to] = decoded.operands;
  if (to.kind !== "register") return false;
  const [theirs, mine] = [at.view(expected), at.view(ours)];
  for (let i = 0; i < 16; i += 4) {
    const place = at.XMM + to.index * 16 + i;
    if (!closeEnough(theirs.getFloat32(place, true), mine.getFloat32(place, true))) continue;
    theirs.setUint32(place, mine.getUint32(place, true), true);
  }
  return expected.equals(ours);
}

/** Each may be off by the allowed error in its own direction. Infinities, zeros and NaNs must be the same to the bit. */
function closeEnough(expected: number, found: number): boolean {
  const ordinary = Number.isFinite(expected) && expected !== 0;
  return ordinary && Math.abs(expected - found) <= Math.abs(expected) * 2 * APPROXIMATE_ERROR;
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
