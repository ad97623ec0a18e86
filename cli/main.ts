// The entry of the `minios` command: bin/minios.js calls it from the bundle dist/cli.js.

import { cp437ToUnicode } from "../pc/devices/cp437.ts";
import type { Io } from "./io.ts";
import { createDomainMachine, createMachine } from "./node-machine.ts";
import { runProgram } from "./program.ts";

/**
 * @param args without the names of node and the script
 * @param io usually `process`
 * @returns the exit status
 */
export function main(args: readonly string[], io: Io): Promise<number> {
  const glyphs = Array.from({ length: 256 }, (_, code) => cp437ToUnicode(code));
  return runProgram(args, {
    io,
    createMachine: (options) => (options.domain ? createDomainMachine(options.domain) : createMachine(options)),
    glyphs,
  });
}
