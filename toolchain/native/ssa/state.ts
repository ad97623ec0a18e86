// What SSA construction knows while it walks a body: the values of the locals, the operand stack, the open blocks; and what
// needs nothing else, variables and calls. Control flow is in build.ts.

import type { Body, WasmInstruction } from "../../../formats/wasm/decode.ts";
import type { FunctionType, ValueType, WasmFunction, WasmModule } from "../../../formats/wasm/module.ts";
import { NativeError } from "../error.ts";
import { isFloat, isWide, operand as operandOf, wordsOfOperand } from "./floats.ts";
import { Graph } from "./graph.ts";
import { INTRINSICS } from "./intrinsics.ts";
import { Block, type SsaFunction, type Value } from "./ir.ts";
import type { Operand } from "./operators.ts";

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
  return types.reduce((sum, type) => sum + (isWide(type) ? 2 : 1), 0);
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
      returnsFloat: wasm.type.results.some(isFloat),
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
    return this.operandAt(this.body.locals[index], this.locals, at);
  }

  protected setLocal(index: number, operand: Operand): void {
    const at = this.localWord[index];
    this.locals[at] = operand.low;
    if (isWide(operand.type)) this.locals[at + 1] = operand.high;
  }

  private operandAt(type: ValueType, words: Value[], at: number): Operand {
    return operandOf(type, words[at], isWide(type) ? words[at + 1] : words[at]);
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
    const hasTwo = isWide(global.type);
    if (set) {
      if (!global.mutable) this.fail("a mutable global", global.name);
      const operand = this.pop(global.type);
      g.append("setGlobal", [operand.low], index * 2);
      if (hasTwo) g.append("setGlobal", [operand.high], index * 2 + 1);
    } else {
      const read = (i: number) =>
        global.mutable || global.import ? g.append("global", [], index * 2 + i) : g.constant(global.value[i]);
      const low = read(0);
      this.stack.push(operandOf(global.type, low, hasTwo ? read(1) : low));
    }
  }

  protected select(): void {
    const { g } = this;
    const condition = this.pop("i32").low;
    const no = this.popAny();
    const yes = this.pop(no.type);
    const low = g.select(condition, yes.low, no.low);
    this.stack.push(operandOf(no.type, low, isWide(no.type) ? g.select(condition, yes.high, no.high) : low));
  }

  // Calls.

  protected call(callee: WasmFunction): void {
    const args = argumentWords(this.popTypes(callee.type.parameters));
    const { import: imported, type } = callee;
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
    const float = [...type.parameters, ...type.results].find(isFloat);
    if (float) this.fail(`cpu.${name} with integers`, float);
  }

  protected callIndirect(type: FunctionType): void {
    const index = this.pop("i32").low;
    const args = argumentWords(this.popTypes(type.parameters));
    this.pushResults(type, this.g.append("callIndirect", [index, ...args], args.length));
  }

  protected pushResults(type: FunctionType, value: Value): void {
    if (type.results.length > 1) this.fail("a call with at most one result", `${type.results.length}`);
    const [result] = type.results;
    if (!result) return;
    if (isFloat(result)) value.symbol = result;
    this.stack.push(operandOf(result, value, isWide(result) ? this.g.high(value) : value));
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
      this.stack.push(this.operandAt(type, words, at));
      at += wordsOf([type]);
    }
  }

  protected fail(expected: string, found: string): never {
    throw new NativeError(this.module.file, this.at, `${expected} in ${this.wasm.name}`, found);
  }
}

/** Two words are passed low word first. */
export function argumentWords(operands: Operand[]): Value[] {
  return operands.flatMap(wordsOfOperand);
}
