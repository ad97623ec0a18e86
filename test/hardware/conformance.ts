// Every form of the instruction table that user mode can foresee, on this machine's processor and on our CPU: made, run and compared
// at once, nothing stored but the account of it, docs/conformance.md.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode } from "../../isa/decode.ts";
import { AF, CF, type Form, OF, PF, SF, ZF } from "../../isa/instruction.ts";
import { FORMS } from "../../isa/table.ts";
import { artefact, ROOT } from "../support.ts";
import { type BlockCase, runBlocksNatively, runBlocksOnOurCpu } from "./block-run.ts";
import { isTestable } from "./cases.ts";
import { bitsOf, compare, report } from "./compare.ts";
import { type FormAccount, writeAccount } from "./conformance-page.ts";
import * as integer from "./generate.ts";
import { guestHarness } from "./harness.ts";
import { runOnOurCpu } from "./our-cpu.ts";
import type { TestCase } from "./record.ts";
import { isVectorTestable } from "./simd-cases.ts";
import { describeVector, isApproximate, sameVector } from "./simd-compare.ts";
import * as simd from "./simd-generate.ts";
import { HARNESS } from "./simd-record.ts";
import { faultOrderIsUndefined, resultIsUndefined, undefinedFlags, undefinedMemory } from "./undefined.ts";
import { isFloatTestable } from "./x87-cases.ts";
import { compareFloat, describeFloat } from "./x87-compare.ts";
import * as x87 from "./x87-generate.ts";
import { runFloatNatively, runFloatOnOurCpu } from "./x87-run.ts";

export const CONFORMANCE_PAGE = join(ROOT, "docs/conformance.md");
/** How many times as many cases as the stored vectors have, by unit. */
const INTEGER_SHARE = 4;
const FLOAT_SHARE = 3;
const VECTOR_SHARE = 5;
const CASES_AT_ONCE = 25_000;
const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [OF, "OF"],
  [SF, "SF"],
  [ZF, "ZF"],
  [AF, "AF"],
  [PF, "PF"],
  [CF, "CF"],
];

interface Case<T> {
  account: FormAccount;
  test: T;
}

/**
 * Runs it all and writes the page.
 * @param share of the cases, for a quick look
 * @returns how many differ
 */
export async function runConformance(share: number, log: (line: string) => void): Promise<number> {
  const core = await WebAssembly.compile(Uint8Array.from(artefact("core")));
  const accounts = [
    ...overForms(
      isTestable,
      (form) => integer.makeFormCases(form, integer.SEED, INTEGER_SHARE * share),
      (batch) => judgeIntegers(core, batch, log),
    ),
    ...overForms(
      isFloatTestable,
      (form) => x87.makeFormCases(form, x87.FLOAT_SEED, FLOAT_SHARE * share),
      (batch) => judgeFloats(core, batch, log),
    ),
    ...overForms(
      isVectorTestable,
      (form) => simd.makeFormCases(form, simd.SIMD_SEED, VECTOR_SHARE * share),
      (batch) => judgeVectors(core, batch, log),
    ),
  ].sort((a, b) => a.form.id - b.form.id);
  const sum = (of: (account: FormAccount) => number): number => accounts.reduce((total, each) => total + of(each), 0);
  const mismatches = sum((each) => each.mismatches);
  const missing = FORMS.filter((form) => !form.encodeOnly && !accounts.some((each) => each.form === form));
  writeFileSync(CONFORMANCE_PAGE, writeAccount(integer.processorName(), accounts, missing));
  log(
    `${sum((each) => each.vectors)} vectors of ${accounts.length} forms, ${mismatches} mismatches: ${CONFORMANCE_PAGE}`,
  );
  return mismatches;
}

/** Makes and judges the forms' cases, many forms at once. */
function overForms<T>(
  chosen: (form: Form) => boolean,
  make: (form: Form) => T[],
  judge: (batch: readonly Case<T>[]) => void,
): FormAccount[] {
  const accounts: FormAccount[] = [];
  let batch: Case<T>[] = [];
  for (const form of FORMS.filter(chosen)) {
    const account: FormAccount = { form, vectors: 0, mismatches: 0, ignored: new Set() };
    accounts.push(account);
    for (const test of make(form)) batch.push({ account, test });
    if (batch.length < CASES_AT_ONCE) continue;
    judge(batch);
    batch = [];
  }
  if (batch.length > 0) judge(batch);
  return accounts;
}

function judgeIntegers(core: WebAssembly.Module, batch: readonly Case<TestCase>[], log: (line: string) => void): void {
  const owners = new Map(batch.map(({ account, test }) => [test.code, account]));
  const vectors = integer.takeVectors(batch.map(({ test }) => test));
  const results = runOnOurCpu(core, guestHarness(), vectors);
  vectors.forEach((vector, i) => {
    const account = owners.get(vector.code);
    if (account === undefined) return;
    account.vectors++;
    const decoded = decode(vector.code, 0, bitsOf(vector));
    if (!("failure" in decoded)) {
      const flags = undefinedFlags(decoded, vector);
      for (const [bit, name] of FLAG_NAMES) if ((flags & bit) !== 0) account.ignored.add(name);
      if (resultIsUndefined(decoded, vector)) account.ignored.add("the result, where the manual says it is undefined");
      if (faultOrderIsUndefined(decoded, vector)) account.ignored.add("which of two faults comes first");
      if (undefinedMemory(decoded, vector).length > 0) account.ignored.add("the upper word of a pushed selector");
    }
    const result = results[i];
    const mismatch = "lost" in result ? undefined : compare(vector, result);
    if (!("lost" in result) && mismatch === undefined) return;
    account.mismatches++;
    log(mismatch ? report([mismatch], vectors.length) : `${account.form.mnemonic}: the case did not come back`);
  });
}

function judgeFloats(core: WebAssembly.Module, batch: readonly Case<BlockCase>[], log: (line: string) => void): void {
  const cases = batch.map(({ test }) => test);
  const expected = runFloatNatively(cases);
  const found = runFloatOnOurCpu(core, cases);
  batch.forEach(({ account, test }, i) => {
    account.vectors++;
    const verdict = compareFloat(test.code, expected[i], found[i]);
    if (verdict === "last place") account.ignored.add("the result's last place");
    if (verdict !== "different") return;
    account.mismatches++;
    log(describeFloat({ ...test, after: expected[i] }, found[i]));
  });
}

function judgeVectors(core: WebAssembly.Module, batch: readonly Case<BlockCase>[], log: (line: string) => void): void {
  const cases = batch.map(({ test }) => test);
  const expected = runBlocksNatively(HARNESS, cases);
  const found = runBlocksOnOurCpu(core, HARNESS, cases);
  batch.forEach(({ account, test }, i) => {
    account.vectors++;
    const vector = { ...test, after: expected[i] };
    if (isApproximate(account.form.mnemonic)) account.ignored.add("the result within 1.5 · 2^-12");
    if (sameVector(vector, found[i])) return;
    account.mismatches++;
    log(describeVector(vector, found[i]));
  });
}
