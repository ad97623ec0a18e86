// Every numeric instruction as an exported function of integers, with the values at which floats differ from what one expects.

import type { ValueType } from "../../../formats/wasm/module.ts";
import { OPCODES, type Opcode } from "../../../formats/wasm/opcodes.ts";
import type { Case } from "./compare.ts";
import type { Random } from "./random.ts";
import { blockType, type FunctionText, i32, i64, op } from "./wasm-builder.ts";

type Float = "f32" | "f64";
const BITS: Record<ValueType, "i32" | "i64"> = { f32: "i32", f64: "i64", i32: "i32", i64: "i64" };

export function isFloatType(type: ValueType): type is Float {
  return type === "f32" || type === "f64";
}

/** Bits → value of the type. */
export function fromBits(type: ValueType): number[] {
  return isFloatType(type) ? op(`${type}.reinterpret_${BITS[type]}`) : [];
}

/** Value in a local → its bits; of a NaN, whose sign and payload are the processor's choice, always the same. */
export function toBits(type: ValueType, local: number): number[] {
  const get = op("local.get", local);
  if (!isFloatType(type)) return get;
  const nan = type === "f32" ? i32(0x7fc00000) : i64(0x7ff8000000000000n);
  return [
    ...get,
    ...op(`${BITS[type]}.reinterpret_${type}`),
    ...nan,
    ...get,
    ...get,
    ...op(`${type}.eq`),
    ...op("select"),
  ];
}

/** The instructions that have a float operand or result and no immediate. */
export function floatOpcodes(): Opcode[] {
  return [...OPCODES.values()].filter(
    ({ immediate, operands, results }) => immediate === "none" && [...operands, ...results].some(isFloatType),
  );
}

/** Those of integers alone. */
export function integerOpcodes(): Opcode[] {
  return [...OPCODES.values()].filter(
    ({ immediate, operands, results }) =>
      immediate === "none" && results.length === 1 && ![...operands, ...results].some(isFloatType),
  );
}

/** A function that applies the instruction to its arguments' bits. */
export function applying({ name, operands, results }: Opcode): FunctionText {
  const [result] = results;
  return {
    name: name.replace(".", "_"),
    parameters: operands.map((type) => BITS[type]),
    results: [BITS[result]],
    locals: [result],
    body: [
      ...operands.flatMap((type, i) => [...op("local.get", i), ...fromBits(type)]),
      ...op(name),
      ...op("local.set", operands.length),
      ...toBits(result, operands.length),
    ],
  };
}

/** a op (b op (c op d)) and ((a op b) op c) op d, rounded at every step. */
export function chains(type: Float): FunctionText[] {
  const names = ["add", "sub", "mul", "div"];
  const get = (i: number) => [...op("local.get", i), ...fromBits(type)];
  return names.flatMap((first) =>
    names.flatMap((second) => {
      const [x, y] = [op(`${type}.${first}`), op(`${type}.${second}`)];
      const bodies = {
        left: [...get(0), ...get(1), ...x, ...get(2), ...y, ...get(3), ...x],
        right: [...get(0), ...get(1), ...get(2), ...get(3), ...x, ...y, ...x],
        both: [...get(0), ...get(1), ...x, ...get(2), ...get(3), ...x, ...y],
        constant: [...get(0), ...number(type, 0.1), ...x, ...number(type, 0.5), ...y, ...get(1), ...x],
      };
      return Object.entries(bodies).map(([shape, body]) => ({
        name: `${type}_${first}_${second}_${shape}`,
        parameters: [0, 1, 2, 3].map(() => BITS[type]),
        results: [BITS[type]],
        locals: [type],
        body: [...body, ...op("local.set", 4), ...toBits(type, 4)],
      }));
    }),
  );
}

/** Branches and values of comparisons. */
export function decisions(type: Float): FunctionText[] {
  return ["eq", "ne", "lt", "gt", "le", "ge"].map((name) => {
    const compare = [0, 1].flatMap((i) => [...op("local.get", i), ...fromBits(type)]);
    return {
      name: `${type}_${name}_branch`,
      parameters: [BITS[type], BITS[type]],
      results: ["i32"],
      locals: [],
      body: [
        ...[
          ...compare,
          ...op(`${type}.${name}`),
          ...op("if"),
          blockType("i32"),
          ...i32(100),
          ...op("else"),
          ...i32(200),
        ],
        ...[
          ...op("end"),
          ...i32(1),
          ...i32(2),
          ...compare,
          ...op(`${type}.${name}`),
          ...op("select"),
          ...op("i32.add"),
        ],
        ...[...compare, ...op(`${type}.${name}`), ...op("i32.eqz"), ...op("i32.add")],
      ],
    };
  });
}

export function number(type: Float, value: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  if (type === "f32") view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  const bytes = Array.from({ length: type === "f32" ? 4 : 8 }, (_, i) => view.getUint8(i));
  const code = type === "f32" ? 0x43 : 0x44;
  return [code, ...bytes];
}

const TWO = [31, 32, 52, 53, 63, 64].flatMap((n) => [
  2 ** n,
  2 ** n - 0.5,
  2 ** n - 1,
  2 ** n + 1,
  2 ** n - 2 ** (n - 53),
  2 ** n - 2 ** (n - 24),
]);
const MAGNITUDES = [
  ...[0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3.5, 0.1, 3, 10, 4.9999999, 1e-8, 123456.789, 2 ** 24 + 1, 1e10, 1e100],
  ...[
    2 ** -1074,
    2 ** -1073,
    3 * 2 ** -1074,
    2 ** -1023,
    2 ** -1022,
    2 ** -1022 - 2 ** -1074,
    1.1 * 2 ** -1000,
    2 ** -537,
  ],
  ...[2 ** -149, 2 ** -148, 2 ** -127, 2 ** -126, 2 ** -126 - 2 ** -149, 1.3 * 2 ** -120],
  ...[
    Number.MAX_VALUE,
    2 ** 1023,
    2 ** 512,
    1.7 * 2 ** 127,
    2 ** 128 - 2 ** 104,
    2 ** 128 - 2 ** 102,
    Number.POSITIVE_INFINITY,
  ],
  ...TWO,
];
export const FLOATS = [...MAGNITUDES, ...MAGNITUDES.map((x) => -x), Number.NaN];
const INTEGERS = [
  0n,
  1n,
  2n,
  3n,
  10n,
  0xffffn,
  ...[24n, 31n, 32n, 53n, 54n, 62n, 63n].flatMap((n) => {
    const p = 1n << n;
    return [p - 1n, p, p + 1n, p + (p >> 24n), p + (p >> 24n) + 1n, p + (p >> 25n), p + (p >> 53n), p - (p >> 25n)];
  }),
];

export function bitsOf(type: ValueType, value: number): number | bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (type === "f32") view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return type === "f32" ? view.getInt32(0) : view.getBigInt64(0);
}

/** Arguments for one operand type: all edges, or so many at random, of which some have random bits. */
function values(type: ValueType): (number | bigint)[] {
  if (type === "i32") return INTEGERS.flatMap((n) => [Number(BigInt.asIntN(32, n)), Number(BigInt.asIntN(32, -n))]);
  if (type === "i64") return INTEGERS.flatMap((n) => [BigInt.asIntN(64, n), BigInt.asIntN(64, -n)]);
  return FLOATS.map((x) => bitsOf(type, x));
}

/** Every edge value for one operand; every pair of some for two. */
export function edgeCases({ name, operands }: Opcode, random: Random, pairs: number): Case[] {
  const lists = operands.map(values);
  const exported = name.replace(".", "_");
  if (lists.length === 1) return lists[0].map((arg) => ({ export: exported, args: [arg] }));
  return Array.from({ length: pairs }, () => ({ export: exported, args: lists.map((list) => random.pick(list)) }));
}

/** A float's bits: an edge, or a random number of a size at which products and sums of a few are near the limits. */
export function someBits(type: Float, random: Random): number | bigint {
  if (random.below(3) === 0) return bitsOf(type, random.pick(FLOATS));
  const high = random.next();
  const low = random.next();
  if (type === "f64") return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
  return high | 0;
}
