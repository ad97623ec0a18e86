// Decodes a function body into a list of instructions with their structure resolved: where each block ends, and which
// locals a loop assigns (so that SSA construction can place its phis at once).
// Source: WebAssembly Core Specification 2.0, section 5.4.

import { Cursor } from "./cursor.ts";
import type { FunctionType, ValueType, WasmFunction, WasmModule } from "./module.ts";
import { OPCODES, type Opcode } from "./opcodes.ts";
import { valueType, valueTypeOf } from "./read.ts";

export interface WasmInstruction {
  opcode: Opcode;
  /** Offset in the module's file: what a source map speaks of. */
  at: number;
  /** Index, label depth, constant (low word), or memory offset. */
  value: number;
  /** High word of an i64 constant. */
  high: number;
  /** br_table: label depths, the default last. */
  labels: number[];
  /** block, loop, if: the type. */
  type: FunctionType;
  /** block, loop, if, else: index of the matching `end`. */
  end: number;
  /** if: index of its `else`, or -1. */
  elseAt: number;
  /** loop: the locals that are set inside. */
  assigned: Set<number> | undefined;
}

export interface Body {
  /** Parameters first. */
  locals: ValueType[];
  instructions: WasmInstruction[];
}

const NO_TYPE: FunctionType = { parameters: [], results: [] };
const MAX_LOCALS = 50_000;

/** @throws WasmError */
export function decodeBody(module: WasmModule, f: WasmFunction): Body {
  const { start, end } = f.body ?? { start: 0, end: 0 };
  const cursor = new Cursor(module.file, module.bytes, start, end);
  const locals = [...f.type.parameters];
  for (let groups = cursor.u32(); groups > 0; groups--) {
    const count = cursor.u32();
    if (locals.length + count > MAX_LOCALS) cursor.fail(`at most ${MAX_LOCALS} locals`, `${locals.length + count}`);
    const type = valueType(cursor);
    for (let i = 0; i < count; i++) locals.push(type);
  }
  const instructions: WasmInstruction[] = [];
  /** Open blocks, as indexes of their first instruction; -1 is the body itself. */
  const open: number[] = [-1];
  while (open.length > 0) {
    const instruction = decodeInstruction(module, cursor, locals.length);
    const index = instructions.push(instruction) - 1;
    const { name } = instruction.opcode;
    if (instruction.opcode.immediate === "block") open.push(index);
    else if (name === "else") {
      const begin = instructions[open[open.length - 1]];
      if (begin?.opcode.name !== "if" || begin.elseAt >= 0)
        cursor.fail("an `if` before `else`", "none", instruction.at);
      begin.elseAt = index;
    } else if (name === "end") {
      const begin = instructions[open.pop() ?? -1];
      if (begin) {
        begin.end = index;
        if (begin.elseAt >= 0) instructions[begin.elseAt].end = index;
      }
    } else if (name === "local.set" || name === "local.tee") {
      for (const i of open) instructions[i]?.assigned?.add(instruction.value);
    }
  }
  if (!cursor.done) cursor.fail("the end of the function body", "more instructions");
  return { locals, instructions };
}

function decodeInstruction(module: WasmModule, cursor: Cursor, localCount: number): WasmInstruction {
  const at = cursor.at;
  let code = cursor.u8();
  if (code === 0xfc) code = 0xfc00 + cursor.u32();
  const opcode =
    OPCODES.get(code) ?? cursor.fail("an instruction that the compiler knows", `opcode 0x${code.toString(16)}`, at);
  const instruction: WasmInstruction = {
    opcode,
    at,
    value: 0,
    high: 0,
    labels: [],
    type: NO_TYPE,
    end: -1,
    elseAt: -1,
    assigned: opcode.name === "loop" ? new Set() : undefined,
  };
  const index = (what: string, limit: number): void => {
    instruction.value = cursor.u32();
    if (instruction.value >= limit) cursor.fail(`a ${what} index below ${limit}`, `${instruction.value}`, at);
  };
  switch (opcode.immediate) {
    case "none":
      break;
    case "block":
      instruction.type = blockType(module, cursor);
      break;
    case "label":
      instruction.value = cursor.u32();
      break;
    case "labels": {
      const count = cursor.u32();
      if (count > cursor.end - cursor.at) cursor.fail(`at most ${cursor.end - cursor.at} labels`, `${count}`);
      for (let i = 0; i <= count; i++) instruction.labels.push(cursor.u32());
      break;
    }
    case "local":
      index("local", localCount);
      break;
    case "global":
      index("global", module.globals.length);
      break;
    case "function":
      index("function", module.functions.length);
      break;
    case "type":
      index("type", module.types.length);
      if (cursor.u32() !== 0) cursor.fail("table 0", "another", at);
      break;
    case "memory":
      cursor.u32(); // The alignment is a hint; i386 takes any address.
      instruction.value = cursor.u32() | 0;
      break;
    case "i32":
      instruction.value = cursor.s32();
      break;
    case "i64": {
      const value = cursor.s64();
      instruction.value = Number(BigInt.asIntN(32, value));
      instruction.high = Number(BigInt.asIntN(32, value >> 32n));
      break;
    }
    case "f32":
      instruction.value = cursor.word() | 0;
      break;
    case "f64":
      instruction.value = cursor.word() | 0;
      instruction.high = cursor.word() | 0;
      break;
    case "zeros":
      cursor.u8();
      cursor.u8();
      break;
    case "zero":
      cursor.u8();
      break;
    case "types":
      for (let count = cursor.u32(); count > 0; count--) valueType(cursor);
      break;
  }
  return instruction;
}

function blockType(module: WasmModule, cursor: Cursor): FunctionType {
  const at = cursor.at;
  const code = cursor.bytes[at];
  const value = valueTypeOf(code);
  if (code === 0x40 || value) {
    cursor.u8();
    return value ? { parameters: [], results: [value] } : NO_TYPE;
  }
  const index = cursor.s33();
  return module.types[index] ?? cursor.fail(`a block type`, `${index}`, at);
}
