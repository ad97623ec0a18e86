// Turning interrupts on and off, and connecting handlers to lines. Of this kernel's platforms, the PC's.

import {
  disableInterrupts,
  enableInterrupts,
  FIRST_IRQ_VECTOR,
  handleIrq,
  IRQ_COUNT,
  initializeInterrupts,
  interruptCount,
  interruptsEnabled,
  restoreInterrupts,
  waitForInterrupt,
} from "./pc/interrupts.ts";

export {
  disableInterrupts,
  enableInterrupts,
  FIRST_IRQ_VECTOR,
  handleIrq,
  IRQ_COUNT,
  initializeInterrupts,
  interruptCount,
  interruptsEnabled,
  restoreInterrupts,
  waitForInterrupt,
};
