// The end: says what went wrong, with registers and a stack trace, and stops the machine.
// It trusts nothing that may be broken: interrupts go off first, a stack is read only where it is mapped, and a panic
// within a panic prints one line and stops.

import { exceptionName } from "./exceptions.ts";
import { findSymbol, symbolFile, symbolLine, symbolName, useSymbols } from "./ksyms.ts";
import { drainConsole, selectConsole, setConsoleColors } from "./platform/console.ts";
import { ksymsEndAddress, ksymsStartAddress } from "./platform/pc/assembly.external.ts";
import { cli, framePointer } from "./platform/pc/instructions.external.ts";
import { InterruptFrame } from "./platform/pc/interruptFrame.ts";
import { FAULT_PRESENT, FAULT_WRITE, faultAddress, isMapped } from "./platform/pc/paging.ts";
import { TaskState } from "./platform/pc/segments.ts";
import { stop } from "./platform/power.ts";
import { print, printHex, printLine, printNumber, printText } from "./print.ts";
import { blockerOf } from "./thread/deadlock.ts";
import { currentThread, hasCurrentThread } from "./thread/scheduler.ts";
import { GUARD_BYTES, KernelThread } from "./thread/thread.ts";

const PANIC_COLORS: u8 = 0x4f; // white on red
/** An overflow is noticed at the latest this far above the guard page: a push of an exception doesn't move ESP. */
const SLACK_BYTES: usize = 64;
/** Lines of a stack trace: with all else a panic fills less than a screen. */
const MAX_LOCATIONS: u32 = 12;
const VECTOR_DOUBLE_FAULT: u32 = 8;
const VECTOR_PAGE_FAULT: u32 = 14;

let isPanicking: bool = false;

/** What `assert` and a failed check of the compiler call: the message, and where in the source. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  begin();
  print("PANIC: assertion failed: ");
  printLine(message === null ? "(no message)" : message);
  if (file !== null) {
    print("at ");
    print(file);
    print(":");
    printNumber(line);
    print(":");
    printNumber(column);
    print("\n");
  }
  printThread();
  printStack(0, framePointer());
  end();
}

/** An exception in the kernel. */
export function panicOnException(frame: InterruptFrame): void {
  begin();
  print("PANIC: ");
  print(exceptionName(frame.vector));
  if (frame.vector == VECTOR_PAGE_FAULT) printPageFault(frame.errorCode);
  print("\n");
  printThread();
  print("vector ");
  printNumber(frame.vector);
  print("  error code ");
  printHex(frame.errorCode);
  print("\n");
  printRegisters(frame.eax, frame.ebx, frame.ecx, frame.edx, frame.esi, frame.edi, frame.ebp, frame.esp);
  printControl(frame.eip, frame.cs, frame.eflags);
  printStack(frame.eip, frame.ebp);
  end();
}

/** A double fault; `task` is the state it interrupted. Nearly always the stack has overflowed into its guard page. */
export function panicOnDoubleFault(task: TaskState): void {
  begin();
  print("PANIC: ");
  if (isStackOverflow(task.esp)) print("stack overflow");
  else print(exceptionName(VECTOR_DOUBLE_FAULT));
  print("\n");
  printThread();
  printRegisters(task.eax, task.ebx, task.ecx, task.edx, task.esi, task.edi, task.ebp, task.esp);
  printControl(task.eip, task.cs, task.eflags);
  printStack(task.eip, task.ebp);
  end();
}

function begin(): void {
  cli();
  if (isPanicking) {
    printLine("PANIC within the panic");
    end();
  }
  isPanicking = true;
  useSymbols(ksymsStartAddress(), ksymsEndAddress());
  selectConsole(true, true);
  setConsoleColors(PANIC_COLORS);
  print("\n");
}

function end(): void {
  printLine("The system is halted.");
  drainConsole();
  stop();
}

function printPageFault(errorCode: u32): void {
  print((errorCode & FAULT_WRITE) != 0 ? ": write to " : ": read of ");
  printHex(faultAddress() as u32);
  print((errorCode & FAULT_PRESENT) != 0 ? ", which is protected" : ", which is not mapped");
}

function printThread(): void {
  if (!hasCurrentThread()) return;
  const thread = currentThread();
  print("thread ");
  printNumber(thread.id);
  print(" (");
  print(thread.name);
  print(")");
  printBlockers(thread);
  print("\n");
}

/** Who holds the mutex that the thread waits for, and whose mutex that one waits for, once around the circle of a deadlock. */
function printBlockers(thread: KernelThread): void {
  let blocker = blockerOf(thread);
  while (blocker !== null) {
    print(" waits for ");
    printNumber(blocker.id);
    print(" (");
    print(blocker.name);
    print(")");
    if (blocker === thread) return;
    blocker = blockerOf(blocker);
  }
}

function isStackOverflow(esp: u32): bool {
  if (!hasCurrentThread()) return false;
  const bottom = currentThread().stackPage;
  return (esp as usize) < bottom + SLACK_BYTES && (esp as usize) >= bottom - GUARD_BYTES;
}

function printRegisters(eax: u32, ebx: u32, ecx: u32, edx: u32, esi: u32, edi: u32, ebp: u32, esp: u32): void {
  printRegister("eax ", eax);
  printRegister("  ebx ", ebx);
  printRegister("  ecx ", ecx);
  printRegister("  edx ", edx);
  printRegister("\nesi ", esi);
  printRegister("  edi ", edi);
  printRegister("  ebp ", ebp);
  printRegister("  esp ", esp);
  print("\n");
}

function printControl(eip: u32, cs: u32, eflags: u32): void {
  printRegister("eip ", eip);
  printRegister("  cs  ", cs & 0xffff);
  printRegister("  eflags ", eflags);
  print("\n");
}

function printRegister(label: string, value: u32): void {
  print(label);
  printHex(value);
}

/**
 * Prints where the kernel was: at `eip` (if not 0), then the callers, along the chain of frame pointers from `ebp` on.
 * A function that called itself is printed once, with how often.
 */
function printStack(eip: usize, ebp: usize): void {
  printLine("stack trace:");
  if (eip != 0) printLocation(eip, eip);
  let frame = ebp;
  let last: usize = 0;
  let repeats: u32 = 0;
  for (let printed: u32 = 0; printed < MAX_LOCATIONS; ) {
    if (frame == 0 || (frame & 3) != 0 || !isMapped(frame) || !isMapped(frame + 7)) break;
    const caller: usize = load<u32>(frame);
    if (caller <= frame) break; // a stack grows down, so callers lie above; 0 is the end
    const returnAddress: usize = load<u32>(frame, 4);
    frame = caller;
    if (returnAddress == last) {
      repeats++;
      continue;
    }
    printRepeats(repeats);
    repeats = 0;
    last = returnAddress;
    // The call lies before the address that it returns to.
    printLocation(returnAddress, returnAddress - 1);
    printed++;
  }
  printRepeats(repeats);
}

function printRepeats(count: u32): void {
  if (count == 0) return;
  print("           the same ");
  printNumber(count);
  printLine(" times more");
}

function printLocation(address: usize, lookUp: usize): void {
  print("  ");
  printHex(address as u32);
  if (findSymbol(lookUp)) {
    print(" ");
    printText(symbolName());
    if (symbolLine() != 0) {
      print(" ");
      printText(symbolFile());
      print(":");
      printNumber(symbolLine());
    }
  }
  print("\n");
}
