import { expect, test } from "vitest";
import { AddressBus } from "./bus.ts";
import { Clock } from "./clock.ts";
import { Vga } from "./devices/index.ts";
import { cellsOf, linesOf, pictureOf } from "./still.ts";

function vgaWith(text: string): { vga: Vga; memory: AddressBus; ports: AddressBus } {
  const memory = new AddressBus();
  const ports = new AddressBus();
  const vga = new Vga({ clock: new Clock(() => 0) });
  vga.attach(ports, memory);
  vga.reset();
  [...text].forEach((character, i) => {
    memory.write8(0xb8000 + 2 * i, character.charCodeAt(0));
  });
  return { vga, memory, ports };
}

test("a still that went through structured cloning draws what the screen shows", () => {
  const { vga } = vgaWith("Hello");
  const still = structuredClone(vga.still());
  expect(pictureOf(still)).toEqual(vga.pixels());
  expect(linesOf(cellsOf(still))[0]).toBe("Hello");
});

test("a still stays as it was when the screen goes on", () => {
  const { vga, memory } = vgaWith("before");
  const still = vga.still();
  memory.write8(0xb8000, "B".charCodeAt(0));
  expect(linesOf(cellsOf(still))[0]).toBe("before");
  expect(linesOf(vga.text())[0]).toBe("Before");
});

test("the cursor is dark in one phase of blinking", () => {
  const { vga } = vgaWith("");
  expect(pictureOf(vga.still(), true)).not.toEqual(pictureOf(vga.still(), false));
});

test("a mode with a frame buffer: what is seen of it, and no text", () => {
  const { vga, memory, ports } = vgaWith("text");
  // 64 × 32 pixels of 8 bits, the picture from line 2 on; the window at A0000h.
  for (const [index, value] of [
    [1, 64],
    [2, 32],
    [3, 8],
    [4, 1],
    [9, 2],
  ]) {
    ports.write16(0x1ce, index);
    ports.write16(0x1cf, value);
  }
  memory.write8(0xa0000 + 2 * 64, 15);
  const still = structuredClone(vga.still());
  expect(pictureOf(still)).toEqual(vga.pixels());
  expect(pictureOf(still)).toMatchObject({ width: 64, height: 32 });
  expect(still.frameBuffer?.bytes.length).toBe(64 * 32);
  expect([...pictureOf(still).rgba.slice(0, 3)]).not.toEqual([0, 0, 0]);
  expect(cellsOf(still).graphics).toBe(true);
});
