// The sub-commands that look inside files.

import type { Command } from "commander";
import type { Io } from "../io.ts";
import { nmCommand } from "./nm.ts";
import { objdumpCommand } from "./objdump.ts";
import { readelfCommand } from "./readelf.ts";
import { sizeCommand } from "./size.ts";
import { stripCommand } from "./strip.ts";

/** @param done is told the exit status of the command that was run */
export function lookingCommands(io: Io, done: (status: number) => void): Command[] {
  return [nmCommand, objdumpCommand, readelfCommand, sizeCommand, stripCommand].map((command) => command(io, done));
}
