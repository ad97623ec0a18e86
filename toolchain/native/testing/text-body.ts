// Instructions of the WebAssembly text format → bytes: plain, one after the other, or folded, operands inside.

import type { FunctionType } from "../../../formats/wasm/module.ts";
import { OPCODES } from "../../../formats/wasm/opcodes.ts";
import type { Scope } from "./text.ts";
import { atom, fail, list, type Node, number } from "./text-parse.ts";
import { constant, integer, valueType } from "./text-values.ts";
import { blockType, i32, i64, op, signed, unsigned } from "./wasm-builder.ts";

const IMMEDIATES = new Map([...OPCODES.values()].reverse().map(({ name, immediate }) => [name, immediate]));

type Signature = (nodes: Node[]) => { type: FunctionType; rest: Node[] };

export class FunctionBody {
  /** Names of the blocks around, the innermost last. */
  private readonly labels: (string | undefined)[] = [];

  constructor(
    private readonly scope: Scope,
    private readonly locals: (string | undefined)[],
    private readonly signature: Signature,
  ) {}

  encode(nodes: Node[]): number[] {
    return [...this.sequence(nodes), ...op("end")];
  }

  private sequence(nodes: Node[]): number[] {
    const rest = [...nodes];
    const bytes: number[] = [];
    while (rest.length > 0) {
      const node = rest.shift() ?? fail("an instruction", "none");
      for (const byte of Array.isArray(node) ? this.folded(node) : this.plain(node, rest)) bytes.push(byte);
    }
    return bytes;
  }

  private folded([head, ...rest]: Node[]): number[] {
    const name = atom(head);
    if (name === "block" || name === "loop") {
      const begin = this.begin(name, rest);
      return [...begin, ...this.sequence(rest), ...this.end()];
    }
    if (name === "if") {
      const begin = this.begin(name, rest);
      const at = rest.findIndex((node) => Array.isArray(node) && node[0] === "then");
      const [then, otherwise] = rest.slice(at).map((node) => list(node).slice(1));
      // The condition stands outside the block.
      const label = this.labels.pop();
      const condition = this.sequence(rest.slice(0, at));
      this.labels.push(label);
      const other = otherwise ? [...op("else"), ...this.sequence(otherwise)] : [];
      return [...condition, ...begin, ...this.sequence(then), ...other, ...this.end()];
    }
    const instruction = this.plain(name, rest);
    return [...this.sequence(rest), ...instruction];
  }

  /** One instruction, whose immediates are taken from the front of `rest`. */
  private plain(name: string, rest: Node[]): number[] {
    if (name === "block" || name === "loop" || name === "if") return this.begin(name, rest);
    if (name === "end") return this.end();
    const code = op(name);
    switch (IMMEDIATES.get(name)) {
      case "label":
        return [...code, ...unsigned(this.label(take(rest)))];
      case "labels": {
        const labels: number[] = [];
        while (typeof rest[0] === "string" && /^(\$|\d)/.test(rest[0])) labels.push(this.label(take(rest)));
        return [...code, ...unsigned(labels.length - 1), ...labels.flatMap(unsigned)];
      }
      case "local": {
        const word = take(rest);
        const index = this.locals.indexOf(atom(word));
        return [...code, ...unsigned(index >= 0 ? index : number(word))];
      }
      case "global":
        return [...code, ...unsigned(this.scope.globalIndex(take(rest)))];
      case "function":
        return [...code, ...unsigned(this.scope.functionIndex(take(rest)))];
      case "type": {
        const { type, rest: left } = this.signature(rest);
        rest.splice(0, rest.length - left.length);
        return [...code, ...unsigned(this.scope.typeIndex(type)), 0];
      }
      case "memory":
        return [...code, ...memoryImmediates(name, rest)];
      case "i32":
        return i32(Number(integer(atom(take(rest)).replaceAll("_", ""))));
      case "i64":
        return i64(integer(atom(take(rest)).replaceAll("_", "")));
      case "f32":
      case "f64":
        return constant(valueType(name.slice(0, 3)), take(rest));
      case "zeros":
        return [...code, 0, 0];
      case "zero":
        return [...code, 0];
      default:
        return code;
    }
  }

  /** Takes label and type from the front of `rest`. */
  private begin(name: string, rest: Node[]): number[] {
    const label = typeof rest[0] === "string" && rest[0].startsWith("$") ? atom(take(rest)) : undefined;
    const { type, rest: left } = this.signature(rest);
    rest.splice(0, rest.length - left.length);
    this.labels.push(label);
    const isSimple = type.parameters.length === 0 && type.results.length < 2;
    const encoded = isSimple ? [blockType(type.results[0])] : signed(BigInt(this.scope.typeIndex(type)));
    return [...op(name), ...encoded];
  }

  private end(): number[] {
    this.labels.pop();
    return op("end");
  }

  private label(node: Node): number {
    const at = this.labels.lastIndexOf(atom(node));
    return at >= 0 ? this.labels.length - 1 - at : number(node);
  }
}

function take(rest: Node[]): Node {
  return rest.shift() ?? fail("an operand", "the end");
}

/** Alignment and offset: the natural alignment unless said otherwise. */
function memoryImmediates(name: string, rest: Node[]): number[] {
  const bits = /(8|16|32)(_[su])?$/.exec(name.slice(4))?.[1];
  let align = bits ? Math.log2(Number(bits) / 8) : name.includes("64") ? 3 : 2;
  let offset = 0;
  for (let word = rest[0]; typeof word === "string" && /^(offset|align)=/.test(word); word = rest[0]) {
    const [key, value] = word.split("=");
    if (key === "offset") offset = Number(value);
    else align = Math.log2(Number(value));
    rest.shift();
  }
  return [...unsigned(align), ...unsigned(offset)];
}
