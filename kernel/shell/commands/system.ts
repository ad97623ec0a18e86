// Commands that show how the system does: mem, ps, uptime, ticks.

import { openFileCount } from "../../fs/file.ts";
import { FRAME_BYTES, freeFrameCount, usableFrameCount } from "../../memory/frames.ts";
import { heapArenaBytes, heapUsedBlocks, heapUsedBytes } from "../../memory/heap.ts";
import { TICKS_PER_SECOND } from "../../platform/clock.ts";
import { print, printBlanks, printColumn, printLine, printNumber } from "../../print.ts";
import { processCount } from "../../process/process.ts";
import { semaphoreTotal } from "../../process/semaphores.ts";
import { enterCritical, leaveCritical, tickCount } from "../../thread/scheduler.ts";
import { firstThread, KernelThread, threadTotal } from "../../thread/thread.ts";
import { addCommand } from "../table.ts";

export function addSystemCommands(): void {
  addCommand("mem", "show how memory is used", mem);
  addCommand("ps", "list the threads", ps);
  addCommand("uptime", "show how long the system has run", uptime);
  addCommand("ticks", "show the clock's ticks since the start", ticks);
}

function mem(_count: u32): void {
  const frameKb = (FRAME_BYTES / 1024) as u32;
  print("frames: ");
  printNumber(usableFrameCount());
  print(" of 4 KB, ");
  printNumber(freeFrameCount());
  print(" free (");
  printNumber(freeFrameCount() * frameKb);
  printLine(" KB)");
  print("heap:   ");
  printNumber(heapArenaBytes() as u32);
  print(" bytes, ");
  printNumber(heapUsedBytes() as u32);
  print(" used in ");
  printNumber(heapUsedBlocks());
  printLine(" blocks");
  print("users:  ");
  printNumber(processCount());
  print(" processes, ");
  printNumber(openFileCount());
  print(" open files, ");
  printNumber(semaphoreTotal());
  printLine(" semaphores");
}

/** The list may change between two lines, so the next thread is looked up by its number. */
function ps(_count: u32): void {
  printLine("   id  state     priority     ticks  name");
  let id: u32 = 0;
  while (printThreadAfter(id)) id = lastPrinted;
  printNumber(threadTotal());
  printLine(" threads");
}

let lastPrinted: u32 = 0;

/** Prints the first thread whose number is greater than `id`; false if there is none. */
function printThreadAfter(id: u32): bool {
  const wereEnabled = enterCritical();
  let thread = firstThread();
  while (thread !== null && thread.id <= id) thread = thread.nextOfAll;
  if (thread !== null) {
    printThread(thread);
    lastPrinted = thread.id;
  }
  leaveCritical(wereEnabled);
  return thread !== null;
}

function printThread(thread: KernelThread): void {
  printNumber(thread.id, 5);
  print("  ");
  printColumn(thread.stateName, 10);
  printNumber(thread.priority, 8);
  printNumber(thread.tickCount, 10);
  printBlanks(2);
  printLine(thread.name);
}

function uptime(_count: u32): void {
  const seconds = tickCount() / TICKS_PER_SECOND;
  print("up ");
  printNumber(seconds / 3600);
  printTwoDigits((seconds / 60) % 60);
  printTwoDigits(seconds % 60);
  print("\n");
}

function printTwoDigits(value: u32): void {
  print(value < 10 ? ":0" : ":");
  printNumber(value);
}

function ticks(_count: u32): void {
  printNumber(tickCount());
  printLine(" ticks");
}
