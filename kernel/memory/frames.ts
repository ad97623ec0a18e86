// The page-frame allocator: physical memory in frames of 4 KiB, one bit a frame (1: used or not RAM).
// Frames are handed out singly or as neighbours, first fit from where the last search ended.
//
// The kernel reaches the first 128 MiB of memory at their own addresses (platform/pc/paging.ts), so what the kernel itself uses
// must lie there: allocateFrames takes from below that limit only. The pages of programs are reached through the program's page
// tables and may lie anywhere: allocateUserFrame prefers the memory above, and leaves the kernel a reserve of the memory below.

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
/** The kernel's frames lie below this address. */
export const KERNEL_LIMIT: usize = 0x8000000;
/** Frames below the limit that programs can't have: 256 KiB. */
const KERNEL_RESERVE: u32 = 64;

/** The bitmap, in whole words: frames beyond the end of memory count as used. */
let bitmap: usize = 0;
let wordCount: u32 = 0;
/** The words of frames below KERNEL_LIMIT. */
let kernelWords: u32 = 0;
let usableFrames: u32 = 0;
let freeFrames: u32 = 0;
/** Free frames below KERNEL_LIMIT. */
let freeKernelFrames: u32 = 0;
/** The words where the next searches start: below the limit, and above. */
let searchStart: u32 = 0;
let userSearchStart: u32 = 0;

/** Makes the bitmap from the memory layout, in the lowest memory that nothing reserves. */
export function initializeFrames(): void {
  assert(bitmap == 0, "the frame allocator is set up already");
  wordCount = (((memoryTop() >> FRAME_SHIFT) as u32) + 31) >> 5;
  const bytes = (wordCount as usize) << 2;
  bitmap = findUnreserved(bytes);
  assert(bitmap != 0 && bitmap + bytes <= KERNEL_LIMIT, "no memory for the frame bitmap");
  kernelWords = min<u32>(wordCount, ((KERNEL_LIMIT >> FRAME_SHIFT) >> 5) as u32);
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
  freeKernelFrames = countFree(0, kernelWords);
  freeFrames = freeKernelFrames + countFree(kernelWords, wordCount);
  usableFrames = freeFrames;
  searchStart = 0;
  userSearchStart = kernelWords;
}

/** Frames that the allocator started with. */
export function usableFrameCount(): u32 {
  return usableFrames;
}

export function freeFrameCount(): u32 {
  return freeFrames;
}

/** Allocates `count` neighbouring frames for the kernel and returns the first one's address, or 0 if there is no such run. */
export function allocateFrames(count: u32): usize {
  assert(count > 0, "an allocation of no frames");
  const wereEnabled = disableInterrupts();
  let first = findRun(count, searchStart, kernelWords);
  if (first < 0) first = findRun(count, 0, kernelWords);
  let address: usize = 0;
  if (first >= 0) {
    address = take(first as u32, count);
    freeKernelFrames -= count;
    searchStart = ((first as u32) + count) >> 5;
    if (searchStart >= kernelWords) searchStart = 0;
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
      address = take(frame + i, count);
      freeKernelFrames -= count;
      break;
    }
  }
  restoreInterrupts(wereEnabled);
  return address;
}

/** Allocates one frame for a page of a program; 0 if there is none to spare. The kernel may not reach it by its own address. */
export function allocateUserFrame(): usize {
  const wereEnabled = disableInterrupts();
  let address: usize = 0;
  if (freeFrames > freeKernelFrames) {
    let first = findRun(1, userSearchStart, wordCount);
    if (first < 0) first = findRun(1, kernelWords, wordCount);
    userSearchStart = (first as u32) >> 5;
    address = take(first as u32, 1);
  } else if (freeKernelFrames > KERNEL_RESERVE) {
    address = allocateFrames(1);
  }
  restoreInterrupts(wereEnabled);
  return address;
}

/** Frames that programs could still have. */
export function spareFrameCount(): u32 {
  return freeFrames - min<u32>(freeKernelFrames, KERNEL_RESERVE);
}

function take(first: u32, count: u32): usize {
  const address = (first as usize) << FRAME_SHIFT;
  markRange(address, address + ((count as usize) << FRAME_SHIFT), true);
  freeFrames -= count;
  return address;
}

function countFree(fromWord: u32, endWord: u32): u32 {
  let count: u32 = 0;
  for (let word = fromWord; word < endWord; word++) {
    const bits = getWord(word);
    if (bits != ALL_USED) count += popcnt<u32>(~bits);
  }
  return count;
}

/** Gives back `count` frames from `address` on, which were allocated (all of them or a part). */
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
  if (address < KERNEL_LIMIT) {
    freeKernelFrames += count;
    if (first >> 5 < searchStart) searchStart = first >> 5;
  } else if (first >> 5 < userSearchStart) {
    userSearchStart = first >> 5;
  }
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
