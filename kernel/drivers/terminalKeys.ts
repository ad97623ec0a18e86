// From the bytes that a terminal sends over a serial line to key codes: ASCII is itself, control characters are letters
// with ctrl, and escape sequences (ESC [ A and the like) are the navigation keys. Source: ECMA-48; DEC VT220 manual.

import {
  KEY_BACKSPACE,
  KEY_CTRL,
  KEY_DELETE,
  KEY_DOWN,
  KEY_END,
  KEY_ENTER,
  KEY_ESCAPE,
  KEY_F1,
  KEY_HOME,
  KEY_INSERT,
  KEY_LEFT,
  KEY_PAGE_DOWN,
  KEY_PAGE_UP,
  KEY_RIGHT,
  KEY_TAB,
  KEY_UP,
} from "../abi/keyCodes.ts";

const enum State {
  Ground,
  /** After ESC. */
  Escape,
  /** After ESC [ or ESC O. */
  Sequence,
}

let state: State = State.Ground;
let parameter: u32 = 0;

/** Takes the next byte; returns the key code that it completes, or 0. */
export function decodeTerminalByte(byte: u8): u16 {
  switch (state) {
    case State.Escape:
      if (byte == 0x5b || byte == 0x4f) {
        state = State.Sequence;
        parameter = 0;
        return 0;
      }
      state = State.Ground;
      return plainKey(byte);
    case State.Sequence:
      if (byte >= 0x30 && byte <= 0x39) {
        parameter = parameter * 10 + (byte - 0x30);
        return 0;
      }
      if (byte == 0x3b) {
        parameter = 0; // only the last of several parameters counts, and only for ~
        return 0;
      }
      state = State.Ground;
      return byte == 0x7e ? numberedKey() : letteredKey(byte);
    default:
      if (byte == 0x1b) {
        state = State.Escape;
        return 0;
      }
      return plainKey(byte);
  }
}

function plainKey(byte: u8): u16 {
  if (byte == 0x7f || byte == 0x08) return KEY_BACKSPACE;
  if (byte == 0x0d || byte == 0x0a) return KEY_ENTER;
  if (byte == 0x09) return KEY_TAB;
  if (byte == 0x1b) return KEY_ESCAPE;
  if (byte >= 0x01 && byte <= 0x1a) return KEY_CTRL | ((byte as u16) + 0x60);
  if (byte >= 0x20 && byte < 0x7f) return byte;
  return 0;
}

function letteredKey(byte: u8): u16 {
  switch (byte) {
    case 0x41:
      return KEY_UP;
    case 0x42:
      return KEY_DOWN;
    case 0x43:
      return KEY_RIGHT;
    case 0x44:
      return KEY_LEFT;
    case 0x46:
      return KEY_END;
    case 0x48:
      return KEY_HOME;
    default: // P to S
      return byte >= 0x50 && byte <= 0x53 ? KEY_F1 + (byte - 0x50) : 0;
  }
}

function numberedKey(): u16 {
  switch (parameter) {
    case 1:
    case 7:
      return KEY_HOME;
    case 2:
      return KEY_INSERT;
    case 3:
      return KEY_DELETE;
    case 4:
    case 8:
      return KEY_END;
    case 5:
      return KEY_PAGE_UP;
    case 6:
      return KEY_PAGE_DOWN;
  }
  // F1 to F5 are 11 to 15, F6 to F10 17 to 21, F11 and F12 23 and 24.
  if (parameter >= 11 && parameter <= 15) return KEY_F1 + ((parameter - 11) as u16);
  if (parameter >= 17 && parameter <= 21) return KEY_F1 + ((parameter - 12) as u16);
  if (parameter == 23 || parameter == 24) return KEY_F1 + ((parameter - 13) as u16);
  return 0;
}
