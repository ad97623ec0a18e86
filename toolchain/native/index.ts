// WebAssembly → i386: reads the module, brings each function into SSA, optimises it, compiles it, and puts an ELF object around
// it. The stages are the folders, in this order: wasm, ssa, optimise, machine, allocate, emit; then object.ts and lines.ts.

import type { ElfObject } from "../../formats/elf32-object.ts";
import { readModule } from "../../formats/wasm/read.ts";
import { type FunctionCache, FunctionSource } from "./cache.ts";
import type { Target } from "./emit/function.ts";
import { addLines } from "./lines.ts";
import { buildObject } from "./object.ts";

export { FunctionCache } from "./cache.ts";
export { NativeError } from "./error.ts";

export interface CompileOptions {
  /** For error messages and the object's file symbol. */
  name: string;
  /** asc's --memoryBase: the address of the first byte of .wasm.data. */
  memoryBase: number;
  /** The source map that asc wrote, as JSON: becomes the line table. */
  sourceMap?: string;
  /** i386 unless said otherwise; i686 may use cmov. */
  target?: Target;
  /** Memory is the whole address space, unless another object defines __memory_size and __memory_grow. */
  freestanding?: boolean;
  /** Kept from one compilation of a module to the next, so that only what changed is compiled. */
  cache?: FunctionCache;
  /** The directory that the source map's files are in, for debuggers. */
  sourceRoot?: string;
}

export interface CompileResult {
  object: ElfObject;
  stats: { functions: number; codeBytes: number; dataBytes: number };
}

/** @throws NativeError when the module is malformed, or uses what the compiler doesn't have. */
export function compileWasm(wasm: Uint8Array, options: CompileOptions): CompileResult {
  const module = readModule(wasm, options.name);
  const target = options.target ?? "i386";
  options.cache?.begin(module, target);
  const functions = module.functions
    .filter((f) => f.body)
    .map((f) => new FunctionSource(f, module, target, options.cache));
  const built = buildObject(module, functions, options.memoryBase, options.freestanding ?? false);
  if (options.sourceMap !== undefined) addLines(built, options.sourceMap, options.name, options.sourceRoot ?? "");
  const data = built.object.sections.find((section) => section.name === ".wasm.data");
  return {
    object: built.object,
    stats: {
      functions: functions.length,
      codeBytes: built.text.data instanceof Uint8Array ? built.text.data.length : 0,
      dataBytes: data?.data instanceof Uint8Array ? data.data.length : 0,
    },
  };
}
