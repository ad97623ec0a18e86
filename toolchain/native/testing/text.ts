// WebAssembly text → modules and the calls that a script makes of them, for tests: the part of the format that cases need, with
// folded and plain instructions, names, and `(invoke "name" (i32.const 1) …)` as in the core test suite's scripts.
// Source: WebAssembly Core Specification 2.0, chapter 6.
//
// A function with float parameters or results gets a second export, NAME:bits, that takes and gives their bits.

import type { FunctionType, ValueType } from "../../../formats/wasm/module.ts";
import type { Case } from "./compare.ts";
import { FunctionBody } from "./text-body.ts";
import { atom, fail, isNamed, list, type Node, number, parse, text } from "./text-parse.ts";
import { constant, constantBits, valueType } from "./text-values.ts";
import { i32, i64, op, unsigned } from "./wasm-builder.ts";

export interface ScriptModule {
  wasm: Uint8Array<ArrayBuffer>;
  cases: Case[];
}

const TYPE_CODES: Record<string, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
const BITS: Record<ValueType, "i32" | "i64"> = { i32: "i32", f32: "i32", i64: "i64", f64: "i64" };

interface TextFunction {
  type: FunctionType;
  body: number[];
}

/** The modules of a script, each with the calls that follow it. All memories are imported as env.memory. */
export function readScript(source: string): ScriptModule[] {
  const modules: { module: TextModule; cases: Case[] }[] = [];
  for (const node of parse(source)) {
    const command = list(node);
    if (isNamed(command, "module")) modules.push({ module: new TextModule(command.slice(1)), cases: [] });
    else if (isNamed(command, "invoke")) {
      const last = modules.at(-1) ?? fail("a module before its calls", "none");
      last.cases.push(last.module.call(text(command[1]), command.slice(2)));
    } else fail("(module …) or (invoke …)", atom(command[0]));
  }
  return modules.map(({ module, cases }) => ({ wasm: module.bytes(), cases }));
}

/** What bodies need to know of their module. */
export interface Scope {
  functionIndex(node: Node): number;
  globalIndex(node: Node): number;
  typeIndex(type: FunctionType): number;
  namedType(node: Node): FunctionType;
}

class TextModule implements Scope {
  private readonly types: FunctionType[] = [];
  private readonly typeNames = new Map<string, number>();
  private readonly functionNames = new Map<string, number>();
  private readonly globalNames = new Map<string, number>();
  private readonly functions: TextFunction[] = [];
  private readonly globals: number[][] = [];
  private readonly exports = new Map<string, number>();
  private readonly elements: { offset: number; functions: Node[] }[] = [];
  private readonly data: number[][] = [];
  private tableSize = 0;
  private pages = 0;
  private start: Node | undefined;

  constructor(fields: Node[]) {
    const lists = fields.map(list);
    const named = (kind: string) => lists.filter((field) => isNamed(field, kind)).map((field) => field.slice(1));
    for (const [name, type] of named("type")) {
      this.typeNames.set(atom(name), this.types.length);
      this.types.push(this.signature(list(type).slice(1)).type);
    }
    named("func").forEach((field, i) => {
      if (typeof field[0] === "string") this.functionNames.set(field[0], i);
    });
    named("global").forEach((field, i) => {
      this.global(field, i);
    });
    for (const field of named("table")) this.table(field);
    for (const [offset, ...functions] of named("elem"))
      this.elements.push({ offset: number(list(offset)[1]), functions });
    for (const [pages] of named("memory")) this.pages = number(pages);
    for (const [offset, ...parts] of named("data")) this.segment(number(list(offset)[1]), parts);
    for (const [name] of named("start")) this.start = name;
    for (const field of named("func")) this.function(field);
    this.addBitExports();
  }

  functionIndex(node: Node): number {
    return this.functionNames.get(atom(node)) ?? number(node);
  }

  globalIndex(node: Node): number {
    return this.globalNames.get(atom(node)) ?? number(node);
  }

  namedType(node: Node): FunctionType {
    return this.types[this.typeNames.get(atom(node)) ?? number(node)] ?? fail("a type", atom(node));
  }

  typeIndex({ parameters, results }: FunctionType): number {
    const found = this.types.findIndex((t) => `${t.parameters}>${t.results}` === `${parameters}>${results}`);
    return found >= 0 ? found : this.types.push({ parameters, results }) - 1;
  }

  /** Of a call in a script: to the export that takes bits, where there are floats. */
  call(name: string, args: Node[]): Case {
    const index = this.exports.get(name) ?? fail("an exported function", name);
    const { type } = this.functions[index];
    const hasFloats = [...type.parameters, ...type.results].some((t) => t !== BITS[t]);
    const values = args.map((arg, i) => {
      const [instruction, value] = list(arg);
      if (atom(instruction) !== `${type.parameters[i]}.const`) fail(`${type.parameters[i]}.const`, atom(instruction));
      return constantBits(type.parameters[i], value);
    });
    if (values.length !== type.parameters.length) fail(`${type.parameters.length} arguments`, `${values.length}`);
    return { export: hasFloats ? `${name}:bits` : name, args: values };
  }

  private table(field: Node[]): void {
    const inline = field.find((node) => Array.isArray(node));
    if (!inline) this.tableSize = number(field[0]);
    else {
      const functions = list(inline).slice(1);
      this.tableSize = functions.length;
      this.elements.push({ offset: 0, functions });
    }
  }

  private global(field: Node[], index: number): void {
    const [first, ...rest] = field;
    const isNamedGlobal = typeof first === "string" && first.startsWith("$");
    if (isNamedGlobal) this.globalNames.set(first, index);
    const [kind, value] = isNamedGlobal ? rest : field;
    const mutable = Array.isArray(kind);
    const type = valueType(mutable ? kind[1] : kind);
    this.globals.push([TYPE_CODES[type], mutable ? 1 : 0, ...constant(type, list(value)[1]), ...op("end")]);
  }

  private segment(offset: number, parts: Node[]): void {
    const bytes = parts.flatMap((part) => [...Buffer.from(text(part), "latin1")]);
    this.data.push([0, ...i32(offset), ...op("end"), ...unsigned(bytes.length), ...bytes]);
  }

  /** (type …), (param …) and (result …) at the front of a list. */
  signature(nodes: Node[]): { type: FunctionType; names: (string | undefined)[]; rest: Node[] } {
    const type: FunctionType = { parameters: [], results: [] };
    const names: (string | undefined)[] = [];
    let i = 0;
    for (; i < nodes.length; i++) {
      const node = nodes[i];
      if (!Array.isArray(node)) break;
      const [kind, ...words] = node;
      if (kind === "type") {
        const named = this.namedType(words[0]);
        type.parameters.push(...named.parameters);
        type.results.push(...named.results);
      } else if (kind === "param" && typeof words[0] === "string" && words[0].startsWith("$")) {
        names[type.parameters.length] = words[0];
        type.parameters.push(valueType(words[1]));
      } else if (kind === "param") type.parameters.push(...words.map(valueType));
      else if (kind === "result") type.results.push(...words.map(valueType));
      else break;
    }
    return { type, names, rest: nodes.slice(i) };
  }

  private function(field: Node[]): void {
    const nodes = [...field];
    if (typeof nodes[0] === "string" && nodes[0].startsWith("$")) nodes.shift();
    for (; Array.isArray(nodes[0]) && nodes[0][0] === "export"; nodes.shift())
      this.exports.set(text(nodes[0][1]), this.functions.length);
    const { type, names, rest } = this.signature(nodes);
    const locals: ValueType[] = [];
    for (let node = rest[0]; Array.isArray(node) && node[0] === "local"; node = rest[0]) {
      const words = node.slice(1);
      if (typeof words[0] === "string" && words[0].startsWith("$")) {
        names[type.parameters.length + locals.length] = words[0];
        words.shift();
      }
      locals.push(...words.map(valueType));
      rest.shift();
    }
    const body = new FunctionBody(this, names, (head) => this.signature(head)).encode(rest);
    this.functions.push({ type, body: withLocals(locals, body) });
  }

  private addBitExports(): void {
    for (const [name, index] of [...this.exports]) {
      const { type } = this.functions[index];
      const bits = { parameters: type.parameters.map((t) => BITS[t]), results: type.results.map((t) => BITS[t]) };
      if (`${bits.parameters}>${bits.results}` === `${type.parameters}>${type.results}`) continue;
      const [result] = type.results;
      const body = [
        ...type.parameters.flatMap((t, i) => [
          ...op("local.get", i),
          ...(t === BITS[t] ? [] : op(`${t}.reinterpret_${BITS[t]}`)),
        ]),
        ...op("call", index),
        ...(result && result !== BITS[result] ? sameNan(result, type.parameters.length) : []),
        ...op("end"),
      ];
      this.exports.set(`${name}:bits`, this.functions.length);
      this.functions.push({ type: bits, body: withLocals(result === undefined ? [] : [result], body) });
    }
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const functionTypes = this.functions.map(({ type }) => unsigned(this.typeIndex(type)));
    const types = (of: readonly ValueType[]) => [...unsigned(of.length), ...of.map((t) => TYPE_CODES[t])];
    const sections: [number, number[][]][] = [
      [1, this.types.map((t) => [0x60, ...types(t.parameters), ...types(t.results)])],
      [2, this.pages > 0 ? [[...name("env"), ...name("memory"), 2, 0, ...unsigned(this.pages)]] : []],
      [3, functionTypes],
      [4, this.tableSize > 0 ? [[0x70, 0, ...unsigned(this.tableSize)]] : []],
      [6, this.globals],
      [7, [...this.exports].map(([exported, index]) => [...name(exported), 0, ...unsigned(index)])],
      [9, this.elements.map(({ offset, functions }) => this.elementBytes(offset, functions))],
      [10, this.functions.map(({ body }) => [...unsigned(body.length), ...body])],
      [11, this.data],
    ];
    const bytes = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    for (const [id, entries] of sections) {
      if (id === 9 && this.start !== undefined) bytes.push(8, ...sized(unsigned(this.functionIndex(this.start))));
      if (entries.length > 0) bytes.push(id, ...sized([...unsigned(entries.length), ...entries.flat()]));
    }
    return Uint8Array.from(bytes);
  }

  private elementBytes(offset: number, functions: Node[]): number[] {
    const indexes = functions.flatMap((node) => unsigned(this.functionIndex(node)));
    return [0, ...i32(offset), ...op("end"), ...unsigned(functions.length), ...indexes];
  }
}

/** A float on the stack → its bits; of a NaN, whose sign and payload are the processor's choice, always the same. */
function sameNan(type: ValueType, local: number): number[] {
  const get = op("local.get", local);
  const nan = type === "f32" ? i32(0x7fc00000) : i64(0x7ff8000000000000n);
  const bits = [...op("local.tee", local), ...op(`${BITS[type]}.reinterpret_${type}`)];
  return [...bits, ...nan, ...get, ...get, ...op(`${type}.eq`), ...op("select")];
}

function withLocals(locals: readonly ValueType[], body: number[]): number[] {
  return [...unsigned(locals.length), ...locals.flatMap((type) => [1, TYPE_CODES[type]]), ...body];
}

function sized(content: number[]): number[] {
  return [...unsigned(content.length), ...content];
}

function name(of: string): number[] {
  return sized([...new TextEncoder().encode(of)]);
}
