import { beforeAll, expect, it } from "vitest";
import { compile, instantiate, type TestKernel } from "../testing.ts";

const SOURCE = `
import { fileTime, fromFatTime, toFatTime } from "./fs/time.ts";
export { fileTime, fromFatTime, toFatTime };
`;

let kernel: TestKernel;
beforeAll(async () => {
  kernel = instantiate(await compile(SOURCE));
});

const seconds = (...date: Parameters<typeof Date.UTC>) => Date.UTC(...date) / 1000;

it.each([
  [seconds(1980, 0, 1), 0x0021, 0],
  [seconds(2000, 1, 29, 23, 59, 58), (20 << 9) | (2 << 5) | 29, (23 << 11) | (59 << 5) | 29],
  [seconds(2026, 10, 21, 5, 6, 8), (46 << 9) | (11 << 5) | 21, (5 << 11) | (6 << 5) | 4],
  [seconds(2105, 11, 31, 12), (125 << 9) | (12 << 5) | 31, 12 << 11],
])("%i is FAT's %i, %i", (time, day, clock) => {
  expect(kernel.call("toFatTime", time) >>> 0).toBe(((day << 16) | clock) >>> 0);
  expect(kernel.call("fromFatTime", day, clock) >>> 0).toBe(time);
});

it("odd seconds are rounded down, times before 1980 up", () => {
  expect(kernel.call("toFatTime", seconds(2001, 0, 1, 0, 0, 7)) & 0x1f).toBe(3);
  expect(kernel.call("toFatTime", 5)).toBe(0x0021_0000);
  expect(kernel.call("fileTime")).toBe(seconds(1980, 0, 1));
});

it("what is no date is 0", () => {
  for (const [day, clock] of [
    [0, 0],
    [(20 << 9) | (13 << 5) | 1, 0],
    [(20 << 9) | (1 << 5), 0],
    [(127 << 9) | (1 << 5) | 1, 0],
    [0x21, 24 << 11],
    [0x21, 60 << 5],
    [0x21, 30],
  ])
    expect(kernel.call("fromFatTime", day ?? 0, clock ?? 0)).toBe(0);
});
