// Random WebAssembly functions for comparing compiled code with Node: expressions of i32 and i64, and of f32 and f64 when asked
// for, locals, globals, memory of all widths, nested control flow with bounded loops, calls to earlier functions. Everything
// follows from the seed. Where a float becomes bits, a NaN becomes always the same one (float-cases.ts, toBits).

import type { ValueType } from "../../../formats/wasm/module.ts";
import { FLOATS, fromBits, isFloatType, number, toBits } from "./float-cases.ts";
import { blockType, type FunctionText, i32, i64, type ModuleText, op } from "./wasm-builder.ts";

/** Xorshift, 32 bits. Source: Marsaglia, "Xorshift RNGs" (2003). */
export class Random {
  constructor(private state: number) {
    this.state = state | 0 || 1;
  }

  next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return this.state >>> 0;
  }

  below(limit: number): number {
    return this.next() % limit;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

type Int = "i32" | "i64";
type Float = "f32" | "f64";
const EDGES = [
  0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 31, 32, 33, 63, 64, 100, 127, 128, 255, 256, 1000, 0xffff, 0x10000, 0x7fffffff,
  -0x80000000, -1, -2, -3, -7, -128, -129, -32768,
];
const BINARY = ["add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr"];
const COMPARE = ["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"];
const UNARY: Record<Int, string[]> = {
  i32: ["clz", "ctz", "popcnt", "extend8_s", "extend16_s"],
  i64: ["clz", "ctz", "popcnt", "extend8_s", "extend16_s", "extend32_s"],
};
const LOADS: Record<Int, string[]> = {
  i32: ["load", "load8_s", "load8_u", "load16_s", "load16_u"],
  i64: ["load", "load8_s", "load8_u", "load16_s", "load16_u", "load32_s", "load32_u"],
};
const STORES: Record<Int, string[]> = {
  i32: ["store", "store8", "store16"],
  i64: ["store", "store8", "store16", "store32"],
};

const FLOAT_BINARY = ["add", "sub", "mul", "div", "min", "max"];
const FLOAT_UNARY = ["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"];
const FLOAT_COMPARE = ["eq", "ne", "lt", "gt", "le", "ge"];
/** Indexes of the functions that turn a float into bits, when there are floats. */
const BITS_OF: Record<Float, number> = { f32: 0, f64: 1 };

/** Memory that the functions use: this many bytes from `base`. */
export const WINDOW = 256;
const LOOP_RUNS = 5;
const MAX_CALLS = 12;
/** How many functions a call of each runs. */
const CALLS = new WeakMap<FunctionText, number>();

export interface RandomOptions {
  seed: number;
  functions: number;
  /** Address of the window. */
  base: number;
  /** With f32 and f64. */
  floats?: boolean;
}

export function randomModule({ seed, functions, base, floats = false }: RandomOptions): ModuleText {
  const random = new Random(seed);
  const globals: ModuleText["globals"] = [
    { type: "i32", value: 7n },
    { type: "i64", value: 0n },
    { type: "i32", value: 0n },
    { type: "i64", value: -12345678901n },
  ];
  if (floats) globals.push({ type: "f64", value: 0x400921fb54442d18n }, { type: "f32", value: 0x3dcccccdn });
  const made: FunctionText[] = floats ? [bitsFunction("f32", "i32"), bitsFunction("f64", "i64")] : [];
  while (made.length < functions)
    made.push(new FunctionMaker(random, made, globals, base, floats).make(`f${made.length}`));
  const data = [{ offset: base, bytes: Array.from({ length: WINDOW }, () => random.below(256)) }];
  return { functions: made, globals, data, memoryPages: 1 };
}

function bitsFunction(type: Float, result: Int): FunctionText {
  const body = toBits(type, 0);
  return { name: `bits_${type}`, parameters: [type], results: [result], locals: [], body, isInternal: true };
}

class FunctionMaker {
  private readonly locals: ValueType[] = [];
  private parameterCount = 0;
  private readonly resultType: ValueType;
  private readonly isPlain: boolean;
  private body: number[] = [];
  /** Results of the enclosing labels, the innermost last; undefined for none, "loop" where a branch would repeat. */
  private readonly labels: (ValueType | undefined | "loop")[] = [];
  private budget: number;
  private counters: number[] = [];
  /** Functions that run when this one runs. */
  private calls = 1;

  constructor(
    private readonly random: Random,
    private readonly earlier: FunctionText[],
    private readonly globals: ModuleText["globals"],
    private readonly base: number,
    private readonly floats: boolean,
  ) {
    // Most functions take and give integers, so that a case can call them.
    this.isPlain = floats && random.below(3) > 0;
    this.resultType = this.isPlain ? this.int() : this.type();
    this.budget = 10 + random.below(120);
  }

  make(name: string): FunctionText {
    const { random } = this;
    this.parameterCount = random.below(6);
    for (let i = this.parameterCount + random.below(7); i >= 0; i--)
      this.locals.push(this.isPlain && this.locals.length < this.parameterCount ? this.int() : this.type());
    this.parameterCount = Math.min(this.parameterCount, this.locals.length);
    const parameters = this.locals.slice(0, this.parameterCount);
    this.labels.push(this.resultType);
    for (let i = 1 + random.below(5); i > 0; i--) this.statement(4);
    this.expression(this.resultType, 4);
    // The locals flow into the result, so that a wrong one shows.
    this.locals.forEach((type, i) => {
      this.put(op("local.get", i));
      this.convert(type, this.resultType);
      this.put(op(`${this.resultType}.${isFloatType(this.resultType) ? "add" : random.pick(["add", "xor"])}`));
    });
    const made: FunctionText = {
      name,
      parameters,
      results: [this.resultType],
      locals: this.locals.slice(this.parameterCount),
      body: this.body,
      inTable: random.below(2) === 0,
      // The cases know integers only.
      isInternal: [...parameters, this.resultType].some(isFloatType) || random.below(3) === 0,
    };
    CALLS.set(made, this.calls);
    return made;
  }

  private type(): ValueType {
    if (this.floats && this.random.below(5) < 2) return this.random.below(3) === 0 ? "f32" : "f64";
    return this.int();
  }

  private int(): Int {
    return this.random.below(3) === 0 ? "i64" : "i32";
  }

  private put(bytes: number[]): void {
    for (const byte of bytes) this.body.push(byte);
  }

  private convert(from: ValueType, to: ValueType): void {
    if (isFloatType(from) && isFloatType(to)) {
      if (from !== to) this.put(op(from === "f32" ? "f64.promote_f32" : "f32.demote_f64"));
      return;
    }
    if (isFloatType(from)) {
      if (this.random.below(3) === 0) {
        this.put(op(`${to}.trunc_sat_${from}_${this.random.pick(["s", "u"])}`));
        return;
      }
      this.put(op("call", BITS_OF[from]));
      this.convert(from === "f32" ? "i32" : "i64", to);
      return;
    }
    if (isFloatType(to)) {
      if (this.random.below(4) === 0) {
        const width = to === "f32" ? "i32" : "i64";
        this.convert(from, width);
        this.put(fromBits(to));
      } else this.put(op(`${to}.convert_${from}_${this.random.pick(["s", "u"])}`));
      return;
    }
    if (from === "i32" && to === "i64") this.put(op(this.random.pick(["i64.extend_i32_s", "i64.extend_i32_u"])));
    if (from === "i64" && to === "i32") this.put(op("i32.wrap_i64"));
  }

  private constant(type: ValueType): void {
    const { random } = this;
    if (isFloatType(type)) {
      this.put(number(type, random.pick(FLOATS)));
      return;
    }
    const word = () => (random.below(3) === 0 ? random.next() : random.pick(EDGES));
    if (type === "i32") this.put(i32(word()));
    else if (random.below(2) === 0) this.put(i64(BigInt(word() | 0)));
    else this.put(i64((BigInt(word()) << 32n) | BigInt(word() >>> 0)));
  }

  /** Pushes a value of the type. */
  private expression(type: ValueType, depth: number): void {
    const { random } = this;
    if (depth <= 0 || this.budget-- <= 0) {
      this.leaf(type);
      return;
    }
    if (isFloatType(type)) {
      this.floatExpression(type, depth);
      return;
    }
    switch (random.below(16)) {
      case 0:
      case 1:
        this.leaf(type);
        return;
      case 2:
      case 3:
      case 4:
      case 5:
        this.expression(type, depth - 1);
        this.expression(type, depth - 1);
        this.put(op(`${type}.${random.pick(BINARY)}`));
        return;
      case 6: {
        const of = this.type();
        this.expression(of, depth - 1);
        this.expression(of, depth - 1);
        this.put(op(`${of}.${random.pick(isFloatType(of) ? FLOAT_COMPARE : COMPARE)}`));
        this.convert("i32", type);
        return;
      }
      case 7: {
        const of = this.int();
        this.expression(of, depth - 1);
        this.put(op(`${of}.eqz`));
        this.convert("i32", type);
        return;
      }
      case 8:
        this.expression(type, depth - 1);
        this.put(op(`${type}.${random.pick(UNARY[type])}`));
        return;
      case 9:
      case 10:
        this.address(depth - 1);
        this.put(op(`${type}.${random.pick(LOADS[type])}`, 0, this.base + random.below(16)));
        return;
      case 11:
        this.division(type, depth - 1);
        return;
      case 12:
        this.expression(type, depth - 1);
        this.expression(type, depth - 1);
        this.expression("i32", depth - 1);
        this.put(op("select"));
        return;
      case 13:
        this.blockExpression(type, depth - 1);
        return;
      case 14:
        this.call(type, depth - 1);
        return;
      default: {
        const other: ValueType = this.floats ? this.type() : type === "i32" ? "i64" : "i32";
        this.expression(other, depth - 1);
        this.convert(other, type);
        return;
      }
    }
  }

  private floatExpression(type: Float, depth: number): void {
    const { random } = this;
    switch (random.below(14)) {
      case 0:
        this.leaf(type);
        return;
      case 1:
      case 2:
        this.expression(type, depth - 1);
        this.put(op(`${type}.${random.pick(FLOAT_UNARY)}`));
        return;
      case 3:
        this.address(depth - 1);
        this.put(op(`${type}.load`, 0, this.base + random.below(16)));
        return;
      case 4:
        this.expression(type, depth - 1);
        this.expression(type, depth - 1);
        this.expression("i32", depth - 1);
        this.put(op("select"));
        return;
      case 5:
        this.blockExpression(type, depth - 1);
        return;
      case 6:
        this.call(type, depth - 1);
        return;
      case 7:
      case 8: {
        const other = this.type();
        this.expression(other, depth - 1);
        this.convert(other, type);
        return;
      }
      case 9: {
        // The sign of a NaN is the processor's choice: it comes from bits that are the same everywhere.
        this.expression(type, depth - 1);
        this.expression(type, depth - 1);
        this.put([...op("call", BITS_OF[type]), ...fromBits(type), ...op(`${type}.copysign`)]);
        return;
      }
      default:
        this.expression(type, depth - 1);
        this.expression(type, depth - 1);
        this.put(op(`${type}.${random.pick(FLOAT_BINARY)}`));
        return;
    }
  }

  private leaf(type: ValueType): void {
    const { random } = this;
    const locals = this.locals.flatMap((t, i) => (t === type ? [i] : []));
    const choice = random.below(4);
    if (choice === 0) {
      this.constant(type);
      return;
    }
    if (choice === 1) {
      const globals = this.globals.flatMap((g, i) => (g.type === type ? [i] : []));
      this.put(op("global.get", random.pick(globals)));
    } else if (locals.length > 0) this.put(op("local.get", random.pick(locals)));
    else this.constant(type);
  }

  /** Pushes an offset within the window. */
  private address(depth: number): void {
    this.expression("i32", depth);
    this.put([...i32(this.random.pick([0x7f, 0x3f, 0x7c, 0x78])), ...op("i32.and")]);
    if (this.random.below(3) === 0) this.put([...i32(this.random.below(64)), ...op("i32.add")]);
  }

  /** The divisor is never 0, and never −1 for a signed quotient, whose overflow traps. */
  private division(type: Int, depth: number): void {
    const { random } = this;
    const name = random.pick(["div_s", "div_u", "rem_s", "rem_u"]);
    this.expression(type, depth);
    const one = type === "i32" ? i32(1) : i64(1n);
    if (random.below(2) === 0) {
      let divisor = random.below(3) === 0 ? random.next() | 0 : random.pick(EDGES);
      if (divisor === 0 || (divisor === -1 && name === "div_s")) divisor = 10;
      this.put(type === "i32" ? i32(divisor) : i64(BigInt(divisor) * (random.below(4) === 0 ? 0x100000001n : 1n)));
    } else {
      this.expression(type, depth);
      if (name === "div_s") this.put([...(type === "i32" ? i32(0x3fff) : i64(0x3fffffffffffn)), ...op(`${type}.and`)]);
      this.put([...one, ...op(`${type}.or`)]);
    }
    this.put(op(`${type}.${name}`));
  }

  private blockExpression(type: ValueType, depth: number): void {
    const { random } = this;
    if (random.below(2) === 0) {
      this.expression("i32", depth);
      this.put([...op("if"), blockType(type)]);
      this.labels.push(type);
      this.statement(depth - 1);
      this.expression(type, depth);
      this.put(op("else"));
      this.expression(type, depth);
    } else {
      this.put([...op("block"), blockType(type)]);
      this.labels.push(type);
      this.statement(depth - 1);
      this.expression(type, depth);
      if (random.below(2) === 0) {
        this.expression("i32", depth - 1);
        this.put(op("br_if", 0));
      }
    }
    this.labels.pop();
    this.put(op("end"));
  }

  private call(type: ValueType, depth: number): void {
    const { random } = this;
    const candidates = this.earlier
      .flatMap((f, i) => (f.results[0] === type && (CALLS.get(f) ?? 1) <= MAX_CALLS ? [i] : []))
      .slice(-6);
    // Calls multiply the work of a run, so only a few are made.
    if (candidates.length === 0 || this.counters.length > 0 || random.below(2) === 0) {
      this.leaf(type);
      return;
    }
    const index = random.pick(candidates);
    const callee = this.earlier[index];
    this.calls += CALLS.get(callee) ?? 1;
    for (const parameter of callee.parameters) this.expression(parameter, depth - 1);
    if (callee.inTable) {
      const slot = this.earlier.slice(0, index).filter((f) => f.inTable).length;
      this.put([...i32(slot), ...op("call_indirect", index, 0)]);
    } else this.put(op("call", index));
  }

  private statement(depth: number): void {
    const { random } = this;
    if (depth <= 0 || this.budget-- <= 0) return;
    switch (random.below(12)) {
      case 0:
      case 1:
      case 2:
        this.assignment(depth);
        return;
      case 3:
      case 4: {
        const type = this.type();
        this.address(depth - 1);
        if (isFloatType(type)) {
          this.storedFloat(type, depth - 1);
          this.put(op(`${type}.store`, 0, this.base + random.below(16)));
          return;
        }
        this.expression(type, depth - 1);
        this.put(op(`${type}.${random.pick(STORES[type])}`, 0, this.base + random.below(16)));
        return;
      }
      case 5: {
        const index = random.below(this.globals.length);
        this.expression(this.globals[index].type, depth - 1);
        this.put(op("global.set", index));
        return;
      }
      case 6:
        this.loop(depth - 1);
        return;
      case 7:
        this.expression("i32", depth - 1);
        this.put([...op("if"), 0x40]);
        this.nested(undefined, depth - 1);
        if (random.below(2) === 0) {
          this.put(op("else"));
          this.nested(undefined, depth - 1);
        }
        this.put(op("end"));
        return;
      case 8:
        this.switch(depth - 1);
        return;
      case 9:
        this.leave(depth - 1);
        return;
      case 10: {
        // load, change, store in one place
        const at = this.base + random.below(64);
        const width = random.pick(["", "8", "16"]);
        this.put([...i32(0), ...i32(0), ...op(`i32.load${width}${width === "" ? "" : "_u"}`, 0, at)]);
        this.expression("i32", depth - 1);
        this.put([
          ...op(`i32.${random.pick(["add", "sub", "and", "or", "xor", "shl"])}`),
          ...op(`i32.store${width}`, 0, at),
        ]);
        return;
      }
      default:
        this.memoryCopy();
        return;
    }
  }

  /** A float whose bits are no accident: no NaN, or always the same. */
  private storedFloat(type: Float, depth: number): void {
    if (this.random.below(2) === 0) {
      this.expression(type, depth);
      this.put([...op("call", BITS_OF[type]), ...fromBits(type)]);
      return;
    }
    for (const name of ["", "mul"]) {
      this.expression("i32", depth);
      this.put(op(`${type}.convert_i32_s`));
      if (name !== "") this.put(op(`${type}.${name}`));
    }
  }

  private nested(label: undefined | "loop", depth: number): void {
    this.labels.push(label);
    for (let i = 1 + this.random.below(3); i > 0; i--) this.statement(depth);
    this.labels.pop();
  }

  private assignment(depth: number): void {
    const free = this.locals.flatMap((_, i) => (this.counters.includes(i) ? [] : [i]));
    if (free.length === 0) return;
    const index = this.random.pick(free);
    this.expression(this.locals[index], depth - 1);
    this.put(op("local.set", index));
  }

  /** Counts a local of its own down, so it ends. */
  private loop(depth: number): void {
    if (this.counters.length >= 2) return;
    const counter = this.locals.push("i32") - 1;
    this.counters.push(counter);
    this.put([...i32(1 + this.random.below(LOOP_RUNS)), ...op("local.set", counter)]);
    this.put([...op("block"), 0x40, ...op("loop"), 0x40]);
    this.labels.push(undefined);
    this.nested("loop", depth);
    this.labels.pop();
    this.put([
      ...op("local.get", counter),
      ...i32(1),
      ...op("i32.sub"),
      ...op("local.tee", counter),
      ...op("br_if", 0),
    ]);
    this.put([...op("end"), ...op("end")]);
    this.counters.pop();
  }

  private switch(depth: number): void {
    const { random } = this;
    const count = 1 + random.below(7);
    for (let i = 0; i <= count; i++) {
      this.put([...op("block"), 0x40]);
      this.labels.push(undefined);
    }
    this.expression("i32", depth);
    if (random.below(2) === 0) this.put([...i32(7), ...op("i32.and")]);
    const targets = Array.from({ length: count }, () => random.below(count));
    this.put([...op("br_table"), ...[count, ...targets, count].flatMap((n) => [n])]);
    for (let i = 0; i <= count; i++) {
      this.put(op("end"));
      this.labels.pop();
      if (i < 3) this.statement(depth - 1);
    }
  }

  /** A branch out, or a return, under a condition. */
  private leave(depth: number): void {
    const { random } = this;
    const targets = this.labels.flatMap((label, i) =>
      label === "loop" ? [] : [{ label, depth: this.labels.length - 1 - i }],
    );
    const target = random.pick(targets);
    this.expression("i32", depth);
    this.put([...op("if"), 0x40]);
    this.labels.push(undefined);
    if (target.label) this.expression(target.label, depth - 1);
    this.put(
      random.below(4) === 0 && target.depth === this.labels.length - 2 ? op("return") : op("br", target.depth + 1),
    );
    this.labels.pop();
    this.put(op("end"));
  }

  private memoryCopy(): void {
    const { random } = this;
    const at = () => i32(this.base + random.below(100));
    if (random.below(2) === 0) this.put([...at(), ...at(), ...i32(random.below(40)), ...op("memory.copy", 0, 0)]);
    else {
      this.put(at());
      this.leaf("i32");
      this.put([...i32(random.below(40)), ...op("memory.fill", 0)]);
    }
  }
}
