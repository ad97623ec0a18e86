// The commands that load the kernel on purpose: stress, which judges itself, and measure, which counts.

import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../testing.ts";
import { compileThreads, ThreadSimulation } from "../../testing-threads.ts";

const SOURCE = `
import { disableInterrupts, enableInterrupts } from "./platform/interrupts.ts";
import { initializeConsole } from "./platform/console.ts";
import { initializeInput, putKey } from "./drivers/input.ts";
import { runLine } from "./shell/shell.ts";
import { addMeasureCommand } from "./shell/commands/measure.ts";
import { addStressCommand } from "./shell/commands/stress.ts";
let isOver: bool = false;
export function start(): void {
  initializeConsole();
  initializeInput();
  addMeasureCommand();
  addStressCommand();
}
function commands(line: usize): u32 {
  runLine(line);
  isOver = true;
  return 0;
}
/** The boot thread is the idle one: it reaps, and lets time pass when all others wait. */
export function run(line: usize): void {
  isOver = false;
  startKernelThread(reap, 0, 6, true, "reaper");
  startKernelThread(commands, line, 4, true, "shell");
  enableInterrupts();
  while (!isOver) {
    disableInterrupts();
    interruptTick();
    enableInterrupts();
    yieldProcessor();
  }
  disableInterrupts();
}
export { putKey };
`;
const DATA_PORT = 0x60;
const SCAN_CODE_A = 0x1e;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileThreads(SOURCE);
});

/** Runs a line and returns what it printed. */
function run(line: string, seed = 0): string[] {
  const random = new Random(seed);
  // Time passes where the kernel turns interrupts off, and the controller gives at once the key that it is told to pretend.
  let counts = 0n;
  const simulation = new ThreadSimulation(module, () => seed > 0 && random.below(5) === 0, {
    rdtsc: () => counts,
    cli: () => {
      counts += 1000n;
    },
    out8: (port, value) => {
      if (port === DATA_PORT && value === SCAN_CODE_A) simulation.kernel.call("putKey", "a".charCodeAt(0));
    },
  });
  const { kernel } = simulation;
  kernel.call("start");
  simulation.run("run", kernel.writeText(0x4000, line));
  return Array.from({ length: 25 }, (_, row) => {
    const cells = Array.from({ length: 80 }, (_, i) => kernel.bytes[0xb8000 + (row * 80 + i) * 2] ?? 0);
    return String.fromCharCode(...cells).replace(/[\0 ]*$/, "");
  }).filter((text) => text !== "");
}

describe("stress", () => {
  it.each([0, 1, 2])("finds locks, semaphore and memory right (seed %i)", (seed) => {
    expect(run("stress 20 2", seed)).toEqual([
      "20 threads by priority: locks right, semaphore right",
      "20 threads by feedback: locks right, semaphore right",
      "frames: the same as before",
      "heap: the same as before",
      "threads: the same as before",
    ]);
  });

  it.each(["stress", "stress 1", "stress 0 1", "stress 5001 1", "stress 1 0", "stress 1 10001", "stress 1 x"])(
    "%s is none",
    (line) => {
      expect(run(line)).toEqual(["usage: stress THREADS SECONDS, up to 5000 and 10000"]);
    },
  );
});

describe("measure", () => {
  it("counts each operation, and the larger ones as larger", () => {
    const [title, ...lines] = run("measure");
    expect(title).toBe("time-stamp counts:");
    const figures = new Map(lines.map((line) => [line.slice(2, 38).trim(), Number(line.slice(38))]));
    const figure = (name: string) => figures.get(name) ?? 0;
    expect([...figures.keys()]).toEqual([
      "thread switch (yield to yield)",
      "semaphore ping-pong, two switches",
      "mutex lock and unlock, free",
      "start, run and join a thread",
      "key from the port to its reader",
    ]);
    const switching = figure("thread switch (yield to yield)");
    expect(switching).toBeGreaterThan(0);
    expect(figure("mutex lock and unlock, free")).toBeGreaterThan(0);
    expect(figure("semaphore ping-pong, two switches")).toBeGreaterThan(2 * switching);
    expect(figure("start, run and join a thread")).toBeGreaterThan(2 * switching);
    expect(figure("key from the port to its reader")).toBeGreaterThan(0);
  });
});
