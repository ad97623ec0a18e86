// The first DMA controller of a PC (8237A, channels 0 to 3): moves bytes between a device and memory below 16 MiB, inside
// one 64 KiB stretch, which its page register can't leave. Source: Intel 8237A data sheet, order no. 231466.

import { out8 } from "../platform/pc/instructions.external.ts";

const MASK: u32 = 0x0a;
const MODE: u32 = 0x0b;
const CLEAR_FLIP_FLOP: u32 = 0x0c;
const MASK_SET: u32 = 0x04;
/** Single transfers, addresses going up; the direction as seen from memory. */
const MODE_SINGLE: u32 = 0x40;
const MODE_TO_MEMORY: u32 = 0x04;
const MODE_FROM_MEMORY: u32 = 0x08;
const PAGE_CHANNEL_2: u32 = 0x81;

export const DMA_LIMIT: usize = 0x1000000;
export const DMA_BOUNDARY: usize = 0x10000;

/** Prepares channel 2 for `bytes` bytes at physical `address`. */
export function startDma2(address: usize, bytes: u32, toMemory: bool): void {
  assert(bytes > 0 && bytes <= (DMA_BOUNDARY as u32), "a DMA transfer of 1 to 65536 bytes");
  assert(address + bytes <= DMA_LIMIT, "DMA above 16 MiB");
  assert(
    (address & ~(DMA_BOUNDARY - 1)) == ((address + bytes - 1) & ~(DMA_BOUNDARY - 1)),
    "DMA across a 64 KiB boundary",
  );
  const count = bytes - 1;
  out8(MASK, MASK_SET | 2);
  out8(MODE, MODE_SINGLE | (toMemory ? MODE_TO_MEMORY : MODE_FROM_MEMORY) | 2);
  out8(CLEAR_FLIP_FLOP, 0);
  out8(4, address & 0xff);
  out8(4, (address >> 8) & 0xff);
  out8(PAGE_CHANNEL_2, (address >> 16) & 0xff);
  out8(CLEAR_FLIP_FLOP, 0);
  out8(5, count & 0xff);
  out8(5, count >> 8);
  out8(MASK, 2);
}
