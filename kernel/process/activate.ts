// What the processor must know of the process whose thread runs: its page tables, the kernel stack for its interrupts, and whether
// its floating-point state is in the unit. The scheduler calls this for threads that run a program; a thread of the kernel
// leaves things as they are.

import { dropFloats, leaveDirectory, setKernelStack, switchFloats, useDirectory } from "../platform/programs.ts";
import { onUserContextSwitch } from "../thread/scheduler.ts";
import { KernelThread, STACK_BYTES } from "../thread/thread.ts";
import { Process } from "./process.ts";

/** Connects this with the scheduler. */
export function initializeActivation(): void {
  onUserContextSwitch(activate);
}

/** Prepares the processor for `thread`, which has a user context. Interrupts are off. */
function activate(thread: KernelThread): void {
  const process = changetype<Process>(thread.userContext);
  const space = process.space;
  // While a process ends, it has no address space any more.
  if (space !== null) useDirectory(space.directory);
  setKernelStack(thread.stackPage + STACK_BYTES);
  switchFloats(process.floats);
}

/** The current thread has no use any more for the process's address space and floating-point state. Interrupts are off. */
export function leaveAddressSpace(process: Process): void {
  (process.thread as KernelThread).userContext = 0;
  leaveDirectory();
  dropFloats(process.floats);
}
