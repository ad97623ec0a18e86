// The first serial port, COM1: what is written to it comes out of the PC, on `minios run -serial stdio` and QEMU's -serial
// stdio to your terminal. Handy for messages that scroll off the screen. Source: data sheet of the PC16550D UART.

import { in8, out8 } from "./cpu.external.ts";

const DATA: u32 = 0x3f8;
const LINE_CONTROL: u32 = 0x3fb;
const LINE_STATUS: u32 = 0x3fd;

const DIVISOR_ACCESS: u32 = 0x80;
const EIGHT_BITS_NO_PARITY: u32 = 0x03;
const READY_TO_SEND: u32 = 0x20;

/** Sets 115200 bits a second, the fastest there is. */
export function openSerial(): void {
  out8(LINE_CONTROL, DIVISOR_ACCESS);
  out8(DATA, 1); // divisor of 115200, low byte
  out8(DATA + 1, 0); // and high byte
  out8(LINE_CONTROL, EIGHT_BITS_NO_PARITY);
}

export function putOnSerial(code: u32): void {
  if (code === 10) putOnSerial(13); // a terminal wants carriage return and line feed
  while ((in8(LINE_STATUS) & READY_TO_SEND) === 0) {}
  out8(DATA, code);
}
