import { beforeEach, describe, expect, it } from "vitest";
import { nsOfTick, Pit, ticksAtNs } from "./pit.ts";
import { ProbeLine, TestBench } from "./testbench.ts";

let bench: TestBench;
let irq: ProbeLine;

beforeEach(() => {
  bench = new TestBench();
  irq = new ProbeLine();
  bench.add(new Pit({ clock: bench.clock, irq }));
});

/** Moves time to just after CLK pulse `tick`. */
function toTick(tick: number): void {
  bench.advance(nsOfTick(tick) - bench.nowNs);
}

function tick(): number {
  return ticksAtNs(bench.nowNs);
}

function program(counter: number, mode: number, count: number, bcd = 0): void {
  bench.out(0x43, (counter << 6) | 0x30 | (mode << 1) | bcd);
  bench.out(0x40 + counter, count & 0xff, count >> 8);
}

function latched(counter: number): number {
  bench.out(0x43, counter << 6);
  return bench.in(0x40 + counter) | (bench.in(0x40 + counter) << 8);
}

function status(counter: number): number {
  bench.out(0x43, 0xe0 | (2 << counter));
  return bench.in(0x40 + counter);
}

/** OUT of a counter, from its status byte. */
function out(counter: number): number {
  return status(counter) >> 7;
}

describe("CLK", () => {
  it("is 105/88 MHz, without drift", () => {
    expect(ticksAtNs(1e9)).toBe(1193181);
    expect(ticksAtNs(17600)).toBe(21);
    expect(ticksAtNs(17599)).toBe(20);
    const year = 365 * 24 * 3600;
    expect(BigInt(ticksAtNs(year * 1e8))).toBe((BigInt(year) * 100_000_000n * 21n) / 17600n);
    for (const n of [0, 1, 2, 20, 21, 22, 999_999_999_999]) {
      expect(ticksAtNs(nsOfTick(n))).toBe(n);
      if (n > 0) expect(ticksAtNs(nsOfTick(n) - 1)).toBe(n - 1);
    }
  });
});

describe("8254 modes", () => {
  it("mode 0: OUT rises N + 1 pulses after the count is written", () => {
    program(0, 0, 4);
    const written = tick();
    expect(out(0)).toBe(0);
    toTick(written + 4);
    expect(irq.level).toBe(false);
    expect(latched(0)).toBe(1);
    toTick(written + 5);
    expect(irq.level).toBe(true);
    toTick(written + 7);
    expect(latched(0)).toBe(0xfffe); // goes on below zero
    bench.out(0x40, 9);
    expect(irq.level).toBe(false); // the first byte of a new count takes OUT down at once
    toTick(tick() + 100);
    expect(latched(0)).toBe(0xfffe); // and stops the counter
  });

  it("mode 0: the gate holds the count", () => {
    bench.out(0x61, 1);
    program(2, 0, 10);
    toTick(tick() + 4); // loaded at 1, so 3 counted
    expect(latched(2)).toBe(7);
    bench.out(0x61, 0);
    toTick(tick() + 50);
    expect(latched(2)).toBe(7);
    bench.out(0x61, 1);
    toTick(tick() + 6);
    expect(bench.in(0x61) & 0x20).toBe(0);
    toTick(tick() + 1);
    expect(bench.in(0x61) & 0x20).toBe(0x20);
  });

  it("mode 1: a trigger makes a low pulse of N pulses, and can do so again", () => {
    program(2, 1, 5);
    toTick(tick() + 20);
    expect(out(2)).toBe(1);
    bench.out(0x61, 1);
    const trigger = tick();
    toTick(trigger + 1);
    expect(out(2)).toBe(0);
    bench.out(0x61, 0); // the gate's level does not matter
    toTick(trigger + 5);
    expect(out(2)).toBe(0);
    toTick(trigger + 6);
    expect(out(2)).toBe(1);
    bench.out(0x61, 1);
    toTick(tick() + 3);
    bench.out(0x61, 0);
    bench.out(0x61, 1); // retriggered before its end
    toTick(tick() + 5);
    expect(out(2)).toBe(0);
    toTick(tick() + 1);
    expect(out(2)).toBe(1);
  });

  it("mode 2: OUT is low for one pulse in N, for ever", () => {
    program(0, 2, 3);
    const loaded = tick() + 1;
    const levels: number[] = [];
    const counts: number[] = [];
    for (let i = 0; i < 7; i++) {
      toTick(loaded + i);
      levels.push(out(0));
      counts.push(latched(0));
    }
    expect(levels).toEqual([1, 1, 0, 1, 1, 0, 1]);
    expect(counts).toEqual([3, 2, 1, 3, 2, 1, 3]);
  });

  it("mode 2: a new count waits for the end of the cycle; null count says so", () => {
    program(0, 2, 100);
    toTick(tick() + 1);
    expect(status(0) & 0x40).toBe(0);
    toTick(tick() + 10);
    bench.out(0x40, 50, 0);
    expect(status(0) & 0x40).toBe(0x40);
    expect(latched(0)).toBe(90);
    toTick(tick() + 90);
    expect(status(0) & 0x40).toBe(0);
    expect(latched(0)).toBe(50);
  });

  it("mode 2: the gate stops it with OUT high and starts the cycle anew", () => {
    bench.out(0x61, 1);
    program(2, 2, 8);
    toTick(tick() + 4);
    bench.out(0x61, 0);
    const held = latched(2);
    toTick(tick() + 30);
    expect(latched(2)).toBe(held);
    expect(out(2)).toBe(1);
    bench.out(0x61, 1);
    toTick(tick() + 1);
    expect(latched(2)).toBe(8);
  });

  it("mode 3: a square wave, high one pulse longer when N is odd", () => {
    program(0, 3, 5);
    const loaded = tick() + 1;
    const levels: number[] = [];
    const counts: number[] = [];
    for (let i = 0; i < 10; i++) {
      toTick(loaded + i);
      levels.push(out(0));
      counts.push(latched(0));
    }
    expect(levels).toEqual([1, 1, 1, 0, 0, 1, 1, 1, 0, 0]);
    expect(counts).toEqual([4, 2, 0, 4, 2, 4, 2, 0, 4, 2]);
  });

  it("mode 4: one strobe, N pulses after loading", () => {
    program(0, 4, 6);
    const loaded = tick() + 1;
    toTick(loaded + 5);
    expect(out(0)).toBe(1);
    toTick(loaded + 6);
    expect(out(0)).toBe(0);
    toTick(loaded + 7);
    expect(out(0)).toBe(1);
    toTick(loaded + 6 + 0x10000);
    expect(out(0)).toBe(1);
  });

  it("mode 5: a strobe N pulses after each trigger", () => {
    program(2, 5, 6);
    toTick(tick() + 50);
    expect(out(2)).toBe(1);
    bench.out(0x61, 1);
    const loaded = tick() + 1;
    toTick(loaded + 6);
    expect(out(2)).toBe(0);
    toTick(loaded + 7);
    expect(out(2)).toBe(1);
  });

  it("counts in BCD", () => {
    program(0, 2, 0x1000, 1);
    toTick(tick() + 2);
    expect(latched(0)).toBe(0x0999);
    program(0, 0, 0x0001, 1);
    toTick(tick() + 4);
    expect(latched(0)).toBe(0x9998);
    program(0, 2, 0, 1);
    toTick(tick() + 2);
    expect(latched(0)).toBe(0x9999); // zero stands for ten thousand
  });
});

describe("8254 reading", () => {
  it("holds a latched count until it is read, whatever is latched meanwhile", () => {
    program(0, 2, 1000);
    toTick(tick() + 101);
    bench.out(0x43, 0x00);
    toTick(tick() + 50);
    bench.out(0x43, 0x00);
    expect(bench.in(0x40) | (bench.in(0x40) << 8)).toBe(900);
    expect(latched(0)).toBe(850);
  });

  it("read-back latches status and count of several counters; status comes first", () => {
    program(0, 2, 1000);
    program(1, 3, 500);
    toTick(tick() + 11);
    bench.out(0x43, 0xc6);
    expect(bench.in(0x40)).toBe(0x80 | 0x34);
    expect(bench.in(0x40) | (bench.in(0x40) << 8)).toBe(990);
    expect(bench.in(0x41)).toBe(0x80 | 0x36);
    expect(bench.in(0x41) | (bench.in(0x41) << 8)).toBe(480);
  });

  it("reads one byte in LSB-only and MSB-only", () => {
    bench.out(0x43, 0x14);
    bench.out(0x40, 0x80);
    toTick(tick() + 1);
    expect(bench.in(0x40)).toBe(0x80);
    expect(bench.in(0x40)).toBe(0x80);
    bench.out(0x43, 0x24);
    bench.out(0x40, 0x12);
    toTick(tick() + 1);
    expect(bench.in(0x40)).toBe(0x12);
  });
});

describe("the PC's wiring", () => {
  it("gives 100 interrupts a second from counter 0", () => {
    program(0, 2, 11932);
    const before = irq.risingEdges;
    bench.advance(1e9);
    expect(irq.risingEdges - before).toBe(Math.floor(1193180 / 11932)); // loaded one pulse after the write
    bench.advance(9e9);
    expect(irq.risingEdges - before).toBe(Math.floor(11931817 / 11932));
  });

  it("says the speaker's tone while gate and data are on", () => {
    bench = new TestBench();
    const pit = new Pit({ clock: bench.clock, irq });
    bench.add(pit);
    expect(pit.toneHz).toBe(0);
    program(2, 3, 2712);
    bench.out(0x61, 2);
    bench.advance(1e6);
    expect(pit.toneHz).toBe(0);
    bench.out(0x61, 3);
    bench.advance(1e6);
    expect(pit.toneHz).toBeCloseTo(439.96, 1);
    bench.out(0x61, 1);
    expect(pit.toneHz).toBe(0);
  });

  it("gives counter 2 to the speaker and port 61h", () => {
    bench = new TestBench();
    const speaker = new ProbeLine();
    bench.add(new Pit({ clock: bench.clock, irq, speaker }));
    program(2, 3, 1193);
    bench.out(0x61, 0x03);
    bench.advance(1e9);
    expect(speaker.risingEdges).toBeGreaterThan(998);
    expect(speaker.risingEdges).toBeLessThan(1003);
    expect(bench.in(0x61) & 0x0f).toBe(0x03);
    bench.out(0x61, 0x01);
    expect(speaker.level).toBe(false);
  });

  it("toggles bit 4 of port 61h every 15 µs", () => {
    let toggles = 0;
    let last = bench.in(0x61) & 0x10;
    for (let us = 0; us < 1000; us++) {
      bench.advance(1000);
      const now = bench.in(0x61) & 0x10;
      if (now !== last) toggles++;
      last = now;
    }
    expect(toggles).toBe(66);
  });

  it("arrives at the same state however rarely it is looked at", () => {
    const read = (steps: number): number[] => {
      bench = new TestBench();
      bench.add(new Pit({ clock: bench.clock, irq: new ProbeLine() }));
      bench.out(0x61, 1);
      program(2, 3, 777);
      program(1, 2, 19);
      for (let i = 0; i < steps; i++) {
        bench.advance(1_000_000_000 / steps);
        bench.in(0x61);
      }
      return [latched(1), latched(2), status(1), status(2)];
    };
    expect(read(1000)).toEqual(read(1));
  });

  it("survives random accesses", () => {
    bench.fuzz([0x40, 0x41, 0x42, 0x43, 0x61], { seed: 8254 });
  });
});
