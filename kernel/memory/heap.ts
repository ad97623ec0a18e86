// The kernel heap: blocks of any size, first fit, with checks for the mistakes that C programmers know.
//
// The heap consists of arenas, runs of frames. An arena is a chain of blocks without gaps, closed by an end block of no
// size; each block knows its own size and the size of the one before, so neighbours that are free join at once. Free
// blocks are also on a list. An arena that is free as a whole goes back to the frame allocator, so memory that is freed
// is really free.
//
//   arena   | first block | block | ... | end |
//   block   | size  previousSize  state  requested | payload ... guard |

import { disableInterrupts, restoreInterrupts } from "../platform/interrupts.ts";
import { allocateFrames, FRAME_BYTES, releaseFrames } from "./frames.ts";

const ARENA_FRAMES: u32 = 16;
const ALIGNMENT: usize = 16;
const HEADER_BYTES: usize = 16;
const GUARD_BYTES: usize = 4;
/** The smallest block worth splitting off. */
const MIN_BLOCK_BYTES: usize = 32;
const MAX_REQUEST: usize = 0x4000000;

// The values of `state`, and what is written behind the payload.
const STATE_USED: u32 = 0x44455355;
const STATE_FREE: u32 = 0x45455246;
const STATE_END: u32 = 0x2e444e45;
const GUARD: u32 = 0xfdfdfdfd;

@unmanaged
class Block {
  /** Bytes with the header; 0 in an end block. */
  size: usize;
  /** The size of the block before; 0 in an arena's first block. */
  previousSize: usize;
  state: u32;
  /** Bytes that the caller asked for. */
  requested: usize;
  // From here on payload; in a free block, its links.
  nextFree: Block | null;
  previousFree: Block | null;
}

let firstFree: Block | null = null;
let arenaBytes: usize = 0;
let usedBytes: usize = 0;
let usedBlocks: u32 = 0;

/** Bytes that the heap has taken from the frame allocator. */
export function heapArenaBytes(): usize {
  return arenaBytes;
}

/** Bytes in use, as they were asked for. */
export function heapUsedBytes(): usize {
  return usedBytes;
}

export function heapUsedBlocks(): u32 {
  return usedBlocks;
}

/** Allocates `bytes` bytes, aligned to 16; 0 if there is no memory. The content is not cleared. */
export function malloc(bytes: usize): usize {
  assert(bytes > 0 && bytes <= MAX_REQUEST, "malloc: size out of range");
  const wereEnabled = disableInterrupts();
  const size = blockSize(bytes);
  let block = findFree(size);
  if (block === null) block = addArena(size);
  let payload: usize = 0;
  if (block !== null) {
    unlinkFree(block);
    split(block, size);
    block.state = STATE_USED;
    setRequested(block, bytes);
    usedBlocks++;
    payload = changetype<usize>(block) + HEADER_BYTES;
  }
  restoreInterrupts(wereEnabled);
  return payload;
}

/** As malloc, with all bytes 0. */
export function calloc(bytes: usize): usize {
  const payload = malloc(bytes);
  if (payload != 0) memory.fill(payload, 0, bytes);
  return payload;
}

/** Frees what malloc returned. */
export function free(payload: usize): void {
  const wereEnabled = disableInterrupts();
  const block = checkedBlock(payload);
  usedBytes -= block.requested;
  usedBlocks--;
  const whole = joinNeighbours(block);
  whole.state = STATE_FREE;
  if (whole.previousSize == 0 && blockAfter(whole).state == STATE_END) {
    removeArena(whole);
  } else {
    linkFree(whole);
  }
  restoreInterrupts(wereEnabled);
}

/** Changes a block's size, in place if that works; returns its new address, or 0 (and the block stays as it was). */
export function realloc(payload: usize, bytes: usize): usize {
  if (payload == 0) return malloc(bytes);
  assert(bytes > 0 && bytes <= MAX_REQUEST, "realloc: size out of range");
  const wereEnabled = disableInterrupts();
  const block = checkedBlock(payload);
  const size = blockSize(bytes);
  const after = blockAfter(block);
  if (block.size < size && after.state == STATE_FREE && block.size + after.size >= size) {
    unlinkFree(after);
    setSize(block, block.size + after.size);
  }
  let result: usize = 0;
  if (block.size >= size) {
    usedBytes -= block.requested;
    split(block, size);
    setRequested(block, bytes);
    result = payload;
  } else {
    result = malloc(bytes);
    if (result != 0) {
      memory.copy(result, payload, min<usize>(bytes, block.requested));
      free(payload);
    }
  }
  restoreInterrupts(wereEnabled);
  return result;
}

/** Checks one used block's header and guard; for those who hold it long. */
export function checkBlock(payload: usize): void {
  checkedBlock(payload);
}

/** Rounds a request up to the size of a block: header, payload, guard, alignment. */
function blockSize(bytes: usize): usize {
  return max<usize>(MIN_BLOCK_BYTES, (bytes + HEADER_BYTES + GUARD_BYTES + ALIGNMENT - 1) & ~(ALIGNMENT - 1));
}

function checkedBlock(payload: usize): Block {
  assert(payload > HEADER_BYTES && (payload & (ALIGNMENT - 1)) == 0, "heap: not a block's address");
  const block = changetype<Block>(payload - HEADER_BYTES);
  assert(block.state != STATE_FREE, "heap: the block is free already");
  assert(block.state == STATE_USED, "heap: not a block, or its header was overwritten");
  assert(load<u32>(payload + block.requested) == GUARD, "heap: written behind the end of the block");
  assert(blockAfter(block).previousSize == block.size, "heap: the next block's header was overwritten");
  return block;
}

function setRequested(block: Block, bytes: usize): void {
  block.requested = bytes;
  usedBytes += bytes;
  store<u32>(changetype<usize>(block) + HEADER_BYTES + bytes, GUARD);
}

function blockAfter(block: Block): Block {
  return changetype<Block>(changetype<usize>(block) + block.size);
}

function blockBefore(block: Block): Block {
  return changetype<Block>(changetype<usize>(block) - block.previousSize);
}

function setSize(block: Block, size: usize): void {
  block.size = size;
  blockAfter(block).previousSize = size;
}

function findFree(size: usize): Block | null {
  let block = firstFree;
  while (block !== null) {
    assert(block.state == STATE_FREE, "heap: a free block's header was overwritten");
    if (block.size >= size) break;
    block = block.nextFree;
  }
  return block;
}

function linkFree(block: Block): void {
  block.state = STATE_FREE;
  block.nextFree = firstFree;
  block.previousFree = null;
  const next = firstFree;
  if (next !== null) next.previousFree = block;
  firstFree = block;
}

function unlinkFree(block: Block): void {
  const next = block.nextFree;
  const previous = block.previousFree;
  if (next !== null) next.previousFree = previous;
  if (previous !== null) previous.nextFree = next;
  else firstFree = next;
}

/** Cuts what `block` has beyond `size` off, if that is a block's worth, and frees it. */
function split(block: Block, size: usize): void {
  const rest = block.size - size;
  if (rest < MIN_BLOCK_BYTES) return;
  setSize(block, size);
  const second = blockAfter(block);
  second.previousSize = size;
  setSize(second, rest);
  const after = blockAfter(second);
  if (after.state == STATE_FREE) {
    unlinkFree(after);
    setSize(second, rest + after.size);
  }
  linkFree(second);
}

/** Joins `block` with the free blocks before and after it, which leave the list; returns the whole. */
function joinNeighbours(block: Block): Block {
  const after = blockAfter(block);
  if (after.state == STATE_FREE) {
    unlinkFree(after);
    setSize(block, block.size + after.size);
  }
  if (block.previousSize == 0) return block;
  const before = blockBefore(block);
  if (before.state != STATE_FREE) return block;
  unlinkFree(before);
  block.state = 0; // a second free of this address must not find a valid header
  setSize(before, before.size + block.size);
  return before;
}

/** Takes frames for at least one block of `size` bytes and makes them one free block. */
function addArena(size: usize): Block | null {
  const frames = max<u32>(ARENA_FRAMES, ((size + HEADER_BYTES + FRAME_BYTES - 1) / FRAME_BYTES) as u32);
  const address = allocateFrames(frames);
  if (address == 0) return null;
  const bytes = (frames as usize) * FRAME_BYTES;
  arenaBytes += bytes;
  const block = changetype<Block>(address);
  block.previousSize = 0;
  block.size = bytes - HEADER_BYTES;
  const end = blockAfter(block);
  end.size = 0;
  end.previousSize = block.size;
  end.state = STATE_END;
  linkFree(block);
  return block;
}

function removeArena(block: Block): void {
  const bytes = block.size + HEADER_BYTES;
  block.state = 0;
  arenaBytes -= bytes;
  releaseFrames(changetype<usize>(block), (bytes / FRAME_BYTES) as u32);
}
