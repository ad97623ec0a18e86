// docs/conformance.md: what the comparison with a real processor came to, form by form.

import type { Form, Unit } from "../../isa/instruction.ts";

export interface FormAccount {
  form: Form;
  vectors: number;
  mismatches: number;
  /** What the manual leaves undefined and was not compared in some of them. */
  ignored: Set<string>;
}

const UNITS: Record<Unit, string> = {
  integer: "Integer",
  x87: "x87",
  mmx: "MMX",
  "3dnow": "3DNow!",
  sse: "SSE",
  sse2: "SSE2",
  sse3: "SSE3",
  ssse3: "SSSE3",
  sse4_1: "SSE4.1",
  sse4_2: "SSE4.2",
};

/** `add Ev, Gv`: the operands as the opcode maps of the manual write them. */
export function formName(form: Form): string {
  return `${form.mnemonic} ${form.operands.map((spec) => spec.code).join(", ")}`.trim();
}

/** `F3 0F 58 /r`. */
export function encodingOf(form: Form): string {
  const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, "0");
  const prefix = form.prefix === "" || form.prefix === "np" ? [] : [form.prefix.toUpperCase()];
  const modrm =
    form.modrmByte >= 0 ? [hex(form.modrmByte)] : form.digit >= 0 ? [`/${form.digit}`] : form.modrm ? ["/r"] : [];
  const suffix = form.suffix >= 0 ? [hex(form.suffix)] : [];
  return [...prefix, ...form.opcode.map(hex), ...modrm, ...suffix].join(" ");
}

const grouped = (value: number): string => value.toString().replace(/\B(?=(\d{3})+$)/g, ",");

/** The page's text. */
export function writeAccount(processor: string, accounts: readonly FormAccount[], missing: readonly Form[]): string {
  const total = (list: readonly FormAccount[], of: "vectors" | "mismatches"): number =>
    list.reduce((sum, each) => sum + each[of], 0);
  const units = [...new Set(accounts.map(({ form }) => form.unit))];
  const summary = units.map((unit) => {
    const list = accounts.filter(({ form }) => form.unit === unit);
    return `| ${UNITS[unit]} | ${list.length} | ${grouped(total(list, "vectors"))} | ${total(list, "mismatches")} |`;
  });
  const tables = units.map((unit) => {
    const rows = accounts
      .filter(({ form }) => form.unit === unit)
      .map(
        ({ form, vectors, mismatches, ignored }) =>
          `| ${formName(form)} | ${encodingOf(form)} | ${vectors} | ${mismatches} | ${[...ignored].join(", ")} |`,
      );
    return `## ${UNITS[unit]}\n\n| form | encoding | vectors | mismatches | not compared |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  const names = [...new Set(missing.map(({ mnemonic }) => mnemonic))];
  return `# Conformance

Written by \`node test/hardware/conformance.mjs\`; do not edit. Each vector is one instruction with the state before it (registers,
flags, memory; for x87, MMX and SSE the unit's whole image with its control words) and the state after it, exception included. The
command makes them from fixed seeds, runs them on the processor of the machine it is started on and on our CPU, and compares all of the
state. Processor: ${processor}.

| unit | forms | vectors | mismatches |
|---|---|---|---|
${summary.join("\n")}
| all | ${accounts.length} | ${grouped(total(accounts, "vectors"))} | ${total(accounts, "mismatches")} |

Operands are written as in the opcode maps of the Intel SDM, volume 2, appendix A (isa/table/notation.ts). "Not compared" is what that
manual leaves undefined, and was masked out in the vectors where it does: flags by name; the destination of SHLD and SHRD by more than
its width and of BSWAP with 16 bits; the upper half of a pushed selector, which makers write differently; which fault comes first
where RETF meets two of one class (volume 3, on priority among exceptions); the last place of a transcendental function, for which volume 1, 8.3.10, allows an
error of one unit (most agree there too); RCPPS and RSQRTPS, for which volume 2 gives a relative error of 1.5 · 2^-12. Everything else
is compared to the bit. Of the images that FSAVE and FXSAVE
write, the last instruction's and operand's addresses are left out (Linux does not keep them for a process), as are reserved bytes and
MXCSR_MASK.

${tables.join("\n")}
## Not in this list

What user mode can't foresee, what this processor does not have, or what its kernel treats in its own way:
${names.join(", ")}. The system instructions among them are compared with QEMU and Bochs in test/cpu.
`;
}
