// The guest. It is TypeScript as AssemblyScript compiles it: numbers have exact types (u32, u8, usize for addresses), and
// there is no garbage collector. So make no objects or strings at run time; constant strings are fine, they lie in the image.

import { CMD_LINE, NR_PAGES, put, SHUTDOWN_CRASH, SHUTDOWN_POWEROFF, shutDown, version } from "./xen.ts";

const PAGES_PER_MIB: u32 = 256;

/**
 * entry.s calls this first.
 * @param startInfo the address of what the hypervisor tells a new domain
 */
export function guestMain(startInfo: usize): void {
  print("Hello from your own Xen guest!\n");
  print("Memory: ");
  printNumber(load<u32>(startInfo + NR_PAGES) / PAGES_PER_MIB);
  print(" MiB, Xen ");
  printNumber(version() >> 16);
  print(".");
  printNumber(version() & 0xffff);
  print("\n");
  if (load<u8>(startInfo + CMD_LINE) !== 0) {
    print("Command line: ");
    for (let at = startInfo + CMD_LINE; load<u8>(at) !== 0; at++) put(load<u8>(at));
    print("\n");
  }
  shutDown(SHUTDOWN_POWEROFF);
}

function print(text: string): void {
  for (let i = 0; i < text.length; i++) put(text.charCodeAt(i));
}

/** In decimal. */
function printNumber(value: u32): void {
  if (value > 9) printNumber(value / 10);
  put(48 + (value % 10)); // 48 is the code of "0"
}

/** Where an `assert` that does not hold ends, and all else that cannot go on (see "abort" in minios.json). */
export function abort(message: string | null, file: string | null, line: u32, _column: u32): void {
  print("Panic: ");
  if (message) print(message);
  if (file) {
    print(", ");
    print(file);
    print(" line ");
    printNumber(line);
  }
  print("\n");
  shutDown(SHUTDOWN_CRASH);
}
