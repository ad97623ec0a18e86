// Compares what became of a floating-point case with what the processor made of it.

import { decode } from "../../isa/decode.ts";
import { TRANSCENDENTAL } from "./x87-cases.ts";
import * as at from "./x87-record.ts";

/** How two outcomes differ: not at all, in the last place of a transcendental function's result, or otherwise. */
export type Verdict = "same" | "last place" | "different";

export function mnemonicOf(code: Uint8Array): string {
  const decoded = decode(code, 0, 32);
  return "failure" in decoded ? "(invalid)" : decoded.form.mnemonic;
}

/** The block with what no manual defines taken out. */
function defined(block: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(block);
  copy.fill(0, at.POINTERS, at.STACK);
  return copy;
}

export function compareFloat(code: Uint8Array, expected: Uint8Array, found: Uint8Array): Verdict {
  const a = defined(expected);
  const b = defined(found);
  if (a.every((byte, i) => byte === b[i])) return "same";
  if (!TRANSCENDENTAL.has(mnemonicOf(code))) return "different";
  // C1 says which way the result was rounded.
  for (const block of [a, b]) block[at.STATUS + 1] &= ~2;
  for (const stack of [at.STACK, at.STACK + at.REGISTER_SIZE]) {
    const distance = ordinal(a, stack) - ordinal(b, stack);
    if (distance < -1n || distance > 1n) return "different";
    for (const block of [a, b]) block.fill(0, stack, stack + at.REGISTER_SIZE);
  }
  return a.every((byte, i) => byte === b[i]) ? "last place" : "different";
}

/** A number's place among all numbers of its sign. */
function ordinal(block: Uint8Array, from: number): bigint {
  let bits = 0n;
  for (let i = at.REGISTER_SIZE - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(block[from + i]);
  const significand = bits & ((1n << 63n) - 1n);
  return ((bits >> 64n) << 63n) | significand;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const number = (block: Uint8Array, from: number): string =>
  hex(block.slice(from, from + 10).reverse()).replace(/^..../, "$&:");

/** A case as a person looks at it. */
export function describeFloat({ code, before, after }: at.FloatVector, found: Uint8Array): string {
  const line = (name: string, block: Uint8Array): string => {
    const words = [at.CONTROL, at.STATUS, at.TAGS].map((from) => at.get16(block, from).toString(16).padStart(4, "0"));
    const [control, status, tags] = words;
    const registers = [0, 1].map((i) => number(block, at.STACK + i * at.REGISTER_SIZE));
    const flags = at.get16(block, at.EFLAGS).toString(16);
    const memory = hex(block.slice(at.MEMORY, at.MEMORY + 16));
    return `  ${name.padEnd(8)} cw ${control} sw ${status} tw ${tags} st ${registers.join(" ")} fl ${flags} mem ${memory}`;
  };
  const bytes = hex(code);
  return [`${mnemonicOf(code)} ${bytes}`, line("before", before), line("expected", after), line("found", found)].join(
    "\n",
  );
}
