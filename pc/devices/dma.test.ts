import { beforeEach, describe, expect, it } from "vitest";
import { Dma } from "./dma.ts";
import { ArrayMemory, TestBench } from "./testbench.ts";

let bench: TestBench;
let memory: ArrayMemory;
let dma: Dma;

beforeEach(() => {
  bench = new TestBench();
  memory = new ArrayMemory(1 << 20);
  dma = bench.add(new Dma({ memory }));
  bench.out(0xd6, 0xc0); // channel 4 in cascade mode
  bench.out(0xd4, 0x00); // and open
});

/** Programs channel 2 as a floppy driver does. */
function program(mode: number, address: number, count: number): void {
  bench.out(0x0a, 0x06);
  bench.out(0x0c, 0xff);
  bench.out(0x04, address & 0xff, (address >> 8) & 0xff);
  bench.out(0x81, address >> 16);
  bench.out(0x05, (count - 1) & 0xff, (count - 1) >> 8);
  bench.out(0x0b, mode);
  bench.out(0x0a, 0x02);
}

const bytes = (length: number, first = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => first + i);

describe("8237A", () => {
  it("moves bytes to memory and stops at terminal count", () => {
    program(0x46, 0x12345, 6);
    expect(dma.channel(2).write(bytes(4))).toEqual({ moved: 4, terminalCount: false });
    expect(dma.channel(2).write(bytes(4, 5))).toEqual({ moved: 2, terminalCount: true });
    expect([...memory.read(0x12345, 7)]).toEqual([1, 2, 3, 4, 5, 6, 0]);
    expect(bench.in(0x08)).toBe(0x04);
    expect(bench.in(0x08)).toBe(0x00); // reading clears
    expect(dma.channel(2).write(bytes(1))).toEqual({ moved: 0, terminalCount: false }); // masked by TC
    expect(bench.in(0x0f) & 0x0f).toBe(0x0f);
  });

  it("moves bytes from memory", () => {
    memory.write(0x8000, bytes(8));
    program(0x4a, 0x8000, 8);
    const got = new Uint8Array(8);
    expect(dma.channel(2).read(got)).toEqual({ moved: 8, terminalCount: true });
    expect(got).toEqual(bytes(8));
  });

  it("reads back address and count through the flip-flop", () => {
    program(0x46, 0x1000, 0x200);
    dma.channel(2).write(bytes(16));
    bench.out(0x0c, 0);
    expect(bench.in(0x04) | (bench.in(0x04) << 8)).toBe(0x1010);
    expect(bench.in(0x05) | (bench.in(0x05) << 8)).toBe(0x1ff - 16);
  });

  it("wraps at 64 KiB, for the page register does not count", () => {
    program(0x46, 0x1fffe, 4);
    dma.channel(2).write(bytes(4));
    expect([...memory.read(0x1fffe, 2)]).toEqual([1, 2]);
    expect([...memory.read(0x10000, 2)]).toEqual([3, 4]);
  });

  it("begins again by itself with auto-initialisation", () => {
    program(0x56, 0x2000, 2);
    expect(dma.channel(2).write(bytes(2)).terminalCount).toBe(true);
    expect(dma.channel(2).write(bytes(2, 7))).toEqual({ moved: 2, terminalCount: true });
    expect([...memory.read(0x2000, 2)]).toEqual([7, 8]);
  });

  it("counts downwards", () => {
    program(0x66, 0x2003, 4);
    dma.channel(2).write(bytes(4));
    expect([...memory.read(0x2000, 4)]).toEqual([4, 3, 2, 1]);
  });

  it("moves nothing when set to verify or the other way round", () => {
    program(0x42, 0x3000, 4);
    expect(dma.channel(2).write(bytes(4))).toEqual({ moved: 4, terminalCount: true });
    program(0x4a, 0x3000, 4);
    dma.channel(2).write(bytes(4));
    expect([...memory.read(0x3000, 4)]).toEqual([0, 0, 0, 0]);
  });

  it("waits while masked, disabled, or while the cascade is closed", () => {
    const closed = { moved: 0, terminalCount: false };
    program(0x46, 0, 16);
    bench.out(0x0a, 0x06);
    expect(dma.channel(2).write(bytes(1))).toEqual(closed);
    bench.out(0x0e, 0);
    bench.out(0x08, 0x04);
    expect(dma.channel(2).write(bytes(1))).toEqual(closed);
    bench.out(0x08, 0x00);
    bench.out(0xd4, 0x04);
    expect(dma.channel(2).write(bytes(1))).toEqual(closed);
    bench.out(0xd4, 0x00);
    expect(dma.channel(2).write(bytes(1)).moved).toBe(1);
    bench.out(0x0d, 0); // master clear masks everything
    expect(dma.channel(2).write(bytes(1))).toEqual(closed);
  });

  it("moves words on channels 5 to 7, at even addresses", () => {
    bench.out(0xd8, 0);
    bench.out(0xc4, 0x00, 0x10); // word address 1000h
    bench.out(0x8b, 0x03); // bit 0 of the page does not count
    bench.out(0xc6, 0x01, 0x00);
    bench.out(0xd6, 0x45);
    bench.out(0xd4, 0x01);
    expect(dma.channel(5).write(bytes(6))).toEqual({ moved: 4, terminalCount: true });
    expect([...memory.read(0x22000, 4)]).toEqual([1, 2, 3, 4]);
  });

  it("keeps what is written to the other page registers", () => {
    bench.out(0x84, 0x5a);
    expect(bench.in(0x84)).toBe(0x5a);
    expect(() => dma.channel(4)).toThrow(RangeError);
  });

  it("survives random accesses", () => {
    const ports = [
      ...Array.from({ length: 16 }, (_, i) => i),
      ...Array.from({ length: 32 }, (_, i) => 0xc0 + i),
      0x81,
      0x8b,
    ];
    bench.fuzz(ports, {
      seed: 8237,
      each: (random) => {
        if (random() % 16) return;
        const channel = dma.channel([0, 1, 2, 3, 5, 6, 7][random() % 7]);
        const { moved } = random() % 2 ? channel.write(bytes(64)) : channel.read(bytes(64));
        if (moved < 0 || moved > 64) throw new RangeError(`moved ${moved}`);
      },
    });
  });
});
