// The interrupt controllers' registers as a person reads them: the two 8259s line by line, and the local APIC.
// Sources: Intel 8259A data sheet (231468); Intel SDM vol. 3, chapter 11 (local APIC).

import type { DeviceState } from "../../pc/bus.ts";
import { numberField, numbersField, stateField } from "../../pc/devices/state.ts";

/** What a line does, by what matters most: it is being served, it asks (and may not, if masked), or nothing. */
export type LineState = "served" | "asking" | "held" | "masked" | "idle";

export interface IrqLine {
  irq: number;
  /** The device on it, in the PC's usual wiring; "" where this PC has none. */
  device: string;
  state: LineState;
  /** The vector that the processor would get. */
  vector: number;
  level: boolean;
}

export interface PicChip {
  name: "master" | "slave";
  irr: number;
  isr: number;
  imr: number;
  vectorBase: number;
  /** Level-triggered lines. */
  elcr: number;
  autoEoi: boolean;
  isReady: boolean;
  lines: IrqLine[];
}

const DEVICES = ["PIT", "i8042", "8259", "COM2", "COM1", "", "FDC", "", "RTC", "", "", "", "", "FPU", "IDE 0", "IDE 1"];
const AEOI = 0x02;

export function decodePic(state: DeviceState): PicChip[] {
  return (["master", "slave"] as const).map((name, chip) => {
    const registers = stateField(state, name);
    const [irr, isr, imr] = ["irr", "isr", "imr"].map((field) => numberField(registers, field));
    const vectorBase = numberField(registers, "vectorBase");
    const levels = numberField(registers, "levels");
    const lines = Array.from({ length: 8 }, (_, n): IrqLine => {
      const bit = 1 << n;
      const state = lineState((irr & bit) !== 0, (isr & bit) !== 0, (imr & bit) !== 0);
      const irq = chip * 8 + n;
      return { irq, device: DEVICES[irq], state, vector: vectorBase + n, level: (levels & bit) !== 0 };
    });
    return {
      name,
      irr,
      isr,
      imr,
      vectorBase,
      elcr: numberField(registers, "elcr"),
      autoEoi: (numberField(registers, "icw4") & AEOI) !== 0,
      isReady: numberField(registers, "icw1") !== 0 && numberField(registers, "expect") === 0,
      lines,
    };
  });
}

function lineState(isRequested: boolean, isInService: boolean, isMasked: boolean): LineState {
  if (isInService) return "served";
  if (isRequested) return isMasked ? "held" : "asking";
  return isMasked ? "masked" : "idle";
}

export interface ApicLook {
  id: number;
  base: number;
  /** By IA32_APIC_BASE, and by the spurious-interrupt vector register. */
  isEnabled: boolean;
  taskPriority: number;
  entries: { name: string; vector: number; isMasked: boolean; mode: string }[];
  /** Vectors in service and requested. */
  inService: number[];
  requested: number[];
  timerInitial: number;
}

const APIC_ENABLE = 0x800;
const SOFTWARE_ENABLE = 0x100;
const LVT_MASKED = 0x1_0000;
/** In the order in which the APIC saves them. */
const LVT_NAMES = ["timer", "thermal", "counters", "LINT0", "LINT1", "error"];
const DELIVERY: Readonly<Record<number, string>> = { 0: "fixed", 2: "SMI", 4: "NMI", 5: "INIT", 7: "ExtINT" };

export function decodeApic(state: DeviceState): ApicLook {
  const base = numberField(state, "base");
  return {
    id: numberField(state, "id") >>> 24,
    base: (base & 0xffff_f000) >>> 0,
    isEnabled: (base & APIC_ENABLE) !== 0 && (numberField(state, "spurious") & SOFTWARE_ENABLE) !== 0,
    taskPriority: numberField(state, "taskPriority"),
    entries: numbersField(state, "vectorTable", LVT_NAMES.length).map((entry, i) => ({
      name: LVT_NAMES[i],
      vector: entry & 0xff,
      isMasked: (entry & LVT_MASKED) !== 0,
      mode: DELIVERY[(entry >> 8) & 7] ?? "?",
    })),
    inService: vectorsIn(numbersField(state, "inService")),
    requested: vectorsIn(numbersField(state, "requested")),
    timerInitial: numberField(state, "initialCount"),
  };
}

/** The set bits of 256 in eight words. */
function vectorsIn(words: readonly number[]): number[] {
  return words.flatMap((bits, i) =>
    Array.from({ length: 32 }, (_, bit) => bit)
      .filter((bit) => ((bits >>> bit) & 1) === 1)
      .map((bit) => i * 32 + bit),
  );
}
