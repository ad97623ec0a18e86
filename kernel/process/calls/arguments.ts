// What calls do with their arguments: files of handles, and texts and paths that the program has.

import { PATH_MAX } from "../../abi/files.ts";
import { File } from "../../fs/file.ts";
import { resolvePath } from "../../fs/path.ts";
import { AddressSpace } from "../../memory/addressSpace.ts";
import { currentProcess, Process } from "../process.ts";

/** The current process's address space: while it makes system calls it has one. */
export function currentSpace(): AddressSpace {
  return currentProcess().space as AddressSpace;
}

/** The file of a handle of the current process, or null. */
export function fileOfHandle(handle: u32): File | null {
  return currentProcess().fileOf(handle);
}

/**
 * Copies a path of the program into the process's transfer buffer and makes it absolute and normalised there.
 * @param slot 0 or 1: two paths can be there at a time; they are at pathAt(slot) until the buffer is used for something else
 * @returns its length, or a negated error number
 */
export function takePath(process: Process, text: usize, slot: u32): i32 {
  const raw = process.transfer + 2 * PATH_MAX;
  const length = (process.space as AddressSpace).copyText(raw, text, PATH_MAX);
  if (length < 0) return length;
  return resolvePath(process.cwd, raw, pathAt(process, slot));
}

export function pathAt(process: Process, slot: u32): usize {
  assert(slot < 2, "there is room for two paths");
  return process.transfer + slot * PATH_MAX;
}
