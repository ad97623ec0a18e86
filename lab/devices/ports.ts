// Which device an event of the record belongs to, by the PC's ports.
// Source: IBM PC AT Technical Reference, "I/O address map"; docs/architecture.md has this PC's.

import { DISK_NAMES, type MachineEvent } from "../../pc/recorder.ts";

/** In the order in which the filter lists them. */
export const DEVICES = [
  "CPU",
  "PIC",
  "PIT",
  "keyboard",
  "CMOS",
  "VGA",
  "COM1",
  "COM2",
  "floppy",
  "IDE",
  "DMA",
  "PCI",
  "power",
  "debug",
  "FPU",
  "other",
] as const;
export type DeviceName = (typeof DEVICES)[number];

const RANGES: readonly [first: number, last: number, device: DeviceName][] = [
  [0x00, 0x1f, "DMA"],
  [0x20, 0x21, "PIC"],
  [0x40, 0x43, "PIT"],
  [0x60, 0x60, "keyboard"],
  [0x61, 0x61, "PIT"],
  [0x64, 0x64, "keyboard"],
  [0x70, 0x71, "CMOS"],
  [0x80, 0x80, "debug"],
  [0x81, 0x8f, "DMA"],
  [0x92, 0x92, "power"],
  [0xa0, 0xa1, "PIC"],
  [0xc0, 0xdf, "DMA"],
  [0xe9, 0xe9, "debug"],
  [0xf0, 0xf1, "FPU"],
  [0x170, 0x177, "IDE"],
  [0x1ce, 0x1d0, "VGA"],
  [0x1f0, 0x1f7, "IDE"],
  [0x2f8, 0x2ff, "COM2"],
  [0x376, 0x376, "IDE"],
  [0x3b0, 0x3df, "VGA"],
  [0x3f0, 0x3f5, "floppy"],
  [0x3f6, 0x3f6, "IDE"],
  [0x3f7, 0x3f7, "floppy"],
  [0x3f8, 0x3ff, "COM1"],
  [0x4d0, 0x4d1, "PIC"],
  [0x604, 0x605, "power"],
  [0xcf8, 0xcf8, "PCI"],
  [0xcf9, 0xcf9, "power"],
  [0xcfa, 0xcff, "PCI"],
  [0x8900, 0x8900, "power"],
];

/** The bus masters' place is chosen by software; firmware puts it high. */
const BUS_MASTER_FIRST = 0xc000;

export function deviceOfPort(port: number): DeviceName {
  const found = RANGES.find(([first, last]) => port >= first && port <= last);
  return found?.[2] ?? (port >= BUS_MASTER_FIRST ? "IDE" : "other");
}

export function deviceOf({ kind, place, value }: Pick<MachineEvent, "kind" | "place" | "value">): DeviceName {
  switch (kind) {
    case "in":
    case "out":
      return deviceOfPort(place);
    case "interrupt":
      return "PIC";
    case "exception":
      return "CPU";
    case "read":
    case "write":
      return DISK_NAMES[value].length === 1 ? "floppy" : "IDE";
  }
}
