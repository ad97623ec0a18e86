// Compares compiled functions with the same functions as WebAssembly in Node.

import { Random } from "./random.ts";
import type { FunctionText } from "./wasm-builder.ts";

export interface Case {
  export: string;
  args: (number | bigint)[];
}

const WORDS = [
  0, 1, 2, 3, 5, 31, 32, 33, 100, 255, 256, 65535, 65536, 0x7fffffff, -0x80000000, -1, -2, -100, 0x12345678,
  -0x12345678,
];

/** Argument vectors: edge values, then random ones. */
export function makeCases(functions: FunctionText[], perFunction: number, seed: number): Case[] {
  const random = new Random(seed);
  const word = () => (random.below(2) === 0 ? random.pick(WORDS) : random.next() | 0);
  const exported = functions.filter((f) => !f.isInternal);
  return exported.flatMap((f) =>
    Array.from({ length: perFunction }, () => ({
      export: f.name,
      args: f.parameters.map((type) =>
        type === "i32" ? word() : BigInt.asIntN(64, (BigInt(word()) << 32n) ^ BigInt(word())),
      ),
    })),
  );
}

export function argumentWords(args: (number | bigint)[]): number[] {
  return args.flatMap((arg) =>
    typeof arg === "number" ? [arg | 0] : [Number(BigInt.asIntN(32, arg)), Number(BigInt.asIntN(32, arg >> 32n))],
  );
}

export interface NodeRun {
  /** Result of each case; undefined of a function that has none. */
  results: (number | bigint | undefined | "trap")[];
  memory: Uint8Array;
}

export async function runInNode(
  wasm: Uint8Array<ArrayBuffer>,
  pages: number,
  cases: Case[],
  window: { address: number; size: number },
): Promise<NodeRun> {
  const memory = new WebAssembly.Memory({ initial: pages });
  const { instance } = await WebAssembly.instantiate(wasm, { env: { memory } });
  const results = cases.map((c) => {
    const f = instance.exports[c.export] as (...args: (number | bigint)[]) => number | bigint | undefined;
    try {
      return f(...c.args);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) return "trap";
      throw error;
    }
  });
  return { results, memory: new Uint8Array(memory.buffer, window.address, window.size).slice() };
}
