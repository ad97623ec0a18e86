// System calls: where `int 0x80` arrives, and the table of what each number does. A call is a function of the InterruptFrame, whose
// registers are the arguments; what it returns is the program's EAX. The calls themselves are in calls/.

import { ENOSYS } from "../abi/errno.ts";
import { SYSTEM_CALL_COUNT } from "../abi/systemCalls.ts";
import { InterruptFrame } from "../platform/pc/interruptFrame.ts";
import { currentProcess, exitProcess } from "./process.ts";

export type SystemCall = (frame: InterruptFrame) => i32;

/** For each number the call's index in the function table; 0: there is none. */
const table = memory.data(172, 4);

/** Makes `call` what the system call `number` does. */
export function setSystemCall(number: u32, call: SystemCall): void {
  assert(number < SYSTEM_CALL_COUNT, "no such system call");
  assert(load<u32>(table + (number << 2)) == 0, "the system call has a function already");
  store<u32>(table + (number << 2), call.index);
}

/** Does what a program asks for. Interrupts are on; programs.s calls this. */
export function systemCall(frame: InterruptFrame): void {
  const number = frame.eax;
  const index = number < SYSTEM_CALL_COUNT ? load<u32>(table + (number << 2)) : 0;
  frame.eax = index == 0 ? -ENOSYS : call_indirect<i32>(index, frame);
  endIfWanted();
}

/** Before the processor goes back to a program: the place where one that shall end does. */
export function endIfWanted(): void {
  const process = currentProcess();
  if (process.isEnding) exitProcess(process.endStatus);
}
