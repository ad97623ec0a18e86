// The registers of the smaller devices as a person reads them: timer, keyboard controller, clock, serial lines.
// Sources: Intel 8254 data sheet (231164); IBM PC AT Technical Reference (keyboard controller, CMOS); Motorola MC146818A data sheet;
// National Semiconductor PC16550D data sheet.

import type { DeviceState } from "../../pc/bus.ts";
import { booleanField, bytesField, numberField, stateField, textField } from "../../pc/devices/state.ts";
import { type Bit, bitsOf, fromBcd } from "./fields.ts";

// 8254

const PIT_HZ = 1_193_182;

export interface PitCounterLook {
  /** 0 to 5. */
  mode: number;
  /** What is counted down from, 1 to 65536; undefined before the first count was written. */
  reload: number | undefined;
  count: number;
  /** How often it comes round; undefined in modes that do it once. */
  hz: number | undefined;
  gate: boolean;
  out: boolean;
  isBcd: boolean;
}

export interface PitLook {
  counters: PitCounterLook[];
  /** Port B gates counter 2 and lets it through to the speaker. */
  speakerOn: boolean;
}

export function decodePit(state: DeviceState): PitLook {
  return {
    counters: [0, 1, 2].map((n): PitCounterLook => {
      const counter = stateField(state, `counter${n}`);
      const control = numberField(counter, "control");
      const bits = (control >> 1) & 7;
      // Modes 2 and 3 have a bit that does not matter.
      const mode = bits > 5 ? bits - 4 : bits;
      const reload = booleanField(counter, "loaded") ? numberField(counter, "initialCount") : undefined;
      const isPeriodic = mode === 2 || mode === 3;
      return {
        mode,
        reload,
        count: numberField(state, `count${n}`),
        hz: isPeriodic && reload !== undefined ? PIT_HZ / reload : undefined,
        gate: booleanField(counter, "gate"),
        out: booleanField(counter, "out"),
        isBcd: (control & 1) !== 0,
      };
    }),
    speakerOn: (numberField(state, "portB") & 3) === 3,
  };
}

// 8042

const KEYBOARD_STATUS = { OBF: 0x01, SYS: 0x04, "C/D": 0x08, INH: 0x10, AUX: 0x20, TO: 0x40 };
const COMMAND_BYTE = { "IRQ 1": 0x01, SYS: 0x04, "KBD off": 0x10, "AUX off": 0x20, XLAT: 0x40 };

export interface KeyboardLook {
  status: Bit[];
  command: Bit[];
  /** The last byte to port 60h, and whether it still waits there. */
  outputBuffer: number;
  isWaiting: boolean;
  a20: boolean;
  leds: { scrollLock: boolean; numLock: boolean; capsLock: boolean };
  scanSet: number;
  isEnabled: boolean;
  /** Keys that are down, by their W3C codes. */
  held: string[];
}

export function decodeKeyboard(state: DeviceState): KeyboardLook {
  const status = numberField(state, "status");
  const keyboard = stateField(state, "keyboard");
  const leds = numberField(keyboard, "leds");
  return {
    status: bitsOf(status, KEYBOARD_STATUS),
    command: bitsOf(bytesField(state, "ram", 32)[0], COMMAND_BYTE),
    outputBuffer: numberField(state, "outputBuffer"),
    isWaiting: (status & KEYBOARD_STATUS.OBF) !== 0,
    a20: (numberField(state, "outputPort") & 2) !== 0,
    leds: { scrollLock: (leds & 1) !== 0, numLock: (leds & 2) !== 0, capsLock: (leds & 4) !== 0 },
    scanSet: numberField(keyboard, "scanSet"),
    isEnabled: booleanField(keyboard, "enabled"),
    held: textField(keyboard, "held").split(" ").filter(Boolean),
  };
}

// MC146818 and CMOS

const REGISTER_B = { SET: 0x80, PIE: 0x40, AIE: 0x20, UIE: 0x10, SQWE: 0x08, DM: 0x04, "24/12": 0x02, DSE: 0x01 };
const REGISTER_C = { IRQF: 0x80, PF: 0x40, AF: 0x20, UF: 0x10 };
const PM = 0x80;
const FLOPPY_TYPES = ["–", "360 KB", "1.2 MB", "720 KB", "1.44 MB", "2.88 MB"];
const CRYSTAL_HZ = 32_768;

export interface ClockLook {
  /** As the chip shows it: "2026-01-01 00:00:07". */
  time: string;
  registerB: Bit[];
  registerC: Bit[];
  /** Of the periodic interrupt; undefined while it is off. */
  periodicHz: number | undefined;
  floppies: [string, string];
  /** Memory as the set-up program noted it. */
  baseKb: number;
  extendedKb: number;
  /** Drives in the order of booting: A, C, D. */
  bootOrder: string;
  /** The index register: which byte port 71h gives. */
  index: number;
  nmiMasked: boolean;
  cmos: Uint8Array;
}

export function decodeClock(state: DeviceState): ClockLook {
  const cmos = bytesField(state, "cmos", 128);
  const b = cmos[0x0b];
  const value = (byte: number) => ((b & REGISTER_B.DM) !== 0 ? byte : fromBcd(byte));
  const two = (byte: number) => String(value(byte)).padStart(2, "0");
  // The century's byte is the BIOS's, always in BCD.
  const date = `${String(fromBcd(cmos[0x32])).padStart(2, "0")}${two(cmos[9])}-${two(cmos[8])}-${two(cmos[7])}`;
  const hours = String(hoursOf(cmos[4], b, value)).padStart(2, "0");
  const rate = cmos[0x0a] & 0x0f;
  const codes: Readonly<Record<number, string>> = { 1: "A", 2: "C", 3: "D" };
  const order = [cmos[0x3d] & 0x0f, cmos[0x3d] >> 4, cmos[0x38] >> 4];
  return {
    time: `${date} ${hours}:${two(cmos[2])}:${two(cmos[0])}`,
    registerB: bitsOf(b, REGISTER_B),
    registerC: bitsOf(cmos[0x0c], REGISTER_C),
    periodicHz: (b & REGISTER_B.PIE) !== 0 && rate > 0 ? periodicHz(rate) : undefined,
    floppies: [FLOPPY_TYPES[cmos[0x10] >> 4] ?? "?", FLOPPY_TYPES[cmos[0x10] & 0x0f] ?? "?"],
    baseKb: cmos[0x15] | (cmos[0x16] << 8),
    extendedKb: cmos[0x17] | (cmos[0x18] << 8),
    bootOrder: order.map((code) => codes[code] ?? "").join(""),
    index: numberField(state, "index"),
    nmiMasked: booleanField(state, "nmiMasked"),
    cmos,
  };
}

function hoursOf(byte: number, registerB: number, value: (byte: number) => number): number {
  if ((registerB & REGISTER_B["24/12"]) !== 0) return value(byte);
  return (value(byte & ~PM) % 12) + ((byte & PM) !== 0 ? 12 : 0);
}

/** The slowest two codes stand for the rates of codes 8 and 9. */
function periodicHz(rate: number): number {
  return CRYSTAL_HZ >> ((rate < 3 ? rate + 7 : rate) - 1);
}

// 16550

const IER = { RDA: 0x01, THRE: 0x02, LINE: 0x04, MODEM: 0x08 };
const MCR = { DTR: 0x01, RTS: 0x02, OUT1: 0x04, OUT2: 0x08, LOOP: 0x10 };
const BAUD_BASE = 115_200;

export interface SerialLook {
  baud: number;
  divisor: number;
  /** Data bits, parity, stop bits: "8N1". */
  frame: string;
  hasFifo: boolean;
  interrupts: Bit[];
  modem: Bit[];
  isDivisorOpen: boolean;
  lcr: number;
  /** Bytes that the guest has not read yet. */
  received: number;
}

export function decodeSerial(state: DeviceState): SerialLook {
  const lcr = numberField(state, "lcr");
  const divisor = numberField(state, "divisor");
  const parity = (lcr & 8) === 0 ? "N" : ["O", "E", "1", "0"][(lcr >> 4) & 3];
  const stop = (lcr & 4) === 0 ? "1" : (lcr & 3) === 0 ? "1.5" : "2";
  return {
    // A divisor of 0 counts as 65536.
    baud: BAUD_BASE / (divisor || 0x1_0000),
    divisor,
    frame: `${5 + (lcr & 3)}${parity}${stop}`,
    hasFifo: booleanField(state, "fifos"),
    interrupts: bitsOf(numberField(state, "ier"), IER),
    modem: bitsOf(numberField(state, "mcr"), MCR),
    isDivisorOpen: (lcr & 0x80) !== 0,
    lcr,
    received: bytesField(state, "rx").length,
  };
}
