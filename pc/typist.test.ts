// The typist waits for a quiet machine, types no faster than keys are read, and is not fooled by a guest that polls.

import { expect, test } from "vitest";
import { Clock } from "./clock.ts";
import { Typist } from "./typist.ts";

const MS = 1_000_000;

/** A guest that is halted, or not, by the millisecond, and reads keys at once when it is halted. */
function bench(halted: (ms: number) => boolean) {
  let now = 0;
  const storage = { activeNs: Number.NEGATIVE_INFINITY };
  let idle = 0;
  const pressed: string[] = [];
  const clock = new Clock(() => now);
  const keyboard = {
    idle: true,
    press: (code: string) => pressed.push(`${now / MS}:${code}`),
    release: () => {},
  };
  const typist = new Typist(
    clock,
    keyboard,
    () => idle,
    () => storage.activeNs,
  );
  return {
    typist,
    pressed,
    keyboard,
    storage,
    run(ms: number) {
      for (const end = now + ms * MS; now < end; ) {
        if (halted(now / MS)) idle += MS;
        now += MS;
        clock.fireDue();
      }
    },
  };
}

const keys = (...codes: string[]) => codes.map((code) => ({ code, modifiers: [] }));

test("nothing is typed while the machine boots, everything once it waits", () => {
  const guest = bench((ms) => ms > 300);
  guest.typist.type(keys("KeyA", "KeyB"));
  guest.run(300);
  expect(guest.pressed).toEqual([]);
  guest.run(150);
  expect(guest.pressed).toEqual([]);
  guest.run(600);
  expect(guest.pressed.map((p) => p.split(":")[1])).toEqual(["KeyA", "KeyB"]);
  expect(guest.typist.done).toBe(true);
});

test("after Enter it waits until the command is done", () => {
  let busyUntil = 0;
  const guest = bench((ms) => ms >= busyUntil);
  guest.typist.type(keys("Enter", "KeyA"));
  guest.run(210);
  expect(guest.pressed.length).toBe(1);
  busyUntil = 700;
  guest.run(400);
  expect(guest.pressed.length).toBe(1);
  guest.run(200);
  expect(guest.pressed.length).toBe(2);
});

test("a key that is not read holds the next one back; a guest that never halts gets its line in the end", () => {
  const guest = bench(() => false);
  guest.typist.type(keys("KeyA"));
  guest.run(2500);
  expect(guest.pressed).toEqual([]);
  guest.run(1000);
  expect(guest.pressed.length).toBe(1);
  const slow = bench(() => true);
  slow.keyboard.idle = false;
  slow.typist.type(keys("KeyA"));
  slow.run(1000);
  expect(slow.pressed).toEqual([]);
});

test("a guest that waits for a drive is not waiting for a person, unless it never ends", () => {
  const guest = bench(() => true);
  guest.typist.type(keys("KeyA"));
  for (let ms = 0; ms < 5000; ms += 20) {
    guest.storage.activeNs = ms * MS;
    guest.run(20);
  }
  expect(guest.pressed).toEqual([]);
  guest.run(300);
  expect(guest.pressed.length).toBe(1);
  guest.typist.type(keys("KeyB"));
  guest.storage.activeNs = Number.POSITIVE_INFINITY;
  guest.run(9_900);
  expect(guest.pressed.length).toBe(1);
  guest.run(400);
  expect(guest.pressed.length).toBe(2);
});

test("a saved queue goes on", () => {
  const guest = bench(() => true);
  guest.typist.type(keys("KeyA"));
  const other = bench(() => true);
  other.typist.load(guest.typist.save());
  other.typist.type([]);
  other.run(1300);
  expect(other.pressed.length).toBe(1);
});
