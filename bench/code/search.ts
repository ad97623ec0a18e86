// Horspool's string search: all places of a pattern of 12 bytes in 64 KiB of text over four letters.

import { next, seed } from "./common.ts";

const TEXT: u32 = 65536;
const PATTERN: u32 = 12;

export function run(buffer: usize): u32 {
  const skip = buffer;
  const pattern = buffer + 1024;
  const text = pattern + 16;
  seed();
  for (let i: u32 = 0; i < TEXT; i++) store<u8>(text + i, <u8>(97 + (next() & 3)));
  for (let i: u32 = 0; i < PATTERN; i++) store<u8>(pattern + i, load<u8>(text + TEXT - PATTERN - 100 + i));
  for (let i: u32 = 0; i < 256; i++) store<u32>(skip + (i << 2), PATTERN);
  for (let i: u32 = 0; i < PATTERN - 1; i++) store<u32>(skip + ((<u32>load<u8>(pattern + i)) << 2), PATTERN - 1 - i);
  let found: u32 = 0;
  let at: u32 = 0;
  while (at <= TEXT - PATTERN) {
    let i: i32 = PATTERN - 1;
    while (i >= 0 && load<u8>(text + at + i) == load<u8>(pattern + i)) i--;
    if (i < 0) found = found * 31 + at;
    at += load<u32>(skip + ((<u32>load<u8>(text + at + PATTERN - 1)) << 2));
  }
  return found;
}
