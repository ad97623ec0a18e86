import { beforeAll, describe, expect, it } from "vitest";
import { compileThreads, logOf, simulateThreads } from "../testing-threads.ts";

// Each scenario is a function that the boot thread runs; the others are threads. `note` appends to a log in memory.
const SOURCE = `
import { Mutex, MUTEX_BYTES } from "./thread/mutex.ts";
import { Condition, CONDITION_BYTES } from "./thread/condition.ts";
import { WaitQueue } from "./thread/waitQueue.ts";
import { enableInterrupts } from "./platform/interrupts.ts";

const log = memory.data(4096);
let logged: i32 = 0;
function note(value: u32): void { store<u32>(log + (logged++ << 2), value); }
export function logLength(): i32 { return logged; }
export function logAt(index: i32): u32 { return load<u32>(log + (index << 2)); }

const mutex = changetype<Mutex>(memory.data(MUTEX_BYTES, 4));
const notEmpty = changetype<Condition>(memory.data(CONDITION_BYTES, 4));
const notFull = changetype<Condition>(memory.data(CONDITION_BYTES, 4));
let counter: u32 = 0;
let inside: u32 = 0;

function count(times: usize): u32 {
  for (let i: usize = 0; i < times; i++) {
    mutex.lock();
    assert(inside == 0, "two threads hold the mutex");
    inside++;
    const before = counter;
    if (i % 3 == 0) yieldProcessor();
    counter = before + 1;
    inside--;
    mutex.unlock();
  }
  return times as u32;
}
export function mutexTotal(): u32 { return counter; }
export function runMutex(threads: u32, times: u32): void {
  enableInterrupts();
  const list = memory.data(256);
  for (let i: u32 = 0; i < threads; i++) {
    const thread = startKernelThread(count, times + i, 1 + i % 4, false, "counter");
    store<u32>(list + (i << 2), changetype<usize>(thread) as u32);
  }
  for (let i: u32 = 0; i < threads; i++) {
    const value = joinThread(changetype<KernelThread>(load<u32>(list + (i << 2))));
    assert(value == times + i, "join returns the exit value");
  }
}

// A bounded buffer of four numbers between producers and consumers.
const slots = memory.data(16);
let filled: u32 = 0;
let taken: u32 = 0;
let checksum: u32 = 0;
function produce(times: usize): u32 {
  for (let i: usize = 1; i <= times; i++) {
    mutex.lock();
    while (filled == 4) notFull.waitWith(mutex);
    assert(mutex.isHeld && filled < 4, "after the wait the condition holds");
    store<u32>(slots + (filled++ << 2), i as u32);
    notEmpty.signal();
    mutex.unlock();
  }
  return 0;
}
function consume(times: usize): u32 {
  for (let i: usize = 0; i < times; i++) {
    mutex.lock();
    while (filled == 0) notEmpty.waitWith(mutex);
    checksum += load<u32>(slots + (--filled << 2));
    taken++;
    notFull.signal();
    mutex.unlock();
  }
  return 0;
}
export function takenCount(): u32 { return taken; }
export function takenSum(): u32 { return checksum; }
export function runBuffer(pairs: u32, times: u32): void {
  enableInterrupts();
  const list = memory.data(256);
  for (let i: u32 = 0; i < pairs; i++) {
    store<u32>(list + (i << 3), changetype<usize>(startKernelThread(produce, times, 3, false, "producer")) as u32);
    store<u32>(list + (i << 3) + 4, changetype<usize>(startKernelThread(consume, times, 1 + i % 4, false, "consumer")) as u32);
  }
  for (let i: u32 = 0; i < pairs * 2; i++) joinThread(changetype<KernelThread>(load<u32>(list + (i << 2))));
}

// Priorities: ready threads run strictly by priority, in order of creation inside one.
function noteAndExit(value: usize): u32 { note(value as u32); return 0; }
export function runPriorities(): void {
  startKernelThread(noteAndExit, 1, 1, false, "low");
  startKernelThread(noteAndExit, 2, 6, false, "high a");
  startKernelThread(noteAndExit, 3, 4, false, "middle a");
  startKernelThread(noteAndExit, 4, 4, false, "middle b");
  startKernelThread(noteAndExit, 5, 6, false, "high b");
  enableInterrupts();
  yieldProcessor();
}

// A thread that wakes a higher one is put aside at once.
const gate = changetype<WaitQueue>(memory.data(8, 4));
function waitAtGate(value: usize): u32 {
  const wereEnabled = enterCritical();
  note(value as u32);
  gate.wait();
  note((value as u32) + 100);
  leaveCritical(wereEnabled);
  return 0;
}
function openGate(value: usize): u32 {
  const wereEnabled = enterCritical();
  gate.wakeAll();
  note(value as u32);
  leaveCritical(wereEnabled);
  note((value as u32) + 100);
  return 0;
}
export function runGate(): void {
  enableInterrupts();
  startKernelThread(waitAtGate, 1, 6, false, "high");
  startKernelThread(waitAtGate, 2, 2, false, "low");
  startKernelThread(openGate, 3, 4, false, "opener");
  yieldProcessor();
}

// Sleepers note when they wanted to wake.
function sleepAndNote(count: usize): u32 {
  const wereEnabled = enterCritical();
  const wakeTick = tickCount() + (count as u32);
  sleepTicks(count as u32);
  assert(tickCount() >= wakeTick, "a sleeper woke early");
  note(wakeTick);
  leaveCritical(wereEnabled);
  return 0;
}
export function runSleep(): void {
  enableInterrupts();
  for (let i: u32 = 0; i < 20; i++) startKernelThread(sleepAndNote, 1 + ((i * 7) % 20), 4, false, "sleeper");
  while (logged < 20) yieldProcessor();
}

// Time slices: threads of one priority that never give up the processor share it.
let stopSpinning: bool = false;
function spin(index: usize): u32 {
  while (!stopSpinning) {
    const wereEnabled = enterCritical();
    store<u32>(log + (index << 2), load<u32>(log + (index << 2)) + 1);
    leaveCritical(wereEnabled);
  }
  return 0;
}
function stopSpinners(ticks: usize): u32 { sleepTicks(ticks as u32); stopSpinning = true; return 0; }
export function runSpinners(ticks: u32): void {
  // With interrupts off, since the first spinner would never let this thread go on.
  const a = startKernelThread(spin, 0, 2, false, "spin a") as KernelThread;
  const b = startKernelThread(spin, 1, 2, false, "spin b") as KernelThread;
  const c = startKernelThread(spin, 2, 2, false, "spin c") as KernelThread;
  const stopper = startKernelThread(stopSpinners, ticks, 6, false, "stopper") as KernelThread;
  enableInterrupts();
  joinThread(a); joinThread(b); joinThread(c); joinThread(stopper);
}

// Many short lives, joined or detached.
function live(value: usize): u32 { if (value % 4 == 0) yieldProcessor(); return value as u32; }
export function runLives(count: u32): void {
  enableInterrupts();
  startKernelThread(reap, 0, 6, true, "reaper");
  for (let i: u32 = 0; i < count; i++) {
    const thread = startKernelThread(live, i, 1 + i % 5, false, "life") as KernelThread;
    if (i % 3 == 0) detachThread(thread);
    else assert(joinThread(thread) == i, "join returns the exit value");
  }
  while (threadTotal() > 2) yieldProcessor();
}

// A thread that ends leaves the threads it has not joined to themselves.
let orphansRun: u32 = 0;
function orphan(value: usize): u32 { sleepTicks(value as u32); orphansRun++; return 0; }
function parent(count: usize): u32 {
  for (let i: usize = 0; i < count; i++) startKernelThread(orphan, i % 5, 1 + ((i % 4) as u32), false, "orphan");
  return 0;
}
export function orphanTotal(): u32 { return orphansRun; }
export function runOrphans(count: u32): void {
  enableInterrupts();
  startKernelThread(reap, 0, 6, true, "reaper");
  joinThread(startKernelThread(parent, count, 3, false, "parent") as KernelThread);
  while (threadTotal() > 2) yieldProcessor();
}

// Waiting for a condition hands the mutex to the thread that waits for it, though nobody unlocks.
function waitForSignal(value: usize): u32 {
  mutex.lock();
  note(1);
  startKernelThread(signalFirst, 0, 7, false, "second");
  note(3);
  notEmpty.waitWith(mutex);
  note(6);
  mutex.unlock();
  return 0;
}
function signalFirst(value: usize): u32 {
  note(2);
  mutex.lock();
  note(4);
  notEmpty.signal();
  note(5);
  mutex.unlock();
  return 0;
}
export function runHandOver(): void {
  enableInterrupts();
  startKernelThread(waitForSignal, 0, 6, false, "first");
  for (let i = 0; i < 10; i++) yieldProcessor();
}

// Broken contracts.
export function lockTwice(): void { mutex.lock(); mutex.lock(); }
export function unlockFree(): void { mutex.unlock(); }
export function waitWithoutMutex(): void { notEmpty.waitWith(mutex); }
export function joinSelf(): void { joinThread(currentThread()); }
export function joinDetached(): void {
  joinThread(startKernelThread(live, 0, 1, true, "x") as KernelThread);
}
export function detachTwice(): void {
  const thread = startKernelThread(live, 0, 1, false, "x") as KernelThread;
  detachThread(thread);
  detachThread(thread);
}
export function blockWithInterruptsOn(): void { enableInterrupts(); blockCurrent(); }
export function waitWithInterruptsOn(): void { enableInterrupts(); gate.wait(); }
export function readyTwice(): void { makeReady(startKernelThread(live, 0, 1, false, "x") as KernelThread); }
export function blockIdle(): void { blockCurrent(); }
export function badPriority(): void { startKernelThread(live, 0, 8, false, "x"); }
export function idlePriority(): void { startKernelThread(live, 0, 0, false, "x"); }
export function tryLockTwice(): u32 { return (mutex.tryLock() ? 1 : 0) + (mutex.tryLock() ? 10 : 0); }
`;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileThreads(SOURCE);
});

const simulate = (seed: number, oneIn: number) => simulateThreads(module, seed, oneIn);

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

describe("mutex", () => {
  it.each(SEEDS)("lets one thread in at a time, under random preemption (seed %i)", (seed) => {
    const simulation = simulate(seed, 1 + (seed % 5));
    simulation.run("runMutex", 7, 12);
    expect(simulation.kernel.call("mutexTotal")).toBe(7 * 12 + 21);
    expect(simulation.ticks).toBeGreaterThan(20);
    expect(simulation.kernel.call("threadTotal")).toBe(1);
  });

  it("is not taken twice", () => {
    const { kernel } = simulate(1, 0);
    expect(kernel.call("tryLockTwice")).toBe(1);
    expect(kernel.abortOf("lockTwice")).toMatch(/holds this mutex already/);
  });
});

describe("condition", () => {
  it.each(SEEDS)("moves every number through a bounded buffer once (seed %i)", (seed) => {
    const simulation = simulate(seed, 1 + (seed % 4));
    simulation.run("runBuffer", 4, 15);
    expect(simulation.kernel.call("takenCount")).toBe(60);
    expect(simulation.kernel.call("takenSum")).toBe(4 * 120);
  });
});

describe("condition and mutex", () => {
  it("hand over at once, in the order in which threads came", () => {
    const simulation = simulate(1, 0);
    simulation.run("runHandOver");
    expect(logOf(simulation)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe("scheduler", () => {
  it("runs ready threads by priority, in order of creation inside one", () => {
    const simulation = simulate(1, 0);
    simulation.run("runPriorities");
    expect(logOf(simulation)).toEqual([2, 5, 3, 4, 1]);
  });

  it("switches to a higher thread as soon as the critical section ends, and to a lower one later", () => {
    const simulation = simulate(1, 0);
    simulation.run("runGate");
    expect(logOf(simulation)).toEqual([1, 2, 3, 101, 103, 102]);
  });

  it.each(SEEDS)("wakes sleepers when their time has come, in that order (seed %i)", (seed) => {
    const simulation = simulate(seed, 3);
    simulation.run("runSleep");
    const wakeTicks = logOf(simulation);
    expect(wakeTicks).toHaveLength(20);
    expect(wakeTicks).toEqual([...wakeTicks].sort((a, b) => a - b));
  });

  it("shares the processor between threads of one priority that never yield", () => {
    const simulation = simulate(5, 3);
    simulation.run("runSpinners", 150);
    const counts = [0, 1, 2].map((index) => simulation.kernel.call("logAt", index));
    const total = counts.reduce((sum, value) => sum + value, 0);
    for (const value of counts) expect(value / total).toBeGreaterThan(0.25);
  });

  it("does the same twice with the same ticks", () => {
    const switches = [1, 2].map(() => {
      const simulation = simulate(9, 3);
      simulation.run("runMutex", 5, 9);
      return simulation.kernel.call("switchCount");
    });
    expect(switches[0]).toBe(switches[1]);
    expect(switches[0]).toBeGreaterThan(5);
  });
});

describe("threads", () => {
  it.each([1, 2, 3])("leave no memory behind, joined or detached (seed %i)", (seed) => {
    const first = simulate(seed, 4);
    first.run("runLives", 1);
    const many = simulate(seed, 4);
    many.run("runLives", 120);
    for (const count of ["freeFrameCount", "heapUsedBytes", "heapUsedBlocks", "threadTotal"]) {
      expect(many.kernel.call(count), count).toBe(first.kernel.call(count));
    }
  });

  it.each([1, 2, 3])("outlive an owner who did not join them, and leave nothing behind (seed %i)", (seed) => {
    const none = simulate(seed, 4);
    none.run("runOrphans", 0);
    const many = simulate(seed, 4);
    many.run("runOrphans", 30);
    expect(many.kernel.call("orphanTotal")).toBe(30);
    for (const count of ["freeFrameCount", "heapUsedBytes", "heapUsedBlocks", "threadTotal"]) {
      expect(many.kernel.call(count), count).toBe(none.kernel.call(count));
    }
  });

  it.each([
    ["unlockFree", /only the owner unlocks/],
    ["waitWithoutMutex", /with its mutex held/],
    ["joinSelf", /only its owner joins/],
    ["joinDetached", /only its owner joins/],
    ["detachTwice", /only its owner detaches/],
    ["blockWithInterruptsOn", /needs interrupts off/],
    ["waitWithInterruptsOn", /needs interrupts off/],
    ["readyTwice", /only a blocked thread/],
    ["blockIdle", /idle thread must never block/],
    ["badPriority", /priority out of range/],
    ["idlePriority", /priority out of range/],
  ])("assert their contracts: %s", (name, reason) => {
    expect(simulate(1, 0).kernel.abortOf(name)).toMatch(reason);
  });
});
