// The table of docs/kernel/system-calls.md, the numbers of abi/systemCalls.ts and the functions in calls/ are the same calls.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const KERNEL = fileURLToPath(new URL("..", import.meta.url));
const constants = readFileSync(join(KERNEL, "abi/systemCalls.ts"), "utf8");
const page = readFileSync(join(KERNEL, "../docs/kernel/system-calls.md"), "utf8");

/** SYS_SCHED_POLICY is schedPolicy. */
const nameOf = (constant: string) =>
  constant.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const numbers = new Map(
  [...constants.matchAll(/export const SYS_(\w+): u32 = (\d+);/g)].map(([, name = "", number]) => [
    name,
    Number(number),
  ]),
);

test("numbers have no gaps and end where the count says", () => {
  expect([...numbers.values()]).toEqual(Array.from({ length: numbers.size }, (_, number) => number));
  expect(/SYSTEM_CALL_COUNT: u32 = (\d+)/.exec(constants)?.[1]).toBe(`${numbers.size}`);
});

test("each number has a line on the page", () => {
  const lines = [...page.matchAll(/^\| (\d+) \| (\w+)\(.*?\) \| \S.* \|$/gm)].map(([, number, name]) => [
    Number(number),
    name,
  ]);
  expect(lines).toEqual([...numbers].map(([name, number]) => [number, nameOf(name)]));
});

test("each number has a function", () => {
  const folder = join(KERNEL, "process/calls");
  const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
  const connected = sources.flatMap((text) =>
    [...text.matchAll(/setSystemCall\(SYS_(\w+), \w+\)/g)].map(([, name]) => name),
  );
  expect(connected.toSorted()).toEqual([...numbers.keys()].toSorted());
});
