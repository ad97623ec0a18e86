// An exception in a program: a page that comes into being when it is touched, the floating-point unit that changes hands, or a
// mistake, which ends the program, and only it.

import { ENDED_BY_FAULT } from "../abi/processes.ts";
import { AddressSpace } from "../memory/addressSpace.ts";
import { enableInterrupts, interruptsEnabled } from "../platform/interrupts.ts";
import { InterruptFrame } from "../platform/pc/interruptFrame.ts";
import { faultAddress, takeFloats } from "../platform/programs.ts";
import { currentProcess, exitProcess } from "./process.ts";
import { reportFault } from "./report.ts";

const VECTOR_DEVICE_NOT_AVAILABLE: u32 = 7;
const VECTOR_PAGE_FAULT: u32 = 14;

/** Handles an exception of the program that the current thread runs; returning lets it try again. */
export function handleFault(frame: InterruptFrame): void {
  assert(frame.isUser, "a fault of the kernel is a panic");
  assert(!interruptsEnabled(), "an exception comes with interrupts off");
  const process = currentProcess();
  if (frame.vector == VECTOR_DEVICE_NOT_AVAILABLE) {
    takeFloats(process.floats);
    return;
  }
  let address: usize = 0;
  if (frame.vector == VECTOR_PAGE_FAULT) {
    // The next page fault, of another thread, overwrites CR2.
    address = faultAddress();
    if ((process.space as AddressSpace).touch(address)) return;
  }
  enableInterrupts();
  reportFault(process, frame, address as u32);
  exitProcess(ENDED_BY_FAULT | frame.vector);
}
