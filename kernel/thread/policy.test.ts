import { beforeAll, describe, expect, it } from "vitest";
import { compileThreads, simulateThreads } from "../testing-threads.ts";

const SOURCE = `
import { FEEDBACK_LEVELS, SchedulingPolicy } from "./thread/policy.ts";
import { enableInterrupts } from "./platform/interrupts.ts";

const rounds = memory.data(64);
export function roundsOf(index: usize): u32 { return load<u32>(rounds + (index << 2)); }
let stop: bool = false;
let deepest: u32 = 0;
export function deepestLevel(): u32 { return deepest; }

// Computes for ever, with interrupts going on and off so that ticks can come.
function compute(index: usize): u32 {
  while (!stop) {
    const wereEnabled = enterCritical();
    store<u32>(rounds + (index << 2), roundsOf(index) + 1);
    deepest = max(deepest, currentThread().feedbackLevel);
    leaveCritical(wereEnabled);
  }
  return 0;
}
// Works a little after each sleep; counts the ticks from when it should have run to when it did.
let delay: u32 = 0;
let answers: u32 = 0;
export function totalDelay(): u32 { return delay; }
export function answerCount(): u32 { return answers; }
function interact(index: usize): u32 {
  while (!stop) {
    const due = tickCount() + 3;
    sleepTicks(3);
    delay += tickCount() - due;
    answers++;
  }
  return 0;
}
function stopAfter(ticks: usize): u32 { sleepTicks(ticks as u32); stop = true; return 0; }

export function run(policy: u32, ticks: u32): void {
  setSchedulingPolicy(policy, 2);
  startKernelThread(reap, 0, 7, true, "reaper");
  // The stopper has a better priority, but for the feedback queue all are the same.
  startKernelThread(stopAfter, ticks, 6, true, "stopper");
  startKernelThread(interact, 0, 2, true, "interactive");
  startKernelThread(compute, 1, 3, true, "compute a");
  startKernelThread(compute, 2, 3, true, "compute b");
  startKernelThread(compute, 3, 2, true, "compute c");
  enableInterrupts();
  while (threadTotal() > 2) yieldProcessor();
}

// The policy changes under the feet of threads that are ready, asleep and running.
function change(times: usize): u32 {
  for (let i: usize = 0; i < times; i++) {
    setSchedulingPolicy(i % 2 == 0 ? SchedulingPolicy.Feedback : SchedulingPolicy.Priority, 1 + ((i % 7) as u32));
    sleepTicks(2);
  }
  stop = true;
  return 0;
}
export function runChanges(times: u32): void {
  startKernelThread(reap, 0, 7, true, "reaper");
  startKernelThread(change, times, 7, true, "changer");
  startKernelThread(interact, 0, 2, true, "interactive");
  for (let i: usize = 1; i < 8; i++) startKernelThread(compute, i, 1 + ((i % 3) as u32), true, "compute");
  enableInterrupts();
  while (threadTotal() > 2) yieldProcessor();
}
export function noSlice(): void { setSchedulingPolicy(SchedulingPolicy.Priority, 0); }
`;

const PRIORITY = 0;
const FEEDBACK = 1;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileThreads(SOURCE);
});

const simulate = (seed: number, oneIn: number) => simulateThreads(module, seed, oneIn);

describe("scheduling policies", () => {
  it("by priority: the best compute, the others wait for ever", () => {
    const simulation = simulate(3, 4);
    simulation.run("run", PRIORITY, 300);
    const { kernel } = simulation;
    expect(kernel.call("roundsOf", 3)).toBeLessThan(20);
    const [a, b] = [kernel.call("roundsOf", 1), kernel.call("roundsOf", 2)];
    expect(a / (a + b)).toBeGreaterThan(0.4);
    expect(a / (a + b)).toBeLessThan(0.6);
    expect(kernel.call("answerCount")).toBeLessThan(3);
  });

  it("by feedback: all compute, and who mostly sleeps runs when it wakes", () => {
    const simulation = simulate(3, 4);
    simulation.run("run", FEEDBACK, 300);
    const { kernel } = simulation;
    const shares = [1, 2, 3].map((index) => kernel.call("roundsOf", index));
    const total = shares.reduce((sum, value) => sum + value, 0);
    for (const share of shares) expect(share / total).toBeGreaterThan(0.2);
    expect(kernel.call("answerCount")).toBeGreaterThan(60);
    expect(kernel.call("totalDelay") / kernel.call("answerCount")).toBeLessThan(1);
    expect(kernel.call("deepestLevel")).toBe(3);
  });

  it.each([1, 2, 3, 4])("change while threads run, and no thread is lost (seed %i)", (seed) => {
    const simulation = simulate(seed, 2 + (seed % 3));
    simulation.run("runChanges", 40);
    expect(simulation.kernel.call("threadTotal")).toBe(2);
  });

  it("want a time slice", () => {
    expect(simulate(1, 0).kernel.abortOf("noSlice")).toMatch(/time slice/);
  });
});
