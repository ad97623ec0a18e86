// The options of `minios cc`, as C compilers spell them: read by hand, because one dash and joined values (-O2, -Idir) are
// not commander's kind.

import { UsageError } from "../errors.ts";

export interface CcOptions {
  help: boolean;
  /** TypeScript (one), objects and assembly. */
  inputs: string[];
  output: string | undefined;
  compileOnly: boolean;
  /** -S: assembly text instead of an object. */
  assembly: boolean;
  /** asc's options for the level: -O0 … -O3, -Os, -Oz. */
  level: string;
  debug: boolean;
  target: "i386" | "i686";
  includePaths: string[];
  /** Who looks after the heap: asc's --runtime. */
  runtime: string;
  /** The heap has the whole address space above its start. */
  freestanding: boolean;
  /** Where the static data of the module stands; the linker puts .wasm.data there. */
  memoryBase: number;
  script: string | undefined;
  textAddress: number;
  entry: string | undefined;
  mapFile: string | undefined;
}

const TEXT_ADDRESS = 0x8048000;
const MEMORY_BASE = 0x8400000;

export const CC_USAGE = `Usage: minios cc [options] FILE.ts [OBJECT.o | ASSEMBLY.s]...

Compiles TypeScript (as AssemblyScript understands it) to an i386 ELF object or executable.

  -c                    compile only: an object that a linker takes
  -S                    compile only, to assembly text that \`minios as\` and GNU as take
  -o FILE               where to write it (FILE.o with -c, FILE.s with -S, else a.out)
  -O0 -O1 -O2 -O3 -Os   how much to optimise (-O2)
  -g                    line and function information for debuggers
  --target=i386|i686    the oldest processor that has to run it (i386)
  -I DIR                also look for imported files in DIR
  --runtime=stub|minimal|incremental
                        what becomes of objects that nobody refers to: they stay (stub); they go when the program calls
                        __collect; they go by themselves
  -ffreestanding        for a kernel: the heap has all memory above its start. Otherwise it grows by the external symbols
                        __memory_size and __memory_grow. The default when cc links
  --memory-base ADDR    address of the module's static data and of what lies above it: the heap (0x8400000)

When linking:
  -e SYMBOL             where execution starts (_start)
  -Ttext ADDR           address of the code (0x8048000)
  -T SCRIPT             a linker script, which has to put .wasm.data at the memory base
  -Map FILE             write what ended up where

Exported functions are called by the C convention; imports of any module but "cpu" are external symbols.
Variables whose first value is computed get it from __wasm_start, which the program calls first.
A failed assertion or array check executes ud2.
A program that computes with f32 or f64 calls floatInit() of module "cpu" before it does.

Examples:
  minios cc -O2 -g -c kernel.ts -o kernel.o
  minios cc -O3 --target=i686 -S kernel.ts -o kernel.s
  minios cc -Ttext 0x100000 --memory-base 0x200000 kernel.ts entry.s -o kernel.elf -Map kernel.map
`;

/** @throws UsageError */
export function parseCcOptions(args: readonly string[]): CcOptions {
  const options: CcOptions = {
    help: false,
    inputs: [],
    output: undefined,
    compileOnly: false,
    assembly: false,
    level: "-O2",
    debug: false,
    target: "i386",
    includePaths: [],
    runtime: "stub",
    freestanding: false,
    memoryBase: MEMORY_BASE,
    script: undefined,
    textAddress: TEXT_ADDRESS,
    entry: undefined,
    mapFile: undefined,
  };
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const name = arg;
    const value = (joined: string | undefined): string => {
      const found = joined === undefined || joined === "" ? rest.shift() : joined;
      if (found === undefined) throw new UsageError(`cc: option ${name} needs a value`);
      return found;
    };
    const long = /^(--[a-z-]+)(?:=(.*))?$/.exec(arg);
    if (arg === "--help") options.help = true;
    else if (long?.[1] === "--target") options.target = target(value(long[2]));
    else if (long?.[1] === "--runtime") options.runtime = runtime(value(long[2]));
    else if (long?.[1] === "--memory-base") options.memoryBase = address(name, value(long[2]));
    else if (arg === "-c") options.compileOnly = true;
    else if (arg === "-S") options.assembly = true;
    else if (arg === "-E")
      throw new UsageError("cc: -E: TypeScript has no preprocessor; -S shows what becomes of a source, as assembly");
    else if (arg === "-g") options.debug = true;
    else if (/^-O[0-3sz]?$/.test(arg)) options.level = arg === "-O" ? "-O1" : arg;
    else if (arg === "-ffreestanding") options.freestanding = true;
    else if (/^-m?32$|^-nostdlib$/.test(arg)) continue;
    else if (/^-Ttext(=|$)/.test(arg)) options.textAddress = address("-Ttext", value(/=(.*)$/.exec(arg)?.[1]));
    else if (/^-Map(=|$)/.test(arg)) options.mapFile = value(/=(.*)$/.exec(arg)?.[1]);
    else if (arg.startsWith("-T")) options.script = value(arg.slice(2));
    else if (arg.startsWith("-o")) options.output = value(arg.slice(2));
    else if (arg.startsWith("-I")) options.includePaths.push(value(arg.slice(2)));
    else if (arg.startsWith("-e")) options.entry = value(arg.slice(2));
    else if (arg.startsWith("-")) throw new UsageError(`cc: unknown option ${arg} (minios cc --help lists them)`);
    else options.inputs.push(arg);
  }
  if (!options.help) checkInputs(options);
  return options;
}

function checkInputs({ inputs, compileOnly, assembly }: CcOptions): void {
  const sources = inputs.filter((file) => file.endsWith(".ts"));
  const unknown = inputs.find((file) => !/\.(ts|o|s|S)$/.test(file));
  if (inputs.length === 0) throw new UsageError("cc: no input file");
  if (unknown !== undefined) throw new UsageError(`cc: ${unknown}: expected a file named .ts, .o or .s`);
  if (sources.length > 1)
    throw new UsageError(`cc: one TypeScript file, which imports the others; found ${sources.join(" and ")}`);
  if (assembly && (sources.length !== 1 || inputs.length !== 1))
    throw new UsageError("cc: with -S expected one TypeScript file and nothing else");
  if (compileOnly && (sources.length !== 1 || inputs.length !== 1))
    throw new UsageError("cc: with -c expected one TypeScript file and nothing else");
}

function target(value: string): "i386" | "i686" {
  if (value === "i386" || value === "i686") return value;
  throw new UsageError(`cc: --target: expected i386 or i686, found ${value}`);
}

function runtime(value: string): string {
  if (["stub", "minimal", "incremental"].includes(value)) return value;
  throw new UsageError(`cc: --runtime: expected stub, minimal or incremental, found ${value}`);
}

function address(option: string, text: string): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  throw new UsageError(`cc: ${option}: expected an address such as 0x100000, found ${text}`);
}
