// Brings programs up: the processor's part, the table of system calls, and the kernel's own process.

import { onInterruptKey } from "../device/tty.ts";
import { initializeFloatingPoint } from "../platform/programs.ts";
import { initializeActivation } from "./activate.ts";
import { addDeviceCalls } from "./calls/devices.ts";
import { addFileCalls } from "./calls/files.ts";
import { addProcessCalls } from "./calls/processes.ts";
import { addSystemCalls } from "./calls/system.ts";
import { initializePipes } from "./pipe.ts";
import { interruptForeground, kernelProcess } from "./process.ts";
import { addProcessFiles } from "./procFiles.ts";

/** After the heap and before the first program. */
export function initializeProcesses(): void {
  initializeFloatingPoint();
  initializeActivation();
  addProcessCalls();
  addFileCalls();
  addDeviceCalls();
  addSystemCalls();
  initializePipes();
  kernelProcess();
  onInterruptKey(interruptForeground);
  addProcessFiles();
}
