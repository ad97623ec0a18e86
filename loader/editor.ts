// Editing an entry's commands before they run: a text of lines, a cursor. Ctrl+X or F10 boots it, Esc forgets it.

import {
  CHARACTER_BACKSPACE,
  CHARACTER_CONTROL_X,
  CHARACTER_ENTER,
  CHARACTER_ESCAPE,
  KEY_DELETE,
  KEY_DOWN,
  KEY_END,
  KEY_F10,
  KEY_HOME,
  KEY_LEFT,
  KEY_RIGHT,
  KEY_UP,
  waitForKey,
} from "./keys.ts";
import {
  BRIGHT,
  clearRow,
  clearScreen,
  DIM,
  goTo,
  PLAIN,
  placeCursor,
  print,
  printByte,
  printText,
  ROWS,
  setColour,
} from "./screen.ts";

/** Room that a text takes while it is edited. */
export const MAX_BYTES: usize = 4096;
const FIRST_ROW: u32 = 4;
const LAST_ROW: u32 = 20;
const LEFT: u32 = 4;
const WIDTH: u32 = 72;
const LINE_FEED: u8 = 0x0a;

let text: usize = 0;
let length: usize = 0;
let cursor: usize = 0;
let topLine: u32 = 0;
let firstColumn: u32 = 0;

/** The edited text, after editText has returned true. */
export function editedText(): usize {
  return text;
}

export function editedBytes(): usize {
  return length;
}

/** Lets the person edit a copy of the text, in `room` (MAX_BYTES); whether it is to be booted. */
export function editText(title: usize, from: usize, bytes: usize, room: usize): bool {
  text = room;
  length = 0;
  cursor = 0;
  topLine = 0;
  firstColumn = 0;
  copyTidy(from, bytes);
  clearScreen();
  goTo(1, LEFT);
  setColour(BRIGHT);
  printText(title, WIDTH);
  setColour(DIM);
  goTo(ROWS - 2, LEFT);
  print("Ctrl+X or F10  boot     Esc  back to the menu");
  setColour(PLAIN);
  while (true) {
    draw();
    const key = waitForKey();
    const character = key as u8;
    if (character == CHARACTER_CONTROL_X || key == KEY_F10) return true;
    if (character == CHARACTER_ESCAPE) return false;
    if (character == CHARACTER_ENTER) insert(LINE_FEED);
    else if (character == CHARACTER_BACKSPACE) {
      if (cursor > 0) remove(--cursor);
    } else if (character >= 0x20 && character < 0x7f) insert(character);
    else move(key);
  }
}

/** Without the blanks that lines begin with, and without empty lines at both ends. */
function copyTidy(from: usize, bytes: usize): void {
  let isAtStart = true;
  for (let i: usize = 0; i < bytes && length < MAX_BYTES; i++) {
    const byte = load<u8>(from + i);
    if (byte == 0x0d || (isAtStart && (byte == 0x20 || byte == 0x09))) continue;
    if (byte == LINE_FEED && length == 0) continue;
    store<u8>(text + length++, byte == 0x09 ? 0x20 : byte);
    isAtStart = byte == LINE_FEED;
  }
  while (length > 0 && load<u8>(text + length - 1) <= 0x20) length--;
}

function insert(byte: u8): void {
  if (length == MAX_BYTES) return;
  memory.copy(text + cursor + 1, text + cursor, length - cursor);
  store<u8>(text + cursor++, byte);
  length++;
}

function remove(at: usize): void {
  if (at >= length) return;
  length--;
  memory.copy(text + at, text + at + 1, length - at);
}

function move(key: u32): void {
  if (key == KEY_LEFT && cursor > 0) cursor--;
  else if (key == KEY_RIGHT && cursor < length) cursor++;
  else if (key == KEY_HOME) cursor = lineStart(cursor);
  else if (key == KEY_END) cursor = lineEnd(cursor);
  else if (key == KEY_DELETE) remove(cursor);
  else if (key == KEY_UP) {
    const start = lineStart(cursor);
    if (start > 0) cursor = min<usize>(lineStart(start - 1) + (cursor - start), start - 1);
  } else if (key == KEY_DOWN) {
    const start = lineStart(cursor);
    const end = lineEnd(cursor);
    if (end < length) cursor = min<usize>(end + 1 + (cursor - start), lineEnd(end + 1));
  }
}

function lineStart(at: usize): usize {
  let start = at;
  while (start > 0 && load<u8>(text + start - 1) != LINE_FEED) start--;
  return start;
}

function lineEnd(at: usize): usize {
  let end = at;
  while (end < length && load<u8>(text + end) != LINE_FEED) end++;
  return end;
}

function draw(): void {
  let line: u32 = 0;
  for (let i: usize = 0; i < cursor; i++) if (load<u8>(text + i) == LINE_FEED) line++;
  const rows = LAST_ROW - FIRST_ROW + 1;
  if (line < topLine) topLine = line;
  if (line >= topLine + rows) topLine = line - rows + 1;
  const column = (cursor - lineStart(cursor)) as u32;
  if (column < firstColumn) firstColumn = column;
  if (column >= firstColumn + WIDTH) firstColumn = column - WIDTH + 1;
  let at: usize = 0;
  for (let skip = topLine; skip > 0; skip--) at = lineEnd(at) + 1;
  for (let row = FIRST_ROW; row <= LAST_ROW; row++) {
    clearRow(row);
    if (at > length) continue;
    const end = lineEnd(at);
    goTo(row, LEFT);
    for (let i = at + firstColumn; i < end && i < at + firstColumn + WIDTH; i++) printByte(load<u8>(text + i));
    at = end + 1;
  }
  goTo(FIRST_ROW + line - topLine, LEFT + column - firstColumn);
  placeCursor();
}
