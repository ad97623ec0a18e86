import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, Random, type TestKernel } from "../testing.ts";

const SOURCE = `
import { addAvailable } from "./memory/layout.ts";
import { freeFrameCount, initializeFrames } from "./memory/frames.ts";
import { calloc, checkBlock, free, heapArenaBytes, heapUsedBlocks, heapUsedBytes, malloc, realloc } from "./memory/heap.ts";
export { calloc, checkBlock, free, freeFrameCount, heapArenaBytes, heapUsedBlocks, heapUsedBytes, malloc, realloc };
export function start(bytes: usize): void {
  addAvailable(0x200000, 0x200000 + bytes);
  initializeFrames();
}
`;
const MB = 0x100000;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

function start(bytes = 4 * MB): TestKernel {
  const kernel = instantiate(module);
  kernel.call("start", bytes);
  return kernel;
}

describe("kernel heap", () => {
  it("keeps every block's bytes over random malloc, calloc, realloc and free, and gives all memory back", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const kernel = start();
      const random = new Random(seed);
      const framesAtStart = kernel.call("freeFrameCount");
      const blocks: { address: number; bytes: number; fill: number }[] = [];
      const check = (block: (typeof blocks)[number], bytes = block.bytes) => {
        const found = kernel.bytes.subarray(block.address, block.address + bytes);
        expect(
          found.every((byte) => byte === block.fill),
          `seed ${seed}: block of ${block.bytes} bytes changed`,
        ).toBe(true);
      };
      for (let step = 0; step < 1500; step++) {
        const size = random.below(10) === 0 ? 1 + random.below(100000) : 1 + random.below(200);
        const fill = random.below(256);
        const action = random.below(8);
        if (action < 4 || blocks.length === 0) {
          const address = kernel.call(action === 0 ? "calloc" : "malloc", size);
          if (address === 0) continue;
          expect(address % 16).toBe(0);
          if (action === 0) check({ address, bytes: size, fill: 0 });
          kernel.bytes.fill(fill, address, address + size);
          blocks.push({ address, bytes: size, fill });
        } else if (action < 6) {
          const [block] = blocks.splice(random.below(blocks.length), 1);
          if (block === undefined) continue;
          check(block);
          kernel.call("free", block.address);
        } else {
          const block = random.pick(blocks);
          const address = kernel.call("realloc", block.address, size);
          if (address === 0) continue;
          block.address = address;
          check(block, Math.min(size, block.bytes));
          block.bytes = size;
          block.fill = fill;
          kernel.bytes.fill(fill, address, address + size);
        }
        expect(kernel.call("heapUsedBlocks")).toBe(blocks.length);
        expect(kernel.call("heapUsedBytes")).toBe(blocks.reduce((sum, block) => sum + block.bytes, 0));
      }
      for (const block of blocks) {
        check(block);
        kernel.call("checkBlock", block.address);
        kernel.call("free", block.address);
      }
      expect(kernel.call("heapArenaBytes")).toBe(0);
      expect(kernel.call("freeFrameCount")).toBe(framesAtStart);
    }
  });

  it("returns 0 when memory is used up, and works again after a free", () => {
    const kernel = start(33 * 4096); // the bitmap and two arenas
    const big = kernel.call("malloc", 60000);
    const other = kernel.call("malloc", 60000);
    expect(big).not.toBe(0);
    expect(other).not.toBe(0);
    expect(kernel.call("malloc", 60000)).toBe(0);
    expect(kernel.call("realloc", big, 70000)).toBe(0);
    kernel.call("free", other);
    expect(kernel.call("malloc", 60000)).not.toBe(0);
  });

  it("joins freed neighbours, whatever the order", () => {
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    for (const order of orders) {
      const kernel = start();
      const keep = kernel.call("malloc", 16);
      const three = [1000, 1000, 1000].map((bytes) => kernel.call("malloc", bytes));
      kernel.call("malloc", 16);
      for (const index of order) kernel.call("free", three[index] ?? 0);
      // The hole is one block again: what fits only into all three lands where the first was.
      expect(kernel.call("malloc", 3000)).toBe(three[0]);
      kernel.call("checkBlock", keep);
    }
  });

  it("notices a double free, an overrun, a foreign address and a broken neighbour", () => {
    const kernel = start();
    const first = kernel.call("malloc", 40);
    const second = kernel.call("malloc", 40);
    const third = kernel.call("malloc", 40);
    kernel.call("free", second);
    expect(kernel.abortOf("free", second)).toMatch(/free already/);
    expect(kernel.abortOf("free", first + 16)).toMatch(/not a block/);
    expect(kernel.abortOf("free", first + 4)).toMatch(/not a block's address/);
    expect(kernel.abortOf("free", 0)).toMatch(/not a block's address/);
    kernel.bytes[first + 40] = 1;
    expect(kernel.abortOf("free", first)).toMatch(/behind the end/);
    expect(kernel.abortOf("checkBlock", first)).toMatch(/behind the end/);
    kernel.view.setUint32(third - 8, 0, true);
    expect(kernel.abortOf("free", third)).toMatch(/header was overwritten/);
    expect(kernel.abortOf("malloc", 0)).toMatch(/size out of range/);
    expect(kernel.abortOf("malloc", 0x10000000)).toMatch(/size out of range/);
    expect(kernel.abortOf("realloc", first, 0)).toMatch(/realloc: size/);
    expect(kernel.abortOf("realloc", first, 0x10000000)).toMatch(/realloc: size/);
  });

  it("notices headers that somebody overwrote, of a neighbour and of a free block", () => {
    const kernel = start();
    const [first = 0, second = 0] = [40, 40, 40].map((bytes) => kernel.call("malloc", bytes));
    const header = kernel.view.getUint32(first - 16, true);
    kernel.view.setUint32(second - 12, header + 16, true); // what the second says of the first's size
    expect(kernel.abortOf("free", first)).toMatch(/next block's header/);
    kernel.view.setUint32(second - 12, header, true);
    kernel.call("free", first);
    kernel.view.setUint32(first - 8, 0x12345678, true); // the state
    expect(kernel.abortOf("malloc", 5000)).toMatch(/free block's header/);
  });
});
