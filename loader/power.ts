// The end of the loader's work, one way or the other.

import { cli, hlt, out8 } from "../kernel/platform/pc/instructions.external.ts";
import { biosCall } from "./assembly.external.ts";
import { registersFor } from "./bios.ts";
import { isCd, selectedDrive } from "./disk.ts";

const DISKETTE_CONTROL: u32 = 0x3f2;
const MOTORS_OFF: u32 = 0x0c;

/** A diskette's motor need not run on until somebody drives it. */
export function flushOutput(): void {
  if ((selectedDrive() & 0x80) == 0 && !isCd()) out8(DISKETTE_CONTROL, MOTORS_OFF);
}

/** Off by APM, where the BIOS has that; else it stands still. Source: Advanced Power Management BIOS Interface 1.2. */
export function powerOff(): void {
  registersFor(0x5301); // connect
  biosCall(0x15);
  let registers = registersFor(0x530e); // version 1.2
  registers.ecx = 0x0102;
  biosCall(0x15);
  registers = registersFor(0x5307); // all devices off
  registers.ebx = 1;
  registers.ecx = 3;
  biosCall(0x15);
  while (true) {
    cli();
    hlt();
  }
}
