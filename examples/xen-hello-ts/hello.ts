// A Xen guest that says hello, how much memory it was given, and what its domain file says to it; then it powers off.
// Source: Xen public headers xen.h (start_info) and sched.h.

import { hypercall3 } from "./hypercalls.external.ts";

const CONSOLE_IO: u32 = 18;
const CONSOLEIO_WRITE: u32 = 0;
const SCHED_OP: u32 = 29;
const SCHEDOP_SHUTDOWN: u32 = 2;
const SHUTDOWN_POWEROFF: u32 = 0;
const SHUTDOWN_CRASH: u32 = 3;

// Where in start_info the hypervisor has put things.
const NR_PAGES: usize = 32;
const CMD_LINE: usize = 80;
const PAGES_PER_MIB: u32 = 256;

/** start.s calls this first. */
export function start(startInfo: usize): void {
  print("Hello, Xen, from TypeScript!\nMemory: ");
  printNumber(load<u32>(startInfo + NR_PAGES) / PAGES_PER_MIB);
  print(" MiB\nMy command line: ");
  for (let at = startInfo + CMD_LINE; load<u8>(at) !== 0; at++) put(load<u8>(at));
  put(10); // 10 ends a line
  shutDown(SHUTDOWN_POWEROFF);
}

/** The hypervisor takes bytes and where they are; our strings have two bytes a character, so they go one by one. */
function print(text: string): void {
  for (let i = 0; i < text.length; i++) put(text.charCodeAt(i));
}

function put(code: u32): void {
  store<u8>(character, code as u8);
  hypercall3(CONSOLE_IO, CONSOLEIO_WRITE, 1, character as u32);
}

/** In decimal. */
function printNumber(value: u32): void {
  if (value > 9) printNumber(value / 10);
  put(48 + (value % 10)); // 48 is the code of "0"
}

function shutDown(reason: u32): void {
  store<u32>(argument, reason);
  hypercall3(SCHED_OP, SCHEDOP_SHUTDOWN, argument as u32, 0);
}

/** Where an `assert` that does not hold ends (see "abort" in minios.json). */
export function abort(message: string | null, _file: string | null, _line: u32, _column: u32): void {
  if (message) print(message);
  shutDown(SHUTDOWN_CRASH);
}

/** Memory that the compiler sets aside. */
const character: usize = memory.data(4);
const argument: usize = memory.data(4, 4);
