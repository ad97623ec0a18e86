import { beforeEach, describe, expect, it } from "vitest";
import { NumericError } from "./numeric-error.ts";
import { ProbeLine, TestBench } from "./testbench.ts";

let bench: TestBench;
let irq: ProbeLine;
let ignored: number;
let device: NumericError;

beforeEach(() => {
  bench = new TestBench();
  irq = new ProbeLine();
  ignored = 0;
  device = bench.add(new NumericError({ irq, ignore: () => ignored++ }));
});

describe("floating-point errors", () => {
  it("raise IRQ 13 until port F0h is written, which lets the processor go on", () => {
    device.raise();
    expect(irq.level).toBe(true);
    bench.ports.write8(0xf0, 0);
    expect(irq.level).toBe(false);
    expect(ignored).toBe(1);
    bench.ports.write8(0xf0, 0);
    expect(ignored).toBe(1);
  });

  it("are forgotten by port F1h and by reset", () => {
    device.raise();
    bench.ports.write8(0xf1, 0);
    expect(irq.level).toBe(false);
    device.raise();
    device.reset();
    expect(irq.level).toBe(false);
    expect(ignored).toBe(0);
  });

  it("are part of a saved state", () => {
    device.raise();
    const state = device.save();
    device.reset();
    device.load(state);
    expect(irq.level).toBe(true);
    expect(() => device.load({ pending: 1 })).toThrow(/"pending"/);
  });
});
