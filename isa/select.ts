// Which form of the table an encoding is: by opcode, then by mandatory prefix, sizes and ModRM byte. Each opcode has a small table
// from all of these to the form, which fills as it is used, so that the decoder does not search.

import type { Form } from "./instruction.ts";
import { FORMS } from "./table.ts";

/** ModRM.rm is a register whatever mod says: moves to and from control and debug registers. */
export const IGNORES_MOD: readonly boolean[] = FORMS.map((form) =>
  form.operands.some((o) => o.place === "cr" || o.place === "dr"),
);

/** What can select a form besides its opcode, as bits of a key: the mandatory prefix (0–3), the sizes, then the ModRM byte. */
export const PREFIX_66 = 1;
export const PREFIX_F3 = 2;
export const PREFIX_F2 = 3;
export const OPERAND_16 = 4;
export const ADDRESS_16 = 8;
const PREFIX_NAMES = ["np", "66", "f3", "f2"] as const;
export const NO_FORM = -1;
const NOT_LOOKED_UP = -2;

/** The forms of an opcode, with a table from keys to forms that fills as it is used. */
export class Selector {
  /** The ModRM byte takes part. */
  readonly byModrm: boolean;
  private readonly ids: Int16Array;

  constructor(private readonly forms: readonly Form[]) {
    this.byModrm = forms.some((form) => form.modrm && !isUnconditional(form));
    this.ids = new Int16Array(this.byModrm ? 16 * 256 : 16).fill(NOT_LOOKED_UP);
  }

  /** The form's id, or -1. `modrm` counts only if `byModrm`. */
  select(key: number, modrm: number): number {
    const at = this.byModrm ? (key << 8) | modrm : key;
    const id = this.ids[at];
    if (id !== NOT_LOOKED_UP) return id;
    const form = this.forms.find((candidate) => fits(candidate, key, at & 0xff));
    this.ids[at] = form ? form.id : NO_FORM;
    return this.ids[at];
  }
}

/** Whether any ModRM byte will do. */
function isUnconditional(form: Form): boolean {
  const anyMod = !form.operands.some((o) => o.place === "rmMemory" || o.place === "rmRegister");
  return form.modrmByte < 0 && form.digit < 0 && (anyMod || IGNORES_MOD[form.id]);
}

function fits(form: Form, key: number, modrm: number): boolean {
  if (form.onlyOperandSize !== 0 && form.onlyOperandSize !== (key & OPERAND_16 ? 16 : 32)) return false;
  if (form.onlyAddressSize !== 0 && form.onlyAddressSize !== (key & ADDRESS_16 ? 16 : 32)) return false;
  if (form.prefix !== "" && form.prefix !== PREFIX_NAMES[key & 3]) return false;
  if (!form.modrm) return true;
  if (form.modrmByte >= 0 && form.modrmByte !== modrm) return false;
  if (form.digit >= 0 && form.digit !== ((modrm >> 3) & 7)) return false;
  if (IGNORES_MOD[form.id]) return true;
  for (const spec of form.operands) {
    if (spec.place === "rmMemory") return modrm < 0xc0;
    if (spec.place === "rmRegister") return modrm >= 0xc0;
  }
  return true;
}

/** By opcode: the byte, plus 256 after 0F, 512 after 0F 38, 768 after 0F 3A. */
export const SELECTORS: readonly (Selector | undefined)[] = makeSelectors();
/** 3DNow! forms share an opcode; the byte behind the operands selects. */
export const BY_SUFFIX: ReadonlyMap<number, Form> = new Map(
  FORMS.filter((f) => f.suffix >= 0 && !f.encodeOnly).map((f) => [f.suffix, f]),
);

/** An opcode's place in SELECTORS. */
export function opcodeIndex([first, second, third]: readonly number[]): number {
  if (second === undefined) return first;
  return third === undefined ? 256 + second : (second === 0x38 ? 512 : 768) + third;
}

function makeSelectors(): (Selector | undefined)[] {
  const candidates: Form[][] = Array.from({ length: 1024 }, () => []);
  for (const form of FORMS) {
    if (form.encodeOnly) continue;
    const index = opcodeIndex(form.opcode);
    const inOpcode = form.operands.some((o) => o.place === "opcode");
    for (let r = 0; r < (inOpcode ? 8 : 1); r++) candidates[index + r].push(form);
  }
  return candidates.map((forms) => {
    // A form that asks for more (a prefix, a whole ModRM byte) is tried first.
    forms.sort((a, b) => specificity(b) - specificity(a) || a.id - b.id);
    return forms.length > 0 ? new Selector(forms) : undefined;
  });
}

function specificity(form: Form): number {
  return (form.prefix !== "" ? 2 : 0) + (form.modrmByte >= 0 ? 1 : 0);
}
