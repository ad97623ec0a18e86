import { beforeAll, describe, expect, it } from "vitest";
import { type SymbolFunction, writeKernelSymbols } from "../formats/kernel-symbols.ts";
import { compile, instantiate, MEMORY_BYTES, Random, type TestKernel } from "./testing.ts";

const SOURCE = `
export { findSymbol, symbolFile, symbolLine, symbolName, useSymbols } ;
import { findSymbol, symbolFile, symbolLine, symbolName, useSymbols } from "./ksyms.ts";
`;
const TABLE = 0x2000;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

function withTable(functions: SymbolFunction[]): TestKernel {
  const kernel = instantiate(module);
  const bytes = writeKernelSymbols(functions);
  kernel.bytes.set(bytes, TABLE);
  expect(kernel.call("useSymbols", TABLE, TABLE + bytes.length)).toBe(1);
  return kernel;
}

function find(kernel: TestKernel, address: number) {
  if (kernel.call("findSymbol", address) === 0) return undefined;
  return {
    name: kernel.readText(kernel.call("symbolName")),
    file: kernel.readText(kernel.call("symbolFile")),
    line: kernel.call("symbolLine"),
  };
}

describe("ksyms", () => {
  it("finds function, file and line of every address", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = new Random(seed);
      let address = 0x101000;
      const functions = Array.from({ length: 1 + random.below(60) }, (_, i): SymbolFunction => {
        const start = address;
        address += 1 + random.below(40);
        const hasLines = random.below(5) > 0;
        const lines = hasLines ? [{ address: start, line: 1 + random.below(300) }] : [];
        for (let n = hasLines ? random.below(20) : 0; n > 0; n--) {
          lines.push({ address, line: 1 + random.below(300) });
          address += 1 + random.below(200);
        }
        return {
          address: start,
          name: `kernel/file/function${i}`,
          ...(hasLines && { file: `kernel/f${i % 7}.ts` }),
          lines,
        };
      });
      const kernel = withTable(functions);
      for (let probe = 0; probe < 300; probe++) {
        const at = 0x101000 + random.below(address - 0x101000);
        const owner = functions.filter((entry) => entry.address <= at).at(-1);
        const line = owner?.lines.filter((entry) => entry.address <= at).at(-1)?.line ?? 0;
        expect(find(kernel, at)).toEqual({ name: owner?.name, file: owner?.file ?? "?", line });
      }
    }
  });

  it("finds nothing below the first function, in an empty table, or without one", () => {
    const kernel = withTable([{ address: 0x101000, name: "f", lines: [] }]);
    expect(find(kernel, 0x100fff)).toBeUndefined();
    expect(find(withTable([]), 0x101000)).toBeUndefined();
    expect(kernel.call("useSymbols", 0x8000, 0x8000)).toBe(0);
    expect(find(kernel, 0x101000)).toBeUndefined();
    kernel.bytes.fill(0x55, 0x8000, 0x8100);
    expect(kernel.call("useSymbols", 0x8000, 0x8100)).toBe(0);
  });

  it("ends a line list that runs out of the table", () => {
    const bytes = writeKernelSymbols([
      { address: 0x101000, name: "f", file: "f.ts", lines: [{ address: 0x101000, line: 5 }] },
    ]);
    const kernel = instantiate(module);
    kernel.bytes.fill(0xff, TABLE, TABLE + 0x1000);
    kernel.bytes.set(bytes, TABLE);
    // The table ends in the list, behind which a bit that is set, as all are here, would be a number.
    const end = TABLE + bytes.length - 4;
    kernel.call("useSymbols", TABLE, end);
    expect(find(kernel, 0x101004)?.name).toBe("f");
  });

  it("reads nothing outside a table that was damaged anyhow: a program's file may say anything", () => {
    const functions = Array.from({ length: 20 }, (_, i) => ({
      address: 0x8048000 + i * 100,
      name: `function${i}`,
      file: `f${i % 3}.ts`,
      lines: [
        { address: 0x8048000 + i * 100, line: i },
        { address: 0x8048010 + i * 100, line: i + 2 },
      ],
    }));
    const good = writeKernelSymbols(functions);
    const random = new Random(3);
    const kernel = instantiate(module);
    let tables = 0;
    for (let run = 0; run < 3000; run++) {
      const bytes = good.slice(0, random.below(5) === 0 ? random.below(good.length) : good.length);
      for (let change = 1 + random.below(4); change > 0 && bytes.length > 0; change--) {
        const at = random.below(3) === 0 ? random.below(bytes.length) : random.below(Math.min(bytes.length, 60));
        bytes[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
      }
      // The table ends where memory does, so a read behind it is a trap.
      const start = (MEMORY_BYTES - bytes.length) & ~3;
      kernel.bytes.set(bytes, start);
      tables += kernel.call("useSymbols", start, start + bytes.length);
      for (let probe = 0; probe < 5; probe++) {
        if (kernel.call("findSymbol", 0x8047ff0 + random.below(2100)) === 0) continue;
        for (const text of ["symbolName", "symbolFile"]) {
          const at = kernel.call(text);
          expect(kernel.bytes.indexOf(0, at)).toBeGreaterThanOrEqual(at);
        }
      }
    }
    expect(tables).toBeGreaterThan(300);
  });
});
