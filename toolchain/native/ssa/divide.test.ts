// Division by multiplication, evaluated on numbers: right for every divisor and dividend that is likely to break it.

import { describe, expect, it } from "vitest";
import { Random } from "../testing/random.ts";
import { divideByConstant } from "./divide.ts";
import { compute } from "./fold.ts";
import { Graph } from "./graph.ts";
import { Block, type SsaFunction, type Value } from "./ir.ts";

function emptyGraph(): Graph {
  const entry = new Block(0);
  const f: SsaFunction = {
    name: "f",
    parameterWords: 1,
    resultWords: 1,
    returnsFloat: false,
    entry,
    blocks: [entry],
    constants: new Map(),
    valueCount: 0,
  };
  const g = new Graph(f);
  g.block = entry;
  return g;
}

function evaluate(value: Value, x: number): number {
  if (value.op === "const") return value.imm;
  if (value.op === "param") return x;
  if (value.op === "high") {
    const [product] = value.args;
    const [a, b] = product.args.map((arg) => evaluate(arg, x));
    const wide = product.op === "muls" ? BigInt(a) * BigInt(b) : BigInt(a >>> 0) * BigInt(b >>> 0);
    return Number(BigInt.asIntN(32, wide >> 32n));
  }
  const result = compute(
    value.op,
    value.args.map((arg) => evaluate(arg, x)),
  );
  if (result === undefined) throw new RangeError(`${value.op} is not evaluated here`);
  return result;
}

const random = new Random(11);
const words = [0, 1, 2, 3, 6, 7, 9, 10, 25, 100, 641, 1000, 3600, 65535, 65537, 86400, 0x7ffffffe, 0x7fffffff];
for (let bit = 1; bit < 32; bit++) words.push(1 << bit, (1 << bit) - 1, (1 << bit) + 1);
for (let i = 0; i < 60; i++) words.push(random.next() | 0, random.next() >>> random.below(32));
const signedWords = [...words, ...words.map((word) => -word | 0)].map((word) => word | 0);

describe("division by a constant", () => {
  for (const op of ["divu", "divs"] as const)
    it(op, () => {
      for (const c of new Set(signedWords)) {
        const g = emptyGraph();
        const quotient = divideByConstant(g, op, g.append("param", [], 0), c);
        if (c === 0 || (op === "divs" && c === -1)) {
          expect(quotient).toBeUndefined();
          continue;
        }
        if (!quotient) throw new RangeError(`no quotient by ${c}`);
        for (const x of signedWords) {
          const want = op === "divu" ? Math.trunc((x >>> 0) / (c >>> 0)) | 0 : Math.trunc(x / c) | 0;
          if (evaluate(quotient, x) !== want) expect(`${x} ${op} ${c} = ${evaluate(quotient, x)}`).toBe(`${want}`);
        }
      }
    });
});
