// The options of `minios as`, as GNU as reads them: long ones with one dash or two, values joined or apart, files anywhere between.

import type { ListingOptions } from "../../toolchain/asm/index.ts";
import { UsageError } from "../errors.ts";

export interface AsOptions {
  /** As they were given, without the files. */
  passed: string[];
  /** "-" is standard input; never empty. */
  files: string[];
  output: string;
  includePaths: string[];
  defines: Record<string, number>;
  /** `-g`: a line table for the source itself. */
  debug: boolean;
  listing: ListingOptions | undefined;
  /** Where the listing goes; standard output when absent. */
  listingFile: string | undefined;
  noWarnings: boolean;
  fatalWarnings: boolean;
  noExecutableStack: boolean | undefined;
  /** `-v`, `--version`, `--help`: what to say instead of, or before, working. */
  say: "version" | "help" | undefined;
}

export const AS_USAGE = `Usage: minios as [options] [file...]

Assembles GNU-syntax (AT&T or Intel) i386 source to an ELF object. Without a file, or for -, it reads standard input; several
files are read as one.

  -o FILE                 the object (default a.out); it is written whole or not at all
  --32, -march=, -mtune=  accepted: the code is for the i386 and its successors
  -a[cdghlmns][=FILE]     a listing: l lines, s symbols (both by default), m what macros come to, g about the run,
                          n without pages, c without false conditionals, d without debugging directives; to FILE or
                          standard output
  -g, --gen-debug, --gdwarf-N   debugging information for the source lines
  -I DIR                  where .include and .incbin look
  --defsym NAME=VALUE     defines a symbol
  --noexecstack, --execstack    whether the object asks for an executable stack
  -W, --no-warn           no warnings;  --fatal-warnings: warnings are errors
  --version, -v, --help
`;

/** Options that say nothing to us, with how many characters of them count as the name. */
const IGNORED =
  /^(--32|-D|-K|-J|-k|-Q[yn]|-w|-X|-f|-L|--keep-locals|--warn|-march=.*|-mtune=.*|-mmnemonic=.*|-mnaked-reg|--reduce-memory-overheads|--hash-size=.*|-nocpp|--nocompress-debug-sections|--no-pad-sections|--size-check=.*|--traditional-format|-mx86-used-note=no|--generate-missing-build-notes=no)$/;
const LISTING_LETTERS = /^[cdghlmns]*$/;

/** @throws UsageError for an option that does not exist or has no sensible value */
export function parseAsOptions(args: readonly string[]): AsOptions {
  const options: AsOptions = {
    passed: args.filter((argument) => argument.startsWith("-") && argument !== "-"),
    files: [],
    output: "a.out",
    includePaths: [],
    defines: {},
    debug: false,
    listing: undefined,
    listingFile: undefined,
    noWarnings: false,
    fatalWarnings: false,
    noExecutableStack: undefined,
    say: undefined,
  };
  for (let at = 0; at < args.length; at++) {
    const argument = args[at];
    const value = (name: string): string => {
      if (argument.length > name.length)
        return argument.slice(name.length).replace(/^=/, name.startsWith("--") ? "" : "=");
      const next = args[++at];
      if (next === undefined) throw new UsageError(`as: option ${name} needs a value`);
      return next;
    };
    if (argument === "--") {
      options.files.push(...args.slice(at + 1));
      break;
    }
    if (argument === "-" || !argument.startsWith("-")) options.files.push(argument);
    else if (argument === "-v" || argument === "-V" || /^--?version$/.test(argument)) options.say = "version";
    else if (/^--?help$/.test(argument) || argument === "--target-help") options.say = "help";
    else if (/^--defsym(=|$)/.test(argument)) define(options, value("--defsym"));
    else if (argument === "-g" || argument === "--gen-debug" || /^--?gdwarf-[2-5]$/.test(argument))
      options.debug = true;
    else if (/^--?noexecstack$/.test(argument)) options.noExecutableStack = true;
    else if (/^--?execstack$/.test(argument)) options.noExecutableStack = false;
    else if (argument === "--fatal-warnings") options.fatalWarnings = true;
    else if (argument === "-W" || argument === "--no-warn") options.noWarnings = true;
    else if (IGNORED.test(argument)) continue;
    else if (argument === "--64" || argument === "--x32")
      throw new UsageError(`as: ${argument}: only 32-bit objects are made`);
    else if (argument.startsWith("-o")) options.output = value("-o");
    else if (argument.startsWith("-I")) options.includePaths.push(value("-I"));
    else if (argument.startsWith("-a") && !argument.startsWith("--")) list(options, argument);
    else throw new UsageError(`as: unrecognized option '${argument}'`);
  }
  if (options.files.length === 0) options.files.push("-");
  return options;
}

function define(options: AsOptions, text: string): void {
  const parts = /^([A-Za-z_.$][\w.$]*)=(-?)(0[xX][0-9a-fA-F]+|\d+)$/.exec(text);
  if (!parts) throw new UsageError(`as: --defsym ${text}: NAME=NUMBER expected`);
  const number = /^0\d+$/.test(parts[3]) ? Number.parseInt(parts[3], 8) : Number(parts[3]);
  options.defines[parts[1]] = parts[2] ? -number : number;
}

function list(options: AsOptions, argument: string): void {
  const equals = argument.indexOf("=");
  const letters = argument.slice(2, equals < 0 ? undefined : equals);
  if (!LISTING_LETTERS.test(letters)) throw new UsageError(`as: ${argument}: letters of cdghlmns expected`);
  const content = letters === "" ? "hls" : letters;
  const before = options.listing;
  options.listing = {
    lines: content.includes("l") || (before?.lines ?? false),
    symbols: content.includes("s") || (before?.symbols ?? false),
    highLevel: content.includes("h") || (before?.highLevel ?? false),
    pages: !letters.includes("n") && (before?.pages ?? true),
    omitFalse: letters.includes("c") || (before?.omitFalse ?? false),
    omitDebugging: letters.includes("d") || (before?.omitDebugging ?? false),
    macros: letters.includes("m") || (before?.macros ?? false),
    general: letters.includes("g") ? [] : before?.general,
  };
  if (equals >= 0) options.listingFile = argument.slice(equals + 1);
}
