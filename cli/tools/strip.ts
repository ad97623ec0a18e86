// `minios strip`: files without symbols or debug information, written whole or not at all.

import { chmodSync, statSync } from "node:fs";
import type { Command } from "commander";
import { writeWhole } from "../build/disk-tree.ts";
import { InputError, systemErrorText, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { readInput, replaceFile } from "../run/files.ts";
import { collect, lookingCommand, problemOf } from "./looking.ts";

interface Flags {
  stripAll?: boolean;
  stripDebug?: boolean;
  d?: boolean;
  stripUnneeded?: boolean;
  removeSection?: string[];
  keepSymbol?: string[];
  stripSymbol?: string[];
  output?: string;
}

const EXAMPLES = `  minios strip -o small.elf build/kernel.elf    a copy without symbols
  minios strip -g main.o                        no debug information, in place
`;
const BAD_INPUT = 2;

export function stripCommand(io: Io, done: (status: number) => void): Command {
  return lookingCommand("strip", "remove symbols and debug information", EXAMPLES)
    .argument("<files...>", "objects, programs, archives")
    .option("-s, --strip-all", "all symbols (the default)")
    .option("-g, --strip-debug", "debug information only")
    .option("-d", "the same as -g")
    .option("--strip-unneeded", "what no relocation needs")
    .option("-R, --remove-section <name>", "this section too; may be repeated", collect)
    .option("-K, --keep-symbol <name>", "but not this symbol; may be repeated", collect)
    .option("-N, --strip-symbol <name>", "this symbol; may be repeated", collect)
    .option("-o, --output <file>", "where the result goes; in place when absent")
    .action(async (files: string[], flags: Flags) => {
      const { strip } = await import("../../toolchain/inspect/strip.ts");
      if (flags.output !== undefined && files.length > 1) throw new UsageError("strip: -o takes one file only");
      const named = flags.stripSymbol !== undefined && !flags.stripAll;
      const debug = flags.stripDebug || flags.d;
      const options = {
        what: flags.stripUnneeded ? "unneeded" : debug ? "debug" : named ? "none" : "all",
        sections: flags.removeSection ?? [],
        keep: flags.keepSymbol ?? [],
        drop: flags.stripSymbol ?? [],
      } as const;
      let status = 0;
      for (const name of files) {
        try {
          const before = readInput(name, "an object, a program or an archive");
          const bytes = strip({ name, bytes: before.bytes }, options);
          if (flags.output === undefined) replaceFile(before, bytes);
          else writeCopy(name, flags.output, bytes);
        } catch (error) {
          io.stderr.write(`strip: ${problemOf(error, name).message}\n`);
          status = BAD_INPUT;
        }
      }
      done(status);
    });
}

/** A program stays one that can be run. */
function writeCopy(from: string, to: string, bytes: Uint8Array): void {
  try {
    writeWhole(to, bytes);
    chmodSync(to, statSync(from).mode);
  } catch (error) {
    throw new InputError({ file: to, expected: "a file that can be written", found: systemErrorText(error) });
  }
}
