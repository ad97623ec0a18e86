// The kernel's start in Node, with too little memory at every point of it: it always ends in a panic that says for what there was
// none. The machine is one whose devices answer nothing.

import { beforeAll, expect, it } from "vitest";
import { compile, instantiate, KernelAbort, type TestKernel } from "./testing.ts";

const SOURCE = `
import { kernelMain } from "./main.ts";
import { allocateFrames, releaseFrames } from "./memory/frames.ts";
import { free, malloc } from "./memory/heap.ts";
import { runOnConsole } from "./process/start.ts";
import { runLine } from "./shell/shell.ts";
import { addFileCommands } from "./shell/commands/files.ts";
import { addProgramCommands } from "./shell/commands/programs.ts";
import { runUserShell } from "./shell/userShell.ts";
import { textEquals } from "./text.ts";
import { firstThread } from "./thread/thread.ts";
/** Does what the thread of that name would do, here and now. */
export function runThread(name: usize): void {
  let thread = firstThread();
  while (thread !== null && !textEquals(name, thread.name)) thread = thread.nextOfAll;
  if (thread !== null) call_indirect<u32>(thread.startFunction, thread.argument);
}
export function runProgram(name: usize): i32 { return runOnConsole(name, name, 0, 0, 0, 0x6000); }
export { addFileCommands, addProgramCommands, allocateFrames, free, kernelMain, malloc, releaseFrames, runLine, runUserShell };
`;
const [ENOENT, ENOMEM] = [-2, -12];
const TEXT = 0x7000;
const SCREEN = 0xb8000;
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
 * Starts the kernel with so many KiB of memory behind its own; `end` is its panic, or "it runs" when it leaves its boot thread.
 * @param onPaging called when paging goes on: there are frames by then, and nobody has had memory yet
 */
function boot(
  kilobytes: number,
  onPaging: (kernel: TestKernel) => void = () => {},
): { kernel: TestKernel; end: string } {
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
  return { kernel, end: endOf(() => kernel.call("kernelMain", MULTIBOOT, INFORMATION)) };
}

/** The panic that the action ends in, or "it runs" if it leaves its thread. */
function endOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof KernelAbort) return error.reason;
    if (error instanceof Stop) return "it runs";
    throw error;
  }
  return "it returned";
}

/** Takes all memory but for a hole of so many bytes in the heap; returns the frames. */
function takeMemory(kernel: TestKernel, holeBytes: number): number[] {
  const hole = kernel.call("malloc", holeBytes);
  const frames: number[] = [];
  for (let frame = kernel.call("allocateFrames", 1); frame !== 0; frame = kernel.call("allocateFrames", 1))
    frames.push(frame);
  for (const size of [4096, 256, 1]) while (kernel.call("malloc", size) !== 0) {}
  kernel.call("free", hole);
  return frames;
}

it("says what there is no memory for, and runs with 2 MiB", () => {
  const reasons = new Set(Array.from({ length: 90 }, (_, i) => boot(4 * i).end));
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
  expect(boot(2048).end).toBe("it runs");
});

it("says so too when there are frames, but the heap can't grow", () => {
  const reasons = new Set<string>();
  for (let bytes = 64; bytes < 12_000; bytes += 64) {
    let isTaken = false;
    const { end } = boot(4096, (kernel) => {
      if (isTaken) return;
      isTaken = true;
      // Runs of eight frames are too short for the heap.
      takeMemory(kernel, bytes).forEach((frame, i) => {
        if (i % 16 < 8) kernel.call("releaseFrames", frame, 1);
      });
    });
    reasons.add(end);
    if (end === "it runs") break;
  }
  expect([...reasons].filter((reason) => !reason.startsWith("no memory for "))).toEqual(["it runs"]);
  for (const what of ["the files of /proc", "the kernel's process"]) expect(reasons).toContain(`no memory for ${what}`);
});

it("says so when the threads that it has started have none", () => {
  const { kernel } = boot(4096);
  takeMemory(kernel, 16);
  const name = kernel.writeText(TEXT, "files");
  expect(endOf(() => kernel.call("runThread", name))).toBe("no memory for the first mounts");
});

/** A kernel that has looked for devices and mounted what there is. */
function bootToRoot(): TestKernel {
  const { kernel } = boot(4096);
  expect(endOf(() => kernel.call("runThread", kernel.writeText(TEXT, "devices")))).toBe("it returned");
  expect(endOf(() => kernel.call("runThread", kernel.writeText(TEXT, "files")))).toBe("it runs"); // it sleeps
  return kernel;
}

/** Runs a line of the monitor; what the screen shows then. */
function show(kernel: TestKernel, line: string): string {
  kernel.call("runLine", kernel.writeText(TEXT, line));
  const cells = kernel.bytes.subarray(SCREEN, SCREEN + 4000);
  return Buffer.from(cells.filter((_, i) => i % 2 === 0)).toString("latin1");
}

it("shows no file without memory for what it reads", () => {
  const kernel = bootToRoot();
  kernel.call("addFileCommands");
  const line = "cat /proc/version";
  expect(show(kernel, line)).not.toContain("error");
  takeMemory(kernel, 128);
  expect(show(kernel, line)).toContain("error 12");
});

it("starts no program without memory to look for it", () => {
  const kernel = bootToRoot();
  const name = kernel.writeText(TEXT, "missing");
  expect(kernel.call("runProgram", name)).toBe(ENOENT);
  takeMemory(kernel, 128);
  expect(kernel.call("runProgram", name)).toBe(ENOMEM);
  expect(kernel.call("runProgram", kernel.writeText(TEXT, "x".repeat(300)))).toBe(ENOMEM);
});

it("says why the command run runs nothing", () => {
  const kernel = bootToRoot();
  kernel.call("addProgramCommands");
  expect(show(kernel, "run")).toContain("usage: run NAME ARGUMENT...");
  expect(show(kernel, "run missing with arguments")).toContain("run: error 2");
  takeMemory(kernel, 128);
  expect(show(kernel, "run missing")).toContain("run: error 12");
});

it("leaves the terminal to the monitor where no disk has a shell", () => {
  const kernel = bootToRoot();
  expect(endOf(() => kernel.call("runUserShell"))).toBe("it returned");
  expect(show(kernel, "")).not.toContain("cannot be run");
});
