// What the programs share: a pseudo-random generator with a fixed seed, as in common.h.

let state: u32 = 1;

export function seed(): void {
  state = 12345;
}

export function next(): u32 {
  state = state * 1664525 + 1013904223;
  return state >>> 8;
}
