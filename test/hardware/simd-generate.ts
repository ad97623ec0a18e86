// Makes the file of SIMD vectors: a sample of the cases for every MMX and SSE form of the instruction table, run on this machine's
// processor. `conformance.ts` makes and compares many more.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Form } from "../../isa/instruction.ts";
import { FORMS } from "../../isa/table.ts";
import { ROOT } from "../support.ts";
import { writeBlockVectors } from "./block-file.ts";
import { type BlockCase, runBlocksNatively } from "./block-run.ts";
import { processorName } from "./generate.ts";
import { Random } from "./random.ts";
import { isVectorTestable, makeVectorCase, vectorCaseCount } from "./simd-cases.ts";
import { HARNESS, VECTOR_FILE } from "./simd-record.ts";

export const SIMD_SEED = 585;
export const SIMD_VECTORS_FILE = join(ROOT, "test/hardware/simd-vectors.bin");
/** Of the cases that a form deserves, so many are in the file. */
const SHARE_IN_FILE = 0.3;

/** A form's cases, which do not depend on the forms before it. */
export function makeFormCases(form: Form, seed: number, share: number): BlockCase[] {
  const prefix = ["", "np", "66", "f3", "f2"].indexOf(form.prefix);
  const key =
    form.opcode.reduce((sum, byte) => sum * 256 + byte, prefix) * 16 + form.digit + 1 + form.modrmByte * 0x10001;
  const size = form.operands.some((o) => o.registers === "xmm") ? 1 : 0;
  const random = new Random(seed ^ Math.imul(key * 2 + size, 0x9e37_79b1));
  const count = Math.max(1, Math.round(vectorCaseCount(form) * share));
  return Array.from({ length: count }, () => makeVectorCase(form, random));
}

/** All cases of a seed. */
export function makeVectorCases(seed: number, share = 1): BlockCase[] {
  return FORMS.filter(isVectorTestable).flatMap((form) => makeFormCases(form, seed, share));
}

/** Takes the vectors from this machine's processor and writes the file; returns what to tell the person who asked. */
export function writeSimdVectorsFile(): string {
  const cases = makeVectorCases(SIMD_SEED, SHARE_IN_FILE);
  const after = runBlocksNatively(HARNESS, cases);
  const vectors = cases.map((test, i) => ({ ...test, after: after[i] }));
  const bytes = writeBlockVectors(VECTOR_FILE, { processor: processorName(), seed: SIMD_SEED, vectors });
  writeFileSync(SIMD_VECTORS_FILE, bytes);
  return `${vectors.length} SIMD vectors, ${bytes.length} bytes: ${SIMD_VECTORS_FILE}`;
}
