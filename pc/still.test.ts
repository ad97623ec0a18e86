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
