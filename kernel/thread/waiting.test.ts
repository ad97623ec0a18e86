import { beforeAll, describe, expect, it } from "vitest";
import { compileThreads, logOf, simulateThreads } from "../testing-threads.ts";

const SOURCE = `
import { blockerOf } from "./thread/deadlock.ts";
import { Mutex, MUTEX_BYTES } from "./thread/mutex.ts";
import { Semaphore, SEMAPHORE_BYTES } from "./thread/semaphore.ts";
import { interruptThread } from "./thread/scheduler.ts";
import { WaitQueue, WakeReason } from "./thread/waitQueue.ts";
import { enableInterrupts } from "./platform/interrupts.ts";

const log = memory.data(4096);
let logged: i32 = 0;
function note(value: u32): void { store<u32>(log + (logged++ << 2), value); }
export function logLength(): i32 { return logged; }
export function logAt(index: i32): u32 { return load<u32>(log + (index << 2)); }

// At most three threads are between p and v.
const permits = changetype<Semaphore>(memory.data(SEMAPHORE_BYTES, 4));
let inside: u32 = 0;
let most: u32 = 0;
let passed: u32 = 0;
function pass(times: usize): u32 {
  for (let i: usize = 0; i < times; i++) {
    permits.p();
    inside++;
    assert(inside <= 3, "more threads than permits");
    most = max(most, inside);
    if (i % 2 == 0) sleepTicks(1 + ((i % 3) as u32));
    inside--;
    passed++;
    permits.v();
  }
  return 0;
}
export function passedCount(): u32 { return passed; }
export function mostInside(): u32 { return most; }
export function permitCount(): u32 { return permits.count; }
export function runSemaphore(threads: u32, times: u32): void {
  permits.initialize(3);
  enableInterrupts();
  for (let i: u32 = 0; i < threads; i++) startKernelThread(pass, times, 1 + i % 5, true);
  while (passed < threads * times) yieldProcessor();
}

// A ping-pong of two semaphores: a lost wake-up would end it.
const ping = changetype<Semaphore>(memory.data(SEMAPHORE_BYTES, 4));
const pong = changetype<Semaphore>(memory.data(SEMAPHORE_BYTES, 4));
function answer(times: usize): u32 {
  for (let i: usize = 0; i < times; i++) { ping.p(); note(i as u32); pong.v(); }
  return 0;
}
export function runPingPong(times: u32): void {
  enableInterrupts();
  const thread = startKernelThread(answer, times, 4, false) as KernelThread;
  for (let i: u32 = 0; i < times; i++) { ping.v(); pong.p(); }
  joinThread(thread);
  assert(!ping.tryP() && !pong.tryP(), "a permit is left");
}

// Waits with a timeout: what ends them, and when.
const gate = changetype<WaitQueue>(memory.data(8, 4));
function waitForGate(ticks: usize): u32 {
  const wereEnabled = enterCritical();
  const reason = gate.waitFor(ticks as u32);
  note((ticks as u32) + reason);
  leaveCritical(wereEnabled);
  return 0;
}
export function runTimeouts(): void {
  startKernelThread(reap, 0, 7, true, "reaper");
  enableInterrupts();
  for (let ticks: usize = 10; ticks <= 60; ticks += 10) startKernelThread(waitForGate, ticks, 6, true);
  startKernelThread(waitForGate, 0, 6, true);
  const wereEnabled = enterCritical();
  while (logged < 3) { leaveCritical(true); yieldProcessor(); enterCritical(); }
  gate.wakeAll();
  leaveCritical(wereEnabled);
  while (threadTotal() > 2) yieldProcessor();
}

// interruptThread ends a sleep, a wait and the waits to come, but not a mutex's.
const mutex = changetype<Mutex>(memory.data(MUTEX_BYTES, 4));
function sleepLong(value: usize): u32 {
  note(sleepTicks(100000) ? 1 : 2);
  note(sleepTicks(100000) ? 3 : 4);
  const thread = currentThread();
  thread.isInterrupted = false;
  note(sleepTicks(1) ? 5 : 6);
  mutex.lock();
  note(7);
  mutex.unlock();
  const wereEnabled = enterCritical();
  note(10 + (gate.waitFor(0) as u32));
  leaveCritical(wereEnabled);
  note(20 + (permits.pFor(0) as u32));
  return 0;
}
export function runInterrupts(): void {
  enableInterrupts();
  mutex.lock();
  const thread = startKernelThread(sleepLong, 0, 6, false) as KernelThread;
  yieldProcessor();
  interruptThread(thread);
  while (thread.wantedMutex === null) yieldProcessor();
  interruptThread(thread);
  for (let i = 0; i < 5; i++) yieldProcessor();
  assert(logged == 3, "an interrupt ended the wait for a mutex");
  mutex.unlock();
  joinThread(thread);
}

// Four threads around a table, each with a mutex in its left hand.
const forks = memory.data(MUTEX_BYTES * 4, 4);
function fork(index: usize): Mutex { return changetype<Mutex>(forks + (index % 4) * MUTEX_BYTES); }
function dine(seat: usize): u32 {
  fork(seat).lock();
  sleepTicks(2);
  fork(seat + 1).lock();
  return 0;
}
export function runTable(guests: u32): void {
  enableInterrupts();
  for (let i: u32 = 0; i < guests; i++) startKernelThread(dine, i, 4, true);
  for (let i = 0; i < 100; i++) yieldProcessor();
}
export function circleLength(): u32 {
  const first = currentThread();
  let length: u32 = 1;
  for (let other = blockerOf(first) as KernelThread; other !== first; other = blockerOf(other) as KernelThread) length++;
  return length;
}
`;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileThreads(SOURCE);
});

const simulate = (seed: number, oneIn: number) => simulateThreads(module, seed, oneIn);

const SEEDS = Array.from({ length: 8 }, (_, i) => i + 1);

describe("semaphore", () => {
  it.each(SEEDS)("lets as many threads in as it has permits (seed %i)", (seed) => {
    const simulation = simulate(seed, 1 + (seed % 4));
    simulation.run("runSemaphore", 8, 10);
    expect(simulation.kernel.call("passedCount")).toBe(80);
    expect(simulation.kernel.call("mostInside")).toBe(3);
    expect(simulation.kernel.call("permitCount")).toBe(3);
  });

  it.each(SEEDS)("loses no wake-up (seed %i)", (seed) => {
    const simulation = simulate(seed, 1 + (seed % 3));
    simulation.run("runPingPong", 40);
    expect(logOf(simulation)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });
});

describe("a wait with a timeout", () => {
  it("ends by itself, or when somebody wakes the thread", () => {
    const simulation = simulate(1, 3);
    simulation.run("runTimeouts");
    // Ticks + reason: 0 woken, 1 timed out. Who timed out did so in order.
    const log = logOf(simulation);
    expect(log.slice(0, 3)).toEqual([11, 21, 31]);
    expect(log.slice(3).sort((a, b) => a - b)).toEqual([0, 40, 50, 60]);
  });
});

describe("interruptThread", () => {
  it("ends sleeps and waits until the thread has seen it, but no wait for a mutex", () => {
    const simulation = simulate(1, 4);
    simulation.run("runInterrupts");
    expect(logOf(simulation)).toEqual([2, 4, 5, 7, 12, 22]);
  });
});

describe("deadlock", () => {
  it("of four threads in a circle is a panic, which can follow the circle", () => {
    const simulation = simulate(1, 3);
    expect(() => simulation.run("runTable", 4)).toThrow(/deadlock/);
    expect(simulation.kernel.call("circleLength")).toBe(4);
  });

  it("is not seen where one thread can still go on", () => {
    expect(() => simulate(1, 3).run("runTable", 3)).not.toThrow();
  });
});
