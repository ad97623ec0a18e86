// The command crash: makes the mistakes that a kernel can make, to show what a panic says about each.

import { print, printLine, printNumber } from "../../print.ts";
import { textEquals } from "../../text.ts";
import { MUTEX_BYTES, Mutex } from "../../thread/mutex.ts";
import { joinThread, KernelThread, PRIORITY_HIGH, startKernelThread } from "../../thread/thread.ts";
import { wordAt } from "../../words.ts";
import { addCommand } from "../table.ts";

type Mistake = (zero: u32) => void;

export function addCrashCommand(): void {
  addCommand("crash", "panic: crash null|divide|assert|stack|opcode|deadlock", crash);
}

function crash(count: u32): void {
  if (count == 2) {
    const mistake = findMistake(wordAt(1));
    if (mistake !== null) mistake(0);
  }
  printLine("usage: crash null|divide|assert|stack|opcode|deadlock");
}

/** Functions in a variable are called where they are, so the stack trace names them; others may be inlined. */
function findMistake(kind: usize): Mistake | null {
  if (textEquals(kind, "null")) return crashNull;
  if (textEquals(kind, "divide")) return crashDivide;
  if (textEquals(kind, "assert")) return crashAssert;
  if (textEquals(kind, "stack")) return crashStack;
  if (textEquals(kind, "opcode")) return crashOpcode;
  if (textEquals(kind, "deadlock")) return crashDeadlock;
  return null;
}

/** Reads through a null pointer: page 0 is not mapped. */
function crashNull(zero: u32): void {
  print(load<u32>(zero) == 0 ? "0\n" : "not 0\n");
}

function crashDivide(zero: u32): void {
  print(1000 / zero > 1 ? "many\n" : "few\n");
}

function crashAssert(zero: u32): void {
  assert(zero == 1, "zero is one");
}

function crashOpcode(_zero: u32): void {
  unreachable();
}

function crashStack(zero: u32): void {
  printNumber(sumBelow(zero - 1));
}

/** Calls itself until the stack reaches its guard page; the addition after the call keeps it from being a loop. */
function sumBelow(limit: u32): u32 {
  if (limit == 0) return 0;
  return sumBelow(limit - 1) + limit;
}

const left = changetype<Mutex>(memory.data(MUTEX_BYTES, 4));
const right = changetype<Mutex>(memory.data(MUTEX_BYTES, 4));

/** Takes two mutexes in one order while another thread takes them in the other. */
function crashDeadlock(_zero: u32): void {
  left.lock();
  const other = startKernelThread(takeRightThenLeft, 0, PRIORITY_HIGH, false, "other");
  right.lock();
  if (other !== null) joinThread(other as KernelThread);
}

function takeRightThenLeft(_argument: usize): u32 {
  right.lock();
  left.lock();
  return 0;
}
