// Makes values. Every operation goes through `make`, which first tries to say it simpler (fold.ts), so no later stage
// meets an operation on two constants.

import { fold } from "./fold.ts";
import { Block, type Op, type SsaFunction, Value } from "./ir.ts";

export class Graph {
  /** Where `make` appends; undefined only between blocks. */
  block: Block | undefined;
  /** Offset in the module that new values carry. */
  at = -1;
  /** Looks for an equal value that exists (optimise/number.ts sets it). */
  find: ((op: Op, args: Value[], imm: number) => Value | undefined) | undefined;
  /** Is told of every new value. */
  made: ((value: Value) => void) | undefined;
  private blockCount = 0;

  constructor(readonly f: SsaFunction) {
    this.blockCount = f.blocks.reduce((most, block) => Math.max(most, block.id + 1), f.entry.id + 1);
  }

  newBlock(): Block {
    return new Block(this.blockCount++);
  }

  constant(value: number): Value {
    const imm = value | 0;
    let constant = this.f.constants.get(imm);
    if (!constant) {
      constant = new Value(this.f.valueCount++, "const", [], imm, -1);
      this.f.constants.set(imm, constant);
    }
    return constant;
  }

  /** A pure operation, simplified; perhaps an existing value. */
  make(op: Op, args: Value[], imm = 0): Value {
    return fold(this, op, args, imm) ?? this.find?.(op, args, imm) ?? this.append(op, args, imm);
  }

  /** An operation as it is. */
  append(op: Op, args: Value[], imm = 0, symbol = ""): Value {
    const value = new Value(this.f.valueCount++, op, args, imm, this.at);
    value.symbol = symbol;
    value.block = this.block;
    this.block?.values.push(value);
    this.made?.(value);
    return value;
  }

  phi(block: Block, args: Value[]): Value {
    const value = new Value(this.f.valueCount++, "phi", args, 0, -1);
    value.block = block;
    block.phis.push(value);
    return value;
  }

  /** The second result of a value. It follows its producer at once. */
  high(value: Value): Value {
    const { block } = value;
    const existing = block?.values.find((other) => other.op === "high" && other.args[0] === value);
    if (existing) return existing;
    const high = new Value(this.f.valueCount++, "high", [value], 0, value.at);
    high.block = block;
    block?.values.splice(block.values.indexOf(value) + 1, 0, high);
    return high;
  }

  add(a: Value, b: Value): Value {
    return this.make("add", [a, b]);
  }

  and(a: Value, b: Value): Value {
    return this.make("and", [a, b]);
  }

  or(a: Value, b: Value): Value {
    return this.make("or", [a, b]);
  }

  select(condition: Value, yes: Value, no: Value): Value {
    return this.make("select", [condition, yes, no]);
  }
}
