// A SIMD test case: one instruction, and the block of bytes that it works on, before and after. The block is simd.s's record without
// its first word: EFLAGS, three general registers, the exception that ended the case, the image as FXSAVE writes it, 64 bytes of memory.

import type { BlockFormat } from "./block-file.ts";
import type { BlockHarness } from "./block-run.ts";

export const BLOCK_SIZE = 604;
export const HARNESS: BlockHarness = { source: "simd.s", blockSize: BLOCK_SIZE, instructionsPerCase: 60 };

export const EFLAGS = 0;
export const EAX = 4;
export const ECX = 8;
export const EDX = 12;
/** Of the exception, or NO_EXCEPTION. */
export const VECTOR = 16;
export const ERROR = 20;
export const IMAGE = 28;
export const MEMORY = 540;
export const MEMORY_SIZE = 64;
export const NO_EXCEPTION = 0xffff_ffff;

/** In the image. */
export const CONTROL = IMAGE;
export const STATUS = IMAGE + 2;
/** One bit for each physical register of the x87 unit that is not empty. */
export const TAGS = IMAGE + 4;
/** Last instruction and operand: AMD's processors store them only with an exception pending. */
export const POINTERS = IMAGE + 6;
export const MXCSR = IMAGE + 24;
export const MXCSR_MASK = IMAGE + 28;
/** ST(0) to ST(7), then XMM0 to XMM7, 16 bytes each. */
export const STACK = IMAGE + 32;
export const XMM = IMAGE + 160;
export const IMAGE_END = IMAGE + 288;

export const view = (block: Uint8Array): DataView => new DataView(block.buffer, block.byteOffset, block.length);

/** Where MMX register `index` stands: the image has the stack's order, which turns with TOP. */
export function mmx(block: Uint8Array, index: number): number {
  const top = (view(block).getUint16(STATUS, true) >> 11) & 7;
  return STACK + ((index - top) & 7) * 16;
}

/** A block like those of all cases: both units as after reset by FNINIT and LDMXCSR, registers that tell where they belong. */
export function usualBlock(): Uint8Array {
  const block = new Uint8Array(BLOCK_SIZE);
  const words = view(block);
  words.setUint32(EFLAGS, 0x202, true);
  words.setUint32(VECTOR, NO_EXCEPTION, true);
  words.setUint16(CONTROL, 0x37f, true);
  words.setUint32(MXCSR, 0x1f80, true);
  for (let i = 0; i < 8; i++) {
    words.setUint32(STACK + i * 16 + 4, 0x8000_0000 | (i << 24), true);
    words.setUint16(STACK + i * 16 + 8, 0x4000 + i, true);
    for (let j = 0; j < 16; j++) block[XMM + i * 16 + j] = (i << 4) | j;
  }
  for (let i = 0; i < MEMORY_SIZE; i++) block[MEMORY + i] = 0xc0 | i;
  return block;
}

export const VECTOR_FILE: BlockFormat = {
  name: "MiniOS SIMD vectors 1",
  usualBlock,
  dropped: [
    [POINTERS, MXCSR],
    [MXCSR_MASK, STACK],
    [IMAGE_END, MEMORY],
  ],
};
