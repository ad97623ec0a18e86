import { describe, expect, it } from "vitest";
import { readModule } from "../../formats/wasm/read.ts";
import { byteMutator, FuzzRun, fuzzRounds, fuzzTimeout } from "../testing/fuzz.ts";
import { seeded } from "../testing/mutate.ts";
import { compileWasm, NativeError } from "./index.ts";
import { randomModule } from "./testing/random.ts";
import { buildModule, type FunctionText, i32, i64, op } from "./testing/wasm-builder.ts";

const BASE = 0x20000;

function moduleOf(...functions: Partial<FunctionText>[]): Uint8Array<ArrayBuffer> {
  return buildModule({
    functions: functions.map((f, i) => ({ name: `f${i}`, parameters: [], results: [], locals: [], body: [], ...f })),
    globals: [],
    data: [{ offset: BASE, bytes: [1, 2, 3] }],
    memoryPages: 3,
  });
}

function compile(wasm: Uint8Array, memoryBase = BASE): void {
  compileWasm(wasm, { name: "test.wasm", memoryBase });
}

function failure(work: () => void): NativeError {
  try {
    work();
  } catch (error) {
    if (error instanceof NativeError) return error;
    throw error;
  }
  throw new RangeError("nothing failed");
}

describe("a module", () => {
  it("is read: functions, exports, data", () => {
    const module = readModule(moduleOf({ parameters: ["i32", "i64"], results: ["i32"], body: i32(5) }), "test.wasm");
    expect(module.functions[0]).toMatchObject({ name: "f0", type: { parameters: ["i32", "i64"], results: ["i32"] } });
    expect(module.exports).toEqual([{ name: "f0", kind: "function", index: 0 }]);
    expect(module.data).toEqual([{ offset: BASE, bytes: Uint8Array.of(1, 2, 3) }]);
  });

  it("that is no module is refused with its name", () => {
    const error = failure(() => compile(Uint8Array.of(1, 2, 3)));
    expect(error.message).toBe("test.wasm: offset 0x0: expected a WebAssembly module (00 61 73 6d), found other bytes");
  });

  it("that is cut off anywhere is refused, or is a shorter module", () => {
    const wasm = buildModule({ ...randomModule({ seed: 3, functions: 3, base: BASE }), memoryPages: 3 });
    for (let size = 0; size < wasm.length; size++) {
      try {
        compile(wasm.subarray(0, size));
      } catch (error) {
        expect(error).toBeInstanceOf(NativeError);
      }
    }
    expect(() => compile(wasm)).not.toThrow();
  });

  it.each([
    ["integers", 3],
    ["floats", 5],
  ])(
    "of %s with bytes changed compiles or is refused, and nothing else",
    (kind, functions) => {
      const module = randomModule({ seed: 12, functions, base: BASE, floats: kind === "floats" });
      const wasm = buildModule({ ...module, memoryPages: 3 });
      const random = seeded(5);
      const damage = byteMutator(random);
      const rounds = fuzzRounds(600);
      const run = new FuzzRun(`wasm modules of ${kind}`);
      for (let round = 0; round < rounds; round++) {
        let broken = wasm.slice();
        // One byte changed often gives another valid module; more of them hardly ever.
        if (round % 4 === 0) broken = Uint8Array.from(damage(wasm));
        else broken[8 + random(wasm.length - 8)] = random(256);
        run.round(`round ${round}`, () => {
          try {
            compile(broken, 0);
            return "compiled";
          } catch (error) {
            if (error instanceof NativeError) return "refused";
            throw error;
          }
        });
      }
      run.report();
      expect(run.of("compiled")).toBeGreaterThan(rounds / 20);
      expect(run.of("refused")).toBeGreaterThan(rounds / 20);
    },
    fuzzTimeout(fuzzRounds(600)),
  );
});

describe("what is refused", () => {
  const refused = (f: Partial<FunctionText>) =>
    failure(() => compile(moduleOf(f))).message.replace(/^.*: expected /, "");

  it("an operand of a float type for an integer, by the function's name", () => {
    const constant = [...op("f64.const"), 0, 0, 0, 0, 0, 0, 0, 0];
    expect(refused({ body: [...constant, ...op("i64.eqz"), ...op("drop")] })).toBe(
      "an operand of type i64 in f0, found f64",
    );
  });

  it("an empty stack", () => {
    expect(refused({ body: [...i32(1), ...op("i32.add"), ...op("drop")] })).toBe(
      "an operand on the stack in f0, found none",
    );
  });

  it("a wrong type", () => {
    expect(refused({ body: [...i64(1n), ...i64(2n), ...op("i32.add"), ...op("drop")] })).toBe(
      "an operand of type i32 in f0, found i64",
    );
  });

  it("a missing result", () => {
    expect(refused({ results: ["i32"] })).toBe("an operand on the stack in f0, found none");
  });

  it("values left on the stack", () => {
    expect(refused({ body: i32(1) })).toBe("a stack of 0 operands at the end of the block in f0, found 1");
  });

  it("a label too far out", () => {
    expect(refused({ body: op("br", 3) })).toBe("a label below 1 in f0, found 3");
  });

  it("data below the memory base", () => {
    expect(failure(() => compile(moduleOf({}), BASE + 16)).message).toContain(
      "expected data at or above the memory base 0x20010",
    );
  });
});
