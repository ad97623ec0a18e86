// The command line of `minios ld`, with GNU's spellings: long options with one dash or two, values behind "=", behind a space or, for
// one-letter options, right behind the letter. Reference: the GNU linker manual, "Command-line Options".

import { UsageError } from "../errors.ts";

/** An input, in the order of the command line, since archives are searched in that order. */
export type LdInput =
  | { kind: "file"; name: string; whole: boolean }
  | { kind: "library"; name: string; whole: boolean }
  | { kind: "group"; inputs: LdInput[] };

export interface LdOptions {
  inputs: LdInput[];
  output: string | undefined;
  script: string | undefined;
  entry: string | undefined;
  /** "" means standard output. */
  map: string | undefined;
  searchDirectories: string[];
  sectionStarts: Map<string, number>;
  segmentStarts: Map<string, number>;
  definitions: string[];
  wanted: string[];
  format: "elf" | "binary" | undefined;
  relocatable: boolean;
  strip: boolean | "debug";
  discard: "merged" | "temporary" | "all" | "none";
  collectGarbage: boolean;
  printGarbage: boolean;
  paging: "page" | "joined" | "packed";
  maxPageSize: number | undefined;
  executableStack: boolean | undefined;
  relro: boolean;
  orphans: "place" | "discard" | "error" | "warn";
  unresolved: "error" | "warn" | "ignore";
  allowMultiple: boolean;
  fatalWarnings: boolean;
  noWarnings: boolean;
  warnExecutableStack: boolean;
  version: boolean;
  help: boolean;
}

function none(): LdOptions {
  return {
    inputs: [],
    output: undefined,
    script: undefined,
    entry: undefined,
    map: undefined,
    searchDirectories: [],
    sectionStarts: new Map(),
    segmentStarts: new Map(),
    definitions: [],
    wanted: [],
    format: undefined,
    relocatable: false,
    strip: false,
    discard: "merged",
    collectGarbage: false,
    printGarbage: false,
    paging: "page",
    maxPageSize: undefined,
    executableStack: undefined,
    relro: true,
    orphans: "place",
    unresolved: "error",
    allowMultiple: false,
    fatalWarnings: false,
    noWarnings: false,
    warnExecutableStack: true,
    version: false,
    help: false,
  };
}

type WithValue = (options: LdOptions, value: string, option: string) => void;
type Flag = (options: LdOptions) => void;

/** Options that take a value. A name of one letter may have it right behind the letter. */
const VALUES: ReadonlyMap<string, WithValue> = new Map<string, WithValue>([
  ["o", (o, value) => set(o, "output", value)],
  ["output", (o, value) => set(o, "output", value)],
  ["T", (o, value) => set(o, "script", value)],
  ["script", (o, value) => set(o, "script", value)],
  ["default-script", (o, value) => set(o, "script", value)],
  ["dT", (o, value) => set(o, "script", value)],
  ["e", (o, value) => set(o, "entry", value)],
  ["entry", (o, value) => set(o, "entry", value)],
  ["Map", (o, value) => set(o, "map", value)],
  ["L", (o, value) => o.searchDirectories.push(value)],
  ["library-path", (o, value) => o.searchDirectories.push(value)],
  ["u", (o, value) => o.wanted.push(value)],
  ["undefined", (o, value) => o.wanted.push(value)],
  ["require-defined", (o, value) => o.wanted.push(value)],
  ["defsym", (o, value) => o.definitions.push(value)],
  ["Ttext", (o, value, option) => o.sectionStarts.set(".text", address(value, option))],
  ["Tdata", (o, value, option) => o.sectionStarts.set(".data", address(value, option))],
  ["Tbss", (o, value, option) => o.sectionStarts.set(".bss", address(value, option))],
  ["Ttext-segment", (o, value, option) => o.segmentStarts.set("text-segment", address(value, option))],
  ["Trodata-segment", (o, value, option) => o.segmentStarts.set("rodata-segment", address(value, option))],
  ["Tldata-segment", (o, value, option) => o.segmentStarts.set("ldata-segment", address(value, option))],
  ["section-start", sectionStart],
  ["m", (_, value) => choose("m", value, { elf_i386: true, i386: true })],
  ["A", (_, value) => choose("A", value, { i386: true })],
  ["architecture", (_, value) => choose("architecture", value, { i386: true })],
  ["b", (_, value) => choose("b", value, { "elf32-i386": true })],
  ["format", (_, value) => choose("format", value, { "elf32-i386": true })],
  ["oformat", (o, value) => set(o, "format", choose("oformat", value, { binary: "binary", "elf32-i386": "elf" }))],
  ["orphan-handling", (o, value) => set(o, "orphans", choose("orphan-handling", value, ORPHANS))],
  ["unresolved-symbols", (o, value) => set(o, "unresolved", choose("unresolved-symbols", value, UNRESOLVED))],
  ["z", keyword],
  // Nothing here is dynamic, hashed or shared; these say how that would be done.
  ...[
    "build-id-style",
    "hash-style",
    "soname",
    "h",
    "rpath",
    "rpath-link",
    "dynamic-linker",
    "I",
    "plugin",
    "plugin-opt",
  ].map((name): [string, WithValue] => [name, ignore]),
  ...["sysroot", "O", "a", "G", "version-script", "sort-section"].map((name): [string, WithValue] => [name, ignore]),
]);

const ORPHANS = { place: "place", discard: "discard", warn: "warn", error: "error" } as const;
const UNRESOLVED = {
  "ignore-all": "ignore",
  "report-all": "error",
  "ignore-in-object-files": "ignore",
  "ignore-in-shared-libs": "error",
} as const;

const FLAGS: ReadonlyMap<string, Flag> = new Map<string, Flag>([
  ["r", (o) => set(o, "relocatable", true)],
  ["i", (o) => set(o, "relocatable", true)],
  ["Ur", (o) => set(o, "relocatable", true)],
  ["relocatable", (o) => set(o, "relocatable", true)],
  ["s", (o) => set(o, "strip", true)],
  ["strip-all", (o) => set(o, "strip", true)],
  ["S", (o) => set(o, "strip", o.strip || "debug")],
  ["strip-debug", (o) => set(o, "strip", o.strip || "debug")],
  ["x", (o) => set(o, "discard", "all")],
  ["discard-all", (o) => set(o, "discard", "all")],
  ["X", (o) => set(o, "discard", "temporary")],
  ["discard-locals", (o) => set(o, "discard", "temporary")],
  ["discard-none", (o) => set(o, "discard", "none")],
  ["gc-sections", (o) => set(o, "collectGarbage", true)],
  ["no-gc-sections", (o) => set(o, "collectGarbage", false)],
  ["print-gc-sections", (o) => set(o, "printGarbage", true)],
  ["no-print-gc-sections", (o) => set(o, "printGarbage", false)],
  ["M", (o) => set(o, "map", "")],
  ["print-map", (o) => set(o, "map", "")],
  ["N", (o) => set(o, "paging", "packed")],
  ["omagic", (o) => set(o, "paging", "packed")],
  ["n", (o) => set(o, "paging", "joined")],
  ["nmagic", (o) => set(o, "paging", "joined")],
  ["no-omagic", (o) => set(o, "paging", "page")],
  ["no-nmagic", (o) => set(o, "paging", "page")],
  ["warn-unresolved-symbols", (o) => set(o, "unresolved", "warn")],
  ["error-unresolved-symbols", (o) => set(o, "unresolved", "error")],
  ["noinhibit-exec", (o) => set(o, "unresolved", "warn")],
  ["allow-multiple-definition", (o) => set(o, "allowMultiple", true)],
  ["fatal-warnings", (o) => set(o, "fatalWarnings", true)],
  ["no-fatal-warnings", (o) => set(o, "fatalWarnings", false)],
  ["no-warn-execstack", (o) => set(o, "warnExecutableStack", false)],
  ["warn-execstack", (o) => set(o, "warnExecutableStack", true)],
  ["w", (o) => set(o, "noWarnings", true)],
  ["no-warnings", (o) => set(o, "noWarnings", true)],
  ["v", (o) => set(o, "version", true)],
  ["V", (o) => set(o, "version", true)],
  ["version", (o) => set(o, "version", true)],
  ["help", (o) => set(o, "help", true)],
  // What we do anyway, or what has no meaning for a static program.
  ...[
    ...["nostdlib", "static", "Bstatic", "dn", "non_shared", "no-dynamic-linker", "no-pie", "no-warn-rwx-segments"],
    ...["warn-rwx-segments", "warn-common", "build-id", "g", "d", "dc", "dp"],
    ...[
      "no-undefined",
      "no-ld-generated-unwind-info",
      "no-eh-frame-hdr",
      "eh-frame-hdr",
      "nodefaultlibs",
      "no-define-common",
    ],
    ...[
      "no-check-sections",
      "check-sections",
      "relax",
      "no-relax",
      "no-warn-mismatch",
      "accept-unknown-input-arch",
      "sort-common",
      "t",
      "trace",
      "verbose",
      "stats",
      "cref",
    ],
    ...[
      "no-export-dynamic",
      "export-dynamic",
      "E",
      "enable-new-dtags",
      "as-needed",
      "no-as-needed",
      "no-demangle",
      "demangle",
    ],
    ...[
      "warn-once",
      "warn-section-align",
      "no-keep-memory",
      "reduce-memory-overheads",
      "EL",
      "no-allow-shlib-undefined",
    ],
  ].map((name): [string, Flag] => [name, () => {}]),
]);

/** Words behind -z that change something here. */
const KEYWORDS: ReadonlyMap<string, Flag> = new Map<string, Flag>([
  ["execstack", (o) => set(o, "executableStack", true)],
  ["noexecstack", (o) => set(o, "executableStack", false)],
  ["relro", (o) => set(o, "relro", true)],
  ["norelro", (o) => set(o, "relro", false)],
  ["muldefs", (o) => set(o, "allowMultiple", true)],
]);

/**
 * Reads the arguments.
 * @param responseFile the contents of `@file`, or undefined when there is no such file (then it is an input with an odd name)
 * @throws UsageError
 */
export function parseLdArguments(
  args: readonly string[],
  responseFile: (name: string) => string | undefined = () => undefined,
): LdOptions {
  const options = none();
  const parser = new ArgumentParser(expand(args, responseFile, 0), options);
  parser.run();
  return options;
}

const MAX_RESPONSE_DEPTH = 10;

/** Words of a response file stand apart by white space; quotes hold them together, a backslash takes the next character as it is. */
function expand(args: readonly string[], responseFile: (name: string) => string | undefined, depth: number): string[] {
  if (depth > MAX_RESPONSE_DEPTH) throw new UsageError("response files (@FILE) that name each other without end");
  return args.flatMap((argument) => {
    const text = argument.startsWith("@") ? responseFile(argument.slice(1)) : undefined;
    if (text === undefined) return [argument];
    const words = text.match(/(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g) ?? [];
    const plain = words.map((word) =>
      word.replace(
        /\\([\s\S])|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'/g,
        (_, escaped, double, single) =>
          escaped ?? (double !== undefined ? double.replace(/\\([\s\S])/g, "$1") : single),
      ),
    );
    return expand(plain, responseFile, depth + 1);
  });
}

class ArgumentParser {
  private at = 0;
  private whole = false;
  private readonly groups: LdInput[][];

  constructor(
    private readonly args: readonly string[],
    private readonly options: LdOptions,
  ) {
    this.groups = [options.inputs];
  }

  run(): void {
    while (this.at < this.args.length) {
      const argument = this.args[this.at++];
      if (!argument.startsWith("-") || argument === "-") this.add({ kind: "file", name: argument, whole: this.whole });
      else if (argument === "--") {
        for (; this.at < this.args.length; this.at++)
          this.add({ kind: "file", name: this.args[this.at], whole: this.whole });
      } else this.option(argument);
    }
    if (this.groups.length > 1) throw new UsageError("--start-group without --end-group");
  }

  private option(argument: string): void {
    const isDouble = argument.startsWith("--");
    const body = argument.slice(isDouble ? 2 : 1);
    const equals = body.indexOf("=");
    const name = equals < 0 ? body : body.slice(0, equals);
    if (this.inputOption(body)) return;
    if (name === "build-id" || name === "icf") return;
    const value = VALUES.get(name);
    // One letter and one dash: what follows is the value, with an "=" if there is one.
    if (value && (isDouble || name.length > 1 || equals < 0)) {
      value(this.options, equals < 0 ? this.next(argument) : body.slice(equals + 1), argument);
      return;
    }
    const flag = equals < 0 ? FLAGS.get(name) : undefined;
    if (flag) {
      flag(this.options);
      return;
    }
    const short = isDouble ? undefined : VALUES.get(body[0]);
    // "-Tfoo.ld" is a script, "-Tfoo" too; but the long names that begin so have been looked for already.
    if (short && body.length > 1) {
      short(this.options, body[0] === "T" ? body.slice(1).replace(/^=/, "") : body.slice(1), argument);
      return;
    }
    if (/^(shared|Bshareable|pie|pic-executable|Bdynamic|dy|call_shared)$/.test(name))
      throw new UsageError(`${argument}: this linker makes static programs only`);
    throw new UsageError(`unknown option '${argument}'`);
  }

  /** Options that are inputs, or say how inputs are taken. */
  private inputOption(body: string): boolean {
    if (body === "(" || body === "start-group") this.groups.push([]);
    else if (body === ")" || body === "end-group") {
      const inputs = this.groups.length > 1 ? this.groups.pop() : undefined;
      if (!inputs) throw new UsageError(`-${body} without --start-group`);
      this.add({ kind: "group", inputs });
    } else if (body === "whole-archive") this.whole = true;
    else if (body === "no-whole-archive") this.whole = false;
    else if (body === "l" || body === "library")
      this.add({ kind: "library", name: this.next(`-${body}`), whole: this.whole });
    else if (body.startsWith("library=")) this.add({ kind: "library", name: body.slice(8), whole: this.whole });
    else if (body.startsWith("l")) this.add({ kind: "library", name: body.slice(1), whole: this.whole });
    else return false;
    return true;
  }

  private add(input: LdInput): void {
    this.groups.at(-1)?.push(input);
  }

  private next(option: string): string {
    if (this.at >= this.args.length) throw new UsageError(`option '${option}' wants a value`);
    return this.args[this.at++];
  }
}

function set<Name extends keyof LdOptions>(options: LdOptions, name: Name, value: LdOptions[Name]): void {
  options[name] = value;
}

function ignore(): void {}

function choose<Value>(option: string, value: string, values: Readonly<Record<string, Value>>): Value {
  if (!Object.hasOwn(values, value))
    throw new UsageError(`-${option}: expected ${Object.keys(values).join(" or ")}, found '${value}'`);
  return values[value];
}

/** GNU reads addresses as hexadecimal, with or without 0x. */
function address(value: string, option: string): number {
  const digits = /^(?:0[xX])?([0-9a-fA-F]{1,16})$/.exec(value)?.[1];
  const number = digits === undefined ? Number.NaN : Number.parseInt(digits, 16);
  if (!(number < 2 ** 32))
    throw new UsageError(`${option}: expected a hexadecimal address below 4 GiB, found '${value}'`);
  return number;
}

function sectionStart(options: LdOptions, value: string, option: string): void {
  const at = value.lastIndexOf("=");
  if (at <= 0) throw new UsageError(`${option}: expected SECTION=ADDRESS, found '${value}'`);
  options.sectionStarts.set(value.slice(0, at), address(value.slice(at + 1), option));
}

function keyword(options: LdOptions, value: string): void {
  const size = /^max-page-size=(.*)$/.exec(value);
  if (!size) {
    KEYWORDS.get(value)?.(options);
    return;
  }
  const number = Number(size[1]);
  if (!Number.isInteger(number) || number < 1 || number > 2 ** 30 || (number & (number - 1)) !== 0)
    throw new UsageError(`-z max-page-size: expected a power of two up to 1 GiB, found '${size[1]}'`);
  options.maxPageSize = number;
}
