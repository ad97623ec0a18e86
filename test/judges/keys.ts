// Text to the keys of a US keyboard, and the names that each judge has for a key.

import { SPECIAL_KEYS } from "./special-keys.ts";

export interface KeyPress {
  shift: boolean;
  /** What the key types without Shift: "a", "1", "\n" (Enter), "\t", "\b", "\x1b". */
  key: string;
}

const PLAIN = "`1234567890-=[]\\;',./";
const SHIFTED = '~!@#$%^&*()_+{}|:"<>?';
const CONTROL = "\n\t\b\x1b ";

/** The key presses that type the text. Throws RangeError for a character that a US keyboard hasn't. */
export function keysOf(text: string): KeyPress[] {
  return [...text].map((character) => {
    if (
      /[a-z]/.test(character) ||
      PLAIN.includes(character) ||
      CONTROL.includes(character) ||
      character in SPECIAL_KEYS
    ) {
      return { shift: false, key: character };
    }
    if (/[A-Z]/.test(character)) return { shift: true, key: character.toLowerCase() };
    const shifted = SHIFTED.indexOf(character);
    if (shifted < 0) throw new RangeError(`no key types ${JSON.stringify(character)} on a US keyboard`);
    return { shift: true, key: PLAIN.charAt(shifted) };
  });
}

/** QEMU's name of a key: QKeyCode in its QMP reference manual. */
export function qemuKey(key: string): string {
  return SPECIAL_KEYS[key]?.qemu ?? QEMU_NAMES[key] ?? key;
}

const QEMU_NAMES: Record<string, string> = {
  " ": "spc",
  "\n": "ret",
  "\t": "tab",
  "\b": "backspace",
  "\x1b": "esc",
  "-": "minus",
  "=": "equal",
  "[": "bracket_left",
  "]": "bracket_right",
  "\\": "backslash",
  ";": "semicolon",
  "'": "apostrophe",
  "`": "grave_accent",
  ",": "comma",
  ".": "dot",
  "/": "slash",
};

export const SHIFT_KEYSYM = 0xffe1;

/** The X Window System's number for a key, which the RFB protocol (RFC 6143, 7.5.4) uses too. */
export function keysym(key: string): number {
  return SPECIAL_KEYS[key]?.keysym ?? KEYSYMS[key] ?? key.charCodeAt(0);
}

const KEYSYMS: Record<string, number> = { "\b": 0xff08, "\t": 0xff09, "\n": 0xff0d, "\x1b": 0xff1b };
