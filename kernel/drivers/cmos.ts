// The 64 bytes of CMOS memory behind the real-time clock: its registers, and what the firmware noted about the machine.
// Source: Motorola MC146818A data sheet; IBM PC AT technical reference, section "Real-time clock/CMOS RAM information".

import { disableInterrupts, restoreInterrupts } from "../platform/interrupts.ts";
import { in8, out8 } from "../platform/pc/instructions.external.ts";

const INDEX: u32 = 0x70;
const DATA: u32 = 0x71;

/** The types of the floppy drives: the first in the high four bits. */
export const CMOS_FLOPPY_TYPES: u32 = 0x10;
export const CMOS_CENTURY: u32 = 0x32;

export function readCmos(register: u32): u32 {
  const wereEnabled = disableInterrupts();
  out8(INDEX, register);
  const value = in8(DATA);
  restoreInterrupts(wereEnabled);
  return value;
}
