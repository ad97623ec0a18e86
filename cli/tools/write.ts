// Results of the tools: whole or not at all, and programs may be run.

import { chmodSync } from "node:fs";
import { writeWhole } from "../build/disk-tree.ts";
import { InputError, systemErrorText } from "../errors.ts";

/** @throws InputError when the file can't be written */
export function writeTool(path: string, contents: string | Uint8Array, isProgram = false): void {
  try {
    writeWhole(path, contents);
    if (isProgram) chmodSync(path, 0o755);
  } catch (error) {
    throw new InputError({ file: path, expected: "a file that can be written", found: systemErrorText(error) });
  }
}
