// Encodes programs as a WebAssembly module. Values that nobody needs are left out; one that is used once is computed where it is
// used. Source: WebAssembly Core Specification 2.0, chapter 5.

import type { FunctionType, ValueType } from "../../../formats/wasm/module.ts";
import type { Label, Source, Statement, Value } from "./residual.ts";
import { exportedFunction, exportedGlobal, type Semantics } from "./semantics.ts";
import type { Program } from "./specialise.ts";

const TYPES: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
const VOID = 0x40;
/** Alignment hints, as logarithms, by the opcode of a load or store from 0x28 on. */
const ALIGNMENT = [2, 3, 2, 3, 0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 3, 2, 3, 0, 1, 0, 1, 2];

class Bytes {
  bytes: number[] = [];

  u8(...values: number[]): this {
    this.bytes.push(...values);
    return this;
  }

  u32(value: number): this {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.bytes.push((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.bytes.push(rest);
    return this;
  }

  s32(value: number): this {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.bytes.push((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.bytes.push(rest & 0x7f);
    return this;
  }

  s64(value: bigint): this {
    let rest = BigInt.asIntN(64, value);
    while (rest < -64n || rest > 63n) {
      this.bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.bytes.push(Number(rest & 0x7fn));
    return this;
  }

  name(text: string): this {
    this.u32(text.length);
    for (const character of text) this.u8(character.charCodeAt(0));
    return this;
  }

  append(other: Bytes): this {
    for (const byte of other.bytes) this.bytes.push(byte);
    return this;
  }

  /** A section or body: its length first. */
  sized(other: Bytes): this {
    return this.u32(other.bytes.length).append(other);
  }
}

/** How often each local is read, of those that something needs. */
class Uses {
  readonly counts: Uint32Array;
  readonly sources: Value[][];

  constructor({ locals, body }: Program) {
    this.counts = new Uint32Array(locals.length);
    this.sources = locals.map(() => []);
    this.collect(body);
    this.needed(body);
  }

  /** What each local may be set to. */
  private collect(list: readonly Statement[]): void {
    for (const statement of list) {
      if (statement.kind === "set") this.sources[statement.local.index].push(statement.value);
      else if (statement.kind === "read" && statement.source.kind === "load")
        this.sources[statement.local.index].push(statement.source.address);
      else if (statement.kind === "branch") {
        this.collect(statement.before);
        for (const { to, from } of statement.moves) this.sources[to.index].push(from);
      } else for (const inner of parts(statement)) this.collect(inner);
    }
  }

  private needed(list: readonly Statement[]): void {
    for (const statement of list) {
      switch (statement.kind) {
        case "read":
          if (statement.source.kind === "call") statement.source.operands.forEach(this.need);
          break;
        case "call":
        case "bulk":
          statement.operands.forEach(this.need);
          break;
        case "store":
          this.need(statement.address);
          this.need(statement.value);
          break;
        case "setGlobal":
        case "return":
          this.need(statement.value);
          break;
        case "branch":
          this.needed(statement.before);
          break;
        case "if":
          this.need(statement.condition);
          break;
      }
      for (const inner of parts(statement)) this.needed(inner);
    }
  }

  private readonly need = (value: Value): void => {
    if (value.kind === "operation") value.operands.forEach(this.need);
    else if (value.kind === "local" && this.counts[value.index]++ === 0) this.sources[value.index].forEach(this.need);
  };
}

function parts(statement: Statement): Statement[][] {
  if (statement.kind === "if") return [statement.then, statement.otherwise];
  return statement.kind === "block" || statement.kind === "loop" ? [statement.body] : [];
}

class FunctionEncoder {
  private readonly code = new Bytes();
  private readonly uses: Uint32Array;
  private readonly settings: readonly number[];
  /** Values of locals that are set once and read once: encoded where they are read. */
  private readonly inlined = new Map<number, Value>();
  /** The module's numbers of locals. */
  private readonly numbers: Int32Array;
  private readonly kept: ValueType[] = [];
  private depth = 0;

  constructor(
    private readonly program: Program,
    private readonly imports: Imports,
  ) {
    const { counts, sources } = new Uses(program);
    this.uses = counts;
    this.settings = sources.map(({ length }) => length);
    this.numbers = new Int32Array(program.locals.length).fill(-1);
  }

  encode(): Bytes {
    this.list(this.program.body);
    this.code.u8(0x00, 0x0b);
    const result = new Bytes();
    const runs: [number, ValueType][] = [];
    for (const type of this.kept) {
      const last = runs[runs.length - 1];
      if (last?.[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    result.u32(runs.length);
    for (const [count, type] of runs) result.u32(count).u8(TYPES[type]);
    return result.append(this.code);
  }

  private number(local: number): number {
    if (this.numbers[local] < 0) this.numbers[local] = this.kept.push(this.program.locals[local]) - 1;
    return this.numbers[local];
  }

  private list(statements: readonly Statement[]): void {
    for (const statement of statements) this.statement(statement);
  }

  private statement(statement: Statement): void {
    const { code, uses } = this;
    switch (statement.kind) {
      case "set": {
        const { local, value } = statement;
        if (uses[local.index] === 0) return;
        if (uses[local.index] === 1 && this.settings[local.index] === 1 && value.kind === "operation") {
          this.inlined.set(local.index, value);
          return;
        }
        this.value(value);
        code.u8(0x21).u32(this.number(local.index));
        return;
      }
      case "read": {
        const { local, source } = statement;
        const used = uses[local.index] > 0;
        if (!used && source.kind !== "call") return;
        this.source(source);
        if (used) code.u8(0x21).u32(this.number(local.index));
        else code.u8(0x1a);
        return;
      }
      case "call":
        this.call(statement.target, statement.operands);
        return;
      case "store":
        this.value(statement.address);
        this.value(statement.value);
        this.access(statement.code, statement.offset);
        return;
      case "setGlobal":
        this.value(statement.value);
        code.u8(0x24).u32(this.imports.global(statement.index));
        return;
      case "bulk":
        for (const operand of statement.operands) this.value(operand);
        code.u8(0xfc, statement.code & 0xff, 0);
        if (statement.code === 0xfc0a) code.u8(0);
        return;
      case "if":
        this.value(statement.condition);
        this.nested(0x04, undefined, () => {
          this.list(statement.then);
          if (statement.otherwise.length > 0) {
            code.u8(0x05);
            this.list(statement.otherwise);
          }
        });
        return;
      case "block":
      case "loop":
        this.nested(statement.kind === "block" ? 0x02 : 0x03, statement.label, () => this.list(statement.body));
        return;
      case "branch": {
        this.list(statement.before);
        const moves = statement.moves.filter(({ to }) => uses[to.index] > 0);
        for (const { from } of moves) this.value(from);
        for (const { to } of moves.reverse()) code.u8(0x21).u32(this.number(to.index));
        if (!statement.falls) code.u8(0x0c).u32(this.depth - statement.label.depth);
        return;
      }
      case "return":
        this.value(statement.value);
        code.u8(0x0f);
        return;
      case "unreachable":
        code.u8(0x00);
        return;
    }
  }

  private nested(opcode: number, label: Label | undefined, work: () => void): void {
    this.depth++;
    if (label) label.depth = this.depth;
    this.code.u8(opcode, VOID);
    work();
    this.code.u8(0x0b);
    this.depth--;
  }

  private source(source: Source): void {
    if (source.kind === "call") this.call(source.target, source.operands);
    else if (source.kind === "global") this.code.u8(0x23).u32(this.imports.global(source.index));
    else {
      this.value(source.address);
      this.access(source.code, source.offset);
    }
  }

  private access(opcode: number, offset: number): void {
    this.code.u8(opcode, ALIGNMENT[opcode - 0x28]).u32(offset);
  }

  private call(target: number, operands: readonly Value[]): void {
    for (const operand of operands) this.value(operand);
    this.code.u8(0x10).u32(this.imports.function(target));
  }

  private value(value: Value): void {
    const { code } = this;
    if (value.kind === "local") {
      const tree = this.inlined.get(value.index);
      if (tree) this.value(tree);
      else code.u8(0x20).u32(this.number(value.index));
    } else if (value.kind === "operation") {
      for (const operand of value.operands) this.value(operand);
      if (value.code > 0xff) code.u8(0xfc).u32(value.code & 0xff);
      else code.u8(value.code);
    } else if (value.type === "i32") code.u8(0x41).s32(Number(value.value));
    else if (value.type === "i64") code.u8(0x42).s64(BigInt(value.value));
    else {
      // Floating-point constants are the zeros that locals start as.
      code.u8(value.type === "f32" ? 0x43 : 0x44, ...new Array(value.type === "f32" ? 4 : 8).fill(0));
    }
  }
}

/** What a module takes from the core. */
class Imports {
  readonly functions = new Map<number, number>();
  readonly globals = new Map<number, number>();

  function(index: number): number {
    return numbered(this.functions, index);
  }

  global(index: number): number {
    return numbered(this.globals, index);
  }
}

function numbered(map: Map<number, number>, index: number): number {
  let number = map.get(index);
  if (number === undefined) {
    number = map.size;
    map.set(index, number);
  }
  return number;
}

/** A module that imports `env.memory` and the core's exports as `core`, and exports the program as `run`. */
export function encodeModule(semantics: Semantics, program: Program): Uint8Array<ArrayBuffer> {
  const imports = new Imports();
  const body = new FunctionEncoder(program, imports).encode();
  const types: FunctionType[] = [{ parameters: [], results: ["i32"] }];
  const importSection = new Bytes().u32(1 + imports.functions.size + imports.globals.size);
  importSection.name("env").name("memory").u8(2, 0).u32(1);
  for (const index of imports.functions.keys()) {
    const type = types.push(semantics.module.functions[index].type) - 1;
    importSection.name("core").name(exportedFunction(index)).u8(0).u32(type);
  }
  for (const index of imports.globals.keys()) {
    const { type } = semantics.module.globals[index];
    importSection.name("core").name(exportedGlobal(index)).u8(3, TYPES[type], 1);
  }
  const typeSection = new Bytes().u32(types.length);
  for (const { parameters, results } of types) {
    typeSection.u8(0x60).u32(parameters.length);
    for (const type of parameters) typeSection.u8(TYPES[type]);
    typeSection.u32(results.length);
    for (const type of results) typeSection.u8(TYPES[type]);
  }
  const module = new Bytes().u8(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  module.u8(1).sized(typeSection);
  module.u8(2).sized(importSection);
  module.u8(3).sized(new Bytes().u32(1).u32(0));
  const exported = new Bytes().u32(1).name("run").u8(0).u32(imports.functions.size);
  module.u8(7).sized(exported);
  module.u8(10).sized(new Bytes().u32(1).sized(body));
  return Uint8Array.from(module.bytes);
}
