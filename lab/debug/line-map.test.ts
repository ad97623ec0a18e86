// Lines and addresses of the kernel that the page ships.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ROOT } from "../../test/support.ts";
import { LineMap } from "./line-map.ts";

let map: LineMap;
beforeAll(() => {
  map = new LineMap(new Uint8Array(readFileSync(join(ROOT, "build/kernel.elf"))), "kernel.elf");
});

test("a line with code has an address whose place is that line", () => {
  const path = "kernel/thread/scheduler.ts";
  const lines = readFileSync(join(ROOT, path), "utf8").split("\n");
  const line = lines.findIndex((text) => /switchContext\(/.test(text) && !/import/.test(text)) + 1;
  const found = map.breakpointAt(path, line);
  if (!found) throw new Error(`no code for line ${line}`);
  expect(found.line).toBe(line);
  expect(map.placeOf(found.address)).toMatchObject({ path, line });
  expect(map.functionOf(found.address)?.name).toMatch(/^kernel\/thread\/scheduler\//);
});

test("the instructions of a line are a range with that line's place throughout", () => {
  const found = map.breakpointAt("kernel/thread/scheduler.ts", 60);
  const range = found && map.rangeOf(found.address);
  if (!found || !range) throw new Error("no range");
  expect(range.first).toBeLessThanOrEqual(found.address);
  expect(range.end).toBeGreaterThan(found.address);
  for (let address = range.first; address < range.end; address++) expect(map.placeOf(address)?.line).toBe(found.line);
  expect(map.placeOf(range.end)?.line).not.toBe(found.line);
  expect(map.rangeOf(0)).toBeUndefined();
});

test("a line without code stands for the next one that has some; behind the last there is none", () => {
  const path = "kernel/thread/scheduler.ts";
  expect(map.breakpointAt(path, 1)?.line).toBeGreaterThan(20);
  expect(map.breakpointAt(path, 99_999)).toBeUndefined();
  expect(map.breakpointAt("kernel/nowhere.ts", 1)).toBeUndefined();
});

test("assembly has lines too, variables have addresses, and outside there is nothing", () => {
  expect(map.paths).toContain("kernel/platform/pc/context.s");
  expect(map.addressOfData("kernel/thread/thread/firstOfAll")).toBeGreaterThan(0x10_0000);
  expect(map.placeOf(0)).toBeUndefined();
  expect(map.functionOf(0xffff_ffff)).toBeUndefined();
});
