import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, Random } from "./testing.ts";

const SOURCE = `
import { Ring, RING_BYTES } from "./ring.ts";
const ring = changetype<Ring>(memory.data(RING_BYTES, 4));
const values = memory.data(64, 2);
export function initialize(capacity: u32): void { ring.initialize(values, capacity); }
export function put(value: u32): bool { return ring.put(value as u16); }
export function take(): u32 { return ring.take(); }
export function count(): u32 { return ring.count; }
export function isFull(): bool { return ring.isFull; }
export function isEmpty(): bool { return ring.isEmpty; }
`;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

describe("ring", () => {
  it("is a queue that refuses what it has no room for", () => {
    for (let seed = 1; seed <= 4; seed++) {
      const kernel = instantiate(module);
      const capacity = 1 << seed;
      kernel.call("initialize", capacity);
      const random = new Random(seed);
      const model: number[] = [];
      for (let step = 0; step < 2000; step++) {
        const value = random.below(0x10000);
        if (random.below(2) === 0) {
          expect(kernel.call("put", value)).toBe(model.length < capacity ? 1 : 0);
          if (model.length < capacity) model.push(value);
        } else if (model.length > 0) {
          expect(kernel.call("take")).toBe(model.shift());
        }
        expect(kernel.call("count")).toBe(model.length);
        expect(kernel.call("isEmpty")).toBe(model.length === 0 ? 1 : 0);
        expect(kernel.call("isFull")).toBe(model.length === capacity ? 1 : 0);
      }
    }
  });

  it("asserts its contracts", () => {
    const kernel = instantiate(module);
    expect(kernel.abortOf("put", 1)).toMatch(/not initialized/);
    expect(kernel.abortOf("initialize", 3)).toMatch(/power of two/);
    expect(kernel.abortOf("initialize", 0)).toMatch(/power of two/);
    kernel.call("initialize", 4);
    expect(kernel.abortOf("take")).toMatch(/empty ring/);
  });
});
