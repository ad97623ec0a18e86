// The kernel. It is TypeScript as AssemblyScript compiles it: numbers have exact types (u32, u8, usize for addresses), and
// there is no garbage collector. So make no objects or strings at run time; constant strings are fine, they lie in the image.

import { cli, hlt } from "./cpu.external.ts";
import { clearScreen, GREEN, GREY, putOnScreen, RED } from "./screen.ts";
import { openSerial, putOnSerial } from "./serial.ts";

const LOADER_MAGIC: u32 = 0x2badb002;
/** In the Multiboot information: the KiB of memory from 1 MiB on. */
const MEMORY_UPPER: usize = 8;

/**
 * entry.s calls this first.
 * @param magic 2BADB002h when a Multiboot boot loader started us
 * @param information the address of what the loader knows: memory, command line
 */
export function kernelMain(magic: u32, information: usize): void {
  openSerial();
  clearScreen();
  print("Hello from your own kernel!\n", GREEN);
  assert(magic === LOADER_MAGIC, "not started by a Multiboot loader");
  print("Memory: ", GREY);
  // With the first MiB, and rounded: the firmware keeps a little for itself.
  printNumber((1024 + load<u32>(information + MEMORY_UPPER) + 512) / 1024);
  print(" MiB\n", GREY);
}

/** To the screen and to COM1. */
function print(text: string, colours: u32): void {
  for (let i = 0; i < text.length; i++) put(text.charCodeAt(i), colours);
}

/** In decimal. */
function printNumber(value: u32): void {
  if (value > 9) printNumber(value / 10);
  put(48 + (value % 10), GREY); // 48 is the code of "0"
}

function put(code: u32, colours: u32): void {
  putOnScreen(code, colours);
  putOnSerial(code);
}

/** Where an `assert` that does not hold ends, and all else that cannot go on (see "abort" in minios.json). */
export function abort(message: string | null, file: string | null, line: u32, _column: u32): void {
  cli();
  print("Panic: ", RED);
  if (message) print(message, RED);
  if (file) {
    print(", ", RED);
    print(file, RED);
    print(" line ", RED);
    printNumber(line);
  }
  while (true) hlt();
}
