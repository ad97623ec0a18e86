// The line editor: key codes in, an edited line out, and the changes on the console as they happen.
// It draws with characters and "\b" only, which a screen and a serial terminal understand alike; so prompt and line
// together stay within one row.
//
//   Left Right Home End ^A ^E   move        Backspace Delete ^U ^K ^W   erase
//   Up Down                     history     Enter ^C ^L                 done

import {
  KEY_ALT,
  KEY_BACKSPACE,
  KEY_CTRL,
  KEY_DELETE,
  KEY_DOWN,
  KEY_END,
  KEY_ENTER,
  KEY_HOME,
  KEY_KEYPAD,
  KEY_LEFT,
  KEY_RELEASE,
  KEY_RIGHT,
  KEY_SHIFT,
  KEY_SPECIAL,
  KEY_UP,
} from "../abi/keyCodes.ts";
import { print, printBytes } from "../print.ts";
import { textLength } from "../text.ts";
import { addHistory, historyCount, historyLine } from "./history.ts";

/** Longest line: a row of 80 columns less the prompt "minios> " and a column for the cursor. */
export const MAX_LINE: usize = 71;

export const enum LineEvent {
  /** The line goes on. */
  None,
  /** Enter: lineText is the line. */
  Done,
  /** ^C: the line is given up. */
  Cancelled,
  /** ^L: the caller clears the screen, prints its prompt and calls redrawLine. */
  Clear,
}

const line = memory.data(72);
let length: usize = 0;
let cursor: usize = 0;
/** What was typed before Up left it; Down comes back to it. */
const draft = memory.data(72);
let draftLength: usize = 0;
/** 0: the line being typed; n: the history's nth newest line. */
let historyAge: u32 = 0;

/** Starts an empty line; the prompt stands already. */
export function startLine(): void {
  length = cursor = 0;
  historyAge = 0;
  store<u8>(line, 0);
}

/** The line, NUL-terminated. */
export function lineText(): usize {
  return line;
}

/** Does what `key` says. */
export function editLine(key: u16): LineEvent {
  if ((key & (KEY_RELEASE | KEY_ALT)) != 0) return LineEvent.None;
  const plain = key & ~(KEY_KEYPAD | KEY_SHIFT);
  if ((plain & KEY_CTRL) != 0) return editControl(((plain & 0xff) as u8) | 0x20, (plain & KEY_SPECIAL) != 0);
  if ((plain & KEY_SPECIAL) != 0) {
    editSpecial(plain);
    return LineEvent.None;
  }
  if (plain == KEY_ENTER) {
    moveTo(length);
    print("\n");
    addHistory(line, length);
    return LineEvent.Done;
  }
  if (plain == KEY_BACKSPACE) erase(max<usize>(cursor, 1) - 1, cursor);
  else if (plain >= 0x20 && plain < 0x7f) insert(plain as u8);
  return LineEvent.None;
}

/** Prints the line again and puts the cursor back. */
export function redrawLine(): void {
  printBytes(line, length);
  back(length - cursor);
}

function editSpecial(key: u16): void {
  if (key == KEY_LEFT && cursor > 0) moveTo(cursor - 1);
  else if (key == KEY_RIGHT && cursor < length) moveTo(cursor + 1);
  else if (key == KEY_HOME) moveTo(0);
  else if (key == KEY_END) moveTo(length);
  else if (key == KEY_DELETE) erase(cursor, min<usize>(cursor + 1, length));
  else if (key == KEY_UP) recall(historyAge + 1);
  else if (key == KEY_DOWN && historyAge > 0) recall(historyAge - 1);
}

function editControl(letter: u8, isSpecial: bool): LineEvent {
  if (isSpecial) return LineEvent.None;
  switch (letter) {
    case 0x61: // a
      moveTo(0);
      break;
    case 0x63: // c
      moveTo(length);
      print("^C\n");
      return LineEvent.Cancelled;
    case 0x65: // e
      moveTo(length);
      break;
    case 0x68: // h
      erase(max<usize>(cursor, 1) - 1, cursor);
      break;
    case 0x6b: // k
      erase(cursor, length);
      break;
    case 0x6c: // l
      return LineEvent.Clear;
    case 0x75: // u
      erase(0, cursor);
      break;
    case 0x77: // w
      erase(wordStart(), cursor);
      break;
  }
  return LineEvent.None;
}

function insert(byte: u8): void {
  if (length >= MAX_LINE) return;
  for (let i = length; i > cursor; i--) store<u8>(line + i, load<u8>(line + i - 1));
  store<u8>(line + cursor, byte);
  length++;
  store<u8>(line + length, 0);
  printBytes(line + cursor, length - cursor);
  cursor++;
  back(length - cursor);
}

/** Erases the characters from `from` up to `to`, which are in the line; the cursor ends at `from`. */
function erase(from: usize, to: usize): void {
  const count = to - from;
  if (count == 0) return;
  moveTo(from);
  for (let i = to; i < length; i++) store<u8>(line + i - count, load<u8>(line + i));
  length -= count;
  store<u8>(line + length, 0);
  printBytes(line + cursor, length - cursor);
  for (let i: usize = 0; i < count; i++) print(" ");
  back(length - cursor + count);
}

/** Shows the history's line of age `age`, or for 0 the draft. */
function recall(age: u32): void {
  if (age > historyCount()) return;
  if (historyAge == 0) {
    for (let i: usize = 0; i < length; i++) store<u8>(draft + i, load<u8>(line + i));
    draftLength = length;
  }
  const text = age == 0 ? draft : historyLine(age - 1);
  const textBytes = age == 0 ? draftLength : textLength(text);
  historyAge = age;
  moveTo(length);
  erase(0, length);
  for (let i: usize = 0; i < textBytes; i++) store<u8>(line + i, load<u8>(text + i));
  length = cursor = textBytes;
  store<u8>(line + length, 0);
  printBytes(line, length);
}

function moveTo(position: usize): void {
  if (position < cursor) back(cursor - position);
  else printBytes(line + cursor, position - cursor);
  cursor = position;
}

function back(count: usize): void {
  for (let i: usize = 0; i < count; i++) print("\b");
}

/** Where the word before the cursor starts. */
function wordStart(): usize {
  let at = cursor;
  while (at > 0 && load<u8>(line + at - 1) == 0x20) at--;
  while (at > 0 && load<u8>(line + at - 1) != 0x20) at--;
  return at;
}
