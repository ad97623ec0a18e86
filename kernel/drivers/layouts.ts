// Keyboard layouts as tables: which character each key types, plain, with Shift, and with AltGr (the right Alt key, on
// keyboards that have it). Characters are those of code page 437, which the screen shows; NUL where that has none.
//
// A table has a character for each of the scan codes 00h to 35h (set 1), then the key between left Shift and Z, which
// 102-key boards have (56h), then the keypad's decimal point.
// Sources: KBDUS, KBDUK and KBDGR as Microsoft's keyboard layout reference shows them; dead keys type their accent.

import { KEYBOARD_GERMAN, KEYBOARD_UK } from "../abi/ioctl.ts";

const US_PLAIN = "\0\x1b1234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\\.";
const US_SHIFT = '\0\x1b!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:"~\0|ZXCVBNM<>?|.';

// 9C is the pound sign, AA the not sign; A0 82 A1 A2 A3 are a e i o u with an acute accent.
const UK_PLAIN = "\0\x1b1234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0#zxcvbnm,./\\.";
const UK_SHIFT = '\0\x1b!"\x9c$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:@\xaa\0~ZXCVBNM<>?|.';
const UK_ALTGR = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x82\0\0\0\xa3\xa1\xa2\0\0\0\0\0\xa0\0\0\0\0\0\0\0\0\0\0|";

// E1 is the sharp s; 81 94 84 are u o a with an umlaut, 9A 99 8E the capitals; F8 degree, FD squared, E6 micro.
const GERMAN_PLAIN = "\0\x1b1234567890\xe1'\b\tqwertzuiop\x81+\r\0asdfghjkl\x94\x84^\0#yxcvbnm,.-<,";
const GERMAN_SHIFT = "\0\x1b!\"\0$%&/()=?`\b\tQWERTZUIOP\x9a*\r\0ASDFGHJKL\x99\x8e\xf8\0'YXCVBNM;:_>,";
const GERMAN_ALTGR =
  "\0\0\0\xfd\0\0\0\0{[]}\\\0\0\0@\0\0\0\0\0\0\0\0\0\0~\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe6\0\0\0|";

const LAST_CODE: u32 = 0x35;
const CODE_102: u32 = 0x56;
const SPACE_CODE: u32 = 0x39;
const INDEX_102: i32 = 0x36;
const INDEX_POINT: i32 = 0x37;

export const LAYOUT_COUNT: u32 = 3;

/** The character of scan code `code`, 0 if it has none. */
export function layoutCharacter(layout: u32, code: u32, isShifted: bool): u16 {
  if (code == SPACE_CODE) return 0x20;
  if (code == CODE_102) return characterAt(tableOf(layout, isShifted), INDEX_102);
  return code <= LAST_CODE ? characterAt(tableOf(layout, isShifted), code) : 0;
}

/** The character of scan code `code` with AltGr, 0 if it has none. */
export function altGrCharacter(layout: u32, code: u32): u16 {
  if (code > CODE_102 || layout == 0) return 0;
  return characterAt(layout == KEYBOARD_UK ? UK_ALTGR : GERMAN_ALTGR, code == CODE_102 ? INDEX_102 : code);
}

/** What the decimal key of the keypad types. */
export function decimalPoint(layout: u32): u16 {
  return characterAt(tableOf(layout, false), INDEX_POINT);
}

/** Whether caps lock changes the character, given as its key types it plain: a letter, with or without an umlaut. */
export function isLetter(character: u16): bool {
  if (character >= 0x61 && character <= 0x7a) return true;
  return character == 0x81 || character == 0x84 || character == 0x94;
}

function tableOf(layout: u32, isShifted: bool): string {
  if (layout == KEYBOARD_UK) return isShifted ? UK_SHIFT : UK_PLAIN;
  if (layout == KEYBOARD_GERMAN) return isShifted ? GERMAN_SHIFT : GERMAN_PLAIN;
  return isShifted ? US_SHIFT : US_PLAIN;
}

function characterAt(table: string, index: u32): u16 {
  return (index as i32) < table.length ? (table.charCodeAt(index) as u16) : 0;
}
