// What a key types as bytes: its character, a control character with Ctrl, or the escape sequence that terminals send for keys
// without a character. The other way round, drivers/terminalKeys.ts makes keys of what a serial terminal sends.
// Sources: ECMA-48; the sequences are the DEC VT220's and xterm's.

import {
  KEY_ALT,
  KEY_BACKSPACE,
  KEY_CTRL,
  KEY_DELETE,
  KEY_DOWN,
  KEY_END,
  KEY_F1,
  KEY_F11,
  KEY_HOME,
  KEY_INSERT,
  KEY_KEYPAD,
  KEY_KEYPAD_MINUS,
  KEY_KEYPAD_PLUS,
  KEY_LEFT,
  KEY_MASK,
  KEY_PAGE_DOWN,
  KEY_PAGE_UP,
  KEY_RELEASE,
  KEY_RIGHT,
  KEY_SPECIAL,
  KEY_UP,
} from "../abi/keyCodes.ts";

const ESCAPE: u8 = 0x1b;
const DELETE: u8 = 0x7f;
/** Longest text of a key. */
export const MAX_KEY_TEXT: u32 = 8;
// The numbers of ESC [ number ~ for F5 to F12; F1 to F4 are ESC O P to S.
const FUNCTION_NUMBERS: StaticArray<u8> = [15, 17, 18, 19, 20, 21, 23, 24];

/** The character that a key press types, control characters included; 0 for a release, and for a key that types none. */
export function characterOfKey(key: u16): u8 {
  if ((key & KEY_RELEASE) != 0) return 0;
  const plain = key & KEY_MASK;
  if (plain == KEY_KEYPAD_MINUS) return 0x2d;
  if (plain == KEY_KEYPAD_PLUS) return 0x2b;
  if ((plain & KEY_SPECIAL) != 0) return 0;
  const character = (plain & 0xff) as u8;
  if (plain == KEY_BACKSPACE) return DELETE;
  if ((key & KEY_CTRL) == 0) return character;
  // Ctrl with @ A … Z [ \ ] ^ _, and with small letters.
  const upper: u8 = character >= 0x61 && character <= 0x7a ? character - 0x20 : character;
  return upper >= 0x41 && upper <= 0x5f ? upper - 0x40 : 0;
}

/** Writes what a terminal sends for the key to `to`; returns how many bytes, 0 for a release. */
export function textOfKey(key: u16, to: usize): u32 {
  if ((key & KEY_RELEASE) != 0) return 0;
  const character = characterOfKey(key);
  if (character != 0) {
    if ((key & KEY_ALT) == 0) return put(to, 0, character);
    return put(to, put(to, 0, ESCAPE), character);
  }
  const plain = key & KEY_MASK & ~KEY_KEYPAD;
  switch (plain) {
    case KEY_UP:
      return lettered(to, 0x41);
    case KEY_DOWN:
      return lettered(to, 0x42);
    case KEY_RIGHT:
      return lettered(to, 0x43);
    case KEY_LEFT:
      return lettered(to, 0x44);
    case KEY_END:
      return lettered(to, 0x46);
    case KEY_HOME:
      return lettered(to, 0x48);
    case KEY_INSERT:
      return numbered(to, 2);
    case KEY_DELETE:
      return numbered(to, 3);
    case KEY_PAGE_UP:
      return numbered(to, 5);
    case KEY_PAGE_DOWN:
      return numbered(to, 6);
  }
  if (plain >= KEY_F1 && plain < KEY_F1 + 4) {
    store<u8>(to, ESCAPE);
    store<u8>(to, 0x4f, 1); // O
    return put(to, 2, (0x50 + (plain - KEY_F1)) as u8);
  }
  if (plain >= KEY_F1 + 4 && plain <= KEY_F11 + 1) return numbered(to, FUNCTION_NUMBERS[plain - KEY_F1 - 4]);
  return 0;
}

/** ESC [ letter */
function lettered(to: usize, letter: u8): u32 {
  store<u8>(to, ESCAPE);
  store<u8>(to, 0x5b, 1);
  return put(to, 2, letter);
}

/** ESC [ number ~ */
function numbered(to: usize, number: u32): u32 {
  store<u8>(to, ESCAPE);
  store<u8>(to, 0x5b, 1);
  let length: u32 = 2;
  if (number >= 10) length = put(to, length, (0x30 + number / 10) as u8);
  length = put(to, length, (0x30 + (number % 10)) as u8);
  return put(to, length, 0x7e);
}

function put(to: usize, at: u32, byte: u8): u32 {
  store<u8>(to + at, byte);
  return at + 1;
}
