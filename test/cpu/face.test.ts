// The processor's face for tests (docs/api-cpu.md): the code of that page runs vectors whose arithmetic was recorded from a real
// processor, and what can be set can be read back, in both engines.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCpu } from "../../cli/node-machine.ts";
import type { Engine } from "../../pc/cpu/cpu.ts";
import { ROOT } from "../support.ts";

interface Vector {
  name: string;
  initial: { regs: Record<string, number>; ram: [number, number][] };
  final: { regs: Record<string, number>; ram: [number, number][] };
  flagsMask?: number;
}

type Runner = (vector: Vector, flagsMask?: number) => unknown[];

const VECTORS = JSON.parse(readFileSync(join(ROOT, "test/cpu/face-vectors.json"), "utf8")) as Vector[];
const ENGINES: readonly Engine[] = ["interpreter", "compiler"];

let folder = "";
let vectorRunner: (options: { engine: Engine; untilHalt?: boolean }) => Runner;

beforeAll(async () => {
  const code = /```js\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "docs/api-cpu.md"), "utf8"))?.[1] ?? "";
  folder = mkdtempSync(join(tmpdir(), "minios-face-"));
  const file = join(folder, "vectors.mjs");
  writeFileSync(file, code.replace('"minios"', JSON.stringify(pathToFileURL(join(ROOT, "dist/index.js")).href)));
  ({ vectorRunner } = await import(/* @vite-ignore */ pathToFileURL(file).href));
});

afterAll(() => rmSync(folder, { recursive: true }));

test("the page's program is as short as it says", () => {
  const lines = /export function vectorRunner[\s\S]*?\n}\n/.exec(readFileSync(join(ROOT, "docs/api-cpu.md"), "utf8"));
  expect(lines?.[0].split("\n").length).toBeLessThanOrEqual(30);
});

describe.each(ENGINES)("%s", (engine) => {
  test("vectors come out as on the processor", () => {
    const run = vectorRunner({ engine });
    for (const vector of VECTORS) expect([vector.name, run(vector, vector.flagsMask)]).toEqual([vector.name, []]);
  });

  test("a vector that expects something else says what differs", () => {
    const run = vectorRunner({ engine });
    const [{ name, initial, final }] = VECTORS;
    const wrong: Vector = { name, initial, final: { regs: { ...final.regs, bx: 7 }, ram: [[0x500, 1]] } };
    expect(run(wrong)).toEqual(["bx", [0x500, 1]]);
  });

  test("one instruction is one step, and an exception is told", () => {
    const cpu = createCpu({ memoryBytes: 1 << 20, engine, compileAfter: 1 });
    const { registers } = cpu;
    for (const name of ["cs", "ss", "ds"] as const)
      registers.setSegment(name, { selector: 0, base: 0, limit: 0xffff, attributes: 0x93 });
    registers.eip = 0x7c00;
    registers.setGeneral("esp", 0x7000);
    // inc ax; ud2; the handler of #UD is at 0600h: dec ax
    cpu.memory.write(0x7c00, Uint8Array.of(0x40, 0x0f, 0x0b));
    cpu.memory.write(0x600, Uint8Array.of(0x48));
    cpu.memory.write(6 * 4, Uint8Array.of(0x00, 0x06, 0x00, 0x00));
    expect([cpu.step(), registers.eip, registers.general("eax")]).toEqual([undefined, 0x7c01, 1]);
    expect(cpu.step()).toEqual({ vector: 6, source: "exception" });
    expect([registers.eip, registers.general("esp"), cpu.instructions]).toEqual([0x600, 0x6ffa, 2]);
    expect([...cpu.memory.read(0x6ffa, 2)]).toEqual([0x01, 0x7c]);
    expect([cpu.step(), registers.general("eax")]).toEqual([undefined, 0]);
  });

  test("x87, MMX and SSE registers are what instructions see, and the other way round", () => {
    const cpu = createCpu({ memoryBytes: 1 << 20, engine, compileAfter: 1 });
    const { float, registers } = cpu;
    registers.setControl(0, 0x10);
    registers.setControl(4, 0x600);
    registers.setSegment("cs", { selector: 0, base: 0, limit: 0xffff, attributes: 0x93 });
    registers.eip = 0x7c00;
    // fadd st, st(1); paddb mm2, mm3; pxor xmm1, xmm2
    cpu.memory.write(0x7c00, Uint8Array.of(0xd8, 0xc1, 0x0f, 0xfc, 0xd3, 0x66, 0x0f, 0xef, 0xca));
    float.control = 0x37f;
    // TOP is 6: ST is R6.
    float.status = 6 << 11;
    float.tags = 0b1100_0000;
    float.setRegister(6, { signExponent: 0x3fff, significand: 0x8000_0000_0000_0000n });
    float.setRegister(7, { signExponent: 0x4000, significand: 0xc000_0000_0000_0000n });
    expect(cpu.step()).toBeUndefined();
    expect(float.register(6)).toEqual({ signExponent: 0x4001, significand: 0x8000_0000_0000_0000n });
    float.setMmx(2, 0x01ff_0203_0405_0607n);
    float.setMmx(3, 0x0101_0101_0101_0101n);
    float.setXmm(1, (0xffn << 120n) | 5n);
    float.setXmm(2, (0x0fn << 120n) | 3n);
    cpu.step();
    cpu.step();
    expect(float.mmx(2)).toBe(0x0200_0304_0506_0708n);
    expect(float.xmm(1)).toBe((0xf0n << 120n) | 6n);
    expect(float.mxcsr).toBe(0x1f80);
  });
});
