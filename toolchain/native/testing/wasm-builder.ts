// A tiny writer of WebAssembly modules, for tests.

import type { ValueType } from "../../../formats/wasm/module.ts";
import { OPCODES } from "../../../formats/wasm/opcodes.ts";

const TYPE_CODES: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
/** Of two encodings of one name (`select`) the plain one, which comes first in the table. */
const CODES = new Map([...OPCODES].reverse().map(([code, { name }]) => [name, code]));

export interface FunctionText {
  name: string;
  parameters: ValueType[];
  results: ValueType[];
  locals: ValueType[];
  body: number[];
  /** Gets a place in the table, in order. */
  inTable?: boolean;
  /** Only calls of the module reach it. */
  isInternal?: boolean;
}

export interface ModuleText {
  functions: FunctionText[];
  /** A float as its bits. */
  globals: { type: ValueType; value: bigint }[];
  data: { offset: number; bytes: number[] }[];
  memoryPages: number;
}

export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

export function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = (rest === 0n && byte < 0x40) || (rest === -1n && byte >= 0x40);
    bytes.push(byte | (isLast ? 0 : 0x80));
    if (isLast) return bytes;
  }
}

/** Opcode bytes of an instruction, by name. */
export function op(name: string, ...immediates: number[]): number[] {
  const code = CODES.get(name);
  if (code === undefined) throw new RangeError(`no instruction ${name}`);
  return [...(code > 0xff ? [code >> 8, code & 0xff] : [code]), ...immediates.flatMap(unsigned)];
}

export function i32(value: number): number[] {
  return [...op("i32.const"), ...signed(BigInt(value | 0))];
}

export function i64(value: bigint): number[] {
  return [...op("i64.const"), ...signed(BigInt.asIntN(64, value))];
}

export function blockType(result: ValueType | undefined): number {
  return result ? TYPE_CODES[result] : 0x40;
}

function section(id: number, entries: number[][]): number[] {
  const content = [...unsigned(entries.length), ...entries.flat()];
  return [id, ...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  return [...unsigned(bytes.length), ...bytes];
}

function constant(type: ValueType, value: bigint): number[] {
  if (type === "i32") return i32(Number(BigInt.asIntN(32, value)));
  if (type === "i64") return i64(value);
  const bytes = Array.from({ length: type === "f32" ? 4 : 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
  return [...op(`${type}.const`), ...bytes];
}

/** All functions but internal ones are exported; type i of the module is the type of function i. */
export function buildModule(module: ModuleText): Uint8Array<ArrayBuffer> {
  const types = (list: ValueType[]) => [...unsigned(list.length), ...list.map((type) => TYPE_CODES[type])];
  const table = module.functions.flatMap((f, i) => (f.inTable ? [i] : []));
  const bodies = module.functions.map(({ locals, body }) => {
    const content = [...unsigned(locals.length), ...locals.flatMap((type) => [1, TYPE_CODES[type]]), ...body, 0x0b];
    return [...unsigned(content.length), ...content];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      module.functions.map((f) => [0x60, ...types(f.parameters), ...types(f.results)]),
    ),
    ...section(2, [[...name("env"), ...name("memory"), 2, 0, ...unsigned(module.memoryPages)]]),
    ...section(
      3,
      module.functions.map((_, i) => unsigned(i)),
    ),
    ...section(4, [[0x70, 0, ...unsigned(table.length)]]),
    ...section(
      6,
      module.globals.map(({ type, value }) => [TYPE_CODES[type], 1, ...constant(type, value), 0x0b]),
    ),
    ...section(
      7,
      module.functions.flatMap((f, i) => (f.isInternal ? [] : [[...name(f.name), 0, ...unsigned(i)]])),
    ),
    ...section(
      9,
      table.length > 0 ? [[0, ...i32(0), 0x0b, ...unsigned(table.length), ...table.flatMap(unsigned)]] : [],
    ),
    ...section(10, bodies),
    ...section(
      11,
      module.data.map(({ offset, bytes }) => [0, ...i32(offset), 0x0b, ...unsigned(bytes.length), ...bytes]),
    ),
  ]);
}
