import { beforeEach, describe, expect, it } from "vitest";
import { blocksOf } from "../blocks.ts";
import type { AtaDisk } from "./ata-disk.ts";
import { Ide } from "./ide.ts";
import { Pci } from "./pci.ts";
import { ArrayMemory, ProbeLine, TestBench } from "./testbench.ts";

const BASE = 0x1f0;
const STATUS = BASE + 7;
const CONTROL = 0x3f6;
const BUS_MASTER = 0xc000;
const TABLE = 0x1000;
const READ_DMA = 0xc8;
const WRITE_DMA = 0xca;
const TO_MEMORY = 0x08;
const START = 0x01;

let bench: TestBench;
let memory: ArrayMemory;
let irq: ProbeLine;
let disk: AtaDisk;

function config(register: number, value: number): void {
  bench.ports.write32(0xcf8, 0x8000_0900 + register);
  bench.ports.write32(0xcfc, value);
}

/** A descriptor table; the last region has the end mark. */
function table(...regions: [address: number, bytes: number][]): void {
  const view = new DataView(memory.bytes.buffer);
  regions.forEach(([address, bytes], i) => {
    view.setUint32(TABLE + i * 8, address, true);
    view.setUint32(TABLE + i * 8 + 4, (bytes & 0xffff) | (i === regions.length - 1 ? 0x8000_0000 : 0), true);
  });
  bench.ports.write32(BUS_MASTER + 4, TABLE);
}

function command(code: number, first: number, count: number): void {
  bench.out(BASE + 6, 0xe0);
  bench.out(BASE + 2, count);
  bench.out(BASE + 3, first & 0xff);
  bench.out(BASE + 4, first >> 8);
  bench.out(BASE + 5, 0);
  bench.out(STATUS, code);
}

const status = (): number => bench.in(BUS_MASTER + 2) & 0x07;

beforeEach(() => {
  bench = new TestBench();
  memory = new ArrayMemory(1 << 20);
  irq = new ProbeLine();
  const ide = new Ide({ clock: bench.clock, irqs: [irq, new ProbeLine()], memory });
  const image = new Uint8Array(2000 * 512).map((_, at) => (at >> 9) & 0xff);
  disk = ide.connectDisk(0, blocksOf(image));
  const pci = new Pci();
  pci.connect(1, 1, ide.pci);
  bench.add(pci);
  bench.add(ide);
  config(0x20, BUS_MASTER);
  config(0x04, 0x05);
});

describe("bus-master DMA", () => {
  it("answers where its base address register says, when the function decodes ports", () => {
    bench.out(BUS_MASTER + 2, 0x60);
    expect(bench.in(BUS_MASTER + 2)).toBe(0x60);
    config(0x20, 0xd000);
    expect(bench.in(BUS_MASTER + 2)).toBe(0xff);
    expect(bench.in(0xd002)).toBe(0x60);
    config(0x04, 0x04);
    expect(bench.in(0xd002)).toBe(0xff);
  });

  it("reads into the regions of its table", () => {
    table([0x8000, 512], [0x9000, 100], [0xa000, 924]);
    command(READ_DMA, 10, 3);
    bench.out(BUS_MASTER, TO_MEMORY | START);
    expect(status()).toBe(0x01);
    bench.advance(1e6);
    expect(irq.level).toBe(true);
    expect(status()).toBe(0x04);
    expect(bench.in(STATUS)).toBe(0x50);
    expect([memory.bytes[0x8000], memory.bytes[0x81ff], memory.bytes[0x8200]]).toEqual([10, 10, 0]);
    expect([memory.bytes[0x9000], memory.bytes[0x9063], memory.bytes[0x9064]]).toEqual([11, 11, 0]);
    expect([memory.bytes[0xa000], memory.bytes[0xa000 + 411], memory.bytes[0xa000 + 412]]).toEqual([11, 11, 12]);
    bench.out(BUS_MASTER + 2, 0x04);
    expect(status()).toBe(0x00);
  });

  it("may be started before the command, and writes from memory", () => {
    memory.bytes.fill(0x77, 0x8000, 0x8000 + 1024);
    table([0x8000, 1024]);
    bench.out(BUS_MASTER, START);
    command(WRITE_DMA, 100, 2);
    bench.advance(1e6);
    expect(bench.in(STATUS)).toBe(0x50);
    expect([...disk.blocks.changes()].map(({ first, bytes }) => [first, bytes[511]])).toEqual([
      [100, 0x77],
      [101, 0x77],
    ]);
  });

  it("waits when it is not started, or not allowed, or started in the other direction", () => {
    table([0x8000, 512]);
    command(READ_DMA, 5, 1);
    bench.advance(1e6);
    expect(bench.in(CONTROL)).toBe(0x58);
    bench.out(BUS_MASTER, START);
    bench.advance(1e6);
    expect(bench.in(CONTROL)).toBe(0x58);
    bench.out(BUS_MASTER, 0);
    config(0x04, 0x01);
    bench.out(BUS_MASTER, TO_MEMORY | START);
    bench.advance(1e6);
    expect(bench.in(CONTROL)).toBe(0x58);
    bench.out(BUS_MASTER, 0);
    config(0x04, 0x05);
    bench.out(BUS_MASTER, TO_MEMORY | START);
    bench.advance(1e6);
    expect(bench.in(CONTROL)).toBe(0x50);
    expect(memory.bytes[0x8000]).toBe(5);
  });

  it("tells a table that is too long from one that is too short", () => {
    table([0x8000, 1024]);
    command(READ_DMA, 5, 1);
    bench.out(BUS_MASTER, TO_MEMORY | START);
    bench.advance(1e6);
    expect(status()).toBe(0x05);
    bench.out(BUS_MASTER, 0);
    expect(status()).toBe(0x04);
    bench.out(BUS_MASTER + 2, 0x04);
    bench.in(STATUS);
    table([0x8000, 512]);
    command(READ_DMA, 5, 2);
    bench.out(BUS_MASTER, TO_MEMORY | START);
    bench.advance(1e6);
    expect(status()).toBe(0x00);
    expect(irq.level).toBe(false);
    expect(bench.in(CONTROL)).toBe(0x58);
  });

  it("a count of 0 is 64 KiB; the end of the disk ends the command with an error", () => {
    table([0x10000, 0]);
    command(READ_DMA, 1900, 128);
    bench.out(BUS_MASTER, TO_MEMORY | START);
    bench.advance(1e6);
    expect(bench.in(STATUS)).toBe(0x51);
    expect(bench.in(BASE + 1)).toBe(0x10);
    expect(bench.in(BASE + 2)).toBe(28);
    expect(memory.bytes[0x10000 + 99 * 512]).toBe(1999 & 0xff);
    expect(status()).toBe(0x05);
  });

  it("survives any table and any sequence of accesses", () => {
    const ports = [0xcf8, 0xcfc, 0xcfd];
    for (let register = 0; register < 16; register++) ports.push(BUS_MASTER + register);
    for (let register = 1; register < 8; register++) ports.push(BASE + register);
    bench.fuzz(ports, {
      seed: 11,
      count: 30_000,
      each: (random) => {
        if (random() % 8 === 0) bench.out(STATUS, [READ_DMA, WRITE_DMA, 0x25, 0x35][random() % 4]);
        if (random() % 8 === 0) bench.out(BUS_MASTER, (random() % 2) * TO_MEMORY + START);
        if (random() % 64 === 0) memory.bytes[TABLE + (random() % 64)] = random();
        if (random() % 64 === 0) bench.ports.write32(BUS_MASTER + 4, random());
        if (random() % 256 === 0) config(0x20, BUS_MASTER);
        if (random() % 256 === 0) config(0x04, 0x05);
      },
    });
    for (const { first } of disk.blocks.changes()) expect(first).toBeLessThan(2000);
  });
});
