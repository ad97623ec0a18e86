import { beforeEach, describe, expect, it } from "vitest";
import { Dma } from "./dma.ts";
import { Fdc } from "./fdc.ts";
import { FloppyImageError, floppyGeometry, floppySizes } from "./floppy-drive.ts";
import { ArrayMemory, ProbeLine, TestBench } from "./testbench.ts";

const MSR = 0x3f4;
const FIFO = 0x3f5;
const BUFFER = 0x8000;

let bench: TestBench;
let memory: ArrayMemory;
let irq: ProbeLine;
let fdc: Fdc;
let image: Uint8Array;

/** An image each of whose sectors holds its own number. */
function numbered(bytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  for (let at = 0; at < bytes; at += 4) view.setUint32(at, Math.floor(at / 512), true);
  return new Uint8Array(view.buffer);
}

function block(at: number): number {
  return new DataView(memory.bytes.buffer).getUint32(at, true);
}

function command(...bytes: number[]): void {
  for (const byte of bytes) {
    expect(bench.in(MSR) & 0xc0).toBe(0x80);
    bench.out(FIFO, byte);
  }
}

/** Waits for the interrupt. */
function wait(): void {
  for (let i = 0; i < 1000 && !irq.level; i++) bench.advance(10_000);
  expect(irq.level).toBe(true);
}

function result(): number[] {
  const bytes: number[] = [];
  while ((bench.in(MSR) & 0xd0) === 0xd0) bytes.push(bench.in(FIFO));
  return bytes;
}

/** Opens channel 2 for `count` bytes at BUFFER; 46h writes memory, 4Ah reads it. */
function setDma(mode: number, count: number): void {
  bench.out(0x0a, 0x06);
  bench.out(0x0c, 0);
  bench.out(0x04, BUFFER & 0xff, BUFFER >> 8);
  bench.out(0x81, 0);
  bench.out(0x05, (count - 1) & 0xff, (count - 1) >> 8);
  bench.out(0x0b, mode);
  bench.out(0x0a, 0x02);
}

/** Reset, specify, motor of drive A on, 500 kbit/s: what every driver does first. */
function start(): void {
  bench.out(0x3f2, 0x00);
  bench.out(0x3f2, 0x1c);
  wait();
  for (let unit = 0; unit < 4; unit++) {
    command(0x08);
    expect(result()).toEqual([0xc0 | unit, 0]);
  }
  bench.out(0x3f7, 0);
  command(0x03, 0xdf, 0x02);
}

function seek(cylinder: number, unit = 0): number[] {
  command(0x0f, unit, cylinder);
  wait();
  command(0x08);
  return result();
}

/** Read Data of `sectors` from C, H, R, ending by TC. */
function readData(c: number, h: number, r: number, sectors: number, opcode = 0xe6): number[] {
  setDma(0x46, sectors * 512);
  command(opcode, h << 2, c, h, r, 2, 18, 0x1b, 0xff);
  wait();
  return result();
}

beforeEach(() => {
  bench = new TestBench();
  memory = new ArrayMemory(1 << 20);
  irq = new ProbeLine();
  const dma = bench.add(new Dma({ memory }));
  bench.out(0xd4, 0x00);
  fdc = bench.add(new Fdc({ clock: bench.clock, irq, dma: dma.channel(2) }));
  image = numbered(1_474_560);
  fdc.insert(0, image);
  start();
});

describe("82077AA controller", () => {
  it("interrupts after a reset, and has four drives to report", () => {
    bench.out(0x3f2, 0x18);
    expect(bench.in(MSR)).toBe(0x00);
    bench.out(0x3f2, 0x1c);
    wait();
    command(0x08);
    expect(irq.level).toBe(false);
    expect(result()).toEqual([0xc0, 0]);
    expect(irq.level).toBe(false);
  });

  it("does not insist on four reports after a reset", () => {
    bench.out(0x3f4, 0x80);
    wait();
    command(0x08);
    result();
    command(0x07, 0x00);
    wait();
    command(0x08);
    expect(result()).toEqual([0x20, 0]);
    expect(irq.level).toBe(false);
    expect(readData(0, 0, 1, 1)[0]).toBe(0);
    expect(irq.level).toBe(false);
  });

  it("resets by DSR too, and does not poll when told not to", () => {
    command(0x13, 0x00, 0x10, 0x00);
    command(0x94);
    expect(result()).toEqual([0x10]);
    bench.out(0x3f4, 0x80);
    wait(); // LOCK keeps FIFO settings only: polling is on again
    command(0x14);
    expect(result()).toEqual([0x00]);
  });

  it("keeps FIFO settings through a reset only when locked", () => {
    command(0x13, 0x00, 0x57, 0x0a);
    command(0x94);
    result();
    bench.out(0x3f4, 0x80);
    wait();
    command(0x0e);
    expect(result().slice(-3)).toEqual([0x80, 0x07, 0x0a]);
    command(0x14);
    result();
    bench.out(0x3f4, 0x80);
    wait();
    command(0x0e);
    expect(result().slice(-3)).toEqual([0x00, 0x20, 0x00]);
  });

  it("answers version, dump registers, and invalid commands", () => {
    command(0x10);
    expect(result()).toEqual([0x90]);
    seek(5);
    command(0x0e);
    expect(result()).toEqual([5, 0, 0, 0, 0xdf, 0x02, 0, 0, 0x20, 0]);
    command(0x1f);
    expect(result()).toEqual([0x80]);
    command(0x08); // nothing to sense
    expect(result()).toEqual([0x80]);
  });

  it("shows busy while a command comes in and while a drive moves", () => {
    bench.out(FIFO, 0x0f);
    expect(bench.in(MSR)).toBe(0x90);
    bench.out(FIFO, 0x00);
    bench.out(FIFO, 10);
    expect(bench.in(MSR)).toBe(0x81);
    wait();
    command(0x08);
    result();
    expect(bench.in(MSR)).toBe(0x80);
  });

  it("keeps the interrupt to itself without the DMA gate", () => {
    bench.out(0x3f2, 0x14);
    command(0x07, 0x00);
    bench.advance(1e6);
    expect(irq.level).toBe(false);
    bench.out(0x3f2, 0x1c);
    expect(irq.level).toBe(true);
  });
});

describe("drives", () => {
  it("seek and recalibrate, with track 0 in ST3", () => {
    expect(seek(40)).toEqual([0x20, 40]);
    command(0x04, 0x04);
    expect(result()).toEqual([0x2c]);
    command(0x07, 0x00);
    wait();
    command(0x08);
    expect(result()).toEqual([0x20, 0]);
    command(0x04, 0x00);
    expect(result()).toEqual([0x38]);
  });

  it("fail to recalibrate where no drive is", () => {
    command(0x07, 0x02);
    wait();
    command(0x08);
    expect(result()).toEqual([0x72, 0]);
  });

  it("seek side by side, one report each", () => {
    command(0x0f, 0x00, 10);
    command(0x0f, 0x01, 20);
    expect(bench.in(MSR)).toBe(0x83);
    wait();
    bench.advance(1e6);
    command(0x08);
    expect(result()).toEqual([0x20, 10]);
    expect(irq.level).toBe(true);
    command(0x08);
    expect(result()).toEqual([0x21, 20]);
    expect(irq.level).toBe(false);
  });

  it("step relatively", () => {
    seek(10);
    command(0xcf, 0x00, 5);
    wait();
    command(0x08);
    expect(result()).toEqual([0x20, 15]);
    command(0x8f, 0x00, 3);
    wait();
    command(0x08);
    expect(result()).toEqual([0x20, 12]);
    expect(fdc.drives[0].cylinder).toBe(12);
  });

  it("tell of a changed disk until a step, and only with the motor on", () => {
    expect(bench.in(0x3f7) & 0x80).toBe(0x80);
    seek(1);
    expect(bench.in(0x3f7) & 0x80).toBe(0);
    fdc.eject(0);
    expect(bench.in(0x3f7) & 0x80).toBe(0x80);
    seek(2);
    expect(bench.in(0x3f7) & 0x80).toBe(0x80); // no disk: steps do not help
    bench.out(0x3f2, 0x0c);
    expect(bench.in(0x3f7) & 0x80).toBe(0);
  });

  it("know their disks by size", () => {
    expect(floppySizes()).toContain(1_474_560);
    expect(floppyGeometry(368_640)).toMatchObject({ cylinders: 40, heads: 2, sectorsPerTrack: 9 });
    expect(() => fdc.insert(0, new Uint8Array(3))).toThrow(FloppyImageError);
    expect(() => fdc.insert(2, image)).toThrow(RangeError);
  });
});

describe("reading", () => {
  it("brings sectors to memory and ends by TC", () => {
    seek(3);
    expect(readData(3, 1, 5, 2)).toEqual([0x04, 0, 0, 3, 1, 7, 2]);
    const first = (3 * 2 + 1) * 18 + 4;
    expect(block(BUFFER)).toBe(first);
    expect(block(BUFFER + 512)).toBe(first + 1);
    expect(block(BUFFER + 1024)).toBe(0);
    expect(irq.level).toBe(false); // answered by reading the result
  });

  it("goes on to the other side with MT: a whole cylinder in one command", () => {
    expect(readData(0, 0, 1, 36)).toEqual([0x00, 0, 0, 1, 0, 1, 2]);
    for (let n = 0; n < 36; n++) expect(block(BUFFER + 512 * n)).toBe(n);
  });

  it("stops at the end of the track without MT", () => {
    expect(readData(0, 0, 17, 4, 0x66)).toEqual([0x40, 0x80, 0, 1, 0, 1, 2]);
    expect(block(BUFFER + 512)).toBe(17);
  });

  it("gives the next ID when TC comes with the last sector", () => {
    expect(readData(0, 0, 18, 1, 0x66)).toEqual([0x00, 0, 0, 1, 0, 1, 2]);
    expect(readData(0, 0, 18, 1, 0xe6)).toEqual([0x04, 0, 0, 0, 1, 1, 2]);
  });

  it("cuts a sector short at TC", () => {
    setDma(0x46, 700);
    command(0xe6, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    wait();
    expect(result()).toEqual([0, 0, 0, 0, 0, 3, 2]);
    expect(block(BUFFER + 512)).toBe(1);
    expect(memory.bytes[BUFFER + 700]).toBe(0);
  });

  it("names what is wrong: cylinder, side, sector, size, mark, rate, motor, disk, host", () => {
    seek(3);
    expect(readData(4, 0, 1, 1).slice(0, 3)).toEqual([0x40, 0x04, 0x10]); // heads are elsewhere
    expect(readData(0xff, 0, 1, 1).slice(0, 3)).toEqual([0x40, 0x04, 0x02]);
    setDma(0x46, 512);
    command(0x46, 0x00, 3, 1, 1, 2, 18, 0x1b, 0xff);
    wait();
    expect(result().slice(0, 3)).toEqual([0x40, 0x04, 0x00]);
    expect(readData(3, 0, 19, 1).slice(0, 3)).toEqual([0x40, 0x04, 0x00]);
    expect(readData(3, 0, 0, 1).slice(0, 3)).toEqual([0x40, 0x04, 0x00]);
    command(0x46, 0x00, 3, 0, 1, 3, 18, 0x1b, 0xff);
    wait();
    expect(result().slice(0, 3)).toEqual([0x40, 0x04, 0x00]);
    expect(readData(3, 0, 1, 1, 0x06).slice(0, 3)).toEqual([0x40, 0x01, 0x00]); // FM
    bench.out(0x3f7, 2);
    expect(readData(3, 0, 1, 1).slice(0, 3)).toEqual([0x40, 0x01, 0x00]);
    bench.out(0x3f7, 0);
    bench.out(0x3f2, 0x0c);
    expect(readData(3, 0, 1, 1).slice(0, 3)).toEqual([0x40, 0x01, 0x00]);
    bench.out(0x3f2, 0x1c);
    bench.out(0x0a, 0x06);
    command(0x46, 0x00, 3, 0, 1, 2, 18, 0x1b, 0xff); // DMA masked: overrun
    wait();
    expect(result().slice(0, 3)).toEqual([0x40, 0x10, 0x00]);
    fdc.eject(0);
    expect(readData(3, 0, 1, 1).slice(0, 3)).toEqual([0x40, 0x01, 0x00]);
    seek(82);
    fdc.insert(0, image);
    expect(readData(82, 0, 1, 1).slice(0, 3)).toEqual([0x40, 0x01, 0x00]); // beyond the tracks
  });

  it("moves the heads by itself with implied seek", () => {
    command(0x13, 0x00, 0x60, 0x00);
    expect(readData(20, 0, 1, 1).slice(0, 3)).toEqual([0, 0, 0]);
    expect(block(BUFFER)).toBe(20 * 36);
  });

  it("reads the next ID, another a little later", () => {
    const seen = new Set<number>();
    for (let i = 0; i < 40; i++) {
      command(0x4a, 0x04);
      wait();
      const [st0, st1, st2, c, h, r, n] = result();
      expect([st0, st1, st2, c, h, n]).toEqual([0x04, 0, 0, 0, 1, 2]);
      seen.add(r);
      bench.advance(7_000_000);
    }
    expect(seen.size).toBe(18);
    expect(Math.min(...seen)).toBe(1);
    expect(Math.max(...seen)).toBe(18);
  });

  it("reads a track from its first sector", () => {
    setDma(0x46, 18 * 512);
    command(0x42, 0x00, 0, 0, 7, 2, 18, 0x1b, 0xff);
    wait();
    expect(result()[0]).toBe(0);
    expect(block(BUFFER)).toBe(0);
    expect(block(BUFFER + 17 * 512)).toBe(17);
  });

  it("notes that a sector is not deleted", () => {
    expect(readData(0, 0, 1, 3, 0x4c).slice(0, 6)).toEqual([0, 0, 0x40, 0, 0, 2]);
  });

  it("verifies without moving data", () => {
    command(0x56, 0x80, 0, 0, 1, 2, 18, 0x1b, 5);
    wait();
    expect(result()).toEqual([0, 0, 0, 0, 0, 6, 2]);
    command(0x56, 0x00, 0, 0, 1, 2, 19, 0x1b, 0xff);
    wait();
    expect(result().slice(0, 2)).toEqual([0x40, 0x04]);
  });

  it("scans for equal, lower and higher data", () => {
    memory.bytes.fill(0xff, BUFFER, BUFFER + 512);
    memory.bytes[BUFFER] = 4;
    setDma(0x4a, 512);
    command(0x51, 0x00, 0, 0, 5, 2, 18, 0x1b, 1); // sector 5 is block 4
    wait();
    expect(result().slice(0, 6)).toEqual([0, 0, 0x08, 0, 0, 5]);
    setDma(0x4a, 512);
    command(0x59, 0x00, 0, 0, 2, 2, 18, 0x1b, 1); // block 1 is lower than 4
    wait();
    expect(result().slice(0, 3)).toEqual([0, 0, 0x00]);
    setDma(0x4a, 512);
    command(0x5d, 0x00, 0, 0, 2, 2, 2, 0x1b, 1); // not higher, and no more sectors
    wait();
    expect(result().slice(0, 3)).toEqual([0, 0, 0x04]);
  });

  it("gives bytes through the FIFO in non-DMA mode", () => {
    command(0x03, 0xdf, 0x03);
    command(0x66, 0x00, 0, 0, 3, 2, 4, 0x1b, 0xff);
    const bytes: number[] = [];
    for (let sector = 0; sector < 2; sector++) {
      wait();
      while ((bench.in(MSR) & 0xe0) === 0xe0) bytes.push(bench.in(FIFO));
    }
    wait();
    expect(bytes).toEqual([...image.subarray(1024, 2048)]);
    expect(result()).toEqual([0x40, 0x80, 0, 1, 0, 1, 2]); // nobody gives TC: it ends at EOT
  });
});

describe("writing", () => {
  function writeData(sectors: number, opcode = 0x45): number[] {
    setDma(0x4a, sectors * 512);
    command(opcode, 0x00, 0, 0, 2, 2, 18, 0x1b, 0xff);
    wait();
    return result();
  }

  it("puts memory onto the disk", () => {
    memory.bytes.fill(0xa5, BUFFER, BUFFER + 1024);
    expect(writeData(2)).toEqual([0, 0, 0, 0, 0, 4, 2]);
    expect(image[511]).not.toBe(0xa5);
    expect(image.subarray(512, 1536).every((byte) => byte === 0xa5)).toBe(true);
    expect(image[1536]).toBe(3);
    expect(fdc.drives[0].modified).toBe(true);
  });

  it("does not write a protected disk", () => {
    const before = image.slice();
    fdc.insert(0, image, { writeProtected: true });
    expect(writeData(1).slice(0, 3)).toEqual([0x40, 0x02, 0x00]);
    expect(Buffer.compare(image, before)).toBe(0);
    command(0x04, 0x00);
    expect(result()).toEqual([0x78]);
  });

  it("fills up a sector that TC cut short with zeros", () => {
    memory.bytes.fill(0xa5, BUFFER, BUFFER + 512);
    setDma(0x4a, 10);
    command(0x45, 0x00, 0, 0, 2, 2, 18, 0x1b, 0xff);
    wait();
    result();
    expect([...image.subarray(512 + 8, 512 + 12)]).toEqual([0xa5, 0xa5, 0, 0]);
  });

  it("takes bytes through the FIFO in non-DMA mode", () => {
    command(0x03, 0xdf, 0x03);
    command(0x45, 0x00, 0, 0, 2, 2, 2, 0x1b, 0xff);
    wait();
    for (let i = 0; i < 512; i++) {
      expect(bench.in(MSR) & 0xe0).toBe(0xa0);
      bench.out(FIFO, i & 0xff);
    }
    wait();
    expect(result().slice(0, 2)).toEqual([0x40, 0x80]);
    expect([...image.subarray(512, 516)]).toEqual([0, 1, 2, 3]);
  });

  it("formats a track with the filler byte", () => {
    seek(7);
    for (let r = 1; r <= 18; r++) memory.write(BUFFER + 4 * (r - 1), Uint8Array.of(7, 1, r, 2));
    setDma(0x4a, 18 * 4);
    command(0x4d, 0x04, 2, 18, 0x54, 0xf6);
    wait();
    expect(result().slice(0, 3)).toEqual([0x04, 0, 0]);
    const track = (7 * 2 + 1) * 18 * 512;
    expect(image.subarray(track, track + 18 * 512).every((byte) => byte === 0xf6)).toBe(true);
    expect(image[track - 1]).not.toBe(0xf6);
  });
});

describe("saving", () => {
  it("goes on in the middle of a transfer", () => {
    setDma(0x46, 36 * 512);
    command(0xe6, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
    bench.advance(250_000);
    bench.saveAndLoad();
    wait();
    expect(result()).toEqual([0x00, 0, 0, 1, 0, 1, 2]);
    for (let n = 0; n < 36; n++) expect(block(BUFFER + 512 * n)).toBe(n);
  });

  it("survives random accesses", () => {
    // A small disk, so that saving is quick.
    fdc.insert(0, numbered(163_840));
    fdc.insert(1, numbered(184_320));
    const opcodes = [
      0x03, 0x04, 0x45, 0x46, 0xe6, 0x07, 0x08, 0x4a, 0x4d, 0x0e, 0x0f, 0x10, 0x51, 0x13, 0x14, 0x56, 0x8f,
    ];
    bench.fuzz([0x3f2, MSR, FIFO, FIFO, FIFO, FIFO, 0x3f7, 0x0a, 0x0b], {
      seed: 82077,
      each: (random) => {
        if (random() % 8 === 0) bench.out(0x3f2, 0x3c);
        if (random() % 8 === 0) bench.out(FIFO, opcodes[random() % opcodes.length]);
      },
    });
  });
});
