// The page-frame allocator: physical memory in frames of 4 KiB, one bit a frame (1: used or not RAM).
// Frames are handed out singly or as neighbours, first fit from where the last search ended.

import { disableInterrupts, restoreInterrupts } from "../platform/interrupts.ts";
import {
  addReserved,
  availableRange,
  availableRanges,
  findUnreserved,
  memoryTop,
  reservedRange,
  reservedRanges,
} from "./layout.ts";

export const FRAME_BYTES: usize = 4096;
const FRAME_SHIFT: usize = 12;
/** Frames in 64 KiB, and the frame at 16 MiB: the reach of the PC's first DMA controller. */
const DMA_FRAMES: u32 = 16;
const DMA_END_FRAME: u32 = 4096;
const ALL_USED: u32 = 0xffffffff;

/** The bitmap, in whole words: frames beyond the end of memory count as used. */
let bitmap: usize = 0;
let wordCount: u32 = 0;
let usableFrames: u32 = 0;
let freeFrames: u32 = 0;
/** The word where the next search starts. */
let searchStart: u32 = 0;

/** Makes the bitmap from the memory layout, in the lowest memory that nothing reserves. */
export function initializeFrames(): void {
  assert(bitmap == 0, "the frame allocator is set up already");
  wordCount = (((memoryTop() >> FRAME_SHIFT) as u32) + 31) >> 5;
  const bytes = (wordCount as usize) << 2;
  bitmap = findUnreserved(bytes);
  assert(bitmap != 0, "no memory for the frame bitmap");
  addReserved(bitmap, bitmap + bytes);
  for (let word: u32 = 0; word < wordCount; word++) setWord(word, ALL_USED);
  for (let i: u32 = 0; i < availableRanges(); i++) {
    const range = availableRange(i);
    markRange(range.start, range.end, false);
  }
  for (let i: u32 = 0; i < reservedRanges(); i++) {
    const range = reservedRange(i);
    markRange(range.start, range.end, true);
  }
  freeFrames = 0;
  for (let word: u32 = 0; word < wordCount; word++) {
    const bits = getWord(word);
    if (bits != ALL_USED) freeFrames += popcnt<u32>(~bits);
  }
  usableFrames = freeFrames;
  searchStart = 0;
}

/** Frames that the allocator started with. */
export function usableFrameCount(): u32 {
  return usableFrames;
}

export function freeFrameCount(): u32 {
  return freeFrames;
}

/** Allocates `count` neighbouring frames and returns the first one's address, or 0 if there is no such run. */
export function allocateFrames(count: u32): usize {
  assert(count > 0, "an allocation of no frames");
  const wereEnabled = disableInterrupts();
  let first = findRun(count, searchStart, wordCount);
  if (first < 0) first = findRun(count, 0, wordCount);
  let address: usize = 0;
  if (first >= 0) {
    address = (first as usize) << FRAME_SHIFT;
    markRange(address, address + ((count as usize) << FRAME_SHIFT), true);
    freeFrames -= count;
    searchStart = ((first as u32) + count) >> 5;
    if (searchStart >= wordCount) searchStart = 0;
  }
  restoreInterrupts(wereEnabled);
  return address;
}

/**
 * Allocates `count` neighbouring frames, at most 16, for a device that reaches memory below 16 MiB only and can't cross a
 * multiple of 64 KiB (the PC's first DMA controller); 0 if there is no such run.
 */
export function allocateDmaFrames(count: u32): usize {
  assert(count > 0 && count <= DMA_FRAMES, "1 to 16 frames for DMA");
  const wanted: u32 = (1 << count) - 1;
  const end = min<u32>(DMA_END_FRAME, wordCount << 5);
  let address: usize = 0;
  const wereEnabled = disableInterrupts();
  // 64 KiB are half a word of the bitmap.
  for (let frame: u32 = 0; frame < end && address == 0; frame += DMA_FRAMES) {
    const used = (getWord(frame >> 5) >> (frame & 31)) & 0xffff;
    for (let i: u32 = 0; i <= DMA_FRAMES - count; i++) {
      if ((used & (wanted << i)) != 0) continue;
      address = ((frame + i) as usize) << FRAME_SHIFT;
      markRange(address, address + ((count as usize) << FRAME_SHIFT), true);
      freeFrames -= count;
      break;
    }
  }
  restoreInterrupts(wereEnabled);
  return address;
}

/** Gives back `count` frames from `address` on, which `allocateFrames` returned (all of them or a part). */
export function releaseFrames(address: usize, count: u32): void {
  assert((address & (FRAME_BYTES - 1)) == 0, "a frame's address is a multiple of 4096");
  const first = (address >> FRAME_SHIFT) as u32;
  assert(first != 0 && first + count <= wordCount << 5, "not a frame of memory");
  const wereEnabled = disableInterrupts();
  for (let frame = first; frame < first + count; frame++) {
    assert((getWord(frame >> 5) & (1 << (frame & 31))) != 0, "the frame is free already");
  }
  markRange(address, address + ((count as usize) << FRAME_SHIFT), false);
  freeFrames += count;
  if (first >> 5 < searchStart) searchStart = first >> 5;
  restoreInterrupts(wereEnabled);
}

/** The first frame of a run of `count` free ones that starts in words `fromWord` to `endWord` − 1; −1: none. */
function findRun(count: u32, fromWord: u32, endWord: u32): i32 {
  let run: u32 = 0;
  let frame = fromWord << 5;
  const end = endWord << 5;
  while (frame < end) {
    const bits = getWord(frame >> 5) >> (frame & 31);
    if (bits == 0) {
      // All free to the end of the word.
      const rest = 32 - (frame & 31);
      run += rest;
      frame += rest;
    } else {
      const free = ctz<u32>(bits);
      run += free;
      frame += free;
    }
    if (run >= count) return (frame - run) as i32;
    if (bits != 0) {
      run = 0;
      const used = ctz<u32>(~(getWord(frame >> 5) >> (frame & 31)));
      frame += min<u32>(used, 32 - (frame & 31));
    }
  }
  return -1;
}

/** Marks the frames from `start` to `end` as used or free, whole words at a time where it can. */
function markRange(start: usize, end: usize, used: bool): void {
  const last = min<u32>((end >> FRAME_SHIFT) as u32, wordCount << 5);
  let frame = (start >> FRAME_SHIFT) as u32;
  while (frame < last) {
    const bit = frame & 31;
    const count = min<u32>(32 - bit, last - frame);
    const mask = (count == 32 ? ALL_USED : ((<u32>1) << count) - 1) << bit;
    const word = frame >> 5;
    setWord(word, used ? getWord(word) | mask : getWord(word) & ~mask);
    frame += count;
  }
}

function getWord(index: u32): u32 {
  return load<u32>(bitmap + ((index as usize) << 2));
}

function setWord(index: u32, bits: u32): void {
  store<u32>(bitmap + ((index as usize) << 2), bits);
}
