// The clock of the PC: counter 0 of the 8254 timer interrupts 100 times a second.
// Source: Intel 8254 data sheet, order no. 231164.

import { in8, out8 } from "./instructions.external.ts";
import { IRQ_TIMER, IrqHandler, setIrqHandler } from "./interrupts.ts";

export const TICKS_PER_SECOND: u32 = 100;

const COUNTER_0: u32 = 0x40;
const CONTROL: u32 = 0x43;
/** Counter 0, low byte then high byte, mode 2 (rate generator), binary. */
const COUNTER_0_RATE_GENERATOR: u32 = 0x34;
const LATCH_COUNTER_0: u32 = 0x00;
const INPUT_HZ: u32 = 1193182;
const DIVISOR: u32 = (INPUT_HZ + TICKS_PER_SECOND / 2) / TICKS_PER_SECOND;

/** Calls `onTick` at every tick, with interrupts off. */
export function initializeClock(onTick: IrqHandler): void {
  out8(CONTROL, COUNTER_0_RATE_GENERATOR);
  out8(COUNTER_0, DIVISOR & 0xff);
  out8(COUNTER_0, DIVISOR >> 8);
  setIrqHandler(IRQ_TIMER, onTick);
}

/** Microseconds since counter 0 came round last: 0 to 9999. Interrupts are off. */
export function microsecondsOfTick(): u32 {
  out8(CONTROL, LATCH_COUNTER_0);
  const low = in8(COUNTER_0);
  const count = low | (in8(COUNTER_0) << 8); // it counts down
  return min<u32>(((DIVISOR - min<u32>(count, DIVISOR)) * 1000) / (INPUT_HZ / 1000), 9999);
}
