import { beforeEach, describe, expect, it } from "vitest";
import { blocksOf } from "../blocks.ts";
import type { AtapiDrive } from "./atapi-drive.ts";
import { Ide } from "./ide.ts";
import { Pci } from "./pci.ts";
import { ArrayMemory, ProbeLine, TestBench } from "./testbench.ts";

const BASE = 0x170;
const STATUS = BASE + 7;
const CONTROL = 0x376;
const BUS_MASTER = 0xc000;
const SECTORS = 100;

const READ_10 = (sector: number, count: number): number[] => [0x28, 0, 0, 0, 0, sector, 0, count >> 8, count & 0xff];

let bench: TestBench;
let memory: ArrayMemory;
let irq: ProbeLine;
let ide: Ide;
let drive: AtapiDrive;

/** A disc each of whose sectors holds its own number in every byte. */
const disc = () => blocksOf(new Uint8Array(SECTORS * 2048).map((_, at) => at >> 11));

beforeEach(() => {
  bench = new TestBench();
  memory = new ArrayMemory(1 << 20);
  irq = new ProbeLine();
  ide = new Ide({ clock: bench.clock, irqs: [new ProbeLine(), irq], memory });
  drive = ide.connectCdrom(2);
  drive.insert(disc());
  const pci = new Pci();
  pci.connect(1, 1, ide.pci);
  bench.add(pci);
  bench.add(ide);
  bench.ports.write32(0xcf8, 0x8000_0920);
  bench.ports.write32(0xcfc, BUS_MASTER);
  bench.ports.write32(0xcf8, 0x8000_0904);
  bench.ports.write32(0xcfc, 0x05);
});

function settle(): number {
  for (let i = 0; i < 1000 && bench.in(CONTROL) & 0x80; i++) bench.advance(5_000);
  return bench.in(CONTROL);
}

function command(code: number): number {
  bench.out(STATUS, code);
  return settle();
}

/** Sends a packet; the host takes at most `limit` bytes in one go. Gives the status. */
function packet(bytes: readonly number[], limit = 0xfffe, features = 0): number {
  bench.out(BASE + 1, features);
  bench.out(BASE + 4, limit & 0xff);
  bench.out(BASE + 5, limit >> 8);
  expect(command(0xa0)).toBe(0x58);
  expect(bench.in(BASE + 2)).toBe(0x01);
  const padded = [...bytes, ...Array<number>(12).fill(0)];
  for (let i = 0; i < 12; i += 2) bench.ports.write16(BASE, padded[i] | (padded[i + 1] << 8));
  return settle();
}

/** Takes all the data that a packet gives; how many bytes came in each go. */
function take(): { bytes: number[]; pieces: number[] } {
  const bytes: number[] = [];
  const pieces: number[] = [];
  while (settle() & 0x08) {
    expect(irq.level).toBe(true);
    expect(bench.in(STATUS)).toBe(0x58);
    expect(bench.in(BASE + 2)).toBe(0x02);
    const count = bench.in(BASE + 4) | (bench.in(BASE + 5) << 8);
    pieces.push(count);
    const piece: number[] = [];
    for (let i = 0; i < count; i += 2) {
      const word = bench.ports.read16(BASE);
      piece.push(word & 0xff, word >> 8);
    }
    bytes.push(...piece.slice(0, count));
  }
  expect(irq.level).toBe(true);
  expect(bench.in(STATUS)).toBe(0x50);
  expect(bench.in(BASE + 2)).toBe(0x03);
  return { bytes, pieces };
}

const data = (...bytes: number[]): number[] => {
  packet(bytes);
  return take().bytes;
};

/** Sense key, code and qualifier of the last failure. */
function sense(): number[] {
  const bytes = data(0x03, 0, 0, 0, 18);
  return [bytes[2], bytes[12], bytes[13]];
}

const FAILED = 0x51;
const DONE = 0x50;

describe("a CD-ROM drive", () => {
  it("shows the signature of a packet device, and aborts a disk's commands with it", () => {
    expect(bench.in(STATUS)).toBe(0x00);
    expect([1, 2, 3, 4, 5].map((register) => bench.in(BASE + register))).toEqual([1, 1, 1, 0x14, 0xeb]);
    bench.out(BASE + 4, 0, 0);
    bench.out(BASE + 5, 0);
    expect(command(0xec)).toBe(FAILED);
    expect(bench.in(BASE + 1)).toBe(0x04);
    expect([4, 5].map((register) => bench.in(BASE + register))).toEqual([0x14, 0xeb]);
    expect(command(0xa1)).toBe(0x58);
    const words = Array.from({ length: 256 }, () => bench.ports.read16(BASE));
    expect(words[0]).toBe(0x85c0);
    expect(settle()).toBe(DONE);
  });

  it("obeys DEVICE RESET even in the middle of a transfer", () => {
    packet(READ_10(0, 2));
    bench.ports.read16(BASE);
    expect(command(0x08)).toBe(0x00);
    expect([1, 2, 3, 4, 5].map((register) => bench.in(BASE + register))).toEqual([1, 1, 1, 0x14, 0xeb]);
  });

  it("reads sectors in pieces as large as the host wants them", () => {
    packet(READ_10(7, 3), 4096);
    const { bytes, pieces } = take();
    expect(pieces).toEqual([4096, 2048]);
    expect([bytes[0], bytes[2048], bytes[6143]]).toEqual([7, 8, 9]);
    packet([0xa8, 0, 0, 0, 0, 99, 0, 0, 0, 1], 1001);
    expect(take().pieces).toEqual([1000, 1000, 48]);
  });

  it("reads by DMA", () => {
    const view = new DataView(memory.bytes.buffer);
    view.setUint32(0x1000, 0x8000, true);
    view.setUint32(0x1004, 0x8000_0000 + 4096, true);
    bench.ports.write32(BUS_MASTER + 12, 0x1000);
    packet(READ_10(50, 2), 0, 1);
    bench.out(BUS_MASTER + 8, 0x09);
    expect(settle()).toBe(DONE);
    expect(irq.level).toBe(true);
    expect(bench.in(BUS_MASTER + 10)).toBe(0x04);
    expect([memory.bytes[0x8000], memory.bytes[0x8fff], memory.bytes[0x9000]]).toEqual([50, 51, 0]);
  });

  it("tells its name, the disc's size and its table of contents", () => {
    const inquiry = data(0x12, 0, 0, 0, 36);
    expect(inquiry.slice(0, 5)).toEqual([0x05, 0x80, 0x00, 0x21, 31]);
    expect(String.fromCharCode(...inquiry.slice(8, 32))).toBe("MINIOS  CD-ROM          ");
    expect(data(0x12, 0, 0, 0, 5)).toHaveLength(5);
    expect(data(0x25)).toEqual([0, 0, 0, 99, 0, 0, 8, 0]);
    const toc = [0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x16, 0xaa, 0, 0, 0, 0, 100];
    expect(data(0x43, 0, 0, 0, 0, 0, 0, 0, 100)).toEqual(toc);
    expect(data(0x43, 2, 0, 0, 0, 0, 0xaa, 0, 100)).toEqual([0, 10, 1, 1, 0, 0x16, 0xaa, 0, 0, 0, 3, 25]);
    expect(data(0x43, 0, 1, 0, 0, 0, 0, 0, 100)).toEqual([0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0]);
    expect(data(0x46, 0, 0, 0, 0, 0, 0, 0, 16)).toEqual([0, 0, 0, 40, 0, 0, 0, 8, 0, 0, 3, 8, 0, 0x10, 0, 0]);
    expect(data(0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 30).slice(0, 10)).toEqual([0, 26, 0, 0, 0, 0, 0, 0, 0x2a, 0x12]);
    expect(data(0x51, 0, 0, 0, 0, 0, 0, 0, 8)).toEqual([0, 32, 14, 1, 1, 1, 1, 0x20]);
  });

  it("says by sense data why a command failed", () => {
    expect(packet([0xfe])).toBe(FAILED);
    expect(bench.in(BASE + 1)).toBe(0x54);
    expect(bench.in(BASE + 2)).toBe(0x03);
    expect(sense()).toEqual([5, 0x20, 0]);
    expect(packet(READ_10(99, 2))).toBe(FAILED);
    expect(sense()).toEqual([5, 0x21, 0]);
    expect(sense()).toEqual([0, 0, 0]);
    expect(packet([0x5a, 0, 0x0d, 0, 0, 0, 0, 0, 30])).toBe(FAILED);
    expect(sense()).toEqual([5, 0x24, 0]);
  });

  it("opens its tray unless it is locked, and announces a new disc once", () => {
    packet([0x1e, 0, 0, 0, 1]);
    expect(packet([0x1b, 0, 0, 0, 2])).toBe(FAILED);
    expect(sense()).toEqual([5, 0x53, 2]);
    packet([0x1e, 0, 0, 0, 0]);
    expect(packet([0x1b, 0, 0, 0, 2])).toBe(DONE);
    expect(packet([0x00])).toBe(FAILED);
    expect(sense()).toEqual([2, 0x3a, 0]);
    expect(data(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8)).toEqual([0, 6, 4, 0x10, 0, 1, 0, 0]);
    drive.insert(disc());
    expect(packet([0x00])).toBe(FAILED);
    expect(sense()).toEqual([6, 0x28, 0]);
    expect(packet([0x00])).toBe(DONE);
    drive.eject();
    expect(packet([0x25])).toBe(FAILED);
    expect(sense()).toEqual([2, 0x3a, 0]);
  });

  it("survives any packet and any sequence of accesses", () => {
    const ports = [BASE, BASE, BASE, CONTROL, BUS_MASTER + 8, BUS_MASTER + 10];
    for (let register = 0; register < 8; register++) ports.push(BASE + register);
    const opcodes = [0x00, 0x03, 0x12, 0x1b, 0x1e, 0x25, 0x28, 0x43, 0x46, 0x4a, 0x51, 0x5a, 0xa8, 0xbd, 0xbe];
    bench.fuzz(ports, {
      seed: 5,
      count: 30_000,
      each: (random) => {
        if (random() % 16 !== 0) return;
        bench.out(BASE + 1, random() % 2);
        bench.out(STATUS, [0xa0, 0xa0, 0xa1, 0x08][random() % 4]);
        bench.advance(20_000);
        bench.ports.write16(BASE, opcodes[random() % opcodes.length] | (random() % 2 ? 0 : random() & 0xff00));
        for (let i = 0; i < 5; i++) bench.ports.write16(BASE, random() % 2 ? 0 : random() & 0xffff);
        if (random() % 8 === 0) drive.insert(disc());
      },
    });
  });
});
