// A contract of the loader's own is broken: says which, and starts the machine anew after a key.

import { readKey } from "./bios.ts";
import { restart } from "./restart.ts";
import { print, printNumber, setColour, WARNING } from "./screen.ts";

/** What `assert` calls. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  setColour(WARNING);
  print("\nThe boot loader has stopped: ");
  print(message === null ? "a check failed" : message);
  print(" (");
  print(file === null ? "?" : file);
  print(":");
  printNumber(line);
  print(":");
  printNumber(column);
  print("). Press a key to start again.");
  readKey();
  restart();
}
