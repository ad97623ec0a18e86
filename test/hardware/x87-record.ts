// A floating-point test case: one instruction, and the block of bytes that it works on, before and after. The block is x87.s's record
// without its first word: EFLAGS, EAX, the unit's image as FNSAVE writes it (32-bit protected-mode format), 112 bytes of memory.

import type { BlockFormat } from "./block-file.ts";
import type { BlockCase, BlockVector } from "./block-run.ts";

export const BLOCK_SIZE = 236;
export const EFLAGS = 0;
export const EAX = 4;
export const IMAGE = 12;
export const MEMORY = 124;
export const MEMORY_SIZE = 112;

/** In the image. */
export const CONTROL = IMAGE;
export const STATUS = IMAGE + 4;
export const TAGS = IMAGE + 8;
/** The last-instruction and last-data pointers: Linux does not keep them for a process. */
export const POINTERS = IMAGE + 12;
export const STACK = IMAGE + 28;
export const REGISTER_SIZE = 10;

export type FloatCase = BlockCase;
export type FloatVector = BlockVector;

export const get16 = (block: Uint8Array, at: number): number => block[at] | (block[at + 1] << 8);

export function put16(block: Uint8Array, at: number, value: number): void {
  block[at] = value;
  block[at + 1] = value >> 8;
}

/** A block like those of all cases: the unit as FNINIT leaves it. */
export function usualBlock(): Uint8Array {
  const block = new Uint8Array(BLOCK_SIZE);
  put16(block, EFLAGS, 0x202);
  for (const at of [CONTROL, STATUS, TAGS]) block.fill(0xff, at + 2, at + 4);
  put16(block, CONTROL, 0x37f);
  put16(block, TAGS, 0xffff);
  return block;
}

export const FLOAT_FILE: BlockFormat = {
  name: "MiniOS floating-point vectors 1",
  usualBlock,
  dropped: [[POINTERS, STACK]],
};
