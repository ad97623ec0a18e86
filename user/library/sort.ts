// Sorting and searching, and numbers that look random, by the names of C's <stdlib.h>.

/** Compares the elements at two addresses: below 0, 0 or above 0. */
export type Compare = (a: usize, b: usize) => i32;

/** Sorts `count` elements of `size` bytes at `base`. Elements that compare equal may change places. Heap sort: never slow. */
export function qsort(base: usize, count: usize, size: usize, compare: Compare): void {
  if (count < 2) return;
  for (let root = count / 2; root > 0; root--) sink(base, root - 1, count, size, compare);
  for (let last = count - 1; last > 0; last--) {
    swap(base, base + last * size, size);
    sink(base, 0, last, size, compare);
  }
}

/** Lets the element at `root` of a heap of `count` sink to its place. */
function sink(base: usize, root: usize, count: usize, size: usize, compare: Compare): void {
  let parent = root;
  let child = parent * 2 + 1;
  while (child < count) {
    if (child + 1 < count && compare(base + child * size, base + (child + 1) * size) < 0) child++;
    if (compare(base + parent * size, base + child * size) >= 0) return;
    swap(base + parent * size, base + child * size, size);
    parent = child;
    child = parent * 2 + 1;
  }
}

function swap(a: usize, b: usize, size: usize): void {
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(a + i);
    store<u8>(a + i, load<u8>(b + i));
    store<u8>(b + i, byte);
  }
}

/** The address of an element of the sorted ones that compares equal to `key`, or 0. */
export function bsearch(key: usize, base: usize, count: usize, size: usize, compare: Compare): usize {
  let low: usize = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) / 2;
    const order = compare(key, base + middle * size);
    if (order == 0) return base + middle * size;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return 0;
}

export const RAND_MAX: i32 = 0x7fff;
let seed: u32 = 1;

/** The next number from 0 to RAND_MAX; the same ones after the same srand. */
export function rand(): i32 {
  seed = seed * 1103515245 + 12345;
  return ((seed >> 16) & 0x7fff) as i32;
}

export function srand(value: u32): void {
  seed = value;
}
