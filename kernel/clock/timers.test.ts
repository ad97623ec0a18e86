import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, Random, type TestKernel } from "../testing.ts";

const SOURCE = `
import { adoptBootThread } from "./thread/thread.ts";
import { addAvailable } from "./memory/layout.ts";
import { initializeFrames } from "./memory/frames.ts";
import { onTick, tickCount } from "./thread/scheduler.ts";
import { runTimers, startTimer, stopTimer, Timer, TIMER_BYTES } from "./clock/timers.ts";
export { tickCount };
const timers = memory.data(1024, 4);
const log = memory.data(8192, 4);
let logged: u32 = 0;
function timer(index: usize): Timer { return changetype<Timer>(timers + index * TIMER_BYTES); }
export function timerBytes(): u32 { return offsetof<Timer>(); }
export function boot(): void { addAvailable(0x200000, 0x300000); initializeFrames(); adoptBootThread("idle"); }
export function tick(): void { onTick(); runTimers(); }
function record(index: usize): void { store<u32>(log + (logged++) * 4, index as u32); }
/** Stops itself and the next timer, and starts the one after that. */
function meddle(index: usize): void {
  record(index);
  stopTimer(timer(index));
  stopTimer(timer(index + 1));
  startTimer(timer(index + 2), 2, 0, record, index + 2);
}
export function start(index: usize, delay: u32, period: u32): void { startTimer(timer(index), delay, period, record, index); }
export function startMeddler(index: usize, delay: u32, period: u32): void { startTimer(timer(index), delay, period, meddle, index); }
export function stop(index: usize): bool { return stopTimer(timer(index)); }
export function taken(): u32 { const count = logged; logged = 0; return count; }
export function logAt(index: u32): u32 { return load<u32>(log + index * 4); }
`;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

function boot(): TestKernel {
  const kernel = instantiate(module);
  kernel.call("boot");
  return kernel;
}

/** The timers that one tick calls, in order. */
function tick(kernel: TestKernel): number[] {
  kernel.call("tick");
  return Array.from({ length: kernel.call("taken") }, (_, i) => kernel.call("logAt", i));
}

describe("timers", () => {
  it("have the size that static memory is given for them", () => {
    expect(boot().call("timerBytes")).toBeLessThanOrEqual(24);
  });

  it("agree with a simple model over random starts and stops", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const kernel = boot();
      const random = new Random(seed);
      // What is due, in the order in which it was put on the list.
      let model: { index: number; due: number; period: number }[] = [];
      for (let now = 1; now <= 400; now++) {
        for (let i = random.below(3); i > 0; i--) {
          const index = random.below(20);
          const delay = random.below(30);
          const period = random.below(3) === 0 ? 1 + random.below(9) : 0;
          kernel.call("start", index, delay, period);
          model = model.filter((timer) => timer.index !== index);
          model.push({ index, due: now - 1 + Math.max(delay, 1), period });
        }
        if (random.below(3) === 0) {
          const index = random.below(20);
          const wasActive = model.some((timer) => timer.index === index);
          expect(kernel.call("stop", index)).toBe(wasActive ? 1 : 0);
          model = model.filter((timer) => timer.index !== index);
        }
        const due = model.filter((timer) => timer.due === now);
        expect(tick(kernel), `seed ${seed}, tick ${now}`).toEqual(due.map((timer) => timer.index));
        model = model.filter((timer) => timer.due !== now);
        for (const timer of due) if (timer.period > 0) model.push({ ...timer, due: now + timer.period });
      }
    }
  });

  it("may be started and stopped by a callback, its own too", () => {
    const kernel = boot();
    kernel.call("startMeddler", 3, 1, 1);
    kernel.call("start", 4, 1, 0);
    kernel.call("start", 9, 1, 0);
    expect(tick(kernel)).toEqual([3, 9]);
    expect(tick(kernel)).toEqual([]);
    expect(tick(kernel)).toEqual([5]);
    expect(tick(kernel)).toEqual([]);
  });
});
