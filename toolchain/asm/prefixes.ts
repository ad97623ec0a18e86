// Instruction prefixes: those written as words of their own (`rep`, `lock`, `cs`, `data32`), and their order.

import type { Encoded } from "../../isa/encode.ts";
import { formsOf } from "../../isa/table.ts";
import { segmentNumber } from "./operands.ts";

export const OPERAND_SIZE = 0x66;
export const ADDRESS_SIZE = 0x67;
export const LOCK = 0xf0;
const REPNE = 0xf2;
const REP = 0xf3;
const SEGMENTS = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];

/** The order in which prefixes are written: segment, address size, operand size, repeat, lock. */
const PREFIX_RANK: ReadonlyMap<number, number> = new Map([
  ...SEGMENTS.map((byte): [number, number] => [byte, 0]),
  [ADDRESS_SIZE, 1],
  [OPERAND_SIZE, 2],
  [REP, 3],
  [REPNE, 3],
  [LOCK, 4],
]);

/** The byte of a prefix written as a word of its own, or undefined when the word is none (in this mode). */
export function prefixByte(name: string, bits: 16 | 32): number | undefined {
  switch (name) {
    case "rep":
    case "repe":
    case "repz":
      return REP;
    case "repne":
    case "repnz":
    case "bnd":
    case "xacquire":
      return REPNE;
    case "xrelease":
      return REP;
    case "notrack":
      return SEGMENTS[3];
    case "lock":
      return LOCK;
    case "data16":
      return bits === 32 ? OPERAND_SIZE : undefined;
    case "data32":
      return bits === 16 ? OPERAND_SIZE : undefined;
    case "addr16":
      return bits === 32 ? ADDRESS_SIZE : undefined;
    case "addr32":
      return bits === 16 ? ADDRESS_SIZE : undefined;
    default: {
      const segment = segmentNumber(name);
      return segment < 0 ? undefined : SEGMENTS[segment];
    }
  }
}

/** Prefixes in a statement of their own: they belong to the instruction that follows. */
export function barePrefixes(bytes: number[]): Encoded {
  return { bytes: Uint8Array.from(bytes), fixups: [], form: formsOf("nop")[0] };
}

/** Adds prefixes that stood as words of their own and brings all into the usual order. */
export function withPrefixes(encoded: Encoded, extra: readonly number[]): Encoded {
  // The encoder has the order right already.
  if (extra.length === 0) return encoded;
  let count = 0;
  while (PREFIX_RANK.has(encoded.bytes[count])) count++;
  const prefixes = [...encoded.bytes.subarray(0, count)];
  for (const byte of extra) if (!prefixes.includes(byte)) prefixes.push(byte);
  prefixes.sort((a, b) => (PREFIX_RANK.get(a) ?? 0) - (PREFIX_RANK.get(b) ?? 0));
  const added = prefixes.length - count;
  const fixups = encoded.fixups.map((fixup) => ({ ...fixup, offset: fixup.offset + added }));
  return { ...encoded, bytes: Uint8Array.of(...prefixes, ...encoded.bytes.subarray(count)), fixups };
}
