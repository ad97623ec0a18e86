// The PC's console: the VGA text screen and the first serial port, one of them or both, the same text on each.

import { clearSerial, drainSerial, flushSerial, initializeSerial, writeSerial } from "../../drivers/serial.ts";
import { clearVga, initializeVga, setVgaColors, updateVgaCursor, vgaColors, writeVga } from "../../drivers/vga.ts";

let vgaSelected: bool = true;
let serialSelected: bool = true;

export function initializeConsole(): void {
  initializeVga();
  initializeSerial();
}

/** Chooses which devices show what is written from now on. */
export function selectConsole(vga: bool, serial: bool): void {
  assert(vga || serial, "a console without a device");
  vgaSelected = vga;
  serialSelected = serial;
}

/** Writes one byte: ASCII, "\n" (new line), "\t", "\r" (to the first column) or "\b" (one column back). */
export function writeConsole(byte: u8): void {
  if (vgaSelected) writeVga(byte);
  if (serialSelected) writeSerial(byte);
}

/** Makes what was written visible; `print` does it once for each text. */
export function flushConsole(): void {
  if (vgaSelected) updateVgaCursor();
  if (serialSelected) flushSerial();
}

/** Waits until all output has left the machine, for those who stop it. */
export function drainConsole(): void {
  flushConsole();
  drainSerial();
}

export function clearConsole(): void {
  if (vgaSelected) clearVga();
  if (serialSelected) clearSerial();
}

/** The colours of what is written, as a VGA attribute: background in bits 4 to 6, foreground in bits 0 to 3. */
export function setConsoleColors(attribute: u8): void {
  setVgaColors(attribute);
}

export function consoleColors(): u8 {
  return vgaColors();
}
