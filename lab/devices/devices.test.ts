// The decoders, on the states of devices that a program set up by their ports.

import { expect, test } from "vitest";
import { createMachine } from "../../cli/node-machine.ts";
import type { DeviceState } from "../../pc/bus.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { link } from "../../toolchain/link/index.ts";
import { decodeFloppy, decodeIde } from "./drives.ts";
import type { Bit } from "./fields.ts";
import { decodeApic, decodePic } from "./pic.ts";
import { decodeClock, decodeKeyboard, decodePit, decodeSerial } from "./registers.ts";
import { sizeText, stripCells } from "./strip.ts";
import { decodeVideo } from "./vga.ts";

/** States after a boot sector that writes these [port, byte] pairs, then reads a sector of the hard disk, then waits for ever. */
function statesAfter(writes: readonly (readonly [port: number, byte: number])[]): Record<string, DeviceState> {
  const outs = writes.map(([port, byte]) => `movw $${port}, %dx\nmovb $${byte}, %al\noutb %al, %dx\n`).join("");
  const read = "movw $0x0201, %ax\nmovw $0x8000, %bx\nmovw $0x0104, %cx\nmovw $0x0280, %dx\nint $0x13\n";
  const source = `.code16\n.globl _start\n_start:\n${read}cli\n${outs}1: jmp 1b\n.org 510\n.word 0xaa55\n`;
  const { object } = assemble(source, { file: "d.s" });
  const script = "ENTRY(_start) SECTIONS { . = 0x7c00; .text : { *(.text) } }";
  const floppyA = new Uint8Array(1440 * 1024);
  floppyA.set(link([{ name: "d.o", object }], { script }).flat());
  const machine = createMachine({ floppyA, hda: new Uint8Array(10 << 20) });
  machine.run({ timeNs: 5e8 });
  return machine.deviceStates();
}

const set = (bits: readonly Bit[]) => bits.filter(({ isSet }) => isSet).map(({ name }) => name);

const states = statesAfter([
  // 8259: vectors 20h to 2Fh, all masked but IRQ 0, 2 and 4; the timer then asks, with interrupts off.
  ...[0x11, 0x20, 0x04, 0x01].map((byte, i) => [i === 0 ? 0x20 : 0x21, byte] as const),
  ...[0x11, 0x28, 0x02, 0x01].map((byte, i) => [i === 0 ? 0xa0 : 0xa1, byte] as const),
  [0x21, 0xea],
  [0xa1, 0xff],
  // Counter 0 in mode 2, every 11932 pulses; counter 2 in mode 3, 2712, and the speaker on.
  [0x43, 0x34],
  [0x40, 0x9c],
  [0x40, 0x2e],
  [0x43, 0xb6],
  [0x42, 0x98],
  [0x42, 0x0a],
  [0x61, 0x03],
  // COM1: 9600 baud, seven bits, even parity, two stop bits, FIFOs, interrupts for received bytes, DTR and RTS.
  [0x3fb, 0x80],
  [0x3f8, 12],
  [0x3f9, 0],
  [0x3fb, 0x1e],
  [0x3fa, 0x01],
  [0x3f9, 0x01],
  [0x3fc, 0x03],
  // RTC: the periodic interrupt at 1024 Hz; index 0Bh stays.
  [0x70, 0x0b],
  [0x71, 0x42],
  // CRTC: the picture begins at 0050h.
  [0x3d4, 0x0d],
  [0x3d5, 0x50],
]);

test("8259s: masks, vectors, and the line that asks", () => {
  const [master, slave] = decodePic(states["pic"]);
  expect([master.vectorBase, master.imr, slave.vectorBase, slave.imr]).toEqual([0x20, 0xea, 0x28, 0xff]);
  expect(master.lines[0]).toEqual({ irq: 0, device: "PIT", state: "asking", vector: 0x20, level: expect.any(Boolean) });
  expect(master.lines.map(({ state }) => state)).toEqual([
    "asking",
    "masked",
    "idle",
    "masked",
    "idle",
    "masked",
    "masked",
    "masked",
  ]);
  expect([master.isReady, slave.lines[6].device]).toEqual([true, "IDE 0"]);
});

test("8259: a line in service is that, even when it asks again or is masked; one that asks and is masked is held back", () => {
  const { pic } = states;
  const master = { ...(pic["master"] as DeviceState), isr: 0x03, irr: 0x05, imr: 0x06 };
  const [chip] = decodePic({ ...pic, master });
  expect(chip.lines.slice(0, 4).map(({ state }) => state)).toEqual(["served", "served", "held", "idle"]);
});

test("8254: modes, counts and rates", () => {
  const { counters, speakerOn } = decodePit(states["pit"]);
  expect(counters[0]).toMatchObject({ mode: 2, reload: 11932, isBcd: false });
  expect(counters[0].hz).toBeCloseTo(99.998, 2);
  expect(counters[0].count).toBeLessThanOrEqual(11932);
  expect(counters[2]).toMatchObject({ mode: 3, reload: 2712, gate: true });
  expect(speakerOn).toBe(true);
});

test("8042: status, command byte, keyboard", () => {
  const look = decodeKeyboard(states["i8042"]);
  expect(set(look.status)).toContain("SYS");
  expect(set(look.command)).toEqual(expect.arrayContaining(["IRQ 1", "XLAT"]));
  expect(look).toMatchObject({ scanSet: 2, isEnabled: true, held: [], a20: expect.any(Boolean) });
});

test("clock: the time, the periodic interrupt, what the CMOS says of the machine", () => {
  const look = decodeClock(states["rtc"]);
  expect(look.time).toMatch(/^2026-01-01 00:00:00$/);
  expect([look.periodicHz, look.index, look.floppies[0], look.bootOrder]).toEqual([1024, 0x0b, "1.44 MB", "ACD"]);
  expect([look.baseKb, look.extendedKb]).toEqual([640, 31 * 1024]);
  expect(set(look.registerB)).toEqual(["PIE", "24/12"]);
});

test("clock: twelve hours, afternoon", () => {
  const cmos = new Uint8Array(128);
  cmos.set([0x59, 0, 0x30, 0, 0x92, 0, 1, 0x31, 0x12, 0x99]);
  cmos[0x32] = 0x19;
  expect(decodeClock({ cmos, index: 0, nmiMasked: false }).time).toBe("1999-12-31 12:30:59");
  cmos[4] = 0x12;
  expect(decodeClock({ cmos, index: 0, nmiMasked: false }).time).toBe("1999-12-31 00:30:59");
});

test("16550: speed, frame, registers", () => {
  const look = decodeSerial(states["uart 3f8"]);
  expect(look).toMatchObject({ baud: 9600, divisor: 12, frame: "7E2", hasFifo: true, isDivisorOpen: false });
  expect([set(look.interrupts), set(look.modem)]).toEqual([["RDA"], ["DTR", "RTS"]]);
});

test("drives: what is in them, the last command and the sector after it", () => {
  const floppy = decodeFloppy(states["fdc"]);
  expect(floppy.drives[0]).toMatchObject({ disk: 0, blockCount: 2880, cylinder: 0, modified: false });
  expect(floppy.command).toMatchObject({ name: "Read Data", cylinder: 0, head: 1, sector: 1, drive: 0 });
  const [disk] = decodeIde(states["ide"]);
  expect(disk).toMatchObject({ disk: 2, kind: "disk", blockCount: 20480, isSelected: true, remaining: 0 });
  expect(disk.command).toMatch(/^READ/);
  expect(set(disk.status)).toEqual(["DRDY", "DSC"]);
});

test("VGA: text with its cursor, start address and colours", () => {
  const look = decodeVideo(states["vga"]);
  expect(look).toMatchObject({ kind: "text", width: 80, height: 25, startAddress: 0x50, isBlanked: false });
  expect(look.palette).toHaveLength(16);
  expect([look.palette[0], look.palette[4], look.palette[15]]).toEqual(["#000000", "#aa0000", "#ffffff"]);
});

test("VGA: the adapter's linear modes are told by its own registers", () => {
  const registers = [0xb0c5, 800, 600, 32, 0x41, 0, 800, 0, 0, 2, 256];
  const look = decodeVideo({ ...states["vga"], vbe: { index: 0, registers } });
  expect(look).toMatchObject({ kind: "linear", width: 800, height: 600, bits: 32, startAddress: 6400, palette: [] });
});

test("local APIC: entries of its table, vectors that ask", () => {
  const { localApic } = states;
  const requested = [0, 0x8000_0000, 1, 0, 0, 0, 0, 0];
  const look = decodeApic({ ...localApic, requested });
  expect(look).toMatchObject({ base: 0xfee0_0000, requested: [63, 64], inService: [] });
  expect(look.entries.map(({ name }) => name)).toEqual(["timer", "thermal", "counters", "LINT0", "LINT1", "error"]);
});

test("a strip of fewer cells keeps every mark, one of more spreads them", () => {
  const cells = new Uint8Array(100);
  cells[0] = 1;
  cells[9] = 2;
  cells[99] = 3;
  expect([...stripCells(cells, 10)]).toEqual([3, 0, 0, 0, 0, 0, 0, 0, 0, 3]);
  expect([...stripCells(Uint8Array.of(1, 0), 4)]).toEqual([1, 1, 0, 0]);
  expect([...stripCells(new Uint8Array(0), 2)]).toEqual([0, 0]);
});

test("sizes as people say them", () => {
  expect([2880, 20480, 4 << 21].map(sizeText)).toEqual(["1440 KB", "10 MB", "4096 MB"]);
});
