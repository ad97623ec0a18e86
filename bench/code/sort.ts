// Quicksort of 4000 words.

import { next, seed } from "./common.ts";

const COUNT: i32 = 4000;

function quicksort(low: usize, high: usize): void {
  while (low < high) {
    const pivot = load<u32>(low + (((high - low) >> 3) << 2));
    let i = low;
    let j = high;
    while (i <= j) {
      while (load<u32>(i) < pivot) i += 4;
      while (load<u32>(j) > pivot) j -= 4;
      if (i <= j) {
        const t = load<u32>(i);
        store<u32>(i, load<u32>(j));
        store<u32>(j, t);
        i += 4;
        j -= 4;
      }
    }
    quicksort(low, j);
    low = i;
  }
}

export function run(buffer: usize): u32 {
  seed();
  for (let i = 0; i < COUNT; i++) store<u32>(buffer + (i << 2), next());
  quicksort(buffer, buffer + ((COUNT - 1) << 2));
  let sum: u32 = 0;
  for (let i = 0; i < COUNT; i++) sum = sum * 31 + load<u32>(buffer + (i << 2));
  return sum;
}
