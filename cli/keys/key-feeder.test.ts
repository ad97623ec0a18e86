import { expect, test } from "vitest";
import { FakeGuest } from "../testing/fake-guest.ts";
import { KeyFeeder } from "./key-feeder.ts";

test("a key is held for one slice, modifiers around it", () => {
  const { keyboard, pressed } = new FakeGuest();
  const feeder = new KeyFeeder(keyboard);
  feeder.push({ code: "KeyC", ctrl: true, shift: true });
  expect(feeder.done).toBe(false);
  feeder.pump();
  expect(pressed).toEqual(["+ControlLeft", "+ShiftLeft", "+KeyC"]);
  feeder.pump();
  expect(pressed.slice(3)).toEqual(["-KeyC", "-ShiftLeft", "-ControlLeft"]);
  expect(feeder.done).toBe(true);
  feeder.pump();
  expect(pressed).toHaveLength(6);
});

test("the next key waits until the guest has taken the one before", () => {
  const { keyboard, pressed } = new FakeGuest();
  const feeder = new KeyFeeder(keyboard);
  feeder.push({ code: "KeyA" }, { code: "KeyB" });
  feeder.pump();
  keyboard.idle = false;
  for (let slice = 0; slice < 5; slice++) feeder.pump();
  expect(pressed).toEqual(["+KeyA"]);
  expect(feeder.done).toBe(false);
  keyboard.idle = true;
  for (let slice = 0; slice < 3; slice++) feeder.pump();
  expect(pressed).toEqual(["+KeyA", "-KeyA", "+KeyB", "-KeyB"]);
});
