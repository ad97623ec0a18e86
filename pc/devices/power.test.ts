import { beforeEach, describe, expect, it } from "vitest";
import { DebugPort } from "./debug-port.ts";
import { WiredOr } from "./lines.ts";
import { Pci } from "./pci.ts";
import { Power } from "./power.ts";
import { ProbeLine, TestBench } from "./testbench.ts";

let bench: TestBench;
let a20: ProbeLine;
let resets: number;
let powerOffs: number;

beforeEach(() => {
  bench = new TestBench();
  a20 = new ProbeLine();
  resets = 0;
  powerOffs = 0;
  bench.add(new Power({ a20, resetCpu: () => resets++, powerOff: () => powerOffs++ }));
});

describe("power and reset ports", () => {
  it("powers off by QEMU's and Bochs' ACPI ports, and only by their value", () => {
    bench.ports.write16(0x604, 0x0000);
    expect(powerOffs).toBe(0);
    bench.ports.write16(0x604, 0x2000);
    expect(powerOffs).toBe(1);
    bench.ports.write16(0xb004, 0x2000);
    expect(powerOffs).toBe(2);
  });

  it("powers off by the word Shutdown", () => {
    const say = (text: string): void => {
      for (const character of text) bench.out(0x8900, character.charCodeAt(0));
    };
    say("ShutDown");
    expect(powerOffs).toBe(0);
    say("SShutdown");
    expect(powerOffs).toBe(1);
  });

  it("resets by the rising edge of CF9h bit 2", () => {
    bench.out(0xcf9, 0x02);
    expect(resets).toBe(0);
    bench.out(0xcf9, 0x06);
    expect(resets).toBe(1);
    bench.out(0xcf9, 0x06);
    expect(resets).toBe(1);
    expect(bench.in(0xcf9)).toBe(0x06);
  });

  it("does not take a PCI configuration address for a reset", () => {
    bench.add(new Pci());
    bench.ports.write32(0xcf8, 0x80000c00);
    bench.ports.write16(0xcf8, 0x0c00);
    expect(resets).toBe(0);
    expect(bench.in(0xcf9)).toBe(0x00);
    expect(bench.ports.read32(0xcfc)).toBe(0xffffffff);
  });

  it("opens A20 and resets by port 92h", () => {
    bench.out(0x92, 0x02);
    expect(a20.level).toBe(true);
    expect(bench.in(0x92)).toBe(0x02);
    bench.out(0x92, 0x00);
    expect(a20.level).toBe(false);
    bench.out(0x92, 0x01);
    expect(resets).toBe(1);
  });

  it("survives random accesses", () => {
    bench.add(new DebugPort());
    bench.fuzz([0x92, 0xcf9, 0x604, 0x605, 0xb004, 0x8900, 0x80, 0xe9], { seed: 0x604 });
  });
});

describe("debug port", () => {
  it("keeps the log, calls back, and answers with its number", () => {
    const bytes: number[] = [];
    const codes: number[] = [];
    const port = bench.add(
      new DebugPort({ onByte: (byte) => bytes.push(byte), onPostCode: (code) => codes.push(code) }),
    );
    expect(bench.in(0xe9)).toBe(0xe9);
    for (let i = 0; i < 10_000; i++) bench.out(0xe9, 0x61 + (i % 26));
    expect(port.log.length).toBe(10_000);
    expect(port.log.slice(0, 4)).toBe("abcd");
    expect(bytes.length).toBe(10_000);
    bench.out(0x80, 0x55);
    expect(port.postCode).toBe(0x55);
    expect(bench.in(0x80)).toBe(0x55);
    expect(codes).toEqual([0x55]);
    bench.saveAndLoad();
    expect(port.log.length).toBe(10_000);
  });
});

describe("wired or", () => {
  it("is high while any input is", () => {
    const output = new ProbeLine();
    const gate = new WiredOr(output);
    const one = gate.input();
    const other = gate.input();
    one.set(true);
    other.set(true);
    one.set(false);
    expect(output.level).toBe(true);
    other.set(false);
    expect(output.level).toBe(false);
    expect(output.risingEdges).toBe(1);
  });
});
