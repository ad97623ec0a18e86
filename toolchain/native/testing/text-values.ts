// Types and constants of the WebAssembly text format.

import type { ValueType } from "../../../formats/wasm/module.ts";
import { atom, fail, type Node } from "./text-parse.ts";
import { op, signed } from "./wasm-builder.ts";

export function valueType(node: Node): ValueType {
  const word = atom(node);
  if (word === "i32" || word === "i64" || word === "f32" || word === "f64") return word;
  return fail("i32, i64, f32 or f64", word);
}

/** A constant instruction. */
export function constant(type: ValueType, value: Node): number[] {
  const bits = constantBits(type, value);
  if (type === "i32" || type === "i64") return [...op(`${type}.const`), ...signed(BigInt(bits))];
  const size = type === "f32" ? 4 : 8;
  return [
    ...op(`${type}.const`),
    ...Array.from({ length: size }, (_, i) => Number((BigInt(bits) >> BigInt(8 * i)) & 0xffn)),
  ];
}

/** The bits of a constant as a signed integer: a number for one word, a bigint for two. */
export function constantBits(type: ValueType, value: Node): number | bigint {
  const word = atom(value).replaceAll("_", "");
  const view = new DataView(new ArrayBuffer(8));
  const payload = /^([-+]?)nan(?::(0x[0-9a-f]+))?$/i.exec(word);
  if (type === "i32") return Number(BigInt.asIntN(32, integer(word)));
  if (type === "i64") return BigInt.asIntN(64, integer(word));
  if (payload) {
    const sign = payload[1] === "-" ? 1n : 0n;
    if (type === "f32")
      return Number(BigInt.asIntN(32, (sign << 31n) | 0x7f800000n | BigInt(payload[2] ?? "0x400000")));
    return BigInt.asIntN(64, (sign << 63n) | (0x7ffn << 52n) | BigInt(payload[2] ?? "0x8000000000000"));
  }
  const float = /inf$/.test(word) ? Number(`${word.startsWith("-") ? "-" : ""}Infinity`) : Number(word);
  if (Number.isNaN(float)) fail("a number", word);
  if (type === "f32") {
    view.setFloat32(0, float);
    return view.getInt32(0);
  }
  view.setFloat64(0, float);
  return view.getBigInt64(0);
}

export function integer(word: string): bigint {
  return word.startsWith("-") ? -BigInt(word.slice(1)) : BigInt(word);
}
