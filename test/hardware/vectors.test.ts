// Our CPU against a real processor: every vector of vectors.bin must come out the same.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { decode } from "../../isa/decode.ts";
import { FORMS } from "../../isa/table.ts";
import { artefact } from "../support.ts";
import { isTestable } from "./cases.ts";
import { bitsOf, compare, type Mismatch, report } from "./compare.ts";
import { VECTORS_FILE } from "./generate.ts";
import { guestHarness, nativeHarness } from "./harness.ts";
import { LAYOUTS, NativeError, runNatively } from "./native.ts";
import { runOnOurCpu } from "./our-cpu.ts";
import type { Vector } from "./record.ts";
import { readVectors } from "./vectors-file.ts";

const { vectors, processor } = readVectors(new Uint8Array(readFileSync(VECTORS_FILE)));

describe(`${vectors.length} vectors of ${processor}`, () => {
  test("cover every form of the table that user mode can foresee", () => {
    const seen = new Set<number>();
    for (const vector of vectors) {
      const decoded = decode(vector.code, 0, bitsOf(vector));
      if (!("failure" in decoded)) seen.add(decoded.form.id);
    }
    const missing = FORMS.filter((form) => isTestable(form) && !seen.has(form.id));
    expect(missing.map((form) => `${form.mnemonic} ${form.opcode}`)).toEqual([]);
    expect(vectors.length).toBeGreaterThan(50_000);
  });

  // The second engine compiles each of them, so it gets a part.
  test.each([
    ["interpreter", 1],
    ["compiler", 29],
  ] as const)("come out the same on our CPU: %s, one in %i", async (engine, share) => {
    const core = await WebAssembly.compile(Uint8Array.from(artefact("core")));
    const some = vectors.filter((_, i) => i % share === 0);
    const results = runOnOurCpu(core, guestHarness(), some, engine);
    const mismatches: Mismatch[] = [];
    results.forEach((result, i) => {
      const vector = some[i];
      const mismatch = "lost" in result ? lostMismatch(vector, result.lost) : compare(vector, result);
      if (mismatch) mismatches.push(mismatch);
    });
    if (mismatches.length > 0) throw new Error(report(mismatches, some.length));
    expect(results.length).toBe(some.length);
  });
});

function lostMismatch(vector: Vector, lost: string): Mismatch {
  const decoded = decode(vector.code, 0, bitsOf(vector));
  const form = "failure" in decoded ? "(invalid)" : `${decoded.form.mnemonic} (lost)`;
  return { vector, form, differences: [`the case did not come back: ${lost}`] };
}

describe("this machine's processor", () => {
  /** A part of the vectors, from all forms. */
  const sample = vectors.filter((_, i) => i % 13 === 0);
  let outcomes: ReturnType<typeof runNatively> | undefined;
  let reason = "";

  beforeAll(() => {
    try {
      outcomes = runNatively(nativeHarness(LAYOUTS[0]), sample);
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      reason = error.message;
    }
  });

  test("gives the stored results too", (context) => {
    if (outcomes === undefined) return context.skip(`can't run 32-bit Linux programs: ${reason}`);
    const mismatches = outcomes.flatMap((outcome, i) => (outcome && compare(sample[i], outcome)) ?? []);
    if (mismatches.length > 0) throw new Error(report(mismatches, sample.length));
    expect(outcomes.length).toBe(sample.length);
  });
});
