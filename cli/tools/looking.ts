// What the looking tools (nm, size, readelf, objdump, strip) share on the command line: going through files, and their errors.

import { Command } from "commander";
import type { InputFile, Report } from "../../toolchain/inspect/report.ts";
import { asInputError, type InputError } from "../errors.ts";
import type { Io } from "../io.ts";
import { readInput } from "../run/files.ts";

const BAD_INPUT = 2;

/**
 * Shows one file after the other; one that can't be shown is a line on the error stream, and the others are shown all the same.
 * @returns the exit status
 */
export function lookAt(io: Io, tool: string, files: readonly string[], look: (file: InputFile) => Report): number {
  let status = 0;
  for (const name of files) {
    try {
      const { text, notes } = look({ name, bytes: readInput(name, "an object, a program or an archive").bytes });
      io.stdout.write(text);
      for (const note of notes) io.stderr.write(`${tool}: ${note}\n`);
    } catch (error) {
      io.stderr.write(`${tool}: ${problemOf(error, name).message}\n`);
      status = BAD_INPUT;
    }
  }
  return status;
}

/** The error of another room as one about the person's file; what is none goes on. */
export function problemOf(error: unknown, file: string): InputError {
  const member = error instanceof Error && "file" in error && typeof error.file === "string" ? error.file : file;
  const problem = asInputError(error, member);
  if (!problem) throw error;
  return problem;
}

/** A sub-command whose -h is an option of its own, as GNU's is. */
export function lookingCommand(name: string, summary: string, examples: string): Command {
  return new Command(name)
    .summary(summary)
    .helpOption("--help", "display help for command")
    .addHelpText("after", `\nExamples:\n${examples}`);
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}
