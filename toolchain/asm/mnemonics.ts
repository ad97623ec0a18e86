// AT&T names of instructions to the names of the instruction table. Only the naming is here: suffixes that give the operand
// size, and the few instructions that AT&T syntax calls something else. What exists and how it is encoded, isa/ knows.

import { ALIASES, formsOf, MNEMONICS } from "../../isa/table.ts";

/** Bytes of the operand that a suffix names. */
export type Size = 1 | 2 | 4;

export interface Meaning {
  /** Name in the table. */
  mnemonic: string;
  /** From a suffix, or from a name that implies the size. */
  size?: Size;
  /** The size stands in a suffix (of an instruction that has sizes), not in the name itself. */
  suffixed?: boolean;
  /** movz/movs: bytes of the source. */
  sourceSize?: Size;
  /** x87: bytes of the operand in memory. */
  memory?: number;
  /** String instruction: operands are implied. */
  string?: boolean;
}

export const SUFFIX_SIZE: Readonly<Record<string, Size>> = { b: 1, w: 2, l: 4 };

const RENAMED: ReadonlyMap<string, string> = new Map([
  ["ljmp", "jmpf"],
  ["lcall", "callf"],
  ["lret", "retf"],
  ["xlatb", "xlat"],
]);

/** Names that exist in a 16- and a 32-bit version; without a suffix the mode decides. */
const BY_SIZE: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["iret", ["iret", "iretd"]],
  ["pushf", ["pushf", "pushfd"]],
  ["popf", ["popf", "popfd"]],
  ["pusha", ["pusha", "pushad"]],
  ["popa", ["popa", "popad"]],
]);

const CONVERSIONS: ReadonlyMap<string, string> = new Map([
  ["cbtw", "cbw"],
  ["cwtl", "cwde"],
  ["cwtd", "cwd"],
  ["cltd", "cdq"],
]);

/** Suffixes of the x87 by what is in memory: floating point, integers. */
const FLOAT_SUFFIX: Readonly<Record<string, number>> = { s: 4, l: 8, t: 10 };
const INTEGER_SUFFIX: Readonly<Record<string, number>> = { s: 2, l: 4, q: 8, ll: 8 };
const ENVIRONMENT = /^f(ldenv|n?stenv|rstor|n?save)$/;

const STRING = /^(movs|cmps|stos|lods|scas|ins|outs)([bwl])?$/;
const STRING_SUFFIX: Readonly<Record<Size, string>> = { 1: "b", 2: "w", 4: "d" };
const EXTENSION = /^mov([sz])([bw])([wl])?$/;

/**
 * What an AT&T name means, or undefined when it is no instruction.
 * @param shape the operands as far as the name depends on them: whether the last is a register (`movsb` with a register
 *   destination extends a sign, without it copies a string), and the size that a register shows for a bare `movs`
 */
export function meaningOf(
  name: string,
  bits: 16 | 32,
  shape: { lastIsRegister: boolean; count: number; accumulator: Size | undefined },
): Meaning | undefined {
  if (shape.count === 0) {
    // Without operands these pop; and the names that SSE2 shares with string instructions mean those.
    if (/^f(add|mul|subr?|divr?)$/.test(name)) return { mnemonic: `${name}p` };
    if (name === "movsd" || name === "cmpsd") return { mnemonic: name, size: 4, string: true };
  }
  const string = STRING.exec(name);
  if (string && (string[1] !== "movs" || !shape.lastIsRegister)) {
    const size = string[2] ? SUFFIX_SIZE[string[2]] : shape.accumulator;
    return size && { mnemonic: string[1] + STRING_SUFFIX[size], size, string: true };
  }
  const extension = EXTENSION.exec(name);
  if (extension && shape.count === 2) {
    const sourceSize = SUFFIX_SIZE[extension[2]];
    return { mnemonic: `mov${extension[1]}x`, sourceSize, size: extension[3] ? SUFFIX_SIZE[extension[3]] : undefined };
  }
  // The register that CRC32 collects in does not show the size of what it reads.
  const checksum = /^crc32([bwl])$/.exec(name);
  if (checksum) return { mnemonic: "crc32", sourceSize: SUFFIX_SIZE[checksum[1]] };
  const conversion = CONVERSIONS.get(name);
  if (conversion) return { mnemonic: conversion };
  const plain = plainMeaning(name, bits);
  if (plain) return plain;
  const float = floatOf(name);
  if (float) return float;
  const base = canonical(name.slice(0, -1));
  const size = SUFFIX_SIZE[name.slice(-1)];
  return base && size ? { mnemonic: base, size, suffixed: true } : undefined;
}

/** A name without a suffix, or one of those that say their size themselves. */
export function plainMeaning(name: string, bits: 16 | 32): Meaning | undefined {
  const pair = BY_SIZE.get(name) ?? BY_SIZE.get(name.slice(0, -1));
  if (pair) {
    const size = BY_SIZE.has(name) ? bits : { w: 16, l: 32 }[name.slice(-1)];
    if (size) return { mnemonic: pair[size === 16 ? 0 : 1] };
  }
  const exact = canonical(name);
  return exact ? { mnemonic: exact } : undefined;
}

/** An x87 name with a suffix for what is in memory. */
function floatOf(name: string): Meaning | undefined {
  // `fmull` is a multiplication with an l, `fildll` a load with two.
  const parts = /^(f[a-z0-9]+)([slqtw])$/.exec(name);
  if (!parts) return undefined;
  let [, stem, suffix] = parts;
  if (!canonical(stem) && name.endsWith("ll")) [stem, suffix] = [name.slice(0, -2), "ll"];
  const base = canonical(stem);
  if (!base) return undefined;
  if (ENVIRONMENT.test(base))
    return suffix === "s" || suffix === "l" ? { mnemonic: base, size: suffix === "s" ? 2 : 4 } : undefined;
  const memory = suffix === "w" ? 2 : (/^fi/.test(base) ? INTEGER_SUFFIX : FLOAT_SUFFIX)[suffix];
  const takes = formsOf(base).some(({ unit, operands: [operand] }) => {
    const bytes =
      operand?.place === "rmMemory" ? { w: 2, d: 4, q: 8, t: 10 }[operand.size as "w" | "d" | "q" | "t"] : undefined;
    return unit === "x87" && bytes !== undefined && bytes === memory;
  });
  return takes ? { mnemonic: base, memory } : undefined;
}

/** Names for suggestions: those of the table, AT&T's own, and with the suffixes that integer instructions take. */
export const INSTRUCTION_NAMES: readonly string[] = [...MNEMONICS, ...ALIASES.keys()]
  .concat(...RENAMED.keys(), ...CONVERSIONS.keys())
  .flatMap((name) => [name, ...Object.keys(SUFFIX_SIZE).map((suffix) => name + suffix)])
  .filter((name) => name !== "esc");

function canonical(name: string): string | undefined {
  const renamed = RENAMED.get(name) ?? name;
  const table = ALIASES.get(renamed) ?? renamed;
  return MNEMONICS.has(table) && table !== "esc" ? table : undefined;
}
