// The command crash: makes the mistakes that a kernel can make, to show what a panic says about each.

import { print, printLine } from "../../print.ts";
import { textEquals } from "../../text.ts";
import { wordAt } from "../../words.ts";
import { addCommand } from "../table.ts";

export function addCrashCommand(): void {
  addCommand("crash", "panic: crash null|divide|assert|stack|opcode", crash);
}

function crash(count: u32): void {
  if (count == 2) {
    const kind = wordAt(1);
    if (textEquals(kind, "null")) crashNull(0);
    else if (textEquals(kind, "divide")) crashDivide(count - 2);
    else if (textEquals(kind, "assert")) crashAssert(count);
    else if (textEquals(kind, "stack")) crashStack(count);
    else if (textEquals(kind, "opcode")) unreachable();
  }
  printLine("usage: crash null|divide|assert|stack|opcode");
}

/** Reads through a null pointer: page 0 is not mapped. */
function crashNull(address: usize): void {
  print(load<u32>(address) == 0 ? "0\n" : "not 0\n");
}

function crashDivide(divisor: u32): void {
  print(1000 / divisor > 1 ? "many\n" : "few\n");
}

function crashAssert(count: u32): void {
  assert(count == 0, "crash was told to fail here");
}

/** Calls itself until the stack reaches its guard page; the addition after the call keeps it from being a loop. */
function crashStack(depth: u32): u32 {
  if (depth == 0) return 0;
  return crashStack(depth + 1) + depth;
}
