// What SSA construction knows while it walks a body: the values of the locals, the operand stack, the open blocks; and what
// needs nothing else, variables and calls. Control flow is in build.ts.

import { NativeError } from "../error.ts";
import type { Body, WasmInstruction } from "../wasm/decode.ts";
import type { FunctionType, ValueType, WasmFunction, WasmModule } from "../wasm/module.ts";
import { Graph } from "./graph.ts";
import { INTRINSICS } from "./intrinsics.ts";
import { Block, type SsaFunction, type Value } from "./ir.ts";
import { long, type Operand, word } from "./operators.ts";

/** A block, loop, if or the function itself, open. */
export interface Frame {
  instruction: WasmInstruction | undefined;
  type: FunctionType;
  /** Height of the operand stack below its parameters. */
  height: number;
  /** Where `br` goes: a loop's head, or the block after the end. */
  target: Block;
  isLoop: boolean;
  /** What each edge to `target` brings: local words, then stack words. */
  edges: Value[][];
  /** if: where the condition is 0, and with what variables; undefined once its code began. */
  otherwise: { block: Block; locals: Value[]; stack: Operand[] } | undefined;
  /** loop: phis of the head, by index of the word in an edge. */
  phis: Map<number, Value>;
}

/** The words that a value of the type takes. */
export function wordsOf(types: readonly ValueType[]): number {
  return types.reduce((sum, type) => sum + (type === "i64" ? 2 : 1), 0);
}

export class BodyState {
  protected readonly f: SsaFunction;
  protected readonly g: Graph;
  protected readonly frames: Frame[] = [];
  protected stack: Operand[] = [];
  /** The value of each local's words now. */
  protected locals: Value[] = [];
  protected readonly localWord: number[] = [];
  protected at = 0;

  constructor(
    protected readonly module: WasmModule,
    protected readonly wasm: WasmFunction,
    protected readonly body: Body,
  ) {
    const entry = new Block(0);
    this.f = {
      name: wasm.name,
      parameterWords: wordsOf(wasm.type.parameters),
      resultWords: wordsOf(wasm.type.results),
      entry,
      blocks: [entry],
      constants: new Map(),
      valueCount: 0,
    };
    this.g = new Graph(this.f);
  }

  // Variables and the operand stack.

  protected local(index: number): Operand {
    const at = this.localWord[index];
    return this.body.locals[index] === "i64"
      ? long({ low: this.locals[at], high: this.locals[at + 1] })
      : word(this.locals[at]);
  }

  protected setLocal(index: number, operand: Operand): void {
    const at = this.localWord[index];
    this.locals[at] = operand.low;
    if (operand.type === "i64") this.locals[at + 1] = operand.high;
  }

  protected popAny(): Operand {
    const { height } = this.frames[this.frames.length - 1];
    const operand = this.stack.length > height ? this.stack.pop() : undefined;
    return operand ?? this.fail("an operand on the stack", "none");
  }

  protected pop(type: ValueType): Operand {
    const operand = this.popAny();
    return operand.type === type ? operand : this.fail(`an operand of type ${type}`, operand.type);
  }

  protected popTypes(types: ValueType[]): Operand[] {
    const operands: Operand[] = [];
    for (let i = types.length - 1; i >= 0; i--) operands.unshift(this.pop(types[i]));
    return operands;
  }

  protected global(set: boolean, index: number): void {
    const { g } = this;
    const global = this.module.globals[index];
    this.checkTypes([global.type]);
    const isLong = global.type === "i64";
    if (set) {
      if (!global.mutable) this.fail("a mutable global", global.name);
      const operand = this.pop(global.type);
      g.append("setGlobal", [operand.low], index * 2);
      if (isLong) g.append("setGlobal", [operand.high], index * 2 + 1);
    } else {
      const read = (i: number) =>
        global.mutable || global.import ? g.append("global", [], index * 2 + i) : g.constant(global.value[i]);
      this.stack.push(isLong ? long({ low: read(0), high: read(1) }) : word(read(0)));
    }
  }

  protected select(): void {
    const { g } = this;
    const condition = this.pop("i32").low;
    const no = this.popAny();
    const yes = this.pop(no.type);
    const low = g.select(condition, yes.low, no.low);
    this.stack.push(no.type === "i64" ? long({ low, high: g.select(condition, yes.high, no.high) }) : word(low));
  }

  // Calls.

  protected call(callee: WasmFunction): void {
    const args = argumentWords(this.popTypes(callee.type.parameters));
    const { import: imported, type } = callee;
    this.checkTypes([...type.parameters, ...type.results]);
    if (imported?.module === "cpu") this.checkIntrinsic(imported.name, type);
    if (imported?.module === "cpu") this.pushResults(type, this.g.append("cpu", args, 0, imported.name));
    else this.pushResults(type, this.g.append("call", args, callee.index));
  }

  protected checkIntrinsic(name: string, type: FunctionType): void {
    const intrinsic = INTRINSICS[name] ?? this.fail("a function of module cpu", `'${name}'`);
    const [args, results] = [wordsOf(type.parameters), wordsOf(type.results)];
    if (args !== intrinsic.args || results !== intrinsic.results)
      this.fail(
        `cpu.${name} with ${intrinsic.args} argument and ${intrinsic.results} result words`,
        `${args} and ${results}`,
      );
  }

  protected callIndirect(type: FunctionType): void {
    this.checkTypes([...type.parameters, ...type.results]);
    const index = this.pop("i32").low;
    const args = argumentWords(this.popTypes(type.parameters));
    this.pushResults(type, this.g.append("callIndirect", [index, ...args], args.length));
  }

  protected pushResults(type: FunctionType, value: Value): void {
    if (type.results.length > 1) this.fail("a call with at most one result", `${type.results.length}`);
    if (type.results[0] === "i32") this.stack.push(word(value));
    else if (type.results[0] === "i64") this.stack.push(long({ low: value, high: this.g.high(value) }));
  }

  protected current(): Block {
    return this.g.block ?? this.fail("reachable code", "code after a branch");
  }

  protected edgeWords(operands: Operand[]): Value[] {
    return [...this.locals, ...argumentWords(operands)];
  }

  protected setEdgeWords(frame: Frame, types: ValueType[], words: Value[]): void {
    const count = this.locals.length;
    this.locals = words.slice(0, count);
    this.stack.length = frame.height;
    let at = count;
    for (const type of types) {
      this.stack.push(type === "i64" ? long({ low: words[at], high: words[at + 1] }) : word(words[at]));
      at += wordsOf([type]);
    }
  }

  protected checkTypes(types: ValueType[]): void {
    for (const type of types)
      if (type === "f32" || type === "f64") this.fail("integer types (floating point is not compiled yet)", type);
  }

  protected fail(expected: string, found: string): never {
    throw new NativeError(this.module.file, this.at, `${expected} in ${this.wasm.name}`, found);
  }
}

/** An i64 is passed low word first. */
export function argumentWords(operands: Operand[]): Value[] {
  return operands.flatMap((operand) => (operand.type === "i64" ? [operand.low, operand.high] : [operand.low]));
}
