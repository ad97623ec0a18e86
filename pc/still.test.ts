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

test("a linear frame buffer is in a still, and no text", () => {
  const { vga, ports } = vgaWith("Hello");
  const set = (register: number, value: number) => {
    ports.write16(0x1ce, register);
    ports.write16(0x1cf, value);
  };
  for (const [register, value] of [64, 40, 16, 0x41].entries()) set(register + 1, value);
  set(6, 100);
  set(9, 2);
  vga.vbe.bytes.fill(0x1f, 2 * 200, 2 * 200 + 100);
  const still = structuredClone(vga.still());
  expect(pictureOf(still)).toEqual(vga.pixels());
  expect([...pictureOf(still).rgba.subarray(0, 4)]).toEqual([24, 227, 255, 255]);
  expect(linesOf(cellsOf(still))[0]).toBe("");
});

test("the cursor is dark in one phase of blinking", () => {
  const { vga } = vgaWith("");
  expect(pictureOf(vga.still(), true)).not.toEqual(pictureOf(vga.still(), false));
});
