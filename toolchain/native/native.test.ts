// The compiler as a whole: the same functions as WebAssembly in Node and as i386 code on this processor.

import { describe, expect, it } from "vitest";
import { buildCorpus, CORPUS_BASE, coreEntries, integerEntry, makeEntry, randomEntry } from "./fixtures.ts";
import { canRunNative, nativeMistakes } from "./testing/run-native.ts";
import { buildModule, i32, op } from "./testing/wasm-builder.ts";

const native = canRunNative();
const suite = native ? describe : describe.skip;
if (!native) console.log("native compiler: compiled functions are not run (needs Linux on x86 with GNU as and ld)");

suite("compiled code gives what Node gives", () => {
  it("for the algorithms in AssemblyScript", async () => {
    const [algorithms] = await buildCorpus({ randomModules: 0, functionsEach: 0 });
    expect(algorithms.cases.length).toBeGreaterThan(100);
    expect(nativeMistakes(algorithms)).toEqual([]);
  });

  for (let i = 0; i < 20; i++)
    it(`for random functions, seed ${i}`, async () => {
      const entry = await randomEntry(0x5eed + 104729 * i, 100);
      expect(entry.cases.length).toBeGreaterThan(500);
      expect(nativeMistakes(entry)).toEqual([]);
    });

  for (let i = 0; i < 3; i++)
    it(`for random functions with cmov, seed ${i}`, async () => {
      expect(nativeMistakes(await randomEntry(0xc0de + 104729 * i, 100, "i686"))).toEqual([]);
    });

  for (const target of ["i386", "i686"] as const)
    it(`for every case of the scripts, traps included, for ${target}`, async () => {
      const entries = await coreEntries(target);
      expect(entries.flatMap(nativeMistakes)).toEqual([]);
      const cases = entries.flatMap((entry) => entry.cases);
      expect(cases.length).toBeGreaterThan(700);
      expect(cases.filter((c) => c.traps).length).toBeGreaterThan(100);
    });

  it("for every integer instruction on edge values, traps included", async () => {
    const { cases, ...entry } = await integerEntry(400);
    expect(new Set(cases.map((c) => c.export)).size).toBe(66);
    expect(cases.filter((c) => c.traps).length).toBeGreaterThan(50);
    expect(nativeMistakes({ ...entry, cases })).toEqual([]);
  });

  it("for blocks, loops and ifs with parameters", async () => {
    const double = [
      ...op("local.get", 0),
      ...[...op("loop"), 0, ...i32(2), ...op("i32.mul"), ...op("local.tee", 0)],
      ...[...op("local.get", 0), ...i32(1000), ...op("i32.lt_s"), ...op("br_if", 0), ...op("end")],
    ];
    const oddOrEven = [
      ...[...op("local.get", 0), ...op("local.get", 0), ...i32(1), ...op("i32.and")],
      ...[...op("if"), 0, ...i32(3), ...op("i32.mul"), ...op("else"), ...i32(7), ...op("i32.add"), ...op("end")],
      ...[...op("block"), 0, ...op("local.get", 0), ...op("br_if", 0), ...i32(5), ...op("i32.xor"), ...op("end")],
    ];
    const functions = [double, oddOrEven].map((body, i) => ({
      name: `f${i}`,
      parameters: ["i32" as const],
      results: ["i32" as const],
      locals: [],
      body,
    }));
    const wasm = buildModule({ functions, globals: [], data: [{ offset: CORPUS_BASE, bytes: [0] }], memoryPages: 33 });
    const cases = functions.flatMap((f) => [1, 2, 7, 500, 999, 1000].map((arg) => ({ export: f.name, args: [arg] })));
    cases.push({ export: "f1", args: [0] }, { export: "f1", args: [-3] });
    const entry = await makeEntry("parameters", wasm, cases);
    expect(entry.cases[0].result).toEqual([1024]);
    expect(nativeMistakes(entry)).toEqual([]);
  });

  it("and a wrong result would be seen", async () => {
    const entry = await randomEntry(99, 5);
    entry.cases[3].result = entry.cases[3].result.map((word) => ~word);
    entry.memory[5] ^= 1;
    expect(nativeMistakes(entry)).toHaveLength(2);
  });
});
