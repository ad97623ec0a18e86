// docs/conformance.md is whole: every form that can be tested is in it, without mismatches, and there are enough vectors.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FORMS } from "../../isa/table.ts";
import { isTestable } from "./cases.ts";
import { CONFORMANCE_PAGE } from "./conformance.ts";
import { encodingOf, formName } from "./conformance-page.ts";
import { isVectorTestable } from "./simd-cases.ts";
import { isFloatTestable } from "./x87-cases.ts";

interface Row {
  vectors: number;
  mismatches: number;
}

const rows = new Map<string, Row>();
for (const line of readFileSync(CONFORMANCE_PAGE, "utf8").split("\n")) {
  const cells = line.split("|").map((cell) => cell.trim());
  if (cells.length !== 7 || !/^\d+$/.test(cells[3])) continue;
  rows.set(`${cells[1]} = ${cells[2]}`, { vectors: Number(cells[3]), mismatches: Number(cells[4]) });
}

describe("docs/conformance.md", () => {
  test("has a row for every form that can be tested", () => {
    const forms = FORMS.filter((form) => isTestable(form) || isFloatTestable(form) || isVectorTestable(form));
    const missing = forms.map((form) => `${formName(form)} = ${encodingOf(form)}`).filter((name) => !rows.has(name));
    expect(missing, "run node test/hardware/conformance.mjs").toEqual([]);
  });

  test("counts at least 500,000 vectors and no mismatch", () => {
    const all = [...rows.values()];
    expect(all.reduce((sum, { vectors }) => sum + vectors, 0)).toBeGreaterThanOrEqual(500_000);
    expect(all.reduce((sum, { mismatches }) => sum + mismatches, 0)).toBe(0);
  });
});
