// `minios as`: the assembler as a command that stands where GNU as stood in a Makefile.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeObject } from "../../formats/elf32-object.ts";
import packageJson from "../../package.json" with { type: "json" };
import { type AssembledSource, AssemblerErrors, assemble } from "../../toolchain/asm/index.ts";
import { writeWhole } from "../build/disk-tree.ts";
import { InputError, systemErrorText } from "../errors.ts";
import type { Io } from "../io.ts";
import { AS_USAGE, type AsOptions, parseAsOptions } from "./as-options.ts";

/**
 * @param args what follows `minios as`
 * @returns the exit status: 0, or 1 when the source is wrong
 * @throws UsageError or InputError for what makes it 2
 */
export async function as(io: Io, args: readonly string[]): Promise<number> {
  const options = parseAsOptions(args);
  if (options.say === "help") {
    io.stdout.write(AS_USAGE);
    return 0;
  }
  if (options.say === "version") {
    io.stdout.write(`MiniOS assembler ${packageJson.version} (GNU as syntax, i386)\n`);
    return 0;
  }
  const sources = [];
  for (const file of options.files)
    sources.push(
      file === "-" ? { file: "{standard input}", text: await readAll(io) } : { file, text: readSource(file) },
    );
  const assembled = assembleSources(io, sources, options);
  if (!assembled) return 1;
  writeResult(options.output, writeObject(assembled.object));
  if (assembled.listing !== undefined) {
    if (options.listingFile === undefined) io.stdout.write(assembled.listing);
    else writeResult(options.listingFile, assembled.listing);
  }
  return 0;
}

/** Says what is wrong; undefined when that is an error. */
function assembleSources(
  io: Io,
  [first, ...further]: { file: string; text: string }[],
  options: AsOptions,
): AssembledSource | undefined {
  const folders = [".", dirname(first.file), ...options.includePaths];
  try {
    const assembled = assemble(first.text, {
      file: first.file,
      further,
      include: (path) => readFirst(folders, path)?.toString("utf8"),
      incbin: (path) => readFirst(folders, path),
      lines: options.debug,
      directory: process.cwd(),
      defines: options.defines,
      listing: options.listing?.general
        ? { ...options.listing, general: aboutRun(first.file, options) }
        : options.listing,
      executableStack: options.noExecutableStack === undefined ? undefined : !options.noExecutableStack,
    });
    for (const text of assembled.prints) io.stdout.write(`${text}\n`);
    if (!options.noWarnings) for (const warning of assembled.warnings) io.stderr.write(`${warning.show()}\n`);
    if (options.fatalWarnings && assembled.warnings.length > 0) {
      io.stderr.write(`minios: as: ${assembled.warnings.length} warning(s), taken as errors\n`);
      return undefined;
    }
    return assembled;
  } catch (error) {
    if (!(error instanceof AssemblerErrors)) throw error;
    for (const one of error.errors) io.stderr.write(`${one.show()}\n`);
    return undefined;
  }
}

/** What `-ag` says. There is no time stamp, so that listings can be compared. */
function aboutRun(file: string, options: AsOptions): string[] {
  const said: [string, string][] = [
    ["options passed", options.passed.join(" ")],
    ["input file", file],
    ["output file", options.output],
    ["target", "i386-elf"],
  ];
  const lines = said.map(([what, value]) => ` ${what.padEnd(14)}\t: ${value}`);
  return [` MiniOS assembler version ${packageJson.version} (GNU as syntax)`, ...lines];
}

async function readAll(io: Io): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of io.stdin) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
}

function readSource(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new InputError({ file, expected: "an assembly source", found: systemErrorText(error) });
  }
}

function readFirst(folders: readonly string[], path: string): Buffer | undefined {
  for (const folder of path.startsWith("/") ? [""] : folders) {
    try {
      return readFileSync(folder === "" ? path : join(folder, path));
    } catch {
      // The next folder may have it; a file that none has is an error of the source.
    }
  }
  return undefined;
}

function writeResult(path: string, contents: string | Uint8Array): void {
  try {
    writeWhole(path, contents);
  } catch (error) {
    throw new InputError({ file: path, expected: "a file that can be written", found: systemErrorText(error) });
  }
}
