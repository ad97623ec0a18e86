import { beforeEach, describe, expect, it } from "vitest";
import { vgaFunction } from "./chipset.ts";
import type { PciFunction } from "./pci-function.ts";
import { TestBench } from "./testbench.ts";
import { VIDEO_MEMORY_BYTES } from "./vbe.ts";
import { Vga } from "./vga.ts";

const INDEX = 0x1ce;
const DATA = 0x1cf;
const LINEAR = 0xe000_0000;
const ON = 0x41;

let bench: TestBench;
let vga: Vga;
let pci: PciFunction;

beforeEach(() => {
  bench = new TestBench();
  vga = bench.add(new Vga({ clock: bench.clock }));
  pci = vgaFunction();
  vga.vbe.connect(pci);
  pci.write8(0x13, LINEAR >>> 24);
  pci.write8(4, 2);
});

function set(register: number, value: number): void {
  bench.ports.write16(INDEX, register);
  bench.ports.write16(DATA, value);
}

function get(register: number): number {
  bench.ports.write16(INDEX, register);
  return bench.ports.read16(DATA);
}

function mode(width: number, height: number, bits: number, enable = ON): void {
  set(4, 0);
  set(1, width);
  set(2, height);
  set(3, bits);
  set(4, enable);
}

const pixel = (x: number, y: number): number[] => {
  const { width, rgba } = vga.pixels();
  return [...rgba.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
};

describe("the registers", () => {
  it("tell what the adapter is and can", () => {
    expect(get(0)).toBe(0xb0c5);
    set(0, 0xb0c2);
    set(0, 0x1234);
    expect(get(0)).toBe(0xb0c2);
    expect(get(10)).toBe(VIDEO_MEMORY_BYTES / 65536);
    set(4, 2);
    expect([get(1), get(2), get(3)]).toEqual([2560, 1600, 32]);
    expect(vga.vbe.enabled).toBe(false);
  });

  it("keep a mode while it is shown, and refuse what the memory cannot hold", () => {
    mode(640, 480, 32);
    set(1, 800);
    set(3, 7);
    expect([get(1), get(2), get(3), get(6), get(7)]).toEqual([640, 480, 32, 640, 6553]);
    mode(2560, 1600, 32);
    expect([get(4), get(6)]).toEqual([ON, 2560]);
    mode(2561, 1601, 33);
    expect([get(1), get(2), get(3)]).toEqual([2560, 1600, 32]);
  });

  it("begin the picture elsewhere in the memory, but not behind its end", () => {
    mode(640, 400, 8);
    set(6, 1000);
    set(8, 999);
    set(9, 70);
    expect([get(6), get(8), get(9)]).toEqual([1000, 360, 70]);
    bench.memory.write8(LINEAR + 70 * 1000 + 360, 2);
    expect(pixel(0, 0)).toEqual([0, 0xaa, 0]);
  });
});

describe("the frame buffer", () => {
  it.each([
    [15, 0x7c1f, 2, [255, 0, 255]],
    [16, 0x07e0, 2, [0, 255, 0]],
    [24, 0x123456, 3, [0x12, 0x34, 0x56]],
    [32, 0x00654321, 4, [0x65, 0x43, 0x21]],
  ])("of %d bits a pixel", (bits, value, bytes, colour) => {
    mode(320, 200, bits);
    for (let i = 0; i < bytes; i++) bench.memory.write8(LINEAR + (2 * 320 + 1) * bytes + i, value >> (8 * i));
    expect([pixel(0, 2), pixel(1, 2), pixel(2, 2)]).toEqual([[0, 0, 0], colour, [0, 0, 0]]);
    expect(vga.pixels()).toMatchObject({ width: 320, height: 200 });
    expect(vga.text().cells.every((cell) => cell === 0)).toBe(true);
  });

  it("of 8 bits shows the DAC's colours, of 6 or 8 bits", () => {
    mode(320, 200, 8);
    bench.memory.write8(LINEAR, 1);
    bench.out(0x3c8, 1);
    bench.out(0x3c9, 0xff, 0x20, 0);
    expect(pixel(0, 0)).toEqual([255, 0x82, 0]);
    set(4, ON | 0x20 | 0x80);
    bench.out(0x3c8, 1);
    bench.out(0x3c9, 0x81, 0x20, 0);
    expect(pixel(0, 0)).toEqual([0x81, 0x20, 0]);
  });

  it("is read back in every width, through the window too, and goes with the base address", () => {
    mode(640, 480, 32);
    bench.memory.write32(LINEAR + 0x3_0010, 0x89abcdef);
    expect(bench.memory.read32(LINEAR + 0x3_0010)).toBe(0x89abcdef);
    expect(bench.memory.read16(LINEAR + 0x3_0012)).toBe(0x89ab);
    set(5, 3);
    expect(bench.memory.read8(0xa0010)).toBe(0xef);
    bench.memory.write16(0xa0010, 0x4142);
    expect(bench.memory.read16(LINEAR + 0x3_0010)).toBe(0x4142);
    expect(bench.memory.read8(0xb0010)).toBe(0xff);
    pci.write8(0x13, 0xd0);
    expect(bench.memory.read32(LINEAR + 0x3_0010)).toBe(0xffff_ffff);
    expect(bench.memory.read16(0xd003_0010)).toBe(0x4142);
    pci.write8(4, 0);
    expect(bench.memory.read16(0xd003_0010)).toBe(0xffff);
  });

  it("is cleared by a new mode unless that is asked not to; the VGA's text is still there after it", () => {
    bench.memory.write16(0xb8000, 0x0741);
    mode(640, 480, 32);
    bench.memory.write32(LINEAR, 0xffffff);
    mode(640, 480, 32, ON | 0x80);
    expect(pixel(0, 0)).toEqual([255, 255, 255]);
    mode(640, 480, 32);
    expect(pixel(0, 0)).toEqual([0, 0, 0]);
    set(4, 0);
    expect(vga.text().cells[0]).toBe(0x0741);
  });

  it("is in the saved state", () => {
    mode(64, 48, 16);
    bench.memory.write16(LINEAR + 2, 0xf800);
    const state = structuredClone(vga.save());
    const other = new TestBench().add(new Vga({ clock: bench.clock }));
    other.load(state);
    expect(other.pixels()).toEqual(vga.pixels());
    expect(other.vbe.save()).toEqual(vga.vbe.save());
  });

  it("lives through 100,000 random accesses", () => {
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let i = 0; i < 100_000; i++) {
      if (random(3) > 0) set(random(13), [random(0x10000), random(64), 0x41, 640, 32, 8][random(6)]);
      else bench.memory.write32(LINEAR + 4 * random(VIDEO_MEMORY_BYTES / 4), random(2 ** 32));
      bench.memory.write8(0xa0000 + random(0x20000), i);
      const { vbe } = vga;
      if (vbe.enabled) expect(vbe.start + (vbe.height - 1) * vbe.pitch).toBeLessThan(VIDEO_MEMORY_BYTES);
    }
    expect(vga.pixels().rgba.length).toBeGreaterThan(0);
  });
});
