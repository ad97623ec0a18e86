// The kernel's beginning: brings the parts up, lowest first, and becomes the idle thread. Its exports are what the
// assembly files call.

import { startClock } from "./clock/clock.ts";
import { startDevices } from "./drivers/devices.ts";
import { initializeInput } from "./drivers/input.ts";
import { startKeyboard } from "./drivers/keyboard.ts";
import { startSerial } from "./drivers/serial.ts";
import { startFiles } from "./fs/start.ts";
import { FRAME_BYTES, freeFrameCount, initializeFrames, usableFrameCount } from "./memory/frames.ts";
import { applyOptions, reportUnknownOptions } from "./options.ts";
import { initializeSegments, readBootInformation } from "./platform/boot.ts";
import { initializeConsole } from "./platform/console.ts";
import { enableInterrupts, initializeInterrupts, waitForInterrupt } from "./platform/interrupts.ts";
import { initializePaging } from "./platform/paging.ts";
import { print, printLine, printNumber } from "./print.ts";
import { initializeProcesses } from "./process/initialize.ts";
import { systemCall } from "./process/systemCall.ts";
import { runShell } from "./shell/shell.ts";
import { yieldProcessor } from "./thread/scheduler.ts";
import {
  adoptBootThread,
  PRIORITY_HIGH,
  PRIORITY_NORMAL,
  reap,
  startKernelThread,
  threadMain,
} from "./thread/thread.ts";
import { doubleFault, interrupt } from "./trap.ts";
import { VERSION } from "./version.ts";

export { doubleFault, interrupt, systemCall, threadMain };

const FRAME_KB: u32 = (FRAME_BYTES / 1024) as u32;

/** entry.s calls this with what the boot loader left in EAX and EBX. Interrupts are off. It does not return. */
export function kernelMain(magic: u32, information: usize): void {
  initializeConsole();
  initializeSegments();
  initializeInterrupts();
  readBootInformation(magic, information);
  applyOptions();
  initializeFrames();
  initializePaging();

  adoptBootThread("idle");
  assert(startKernelThread(reap, 0, PRIORITY_HIGH, true, "reaper") !== null, "no memory for the reaper thread");
  startClock();
  initializeInput();
  startKeyboard();
  startSerial();
  startDevices();
  startFiles();
  initializeProcesses();

  printBanner();
  reportUnknownOptions();
  assert(startKernelThread(runShell, 0, PRIORITY_NORMAL, true, "shell") !== null, "no memory for the shell thread");
  enableInterrupts();
  yieldProcessor();
  while (true) waitForInterrupt();
}

function printBanner(): void {
  print("MiniOS ");
  printLine(VERSION);
  print("Memory: ");
  printNumber(freeFrameCount() * FRAME_KB);
  print(" KB free of ");
  printNumber(usableFrameCount() * FRAME_KB);
  printLine(" KB");
  printLine("Type help for a list of commands.");
}
