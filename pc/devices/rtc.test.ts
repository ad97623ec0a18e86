import { beforeEach, describe, expect, it } from "vitest";
import { Rtc } from "./rtc.ts";
import { ProbeLine, TestBench } from "./testbench.ts";

let bench: TestBench;
let irq: ProbeLine;
let rtc: Rtc;

function create(startTime = new Date("2026-01-31T23:59:58Z"), memoryBytes = 32 << 20): void {
  bench = new TestBench();
  irq = new ProbeLine();
  rtc = bench.add(new Rtc({ clock: bench.clock, irq, startTime, memoryBytes, floppyTypes: [4, 0] }));
}

function get(index: number): number {
  bench.out(0x70, index);
  return bench.in(0x71);
}

function put(index: number, value: number): void {
  bench.out(0x70, index);
  bench.out(0x71, value);
}

/** Year, month, date, hours, minutes, seconds, as they stand in the registers, in hex (so BCD reads as decimal). */
function time(): string {
  return [9, 8, 7, 4, 2, 0].map((index) => get(index).toString(16).padStart(2, "0")).join(" ");
}

beforeEach(() => create());

describe("MC146818 time", () => {
  it("starts at the configured time, in BCD and 24 hours", () => {
    expect(time()).toBe("26 01 31 23 59 58");
    expect(get(6)).toBe(7); // a Saturday
    expect(get(0x32)).toBe(0x20);
    expect(get(0x0d)).toBe(0x80);
  });

  it("counts seconds, minutes, hours, days, months", () => {
    bench.advance(1.999e9);
    expect(time()).toBe("26 01 31 23 59 59");
    bench.advance(0.001e9);
    expect(time()).toBe("26 02 01 00 00 00");
    expect(get(6)).toBe(1);
  });

  it("knows leap years, and carries the century", () => {
    create(new Date("2028-02-28T23:59:59Z"));
    bench.advance(1e9);
    expect(time()).toBe("28 02 29 00 00 00");
    bench.advance(86400e9);
    expect(time()).toBe("28 03 01 00 00 00");
    create(new Date("2027-02-28T23:59:59Z"));
    bench.advance(1e9);
    expect(time()).toBe("27 03 01 00 00 00");
    create(new Date("2099-12-31T23:59:59Z"));
    bench.advance(1e9);
    expect(time()).toBe("00 01 01 00 00 00");
    expect(get(0x32)).toBe(0x21);
  });

  it("counts in binary and in 12 hours when told so", () => {
    put(0x0b, 0x04); // binary, 12 hours
    for (const [index, value] of [
      [0, 59],
      [2, 59],
      [4, 11],
      [7, 9],
      [8, 10],
      [9, 26],
    ]) {
      put(index, value);
    }
    bench.advance(1e9);
    expect(get(4)).toBe(0x80 | 12); // noon
    put(0, 59);
    put(2, 59);
    put(4, 0x80 | 12);
    bench.advance(1e9);
    expect(get(4)).toBe(0x80 | 1);
    put(0, 59);
    put(2, 59);
    put(4, 0x80 | 11);
    bench.advance(1e9);
    expect(get(4)).toBe(12); // midnight
    expect(get(7)).toBe(10);
  });

  it("stands while SET is on", () => {
    put(0x0b, 0x82);
    bench.advance(5e9);
    expect(time()).toBe("26 01 31 23 59 58");
    put(0x0b, 0x02);
    bench.advance(1e9);
    expect(time()).toBe("26 01 31 23 59 59");
  });

  it("announces an update 244 µs ahead", () => {
    bench.advance(1e9 - 245_000);
    expect(get(0x0a) & 0x80).toBe(0);
    bench.advance(2_000);
    expect(get(0x0a) & 0x80).toBe(0x80);
    bench.advance(243_000);
    expect(get(0x0a) & 0x80).toBe(0);
    expect(get(0)).toBe(0x59);
  });

  it("updates half a second after the divider is released", () => {
    put(0x0a, 0x66);
    bench.advance(10e9);
    expect(get(0)).toBe(0x58);
    put(0x0a, 0x26);
    bench.advance(0.499e9);
    expect(get(0)).toBe(0x58);
    bench.advance(0.002e9);
    expect(get(0)).toBe(0x59);
  });
});

describe("MC146818 interrupts", () => {
  it("update-ended, until register C is read", () => {
    put(0x0b, 0x12);
    bench.advance(1e9);
    expect(irq.level).toBe(true);
    expect(get(0x0c)).toBe(0xd0); // IRQF, PF (its interrupt is not enabled), UF
    expect(irq.level).toBe(false);
    expect(get(0x0c)).toBe(0x00);
    bench.advance(3e9);
    expect(irq.risingEdges).toBe(2); // not acknowledged: the line stays
  });

  it("alarm, at a time and with don't-care", () => {
    put(1, 0x01);
    put(3, 0x00);
    put(5, 0xff);
    put(0x0b, 0x22);
    get(0x0c);
    bench.advance(2.5e9);
    expect(irq.level).toBe(false);
    bench.advance(1e9);
    expect(irq.level).toBe(true);
    expect(get(0x0c) & 0xa0).toBe(0xa0);
    bench.advance(3600e9);
    expect(irq.level).toBe(true);
    expect(irq.risingEdges).toBe(2);
  });

  it("periodic, at the programmed rate", () => {
    put(0x0a, 0x26); // 1024 Hz
    put(0x0b, 0x42);
    let count = 0;
    for (let us = 0; us < 1_000_000; us += 100) {
      bench.advance(100_000);
      if (irq.level) {
        count++;
        expect(get(0x0c) & 0xc0).toBe(0xc0);
      }
    }
    expect(count).toBe(1024);
    put(0x0a, 0x21); // 256 Hz
    get(0x0c);
    const before = irq.risingEdges;
    for (let i = 0; i < 1000; i++) {
      bench.advance(1_000_000);
      get(0x0c);
    }
    expect(irq.risingEdges - before).toBe(256);
  });

  it("sets the periodic flag without a timer when no interrupt is asked for", () => {
    get(0x0c);
    bench.advance(900_000);
    expect(get(0x0c) & 0x40).toBe(0);
    bench.advance(100_000);
    expect(get(0x0c) & 0x40).toBe(0x40);
    expect(bench.clock.nextDeadlineNs()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("CMOS", () => {
  it("tells memory, floppies and equipment", () => {
    const word = (index: number): number => get(index) | (get(index + 1) << 8);
    expect(word(0x15)).toBe(640);
    expect(word(0x17)).toBe(31 * 1024);
    expect(word(0x30)).toBe(31 * 1024);
    expect(word(0x34)).toBe(256);
    expect(get(0x10)).toBe(0x40);
    expect(get(0x14)).toBe(0x03);
    let sum = 0;
    for (let index = 0x10; index <= 0x2d; index++) sum += get(index);
    expect((get(0x2e) << 8) | get(0x2f)).toBe(sum);
    create(undefined, 128 << 20);
    expect(word(0x17)).toBe(0xffff);
    expect(word(0x34)).toBe(112 * 16);
  });

  it("keeps bytes and time through a reset, but no interrupt enables", () => {
    put(0x0f, 0x5a);
    put(0x0b, 0x42);
    bench.advance(1e9);
    rtc.reset();
    expect(get(0x0f)).toBe(0x5a);
    expect(get(0x0b)).toBe(0x02);
    expect(irq.level).toBe(false);
    expect(get(0)).toBe(0x59);
  });

  it("masks NMI by bit 7 of the index", () => {
    bench.out(0x70, 0x8f);
    expect(rtc.nmiMasked).toBe(true);
    bench.out(0x71, 0x12);
    bench.out(0x70, 0x0f);
    expect(rtc.nmiMasked).toBe(false);
    expect(bench.in(0x71)).toBe(0x12);
  });

  it("survives random accesses", () => {
    bench.fuzz([0x70, 0x71], { seed: 146818 });
  });
});
