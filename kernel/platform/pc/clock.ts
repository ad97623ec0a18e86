// The clock of the PC: counter 0 of the 8254 timer interrupts 100 times a second.
// Source: Intel 8254 data sheet, order no. 231164.

import { out8 } from "./instructions.external.ts";
import { IRQ_TIMER, IrqHandler, setIrqHandler } from "./interrupts.ts";

export const TICKS_PER_SECOND: u32 = 100;

const COUNTER_0: u32 = 0x40;
const CONTROL: u32 = 0x43;
/** Counter 0, low byte then high byte, mode 2 (rate generator), binary. */
const COUNTER_0_RATE_GENERATOR: u32 = 0x34;
const INPUT_HZ: u32 = 1193182;

/** Calls `onTick` at every tick, with interrupts off. */
export function initializeClock(onTick: IrqHandler): void {
  const divisor = (INPUT_HZ + TICKS_PER_SECOND / 2) / TICKS_PER_SECOND;
  out8(CONTROL, COUNTER_0_RATE_GENERATOR);
  out8(COUNTER_0, divisor & 0xff);
  out8(COUNTER_0, divisor >> 8);
  setIrqHandler(IRQ_TIMER, onTick);
}
