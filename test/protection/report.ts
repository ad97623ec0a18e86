// `node test/protection/generate.mjs COUNT SEED`: runs so many cases of each subject on our CPU, Bochs and QEMU, and writes
// docs/conformance-system.md.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { artefact, ROOT } from "../support.ts";
import { casesOf, SUBJECTS } from "./cases.ts";
import { describeDifference, judge, type Kind, type Opinion } from "./compare.ts";
import { onBochs, onOurs, onQemu, runAll } from "./run.ts";

const PAGE = join(ROOT, "docs/conformance-system.md");
const KINDS: readonly Kind[] = ["same", "qemu", "bochs", "explained", "wrong"];
const LONGEST_EXAMPLE = 300;

export async function opinionsOn(subject: string, count: number, seed: number): Promise<Opinion[]> {
  const core = await WebAssembly.compile(Uint8Array.from(artefact("core")));
  const cases = casesOf(subject, count, seed);
  const ours = await runAll(onOurs(core), cases);
  const [bochs, qemu] = await Promise.all([runAll(onBochs, cases), runAll(onQemu, cases)]);
  return cases.map((test, i) => judge(test, ours[i], bochs[i], qemu[i]));
}

/** @returns what to print: a line for each subject, and the cases where nobody is with us */
export async function writeReport(count: number, seed: number): Promise<string> {
  const bySubject: [string, Opinion[]][] = [];
  for (const subject of Object.keys(SUBJECTS)) bySubject.push([subject, await opinionsOn(subject, count, seed)]);
  const all = bySubject.flatMap(([, opinions]) => opinions);
  const head = readFileSync(new URL("report-head.md", import.meta.url), "utf8");
  const page = [
    head.trimEnd(),
    "",
    ...countsTable(bySubject, seed),
    "",
    ...rulesTable(all),
    "",
    ...judgesTables(all),
    "",
  ];
  writeFileSync(PAGE, page.join("\n"));
  const wrong = all.filter(({ kind }) => kind === "wrong");
  return [
    ...bySubject.map(
      ([subject, opinions]) => `${subject}: ${KINDS.map((kind) => `${of(opinions, kind)} ${kind}`).join(", ")}`,
    ),
    ...wrong.map(
      (opinion) => `${opinion.test.name}\n  ours / Bochs: ${describeDifference(opinion.ours, opinion.bochs)}`,
    ),
  ].join("\n");
}

const of = (opinions: readonly Opinion[], kind: Kind): number =>
  opinions.filter((opinion) => opinion.kind === kind).length;

function countsTable(bySubject: readonly [string, Opinion[]][], seed: number): string[] {
  const rows = bySubject.map(
    ([subject, opinions]) =>
      `| ${[subject, opinions.length, ...KINDS.map((kind) => of(opinions, kind))].join(" | ")} |`,
  );
  return [
    `Seed ${seed}:`,
    "",
    "| subject | cases | all three agree | QEMU differs, Bochs is with us | Bochs differs, QEMU is with us | both differ, the manual decides | unexplained |",
    "|---|---:|---:|---:|---:|---:|---:|",
    ...rows,
  ];
}

function rulesTable(all: readonly Opinion[]): string[] {
  const lines = ["## Where we stand alone", ""];
  const rules = new Set(all.flatMap(({ rule }) => (rule ? [rule] : [])));
  for (const rule of rules) {
    const opinions = all.filter((opinion) => opinion.rule === rule);
    lines.push(
      `- **${rule.title}** (${opinions.length}). ${rule.verdict}`,
      ...example(opinions[0], opinions[0].bochs, "Bochs"),
    );
  }
  return lines;
}

/** The vector that ended the case. */
const vectorOf = (result: Opinion["ours"]): string =>
  result === "lost" ? "shutdown" : result.registers.vector.toString(16);

function judgesTables(all: readonly Opinion[]): string[] {
  const lines: string[] = [];
  for (const [kind, name] of [
    ["bochs", "Bochs"],
    ["qemu", "QEMU"],
  ] as const) {
    lines.push(
      `## Where ${name} stands alone`,
      "",
      "By what ended the case, with one example each (ours / theirs).",
      "",
    );
    const groups = new Map<string, Opinion[]>();
    for (const opinion of all.filter((candidate) => candidate.kind === kind)) {
      const subject = opinion.test.name.split(/[:{]/)[0].trim();
      const key = `${subject}: vector ${vectorOf(opinion.ours)}h, ${name} ${vectorOf(opinion[kind])}h`;
      groups.set(key, [...(groups.get(key) ?? []), opinion]);
    }
    const sorted = [...groups].sort((a, b) => b[1].length - a[1].length);
    for (const [key, opinions] of sorted)
      lines.push(`- ${key} (${opinions.length})`, ...example(opinions[0], opinions[0][kind], name));
    lines.push("");
  }
  return lines;
}

function example({ test, ours }: Opinion, theirs: Opinion["ours"], name: string): string[] {
  const difference = describeDifference(ours, theirs).slice(0, LONGEST_EXAMPLE);
  return [`  - \`${test.name}\`: ours / ${name}: ${difference}`];
}
