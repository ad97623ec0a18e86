import { beforeEach, describe, expect, test } from "vitest";
import { APIC_TICK_NS, LocalApic } from "./local-apic.ts";
import { ProbeLine, TestBench } from "./testbench.ts";

const BASE = 0xfee0_0000;
const [ID, VERSION, TPR, PPR, EOI, SVR, ISR, IRR, ESR] = [0x20, 0x30, 0x80, 0xa0, 0xb0, 0xf0, 0x100, 0x200, 0x280];
const [ICR_LOW, ICR_HIGH, TIMER, LINT0, ERROR] = [0x300, 0x310, 0x320, 0x350, 0x370];
const [INITIAL, CURRENT, DIVIDE] = [0x380, 0x390, 0x3e0];
const MASKED = 0x1_0000;
const PERIODIC = 0x2_0000;
const BY_ONE = 0xb;

describe("local APIC", () => {
  let bench: TestBench;
  let apic: LocalApic;
  let line: ProbeLine;
  let nmis: number;
  const read = (at: number) => bench.memory.read32(BASE + at);
  const write = (at: number, value: number) => bench.memory.write32(BASE + at, value);
  const sendSelf = (vector: number) => write(ICR_LOW, 0x4_0000 | vector);

  beforeEach(() => {
    bench = new TestBench();
    line = new ProbeLine();
    nmis = 0;
    apic = bench.add(
      new LocalApic({
        clock: bench.clock,
        interrupt: line,
        raiseNmi: () => nmis++,
        acknowledgeExternal: () => 0x08,
      }),
    );
    write(SVR, 0x1ff);
  });

  test("after reset: masked but for the 8259s, disabled by software, version 14h", () => {
    apic.reset();
    expect([ID, VERSION, TPR, SVR].map(read)).toEqual([0, 0x5_0014, 0, 0xff]);
    expect([read(TIMER), read(ERROR), read(LINT0)]).toEqual([MASKED, MASKED, 0x700]);
    apic.setExternal(true);
    expect([line.level, apic.acknowledge()]).toEqual([true, 0x08]);
    write(LINT0, 0x700);
    expect(read(LINT0)).toBe(MASKED | 0x700);
  });

  test("an interrupt to itself: requested, in service, ended", () => {
    sendSelf(0x61);
    expect([line.level, read(IRR + 0x30)]).toEqual([true, 2]);
    expect(apic.acknowledge()).toBe(0x61);
    expect([line.level, read(IRR + 0x30), read(ISR + 0x30), read(PPR)]).toEqual([false, 0, 2, 0x60]);
    write(EOI, 0);
    expect([read(ISR + 0x30), read(PPR)]).toEqual([0, 0]);
  });

  test("a higher class interrupts a lower one, the same class waits", () => {
    sendSelf(0x55);
    apic.acknowledge();
    sendSelf(0x5f);
    expect(line.level).toBe(false);
    sendSelf(0x60);
    expect(apic.acknowledge()).toBe(0x60);
    write(EOI, 0);
    expect(line.level).toBe(false);
    write(EOI, 0);
    expect(apic.acknowledge()).toBe(0x5f);
  });

  test("TPR holds back its class and what is below", () => {
    write(TPR, 0x70);
    sendSelf(0x7a);
    expect(line.level).toBe(false);
    write(TPR, 0x60);
    expect(line.level).toBe(true);
  });

  test("the 8259s come through LINT0 as ExtINT, or not at all", () => {
    write(LINT0, MASKED);
    apic.setExternal(true);
    expect(line.level).toBe(false);
    write(LINT0, 0x700);
    expect(line.level).toBe(true);
    expect(apic.acknowledge()).toBe(0x08);
    write(LINT0, 0x700 | MASKED);
    expect(line.level).toBe(false);
    expect(apic.acknowledge()).toBe(0xff);
  });

  test("with the APIC off they go straight to the processor, and its page is gone", () => {
    apic.setBase(BASE);
    apic.setExternal(true);
    expect([line.level, apic.acknowledge(), read(VERSION)]).toEqual([true, 0x08, 0xffff_ffff]);
  });

  test("another base address", () => {
    apic.setBase(0xfec0_0900);
    expect(bench.memory.read32(0xfec0_0000 + VERSION)).toBe(0x5_0014);
    expect(read(VERSION)).toBe(0xffff_ffff);
  });

  describe("timer", () => {
    test("one shot: once, and the count stays 0", () => {
      write(DIVIDE, BY_ONE);
      write(TIMER, 0x40);
      write(INITIAL, 1000);
      bench.advance(400 * APIC_TICK_NS);
      expect([read(CURRENT), line.level]).toEqual([600, false]);
      bench.advance(600 * APIC_TICK_NS);
      expect([read(CURRENT), line.level]).toEqual([0, true]);
      apic.acknowledge();
      write(EOI, 0);
      bench.advance(5000 * APIC_TICK_NS);
      expect(line.level).toBe(false);
    });

    test("periodic, divided by 16: each period again", () => {
      write(DIVIDE, 3);
      write(TIMER, 0x40 | PERIODIC);
      write(INITIAL, 100);
      for (let i = 0; i < 3; i++) {
        bench.advance(1600 * APIC_TICK_NS);
        expect(line.level).toBe(true);
        expect(apic.acknowledge()).toBe(0x40);
        write(EOI, 0);
      }
      bench.advance(800 * APIC_TICK_NS);
      expect(read(CURRENT)).toBe(50);
    });

    test("masked it counts, and interrupts nobody; 0 stops it", () => {
      write(DIVIDE, BY_ONE);
      write(TIMER, 0x40 | MASKED);
      write(INITIAL, 10);
      bench.advance(20 * APIC_TICK_NS);
      expect([line.level, read(CURRENT)]).toEqual([false, 0]);
      write(TIMER, 0x40);
      write(INITIAL, 10);
      write(INITIAL, 0);
      bench.advance(20 * APIC_TICK_NS);
      expect(line.level).toBe(false);
    });

    test("another divider goes on from where the count is", () => {
      write(DIVIDE, BY_ONE);
      write(TIMER, 0x40);
      write(INITIAL, 100);
      bench.advance(50 * APIC_TICK_NS);
      write(DIVIDE, 0);
      bench.advance(50 * APIC_TICK_NS);
      expect(read(CURRENT)).toBe(25);
    });
  });

  describe("interprocessor interrupts", () => {
    test("by physical and logical destination, to all, and to others only", () => {
      const arrives = (high: number, low: number): boolean => {
        write(ICR_HIGH, high);
        write(ICR_LOW, low);
        const came = line.level;
        if (came) {
          apic.acknowledge();
          write(EOI, 0);
        }
        return came;
      };
      write(0xd0, 0x0200_0000);
      expect(arrives(0, 0x41)).toBe(true);
      expect(arrives(0x0100_0000, 0x41)).toBe(false);
      expect(arrives(0xff00_0000, 0x41)).toBe(true);
      expect(arrives(0x0300_0000, 0x841)).toBe(true);
      expect(arrives(0x0400_0000, 0x841)).toBe(false);
      expect(arrives(0, 0x8_0041)).toBe(true);
      expect(arrives(0, 0xc_0041)).toBe(false);
    });

    test("NMI", () => {
      write(ICR_LOW, 0x4_0400);
      expect([nmis, line.level]).toEqual([1, false]);
    });
  });

  test("a vector below 16 is an error, which ESR shows after a write", () => {
    write(ERROR, 0x50);
    sendSelf(0x0f);
    expect(read(ESR)).toBe(0);
    write(ESR, 0);
    expect(read(ESR)).toBe(0x20);
    expect(apic.acknowledge()).toBe(0x50);
    write(ESR, 0);
    expect(read(ESR)).toBe(0);
  });

  test("a register that is not there is an error", () => {
    expect(read(0x3f0)).toBe(0);
    write(ESR, 0);
    expect(read(ESR)).toBe(0x80);
  });

  test("a saved state goes on as the first one did", () => {
    write(DIVIDE, BY_ONE);
    write(TIMER, 0x40 | PERIODIC);
    write(INITIAL, 100);
    sendSelf(0x61);
    apic.acknowledge();
    const state = apic.save();
    const timers = bench.clock.save();
    apic.reset();
    apic.load(state);
    bench.clock.load(timers);
    bench.advance(150 * APIC_TICK_NS);
    expect([read(PPR), read(CURRENT), read(IRR + 0x20)]).toEqual([0x60, 50, 1]);
  });
});
