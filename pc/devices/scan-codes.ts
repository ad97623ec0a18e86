// Scan codes of the 104-key keyboard, by W3C KeyboardEvent.code: set 2 (what the keyboard sends), the 8042's translation of
// it to set 1, and set 3.
// Sources: IBM PS/2 Hardware Interface Technical Reference, "Keyboard (101- and 102-key)"; W3C UI Events KeyboardEvent code.

/** Set 2 make code of every key without an E0 prefix. */
const PLAIN: Record<string, number> = {
  Escape: 0x76,
  F1: 0x05,
  F2: 0x06,
  F3: 0x04,
  F4: 0x0c,
  F5: 0x03,
  F6: 0x0b,
  F7: 0x83,
  F8: 0x0a,
  F9: 0x01,
  F10: 0x09,
  F11: 0x78,
  F12: 0x07,
  ScrollLock: 0x7e,
  Backquote: 0x0e,
  Digit1: 0x16,
  Digit2: 0x1e,
  Digit3: 0x26,
  Digit4: 0x25,
  Digit5: 0x2e,
  Digit6: 0x36,
  Digit7: 0x3d,
  Digit8: 0x3e,
  Digit9: 0x46,
  Digit0: 0x45,
  Minus: 0x4e,
  Equal: 0x55,
  Backspace: 0x66,
  Tab: 0x0d,
  KeyQ: 0x15,
  KeyW: 0x1d,
  KeyE: 0x24,
  KeyR: 0x2d,
  KeyT: 0x2c,
  KeyY: 0x35,
  KeyU: 0x3c,
  KeyI: 0x43,
  KeyO: 0x44,
  KeyP: 0x4d,
  BracketLeft: 0x54,
  BracketRight: 0x5b,
  Backslash: 0x5d,
  CapsLock: 0x58,
  KeyA: 0x1c,
  KeyS: 0x1b,
  KeyD: 0x23,
  KeyF: 0x2b,
  KeyG: 0x34,
  KeyH: 0x33,
  KeyJ: 0x3b,
  KeyK: 0x42,
  KeyL: 0x4b,
  Semicolon: 0x4c,
  Quote: 0x52,
  Enter: 0x5a,
  ShiftLeft: 0x12,
  IntlBackslash: 0x61,
  KeyZ: 0x1a,
  KeyX: 0x22,
  KeyC: 0x21,
  KeyV: 0x2a,
  KeyB: 0x32,
  KeyN: 0x31,
  KeyM: 0x3a,
  Comma: 0x41,
  Period: 0x49,
  Slash: 0x4a,
  ShiftRight: 0x59,
  ControlLeft: 0x14,
  AltLeft: 0x11,
  Space: 0x29,
  NumLock: 0x77,
  NumpadMultiply: 0x7c,
  NumpadSubtract: 0x7b,
  NumpadAdd: 0x79,
  NumpadDecimal: 0x71,
  Numpad0: 0x70,
  Numpad1: 0x69,
  Numpad2: 0x72,
  Numpad3: 0x7a,
  Numpad4: 0x6b,
  Numpad5: 0x73,
  Numpad6: 0x74,
  Numpad7: 0x6c,
  Numpad8: 0x75,
  Numpad9: 0x7d,
};

/** Set 2 make code, after E0, of the keys that were new on the 101-key keyboard and later. */
const EXTENDED: Record<string, number> = {
  ControlRight: 0x14,
  AltRight: 0x11,
  MetaLeft: 0x1f,
  MetaRight: 0x27,
  ContextMenu: 0x2f,
  NumpadEnter: 0x5a,
  NumpadDivide: 0x4a,
  Insert: 0x70,
  Delete: 0x71,
  Home: 0x6c,
  End: 0x69,
  PageUp: 0x7d,
  PageDown: 0x7a,
  ArrowUp: 0x75,
  ArrowDown: 0x72,
  ArrowLeft: 0x6b,
  ArrowRight: 0x74,
};

/** Set 3 make codes that differ from set 2's plain code. */
const SET_3: Record<string, number> = {
  Escape: 0x08,
  F1: 0x07,
  F2: 0x0f,
  F3: 0x17,
  F4: 0x1f,
  F5: 0x27,
  F6: 0x2f,
  F7: 0x37,
  F8: 0x3f,
  F9: 0x47,
  F10: 0x4f,
  F11: 0x56,
  F12: 0x5e,
  PrintScreen: 0x57,
  ScrollLock: 0x5f,
  Pause: 0x62,
  Backslash: 0x5c,
  CapsLock: 0x14,
  IntlBackslash: 0x13,
  ControlLeft: 0x11,
  MetaLeft: 0x8b,
  AltLeft: 0x19,
  AltRight: 0x39,
  MetaRight: 0x8c,
  ContextMenu: 0x8d,
  ControlRight: 0x58,
  Insert: 0x67,
  Delete: 0x64,
  Home: 0x6e,
  End: 0x65,
  PageUp: 0x6f,
  PageDown: 0x6d,
  ArrowUp: 0x63,
  ArrowDown: 0x60,
  ArrowLeft: 0x61,
  ArrowRight: 0x6a,
  NumLock: 0x76,
  NumpadDivide: 0x77,
  NumpadMultiply: 0x7e,
  NumpadSubtract: 0x84,
  NumpadAdd: 0x7c,
  NumpadEnter: 0x79,
};

// 8042 translation of the set 2 codes 00h..84h; above them codes stay as they are.
const TRANSLATION = [
  0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59, 0x65, 0x38, 0x2a,
  0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b, 0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05,
  0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d, 0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a,
  0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f, 0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26,
  0x27, 0x19, 0x0c, 0x61, 0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63,
  0x76, 0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f, 0x52, 0x53,
  0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54, 0x80, 0x81, 0x82, 0x41, 0x54,
];

export const BREAK_PREFIX = 0xf0;

/** The set 1 code that the 8042 makes of one set 2 code byte (not of the break prefix). */
export function translateCode(code: number): number {
  return TRANSLATION[code] ?? code;
}

/** Set 2 bytes to set 1 as the 8042 translates them: a break prefix becomes bit 7 of the code after it. */
export function translateSequence(set2: readonly number[]): number[] {
  const out: number[] = [];
  let breakBit = 0;
  for (const byte of set2) {
    if (byte === BREAK_PREFIX) breakBit = 0x80;
    else {
      out.push(translateCode(byte) | breakBit);
      breakBit = 0;
    }
  }
  return out;
}

/** Whether the keyboard has a key of this name. */
export function isKey(code: string): boolean {
  return code in PLAIN || code in EXTENDED || code === "PrintScreen" || code === "Pause";
}

/** Names of all keys. */
export function keyNames(): string[] {
  return [...Object.keys(PLAIN), ...Object.keys(EXTENDED), "PrintScreen", "Pause"];
}

/** Keys held down that change what Print Screen and Pause send. */
export interface Modifiers {
  shift: boolean;
  control: boolean;
  alt: boolean;
}

/** Bytes of set 2 that the keyboard sends for a key going down or up; empty for no such key. */
export function set2Codes(code: string, down: boolean, modifiers: Modifiers): number[] {
  if (code === "PrintScreen") {
    if (modifiers.alt) return down ? [0x84] : [BREAK_PREFIX, 0x84];
    if (modifiers.shift || modifiers.control) return down ? [0xe0, 0x7c] : [0xe0, BREAK_PREFIX, 0x7c];
    return down ? [0xe0, 0x12, 0xe0, 0x7c] : [0xe0, BREAK_PREFIX, 0x7c, 0xe0, BREAK_PREFIX, 0x12];
  }
  if (code === "Pause") {
    // Pause has no break code; with Ctrl it is Break.
    if (!down) return [];
    if (modifiers.control) return [0xe0, 0x7e, 0xe0, BREAK_PREFIX, 0x7e];
    return [0xe1, 0x14, 0x77, 0xe1, BREAK_PREFIX, 0x14, BREAK_PREFIX, 0x77];
  }
  const plain = PLAIN[code];
  if (plain !== undefined) return down ? [plain] : [BREAK_PREFIX, plain];
  const extended = EXTENDED[code];
  if (extended !== undefined) return down ? [0xe0, extended] : [0xe0, BREAK_PREFIX, extended];
  return [];
}

/** The set 3 make code of a key. */
export function set3Code(code: string): number | undefined {
  return SET_3[code] ?? PLAIN[code];
}
