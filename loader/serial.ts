// The serial line as a second screen and keyboard: what `serial` and `terminal_output serial console` of grub.cfg ask for. What is on
// the screen goes out as a VT100's control sequences, and a terminal's arrows come in as keys.
// Sources: PC16550D data sheet; ECMA-48; GNU GRUB Manual 2.06, "serial", "terminal_output".

import { in8, out8 } from "../kernel/platform/pc/instructions.external.ts";
import { readTicks } from "./bios.ts";

const BIOS_PORTS: usize = 0x400;
const UNITS: u32 = 4;
const CLOCK: u32 = 115200;

// Registers.
const DATA: u32 = 0;
const INTERRUPT_ENABLE: u32 = 1;
const FIFO_CONTROL: u32 = 2;
const LINE_CONTROL: u32 = 3;
const MODEM_CONTROL: u32 = 4;
const LINE_STATUS: u32 = 5;
/** With an interrupt, which nobody takes here, at 14 bytes: so QEMU hands over so many at once. */
const FIFO_ON: u32 = 0xc7;
const EIGHT_BITS: u32 = 0x03;
const DIVISOR: u32 = 0x80;
const READY: u32 = 0x03;
const HAS_DATA: u32 = 0x01;
const CAN_SEND: u32 = 0x20;
/** A line on which nothing goes out is given up after so many looks. */
const PATIENCE: u32 = 200000;
/** How many ticks (55 ms) the rest of a sequence may take to come: two whole ones. */
const SEQUENCE_PATIENCE: u32 = 3;

const ESCAPE: u8 = 0x1b;
const BRACKET: u8 = 0x5b;
const NOWHERE: u32 = 0xffff;

let port: u32 = 0;
let isOutput: bool = false;
let isInput: bool = false;
// Where the terminal's cursor is, and its colour.
let row: u32 = NOWHERE;
let column: u32 = NOWHERE;
let look: u8 = 0x07;

/** Sets the line up; false if the machine has no such one. A `base` of 0 asks the BIOS for unit's. */
export function openSerial(unit: u32, base: u32, speed: u32): bool {
  const found = base != 0 ? base : unit < UNITS ? (load<u16>(BIOS_PORTS + unit * 2) as u32) : 0;
  if (found == 0 || speed == 0 || in8(found + LINE_STATUS) == 0xff) return false;
  port = found;
  const divisor = max<u32>(CLOCK / speed, 1);
  out8(port + INTERRUPT_ENABLE, 0);
  out8(port + LINE_CONTROL, DIVISOR);
  out8(port + DATA, divisor & 0xff);
  out8(port + INTERRUPT_ENABLE, (divisor >> 8) & 0xff);
  out8(port + LINE_CONTROL, EIGHT_BITS);
  out8(port + FIFO_CONTROL, FIFO_ON);
  out8(port + MODEM_CONTROL, READY);
  return true;
}

export function isSerialOpen(): bool {
  return port != 0;
}

export function useSerialOutput(isUsed: bool): void {
  isOutput = isUsed && port != 0;
  row = NOWHERE;
}

export function useSerialInput(isUsed: bool): void {
  isInput = isUsed && port != 0;
}

/** A character of the screen. */
export function mirrorByte(toRow: u32, toColumn: u32, byte: u8, colour: u8): void {
  if (!isOutput) return;
  moveTo(toRow, toColumn);
  if (colour != look) {
    look = colour;
    // Reversed, bold or as usual.
    begin();
    send(colour > 0x0f ? 0x37 : colour > 0x08 ? 0x31 : 0x30);
    send(0x6d);
  }
  send(byte >= 0x20 && byte < 0x7f ? byte : 0x3f);
  column++;
}

export function mirrorCursor(toRow: u32, toColumn: u32): void {
  if (isOutput) moveTo(toRow, toColumn);
}

/** The whole screen is blank. */
export function mirrorClear(): void {
  if (!isOutput) return;
  plain();
  sendSequence(0x32, 0x4a);
  row = NOWHERE;
}

export function mirrorClearRow(index: u32): void {
  if (!isOutput) return;
  plain();
  moveTo(index, 0);
  sendSequence(0x32, 0x4b);
}

/** All rows move up by one. */
export function mirrorScroll(lastRow: u32): void {
  if (!isOutput) return;
  plain();
  moveTo(lastRow, 0);
  send(0x0a);
}

function plain(): void {
  if (look == 0x07) return;
  look = 0x07;
  sendSequence(0x30, 0x6d);
}

function moveTo(toRow: u32, toColumn: u32): void {
  if (row == toRow && column == toColumn) return;
  begin();
  sendNumber(toRow + 1);
  send(0x3b);
  sendNumber(toColumn + 1);
  send(0x48);
  row = toRow;
  column = toColumn;
}

function begin(): void {
  send(ESCAPE);
  send(BRACKET);
}

function sendSequence(parameter: u8, end: u8): void {
  begin();
  send(parameter);
  send(end);
}

function sendNumber(value: u32): void {
  if (value >= 10) send((0x30 + value / 10) as u8);
  send((0x30 + (value % 10)) as u8);
}

function send(byte: u8): void {
  for (let left = PATIENCE; (in8(port + LINE_STATUS) & CAN_SEND) == 0; left--) {
    if (left == 0) {
      isOutput = false;
      return;
    }
  }
  out8(port + DATA, byte);
}

/** Whether the terminal has sent something. */
export function hasSerialInput(): bool {
  return isInput && (in8(port + LINE_STATUS) & HAS_DATA) != 0;
}

/** A key as int 16h has them, after hasSerialInput; 0 for one that has no meaning here. */
export function readSerialKey(): u32 {
  const byte = in8(port + DATA) as u8;
  if (byte == 0x7f) return 0x08;
  if (byte == 0x0a) return 0x0d;
  if (byte != ESCAPE || !waitForMore()) return byte;
  const second = in8(port + DATA) as u8;
  // "[" as usual, "O" of a keypad in application mode.
  if ((second != BRACKET && second != 0x4f) || !waitForMore()) return 0;
  const third = in8(port + DATA) as u8;
  if (third >= 0x41 && third <= 0x48) return arrowKey(third);
  if (third < 0x30 || third > 0x39) return 0;
  let number: u32 = third - 0x30;
  while (waitForMore()) {
    const next = in8(port + DATA) as u8;
    if (next < 0x30 || next > 0x39) break;
    number = (number * 10 + next - 0x30) % 1000;
  }
  if (number == 1 || number == 7) return 0x4700;
  if (number == 4 || number == 8) return 0x4f00;
  return number == 3 ? 0x5300 : number == 21 ? 0x4400 : 0;
}

/** A to D are up, down, right, left; F the end, H home. */
function arrowKey(letter: u8): u32 {
  if (letter == 0x41) return 0x4800;
  if (letter == 0x42) return 0x5000;
  if (letter == 0x43) return 0x4d00;
  if (letter == 0x44) return 0x4b00;
  return letter == 0x46 ? 0x4f00 : letter == 0x48 ? 0x4700 : 0;
}

function waitForMore(): bool {
  let ticks = readTicks();
  for (let left = SEQUENCE_PATIENCE; left > 0; ) {
    if ((in8(port + LINE_STATUS) & HAS_DATA) != 0) return true;
    const now = readTicks();
    if (now != ticks) left--;
    ticks = now;
  }
  return false;
}
