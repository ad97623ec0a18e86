import { expect, test } from "vitest";
import { stepOf, timeAt, timeText } from "./painter.ts";

test("the axis has round steps", () => {
  expect([1, 1.5, 3, 7, 99, 1200].map((least) => stepOf(least))).toEqual([1, 2, 5, 10, 100, 2000]);
  expect(timeText(1.5e9, 5e8)).toBe("1.5 s");
  expect(timeText(2e9, 1e9)).toBe("2 s");
  expect(timeText(1_234_000, 2000)).toBe("1.234 ms");
});

test("a place on the canvas is a time", () => {
  expect(timeAt({ end: 1000, length: 100 }, 196, 96)).toBe(900);
  expect(timeAt({ end: 1000, length: 100 }, 196, 196)).toBe(1000);
});
