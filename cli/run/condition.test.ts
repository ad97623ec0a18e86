import { expect, test } from "vitest";
import { FakeGuest } from "../testing/fake-guest.ts";
import { Condition } from "./condition.ts";

test("^ and $ match at the lines of the screen", () => {
  const guest = new FakeGuest();
  const condition = new Condition(/^hi$/m, guest);
  guest.screen.put(0, 0, "say hi");
  expect(condition.met()).toBe(false);
  guest.screen.put(1, 0, "hi");
  expect(condition.met()).toBe(true);
});

test("a match may span lines", () => {
  const guest = new FakeGuest();
  guest.screen.put(0, 0, "one");
  guest.screen.put(1, 0, "two");
  expect(new Condition(/one\ntwo/m, guest).met()).toBe(true);
});

test("the screen is read only when it may have changed", () => {
  const guest = new FakeGuest();
  let reads = 0;
  const text = guest.screen.text.bind(guest.screen);
  guest.screen.text = () => {
    reads++;
    return text();
  };
  const condition = new Condition(/x/m, guest);
  for (let slice = 0; slice < 10; slice++) condition.met();
  expect(reads).toBe(1);
});

test("a long serial output is searched from a line start near its end", () => {
  const guest = new FakeGuest();
  const condition = new Condition(/^needle/m, guest);
  guest.serial[0].say(`${"x".repeat(100_000)}needle`);
  expect(condition.met()).toBe(false);
  guest.serial[0].say("\nneedle");
  expect(condition.met()).toBe(true);
});
