import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

const MS = 1e6;

test("guest time follows the host's and never runs ahead", () => {
  const pace = new Pace();
  pace.start(1000, 0);
  expect(pace.next(1010, { timeNs: 0, idleUntilNs: 0 })).toEqual({ timeNs: 10 * MS });
  expect(pace.next(1010, { timeNs: 15 * MS, idleUntilNs: 15 * MS })).toEqual({ waitMs: 5 });
});

test("a sleeping guest is left alone until it wakes", () => {
  const pace = new Pace();
  pace.start(1000, 0);
  expect(pace.next(1002, { timeNs: 2 * MS, idleUntilNs: 12 * MS })).toEqual({ waitMs: 10 });
  expect(pace.next(1002, { timeNs: 2 * MS, idleUntilNs: Number.POSITIVE_INFINITY })).toMatchObject({
    waitMs: expect.any(Number),
  });
});

test("a guest that fell behind is not made to catch up", () => {
  const pace = new Pace();
  pace.start(0, 0);
  const turn = pace.next(5000, { timeNs: 10 * MS, idleUntilNs: 10 * MS });
  expect(turn).toEqual({ timeNs: 60 * MS });
  expect(pace.next(5001, { timeNs: 60 * MS, idleUntilNs: 60 * MS })).toEqual({ timeNs: 61 * MS });
});

test("the first guest time passes as fast as the host can", () => {
  const pace = new Pace(2000 * MS);
  pace.start(0, 0);
  expect(pace.next(1, { timeNs: 3 * MS, idleUntilNs: 400 * MS })).toEqual({ timeNs: 2000 * MS });
  expect(pace.next(1, { timeNs: 2000 * MS, idleUntilNs: 2000 * MS })).toEqual({ timeNs: 2000 * MS });
  expect(pace.next(9, { timeNs: 2000 * MS, idleUntilNs: 2000 * MS })).toEqual({ timeNs: 2008 * MS });
});

test("one instruction a second, the first at once", () => {
  const pace = new Pace();
  pace.setSpeed(1, 0, 0);
  const guest = { timeNs: 0, idleUntilNs: 0 };
  expect(pace.next(0, guest)).toEqual({ instructions: 1 });
  expect(pace.next(100, guest)).toEqual({ waitMs: 900 });
  expect(pace.next(1000, guest)).toEqual({ instructions: 1 });
});

test("a thousand a second, in portions", () => {
  const pace = new Pace();
  pace.setSpeed(1000, 0, 0);
  const guest = { timeNs: 0, idleUntilNs: 0 };
  let sum = 0;
  for (let now = 0; now <= 1000; now += 16) {
    const turn = pace.next(now, guest);
    if ("instructions" in turn) sum += turn.instructions;
  }
  expect(sum).toBeGreaterThan(980);
  expect(sum).toBeLessThan(1010);
});

test("what could not be run while the page slept is not made up for", () => {
  const pace = new Pace();
  pace.setSpeed(10_000, 0, 0);
  expect(pace.next(60_000, { timeNs: 0, idleUntilNs: 0 })).toEqual({ instructions: 1000 });
});
