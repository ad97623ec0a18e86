// For the tests: the stack grows when it is used, also when only the kernel writes to it; brk gives and takes pages; what was given
// is zero; out of memory is an answer.

import { ENOMEM } from "../../kernel/abi/errno.ts";
import { open, read } from "../library/files.ts";
import { calloc, free, malloc, realloc } from "../library/memory.ts";
import { brk } from "../library/process.ts";
import { printf, puts } from "../library/stdio.ts";

const BLOCKS: i32 = 100;
const LARGE: usize = 50_000;
const blocks = memory.data(400, 4);

export function main(_argc: i32, _argv: usize): i32 {
  puts(depth(200) == (200 * 201) / 2 ? "stack grows" : "stack is broken");
  let good = true;
  for (let i = 0; i < BLOCKS; i++) {
    const block = malloc(1 + i * 97);
    memory.fill(block, i as u8, 1 + i * 97);
    store<u32>(blocks + (i << 2), block as u32);
  }
  for (let i = 0; i < BLOCKS; i += 2)
    store<u32>(blocks + (i << 2), realloc(load<u32>(blocks + (i << 2)), 20000) as u32);
  for (let i = 0; i < BLOCKS; i++) {
    const block: usize = load<u32>(blocks + (i << 2));
    for (let at = 0; at < 1 + i * 97; at++) if (load<u8>(block + at) != (i as u8)) good = false;
    free(block);
  }
  puts(good ? "heap keeps its bytes" : "heap is broken");
  const clear = calloc(50, 1000);
  for (let at = 0; at < 50000; at++) if (load<u8>(clear + at) != 0) good = false;
  free(clear);
  puts(good ? "calloc clears" : "calloc is broken");
  puts(exhaust());
  const end = brk(0);
  printf("too much: %s\n", brk(0xafff0000) == -ENOMEM ? "out of memory" : "given");
  printf("below the start: %s\n", brk(0x100000) == -ENOMEM ? "refused" : "given");
  brk(end + 0x5000);
  store<u8>(end + 0x4fff, 1);
  brk(end);
  brk(end + 0x5000);
  puts(load<u8>(end + 0x4fff) == 0 ? "new pages are zero" : "old bytes are left");
  const file = open("/dev/zero");
  printf("the kernel touches the heap: %d\n", read(file, end + 0x2000, 0x3000));
  return 0;
}

/** Takes all memory, gives it back, and takes it again. */
function exhaust(): string {
  const first = takeAll();
  const isKept = newest != 0 && realloc(newest, 100 * LARGE) == 0 && load<u8>(newest + LARGE - 1) == 0x2a;
  freeAll();
  const again = takeAll();
  freeAll();
  if (!isKept) return "a block is lost that could not grow";
  return first > 1 && again >= first ? "malloc returns 0" : `${again} blocks of ${first}`;
}

/** The block that was taken last, each with the address of the one before it. */
let newest: usize = 0;

function takeAll(): i32 {
  let count = 0;
  for (let block = malloc(LARGE); block != 0; block = malloc(LARGE)) {
    memory.fill(block, 0x2a, LARGE);
    store<u32>(block, newest as u32);
    newest = block;
    count++;
  }
  return count;
}

function freeAll(): void {
  while (newest != 0) {
    const before: usize = load<u32>(newest);
    free(newest);
    newest = before;
  }
}

function depth(count: i32): i32 {
  const room = memory.data(16);
  store<u8>(room, count as u8);
  return count == 0 ? 0 : depth(count - 1) + count;
}
