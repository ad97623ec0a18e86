// Where the assembly stubs arrive: every exception, every interrupt, and the double-fault task.

import { panicOnDoubleFault, panicOnException } from "./panic.ts";
import { FIRST_IRQ_VECTOR, handleIrq } from "./platform/interrupts.ts";
import { InterruptFrame } from "./platform/pc/interruptFrame.ts";
import { interruptedTask } from "./platform/pc/segments.ts";
import { handleFault } from "./process/fault.ts";
import { endIfWanted } from "./process/systemCall.ts";
import { switchIfWanted } from "./thread/scheduler.ts";

/** Handles an exception or interrupt; returning continues what was interrupted, maybe after other threads ran. */
export function interrupt(frame: InterruptFrame): void {
  if (frame.vector < FIRST_IRQ_VECTOR) {
    if (frame.isUser) handleFault(frame);
    else panicOnException(frame);
  } else {
    handleIrq(frame.vector - FIRST_IRQ_VECTOR);
    switchIfWanted();
  }
  if (frame.isUser) endIfWanted();
}

export function doubleFault(): void {
  panicOnDoubleFault(interruptedTask());
}
