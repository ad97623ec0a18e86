// A kernel for -kernel.

import { checkMachine } from "../../media/elf.ts";
import { type FileContents, readInput } from "./files.ts";

/** @throws InputError when the file cannot be read or is for another machine */
export function readKernel(file: string): FileContents {
  const contents = readInput(file, "a Multiboot kernel");
  checkMachine(contents);
  return contents;
}
