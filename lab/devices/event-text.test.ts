// Which device a port belongs to, what a row says, and which rows a filter leaves.

import { expect, test } from "vitest";
import type { EventKind, MachineEvent } from "../../pc/recorder.ts";
import { type EventFilter, exportLine, join, matches, textOf } from "./event-text.ts";
import { deviceOf, deviceOfPort } from "./ports.ts";

const event = (kind: EventKind, place: number, value = 0, size = 1, sequence = 0): MachineEvent => ({
  sequence,
  instructions: 1000,
  timeNs: 2_500_000,
  kind,
  place,
  size,
  value,
  linear: 0x10_0abc,
  times: 1,
});
const ALL = new Set<EventKind>(["in", "out", "interrupt", "exception", "read", "write"]);
const all: EventFilter = { device: "", kinds: ALL, text: "" };

test("ports belong to devices; 3F6h is the disk's in the middle of the diskette's", () => {
  const ports = [
    0x20, 0x43, 0x61, 0x60, 0x71, 0x3d4, 0x3f8, 0x2fd, 0x3f5, 0x3f6, 0x3f7, 0x1f0, 0xcf8, 0xcf9, 0xc004, 0x300,
  ];
  expect(ports.map(deviceOfPort)).toEqual([
    "PIC",
    "PIT",
    "PIT",
    "keyboard",
    "CMOS",
    "VGA",
    "COM1",
    "COM2",
    "floppy",
    "IDE",
    "floppy",
    "IDE",
    "PCI",
    "power",
    "IDE",
    "other",
  ]);
  expect(deviceOf(event("write", 33, 1))).toBe("floppy");
  expect(deviceOf(event("read", 33, 2))).toBe("IDE");
});

test("rows say port and value in as many digits as they have, vectors, and blocks", () => {
  expect(textOf(event("out", 0x3f8, 0x41))).toEqual({ place: "3f8 COM1", value: "41" });
  expect(textOf(event("in", 0x1f0, 0xbeef, 2))).toEqual({ place: "1f0 IDE", value: "beef" });
  expect(textOf(event("exception", 14)).place).toBe("0eh #PF");
  expect(textOf(event("interrupt", 0x20)).place).toBe("20h");
  expect(textOf(event("read", 33, 0, 2))).toEqual({ place: "A 33", value: "+2" });
});

test("a filter goes by device, by kind and by all that a row says, its source line too", () => {
  const out = event("out", 0x3f8, 0x41);
  expect(matches(out, all, "")).toBe(true);
  expect(matches(out, { ...all, device: "COM2" }, "")).toBe(false);
  expect(matches(out, { ...all, kinds: new Set(["in"]) }, "")).toBe(false);
  expect(matches(out, { ...all, text: "com1 41" }, "")).toBe(true);
  expect(matches(out, { ...all, text: "serial.ts" }, "serial.ts:12")).toBe(true);
  expect(matches(out, { ...all, text: "00100abc" }, "")).toBe(true);
  expect(matches(out, { ...all, text: "keyboard" }, "serial.ts:12")).toBe(false);
});

test("exported lines have every column", () => {
  const line = exportLine({ ...event("out", 0x3f8, 0x41), times: 3 }, "serial.ts:12");
  expect(line.trim().split(/\s{2,}/)).toEqual([
    "1000",
    "2.500000",
    "out",
    "3f8 COM1",
    "41",
    "x3",
    "00100abc",
    "serial.ts:12",
  ]);
});

test("what came is joined without doubles, though two asked at once; the oldest go", () => {
  const list = (...sequences: number[]) => sequences.map((sequence) => event("in", 0x60, sequence, 1, sequence));
  const grown = { ...list(2)[0], times: 9 };
  const joined = join(list(0, 1, 2), [grown, ...list(3)], 10);
  expect(joined.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3]);
  expect(joined[2].times).toBe(9);
  expect(join(joined, list(2, 3, 4), 3).map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
  expect(join(joined, [], 10)).toEqual(joined);
});
