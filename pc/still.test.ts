import { expect, test } from "vitest";
import { AddressBus } from "./bus.ts";
import { Clock } from "./clock.ts";
import { Vga } from "./devices/index.ts";
import { cellsOf, linesOf, pictureOf } from "./still.ts";

function vgaWith(text: string): { vga: Vga; memory: AddressBus } {
  const memory = new AddressBus();
  const vga = new Vga({ clock: new Clock(() => 0) });
  vga.attach(new AddressBus(), memory);
  vga.reset();
  [...text].forEach((character, i) => {
    memory.write8(0xb8000 + 2 * i, character.charCodeAt(0));
  });
  return { vga, memory };
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

test("a frame buffer is in the still as far as it is seen, wherever it starts", () => {
  const vga = new Vga({ clock: new Clock(() => 0) });
  const ports = new AddressBus();
  vga.attach(ports, new AddressBus());
  vga.reset();
  const vbe = (index: number, value: number) => {
    ports.write16(0x1ce, index);
    ports.write16(0x1cf, value);
  };
  for (const [index, value] of [
    [1, 64],
    [2, 48],
    [3, 32],
    [4, 0x41],
    [9, 16],
  ])
    vbe(index, value);
  const still = structuredClone(vga.still());
  expect(pictureOf(still)).toEqual(vga.pixels());
  expect(pictureOf(still)).toMatchObject({ width: 64, height: 48 });
  expect(still.frameBuffer?.bytes.length).toBe(64 * 48 * 4);
  expect(linesOf(cellsOf(still)).join("")).toBe("");
});
