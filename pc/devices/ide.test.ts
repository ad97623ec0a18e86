import { beforeEach, describe, expect, it } from "vitest";
import { blocksOf } from "../blocks.ts";
import type { AtaDisk } from "./ata-disk.ts";
import { Ide } from "./ide.ts";
import { ArrayMemory, ProbeLine, TestBench } from "./testbench.ts";

const BASE = 0x1f0;
const CONTROL = 0x3f6;
const STATUS = BASE + 7;
const SECTORS = 3000;

const READ = 0x20;
const WRITE = 0x30;
const READ_MULTIPLE = 0xc4;
const WRITE_MULTIPLE = 0xc5;
const SET_MULTIPLE = 0xc6;
const IDENTIFY = 0xec;

let bench: TestBench;
let memory: ArrayMemory;
let irq: ProbeLine;
let ide: Ide;
let disk: AtaDisk;

/** An image each of whose sectors holds its own number. */
function numbered(sectors: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(sectors * 512));
  for (let at = 0; at < sectors * 512; at += 4) view.setUint32(at, Math.floor(at / 512), true);
  return new Uint8Array(view.buffer);
}

beforeEach(() => {
  bench = new TestBench();
  irq = new ProbeLine();
  memory = new ArrayMemory(1 << 20);
  ide = new Ide({ clock: bench.clock, irqs: [irq, new ProbeLine()], memory });
  disk = ide.connectDisk(0, blocksOf(numbered(SECTORS)));
  bench.add(ide);
});

/** Features, count, address low to high, device: the command block but for the command. */
function address(device: number, lba: number, count: number): void {
  bench.out(BASE + 6, device | ((lba >> 24) & 15));
  bench.out(BASE + 2, count);
  bench.out(BASE + 3, lba & 0xff);
  bench.out(BASE + 4, (lba >> 8) & 0xff);
  bench.out(BASE + 5, (lba >> 16) & 0xff);
}

/** Waits until BSY goes; gives the status without touching the interrupt. */
function settle(): number {
  for (let i = 0; i < 1000 && bench.in(CONTROL) & 0x80; i++) bench.advance(5_000);
  return bench.in(CONTROL);
}

function command(code: number): number {
  bench.out(STATUS, code);
  return settle();
}

const lba = (first: number, count: number, code: number): number => {
  address(0xe0, first, count);
  return command(code);
};

/** Reads `words` from the data port; gives the first two as one number. */
function take(words = 256): number {
  let first = 0;
  for (let i = 0; i < words; i++) {
    const word = bench.ports.read16(BASE);
    if (i < 2) first += word * 0x1_0000 ** i;
  }
  return first;
}

function give(value: number, words = 256): void {
  for (let i = 0; i < words; i++) bench.ports.write16(BASE, value);
}

const registers = (): number[] => [1, 2, 3, 4, 5, 6].map((register) => bench.in(BASE + register));
const DONE = 0x50;
const FAILED = 0x51;
const DATA = 0x58;

describe("an ATA disk", () => {
  it("shows the signature of a disk after a reset", () => {
    expect(registers()).toEqual([0x01, 0x01, 0x01, 0x00, 0x00, 0xa0]);
    bench.out(CONTROL, 0x04);
    expect(bench.in(CONTROL)).toBe(0x80);
    bench.out(CONTROL, 0x00);
    expect(settle()).toBe(DONE);
    expect(registers()).toEqual([0x01, 0x01, 0x01, 0x00, 0x00, 0xa0]);
    expect(irq.risingEdges).toBe(0);
  });

  it("reads sectors, an interrupt for each, none after the last", () => {
    expect(lba(5, 2, READ)).toBe(DATA);
    expect(irq.level).toBe(true);
    expect(bench.in(STATUS)).toBe(DATA);
    expect(irq.level).toBe(false);
    expect(take()).toBe(5);
    expect(bench.in(CONTROL)).toBe(0xd0);
    expect(settle()).toBe(DATA);
    expect(irq.level).toBe(true);
    expect(bench.in(STATUS)).toBe(DATA);
    expect(take()).toBe(6);
    expect(settle()).toBe(DONE);
    expect(irq.risingEdges).toBe(2);
    expect(registers()).toEqual([0, 0, 6, 0, 0, 0xe0]);
    expect(bench.ports.read16(BASE)).toBe(0xffff);
  });

  it("reads 256 sectors when the count is 0, and 32 bits at a time", () => {
    lba(0, 0, READ);
    for (let sector = 0; sector < 256; sector++) {
      expect(settle()).toBe(DATA);
      for (let at = 0; at < 512; at += 4) expect(bench.ports.read32(BASE)).toBe(sector);
    }
    expect(settle()).toBe(DONE);
  });

  it("addresses by cylinder, head and sector, in the geometry that is set", () => {
    const chs = (cylinder: number, head: number, sector: number): number => {
      address(0xa0 | head, (cylinder << 8) | sector, 1);
      const status = command(READ);
      return status === DATA ? take() : status;
    };
    expect(chs(1, 2, 3)).toBe((1 * 16 + 2) * 63 + 2);
    expect(chs(0, 0, 0)).toBe(FAILED);
    expect(registers()[0]).toBe(0x10);
    expect(chs(0, 0, 64)).toBe(FAILED);
    address(0xa5, 0, 17);
    expect(command(0x91)).toBe(DONE);
    expect(chs(1, 2, 3)).toBe((1 * 6 + 2) * 17 + 2);
    expect(chs(0, 6, 1)).toBe(FAILED);
    expect(chs(29, 2, 8)).toBe(2999);
    expect(chs(29, 2, 9)).toBe(FAILED);
  });

  it("writes into its overlay: no interrupt for the first block, one for each of the others and for the end", () => {
    expect(lba(10, 2, WRITE)).toBe(DATA);
    expect(irq.risingEdges).toBe(0);
    give(0x1111);
    expect(settle()).toBe(DATA);
    expect(irq.level).toBe(true);
    bench.in(STATUS);
    give(0x2222);
    expect(settle()).toBe(DONE);
    expect(irq.risingEdges).toBe(2);
    expect([...disk.blocks.changes()].map(({ first, bytes }) => [first, bytes[0]])).toEqual([
      [10, 0x11],
      [11, 0x22],
    ]);
    lba(10, 1, READ);
    expect(take()).toBe(0x11111111);
  });

  it("reads and writes blocks of several sectors with one interrupt each", () => {
    expect(lba(0, 10, READ_MULTIPLE)).toBe(FAILED);
    expect(bench.in(BASE + 1)).toBe(0x04);
    bench.out(BASE + 2, 3);
    expect(command(SET_MULTIPLE)).toBe(FAILED);
    bench.out(BASE + 2, 32);
    expect(command(SET_MULTIPLE)).toBe(FAILED);
    bench.out(BASE + 2, 4);
    expect(command(SET_MULTIPLE)).toBe(DONE);
    bench.in(STATUS);
    const before = irq.risingEdges;
    expect(lba(100, 10, READ_MULTIPLE)).toBe(DATA);
    for (const [first, sectors] of [
      [100, 4],
      [104, 4],
      [108, 2],
    ]) {
      expect(settle()).toBe(DATA);
      bench.in(STATUS);
      expect(take(256)).toBe(first);
      take(256 * (sectors - 1));
    }
    expect(settle()).toBe(DONE);
    expect(irq.risingEdges - before).toBe(3);
    expect(lba(200, 5, WRITE_MULTIPLE)).toBe(DATA);
    give(0x3333, 4 * 256);
    expect(settle()).toBe(DATA);
    give(0x4444, 256);
    expect(settle()).toBe(DONE);
    expect([...disk.blocks.changes()].map(({ first, bytes }) => first * 256 + bytes[0])).toEqual([
      ...[200, 201, 202, 203].map((first) => first * 256 + 0x33),
      204 * 256 + 0x44,
    ]);
  });

  it("takes 48-bit addresses through registers that are written twice, and shows both halves", () => {
    const wide = (first: number, count: number, code: number): number => {
      bench.out(BASE + 6, 0x40);
      for (const shift of [24, 0]) {
        bench.out(BASE + 2, shift === 0 ? count & 0xff : count >> 8);
        bench.out(BASE + 3, (first >>> shift) & 0xff);
        bench.out(BASE + 4, shift === 0 ? (first >>> 8) & 0xff : 0);
        bench.out(BASE + 5, shift === 0 ? (first >>> 16) & 0xff : 0);
      }
      return command(code);
    };
    expect(wide(2000, 1, 0x24)).toBe(DATA);
    expect(take()).toBe(2000);
    expect(wide(0x0100_0000, 1, 0x24)).toBe(FAILED);
    expect(bench.in(BASE + 1)).toBe(0x10);
    expect(bench.in(BASE + 3)).toBe(0);
    bench.out(CONTROL, 0x80);
    expect(bench.in(BASE + 3)).toBe(1);
    expect(wide(20, 1, 0x34)).toBe(DATA);
    give(0x5555);
    expect(settle()).toBe(DONE);
    expect([...disk.blocks.changes()].map(({ first }) => first)).toEqual([20]);
    expect(command(0x27)).toBe(DONE);
    expect(registers().slice(1, 5)).toEqual([0, (SECTORS - 1) & 0xff, SECTORS >> 8, 0]);
    bench.out(BASE + 6, 0x00);
    expect(command(0x24)).toBe(FAILED);
  });

  it("stops with IDNF at the end of the disk, and says where", () => {
    expect(lba(SECTORS, 1, READ)).toBe(FAILED);
    expect(registers().slice(0, 4)).toEqual([0x10, 1, SECTORS & 0xff, SECTORS >> 8]);
    lba(SECTORS - 1, 3, READ);
    take();
    expect(settle()).toBe(FAILED);
    expect(registers().slice(0, 4)).toEqual([0x10, 2, SECTORS & 0xff, SECTORS >> 8]);
    lba(SECTORS - 1, 2, WRITE);
    give(1);
    expect(settle()).toBe(DATA);
    give(1);
    expect(settle()).toBe(FAILED);
    expect(lba(SECTORS - 4, 4, 0x40)).toBe(DONE);
    expect(lba(SECTORS - 4, 5, 0x40)).toBe(FAILED);
    expect(bench.in(BASE + 2)).toBe(1);
    expect(lba(SECTORS, 0, 0x70)).toBe(FAILED);
    expect(lba(SECTORS - 1, 0, 0x70)).toBe(DONE);
  });

  it("tells what it is", () => {
    bench.out(BASE + 6, 0xa0);
    expect(command(IDENTIFY)).toBe(DATA);
    const words = Array.from({ length: 256 }, () => bench.ports.read16(BASE));
    const text = (first: number, count: number) =>
      String.fromCharCode(...words.slice(first, first + count).flatMap((word) => [word >> 8, word & 0xff])).trim();
    expect(words.slice(0, 7)).toEqual([0x40, 2, 0, 16, 63 * 512, 512, 63]);
    expect(text(10, 10)).toBe("MD00001");
    expect(text(27, 20)).toBe("MINIOS HARDDISK");
    expect(words[49] & 0x300).toBe(0x300);
    expect(words.slice(54, 62)).toEqual([2, 16, 63, 2016, 0, 0, SECTORS, 0]);
    expect(words[59]).toBe(0);
    expect(words.slice(100, 104)).toEqual([SECTORS, 0, 0, 0]);
    expect(settle()).toBe(DONE);
  });

  it("aborts what it does not know", () => {
    for (const code of [0x00, 0x08, 0xa0, 0xa1, 0xb0, 0xff]) {
      expect(command(code)).toBe(FAILED);
      expect(bench.in(BASE + 1)).toBe(0x04);
    }
    bench.out(BASE + 1, 0x77);
    expect(command(0xef)).toBe(FAILED);
    bench.out(BASE + 1, 0x03);
    bench.out(BASE + 2, 0x43);
    expect(command(0xef)).toBe(DONE);
    bench.out(BASE + 2, 0x47);
    expect(command(0xef)).toBe(FAILED);
  });

  it("does the commands that have nothing to do", () => {
    for (const code of [0x10, 0x1f, 0xe0, 0xe1, 0xe2, 0xe3, 0xe6, 0xe7, 0xea, 0x94]) expect(command(code)).toBe(DONE);
    expect(command(0xe5)).toBe(DONE);
    expect(bench.in(BASE + 2)).toBe(0xff);
  });

  it("holds its interrupt back while nIEN is set", () => {
    bench.out(CONTROL, 0x02);
    lba(0, 1, READ);
    expect(irq.level).toBe(false);
    bench.out(CONTROL, 0x00);
    expect(irq.level).toBe(true);
  });

  it("does not hear registers or commands while it works", () => {
    address(0xe0, 7, 1);
    bench.out(STATUS, READ);
    bench.out(BASE + 3, 99);
    bench.out(STATUS, IDENTIFY);
    expect(settle()).toBe(DATA);
    bench.out(BASE + 3, 99);
    expect(take()).toBe(7);
  });

  it("stops in the middle of a transfer for a software reset", () => {
    lba(10, 4, WRITE);
    give(1, 100);
    bench.out(CONTROL, 0x04);
    bench.out(CONTROL, 0x00);
    expect(settle()).toBe(DONE);
    expect(disk.blocks.modified).toBe(false);
    expect(lba(3, 1, READ)).toBe(DATA);
    expect(take()).toBe(3);
  });

  it("goes on from a saved state in the middle of a transfer", () => {
    lba(10, 2, WRITE);
    give(0x1111);
    settle();
    give(0x2222, 128);
    bench.saveAndLoad();
    give(0x3333, 128);
    expect(settle()).toBe(DONE);
    expect(disk.blocks.read(11, 1)[0]).toBe(0x22);
    expect(disk.blocks.read(11, 1)[511]).toBe(0x33);
  });
});

describe("a channel", () => {
  it("has two drives that hear the same, and answers for the selected one", () => {
    bench = new TestBench();
    ide = new Ide({ clock: bench.clock, irqs: [irq, new ProbeLine()], memory });
    ide.connectDisk(0, blocksOf(numbered(SECTORS)));
    ide.connectDisk(1, blocksOf(numbered(SECTORS).fill(0xab)));
    bench.add(ide);
    address(0xf0, 5, 1);
    command(READ);
    expect(take()).toBe(0xabababab);
    // The pending interrupt of device 1 is not seen while device 0 is selected.
    address(0xf0, 5, 1);
    command(READ);
    bench.in(STATUS);
    take();
    address(0xe0, 5, 1);
    bench.out(STATUS, READ);
    bench.out(BASE + 6, 0xe0);
    settle();
    bench.out(BASE + 6, 0xf0);
    expect(irq.level).toBe(true);
    bench.in(STATUS);
    take();
    settle();
    bench.out(BASE + 6, 0xf0);
    expect(irq.level).toBe(false);
    command(0x90);
    expect(registers()).toEqual([0x01, 0x01, 0x01, 0x00, 0x00, 0xa0]);
    bench.out(BASE + 6, 0xb0);
    expect(registers()).toEqual([0x01, 0x01, 0x01, 0x00, 0x00, 0xb0]);
  });

  it("with one drive says status 0 for the other, whose commands nobody obeys", () => {
    bench.out(BASE + 6, 0xb0);
    expect(bench.in(STATUS)).toBe(0);
    bench.out(BASE + 2, 0x55);
    expect(bench.in(BASE + 2)).toBe(0x55);
    bench.out(STATUS, IDENTIFY);
    bench.advance(1e6);
    expect(bench.in(STATUS)).toBe(0);
    expect(irq.level).toBe(false);
    bench.out(BASE + 6, 0xa0);
    expect(bench.in(STATUS)).toBe(DONE);
  });

  it("without drives says 0, and keeps nothing", () => {
    for (let register = 1; register < 8; register++) {
      bench.out(0x170 + register, 0x55);
      expect(bench.in(0x170 + register)).toBe(0);
    }
    expect(bench.ports.read16(0x170)).toBe(0xffff);
  });

  it("survives any sequence of accesses", () => {
    const second = ide.connectDisk(2, blocksOf(numbered(64)));
    const ports = [BASE, BASE, BASE, CONTROL, 0x376];
    for (let register = 0; register < 8; register++) ports.push(BASE + register, 0x170 + register);
    const likely = [READ, WRITE, READ_MULTIPLE, WRITE_MULTIPLE, SET_MULTIPLE, IDENTIFY, 0x24, 0x34, 0x25, 0xca, 0x90];
    bench.fuzz(ports, {
      seed: 7,
      each: (random) => {
        if (random() % 8 === 0) bench.out(random() % 2 ? STATUS : 0x177, likely[random() % likely.length]);
        if (random() % 64 === 0) for (let i = 0; i < 256; i++) bench.ports.write16(BASE, random() & 0xffff);
      },
    });
    for (const { first } of disk.blocks.changes()) expect(first).toBeLessThan(SECTORS);
    for (const { first } of second.blocks.changes()) expect(first).toBeLessThan(64);
    expect(disk.blocks.read(0, SECTORS)).toHaveLength(SECTORS * 512);
  });
});
