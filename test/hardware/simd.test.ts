// Our MMX and SSE against a real processor's: every vector of simd-vectors.bin must come out the same, the approximate reciprocals
// within the manual's error.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decode } from "../../isa/decode.ts";
import { FORMS } from "../../isa/table.ts";
import { artefact } from "../support.ts";
import { readBlockVectors } from "./block-file.ts";
import { runBlocksNatively, runBlocksOnOurCpu } from "./block-run.ts";
import { processorName } from "./generate.ts";
import { isVectorTestable } from "./simd-cases.ts";
import { describeVector, sameVector } from "./simd-compare.ts";
import { makeVectorCases, SIMD_SEED, SIMD_VECTORS_FILE } from "./simd-generate.ts";
import { HARNESS, VECTOR_FILE } from "./simd-record.ts";

const SHOWN = 5;
const { vectors, processor } = readBlockVectors(VECTOR_FILE, new Uint8Array(readFileSync(SIMD_VECTORS_FILE)));

describe(`${vectors.length} SIMD vectors of ${processor}`, () => {
  test("cover every form of the table that can be tested so", () => {
    const seen = new Set<number>();
    for (const code of new Set(vectors.map(({ code }) => code))) {
      const decoded = decode(code, 0, 32);
      if (!("failure" in decoded)) seen.add(decoded.form.id);
    }
    const missing = FORMS.filter((form) => isVectorTestable(form) && !seen.has(form.id));
    expect(missing.map((form) => `${form.mnemonic} ${form.opcode}`)).toEqual([]);
  });

  test("come out the same on our CPU", async () => {
    const core = await WebAssembly.compile(Uint8Array.from(artefact("core")));
    const results = runBlocksOnOurCpu(core, HARNESS, vectors);
    const different = vectors.flatMap((vector, i) =>
      sameVector(vector, results[i]) ? [] : [describeVector(vector, results[i])],
    );
    expect(different.length, different.slice(0, SHOWN).join("\n")).toBe(0);
  });
});

describe.skipIf(processorName() !== processor)("this machine's processor", () => {
  test("agrees on cases that are not in the file", async () => {
    const core = await WebAssembly.compile(Uint8Array.from(artefact("core")));
    const cases = makeVectorCases(SIMD_SEED + 1, 0.3);
    const expected = runBlocksNatively(HARNESS, cases);
    const found = runBlocksOnOurCpu(core, HARNESS, cases);
    const different = cases.flatMap((test, i) => {
      const vector = { ...test, after: expected[i] };
      return sameVector(vector, found[i]) ? [] : [describeVector(vector, found[i])];
    });
    expect(different.slice(0, SHOWN)).toEqual([]);
  });
});
