import { beforeEach, describe, expect, it } from "vitest";
import { Pic } from "./pic.ts";
import { ProbeLine, TestBench } from "./testbench.ts";

let bench: TestBench;
let cpu: ProbeLine;
let pic: Pic;

/** The usual PC set-up: vectors 20h and 28h, cascade on 2, 8086 mode, nothing masked. */
function initialise(icw4 = 0x01): void {
  bench.out(0x20, 0x11);
  bench.out(0x21, 0x20, 0x04, icw4);
  bench.out(0xa0, 0x11);
  bench.out(0xa1, 0x28, 0x02, icw4);
  bench.out(0x21, 0x00);
  bench.out(0xa1, 0x00);
}

function pulse(irq: number): void {
  pic.line(irq).set(true);
}

/** The in-service register of the master or slave. */
function isr(port = 0x20): number {
  bench.out(port, 0x0b);
  return bench.in(port);
}

beforeEach(() => {
  bench = new TestBench();
  cpu = new ProbeLine();
  pic = bench.add(new Pic({ cpu }));
  initialise();
});

describe("8259A pair", () => {
  it("gives the vector of the highest request and keeps the others until EOI", () => {
    pulse(5);
    pulse(3);
    expect(cpu.level).toBe(true);
    expect(pic.acknowledge()).toBe(0x23);
    expect(isr()).toBe(1 << 3);
    expect(cpu.level).toBe(false); // 5 is below 3
    bench.out(0x20, 0x20);
    expect(cpu.level).toBe(true);
    expect(pic.acknowledge()).toBe(0x25);
  });

  it("lets a higher request interrupt a lower one in service", () => {
    pulse(4);
    pic.acknowledge();
    pulse(1);
    expect(cpu.level).toBe(true);
    expect(pic.acknowledge()).toBe(0x21);
    expect(isr()).toBe((1 << 4) | (1 << 1));
    bench.out(0x20, 0x20); // non-specific EOI takes the highest
    expect(isr()).toBe(1 << 4);
    bench.out(0x20, 0x64); // specific EOI of 4
    expect(isr()).toBe(0);
  });

  it("wires the slave through IRQ 2", () => {
    pulse(12);
    expect(pic.acknowledge()).toBe(0x2c);
    expect(isr()).toBe(1 << 2);
    expect(isr(0xa0)).toBe(1 << 4);
    pulse(8);
    expect(cpu.level).toBe(false); // the master serves IR2 already
    bench.out(0xa0, 0x20);
    bench.out(0x20, 0x20);
    expect(cpu.level).toBe(true);
    expect(pic.acknowledge()).toBe(0x28);
  });

  it("lets the slave interrupt itself in special fully nested mode", () => {
    initialise(0x11);
    pulse(12);
    pic.acknowledge();
    pulse(8);
    expect(cpu.level).toBe(true);
    expect(pic.acknowledge()).toBe(0x28);
  });

  it("needs a new edge for a new interrupt, unless ELCR says level", () => {
    pulse(5);
    pic.acknowledge();
    bench.out(0x20, 0x20);
    expect(cpu.level).toBe(false);
    pic.line(5).set(false);
    bench.out(0x4d0, 0x20);
    expect(bench.in(0x4d0)).toBe(0x20);
    pulse(5);
    pic.acknowledge();
    bench.out(0x20, 0x20);
    expect(cpu.level).toBe(true); // still high: again
    pic.line(5).set(false);
    expect(cpu.level).toBe(false);
  });

  it("does not let IRQ 0, 1, 2, 8 and 13 become level-triggered", () => {
    bench.out(0x4d0, 0xff);
    bench.out(0x4d1, 0xff);
    expect(bench.in(0x4d0)).toBe(0xf8);
    expect(bench.in(0x4d1)).toBe(0xde);
  });

  it("answers a request that went away with IRQ 7, nothing in service", () => {
    pulse(3);
    pic.line(3).set(false);
    expect(cpu.level).toBe(false);
    expect(pic.acknowledge()).toBe(0x27);
    expect(isr()).toBe(0);
    pulse(10);
    bench.out(0xa1, 0xff); // masked before the acknowledge: the slave's INT falls, and the master sees a request gone
    expect(pic.acknowledge()).toBe(0x27);
    bench.out(0xa1, 0x00);
    expect(pic.acknowledge()).toBe(0x2a);
  });

  it("holds masked requests and lets them through when unmasked", () => {
    bench.out(0x21, 0xff);
    pulse(1);
    expect(cpu.level).toBe(false);
    bench.out(0x20, 0x0a);
    expect(bench.in(0x20)).toBe(0x02);
    bench.out(0x21, 0xfd);
    expect(cpu.level).toBe(true);
    expect(bench.in(0x21)).toBe(0xfd);
  });

  it("ends interrupts by itself in AEOI mode, and sees a second slave request", () => {
    initialise(0x03);
    pulse(9);
    pulse(10);
    expect(pic.acknowledge()).toBe(0x29);
    expect(isr()).toBe(0);
    expect(cpu.level).toBe(true);
    expect(pic.acknowledge()).toBe(0x2a);
    expect(cpu.level).toBe(false);
  });

  it("rotates priorities", () => {
    bench.out(0x20, 0xc4); // set priority: 4 the lowest, 5 the highest
    pulse(0);
    pulse(5);
    expect(pic.acknowledge()).toBe(0x25);
    bench.out(0x20, 0xa0); // rotate on non-specific EOI: now 5 is the lowest
    pulse(6);
    expect(pic.acknowledge()).toBe(0x26);
    bench.out(0x20, 0xe6); // rotate on specific EOI
    expect(pic.acknowledge()).toBe(0x20);
  });

  it("lets lower requests in under the special mask", () => {
    pulse(3);
    pic.acknowledge();
    bench.out(0x20, 0x68);
    bench.out(0x21, 1 << 3);
    pulse(6);
    expect(cpu.level).toBe(true);
    expect(pic.acknowledge()).toBe(0x26);
    bench.out(0x20, 0x20); // non-specific EOI does not see the masked 3
    expect(isr()).toBe(1 << 3);
  });

  it("can be polled", () => {
    pulse(6);
    bench.out(0x20, 0x0c);
    expect(bench.in(0x20)).toBe(0x86);
    expect(isr()).toBe(1 << 6);
    bench.out(0x20, 0x0c);
    expect(bench.in(0x20)).toBe(0x00);
  });

  it("forgets edges, mask and service at ICW1", () => {
    pulse(1);
    pulse(2 + 2);
    pic.acknowledge();
    bench.out(0x21, 0xf0);
    initialise();
    expect(isr()).toBe(0);
    expect(cpu.level).toBe(false); // lines are still high, but an edge is needed
    pic.line(1).set(false);
    pulse(1);
    expect(pic.acknowledge()).toBe(0x21);
  });

  it("has no line 2 and no line 16", () => {
    expect(() => pic.line(2)).toThrow(RangeError);
    expect(() => pic.line(16)).toThrow(RangeError);
  });

  it("survives random accesses", () => {
    bench.fuzz([0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1], {
      seed: 8259,
      each: (random) => {
        const irq = random() % 16;
        if (irq !== 2) pic.line(irq).set(random() % 2 === 1);
        const vector = random() % 3 === 0 ? pic.acknowledge() : 0;
        if (vector < 0 || vector > 255) throw new RangeError(`vector ${vector}`);
      },
    });
  });
});
