import { beforeEach, describe, expect, it } from "vitest";
import { font8x16 } from "./font.ts";
import { TestBench } from "./testbench.ts";
import { Vga } from "./vga.ts";

const TEXT = 0xb8000;
let bench: TestBench;
let vga: Vga;

beforeEach(() => {
  bench = new TestBench();
  vga = bench.add(new Vga({ clock: bench.clock }));
});

function crtc(index: number, value: number): void {
  bench.out(0x3d4, index);
  bench.out(0x3d5, value);
}

function sequencer(index: number, value: number): void {
  bench.out(0x3c4, index);
  bench.out(0x3c5, value);
}

function graphics(index: number, value: number): void {
  bench.out(0x3ce, index);
  bench.out(0x3cf, value);
}

function attribute(index: number, value: number): void {
  bench.in(0x3da);
  bench.out(0x3c0, index, value, 0x20);
}

function print(column: number, row: number, text: string, look = 0x07): void {
  for (let i = 0; i < text.length; i++) {
    bench.memory.write16(TEXT + 2 * (row * 80 + column + i), text.charCodeAt(i) | (look << 8));
  }
}

function rowText(row: number): string {
  const { cells, columns } = vga.text();
  return String.fromCharCode(
    ...cells.subarray(row * columns, (row + 1) * columns).map((cell) => cell & 0xff),
  ).trimEnd();
}

/** Colour of a pixel as RRGGBB. */
function pixel(x: number, y: number, options = {}): string {
  const { rgba, width } = vga.pixels(options);
  const at = 4 * (y * width + x);
  return Array.from(rgba.subarray(at, at + 3), (part) => part.toString(16).padStart(2, "0")).join("");
}

describe("VGA text", () => {
  it("starts as 80 × 25 blanks with the cursor at home", () => {
    const screen = vga.text();
    expect([screen.columns, screen.rows]).toEqual([80, 25]);
    expect(screen.cells.every((cell) => cell === 0x0720)).toBe(true);
    expect(screen.cursor).toEqual({ column: 0, row: 0, visible: true });
    expect(screen.blink).toBe(true);
  });

  it("shows what is written at B8000h, and reads it back", () => {
    print(3, 2, "MiniOS", 0x1f);
    expect(rowText(2)).toBe("   MiniOS");
    expect(vga.text().cells[2 * 80 + 3]).toBe(0x1f4d);
    expect(bench.memory.read16(TEXT + 2 * (2 * 80 + 3))).toBe(0x1f4d);
    expect(bench.memory.read8(0xa0000)).toBe(0xff); // not decoded in this mode
    expect(bench.memory.read8(0xb0000)).toBe(0xff);
  });

  it("counts a generation for each change and for nothing else", () => {
    const before = vga.generation;
    print(0, 0, "x");
    expect(vga.generation).toBeGreaterThan(before);
    const after = vga.generation;
    print(0, 0, "x");
    bench.memory.read8(TEXT);
    bench.in(0x3da);
    bench.out(0x3d4, 0x0e);
    expect(vga.generation).toBe(after);
    crtc(0x0f, 5);
    expect(vga.generation).toBeGreaterThan(after);
  });

  it("scrolls by the start address", () => {
    print(0, 1, "second line");
    crtc(0x0d, 80);
    expect(rowText(0)).toBe("second line");
  });

  it("places and hides the cursor", () => {
    crtc(0x0e, (10 * 80 + 7) >> 8);
    crtc(0x0f, (10 * 80 + 7) & 0xff);
    expect(vga.text().cursor).toEqual({ column: 7, row: 10, visible: true });
    crtc(0x0a, 0x2d);
    expect(vga.text().cursor.visible).toBe(false);
    crtc(0x0a, 0x0f); // from 15 to 14
    expect(vga.text().cursor.visible).toBe(false);
    crtc(0x0a, 0x0d);
    crtc(0x0e, 0xff);
    expect(vga.text().cursor.visible).toBe(false); // outside the screen
  });

  it("moves to the monochrome addresses", () => {
    bench.out(0x3c2, 0x66);
    expect(bench.in(0x3d5)).toBe(0xff);
    bench.out(0x3b4, 0x0f);
    bench.out(0x3b5, 9);
    expect(vga.text().cursor.column).toBe(9);
    graphics(6, 0x0a);
    bench.memory.write8(0xb0000, 0x41);
    expect(rowText(0)).toBe("A");
  });

  it("shows 40 columns and 50 rows when the registers say so", () => {
    crtc(0x11, 0x0e); // unprotect
    crtc(0x01, 39);
    crtc(0x13, 20);
    crtc(0x09, 0x47);
    const screen = vga.text();
    expect([screen.columns, screen.rows]).toEqual([40, 50]);
  });
});

describe("VGA text as pixels", () => {
  it("is 720 × 400, 640 × 400 with 8 dots", () => {
    expect(vga.pixels()).toMatchObject({ width: 720, height: 400 });
    sequencer(1, 0x01);
    expect(vga.pixels()).toMatchObject({ width: 640, height: 400 });
  });

  it("draws glyphs in the colours of the attribute", () => {
    crtc(0x0a, 0x20);
    print(1, 1, "\xdb\xdb", 0x1e);
    print(3, 1, "\xdb", 0x04);
    expect(pixel(9, 16)).toBe("ffff55");
    expect(pixel(17, 16)).toBe("ffff55"); // the ninth dot of a block repeats the eighth
    print(1, 1, " ", 0x1e);
    expect(pixel(9, 16)).toBe("0000aa");
    expect(pixel(27, 16)).toBe("aa0000");
    print(0, 0, "A", 0x07);
    const font = font8x16();
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 9; x++) {
        const on = x < 8 && (font[16 * 0x41 + y] >> (7 - x)) & 1;
        expect(pixel(x, y)).toBe(on ? "aaaaaa" : "000000");
      }
    }
  });

  it("blinks, or shows bright backgrounds", () => {
    print(0, 1, "\xdb", 0x87);
    expect(pixel(0, 16)).toBe("aaaaaa");
    expect(pixel(0, 16, { blinkOff: true })).toBe("000000");
    print(0, 1, " ", 0x87);
    expect(pixel(0, 16)).toBe("000000");
    attribute(0x10, 0x04);
    expect(vga.text().blink).toBe(false);
    expect(pixel(0, 16)).toBe("555555");
  });

  it("draws the cursor in the character's colour", () => {
    expect(pixel(0, 12)).toBe("000000");
    expect(pixel(0, 13)).toBe("aaaaaa");
    expect(pixel(8, 14)).toBe("aaaaaa");
    expect(pixel(0, 15)).toBe("000000");
    expect(pixel(0, 13, { blinkOff: true })).toBe("000000");
  });

  it("uses the font that the guest loads into plane 2", () => {
    // As a BIOS does it: planar access to plane 2 at A0000h.
    sequencer(2, 0x04);
    sequencer(4, 0x07);
    graphics(5, 0x00);
    graphics(6, 0x04);
    graphics(4, 0x02);
    expect(bench.memory.read8(0xa0000 + 32 * 0x41 + 5)).toBe(font8x16()[16 * 0x41 + 5]);
    for (let y = 0; y < 16; y++) bench.memory.write8(0xa0000 + 32 * 0x41 + y, 0x81);
    sequencer(2, 0x03);
    sequencer(4, 0x03);
    graphics(5, 0x10);
    graphics(6, 0x0e);
    graphics(4, 0x00);
    sequencer(4, 0x02);
    print(2, 2, "A");
    expect([0, 1, 7, 8].map((x) => pixel(18 + x, 35))).toEqual(["aaaaaa", "000000", "aaaaaa", "000000"]);
    // A second font at 16 KiB, chosen by attribute bit 3.
    sequencer(3, 0x04);
    print(2, 2, "A", 0x0f);
    expect(pixel(18, 35)).toBe("000000");
  });

  it("takes colours from palette and DAC", () => {
    print(5, 5, "\xdb", 0x01);
    bench.in(0x3da);
    bench.out(0x3c0, 0x01, 0x3f, 0x20); // colour 1 now shows DAC entry 63
    expect(pixel(45, 80)).toBe("ffffff");
    bench.out(0x3c8, 63);
    bench.out(0x3c9, 0x3f, 0x20, 0x00);
    expect(pixel(45, 80)).toBe("ff8200");
    bench.out(0x3c7, 63);
    expect([bench.in(0x3c9), bench.in(0x3c9), bench.in(0x3c9)]).toEqual([0x3f, 0x20, 0x00]);
    expect(bench.in(0x3c8)).toBe(64);
    bench.in(0x3da);
    bench.out(0x3c0, 0x01); // palette disconnected: dark
    expect(pixel(45, 80)).toBe("000000");
  });
});

describe("VGA registers", () => {
  it("alternates index and data at 3C0h, and reading 3DAh begins with the index", () => {
    bench.in(0x3da);
    bench.out(0x3c0, 0x31, 0x05);
    bench.in(0x3da);
    bench.out(0x3c0, 0x31);
    expect(bench.in(0x3c1)).toBe(0x05);
    expect(bench.in(0x3c0)).toBe(0x31);
  });

  it("protects the timing registers, all but line compare", () => {
    const before = vga.crtc[0];
    crtc(0x00, 0x12);
    expect(vga.crtc[0]).toBe(before);
    crtc(0x07, 0x00);
    expect(vga.crtc[7]).toBe(0x0f);
    crtc(0x11, 0x0e);
    crtc(0x00, 0x12);
    expect(vga.crtc[0]).toBe(0x12);
  });

  it("reads miscellaneous output where it says, and unimplemented registers as zero", () => {
    expect(bench.in(0x3cc)).toBe(0x67);
    bench.out(0x3c4, 7);
    expect(bench.in(0x3c5)).toBe(0);
    bench.out(0x3d4, 0x1f);
    expect(bench.in(0x3d5)).toBe(0);
  });

  it("retraces 70 times a second", () => {
    let frames = 0;
    let off = 0;
    let last = bench.in(0x3da) & 8;
    for (let i = 0; i < 200_000; i++) {
      bench.advance(5_000);
      const now = bench.in(0x3da);
      if (now & 8 && !last) frames++;
      if (now & 1) off++;
      last = now & 8;
      if (now & 8) expect(now & 1).toBe(1);
    }
    expect(frames).toBe(70);
    expect(off / 200_000).toBeGreaterThan(0.2);
    expect(off / 200_000).toBeLessThan(0.4);
  });
});

describe("VGA memory", () => {
  const A = 0xa0000;
  const planes = (address: number): number[] => [...vga.memory.bytes.subarray(4 * address, 4 * address + 4)];

  beforeEach(() => {
    // Planar, 64 KiB at A0000h, everything enabled.
    sequencer(2, 0x0f);
    sequencer(4, 0x06);
    graphics(5, 0x00);
    graphics(6, 0x05);
    vga.memory.clear();
  });

  it("write mode 0: rotate, set/reset, function, bit mask, map mask", () => {
    bench.memory.write8(A, 0x81);
    expect(planes(0)).toEqual([0x81, 0x81, 0x81, 0x81]);
    graphics(3, 0x01);
    bench.memory.write8(A, 0x81);
    expect(planes(0)).toEqual([0xc0, 0xc0, 0xc0, 0xc0]);
    graphics(3, 0x00);
    graphics(0, 0x05);
    graphics(1, 0x03);
    bench.memory.write8(A, 0x3c);
    expect(planes(0)).toEqual([0xff, 0x00, 0x3c, 0x3c]);
    graphics(1, 0x00);
    graphics(8, 0x0f);
    bench.memory.read8(A); // latches
    bench.memory.write8(A, 0xaa);
    expect(planes(0)).toEqual([0xfa, 0x0a, 0x3a, 0x3a]);
    graphics(8, 0xff);
    bench.memory.read8(A);
    graphics(3, 0x18);
    bench.memory.write8(A, 0xff);
    expect(planes(0)).toEqual([0x05, 0xf5, 0xc5, 0xc5]);
    graphics(3, 0x00);
    sequencer(2, 0x04);
    bench.memory.write8(A, 0x11);
    expect(planes(0)).toEqual([0x05, 0xf5, 0x11, 0xc5]);
  });

  it("write mode 1 copies the latches", () => {
    vga.memory.bytes.set([1, 2, 3, 4]);
    bench.memory.read8(A);
    graphics(5, 0x01);
    bench.memory.write8(A + 100, 0xff);
    expect(planes(100)).toEqual([1, 2, 3, 4]);
  });

  it("write mode 2 spreads a colour", () => {
    graphics(5, 0x02);
    graphics(8, 0xf0);
    bench.memory.read8(A);
    bench.memory.write8(A, 0x05);
    expect(planes(0)).toEqual([0xf0, 0x00, 0xf0, 0x00]);
  });

  it("write mode 3 masks set/reset with the data", () => {
    vga.memory.bytes.set([0xff, 0xff, 0xff, 0xff]);
    bench.memory.read8(A);
    graphics(5, 0x03);
    graphics(0, 0x02);
    graphics(8, 0x3c);
    bench.memory.write8(A, 0x0f);
    expect(planes(0)).toEqual([0xf3, 0xff, 0xf3, 0xf3]);
  });

  it("read mode 0 gives a plane, read mode 1 compares colours", () => {
    vga.memory.bytes.set([0xf0, 0xcc, 0xaa, 0x00]);
    for (let plane = 0; plane < 4; plane++) {
      graphics(4, plane);
      expect(bench.memory.read8(A)).toBe([0xf0, 0xcc, 0xaa, 0x00][plane]);
    }
    graphics(5, 0x08);
    graphics(2, 0x07);
    graphics(7, 0x0f);
    expect(bench.memory.read8(A)).toBe(0x80);
    graphics(7, 0x03);
    expect(bench.memory.read8(A)).toBe(0xc0);
  });

  it("chain-4 makes one linear byte array of the planes", () => {
    sequencer(4, 0x0e);
    for (let i = 0; i < 6; i++) bench.memory.write8(A + i, 0x10 + i);
    expect(planes(0)).toEqual([0x10, 0x11, 0x12, 0x13]);
    expect(planes(4)).toEqual([0x14, 0x15, 0, 0]);
    expect(bench.memory.read32(A + 1)).toBe(0x14131211);
  });
});

describe("VGA graphics modes", () => {
  it("shows mode 13h: 320 × 200 in 256 colours", () => {
    crtc(0x11, 0x0e);
    for (const [index, value] of [
      [0x09, 0x41],
      [0x14, 0x40],
      [0x17, 0xa3],
      [0x13, 0x28],
    ]) {
      crtc(index, value);
    }
    sequencer(4, 0x0e);
    sequencer(2, 0x0f);
    sequencer(1, 0x01);
    graphics(5, 0x40);
    graphics(6, 0x05);
    attribute(0x10, 0x41);
    vga.memory.clear();
    bench.out(0x3c8, 200);
    bench.out(0x3c9, 0x3f, 0x00, 0x15);
    bench.memory.write8(0xa0000 + 320 * 199 + 317, 200);
    expect(vga.pixels()).toMatchObject({ width: 320, height: 200 });
    expect(pixel(317, 199)).toBe("ff0055");
    expect(pixel(316, 199)).toBe("000000");
    expect(vga.text()).toMatchObject({ graphics: true, columns: 80, rows: 25 });
    expect(vga.text().cells.every((cell) => cell === 0)).toBe(true);
  });

  it("shows mode 12h: 640 × 480 in 16 colours", () => {
    crtc(0x11, 0x0e);
    for (const [index, value] of [
      [0x07, 0x3e],
      [0x09, 0x40],
      [0x12, 0xdf],
      [0x17, 0xe3],
      [0x13, 0x28],
    ]) {
      crtc(index, value);
    }
    sequencer(4, 0x06);
    sequencer(2, 0x0f);
    sequencer(1, 0x01);
    graphics(5, 0x00);
    graphics(6, 0x05);
    attribute(0x10, 0x01);
    vga.memory.clear();
    graphics(8, 0x10);
    graphics(5, 0x02);
    bench.memory.write8(0xa0000 + 80 * 479 + 2, 12);
    expect(vga.pixels()).toMatchObject({ width: 640, height: 480 });
    expect(pixel(19, 479)).toBe("ff5555");
    expect(pixel(18, 479)).toBe("000000");
  });

  it("shows CGA's mode 4: 320 × 200, two bits a pixel, odd rows 8 KiB further", () => {
    crtc(0x11, 0x0e);
    for (const [index, value] of [
      [0x01, 0x27],
      [0x09, 0xc1],
      [0x13, 0x14],
      [0x17, 0xa2],
    ]) {
      crtc(index, value);
    }
    sequencer(1, 0x09);
    sequencer(4, 0x02);
    graphics(5, 0x30);
    graphics(6, 0x0f);
    attribute(0x10, 0x01);
    attribute(0x02, 0x04);
    vga.memory.clear();
    bench.memory.write8(TEXT + 0x2000 + 1, 0x80); // row 1, pixels 4..7: colour 2
    expect(vga.pixels()).toMatchObject({ width: 320, height: 200 });
    expect(pixel(4, 1)).toBe("aa0000");
    expect(pixel(5, 1)).toBe("000000");
    expect(pixel(4, 0)).toBe("000000");
  });
});

describe("VGA under stress", () => {
  it("survives random accesses and can always be looked at", () => {
    let looks = 0;
    bench.fuzz(
      Array.from({ length: 0x30 }, (_, i) => 0x3b0 + i),
      {
        seed: 0x3c0,
        each: (random) => {
          const address = 0xa0000 + (random() % 0x20000);
          bench.memory.write8(address, random() & 0xff);
          const value = bench.memory.read8(address);
          if (value < 0 || value > 255) throw new RangeError(`read ${value}`);
          if (random() % 5000 !== 0) return;
          looks++;
          const screen = vga.text();
          if (screen.cells.length !== screen.columns * screen.rows) throw new RangeError("cells");
          const picture = vga.pixels();
          if (picture.rgba.length !== 4 * picture.width * picture.height) throw new RangeError("pixels");
        },
      },
    );
    expect(looks).toBeGreaterThan(5);
  });
});
