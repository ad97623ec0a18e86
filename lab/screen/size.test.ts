import { expect, test } from "vitest";
import { placeOf } from "./size.ts";

const VGA = { width: 720, height: 400 };

test("fits the narrower side", () => {
  expect(placeOf(VGA, { width: 1080, height: 1000 }, "fit", 1)).toEqual({ width: 1080, height: 600 });
  expect(placeOf(VGA, { width: 2000, height: 300 }, "fit", 1)).toEqual({ width: 540, height: 300 });
});

test("whole pixels: the largest multiple, of device pixels", () => {
  expect(placeOf(VGA, { width: 1500, height: 1100 }, "integer", 1)).toEqual({ width: 1440, height: 800 });
  expect(placeOf(VGA, { width: 1100, height: 1100 }, "integer", 2)).toEqual({ width: 1080, height: 600 });
});

test("a place too small for whole pixels gets a smaller picture, and none gets nothing", () => {
  expect(placeOf(VGA, { width: 360, height: 800 }, "integer", 1)).toEqual({ width: 360, height: 200 });
  expect(placeOf(VGA, { width: 0, height: 100 }, "fit", 1)).toEqual({ width: 0, height: 0 });
});
