// The kernel's console as a file: the output of programs that run where there is no terminal.

import { O_WRONLY } from "../abi/files.ts";
import { FILE_OPERATIONS_BYTES, File, FileOperations, newFile } from "../fs/file.ts";
import { printBytes } from "../print.ts";

const operations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));

/** Opens it for writing; null if there is no memory. */
export function openConsole(): File | null {
  operations.write = writeConsoleFile;
  return newFile(operations, O_WRONLY);
}

function writeConsoleFile(_file: File, buffer: usize, count: u32): i32 {
  printBytes(buffer, count);
  return count as i32;
}
