// Product of two 48×48 matrices of integers.

import { next, seed } from "./common.ts";

const N: i32 = 48;

export function run(buffer: usize): u32 {
  const a = buffer;
  const b = a + ((N * N) << 2);
  const c = b + ((N * N) << 2);
  seed();
  for (let i = 0; i < 2 * N * N; i++) store<u32>(buffer + (i << 2), next());
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < N; j++) {
      let sum: u32 = 0;
      for (let k = 0; k < N; k++) sum += load<u32>(a + ((i * N + k) << 2)) * load<u32>(b + ((k * N + j) << 2));
      store<u32>(c + ((i * N + j) << 2), sum);
    }
  }
  let trace: u32 = 0;
  for (let i = 0; i < N; i++) trace += load<u32>(c + ((i * N + i) << 2));
  return trace;
}
