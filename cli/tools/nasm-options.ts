// The options of `minios nasm`, as NASM reads them: a letter with its value joined or apart, files anywhere between.

import { UsageError } from "../errors.ts";

export interface NasmCommand {
  file: string;
  format: "bin" | "elf32";
  /** Absent: made from the source's name. */
  output: string | undefined;
  listing: string | undefined;
  includePaths: string[];
  /** -D, -U and -p in the order given, as lines before the source. */
  before: string[];
  optimise: boolean;
  /** -E: print what the preprocessor makes; -M: print what the result depends on. */
  mode: "assemble" | "preprocess" | "dependencies";
  /** -MD: where to write the dependencies beside assembling. */
  dependencyFile: string | undefined;
  warnings: boolean;
  warningsAreErrors: boolean;
}

export const NASM_USAGE = `Usage: minios nasm [options] FILE

Assembles NASM-syntax source to a flat binary or an ELF32 object.

  -f FORMAT        bin (default), elf32 or elf
  -o FILE          the result; by default the source's name without .asm (bin) or with .o; written whole or not at all
  -l FILE          a listing
  -D NAME[=VALUE]  defines a macro;  -U NAME removes one;  -p FILE includes a file before the source
  -I DIR, -i DIR   where %include and incbin look
  -O0, -Ox         nothing shortened, or all (default)
  -E               print the source after the preprocessor;  -M what the result depends on;  -MD FILE the same to a file
  -w-all, -Werror  no warnings, or warnings are errors; other -w and -W are accepted, and so are -g, -F and -X
  -v, -h
`;

const VALUED = /^-([oflDdUuIiPpFXZ])(.*)$/s;

/** @throws UsageError; "help" and "version" stand for -h and -v */
export function parseNasmOptions(args: readonly string[]): NasmCommand | "help" | "version" {
  const options: NasmCommand = {
    file: "",
    format: "bin",
    output: undefined,
    listing: undefined,
    includePaths: [],
    before: [],
    optimise: true,
    mode: "assemble",
    dependencyFile: undefined,
    warnings: true,
    warningsAreErrors: false,
  };
  const files: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const argument = args[at];
    const next = (name: string): string => {
      const value = args[++at];
      if (value === undefined) throw new UsageError(`nasm: option ${name} needs a value`);
      return value;
    };
    if (argument === "--") {
      files.push(...args.slice(at + 1));
      break;
    }
    if (!argument.startsWith("-") || argument === "-") {
      files.push(argument);
      continue;
    }
    if (/^--?v$|^--?version$/.test(argument)) return "version";
    if (/^-h$|^--help$/.test(argument)) return "help";
    const valued = VALUED.exec(argument);
    if (valued && !/^-(?:include)$/.test(argument)) setValue(options, valued[1], valued[2] || next(`-${valued[1]}`));
    else if (argument === "-E" || argument === "-e") options.mode = "preprocess";
    else if (argument === "-M" || argument === "-MG") options.mode = "dependencies";
    else if (argument === "-MD") options.dependencyFile = args[at + 1]?.startsWith("-") ? "" : next("-MD");
    else if (/^-M[FTQ]$/.test(argument)) {
      const value = next(argument);
      if (argument === "-MF") options.dependencyFile = value;
    } else if (argument.startsWith("-O")) options.optimise = argument !== "-O0" && argument !== "-O1";
    else if (/^-w-all$|^-Wno-all$/.test(argument)) options.warnings = false;
    else if (/^-Werror$|^-w\+error$/.test(argument)) options.warningsAreErrors = true;
    else if (!/^-[wWgasL]|^-MP$|^--(?:no-line|reproducible|keep-all)$/.test(argument))
      throw new UsageError(`nasm: unknown option '${argument}'`);
  }
  if (files.length === 0) throw new UsageError("nasm: no input file given");
  if (files.length > 1) throw new UsageError(`nasm: one input file at a time, not ${files.join(" ")}`);
  options.file = files[0];
  return options;
}

function setValue(options: NasmCommand, letter: string, value: string): void {
  switch (letter) {
    case "o":
      options.output = value;
      break;
    case "l":
      options.listing = value;
      break;
    case "f":
      if (value !== "bin" && value !== "elf32" && value !== "elf")
        throw new UsageError(`nasm: format '${value}': bin, elf32 or elf expected`);
      options.format = value === "bin" ? "bin" : "elf32";
      break;
    case "D":
    case "d": {
      const [, name, text = ""] = /^([^=]*)=?(.*)$/s.exec(value) ?? [];
      if (!/^[A-Za-z_.?@$][\w$#@~.?]*$/.test(name))
        throw new UsageError(`nasm: -D ${value}: NAME or NAME=VALUE expected`);
      options.before.push(`%define ${name} ${text.replaceAll("\n", " ")}`);
      break;
    }
    case "U":
    case "u":
      options.before.push(`%undef ${value}`);
      break;
    case "I":
    case "i":
      options.includePaths.push(value);
      break;
    case "P":
    case "p":
      options.before.push(`%include "${value}"`);
      break;
  }
}
