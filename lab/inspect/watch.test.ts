import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ROOT } from "../../test/support.ts";
import { LineMap } from "../debug/line-map.ts";
import type { GuestReader } from "./reader.ts";
import { readWatch, Sources } from "./watch.ts";

/** Memory of which every word is its own address. */
const reader = {
  word: async (address: number) => address,
  bytes: async (address: number, length: number) =>
    Uint8Array.from({ length }, (_, at) => (((address + at) & ~3) >>> (8 * ((address + at) & 3))) & 0xff),
} as unknown as GuestReader;

let lines: LineMap;
let sources: Sources;
beforeAll(() => {
  lines = new LineMap(new Uint8Array(readFileSync(join(ROOT, "build/kernel.elf"))), "kernel.elf");
  sources = new Sources(["kernel/thread/thread.ts"], (path) => readFileSync(join(ROOT, path), "utf8"));
});

test("a register, an address, a variable, and a name that there is not", async () => {
  const watch = (expression: string) => readWatch(expression, { eax: 7 }, reader, lines, sources);
  expect(await watch("eax")).toEqual({ expression: "eax", value: 7, fields: [] });
  expect((await watch("100000")).value).toBe(0x10_0000);
  const switches = await watch("switches");
  expect(switches).toMatchObject({ variable: "kernel/thread/scheduler/switches", fields: [] });
  expect(switches.value).toBe(lines.addressOfData("kernel/thread/scheduler/switches"));
  expect((await watch("no such thing")).value).toBeUndefined();
});

test("an object of one of the kernel's classes has fields", async () => {
  const { type, value = 0, fields } = await readWatch("scheduler/current", {}, reader, lines, sources);
  expect(type).toBe("KernelThread");
  expect(fields.slice(0, 3)).toEqual([
    { name: "stackPointer", value },
    { name: "stackPage", value: value + 4 },
    { name: "id", value: value + 8 },
  ]);
});
