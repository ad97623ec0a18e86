// Floating point: what Node computes, bit for bit, on this processor's x87.

import { describe, expect, it } from "vitest";
import { CORPUS_BASE, floatEntry, makeEntry, randomEntry } from "./fixtures.ts";
import { compileWasm } from "./index.ts";
import type { Case } from "./testing/compare.ts";
import { applying, bitsOf, chains, decisions, floatOpcodes, someBits } from "./testing/float-cases.ts";
import { Random } from "./testing/random.ts";
import { canRunNative, nativeMistakes, runNative } from "./testing/run-native.ts";
import { buildModule, type FunctionText } from "./testing/wasm-builder.ts";

const suite = canRunNative() ? describe : describe.skip;
const SIGILL = 4;
const PAGES = (CORPUS_BASE >>> 16) + 1;

function build(functions: FunctionText[]): Uint8Array<ArrayBuffer> {
  return buildModule({ functions, globals: [], data: [{ offset: CORPUS_BASE, bytes: [0] }], memoryPages: PAGES });
}

async function check(functions: FunctionText[], cases: Case[], target?: "i386" | "i686"): Promise<string[]> {
  return nativeMistakes(await makeEntry("floats", build(functions), cases, target));
}

suite("on this processor", () => {
  it("every instruction gives what it gives in Node, on edge values", async () => {
    expect(floatOpcodes()).toHaveLength(70);
    const entry = await floatEntry(2500);
    expect(entry.cases.length).toBeGreaterThan(70_000);
    expect(new Set(entry.cases.map((c) => c.export)).size).toBe(70);
    expect(nativeMistakes(entry).slice(0, 20)).toEqual([]);
  });

  for (const type of ["f32", "f64"] as const)
    it(`chains of ${type} operations are rounded at each`, async () => {
      const random = new Random(12);
      const functions = chains(type);
      const cases = functions.flatMap((f) =>
        Array.from({ length: 200 }, () => ({ export: f.name, args: f.parameters.map(() => someBits(type, random)) })),
      );
      expect((await check(functions, cases)).slice(0, 20)).toEqual([]);
    });

  for (const target of ["i386", "i686"] as const)
    it(`comparisons decide, for ${target}`, async () => {
      const random = new Random(13);
      for (const type of ["f32", "f64"] as const) {
        const functions = decisions(type);
        const cases = functions.flatMap((f) =>
          Array.from({ length: 300 }, (_, i) => {
            const first = someBits(type, random);
            return { export: f.name, args: [first, i % 4 === 0 ? first : someBits(type, random)] };
          }),
        );
        expect((await check(functions, cases, target)).slice(0, 20)).toEqual([]);
      }
    });

  for (let i = 0; i < 6; i++)
    it(`random functions with floats, seed ${i}`, async () => {
      const entry = await randomEntry(0xf10a + 104729 * i, 60, i < 5 ? "i386" : "i686", true);
      expect(entry.cases.length).toBeGreaterThan(200);
      expect(nativeMistakes(entry).slice(0, 20)).toEqual([]);
    });

  it("a conversion out of range traps", () => {
    for (const opcode of floatOpcodes().filter(({ name }) => /^i..\.trunc_f/.test(name))) {
      const wasm = build([applying(opcode)]);
      const { object } = compileWasm(wasm, { name: "trap", memoryBase: CORPUS_BASE });
      for (const value of [2 ** 64, -(2 ** 64), Number.NaN, opcode.name.endsWith("_u") ? -1 : 2 ** 63]) {
        const bits = bitsOf(opcode.operands[0], value);
        const words =
          typeof bits === "number" ? [bits] : [Number(BigInt.asIntN(32, bits)), Number(BigInt.asIntN(32, bits >> 32n))];
        const cases = [{ export: opcode.name.replace(".", "_"), words }];
        const { results } = runNative(object, cases, { address: CORPUS_BASE, size: 1 }, CORPUS_BASE);
        expect(results[0]?.signal, `${opcode.name}(${value})`).toBe(SIGILL);
      }
    }
  });
});
