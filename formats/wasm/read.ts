// Reads a WebAssembly module: sections, then names. Bodies are decoded later, function by function (decode.ts).
// Source: WebAssembly Core Specification 2.0, section 5.5, and its appendix on the name section.

import { Cursor } from "./cursor.ts";
import type { FunctionType, ValueType, WasmFunction, WasmGlobal, WasmModule } from "./module.ts";

const EXPORT_KINDS = ["function", "table", "memory", "global"] as const;

const MAX_TABLE = 1 << 20;

/** @throws WasmError when the bytes are not a module, or one with a feature that the compiler doesn't have. */
export function readModule(bytes: Uint8Array, file: string): WasmModule {
  const cursor = new Cursor(file, bytes, 0, bytes.length);
  if (bytes.length < 8 || cursor.word() !== 0x6d736100)
    cursor.fail("a WebAssembly module (00 61 73 6d)", "other bytes", 0);
  const version = cursor.word();
  if (version !== 1) cursor.fail("version 1", `${version}`, 4);
  const module: WasmModule = {
    file,
    bytes,
    types: [],
    functions: [],
    globals: [],
    tableSize: undefined,
    memoryPages: undefined,
    elements: [],
    data: [],
    exports: [],
    start: undefined,
  };
  const reader = new ModuleReader(module);
  let last = 0;
  while (!cursor.done) {
    const at = cursor.at;
    const id = cursor.u8();
    const size = cursor.u32();
    if (size > cursor.end - cursor.at) cursor.fail(`a section of ${size} bytes`, `${cursor.end - cursor.at} bytes`, at);
    const section = new Cursor(file, bytes, cursor.at, cursor.at + size);
    cursor.at += size;
    if (id !== 0) {
      // The data count section (12) stands between elements and code.
      const order = id === 12 ? 9.5 : id;
      if (order <= last) cursor.fail("sections in order, each once", `section ${id}`, at);
      last = order;
    }
    reader.section(id, section);
    if (id !== 0 && !section.done) section.fail("the end of the section", "more bytes");
  }
  reader.finish();
  return module;
}

class ModuleReader {
  private defined: WasmFunction[] = [];
  private names: { functions: Map<number, string>; globals: Map<number, string> } = {
    functions: new Map(),
    globals: new Map(),
  };
  private bodies = 0;

  constructor(private readonly module: WasmModule) {}

  section(id: number, cursor: Cursor): void {
    const { module } = this;
    switch (id) {
      case 0:
        this.custom(cursor);
        break;
      case 1:
        repeat(cursor, () => module.types.push(functionType(cursor)));
        break;
      case 2:
        repeat(cursor, () => this.import(cursor));
        break;
      case 3:
        repeat(cursor, () => this.defined.push(this.addFunction(this.type(cursor))));
        break;
      case 4:
        repeat(cursor, () => this.table(cursor));
        break;
      case 5:
        repeat(cursor, () => this.memory(cursor));
        break;
      case 6:
        repeat(cursor, () => this.global(cursor));
        break;
      case 7:
        repeat(cursor, () => this.export(cursor));
        break;
      case 8:
        module.start = this.functionIndex(cursor);
        break;
      case 9:
        repeat(cursor, () => this.elements(cursor));
        break;
      case 10:
        repeat(cursor, () => this.body(cursor));
        break;
      case 11:
        repeat(cursor, () => this.data(cursor));
        break;
      case 12:
        cursor.u32();
        break;
      default:
        cursor.fail("a section id from 0 to 12", `${id}`);
    }
  }

  finish(): void {
    const { module, names } = this;
    if (this.bodies !== this.defined.length)
      new Cursor(module.file, module.bytes, module.bytes.length, module.bytes.length).fail(
        `${this.defined.length} function bodies`,
        `${this.bodies}`,
      );
    const exported = new Map(module.exports.filter((e) => e.kind === "function").map((e) => [e.index, e.name]));
    for (const f of module.functions)
      f.name = names.functions.get(f.index) ?? f.import?.name ?? exported.get(f.index) ?? `function[${f.index}]`;
    for (const g of module.globals) g.name = names.globals.get(g.index) ?? g.import?.name ?? `global[${g.index}]`;
  }

  private addFunction(type: FunctionType): WasmFunction {
    const f: WasmFunction = { index: this.module.functions.length, type, name: "" };
    this.module.functions.push(f);
    return f;
  }

  private type(cursor: Cursor): FunctionType {
    const at = cursor.at;
    const index = cursor.u32();
    return this.module.types[index] ?? cursor.fail(`a type index below ${this.module.types.length}`, `${index}`, at);
  }

  private functionIndex(cursor: Cursor): number {
    const at = cursor.at;
    const index = cursor.u32();
    if (index >= this.module.functions.length)
      cursor.fail(`a function index below ${this.module.functions.length}`, `${index}`, at);
    return index;
  }

  private import(cursor: Cursor): void {
    const module = cursor.name();
    const name = cursor.name();
    const at = cursor.at;
    const kind = cursor.u8();
    if (kind === 0) this.addFunction(this.type(cursor)).import = { module, name };
    else if (kind === 1) this.table(cursor);
    else if (kind === 2) this.memory(cursor);
    else if (kind === 3) {
      const type = valueType(cursor);
      const mutable = cursor.u8() === 1;
      const { globals } = this.module;
      globals.push({ index: globals.length, type, mutable, name, import: { module, name }, value: [0, 0] });
    } else cursor.fail("a function, table, memory or global import", `kind ${kind}`, at);
  }

  private table(cursor: Cursor): void {
    const at = cursor.at;
    if (cursor.u8() !== 0x70) cursor.fail("a table of functions", "another element type", at);
    if (this.module.tableSize !== undefined) cursor.fail("one table", "a second one", at);
    this.module.tableSize = limits(cursor);
    if (this.module.tableSize > MAX_TABLE)
      cursor.fail(`a table of at most ${MAX_TABLE} entries`, `${this.module.tableSize}`, at);
  }

  private memory(cursor: Cursor): void {
    const at = cursor.at;
    if (this.module.memoryPages !== undefined) cursor.fail("one memory", "a second one", at);
    this.module.memoryPages = limits(cursor);
  }

  private global(cursor: Cursor): void {
    const type = valueType(cursor);
    const mutable = cursor.u8() === 1;
    const value = this.constant(cursor, type);
    const { globals } = this.module;
    globals.push({ index: globals.length, type, mutable, name: "", value });
  }

  private export(cursor: Cursor): void {
    const name = cursor.name();
    const at = cursor.at;
    const kind =
      EXPORT_KINDS[cursor.u8()] ?? cursor.fail("an export of a function, table, memory or global", "other", at);
    const index = cursor.u32();
    const limit =
      kind === "function" ? this.module.functions.length : kind === "global" ? this.module.globals.length : 1;
    if (index >= limit) cursor.fail(`a ${kind} index below ${limit}`, `${index}`, at);
    this.module.exports.push({ name, kind, index });
  }

  private elements(cursor: Cursor): void {
    const at = cursor.at;
    const flags = cursor.u32();
    // Active segments of table 0 with function indexes; asc and Binaryen write nothing else for function tables.
    if (flags !== 0 && flags !== 2) cursor.fail("an active element segment of function indexes", `kind ${flags}`, at);
    if (flags === 2 && cursor.u32() !== 0) cursor.fail("table 0", "another table", at);
    const offset = this.constant(cursor, "i32")[0] >>> 0;
    if (flags === 2 && cursor.u8() !== 0) cursor.fail("elements that are functions", "another kind", at);
    const functions: number[] = [];
    repeat(cursor, () => functions.push(this.functionIndex(cursor)));
    const size = this.module.tableSize ?? 0;
    if (offset + functions.length > size)
      cursor.fail(`elements within the table's ${size} entries`, `${offset} to ${offset + functions.length - 1}`, at);
    this.module.elements.push({ offset, functions });
  }

  private body(cursor: Cursor): void {
    const at = cursor.at;
    const size = cursor.u32();
    const f = this.defined[this.bodies++];
    if (!f) cursor.fail(`${this.defined.length} function bodies`, "more", at);
    const start = cursor.at;
    cursor.take(size);
    f.body = { start, end: cursor.at };
  }

  private data(cursor: Cursor): void {
    const at = cursor.at;
    const flags = cursor.u32();
    if (flags !== 0) cursor.fail("an active data segment of memory 0", `kind ${flags}`, at);
    const offset = this.constant(cursor, "i32")[0] >>> 0;
    this.module.data.push({ offset, bytes: cursor.take(cursor.u32()) });
  }

  private constant(cursor: Cursor, type: ValueType): [number, number] {
    const at = cursor.at;
    const opcode = cursor.u8();
    let value: [number, number] = [0, 0];
    let found: ValueType | undefined;
    if (opcode === 0x41) {
      value = [cursor.s32(), 0];
      found = "i32";
    } else if (opcode === 0x42) {
      const long = cursor.s64();
      value = [Number(BigInt.asIntN(32, long)), Number(BigInt.asIntN(32, long >> 32n))];
      found = "i64";
    } else if (opcode === 0x43) {
      value = [cursor.word() | 0, 0];
      found = "f32";
    } else if (opcode === 0x44) {
      value = [cursor.word() | 0, cursor.word() | 0];
      found = "f64";
    } else if (opcode === 0x23) {
      const index = cursor.u32();
      const global: WasmGlobal = this.module.globals[index] ?? cursor.fail("an earlier global", `${index}`, at);
      if (global.mutable || global.import) cursor.fail("a constant global", `global ${index}`, at);
      value = global.value;
      found = global.type;
    } else cursor.fail("a constant", `opcode 0x${opcode.toString(16)}`, at);
    if (found !== type) cursor.fail(`a constant of type ${type}`, `${found}`, at);
    if (cursor.u8() !== 0x0b) cursor.fail("the end of a constant expression", "more instructions", at);
    return value;
  }

  private custom(cursor: Cursor): void {
    if (cursor.name() !== "name") return;
    while (!cursor.done) {
      const id = cursor.u8();
      const end = cursor.u32() + cursor.at;
      if (end > cursor.end) cursor.fail("a name subsection within its section", "a longer one");
      const map = id === 1 ? this.names.functions : id === 7 ? this.names.globals : undefined;
      if (map) repeat(cursor, () => map.set(cursor.u32(), cursor.name()));
      cursor.at = end;
    }
  }
}

export function valueType(cursor: Cursor): ValueType {
  const at = cursor.at;
  const code = cursor.u8();
  return valueTypeOf(code) ?? cursor.fail("type i32, i64, f32 or f64", `0x${code.toString(16)}`, at);
}

export function valueTypeOf(code: number): ValueType | undefined {
  return ([undefined, "f64", "f32", "i64", "i32"] as const)[code - 0x7b];
}

function functionType(cursor: Cursor): FunctionType {
  const at = cursor.at;
  if (cursor.u8() !== 0x60) cursor.fail("a function type (60)", "another type", at);
  const type: FunctionType = { parameters: [], results: [] };
  repeat(cursor, () => type.parameters.push(valueType(cursor)));
  repeat(cursor, () => type.results.push(valueType(cursor)));
  return type;
}

/** Returns the minimum. */
function limits(cursor: Cursor): number {
  const at = cursor.at;
  const flags = cursor.u8();
  if (flags > 3) cursor.fail("limits with 32-bit sizes", `flags ${flags}`, at);
  const minimum = cursor.u32();
  if (flags & 1) cursor.u32();
  return minimum;
}

function repeat(cursor: Cursor, read: () => unknown): void {
  const count = cursor.u32();
  if (count > cursor.end - cursor.at) cursor.fail(`at most ${cursor.end - cursor.at} entries`, `${count}`);
  for (let i = 0; i < count; i++) read();
}
