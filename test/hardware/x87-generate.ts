// Makes the file of floating-point vectors: cases for every x87 form of the instruction table, run on this machine's processor.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Form } from "../../isa/instruction.ts";
import { FORMS } from "../../isa/table.ts";
import { ROOT } from "../support.ts";
import { writeBlockVectors } from "./block-file.ts";
import { processorName } from "./generate.ts";
import { Random } from "./random.ts";
import { floatCaseCount, isFloatTestable, makeFloatCase } from "./x87-cases.ts";
import { FLOAT_FILE, type FloatCase } from "./x87-record.ts";
import { runFloatNatively } from "./x87-run.ts";

export const FLOAT_SEED = 387;
export const FLOAT_VECTORS_FILE = join(ROOT, "test/hardware/x87-vectors.bin");

/** A form's cases, which do not depend on the forms before it. */
export function makeFormCases(form: Form, seed: number, share: number): FloatCase[] {
  const opcode =
    form.opcode.reduce((sum, byte) => sum * 256 + byte, 0) * 16 + form.digit + 1 + form.modrmByte * 0x10001;
  const random = new Random(seed ^ Math.imul(opcode, 0x9e37_79b1));
  const count = Math.max(1, Math.round(floatCaseCount(form) * share));
  return Array.from({ length: count }, () => makeFloatCase(form, random));
}

/** All cases of a seed; `share` times as many as the file has. */
export function makeFloatCases(seed: number, share = 1): FloatCase[] {
  return FORMS.filter(isFloatTestable).flatMap((form) => makeFormCases(form, seed, share));
}

/** Takes all vectors from this machine's processor and writes the file; returns what to tell the person who asked. */
export function writeFloatVectorsFile(): string {
  const cases = makeFloatCases(FLOAT_SEED);
  const after = runFloatNatively(cases);
  const vectors = cases.map((test, i) => ({ ...test, after: after[i] }));
  const bytes = writeBlockVectors(FLOAT_FILE, { processor: processorName(), seed: FLOAT_SEED, vectors });
  writeFileSync(FLOAT_VECTORS_FILE, bytes);
  return `${vectors.length} floating-point vectors, ${bytes.length} bytes: ${FLOAT_VECTORS_FILE}`;
}
