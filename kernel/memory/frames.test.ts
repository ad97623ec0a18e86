import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, Random, type TestKernel } from "../testing.ts";

const SOURCE = `
import { addAvailable, addReserved, findUnreserved, memoryTop } from "./memory/layout.ts";
import { allocateDmaFrames, allocateFrames, allocateUserFrame, freeFrameCount, initializeFrames, releaseFrames, spareFrameCount,
  usableFrameCount } from "./memory/frames.ts";
export { addAvailable, addReserved, findUnreserved, memoryTop, allocateDmaFrames, allocateFrames, allocateUserFrame, freeFrameCount,
  initializeFrames, releaseFrames, spareFrameCount, usableFrameCount };
`;
const FRAME = 4096;
const MB = 0x100000;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

/** A kernel with RAM from 2 MB to 2 MB + `frames` frames, of which the first holds the bitmap. */
function start(frames: number): TestKernel {
  const kernel = instantiate(module);
  kernel.call("addAvailable", 2 * MB, 2 * MB + frames * FRAME);
  kernel.call("initializeFrames");
  return kernel;
}

describe("memory layout", () => {
  it("counts whole pages of RAM only, and whole pages around what is reserved", () => {
    const kernel = instantiate(module);
    kernel.call("addAvailable", 2 * MB + 1, 2 * MB + 5 * FRAME + 17);
    kernel.call("addReserved", 2 * MB + 2 * FRAME + 4095, 2 * MB + 3 * FRAME + 1);
    kernel.call("initializeFrames");
    // Pages 1 to 4 of the range; 2 and 3 are touched by the reservation; the bitmap takes page 1.
    expect(kernel.call("usableFrameCount")).toBe(1);
    expect(kernel.call("allocateFrames", 1)).toBe(2 * MB + 4 * FRAME);
    expect(kernel.call("allocateFrames", 1)).toBe(0);
  });

  it("lets a reservation win over RAM wherever they overlap", () => {
    const kernel = instantiate(module);
    kernel.call("addReserved", 0, 3 * MB);
    kernel.call("addAvailable", 2 * MB, 4 * MB);
    kernel.call("addAvailable", 0, 0x9f000);
    expect(kernel.call("memoryTop")).toBe(4 * MB);
    expect(kernel.call("findUnreserved", FRAME)).toBe(3 * MB);
    expect(kernel.call("findUnreserved", MB + 1)).toBe(0);
  });

  it("steps over several reservations to find room", () => {
    const kernel = instantiate(module);
    kernel.call("addAvailable", 2 * MB, 3 * MB);
    kernel.call("addReserved", 2 * MB + 2 * FRAME, 2 * MB + 3 * FRAME);
    kernel.call("addReserved", 2 * MB, 2 * MB + FRAME);
    expect(kernel.call("findUnreserved", FRAME)).toBe(2 * MB + FRAME);
    expect(kernel.call("findUnreserved", 2 * FRAME)).toBe(2 * MB + 3 * FRAME);
  });
});

describe("page frames", () => {
  it("hands out every frame once and then none", () => {
    const kernel = start(100);
    const seen = new Set<number>();
    for (let address = kernel.call("allocateFrames", 1); address !== 0; address = kernel.call("allocateFrames", 1)) {
      expect(address % FRAME).toBe(0);
      seen.add(address);
    }
    expect(seen.size).toBe(99);
    expect(Math.min(...seen)).toBe(2 * MB + FRAME);
    expect(Math.max(...seen)).toBe(2 * MB + 99 * FRAME);
    expect(kernel.call("freeFrameCount")).toBe(0);
  });

  it("agrees with a simple model over random allocations and releases", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const kernel = start(300);
      const random = new Random(seed);
      const used = new Array<boolean>(300).fill(false);
      used[0] = true;
      const held: { address: number; count: number }[] = [];
      const fits = (count: number) => {
        let run = 0;
        for (const isUsed of used) {
          run = isUsed ? 0 : run + 1;
          if (run === count) return true;
        }
        return false;
      };
      for (let step = 0; step < 600; step++) {
        if (random.below(5) < 3 || held.length === 0) {
          const count = random.below(4) === 0 ? 1 + random.below(70) : 1 + random.below(3);
          const address = kernel.call("allocateFrames", count);
          expect(address !== 0, `seed ${seed}, step ${step}: ${count} frames`).toBe(fits(count));
          if (address === 0) continue;
          const first = (address - 2 * MB) / FRAME;
          for (let frame = first; frame < first + count; frame++) {
            expect(used[frame], `seed ${seed}, step ${step}: frame ${frame}`).toBe(false);
            used[frame] = true;
          }
          held.push({ address, count });
        } else {
          const [block] = held.splice(random.below(held.length), 1);
          if (block === undefined) continue;
          kernel.call("releaseFrames", block.address, block.count);
          const first = (block.address - 2 * MB) / FRAME;
          used.fill(false, first, first + block.count);
        }
        expect(kernel.call("freeFrameCount")).toBe(used.filter((isUsed) => !isUsed).length);
      }
    }
  });

  it("hands out frames for DMA: below 16 MiB, inside 64 KiB, each once", () => {
    const kernel = instantiate(module);
    kernel.call("addAvailable", 15 * MB + 9 * FRAME, 17 * MB);
    kernel.call("initializeFrames");
    const random = new Random(4);
    const seen = new Set<number>();
    for (let address = 1; address !== 0; ) {
      const count = 1 + random.below(16);
      const before = kernel.call("freeFrameCount");
      address = kernel.call("allocateDmaFrames", count);
      if (address === 0) continue;
      expect(kernel.call("freeFrameCount")).toBe(before - count);
      const last = address + count * FRAME - 1;
      expect(last).toBeLessThan(16 * MB);
      expect(address >>> 16).toBe(last >>> 16);
      for (let frame = address; frame < last; frame += FRAME) {
        expect(seen.has(frame)).toBe(false);
        seen.add(frame);
      }
    }
    // Sixteen don't fit any more, but single ones do, until all below 16 MiB are used.
    while (kernel.call("allocateDmaFrames", 1) !== 0) seen.add(0 - seen.size);
    expect(seen.size).toBe(256 - 9 - 1);
    expect(kernel.call("allocateFrames", 1)).toBeGreaterThanOrEqual(16 * MB);
  });

  it("gives the kernel what lies below 128 MiB, programs what lies above while there is some, and keeps a reserve", () => {
    const kernel = instantiate(module);
    const KERNEL_FRAMES = 70;
    const HIGH_FRAMES = 40;
    const LIMIT = 128 * MB;
    kernel.call("addAvailable", 2 * MB, 2 * MB + 2 * FRAME); // for the bitmap
    kernel.call("addAvailable", LIMIT - KERNEL_FRAMES * FRAME, LIMIT + HIGH_FRAMES * FRAME);
    kernel.call("initializeFrames");
    expect(kernel.call("usableFrameCount")).toBe(KERNEL_FRAMES + HIGH_FRAMES);
    const user: number[] = [];
    expect(kernel.call("spareFrameCount")).toBe(HIGH_FRAMES + KERNEL_FRAMES - 64);
    for (let i = 0; i < HIGH_FRAMES; i++) user.push(kernel.call("allocateUserFrame") >>> 0);
    expect(Math.min(...user)).toBe(LIMIT);
    expect(new Set(user).size).toBe(HIGH_FRAMES);
    // No run of frames crosses the limit, and the kernel never gets one above.
    kernel.call("releaseFrames", user[0] ?? 0, 1);
    expect(kernel.call("allocateFrames", KERNEL_FRAMES + 1)).toBe(0);
    expect(kernel.call("allocateUserFrame")).toBe(user[0]);
    for (let left = kernel.call("spareFrameCount"); left > 0; left--)
      expect(kernel.call("allocateUserFrame")).toBeLessThan(LIMIT);
    expect(kernel.call("allocateUserFrame")).toBe(0);
    expect(kernel.call("freeFrameCount")).toBe(64);
    for (let i = 0; i < 64; i++) expect(kernel.call("allocateFrames", 1)).toBeLessThan(LIMIT);
    expect(kernel.call("allocateFrames", 1)).toBe(0);
    for (const address of user) kernel.call("releaseFrames", address, 1);
    expect(kernel.call("allocateFrames", 1)).toBe(0);
    expect(kernel.call("spareFrameCount")).toBe(HIGH_FRAMES);
  });

  it("asserts its contracts", () => {
    const kernel = start(10);
    const address = kernel.call("allocateFrames", 2);
    expect(kernel.abortOf("releaseFrames", address + 1, 1)).toMatch(/multiple of 4096/);
    expect(kernel.abortOf("releaseFrames", address, 3)).toMatch(/free already/);
    expect(kernel.abortOf("releaseFrames", 64 * MB, 1)).toMatch(/not a frame/);
    expect(kernel.abortOf("releaseFrames", 0, 1)).toMatch(/not a frame/);
    expect(kernel.abortOf("allocateFrames", 0)).toMatch(/no frames/);
    expect(kernel.abortOf("initializeFrames")).toMatch(/set up already/);
    kernel.call("releaseFrames", address, 2);
    expect(kernel.abortOf("releaseFrames", address, 1)).toMatch(/free already/);
  });
});

describe("mistakes with memory", () => {
  it("are noticed when the layout is told", () => {
    const kernel = instantiate(module);
    expect(kernel.abortOf("addAvailable", 2, 1)).toMatch(/ends before it starts/);
    expect(kernel.abortOf("addReserved", 2, 1)).toMatch(/ends before it starts/);
    for (let i = 0; i < 64; i++) {
      kernel.call("addAvailable", i * MB, i * MB + FRAME);
      kernel.call("addReserved", i * MB, i * MB + FRAME);
    }
    expect(kernel.abortOf("addAvailable", 0, FRAME)).toMatch(/more memory ranges/);
    expect(kernel.abortOf("addReserved", 0, FRAME)).toMatch(/more reserved ranges/);
  });

  it("end the start: no memory for the bitmap, or none that the kernel reaches", () => {
    expect(instantiate(module).abortOf("initializeFrames")).toMatch(/no memory for the frame bitmap/);
    const high = instantiate(module);
    high.call("addAvailable", 0x8000000, 0x9000000);
    expect(high.abortOf("initializeFrames")).toMatch(/no memory for the frame bitmap/);
  });

  it("are numbers of frames that no device's memory has", () => {
    const kernel = start(100);
    expect(kernel.abortOf("allocateDmaFrames", 0)).toMatch(/1 to 16/);
    expect(kernel.abortOf("allocateDmaFrames", 17)).toMatch(/1 to 16/);
  });
});
