import { expect, test } from "vitest";
import { descriptorsOf } from "./descriptors.ts";

const table = (...words: [low: number, high: number][]) => new Uint8Array(Uint32Array.from(words.flat()).buffer);

test("a flat code and data segment, a TSS, and nothing where there is nothing", () => {
  expect(
    descriptorsOf(table([0, 0], [0x0000ffff, 0x00cf9a00], [0x0000ffff, 0x00cff200], [0x50000067, 0x12008b34])),
  ).toEqual([
    { index: 1, type: "code, readable", isPresent: true, dpl: 0, base: 0, limit: 0xffff_ffff, bits: 32 },
    { index: 2, type: "data, writable", isPresent: true, dpl: 3, base: 0, limit: 0xffff_ffff, bits: 32 },
    { index: 3, type: "TSS32 busy", isPresent: true, dpl: 0, base: 0x12345000, limit: 0x67 },
  ]);
});

test("gates have a target; one that is not there says so", () => {
  expect(descriptorsOf(table([0x00085678, 0x1234ee00], [0x00280000, 0x00000500]))).toEqual([
    { index: 0, type: "interrupt gate", isPresent: true, dpl: 3, selector: 8, offset: 0x12345678, bits: 32 },
    { index: 1, type: "task gate", isPresent: false, dpl: 0, selector: 0x28, offset: 0, bits: 16 },
  ]);
});

test("half a descriptor at the end is none", () => {
  expect(descriptorsOf(Uint8Array.of(1, 2, 3, 4, 5, 6, 7))).toEqual([]);
});
