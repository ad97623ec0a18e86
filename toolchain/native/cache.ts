// What the last compilation of a module made, for the next one: after a small change most functions are as they were. A
// function's code depends on its body, on what the module declares (types, functions, globals), and on which words of whose
// arguments go in registers; where all three are the same, the code is.

import type { WasmFunction, WasmModule } from "../../formats/wasm/module.ts";
import { type CompiledFunction, compileFunction, type Target } from "./emit/function.ts";
import { optimise } from "./optimise/index.ts";
import { buildSsa } from "./ssa/build.ts";
import type { SsaFunction } from "./ssa/ir.ts";

interface Kept {
  /** Functions that it calls. */
  calls: readonly number[];
  /** Which words go in registers, of all functions. */
  convention: string;
  made: CompiledFunction;
  /** Where its body began in the module: lines count from there. */
  bodyStart: number;
}

export class FunctionCache {
  private declarations = "";
  private last = new Map<string, Kept>();
  private next = new Map<string, Kept>();

  /** Starts a compilation: what the last one made and this one does not ask for is forgotten. */
  begin(module: WasmModule, target: Target): void {
    const declarations = JSON.stringify([target, module.types, module.functions.map(declarationOf), module.globals]);
    this.last = declarations === this.declarations ? this.next : new Map();
    this.next = new Map();
    this.declarations = declarations;
  }

  find(key: string): Kept | undefined {
    return this.last.get(key);
  }

  keep(key: string, kept: Kept): void {
    this.next.set(key, kept);
  }
}

function declarationOf({ type, name, import: imported }: WasmFunction): unknown {
  return [type, name, imported];
}

/** A function of a module on its way to code; what the cache has of it is not made again. */
export class FunctionSource {
  private readonly key: string;
  private readonly kept: Kept | undefined;
  private ssa: SsaFunction | undefined;
  readonly calls: readonly number[];

  constructor(
    readonly wasm: WasmFunction,
    private readonly module: WasmModule,
    private readonly target: Target,
    private readonly cache: FunctionCache | undefined,
  ) {
    this.key = cache ? `${wasm.index}:${bodyText(module, wasm)}` : "";
    this.kept = cache?.find(this.key);
    this.calls = this.kept?.calls ?? callsOf(this.optimised());
  }

  /** @param convention names what `registerWords` gives for all functions */
  compile(registerWords: (index: number) => number, convention: string): CompiledFunction {
    const { kept } = this;
    const bodyStart = this.wasm.body?.start ?? 0;
    const made =
      kept?.convention === convention
        ? { ...kept.made, lines: movedLines(kept.made.lines, bodyStart - kept.bodyStart) }
        : compileFunction(this.optimised(), this.wasm.index, registerWords, this.target);
    this.cache?.keep(this.key, { calls: this.calls, convention, made, bodyStart });
    return made;
  }

  private optimised(): SsaFunction {
    if (!this.ssa) {
      this.ssa = buildSsa(this.module, this.wasm);
      optimise(this.ssa);
    }
    return this.ssa;
  }
}

function bodyText(module: WasmModule, { body }: WasmFunction): string {
  return new TextDecoder("latin1").decode(module.bytes.subarray(body?.start, body?.end));
}

function callsOf(f: SsaFunction): number[] {
  return f.blocks.flatMap(({ values }) => values.filter(({ op }) => op === "call").map(({ imm }) => imm));
}

/** An instruction that comes from nowhere has -1. */
function movedLines(lines: CompiledFunction["lines"], by: number): CompiledFunction["lines"] {
  return lines.map(({ offset, at }) => ({ offset, at: at < 0 ? at : at + by }));
}
