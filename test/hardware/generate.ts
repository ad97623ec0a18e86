// Makes the file of vectors: cases for every form of the instruction table, run on this machine's processor.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Form } from "../../isa/instruction.ts";
import { FORMS } from "../../isa/table.ts";
import { ROOT } from "../support.ts";
import { caseCount, isTestable, makeCase } from "./cases.ts";
import { TABLE } from "./guest.ts";
import { nativeHarness } from "./harness.ts";
import { LAYOUTS, runNatively } from "./native.ts";
import { Random } from "./random.ts";
import { BREAKPOINT, PAGE_FAULT, type TestCase, type Vector } from "./record.ts";
import { writeVectors } from "./vectors-file.ts";

export const SEED = 386;
export const VECTORS_FILE = join(ROOT, "test/hardware/vectors.bin");

/** A form's cases, which do not depend on the forms before it: a line added to the table leaves the others' vectors alone. */
export function makeFormCases(form: Form, seed: number, share: number): TestCase[] {
  const opcode = form.opcode.reduce((sum, byte) => sum * 256 + byte, form.digit + 1);
  const random = new Random(seed ^ Math.imul(opcode, 0x9e37_79b1));
  const count = Math.max(1, Math.round(caseCount(form) * share));
  const cases = Array.from({ length: count }, () => makeCase(form, random, 32));
  for (let i = 0; i < Math.ceil(count / 4); i++) cases.push(makeCase(form, random, 16));
  return cases;
}

/** All cases of a seed; `share` of them, for a quick look. */
export function makeCases(seed: number, share = 1): TestCase[] {
  return FORMS.filter(isTestable).flatMap((form) => makeFormCases(form, seed, share));
}

/** Runs cases natively and keeps those whose outcome another PC can repeat. */
export function takeVectors(cases: readonly TestCase[]): Vector[] {
  const runs = LAYOUTS.map((layout) => runNatively(nativeHarness(layout), cases));
  return cases.flatMap((test, i) => {
    const [outcome, ...others] = runs.map((run) => run[i]);
    if (outcome === undefined || !others.every((other) => isDeepStrictEqual(other, outcome))) return [];
    const vector: Vector = { ...test, ...outcome };
    return isRepeatable(vector) ? [vector] : [];
  });
}

/** A page fault where the guest's own harness lies looks different there. */
function isRepeatable({ trap }: Vector): boolean {
  if (trap.vector !== PAGE_FAULT) return trap.vector !== BREAKPOINT || trap.errorCode === 0;
  const address = trap.faultAddress;
  const inHarness = address >= 0x0010_0000 && address < 0x0030_0000;
  const inTable = address >= TABLE && address < TABLE * 4;
  // The topmost pages hold Linux's.
  return !inHarness && !inTable && address < 0xf000_0000;
}

/** Takes all vectors from this machine's processor and writes the file; returns what to tell the person who asked. */
export function writeVectorsFile(): string {
  const vectors = takeVectors(makeCases(SEED));
  const bytes = writeVectors({ processor: processorName(), seed: SEED, vectors });
  writeFileSync(VECTORS_FILE, bytes);
  return `${vectors.length} vectors, ${bytes.length} bytes: ${VECTORS_FILE}`;
}

/** As the processor names itself; "unknown" fields where there is no Linux to ask. */
export function processorName(): string {
  const text = existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : "";
  const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, "m").exec(text)?.[1] ?? "unknown";
  return `${field("model name")}, family ${field("cpu family")}, model ${field("model")}`;
}
