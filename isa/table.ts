// The x86 instruction table: every form of every instruction of the 386 and 387 up to SSE4.2 and 3DNow!. The assembler, the
// disassembler and the CPU all read it. The lines themselves are in table/, by subject; their notation is in table/notation.ts.

import type { Form, Unit } from "./instruction.ts";
import { INTEGER } from "./table/integer.ts";
import { MMX, NOW } from "./table/mmx.ts";
import { parseLine } from "./table/notation.ts";
import { SSE } from "./table/sse.ts";
import { SSE2 } from "./table/sse2.ts";
import { SSE3, SSE4_1, SSE4_2, SSSE3 } from "./table/sse4.ts";
import { X87 } from "./table/x87.ts";

export { CONDITIONS } from "./table/notation.ts";

const TABLES: readonly (readonly [Unit, string])[] = [
  ["integer", INTEGER],
  ["x87", X87],
  ["mmx", MMX],
  ["3dnow", NOW],
  ["sse", SSE],
  ["sse2", SSE2],
  ["sse3", SSE3],
  ["ssse3", SSSE3],
  ["sse4_1", SSE4_1],
  ["sse4_2", SSE4_2],
];

/** Every instruction form, in table order (the encoder prefers the earlier of two forms of equal length). */
export const FORMS: readonly Form[] = TABLES.flatMap(([unit, text]) =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => ({ line, unit })),
).map(({ line, unit }, id) => parseLine(line, id, unit));

/** Other names that assembly source uses, to the name in the table. */
export const ALIASES: ReadonlyMap<string, string> = makeAliases();

function makeAliases(): Map<string, string> {
  const aliases = new Map<string, string>();
  const conditions: Record<string, string> = {
    c: "b",
    nae: "b",
    nb: "ae",
    nc: "ae",
    z: "e",
    nz: "ne",
    na: "be",
    nbe: "a",
    pe: "p",
    po: "np",
    nge: "l",
    nl: "ge",
    ng: "le",
    nle: "g",
  };
  for (const [alias, name] of Object.entries(conditions)) {
    for (const prefix of ["j", "set", "cmov"]) aliases.set(prefix + alias, prefix + name);
  }
  for (const [alias, name] of [
    ["sal", "shl"],
    ["loopz", "loope"],
    ["loopnz", "loopne"],
    ["icebp", "int1"],
    ["fwait", "wait"],
    ["ud2a", "ud2"],
    ["ud2b", "ud1"],
  ]) {
    aliases.set(alias, name);
  }
  return aliases;
}

const BY_MNEMONIC = new Map<string, Form[]>();
for (const form of FORMS) {
  const forms = BY_MNEMONIC.get(form.mnemonic);
  if (forms) forms.push(form);
  else BY_MNEMONIC.set(form.mnemonic, [form]);
}

/** The forms of a mnemonic (an alias counts as its canonical name); empty when there is no such instruction. */
export function formsOf(mnemonic: string): readonly Form[] {
  return BY_MNEMONIC.get(ALIASES.get(mnemonic) ?? mnemonic) ?? [];
}

/** All mnemonics of the table, without aliases. */
export const MNEMONICS: ReadonlySet<string> = new Set(BY_MNEMONIC.keys());

export const REGISTER_NAMES = {
  r8: ["al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"],
  r16: ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"],
  r32: ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"],
  sreg: ["es", "cs", "ss", "ds", "fs", "gs"],
  cr: ["cr0", "cr1", "cr2", "cr3", "cr4", "cr5", "cr6", "cr7"],
  dr: ["dr0", "dr1", "dr2", "dr3", "dr4", "dr5", "dr6", "dr7"],
  st: ["st(0)", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)"],
  mm: ["mm0", "mm1", "mm2", "mm3", "mm4", "mm5", "mm6", "mm7"],
  xmm: ["xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"],
  tr: ["tr0", "tr1", "tr2", "tr3", "tr4", "tr5", "tr6", "tr7"],
} as const;
