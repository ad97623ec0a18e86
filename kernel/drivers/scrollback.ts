// The scrollback: rows that left the screen at its top, to look at again with Shift and Page Up. While one looks back, the
// real screen waits in a copy; whatever is written brings it back first.

import { allocateFrames, FRAME_BYTES } from "../memory/frames.ts";
import { ROW_BYTES, ROWS, SCREEN_BYTES, showVgaCursor, VIDEO_MEMORY } from "./vga.ts";

/** Frames for the rows: 32 KiB, which hold 204. */
const FRAMES: u32 = 8;
const COPY_FRAMES: u32 = 1;
const CAPACITY: u32 = ((FRAMES as usize) * FRAME_BYTES) / ROW_BYTES;

/** 0 until there is memory. */
let rows: usize = 0;
/** The real screen while one looks back. */
let copy: usize = 0;
/** Rows ever kept; the newest is at (kept − 1) mod CAPACITY. */
let kept: u32 = 0;
/** How many rows one looks back; 0: the screen is the real one. */
let offset: u32 = 0;

/** Takes memory for the rows; without it there is no scrollback. */
export function initializeScrollback(): void {
  rows = allocateFrames(FRAMES + COPY_FRAMES);
  copy = rows + (FRAMES as usize) * FRAME_BYTES;
}

/** Keeps the row of cells at `address`, which is about to leave the screen. */
export function keepRow(address: usize): void {
  if (rows == 0) return;
  memory.copy(rowAddress(kept), address, ROW_BYTES);
  kept++;
}

/** Looks `count` rows further back, or forward if it is negative. */
export function scrollBack(count: i32): void {
  const most = min<u32>(kept, CAPACITY) as i32;
  const wanted = max<i32>(0, min<i32>((offset as i32) + count, most));
  if (wanted == (offset as i32)) return;
  if (wanted == 0) {
    endScrollback();
    return;
  }
  if (offset == 0) {
    memory.copy(copy, VIDEO_MEMORY, SCREEN_BYTES);
    showVgaCursor(false);
  }
  offset = wanted;
  for (let row: u32 = 0; row < ROWS; row++) {
    const from = row < offset ? rowAddress(kept - offset + row) : copy + ((row - offset) as usize) * ROW_BYTES;
    memory.copy(VIDEO_MEMORY + (row as usize) * ROW_BYTES, from, ROW_BYTES);
  }
}

/** Shows the real screen again. */
export function endScrollback(): void {
  if (offset == 0) return;
  offset = 0;
  memory.copy(VIDEO_MEMORY, copy, SCREEN_BYTES);
  showVgaCursor(true);
}

function rowAddress(index: u32): usize {
  return rows + ((index % CAPACITY) as usize) * ROW_BYTES;
}
