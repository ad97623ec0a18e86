// Our floating-point unit against a real processor's: every vector of x87-vectors.bin must come out the same, the transcendental
// functions' results within one unit in the last place.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decode } from "../../isa/decode.ts";
import { FORMS } from "../../isa/table.ts";
import { artefact } from "../support.ts";
import { readBlockVectors } from "./block-file.ts";
import { processorName } from "./generate.ts";
import { isFloatTestable, TRANSCENDENTAL } from "./x87-cases.ts";
import { compareFloat, describeFloat, mnemonicOf } from "./x87-compare.ts";
import { FLOAT_SEED, FLOAT_VECTORS_FILE, makeFloatCases } from "./x87-generate.ts";
import { FLOAT_FILE } from "./x87-record.ts";
import { runFloatNatively, runFloatOnOurCpu } from "./x87-run.ts";

const SHOWN = 5;
const { vectors, processor } = readBlockVectors(FLOAT_FILE, new Uint8Array(readFileSync(FLOAT_VECTORS_FILE)));

describe(`${vectors.length} floating-point vectors of ${processor}`, () => {
  test("cover every form of the table that can be tested so", () => {
    const seen = new Set<number>();
    for (const { code } of new Map(vectors.map((vector) => [vector.code, vector])).values()) {
      const decoded = decode(code, 0, 32);
      if (!("failure" in decoded)) seen.add(decoded.form.id);
    }
    const missing = FORMS.filter((form) => isFloatTestable(form) && !seen.has(form.id));
    expect(missing.map((form) => `${form.mnemonic} ${form.opcode}`)).toEqual([]);
    expect(vectors.length).toBeGreaterThan(30_000);
  });

  test("come out the same on our CPU", async () => {
    const core = await WebAssembly.compile(Uint8Array.from(artefact("core")));
    const results = runFloatOnOurCpu(core, vectors);
    const different: string[] = [];
    let lastPlace = 0;
    results.forEach((found, i) => {
      const verdict = compareFloat(vectors[i].code, vectors[i].after, found);
      if (verdict === "different") different.push(describeFloat(vectors[i], found));
      else if (verdict === "last place") lastPlace++;
    });
    expect(different.length, different.slice(0, SHOWN).join("\n")).toBe(0);
    // Nobody promises more than the last place, but nearly all agree even there.
    const functions = vectors.filter(({ code }) => TRANSCENDENTAL.has(mnemonicOf(code))).length;
    expect(lastPlace).toBeLessThan(functions / 4);
  });
});

describe.skipIf(processorName() !== processor)("this machine's processor", () => {
  test("still gives these vectors", () => {
    const sample = vectors.filter((_, i) => i % 7 === 0);
    const results = runFloatNatively(sample);
    const different = sample.filter(({ code, after }, i) => compareFloat(code, after, results[i]) !== "same");
    expect(different.length).toBe(0);
  });

  test("agrees on cases that are not in the file", async () => {
    const core = await WebAssembly.compile(Uint8Array.from(artefact("core")));
    const cases = makeFloatCases(FLOAT_SEED + 1, 0.2);
    const expected = runFloatNatively(cases);
    const found = runFloatOnOurCpu(core, cases);
    const different = cases.flatMap((test, i) =>
      compareFloat(test.code, expected[i], found[i]) === "different"
        ? [describeFloat({ ...test, after: expected[i] }, found[i])]
        : [],
    );
    expect(different.slice(0, SHOWN)).toEqual([]);
  });
});
