// Processes from their start to their end, with programs in Node: what they get and give back, how they end, and what becomes of
// those that cannot start.

import { beforeAll, describe, expect, it } from "vitest";
import type { TestKernel } from "../testing.ts";
import { CODE, compilePrograms, DATA, elfOf, ProgramSimulation, SimulatedMmu, sys } from "../testing-programs.ts";
import { ThreadSimulation } from "../testing-threads.ts";

const SOURCE = `
import { interruptThread } from "./thread/scheduler.ts";
import { currentProcess } from "./process/process.ts";
import { SystemCall, setSystemCall } from "./process/systemCall.ts";
import { reportRefusal } from "./process/report.ts";
import { pathAt } from "./process/calls/arguments.ts";
import { writeStatus } from "./process/procFiles.ts";
import { ProcText } from "./fs/proc/text.ts";
export { kernelProcess };
export function statusOf99(): i32 { return writeStatus(99, changetype<ProcText>(0)); }
export function interruptStarter(): void { interruptThread(starter as KernelThread); }
function spawnAll(path: usize): u32 {
  for (let i = 0; i < 2000; i++) {
    openFile(path, 0, out);
    const id = spawnProcess(kernelProcess(), changetype<File>(load<u32>(out) as usize), path, path, 0, 0, null, null, null, 0);
    if (id < 0) return id;
  }
  return 0;
}
export function fill(path: usize): void { runAs(spawnAll, path); }

// What must never be done.
export function setHandle32(): void { kernelProcess().setFile(32, null); }
export function askKernelThread(): void { currentProcess(); }
export function spawnWith4097Bytes(): void { spawnProcess(kernelProcess(), changetype<File>(0), 0, 0, 4097, 0, null, null, null, 0); }
function nothing(_frame: InterruptFrame): i32 { return 0; }
export function setCall43(): void { setSystemCall(43, nothing); }
export function setCall0Again(): void { setSystemCall(0, nothing); }
export function thirdPath(): void { pathAt(kernelProcess(), 2); }
export function refuseWithInterruptsOn(): void { enableInterrupts(); reportRefusal(kernelProcess()); }
const frame = changetype<InterruptFrame>(memory.data(80, 4));
export function faultOfKernel(): void { disableInterrupts(); frame.cs = 8; handleFault(frame); }
export function faultWithInterruptsOn(): void { enableInterrupts(); frame.cs = 0x1b; handleFault(frame); }
`;
const NONE = 0xffffffff;
const NO_HANDLES = [NONE, NONE, NONE];
const PAGE_FAULT = 14;
const STACK_TOP = 0xbffff000;
const FRAME = 4096;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compilePrograms(SOURCE);
});

/** Takes all frames, and then all of the heap. */
function takeAllMemory(kernel: TestKernel): { frames: number[]; blocks: number[] } {
  const takeAll = (name: string, size: number) => {
    const taken: number[] = [];
    for (let address = kernel.call(name, size); address !== 0; address = kernel.call(name, size)) taken.push(address);
    return taken;
  };
  const frames = takeAll("allocateFrames", 1);
  return { frames, blocks: [4096, 256, 1].flatMap((bytes) => takeAll("malloc", bytes)) };
}

describe("a process", () => {
  it("runs a program, and its parent gets the status and all that it had", () => {
    const simulation = new ProgramSimulation(module);
    const { kernel } = simulation;
    const frames = kernel.call("freeFrameCount");
    simulation.add("seven", [sys("getPid"), sys("open", "/seven", 0), sys("brk", DATA + 0x5000), sys("exit", 0x107)]);
    expect(simulation.start("seven")).toBe(7);
    expect(simulation.results().slice(0, 2)).toEqual([1, 0]);
    expect(kernel.call("processCount")).toBe(1);
    expect(kernel.call("openFileCount")).toBe(0);
    expect(frames - kernel.call("freeFrameCount")).toBeLessThanOrEqual(3); // the reaper's stack
  });

  it("finds its segments, its arguments on the stack, and zeros behind its data", () => {
    const simulation = new ProgramSimulation(module);
    const { kernel } = simulation;
    let seen: (string | number)[] = [];
    simulation.add("parent", [sys("spawn", "/child", ["one", "", "three", 0], NO_HANDLES, 0), sys("wait", 2, 0, 0)]);
    simulation.add("child", [
      () => {
        const stack = STACK_TOP - FRAME + kernel.bytes.subarray(STACK_TOP - FRAME, STACK_TOP).lastIndexOf(3);
        const word = (index: number) => kernel.view.getUint32(stack + index * 4, true);
        seen = [
          stack % 16,
          word(0),
          ...[1, 2, 3].map((i) => kernel.readText(word(i))),
          word(4),
          word(5),
          word(6),
          word(7),
        ];
        seen.push(kernel.view.getUint32(CODE, true), kernel.view.getUint32(DATA + 0x2ffc, true));
      },
    ]);
    kernel.bytes.fill(0xee, DATA, DATA + 0x3000);
    expect(simulation.start("parent")).toBe(0);
    expect(seen).toEqual([0, 3, "one", "", "three", 0, 0, 0, 0, 0x464c457f, 0]);
  });

  it("has memory of its own, whoever runs in between", () => {
    const simulation = new ProgramSimulation(module);
    const { kernel } = simulation;
    const seen: number[] = [];
    simulation.add("parent", [
      () => kernel.view.setUint32(DATA + 0x2000, 1, true),
      sys("spawn", "/child", [0], NO_HANDLES, 0),
      sys("wait", 0, 0, 0),
      () => seen.push(kernel.view.getUint32(DATA + 0x2000, true)),
    ]);
    simulation.add("child", [
      () => seen.push(kernel.view.getUint32(DATA + 0x2000, true)),
      () => kernel.view.setUint32(DATA + 0x2000, 2, true),
      sys("yield"),
    ]);
    expect(simulation.start("parent")).toBe(0);
    expect(seen).toEqual([0, 1]);
  });

  it("is ended by kill, but only while it runs", () => {
    const simulation = new ProgramSimulation(module);
    simulation.add("parent", [
      sys("spawn", "/child", [0], NO_HANDLES, 0),
      sys("wait", 2, 0, 1), // not yet
      sys("kill", 2),
      sys("sleep", 50),
      sys("kill", 2),
      sys("wait", 2, DATA + 0x2000, 0),
      () => expect(simulation.kernel.view.getUint32(DATA + 0x2000, true)).toBe(0x200),
      sys("kill", 2),
    ]);
    simulation.add("child", [sys("sleep", 1_000_000), sys("exit", 1)]);
    expect(simulation.start("parent")).toBe(0);
    const [spawned, early, killed, , late, waited, , gone] = simulation.results();
    expect([spawned, early, killed, late, waited, gone]).toEqual([2, 0, 0, "ESRCH", 2, "ESRCH"]);
  });

  it("leaves children that nobody waits for, who go by themselves", () => {
    const simulation = new ProgramSimulation(module);
    simulation.add("parent", [
      sys("spawn", "/child", [0], NO_HANDLES, 0),
      sys("spawn", "/slow", [0], NO_HANDLES, 0),
      sys("spawn", "/child", [0], NO_HANDLES, 1), // detached
      sys("sleep", 20),
      sys("wait", 4, 0, 0),
    ]);
    simulation.add("child", []);
    simulation.add("slow", [sys("sleep", 100)]);
    simulation.add("last", [sys("sleep", 300)]);
    expect(simulation.start("parent")).toBe(0);
    expect(simulation.results()[4]).toBe("ECHILD");
    expect(simulation.start("last")).toBe(0);
    expect(simulation.kernel.call("processCount")).toBe(1);
  });

  it("gets pages of its stack by touching them, and ends by other faults", () => {
    const simulation = new ProgramSimulation(module);
    simulation.add("good", [{ fault: PAGE_FAULT, address: STACK_TOP - 0x8000 }, sys("exit", 3)]);
    simulation.add("bad", [{ fault: PAGE_FAULT, address: 0x200000 }, sys("exit", 3)]);
    simulation.add("divide", [{ fault: 0, address: 0 }, sys("exit", 3)]);
    expect(simulation.start("good")).toBe(3);
    expect(simulation.start("bad")).toBe(0x100 | PAGE_FAULT);
    expect(simulation.start("divide")).toBe(0x100);
    const cells = simulation.kernel.bytes.subarray(0xb8000, 0xb8fa0);
    const text = Buffer.from(cells.filter((_, i) => i % 2 === 0)).toString("latin1");
    expect(text).toContain("bad: page fault: read of 00200000, which is not mapped");
    expect(text).toContain("divide: divide error");
  });

  it("can be one of 1024, and no more", () => {
    const simulation = new ProgramSimulation(module);
    const { kernel } = simulation;
    simulation.add("short", []);
    simulation.run("fill", simulation.text("/short"));
    expect(kernel.call("lastResult")).toBe(-11);
    expect(kernel.call("processCount")).toBe(1024);
    expect(kernel.call("openFileCount")).toBe(0);
  });

  it("lets go of a kernel thread that waits and is interrupted", () => {
    const simulation = new ProgramSimulation(module);
    simulation.add("slow", [() => simulation.kernel.call("interruptStarter"), sys("sleep", 100)]);
    expect(simulation.start("slow")).toBe("EINTR");
  });
});

describe("a program that can't be loaded", () => {
  it("is none, or shorter than its headers say", () => {
    const simulation = new ProgramSimulation(module);
    simulation.add("short", [sys("getcwd", "x".repeat(100), 100)]);
    expect(simulation.start("")).toBe("ENOEXEC"); // the directory, which has no size
    expect(simulation.start("missing")).toBe("ENOENT");
    simulation.kernel.call("limitReading", 140);
    expect(simulation.start("short")).toBe("EIO");
    simulation.kernel.call("limitReading", 40);
    expect(simulation.start("short")).toBe("ENOEXEC");
    expect(simulation.kernel.call("openFileCount")).toBe(0);
    expect(simulation.kernel.call("processCount")).toBe(1);
  });

  it("is refused before it takes a page if it needs more than there are", () => {
    const simulation = new ProgramSimulation(module);
    const { kernel } = simulation;
    const elf = elfOf(0, Uint8Array.of(1));
    new DataView(elf.buffer).setUint32(52 + 32 + 20, 0x10000000, true); // p_memsz of its data
    simulation.addFile("huge", elf);
    kernel.bytes.fill(0xee, CODE, CODE + FRAME);
    expect(simulation.start("huge")).toBe("ENOMEM");
    expect(kernel.bytes[CODE]).toBe(0xee);
  });

  /** What a spawn gives when only `frames` frames and a hole of `heapBytes` are left. */
  function spawnWith(frames: number, heapBytes: number): number | string | undefined {
    const simulation = new ProgramSimulation(module);
    const { kernel } = simulation;
    let before: number[] = [];
    let taken = { frames: [] as number[], blocks: [] as number[] };
    const counts = () =>
      ["freeFrameCount", "heapUsedBlocks", "openFileCount", "processCount"].map((name) => kernel.call(name));
    simulation.add("parent", [
      sys("sleep", 10), // the starter's turn
      () => {
        const hole = kernel.call("malloc", heapBytes);
        taken = takeAllMemory(kernel);
        kernel.call("free", hole);
        // Runs of eight, so that the heap can't grow into them.
        for (let i = 0; i < frames; i++)
          kernel.call("releaseFrames", taken.frames[20 + i + 8 * Math.floor(i / 8)] ?? 0, 1);
        before = counts();
      },
      sys("spawn", "/child", ["word", 0], NO_HANDLES, 0),
      sys("wait", 0, 0, 0),
      sys("sleep", 50), // the reaper's
      () => {
        expect(counts(), `${frames} frames, ${heapBytes} bytes`).toEqual(before);
      },
    ]);
    simulation.add("child", []);
    expect(simulation.start("parent")).toBe(0);
    return simulation.results()[2];
  }

  /** Of results in the order of growing memory: none but ENOMEM, and from some amount on none but the child. */
  function expectEnoughAtLast(results: (number | string | undefined)[]): void {
    const enough = results.indexOf(2);
    expect(enough).toBeGreaterThan(0);
    expect(results).toEqual(results.map((_, i) => (i < enough ? "ENOMEM" : 2)));
  }

  it("has not enough frames, and all that it had comes back", () => {
    // The kernel keeps 64 frames from programs, so that what lies in between fails at the same place.
    const frames = [...Array.from({ length: 14 }, (_, i) => i), 40, ...Array.from({ length: 20 }, (_, i) => 64 + i)];
    expectEnoughAtLast(frames.map((count) => spawnWith(count, 20_000)));
  });

  it("has no stack when somebody takes the last frames meanwhile", () => {
    let isArmed = false;
    let before = 0;
    // The buffer of four frames comes back between the program's segments and its stack.
    const simulation: ProgramSimulation = new ProgramSimulation(module, new SimulatedMmu(), () => {
      if (!isArmed) return false;
      const now = simulation.kernel.call("freeFrameCount");
      isArmed = now < before + 4;
      if (!isArmed) takeAllMemory(simulation.kernel);
      before = now;
      return false;
    });
    simulation.add("parent", [
      () => {
        isArmed = true;
        before = simulation.kernel.call("freeFrameCount");
      },
      sys("spawn", "/child", [0], NO_HANDLES, 0),
    ]);
    simulation.add("child", []);
    expect(simulation.start("parent")).toBe(0);
    expect(simulation.results()[1]).toBe("ENOMEM");
  });

  it("has not enough heap, and all that it had comes back", () => {
    expectEnoughAtLast(Array.from({ length: 30 }, (_, i) => spawnWith(96, 16 + 48 * i)));
  });
});

it("/proc has nothing of a process that is not there", () => {
  expect(new ProgramSimulation(module).kernel.call("statusOf99")).toBe(-2);
});

describe("the kernel's own mistakes with processes", () => {
  it.each([
    ["setHandle32", /no such handle/],
    ["askKernelThread", /runs no program/],
    ["spawnWith4097Bytes", /more arguments/],
    ["setCall43", /no such system call/],
    ["setCall0Again", /has a function already/],
    ["thirdPath", /room for two paths/],
    ["refuseWithInterruptsOn", /another thread may have parsed/],
    ["faultOfKernel", /a fault of the kernel is a panic/],
    ["faultWithInterruptsOn", /comes with interrupts off/],
  ])("%s panics", (mistake, reason) => {
    expect(new ProgramSimulation(module).kernel.abortOf(mistake)).toMatch(reason);
  });

  it("has no process of its own without memory", () => {
    const { kernel } = new ThreadSimulation(module, () => false, new SimulatedMmu().cpu);
    takeAllMemory(kernel);
    expect(kernel.abortOf("kernelProcess")).toMatch(/no memory for the kernel's process/);
  });
});
