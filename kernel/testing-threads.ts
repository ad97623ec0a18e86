// For the unit tests: runs kernel threads for real in Node, with preemption wherever the kernel turns interrupts on.
// WebAssembly can't switch stacks, but Binaryen's asyncify pass can take a stack apart and build it up again: so
// `switchContext` unwinds the whole call stack of the current thread into a buffer, and rewinds the other one's.
// A rewind calls the same functions again, and those that Node provides must call on: that is what `sti` is careful about.

import {
  type Cpu,
  compile,
  instantiate,
  type KernelFunction,
  MEMORY_BYTES,
  Random,
  type TestKernel,
} from "./testing.ts";

const BUFFER_BYTES = 0x4000;
const FIRST_BUFFER = MEMORY_BYTES - 0x400000;

const enum Asyncify {
  Normal,
  Unwinding,
  Rewinding,
}

/** What a test's entry file must import and export, besides its own. */
export const THREADS_PRELUDE = `
import { addAvailable } from "./memory/layout.ts";
import { freeFrameCount, initializeFrames } from "./memory/frames.ts";
import { heapUsedBlocks, heapUsedBytes } from "./memory/heap.ts";
import { initializePaging } from "./platform/paging.ts";
import { blockCurrent, currentThread, enterCritical, leaveCritical, makeReady, onTick, setSchedulingPolicy, sleepTicks, switchCount, switchIfWanted,
  tickCount, yieldProcessor } from "./thread/scheduler.ts";
import { adoptBootThread, detachThread, exitThread, firstThread, joinThread, KernelThread, reap, startKernelThread, threadMain,
  ThreadState, threadTotal
} from "./thread/thread.ts";
export { freeFrameCount, heapUsedBlocks, heapUsedBytes, threadMain, tickCount, switchCount, threadTotal };
export function boot(): void {
  addAvailable(0x200000, 0x1000000);
  initializeFrames();
  initializePaging();
  adoptBootThread("idle");
}
export function current(): usize { return changetype<usize>(currentThread()); }
export function isFinished(thread: usize): bool { return changetype<KernelThread>(thread).state === ThreadState.Dead; }
export function interruptTick(): void { onTick(); switchIfWanted(); }
`;

export function compileThreads(source: string): Promise<WebAssembly.Module> {
  return compile(THREADS_PRELUDE + source, ["--runPasses", "asyncify"]);
}

/** A simulation in which the clock ticks at one in `oneIn` places, by chance from `seed`; 0: never. */
export function simulateThreads(module: WebAssembly.Module, seed: number, oneIn: number): ThreadSimulation {
  const random = new Random(seed);
  return new ThreadSimulation(module, () => oneIn > 0 && random.below(oneIn) === 0);
}

/** What a test's `note` has logged; its entry file exports logLength and logAt. */
export function logOf({ kernel }: ThreadSimulation): number[] {
  return Array.from({ length: kernel.call("logLength") }, (_, i) => kernel.call("logAt", i));
}

export class ThreadSimulation {
  readonly kernel: TestKernel;
  private readonly buffers = new Map<number, number>();
  /** Buffers of threads that have ended, for those to come. */
  private readonly spareBuffers: number[] = [];
  /** Threads with a stack in their buffer. */
  private readonly suspended = new Set<number>();
  private readonly entries = new Map<number, () => void>();
  private target = 0;
  /** Ticks that came while the kernel had interrupts on. */
  ticks = 0;

  /** `tickNow` decides, at each place where the kernel turns interrupts on, whether the clock ticks there. */
  constructor(
    module: WebAssembly.Module,
    private readonly tickNow: () => boolean,
    cpu: Cpu = {},
    assembly: Record<string, KernelFunction> = {},
    memoryBytes: number = MEMORY_BYTES,
  ) {
    this.kernel = instantiate(module, {
      memoryBytes,
      cpu: { ...cpu, sti: () => this.onSti() },
      assembly: {
        ...assembly,
        switchContext: (save) => this.switchContext(save),
      },
    });
    this.kernel.call("boot");
  }

  /** Runs `main` as the boot thread, and all other threads as the scheduler decides, until `main` returns. */
  run(main: string, ...values: number[]): void {
    const boot = this.kernel.call("current");
    let isDone = false;
    this.entries.set(boot, () => {
      this.kernel.call(main, ...values);
      isDone = this.state() === Asyncify.Normal;
    });
    let thread = boot;
    while (!isDone) {
      if (this.suspended.delete(thread)) this.kernel.call("asyncify_start_rewind", this.bufferOf(thread));
      const entry = this.entries.get(thread) ?? (() => this.kernel.call("threadMain"));
      entry();
      if (isDone) return;
      if (this.state() !== Asyncify.Unwinding) throw new Error("a thread's function returned without a switch");
      this.kernel.call("asyncify_stop_unwind");
      thread = this.target;
    }
  }

  private state(): Asyncify {
    return this.kernel.call("asyncify_get_state");
  }

  private switchContext(from: number): number {
    if (this.state() === Asyncify.Rewinding) {
      this.kernel.call("asyncify_stop_rewind");
      return 0;
    }
    // The scheduler has named its next thread already.
    this.target = this.kernel.call("current");
    const buffer = this.bufferOf(from);
    this.kernel.view.setUint32(buffer, buffer + 8, true);
    this.kernel.view.setUint32(buffer + 4, buffer + BUFFER_BYTES, true);
    // A finished thread's address may be the next thread's.
    if (this.kernel.call("isFinished", from) === 0) this.suspended.add(from);
    else {
      this.buffers.delete(from);
      this.spareBuffers.push(buffer);
    }
    this.kernel.call("asyncify_start_unwind", buffer);
    return 0;
  }

  /** Interrupts have just gone on: maybe a tick comes. A rewind into a tick's switch passes here again. */
  private onSti(): void {
    const isRewinding = this.state() === Asyncify.Rewinding;
    if (!isRewinding && !this.tickNow()) return;
    if (!isRewinding) this.ticks++;
    this.kernel.interruptsEnabled = false;
    this.kernel.call("interruptTick");
    if (this.state() === Asyncify.Normal) this.kernel.interruptsEnabled = true;
  }

  private bufferOf(thread: number): number {
    let buffer = this.buffers.get(thread);
    if (buffer === undefined) {
      buffer = this.spareBuffers.pop() ?? FIRST_BUFFER + this.buffers.size * BUFFER_BYTES;
      if (buffer + BUFFER_BYTES > MEMORY_BYTES) throw new RangeError("more threads than there are buffers for stacks");
      this.buffers.set(thread, buffer);
    }
    return buffer;
  }
}
