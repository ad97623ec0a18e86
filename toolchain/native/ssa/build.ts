// WebAssembly function body → SSA. Control flow is structured, so phis are placed at once: at the end of a block for each
// variable whose value differs between the edges that meet there, and at a loop's head for each local that the loop sets.
// Source of the validation: WebAssembly Core Specification 2.0, appendix "Validation Algorithm".

import { decodeBody, type WasmInstruction } from "../../../formats/wasm/decode.ts";
import type { FunctionType, ValueType, WasmFunction, WasmModule } from "../../../formats/wasm/module.ts";
import type { Block, SsaFunction, Value } from "./ir.ts";
import { type Operand, operator } from "./operators.ts";
import { argumentWords, BodyState, type Frame, wordsOf } from "./state.ts";

/** @throws NativeError when the body is not valid, or uses what the compiler doesn't have. */
export function buildSsa(module: WasmModule, wasmFunction: WasmFunction): SsaFunction {
  return new Builder(module, wasmFunction, decodeBody(module, wasmFunction)).build();
}

class Builder extends BodyState {
  private pc = 0;

  build(): SsaFunction {
    const { g, body, f, wasm } = this;
    this.at = wasm.body?.start ?? 0;
    if (f.resultWords > 2) this.fail("at most one result", `${wasm.type.results.length}`);
    g.block = f.entry;
    g.at = this.at;
    let next = 0;
    for (const type of body.locals) {
      this.localWord.push(next);
      next += wordsOf([type]);
    }
    for (let i = 0; i < next; i++) this.locals.push(i < f.parameterWords ? g.append("param", [], i) : g.constant(0));
    this.pushFrame(undefined, { parameters: [], results: wasm.type.results }, false);
    for (this.pc = 0; this.pc < body.instructions.length; this.pc++) {
      const instruction = body.instructions[this.pc];
      this.at = instruction.at;
      g.at = instruction.at;
      this.instruction(instruction);
    }
    return f;
  }

  private instruction(instruction: WasmInstruction): void {
    const { g } = this;
    const { opcode, value } = instruction;
    switch (opcode.name) {
      case "nop":
        return;
      case "unreachable":
        this.leave({ kind: "unreachable" });
        this.skipDead();
        return;
      case "block":
      case "loop":
        this.pushFrame(instruction, instruction.type, opcode.name === "loop");
        return;
      case "if":
        this.beginIf(instruction);
        return;
      case "else":
        this.beginElse();
        return;
      case "end":
        this.end();
        return;
      case "br":
        this.branch(value);
        return;
      case "br_if":
        this.branchIf(value);
        return;
      case "br_table":
        this.branchTable(instruction.labels);
        return;
      case "return":
        this.leave({ kind: "return", values: argumentWords(this.popTypes(this.wasm.type.results)) });
        this.skipDead();
        return;
      case "call":
        this.call(this.module.functions[value]);
        return;
      case "call_indirect":
        this.callIndirect(this.module.types[value]);
        return;
      case "drop": {
        const operand = this.popAny();
        // A load that is only dropped was written for its side effect (a device's register).
        if (operand.low.op.startsWith("load")) operand.low.keep = true;
        return;
      }
      case "select":
        this.select();
        return;
      case "local.get":
        this.stack.push(this.local(value));
        return;
      case "local.set":
        this.setLocal(value, this.pop(this.body.locals[value]));
        return;
      case "local.tee": {
        const operand = this.pop(this.body.locals[value]);
        this.setLocal(value, operand);
        this.stack.push(operand);
        return;
      }
      case "global.get":
      case "global.set":
        this.global(opcode.name === "global.set", value);
        return;
      default: {
        const operands = this.popTypes(opcode.operands);
        const results = operator(g, instruction, operands);
        if (!results) this.fail("an instruction that the compiler has", opcode.name);
        this.stack.push(...results);
      }
    }
  }

  private pushFrame(instruction: WasmInstruction | undefined, type: FunctionType, isLoop: boolean): void {
    const { g } = this;
    const parameters = this.popOrNone(type.parameters);
    const target = g.newBlock();
    const frame: Frame = {
      instruction,
      type,
      height: this.stack.length,
      target,
      isLoop,
      edges: [],
      otherwise: undefined,
      phis: new Map(),
    };
    this.frames.push(frame);
    this.stack.push(...parameters);
    if (!isLoop) return;
    const edge = this.edgeWords(parameters);
    this.jump(frame, edge);
    g.block = target;
    const assigned = instruction?.assigned ?? new Set();
    const start = this.locals.length;
    this.body.locals.forEach((localType, local) => {
      const at = this.localWord[local];
      if (!assigned.has(local)) return;
      for (let i = at; i < at + wordsOf([localType]); i++) this.loopPhi(frame, i, edge[i]);
    });
    for (let i = start; i < edge.length; i++) this.loopPhi(frame, i, edge[i]);
    this.setEdgeWords(
      frame,
      parameters.map((p) => p.type),
      edge.map((value, i) => frame.phis.get(i) ?? value),
    );
  }

  private loopPhi(frame: Frame, index: number, first: Value): void {
    frame.phis.set(index, this.g.phi(frame.target, [first]));
  }

  /** The function's frame has no parameters of its own to pop. */
  private popOrNone(types: ValueType[]): Operand[] {
    return types.length === 0 ? [] : this.popTypes(types);
  }

  private beginIf(instruction: WasmInstruction): void {
    const { g } = this;
    const condition = this.pop("i32").low;
    const block = this.current();
    const [then, otherwise] = [g.newBlock(), g.newBlock()];
    this.pushFrame(instruction, instruction.type, false);
    const frame = this.frames[this.frames.length - 1];
    frame.otherwise = { block: otherwise, locals: [...this.locals], stack: this.stack.slice(frame.height) };
    this.branchOn(block, condition, then, otherwise);
    g.block = then;
  }

  private beginElse(): void {
    const frame = this.frames[this.frames.length - 1];
    const { otherwise } = frame;
    if (!otherwise) this.fail("`else` in an `if`", "a block without one");
    if (this.g.block) this.jump(frame, this.resultEdge(frame));
    this.startOtherwise(frame, otherwise);
  }

  private startOtherwise(frame: Frame, otherwise: { block: Block; locals: Value[]; stack: Operand[] }): void {
    this.g.block = otherwise.block;
    this.locals = otherwise.locals;
    this.stack.length = frame.height;
    this.stack.push(...otherwise.stack);
    frame.otherwise = undefined;
  }

  private end(): void {
    const { g } = this;
    const frame = this.frames[this.frames.length - 1];
    if (frame.isLoop) {
      // Falls out of the loop: results stay, control goes on in the same block.
      if (g.block) {
        const results = this.popTypes(frame.type.results);
        this.checkHeight(frame);
        this.stack.push(...results);
      } else this.stack.length = frame.height;
      this.frames.pop();
      if (!g.block) this.skipDead();
      return;
    }
    if (g.block) this.jump(frame, this.resultEdge(frame));
    if (frame.otherwise) {
      this.startOtherwise(frame, frame.otherwise);
      this.jump(frame, this.resultEdge(frame));
    }
    this.frames.pop();
    this.stack.length = frame.height;
    if (frame.edges.length === 0) {
      g.block = undefined;
      if (this.frames.length > 0) this.skipDead();
      return;
    }
    g.block = frame.target;
    const words = frame.edges[0].map((first, i) =>
      frame.edges.every((edge) => edge[i] === first)
        ? first
        : g.phi(
            frame.target,
            frame.edges.map((edge) => edge[i]),
          ),
    );
    this.setEdgeWords(frame, frame.type.results, words);
    if (this.frames.length === 0) this.leave({ kind: "return", values: argumentWords(this.stack.splice(0)) });
  }

  private checkHeight(frame: Frame): void {
    if (this.stack.length !== frame.height)
      this.fail(`a stack of ${frame.height} operands at the end of the block`, `${this.stack.length}`);
  }

  /** Pops the results at the end of a block. */
  private resultEdge(frame: Frame): Value[] {
    const results = this.popTypes(frame.type.results);
    this.checkHeight(frame);
    return this.edgeWords(results);
  }

  private labelFrame(depth: number): Frame {
    return this.frames[this.frames.length - 1 - depth] ?? this.fail(`a label below ${this.frames.length}`, `${depth}`);
  }

  private labelTypes(frame: Frame): ValueType[] {
    return frame.isLoop ? frame.type.parameters : frame.type.results;
  }

  private branch(depth: number): void {
    const frame = this.labelFrame(depth);
    this.jump(frame, this.edgeWords(this.popTypes(this.labelTypes(frame))));
    this.skipDead();
  }

  private branchIf(depth: number): void {
    const { g } = this;
    const condition = this.pop("i32").low;
    const frame = this.labelFrame(depth);
    const operands = this.popTypes(this.labelTypes(frame));
    const edge = this.edgeWords(operands);
    this.stack.push(...operands);
    const [taken, next] = [g.newBlock(), g.newBlock()];
    this.branchOn(this.current(), condition, taken, next);
    g.block = taken;
    this.jump(frame, edge);
    g.block = next;
  }

  private branchTable(labels: number[]): void {
    const { g } = this;
    const index = this.pop("i32").low;
    const block = this.current();
    const frames = labels.map((label) => this.labelFrame(label));
    const operands = this.popTypes(this.labelTypes(frames[0]));
    const edge = this.edgeWords(operands);
    const edgeBlocks = new Map<Frame, Block>();
    for (const frame of frames) {
      const types = this.labelTypes(frame);
      if (types.length !== operands.length || types.some((type, i) => type !== operands[i].type))
        this.fail("labels of one type in br_table", "different ones");
      if (edgeBlocks.has(frame)) continue;
      const between = g.newBlock();
      between.predecessors.push(block);
      edgeBlocks.set(frame, between);
      g.block = between;
      this.jump(frame, edge);
    }
    const targets = frames.map((frame) => edgeBlocks.get(frame) ?? block);
    const fallback = targets.pop() ?? block;
    block.terminator = { kind: "switch", index, targets, fallback };
    block.at = this.at;
    this.skipDead();
  }

  private leave(terminator: Block["terminator"]): void {
    const block = this.current();
    block.terminator = terminator;
    block.at = this.at;
    this.g.block = undefined;
  }

  private branchOn(block: Block, condition: Value, then: Block, otherwise: Block): void {
    block.terminator = { kind: "branch", condition, yes: then, no: otherwise };
    block.at = this.at;
    then.predecessors.push(block);
    otherwise.predecessors.push(block);
  }

  /** Ends the current block with a jump to the frame's target. */
  private jump(frame: Frame, edge: Value[]): void {
    const block = this.current();
    block.terminator = { kind: "jump", target: frame.target };
    block.at = this.at;
    frame.target.predecessors.push(block);
    frame.edges.push(edge);
    for (const [i, phi] of frame.phis) phi.args.push(edge[i]);
    this.g.block = undefined;
  }

  /** Code after an unconditional branch never runs: goes on at the `else` or `end` that control can reach again. */
  private skipDead(): void {
    this.g.block = undefined;
    const frame = this.frames[this.frames.length - 1];
    const { instruction } = frame;
    this.stack.length = frame.height;
    const last = this.body.instructions.length - 1;
    const stop =
      frame.otherwise && instruction && instruction.elseAt >= 0 ? instruction.elseAt : (instruction?.end ?? last);
    this.pc = stop - 1;
  }
}
