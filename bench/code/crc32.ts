// CRC-32 by table over 32 KiB.

import { next, seed } from "./common.ts";

const LENGTH: u32 = 32768;

export function run(buffer: usize): u32 {
  const table = buffer;
  const data = buffer + 1024;
  for (let i: u32 = 0; i < 256; i++) {
    let c = i;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    store<u32>(table + (i << 2), c);
  }
  seed();
  for (let i: u32 = 0; i < LENGTH; i++) store<u8>(data + i, <u8>next());
  let crc: u32 = 0xffffffff;
  for (let i: u32 = 0; i < LENGTH; i++)
    crc = load<u32>(table + (((crc ^ load<u8>(data + i)) & 0xff) << 2)) ^ (crc >>> 8);
  return ~crc;
}
