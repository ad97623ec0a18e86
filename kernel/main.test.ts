// The kernel's start in Node, with too little memory at every point of it: it always ends in a panic that says for what there was
// none. The machine is one whose devices answer nothing.

import { beforeAll, expect, it } from "vitest";
import { compile, instantiate, KernelAbort, type TestKernel } from "./testing.ts";

const SOURCE = `
import { kernelMain } from "./main.ts";
import { allocateFrames, releaseFrames } from "./memory/frames.ts";
import { free, malloc } from "./memory/heap.ts";
export { allocateFrames, free, kernelMain, malloc, releaseFrames };
`;
const MULTIBOOT = 0x2badb002;
const INFORMATION = 0x5000;
const HAS_MEMORY = 1;
/** The kernel and its data, as the linker would have placed them. */
const [KERNEL_START, KERNEL_END] = [0x100000, 0x180000];
const MEGABYTE = 0x100000;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

class Stop extends Error {}

/**
 * Starts the kernel with so many KiB of memory behind its own and returns its panic, or "it runs" when it leaves its boot thread.
 * @param onPaging called when paging goes on: there are frames by then, and nobody has had memory yet
 */
function start(kilobytes: number, onPaging: (kernel: TestKernel) => void = () => {}): string {
  let reads = 0;
  const answer = () => {
    if (++reads > 1_000_000) throw new Error("the kernel waits for a device for ever");
    return 0;
  };
  const stop = () => {
    throw new Stop();
  };
  const kernel = instantiate(module, {
    cpu: { in8: answer, in16: answer, in32: answer, hlt: stop, stiHlt: stop, writeCr0: () => onPaging(kernel) },
    assembly: {
      switchContext: stop,
      kernelStartAddress: () => KERNEL_START,
      kernelEndAddress: () => KERNEL_END,
    },
  });
  [HAS_MEMORY, 0, (KERNEL_END - MEGABYTE) / 1024 + kilobytes].forEach((word, i) => {
    kernel.view.setUint32(INFORMATION + i * 4, word, true);
  });
  try {
    kernel.call("kernelMain", MULTIBOOT, INFORMATION);
  } catch (error) {
    if (error instanceof KernelAbort) return error.reason;
    if (error instanceof Stop) return "it runs";
    throw error;
  }
  return "it returned";
}

it("says what there is no memory for, and runs with 2 MiB", () => {
  const reasons = new Set(Array.from({ length: 90 }, (_, i) => start(4 * i)));
  expect([...reasons].filter((reason) => !reason.startsWith("no memory for "))).toEqual(["it runs"]);
  for (const what of [
    "the frame bitmap",
    "a page table",
    "the first thread",
    "the reaper thread",
    "the devices thread",
    "the buffer cache",
    "the files thread",
    "the shell thread",
  ])
    expect(reasons).toContain(`no memory for ${what}`);
  expect(start(2048)).toBe("it runs");
});

it("says so too when there are frames, but the heap can't grow", () => {
  const reasons = new Set<string>();
  for (let bytes = 64; bytes < 12_000; bytes += 64) {
    let isTaken = false;
    const reason = start(4096, (kernel) => {
      if (isTaken) return;
      isTaken = true;
      const hole = kernel.call("malloc", bytes);
      const frames: number[] = [];
      for (let frame = kernel.call("allocateFrames", 1); frame !== 0; frame = kernel.call("allocateFrames", 1))
        frames.push(frame);
      for (const size of [4096, 256, 1]) while (kernel.call("malloc", size) !== 0) {}
      kernel.call("free", hole);
      // Runs of eight frames are too short for the heap.
      frames.forEach((frame, i) => {
        if (i % 16 < 8) kernel.call("releaseFrames", frame, 1);
      });
    });
    reasons.add(reason);
    if (reason === "it runs") break;
  }
  expect([...reasons].filter((reason) => !reason.startsWith("no memory for "))).toEqual(["it runs"]);
  for (const what of ["the files of /proc", "the kernel's process"]) expect(reasons).toContain(`no memory for ${what}`);
});
