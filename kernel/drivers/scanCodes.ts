// From scan codes (set 1, which the i8042 delivers) to key codes: modifiers, locks, the keypad, and the sequences of the
// keys that the first PCs' boards didn't have. What a key types is in layouts.ts.
// No hardware in here: the keyboard driver feeds bytes in and gets key codes out.
// Source: Microsoft keyboard scan code specification 1.3a, appendix C (scan code set 1).

import {
  KEY_ALT,
  KEY_BREAK,
  KEY_CAPS_LOCK,
  KEY_CENTER,
  KEY_CTRL,
  KEY_DELETE,
  KEY_DOWN,
  KEY_END,
  KEY_ENTER,
  KEY_F1,
  KEY_F11,
  KEY_HOME,
  KEY_INSERT,
  KEY_KEYPAD,
  KEY_KEYPAD_MINUS,
  KEY_KEYPAD_PLUS,
  KEY_LEFT,
  KEY_LEFT_ALT,
  KEY_LEFT_CTRL,
  KEY_LEFT_SHIFT,
  KEY_LEFT_WINDOWS,
  KEY_MENU,
  KEY_NUM_LOCK,
  KEY_PAGE_DOWN,
  KEY_PAGE_UP,
  KEY_PAUSE,
  KEY_PRINT_SCREEN,
  KEY_RELEASE,
  KEY_RIGHT,
  KEY_RIGHT_ALT,
  KEY_RIGHT_CTRL,
  KEY_RIGHT_SHIFT,
  KEY_RIGHT_WINDOWS,
  KEY_SCROLL_LOCK,
  KEY_SHIFT,
  KEY_SYS_REQ,
  KEY_UP,
} from "../abi/keyCodes.ts";
import { altGrCharacter, decimalPoint, isLetter, LAYOUT_COUNT, layoutCharacter } from "./layouts.ts";

const PREFIX_E0: u8 = 0xe0;
const PREFIX_E1: u8 = 0xe1;
const RELEASE: u8 = 0x80;

/** The keypad, scan codes 47h to 53h, with num lock. */
const KEYPAD_DIGITS = "789-456+1230";
const FIRST_KEYPAD: u8 = 0x47;
const LAST_KEYPAD: u8 = 0x53;
const KEYPAD_POINT: u8 = 0x53;
const KEYPAD_STAR: u8 = 0x37;

// Pause has no release code: E1 1D 45 and, at once, E1 9D C5.
const PAUSE_FIRST: u8 = 0x1d;
const PAUSE_SECOND: u8 = 0x45;

// Bits of `locks`, as the keyboard's command EDh wants them for its lights.
export const LOCK_SCROLL: u8 = 1;
export const LOCK_NUM: u8 = 2;
export const LOCK_CAPS: u8 = 4;

// Modifier keys that are down, a bit for each.
const DOWN_LEFT_SHIFT: u32 = 1;
const DOWN_RIGHT_SHIFT: u32 = 2;
const DOWN_LEFT_CTRL: u32 = 4;
const DOWN_RIGHT_CTRL: u32 = 8;
const DOWN_LEFT_ALT: u32 = 16;
const DOWN_RIGHT_ALT: u32 = 32;

let isExtended: bool = false;
/** Bytes still to come of a sequence that E1 began, and the first of them. */
let pauseLeft: u32 = 0;
let pauseFirst: u8 = 0;
let down: u32 = 0;
let locks: u8 = 0;
/** The lock keys that are held: their repeats must not toggle. */
let heldLocks: u8 = 0;
let layout: u32 = 0;

/** Which locks are on: bits LOCK_SCROLL, LOCK_NUM, LOCK_CAPS. */
export function keyboardLocks(): u8 {
  return locks;
}

export function setKeyboardLocks(bits: u8): void {
  locks = bits & (LOCK_SCROLL | LOCK_NUM | LOCK_CAPS);
}

export function keyboardLayout(): u32 {
  return layout;
}

/** Chooses the layout, KEYBOARD_US and so on; false if there is no such one. */
export function setKeyboardLayout(wanted: u32): bool {
  if (wanted >= LAYOUT_COUNT) return false;
  layout = wanted;
  return true;
}

/** Takes the next byte from the keyboard; returns the key code that it completes, or 0. */
export function decodeScanCode(byte: u8): u16 {
  if (pauseLeft > 0) return pauseKey(byte);
  if (byte == PREFIX_E1) {
    pauseLeft = 2;
    return 0;
  }
  if (byte == PREFIX_E0) {
    isExtended = true;
    return 0;
  }
  const extended = isExtended;
  isExtended = false;
  const code = byte & ~RELEASE;
  const isRelease = (byte & RELEASE) != 0;
  // AltGr chooses a character, if the layout has one there, and is then no modifier.
  const third = !extended && (down & DOWN_RIGHT_ALT) != 0 ? altGrCharacter(layout, code) : 0;
  const key = extended ? extendedKey(code) : third != 0 ? third : plainKey(code);
  if (key == 0) return 0;
  noteModifier(key, isRelease);
  noteLock(key, isRelease);
  return key | modifiers(third != 0) | (isRelease ? KEY_RELEASE : 0);
}

/** A byte after E1: the second one completes a press or a release of Pause. */
function pauseKey(byte: u8): u16 {
  pauseLeft--;
  if (pauseLeft > 0) {
    pauseFirst = byte;
    return 0;
  }
  const isPause = (pauseFirst & ~RELEASE) == PAUSE_FIRST && (byte & ~RELEASE) == PAUSE_SECOND;
  return isPause ? KEY_PAUSE | modifiers(false) | ((byte & RELEASE) != 0 ? KEY_RELEASE : 0) : 0;
}

function plainKey(code: u8): u16 {
  const special = specialKey(code);
  if (special != 0) return special;
  if (code >= FIRST_KEYPAD && code <= LAST_KEYPAD) return keypadKey(code);
  if (code == KEYPAD_STAR) return KEY_KEYPAD | 0x2a;
  let isShifted = (down & (DOWN_LEFT_SHIFT | DOWN_RIGHT_SHIFT)) != 0;
  if ((locks & LOCK_CAPS) != 0 && isLetter(layoutCharacter(layout, code, false))) isShifted = !isShifted;
  return layoutCharacter(layout, code, isShifted);
}

function specialKey(code: u8): u16 {
  if (code >= 0x3b && code <= 0x44) return KEY_F1 + (code - 0x3b);
  switch (code) {
    case 0x1d:
      return KEY_LEFT_CTRL;
    case 0x2a:
      return KEY_LEFT_SHIFT;
    case 0x36:
      return KEY_RIGHT_SHIFT;
    case 0x38:
      return KEY_LEFT_ALT;
    case 0x3a:
      return KEY_CAPS_LOCK;
    case 0x45:
      return KEY_NUM_LOCK;
    case 0x46:
      return KEY_SCROLL_LOCK;
    case 0x54:
      return KEY_SYS_REQ;
    case 0x57:
      return KEY_F11;
    case 0x58:
      return KEY_F11 + 1;
    default:
      return 0;
  }
}

/** A keypad key: a digit with num lock (shift turns it around), else a navigation key. */
function keypadKey(code: u8): u16 {
  if (code == 0x4a) return KEY_KEYPAD_MINUS;
  if (code == 0x4e) return KEY_KEYPAD_PLUS;
  const isShifted = (down & (DOWN_LEFT_SHIFT | DOWN_RIGHT_SHIFT)) != 0;
  if (((locks & LOCK_NUM) != 0) != isShifted) {
    if (code == KEYPAD_POINT) return KEY_KEYPAD | decimalPoint(layout);
    return KEY_KEYPAD | (KEYPAD_DIGITS.charCodeAt(code - FIRST_KEYPAD) as u16);
  }
  return KEY_KEYPAD | navigationKey(code);
}

function navigationKey(code: u8): u16 {
  switch (code) {
    case 0x47:
      return KEY_HOME;
    case 0x48:
      return KEY_UP;
    case 0x49:
      return KEY_PAGE_UP;
    case 0x4b:
      return KEY_LEFT;
    case 0x4c:
      return KEY_CENTER;
    case 0x4d:
      return KEY_RIGHT;
    case 0x4f:
      return KEY_END;
    case 0x50:
      return KEY_DOWN;
    case 0x51:
      return KEY_PAGE_DOWN;
    case 0x52:
      return KEY_INSERT;
    case 0x53:
      return KEY_DELETE;
    default:
      return 0;
  }
}

/** The keys that a 101-key keyboard added, which come with the prefix E0. */
function extendedKey(code: u8): u16 {
  switch (code) {
    case 0x1c:
      return KEY_KEYPAD | KEY_ENTER;
    case 0x1d:
      return KEY_RIGHT_CTRL;
    case 0x35:
      return KEY_KEYPAD | 0x2f; // the keypad's slash
    case 0x37:
      return KEY_PRINT_SCREEN;
    case 0x38:
      return KEY_RIGHT_ALT;
    case 0x46:
      return KEY_BREAK;
    case 0x5b:
      return KEY_LEFT_WINDOWS;
    case 0x5c:
      return KEY_RIGHT_WINDOWS;
    case 0x5d:
      return KEY_MENU;
    default:
      return code == 0x4c ? 0 : navigationKey(code); // and 0 for the shifts that the keyboard makes up
  }
}

/** The modifiers that are down; `isAltGr`: the right Alt key chose the character. */
function modifiers(isAltGr: bool): u16 {
  let flags: u16 = 0;
  if ((down & (DOWN_LEFT_SHIFT | DOWN_RIGHT_SHIFT)) != 0) flags |= KEY_SHIFT;
  if ((down & (DOWN_LEFT_CTRL | DOWN_RIGHT_CTRL)) != 0) flags |= KEY_CTRL;
  if ((down & (isAltGr ? DOWN_LEFT_ALT : DOWN_LEFT_ALT | DOWN_RIGHT_ALT)) != 0) flags |= KEY_ALT;
  return flags;
}

function noteModifier(key: u16, isRelease: bool): void {
  let bit: u32 = 0;
  if (key == KEY_LEFT_SHIFT) bit = DOWN_LEFT_SHIFT;
  else if (key == KEY_RIGHT_SHIFT) bit = DOWN_RIGHT_SHIFT;
  else if (key == KEY_LEFT_CTRL) bit = DOWN_LEFT_CTRL;
  else if (key == KEY_RIGHT_CTRL) bit = DOWN_RIGHT_CTRL;
  else if (key == KEY_LEFT_ALT) bit = DOWN_LEFT_ALT;
  else if (key == KEY_RIGHT_ALT) bit = DOWN_RIGHT_ALT;
  if (isRelease) down &= ~bit;
  else down |= bit;
}

function noteLock(key: u16, isRelease: bool): void {
  let lock: u8 = 0;
  if (key == KEY_CAPS_LOCK) lock = LOCK_CAPS;
  else if (key == KEY_NUM_LOCK) lock = LOCK_NUM;
  else if (key == KEY_SCROLL_LOCK) lock = LOCK_SCROLL;
  if (isRelease) {
    heldLocks &= ~lock;
  } else if ((heldLocks & lock) == 0) {
    heldLocks |= lock;
    locks ^= lock;
  }
}
